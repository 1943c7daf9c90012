#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# gcc -fanalyzer over the library. Its null-dereference warnings are left out: it does not connect "a cut is due" with "a
# spare node was taken for it"; clang's analyzer (lint-tidy.sh), which can, looks for the same. So are those about variable
# arguments (it does not read formats) and, from gcc 14 on, about endless loops (it takes no word for one that another CPU changes).
. "$(dirname "$0")/tap.sh"
. tests/static/files.sh

if ! have gcc; then
	skip "gcc -fanalyzer" "gcc is missing"
	finish
fi
compile() { # FILE
	# shellcheck disable=SC2086 # flags are words
	gcc -fanalyzer -Wno-analyzer-null-dereference -Wno-analyzer-possible-null-dereference -Wno-analyzer-va-list-exhausted \
		-Wno-analyzer-va-arg-type-mismatch -Wno-analyzer-infinite-loop -std=c11 $WARN $WARN_C -O2 \
		-ffreestanding -Iinclude -Isrc/arch -Isrc/arch/x86_64 -Itests/cvm/arch -c "$1" -o /dev/null
}
project_files '*.c' | grep '^src/' >"$tmp/files"
while read -r file; do
	check "analyzer $file" compile "$file"
done <"$tmp/files"
printf 'void free(void *);\nvoid f(void *p);\nvoid f(void *p)\n{\n\tfree(p);\n\tfree(p);\n}\n' >"$tmp/bad.c"
if compile "$tmp/bad.c" >"$tmp/log" 2>&1; then not_ok "a double free would be seen" "$tmp/log"; else ok "a double free would be seen"; fi
finish
