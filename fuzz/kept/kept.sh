#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# An input that fails is never lost: whatever kind its fault is, the end of the report says what failed, and has a command that runs the
# same input again, in a tree where nothing is kept.
# shellcheck source=tests/static/tap.sh
. "$(dirname "$0")/../../tests/static/tap.sh"
# shellcheck source=fuzz/fuzz.sh
. fuzz/fuzz.sh
have clang base64 || { skip "inputs that fail are kept" "clang or base64 is not installed" && finish; }

# The report of a run whose one input begins so. Its tests are not this script's.
report() { # BEGINNING
	rm -rf "$tmp/corpus" "$failed_inputs"/planted-*
	mkdir -p "$tmp/corpus"
	{ printf '%s\000\377 ' "$1" && head -c 3000 /dev/zero; } >"$tmp/corpus/it"
	# What hangs needs few seconds to do so; what does not may be held up by the machine.
	limit=40
	[ "$1" != hangs ] || limit=2
	# Beyond the one input none is tried: the fuzzer would find the other faults, too.
	(fuzz planted "planted" 5 -runs=1 -timeout=$limit -max_len=4096 "$tmp/corpus") >"$tmp/whole"
	tail -n 40 "$tmp/whole" >"$tmp/report" # what tools/runtests shows of it
	rm -rf "$failed_inputs"/planted-*
}

reported() { # BEGINNING WORDS: the report says so, and its command runs the same bytes into the same fault
	report "$1"
	grep -q '^not ok .* planted: an input fails$' "$tmp/whole" || { cat "$tmp/whole" && return 1; }
	sed -n '/^# ---- what failed/,$p' "$tmp/report" | grep -q "$2" || { cat "$tmp/report" && return 1; }
	# shellcheck disable=SC2016 # the command has the variables
	sed -n 's/^# \(echo .* | base64 -d >\)\(.*\) && \(.*\) .*/\1"$tmp\/again"; \3 -timeout=$limit "$tmp\/again"/p' "$tmp/report" >"$tmp/command"
	[ -s "$tmp/command" ] || { cat "$tmp/report" && return 1; }
	# shellcheck disable=SC1091
	. "$tmp/command" >"$tmp/again.log" 2>&1
	cmp "$tmp/corpus/it" "$tmp/again" && grep -q "$2" "$tmp/again.log"
}

# The whole message, too: all that the input has printed before it failed.
whole() {
	report claim
	grep -q '^# claimed: .*planted\.c:[0-9]*: !begins_with(bytes, n, "claim")$' "$tmp/whole" &&
		grep -q '#0 .* in ' "$tmp/whole"
}

passes() {
	report harmless
	grep -q '^ok [0-9]* - planted: [0-9]* runs, [0-9]* edges covered$' "$tmp/whole" || { cat "$tmp/whole" && return 1; }
}

check "a claim that does not hold" reported claim 'claimed: .*planted\.c:[0-9]*: !begins_with'
check "what the address sanitizer finds" reported 'reads beyond' 'ERROR: AddressSanitizer: heap-buffer-overflow'
check "what the sanitizer of undefined behaviour finds" reported overflows 'runtime error: signed integer overflow'
check "a program that does not end" reported hangs 'ERROR: libFuzzer: timeout'
check "a program that ends too early" reported leaves 'ERROR: libFuzzer: fuzz target exited'
check "the message is whole" whole
check "no fault, no report" passes
finish
