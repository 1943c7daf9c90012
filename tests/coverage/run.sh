#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Runs the programs that `make coverage` has built in FOLDER and prints what of src/ they reached.
set -eu
folder=$1
find "$folder" -name '*.gcda' -delete
tr ' ' '\n' <"$folder/coverage.programs" | while read -r program; do
	SEEDS=3 "$program" >"$folder/log" 2>&1 || {
		echo "$program fails:"
		tail -n 5 "$folder/log"
	}
done
# Assertions of the compiler's (static, unreachable) have no line; tables are data.
gcovr --root . --object-directory "$folder" --filter 'src/' --exclude-unreachable-branches --exclude-throw-branches --txt "$folder/lines.txt" "$folder"
gcovr --root . --object-directory "$folder" --filter 'src/' --exclude-unreachable-branches --exclude-throw-branches --branches --txt "$folder/branches.txt" "$folder"
echo 'Lines:'
sed -n '/^File/,$p' "$folder/lines.txt"
echo 'Branches:'
sed -n '/^File/,$p' "$folder/branches.txt"
