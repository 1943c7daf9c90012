#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# clang-tidy (.clang-tidy), over every C file that `make check` compiles, with the flags of its own configuration.
. "$(dirname "$0")/tap.sh"
. tests/static/files.sh

if ! have clang-tidy; then
	skip "clang-tidy" "clang-tidy is missing"
	finish
fi
compilations >"$tmp/compilations"
mkdir "$tmp/logs"
if [ ! -s "$tmp/compilations" ]; then
	make -n "B=$tmp/none" all check >"$tmp/log" 2>&1
	tail -n 5 "$tmp/log" >"$tmp/tail"
	not_ok "make says how it compiles" "$tmp/tail"
fi

cat >"$tmp/one" <<'EOF'
line=$1 logs=$2
file=${line%%|*}
log=$logs/$(echo "$file" | tr / _)
clang-tidy --quiet "$file" -- ${line#*|} -Wno-unknown-warning-option -Wno-unknown-attributes -Qunused-arguments \
	>"$log" 2>/dev/null || echo failed >"$log.failed"
EOF
xargs -P 2 -d '\n' -I{} sh "$tmp/one" {} "$tmp/logs" <"$tmp/compilations"
while IFS='|' read -r file _; do
	log=$tmp/logs/$(echo "$file" | tr / _)
	if [ -e "$log.failed" ] || [ ! -e "$log" ]; then not_ok "tidy $file" "$log"; else ok "tidy $file"; fi
done <"$tmp/compilations"

# It can fail.
printf 'int f(int x);\nint f(int x)\n{\n\tif (x = 1)\n\t\treturn 1;\n\treturn 0;\n}\n' >"$tmp/bad.c"
cp .clang-tidy "$tmp/"
if clang-tidy --quiet "$tmp/bad.c" -- -std=c11 >"$tmp/log" 2>&1; then not_ok "an assignment in a condition would be seen" "$tmp/log"
else ok "an assignment in a condition would be seen"; fi
finish
