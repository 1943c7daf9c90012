#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# What holds for the tree as a whole: licences, who may include what, where architectures may be named.
. "$(dirname "$0")/tap.sh"
. tests/static/files.sh

none() { # NAME: passes if $tmp/found is empty; else what is in it is the reason
	if [ -s "$tmp/found" ]; then not_ok "$1" "$tmp/found"; else ok "$1"; fi
}

project_files '*' >"$tmp/files"
of() { # FOLDER...: its C files
	for folder in "$@"; do
		grep "^$folder/.*\.[ch]$" "$tmp/files"
	done
}

# ---- Licences -----------------------------------------------------------------------------------------

# In the first line, or the second of a script. Prose, data and what cannot have comments are left out.
unlicensed() {
	grep -vE '\.(md|json|txt|bin|dat|aml|dtb|gz|png|svg)$|^LICENSE$|^\.gitignore$|/corpus/|/seeds/|^fuzz/.*/[^.]*$|^bench/linux/.*\.[ch]$' | xargs awk '
		FNR <= 2 && /SPDX-License-Identifier: MPL-2\.0/ { said[FILENAME] = 1 }
		END { for (i = 1; i < ARGC; i++) if (!(ARGV[i] in said)) print ARGV[i] }'
}
unlicensed <"$tmp/files" >"$tmp/found"
none "every source says its licence"
# What is loaded into Linux, and its first process, stands in a folder of its own.
of bench/linux | while read -r file; do
	head -n 1 "$file" | grep -q 'SPDX-License-Identifier: GPL-2\.0' || echo "$file"
done >"$tmp/found"
none "a module of Linux's says its licence"
echo 'int x;' >"$tmp/bare.c"
check "a source without a licence would be seen" test "$(echo "$tmp/bare.c" | unlicensed)" = "$tmp/bare.c"

# ---- Who includes what --------------------------------------------------------------------------------

# Prints the includes of C files (names on stdin) that are neither of the given pattern nor "a header of the same tree".
strange_includes() { # ALLOWED-SYSTEM-PATTERN ROOT-FOLDER...
	allowed=$1
	shift
	xargs sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*[>"]\).*/\1/;T;F;p' | paste - - | sort -u | while read -r file name; do
		case $name in
		'<'*) echo "$name" | grep -Eqx "<($allowed)>" && continue ;;
		'"'*)
			path=${name#\"} path=${path%\"}
			found=
			for folder in "${file%/*}" "$@"; do
				if [ -f "$folder/$path" ]; then
					found=$(cd "$folder/$(dirname "$path")" && pwd)
					break
				fi
			done
			root=$(pwd)
			for folder in "$@"; do
				case $found in "$root/$folder" | "$root/$folder"/*) continue 2 ;; esac
			done
			;;
		esac
		echo "$file includes $name"
	done
}
standard='std(bool|def|int|arg)\.h'
of src | strange_includes "dmastream/[a-z0-9_]+\.h|$standard" src >"$tmp/found"
none "src/ includes its own headers, the public ones, and what a freestanding compiler has"
of drivers apps | grep -v '^apps/net/' | strange_includes "dmastream/[a-z0-9_]+\.h|$standard" drivers apps >"$tmp/found"
of apps/net | strange_includes "dmastream/[a-z0-9_]+\.h|(lwip|lwip/priv|netif)/[a-z0-9_]+\.h|$standard" drivers apps >>"$tmp/found"
none "drivers/ and apps/ include dmastream, their own headers, and what a freestanding compiler has; apps/net lwIP, too"
# The host's configuration (config.h) is the host's to write.
of include | strange_includes "dmastream/[a-z0-9_]+\.h|$standard" include/dmastream | grep -v '"dmastream_config\.h"' >"$tmp/found"
none "public headers include public headers"
of platform/bare | xargs grep -Hn '#include "\(\.\./\)*src/' >"$tmp/found"
none "platform/bare includes no header of src/: it is a host as others are"
mkdir -p "$tmp/case/src" "$tmp/case/platform"
: >"$tmp/case/platform/machine.h"
printf '#include <stdio.h>\n#include "../platform/machine.h"\n#include <stdint.h>\n' >"$tmp/case/src/a.c"
check "a strange include would be seen" test \
	"$(cd "$tmp/case" && echo src/a.c | strange_includes "$standard" src | wc -l)" -eq 2

# ---- Architectures -----------------------------------------------------------------------------------

words='x86([_-]64)?|amd64|i[3-6]86|aarch64|arm64|armv[0-9]+|riscv(64|32)?|loongarch(64)?|cpuid|__asm__|asm|[ms]fence|clflush(opt)?|clwb|movnti|dmb|dsb|cbo|dbar'
architecture_words() {
	xargs grep -HnwiE "$words"
}
of drivers apps | architecture_words >"$tmp/found"
none "no architecture is named in drivers/ and apps/"
printf '/* for x86-64 */\n' >"$tmp/named.c"
check "an architecture's name would be seen" test -n "$(echo "$tmp/named.c" | architecture_words)"

conditions() {
	xargs grep -HnE '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif).*(__x86_64|__amd64|__i386|__aarch64|__arm|__riscv|__loongarch|_M_X64)'
}
of include src drivers apps platform tests bench fuzz | grep -vE '^(src/arch|platform/bare)/' | conditions >"$tmp/found"
none "no #ifdef of an architecture outside src/arch and platform/bare"
of include src drivers apps platform | grep -vE '^(src/arch|platform/bare)/' |
	xargs grep -HnE '(^|[^_a-z])(asm|__asm__|__asm)[[:space:](]' >"$tmp/found"
none "no instruction outside src/arch and platform/bare"

# ---- Left-overs ------------------------------------------------------------------------------------------

grep -vE '\.(bin|dat|aml|dtb|gz|png)$|/corpus/|/seeds/|^LICENSE$|lint-tree\.sh$' "$tmp/files" >"$tmp/texts"
xargs grep -HnwE 'TODO|FIXME|XXX|HACK' <"$tmp/texts" >"$tmp/found"
none "nothing is left to do"
grep -vE '\.md$' "$tmp/texts" | xargs grep -HnE '[[:space:]]+$' >"$tmp/found"
none "no white space at the end of a line"
of include src drivers apps platform | while read -r file; do
	lines=$(wc -l <"$file")
	[ "$lines" -le 400 ] || echo "# $file has $lines lines: what second concept moved in?"
done
finish
