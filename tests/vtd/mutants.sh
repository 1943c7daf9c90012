#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts each mistake of mutants.txt back, in a copy of the source, and sees the scenario of its hazard fail (TAP). ONLY=h30 for some.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
objects=$B/sim
[ -f "$objects/tests/vtd/hazards" ] || {
	echo "not ok 1 - $objects/tests/vtd/hazards has not been built"
	exit 1
}
tab=$(printf '\t')
tests=0
failed=0
flags=$(cat "$objects/tests/vtd/flags")
# Everything but the mutant, so that the linker takes the mutant's object first.
# shellcheck disable=SC2046
ar rcs "$tmp/rest.a" $(cat "$objects/tests/vtd/objects")

while IFS=$tab read -r hazard scenario file expression mistake; do
	case $hazard in "#"* | "") continue ;; esac
	case $scenario in ${ONLY-}*) ;; *) continue ;; esac
	tests=$((tests + 1))
	name="hazard $hazard put back ($mistake): $scenario"
	sed "$expression" "$file" >"$tmp/mutant.c"
	if cmp -s "$file" "$tmp/mutant.c"; then
		echo "not ok $tests - $name: the line to be spoiled is not in $file"
		failed=$((failed + 1))
		continue
	fi
	# shellcheck disable=SC2086
	if ! gcc -std=c11 -w -iquote "$(dirname "$file")" $flags -c "$tmp/mutant.c" -o "$tmp/mutant.o" 2>"$tmp/log" ||
		! gcc -fsanitize=address,undefined "$tmp/mutant.o" "$tmp/rest.a" -lcmocka -lpthread -o "$tmp/mutant" 2>"$tmp/log"; then
		echo "not ok $tests - $name: does not build"
		sed 's/^/# /' "$tmp/log" | head -n 5
		failed=$((failed + 1))
		continue
	fi
	timeout 20 "$tmp/mutant" "$scenario" >"$tmp/log" 2>&1
	status=$?
	if [ "$status" -eq 0 ]; then
		echo "not ok $tests - $name: survived"
		failed=$((failed + 1))
	else
		how=$(sed -n 's/^sim: FAILED (\([^)]*\)).*/\1/p;s/^# vtd model: the driver broke a rule: /rule: /p;s/^==.*Sanitizer: \([^ ]*\).*/\1/p;s/.*runtime error.*/runtime error/p' "$tmp/log" | head -n 1)
		[ "$status" -ne 124 ] || how="hangs"
		echo "ok $tests - $name: caught${how:+ ($how)}"
	fi
done <tests/vtd/mutants.txt
echo "1..$tests"
[ "$failed" -eq 0 ]
