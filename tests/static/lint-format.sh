#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# .clang-format, over every C file of the project. Version 14 is the judge; what another one, found alone, would lay out
# otherwise is skipped.
. "$(dirname "$0")/tap.sh"
. tests/static/files.sh

judge=14
format=$(first_of clang-format-$judge clang-format) || format=clang-format
if ! have "$format"; then
	skip "clang-format" "clang-format is missing"
	finish
fi
version=$("$format" --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
project_files '*.c' '*.h' >"$tmp/files"
# All of them together; one by one if there is anything.
xargs -n 100 "$format" --dry-run -Werror <"$tmp/files" >"$tmp/together" 2>&1
fine=$?
while read -r file; do
	if [ $fine -eq 0 ] || "$format" --dry-run -Werror "$file" >"$tmp/log" 2>&1; then
		ok "format of $file"
	elif [ "$version" != "$judge" ]; then
		skip "format of $file" "clang-format $version differs, $judge is the judge"
	else
		not_ok "format of $file" "$tmp/log"
	fi
done <"$tmp/files"
printf 'int  f( void )\n{ return 0 ; }\n' >"$tmp/bad.c"
if "$format" --style=file:.clang-format --dry-run -Werror "$tmp/bad.c" >"$tmp/log" 2>&1; then
	not_ok "bad formatting would be seen" "$tmp/log"
else
	ok "bad formatting would be seen"
fi
finish
