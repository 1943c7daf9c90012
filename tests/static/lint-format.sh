#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# .clang-format, over every C file of the project.
. "$(dirname "$0")/tap.sh"
. tests/static/files.sh

if ! have clang-format; then
	skip "clang-format" "clang-format is missing"
	finish
fi
project_files '*.c' '*.h' >"$tmp/files"
while read -r file; do
	if clang-format --dry-run -Werror "$file" >"$tmp/log" 2>&1; then ok "format of $file"; else not_ok "format of $file" "$tmp/log"; fi
done <"$tmp/files"
printf 'int  f( void )\n{ return 0 ; }\n' >"$tmp/bad.c"
if clang-format --style=file:.clang-format --dry-run -Werror "$tmp/bad.c" >"$tmp/log" 2>&1; then
	not_ok "bad formatting would be seen" "$tmp/log"
else
	ok "bad formatting would be seen"
fi
finish
