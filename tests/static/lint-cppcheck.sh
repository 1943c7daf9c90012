#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# cppcheck over library, drivers, programs and platforms. typed.h and its siblings are left out (their _Generic is beyond
# cppcheck's parser), so typed calls count as calls of the functions below; symbols of linker scripts may be subtracted;
# variables in registers of their own (platform/bare) are no syntax error.
. "$(dirname "$0")/tap.sh"

if ! have cppcheck; then
	skip "cppcheck" "cppcheck is missing"
	finish
fi

run() { # FILE OR FOLDER...
	cppcheck -q --std=c11 --platform=unix64 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j 2 \
		--suppress=comparePointers --suppress=subtractPointers --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
		'--suppress=syntaxError:platform/bare/*' \
		-DDMASTREAM_TYPED_H -DDMASTREAM_TYPEDSLICE_H -DDMASTREAM_TYPEDLIST_H -DDMASTREAM_TYPEDPOOL_H -D__x86_64__ -D__GNUC__=12 -Iinclude -Isrc/arch -Isrc/arch/generic -Isrc "$@"
}

for folder in src drivers apps platform/bare platform/sim platform/linux; do
	[ ! -d $folder ] || check "cppcheck $folder" run "-I$folder" -Idrivers $folder
done
printf 'int f(void);\nint f(void)\n{\n\tint a[2] = {0, 1};\n\treturn a[2];\n}\n' >"$tmp/bad.c"
if run "$tmp/bad.c" >"$tmp/log" 2>&1; then not_ok "an index past the end would be seen" "$tmp/log"
else ok "an index past the end would be seen"; fi
finish
