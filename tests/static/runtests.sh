#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# tools/runtests: what counts as failed, the last line, the slowest programs, and programs that run alone.
. "$(dirname "$0")/tap.sh"

runner=$PWD/tools/runtests
cd "$tmp" || exit 1
program() { # NAME SHELL-TEXT
	printf '#!/bin/sh\n%s\n' "$2" >"$1"
	chmod +x "$1"
}
# Each of these says when it begins and ends; together they would be seen between each other's.
for name in a b c d; do
	program "./$name" "echo begin $name >>order; sleep 1; echo end $name >>order; echo 'ok 1 - $name'"
done
program ./fails "echo 'ok 1 - x'; echo 'not ok 2 - y'"
program ./status "echo 'ok 1 - x'; exit 3"
program ./nothing ":"
program ./plan "echo 1..3; echo 'ok 1 - x'"
program ./skips "echo 'ok 1 - x # SKIP no reason'; echo 'ok 2 - y'"
program ./hangs "echo 'ok 1 - x'; sleep 60"

last() { # TEXT: the last line of the last run
	[ "$(tail -n 1 out)" = "$1" ] || {
		cat out
		return 1
	}
}

JOBS=2 "$runner" ./a ./b --alone ./c ./d >out 2>&1
check "all pass: status 0" test $? -eq 0
check "the last line is the sum" last "4 passed, 0 failed, 0 skipped"
check "two run beside each other" test "$(sed -n 2p order | cut -d ' ' -f 1)" = begin
check "those behind --alone run one after the other, last" test "$(sed -n '5,8p' order | tr '\n' ' ')" = "begin c end c begin d end d "
check "the slowest are listed before the last line" test "$(sed -n '/^slowest:$/,$p' out | grep -c '^ *[0-9]* s  \./[abcd]$')" -eq 4
check "then how long it took: three seconds at least" grep -q '^took: [34567] s to run the tests$' out
check "which stands right before the last line" test "$(tail -n 2 out | cut -d ' ' -f 1 | tr '\n' ' ')" = "took: 4 "
BEFORE=100 "$runner" ./a >out 2>&1
check "with the build, which has been timed before" grep -qE '^took: 10[1-5] s: 100 s to build, [1-5] s to run the tests$' out

for name in fails status nothing plan; do
	"$runner" ./a --alone "./$name" >out 2>&1
	check "$name: not 0" test $? -ne 0
	check "$name: one failed" grep -q ', 1 failed,' out
done
LIMIT=2 "$runner" ./hangs >out 2>&1
check "over its time limit: not 0" test $? -ne 0
check "over its time limit: said" grep -q 'over its time limit' out
"$runner" ./skips >out 2>&1
check "a test that is skipped counts so" last "1 passed, 0 failed, 1 skipped"
"$runner" --alone >out 2>&1
check "nothing to run: not 0" test $? -ne 0
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	program "./p$i" "echo 'ok 1 - x'"
done
"$runner" ./p1 ./p2 ./p3 ./p4 ./p5 ./p6 ./p7 ./p8 ./p9 ./p10 ./p11 ./p12 >out 2>&1
check "no more than ten are listed" test "$(grep -c '^ *[0-9]* s  \./p' out)" -eq 10
finish
