#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Lines of each example beside the same driver against Linux's API (linux/): without comments, blank lines, includes and lone braces.
# A driver that is longer here than there fails.
. "$(dirname "$0")/../static/tap.sh"

code() { # FILE
	sed 's|//.*||; s|/\*[^*]*\*/||' "$1" | awk '/\/\*/ { inside = 1 } !inside { print } /\*\// { inside = 0 }' |
		grep -vE '^[[:space:]]*[{}]*[[:space:]]*$|^#include' | wc -l
}

not_longer() { # OURS LINUX
	[ "$1" -gt 5 ] && [ "$1" -le "$2" ]
}

for example in receive_ring scattered_list command_response; do
	ours=$(code "examples/$example.c") theirs=$(code "examples/linux/$example.c")
	check "$example: $ours lines, $theirs with Linux's API" not_longer "$ours" "$theirs"
done
printf '/* a\n * b */\nint x; // c\n\n{\n}\n#include <y.h>\nint z;\n' >"$tmp/x.c"
check "comments, blank lines, braces and includes are no lines" test "$(code "$tmp/x.c")" -eq 2
finish
