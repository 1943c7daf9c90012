#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Every hazard: its scenario is right, and with the mistake put back it is caught. Prints TAP; `run.sh table` prints the table. The programs are
# in build/simfast/tests/hazards (make hazards); where another folder's test holds a hazard off, elsewhere says which, or why none is needed.
set -u
cd "$(dirname "$0")/../.." || exit 1
programs=${B:-build}/simfast/tests/hazards
table=${1:-}
failed=0 n=0

result() { # OK TEXT
	n=$((n + 1))
	[ "$1" = 0 ] || failed=$((failed + 1))
	[ -n "$table" ] && return
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

row() { # HAZARD TEST CAUGHT
	[ -n "$table" ] && printf '%-6s  %-64s  %s\n' "$1" "$2" "$3"
}

here() { # HAZARD NAME
	if right=$("$programs/$2" 2>&1); then
		result 0 "$2: right, $(echo "$right" | tail -n 1)"
	else
		result 1 "$2: fails as it is"
		echo "$right" | sed 's/^/# /'
	fi
	{ caught=$("$programs/$2.mistaken" mistaken); } 2>/dev/null
	status=$?
	[ $status -ge 128 ] && status=0 caught="a crash"
	result $status "$2: the mistake is caught: ${caught:-NOT CAUGHT}"
	row "$1" "tests/hazards/$2.c ($(echo "$right" | tail -n 1))" "caught: ${caught:-NOT CAUGHT}"
}

elsewhere() { # HAZARD
	line=$(sed -n "s/^$1 //p" tests/hazards/elsewhere)
	where=$(echo "$line" | cut -f 1)
	why=$(echo "$line" | cut -f 2)
	file=${where%%:*} name=${where##*: }
	if [ -z "$line" ]; then
		result 1 "hazard $1: no test and no reason"
	elif [ "$where" = - ]; then
		result 0 "hazard $1: does not apply: $why"
		row "$1" "none: $why" ""
	elif [ -f "$file" ] && grep -q "$name" "$file"; then
		result 0 "hazard $1: $where"
		row "$1" "$where" "$why"
	else
		result 1 "hazard $1: there is no $where"
		row "$1" "$where" "MISSING"
	fi
}

[ -n "$table" ] && row hazard test "with the mistake put back"
for hazard in $(seq 1 87); do
	found=
	for source in tests/hazards/h"$(printf '%02d' "$hazard")"_*.c; do
		[ -f "$source" ] || continue
		found=yes
		here "$hazard" "$(basename "$source" .c)"
	done
	# Section F of the list is still being filled.
	[ "$hazard" -gt 64 ] && ! grep -q "^$hazard " tests/hazards/elsewhere && continue
	[ -n "$found" ] || elsewhere "$hazard"
done
[ -n "$table" ] || echo "1..$n"
[ "$failed" = 0 ]
