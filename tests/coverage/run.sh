#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Runs the programs that `make coverage` has built in FOLDER and prints what of src/ they reached; fails if something is neither reached nor explained.
set -eu
folder=$1
find "$folder" -name '*.gcda' -delete
# One after the other, each in a session of its own and without input: what a program does to its group, or reads, is nobody else's.
tr ' ' '\n' <"$folder/coverage.programs" | while read -r program; do
	SEEDS=3 setsid -w timeout "${COVERAGE_SECONDS:-900}" "$program" >"$folder/log" 2>&1 </dev/null || {
		echo "$program fails:"
		tail -n 5 "$folder/log"
	}
done
# Assertions of the compiler's (static, unreachable) have no line; tables are data.
gcovr --root . --object-directory "$folder" --filter 'src/' --exclude-unreachable-branches --exclude-throw-branches --json "$folder/coverage.json" "$folder"
exec tests/coverage/report "$folder/coverage.json"
