#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Commits since the house was rebuilt: a first line of at most 72 characters, and a body that says why and how it was seen to work. And lines of
# C and prose end at 120 columns (tables and code in pages do not count).
. "$(dirname "$0")/tap.sh"
. tests/static/files.sh

first="house: one folder per concept in src, platform and tests"

# Reads "HASH<tab>SUBJECT<tab>BODY" on one line each, prints what is wrong.
wrong_commits() {
	awk -F '\t' '
		length($2) > 72 { print $1 ": the first line has " length($2) " characters: " $2 }
		length($3) < 40 { print $1 ": no body that says why: " $2; next }
		tolower($3) !~ /seen|shown|caught|pass|measured|test|fails|prints|holds|command|make / {
			print $1 ": the body does not say how it was seen to work: " $2
		}'
}

log() { # RANGE
	git log --no-merges --format='%h%x09%s%x09%b%x00' "$1" | tr '\n' ' ' | tr '\0' '\n' | sed 's/^ *//' | grep . || true
}

if have git && git rev-parse --git-dir >/dev/null 2>&1; then
	base=$(git log --format='%H%x09%s' | awk -F '\t' -v s="$first" '$2 == s { print $1; exit }')
	if [ -n "$base" ]; then
		log "$base..HEAD" | wrong_commits >"$tmp/found"
		number=$(log "$base..HEAD" | wc -l)
		check "$number commits have a first line of 72 characters and a body" sh -c "cat '$tmp/found'; test ! -s '$tmp/found'"
	else
		skip "commits" "the history here does not reach back to where the rule begins"
	fi
else
	skip "commits" "this is no git checkout"
fi
printf 'abc\t%s\tbecause\nabd\tfine\tBecause it was wrong; seen to fail before, and passes now.\n' \
	"this first line goes on and on and on, far beyond the seventy-two characters that it may have" | wrong_commits >"$tmp/found"
check "a first line that is too long, and a body that says nothing, would be seen" test "$(wc -l <"$tmp/found")" -eq 2

too_long() { # FILE...
	for file in "$@"; do
		expand -t 8 "$file" | sed 's/[\x80-\xBF]//g' | awk -v file="$file" '
			file ~ /\.md$/ && (/^\|/ || /^    / || /^```/ && code = !code) { next }
			file ~ /\.md$/ && code { next }
			length($0) > 120 { print file ":" NR ": " length($0) " columns" }'
	done
}
project_files '*.c' '*.h' '*.md' | while read -r file; do too_long "$file"; done >"$tmp/found"
check "lines end at 120 columns" sh -c "head -n 40 '$tmp/found'; test ! -s '$tmp/found'"
printf '/* %0130d */\n' 1 >"$tmp/long.c"
check "a longer one would be seen" test -n "$(too_long "$tmp/long.c")"
finish
