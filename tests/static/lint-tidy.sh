#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# clang-tidy (.clang-tidy), over the library, the drivers, the programs and the hosts, as far as `make check` compiles them, with
# the flags it uses. What a version finds that the configuration was not fitted to is skipped: each brings its own checks.
# The analyzer takes nine tenths of the time: it looks at one of EVERY (4) files beside platform/, at all in `make lint`.
. "$(dirname "$0")/tap.sh"
. tests/static/files.sh

fitted='14 19'
tidy=$(first_of clang-tidy clang-tidy-19) || tidy=clang-tidy
if ! have "$tidy"; then
	skip "clang-tidy" "clang-tidy is missing"
	finish
fi
version=$("$tidy" --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p' | head -n 1)
compilations | grep -E '^(src|drivers|apps|platform)/' >"$tmp/compilations"
mkdir "$tmp/logs"
if [ ! -s "$tmp/compilations" ]; then
	make -n "B=$tmp/none" all check >"$tmp/log" 2>&1
	tail -n 5 "$tmp/log" >"$tmp/tail"
	not_ok "make says how it compiles" "$tmp/tail"
fi

cat >"$tmp/one" <<'EOF'
line=$1 logs=$2 tidy=$3 analyzed=$4
file=${line%%|*}
case $file in
platform/bare/efi/loader/*) set -- --checks=-clang-analyzer-\*,-readability-duplicate-include ;; # Windows' target: stdint.h includes itself
platform/*) set -- --checks=-clang-analyzer-\* ;;
*) if grep -qxF "$file" "$analyzed"; then set --; else set -- --checks=-clang-analyzer-\*; fi ;;
esac
log=$logs/$(echo "$file" | tr / _)
"$tidy" --quiet "$@" "$file" -- ${line#*|} -Wno-unknown-warning-option -Wno-unknown-attributes -Qunused-arguments \
	>"$log" 2>/dev/null || echo failed >"$log.failed"
EOF
grep -v '^platform/' "$tmp/compilations" | cut -d '|' -f 1 | sort | awk -v every="${EVERY:-4}" 'NR % every == 1 % every' >"$tmp/analyzed"
xargs -P 2 -d '\n' -I{} sh "$tmp/one" {} "$tmp/logs" "$tidy" "$tmp/analyzed" <"$tmp/compilations"
while IFS='|' read -r file _; do
	log=$tmp/logs/$(echo "$file" | tr / _)
	if [ ! -e "$log" ]; then
		not_ok "tidy $file"
	elif [ ! -e "$log.failed" ]; then
		ok "tidy $file"
	elif grep -q "unknown target triple" "$log"; then
		skip "tidy $file" "clang-tidy $version does not know its architecture"
	else
		case " $fitted " in
		*" $version "*) not_ok "tidy $file" "$log" ;;
		*) skip "tidy $file" "clang-tidy $version says: $(grep -m 1 -o '\[[a-z].*\]$' "$log")" ;;
		esac
	fi
done <"$tmp/compilations"

# It can fail.
printf 'int f(int x);\nint f(int x)\n{\n\tif (x = 1)\n\t\treturn 1;\n\treturn 0;\n}\n' >"$tmp/bad.c"
cp .clang-tidy "$tmp/"
if "$tidy" --quiet "$tmp/bad.c" -- -std=c11 >"$tmp/log" 2>&1; then not_ok "an assignment in a condition would be seen" "$tmp/log"
else ok "an assignment in a condition would be seen"; fi
finish
