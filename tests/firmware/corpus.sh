#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Tables of firmware through their parsers, and on to units that work (TAP): odd ones that are made here, and those of real
# machines where ../shared/firmware, or the folder in CORPUS, is there.
. "$(dirname "$0")/../static/tap.sh"
B=${B:-build}
corpus=$B/sim/tests/firmware/corpus
mkdir -p "$tmp/odd"
"$B/tests/firmware/odd" "$tmp/odd" || exit 1
"$B/fuzz/seed_iort" >"$tmp/odd/works-iort" || exit 1
: >"$tmp/none"
"$corpus" "$tmp/none" "$tmp/odd" >"$tmp/log" 2>&1
status=$?

line() { # NAME: what came of it
	sed -n "s|^$tmp/odd/$1: ||p" "$tmp/log"
}

says() { # WORDS: a line that stands in the log
	grep -qF -- "$1" "$tmp/log"
}

ends_as() { # FILE WORDS
	case $(line "$1") in *"$2"*) ;; *)
		echo "it says: $(line "$1")"
		return 1
		;;
	esac
}

check "a table that is refused and not on the list: status 1" [ "$status" -eq 1 ]
check "a server's 20 units and 40 regions" ends_as works-server "20 units on, 40 regions mapped"
check "everything wrong at once: 3 units of 5 on" ends_as works-everything "3 units on, 3 regions mapped"
check "a wrong checksum" ends_as works-checksum "3 units on"
check "a table that is cut" ends_as works-truncated "units on"
check "an IORT of a server, whose checksum is wrong" ends_as works-iort "2 SMMUv3 on, 1 regions"
check "no unit at all is refused" ends_as refused-no-unit "refused"
check "an IORT without a length is refused" ends_as refused-iort "refused"
check "a table without a driver is skipped, with that reason" ends_as skipped-virtio "skipped: virtio"
check "an IVRS without a length is refused" ends_as refused-ivrs "refused"
check "an IVRS with what may be odd in one: both units on" ends_as works-ivrs "2 units on, 5 regions"
check "an empty file is skipped" ends_as skipped-empty "skipped"
check "MCFG" ends_as works-mcfg "1 rows, 0 left out"
for words in "register base 0x0: no registers can be there" "type 0x7: unknown" "path: device and function 0x2009: impossible" \
	"register base 0xfed90000: named before" "named by an earlier unit, too" "flags 0x81" "another unit has the rest" \
	"limit 0x0: the region is empty" "limit 0x7b8007ff: not the end of a page" "base 0x7c000000: no device" \
	"length 0x6: too short for its type" "type 0x2a: unknown" "not protected: segment 0 bus 0 device 2 function 0" \
	"device 0x500: no unit translates for it" "share pages and differ" "checksum off by 0x1" "its header is longer than its length"; do
	check "a line says: $words" says "$words"
done

"$corpus" tests/firmware/refused.txt "$tmp/odd" >/dev/null 2>&1
check "the list of real tables excuses no other" [ $? -eq 1 ]
rm "$tmp/odd"/refused-*
"$corpus" "$tmp/none" "$tmp/odd" >"$tmp/log" 2>&1
check "none is refused: status 0" [ $? -eq 0 ]

# Spoiled in any way (SEED): refused, or a unit that protects; never wrong, no wild read. Real ones, where they are.
spoiled() { # FOLDER COUNT
	rm -rf "$tmp/spoiled"
	mkdir "$tmp/spoiled"
	python3 tests/firmware/mutate.py "$1" "$tmp/spoiled" "${SEED:-1}" "$2" || return 1
	"$corpus" "$tmp/none" "$tmp/spoiled" >"$tmp/log" 2>&1
	tail -n 1 "$tmp/log"
	grep -e WRONG -e 'ERROR: ' -e 'runtime error' "$tmp/log"
	tail -n 1 "$tmp/log" | grep -q "^$2 tables: .* 0 wrong\$"
}
check "300 tables made here, spoiled" spoiled "$tmp/odd" 300

mkdir "$tmp/empty"
"$corpus" "$tmp/none" "$tmp/empty" >/dev/null 2>&1
check "a folder without tables is no success" [ $? -ne 0 ]

folder=${CORPUS:-../shared/firmware}
if [ -d "$folder" ]; then
	"$corpus" tests/firmware/refused.txt "$folder" >"$tmp/log" 2>&1
	check "real machines: $(tail -n 1 "$tmp/log")" [ $? -eq 0 ]
	check "300 tables of real machines, spoiled" spoiled "$folder" 300
else
	skip "real machines" "there is no folder $folder of their tables"
fi
finish
