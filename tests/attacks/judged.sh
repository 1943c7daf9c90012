#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# What judge.sh says of machines that ended in every way, beside others that were skipped.
. "$(dirname "$0")/../static/tap.sh"

# shellcheck disable=SC2154 # tap.sh sets it
in=$tmp/run

printf '| attack | VT-d |\n|---|---|\n| a write | reported |\n' >"$tmp/page.md"

# COLUMN STATUS...: VT-d's two machines ended well, and others so, each after one attack that was blocked; "COLUMN! STATUS": after none.
ran() {
	rm -rf "$in"
	mkdir "$in"
	: >"$in/cells"
	: >"$in/ends"
	echo "bounds" >"$in/bounds"
	set -- vtd-strict 0 vtd-deferred 0 "$@"
	while [ $# -gt 0 ]; do
		case $1-$2 in
		*!-* | *-77) ;;
		*) printf '%s|a write/%s: blocked, reported\n' "$1" cold "$1" warm >>"$in/cells" ;;
		esac
		echo "${1%!} $2" >>"$in/ends"
		echo "console of ${1%!}" >"$in/${1%!}.log"
		shift 2
	done
}

judge() { # STATUS PATTERN [VARIABLE=VALUE]: ends so, after a line like this
	wanted=$1 pattern=$2
	shift 2
	env PAGE="$tmp/page.md" "$@" tests/attacks/judge.sh "$in" >"$tmp/log" 2>&1
	status=$?
	if [ "$wanted" -eq 0 ]; then
		[ "$status" -eq 0 ] && grep -q "$pattern" "$tmp/log"
	else
		[ "$status" -ne 0 ] && grep -q "$pattern" "$tmp/log"
	fi
}

ran other-strict 0
check "all is well" judge 0 '^ok [0-9]* - other-strict: the machine ended well'
ran other-strict 77
check "a machine that was skipped is not a bad one" judge 0 '^ok [0-9]* - other-strict # SKIP'
check "nor is it for the table" judge 0 'blocked, reported' TABLE=1
ran other-strict 1 third-strict 77
check "a machine that ended badly, beside one that was skipped: its console is shown" judge 1 '^# console of other-strict'
check "and it is not ok" judge 1 '^not ok [0-9]* - other-strict: the machine ended well'
check "table: the same" judge 1 'console of other-strict' TABLE=1
ran other-strict 177
check "a status that only looks like that of a skip" judge 1 '^not ok [0-9]* - other-strict: the machine ended well'
check "table: the same" judge 1 'did not end well' TABLE=1
ran other-strict! 0
check "a machine that attacked nothing" judge 1 '^not ok [0-9]* - other-strict: the machine ended well, and attacked'
check "table: the same" judge 1 'did not end well' TABLE=1
ran
echo "vtd-strict|another/warm: OPEN" >>"$in/cells"
check "an attack that came through" judge 1 '^not ok [0-9]* - vtd-strict: another/warm: OPEN'
check "table: the same" judge 1 'OPEN' TABLE=1
ran
sed 's/| reported |/| held |/' "$tmp/page.md" >"$tmp/other.md"
check "a page that says something else" judge 1 '^not ok [0-9]* - .*other.md: other VT-d' PAGE="$tmp/other.md"
ran
printf '| another | reported |\n' | cat "$tmp/page.md" - >"$tmp/other.md"
check "a row of the page that nobody attacks" judge 1 '^not ok [0-9]* - .*other.md: other row, another' PAGE="$tmp/other.md"
ran
sed 's/| VT-d |/| VT-x |/' "$tmp/page.md" >"$tmp/other.md"
check "a column of the page that is no IOMMU" judge 1 '^not ok [0-9]* - .*other.md: other column, VT-x' PAGE="$tmp/other.md"
ran
sed -i '/deferred/d' "$tmp/run/cells"
check "a machine whose attacks are missing" judge 1 'not ok' PAGE="$tmp/page.md"
ran
sed -i '/vtd-strict|a write\/warm/d' "$tmp/run/cells"
check "one of its attacks is missing" judge 1 'not ok' PAGE="$tmp/page.md"
finish
