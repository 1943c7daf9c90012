#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Every script of the project parses, is executable, and passes shellcheck where that is installed.
. "$(dirname "$0")/tap.sh"
. tests/static/files.sh

project_files '*' | while read -r file; do
	case $(head -c 60 "$file" | head -n 1) in
	'#!/bin/sh'*) echo "$file" ;;
	esac
done >"$tmp/scripts"
linter() { # FILE; -x: follow what is sourced; from the root, as everything here
	shellcheck -x -P SCRIPTDIR -e SC1007,SC1091,SC2016,SC2154,SC3013 -S warning "$1"
}
executable() {
	test -x "$1"
}
while read -r script; do
	check "$script parses" sh -n "$script"
	check "$script is executable" executable "$script"
	if have shellcheck; then check "shellcheck $script" linter "$script"; else skip "shellcheck $script" "shellcheck is missing"; fi
done <"$tmp/scripts"
if have shellcheck; then
	printf '#!/bin/sh\nfor f in $(ls); do cd "$f"; [ $x == y ]; done\n' >"$tmp/bad.sh"
	if linter "$tmp/bad.sh" >"$tmp/log" 2>&1; then not_ok "a bad script would be seen"; else ok "a bad script would be seen"; fi
fi
finish
