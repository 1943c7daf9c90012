# SPDX-License-Identifier: MPL-2.0
# Runs a fuzzer, and keeps what it finds. Sourced after tests/static/tap.sh.
# shellcheck shell=sh disable=SC2154
B=${B:-build}
failed_inputs=$B/fuzz/failed

# What the log says since libFuzzer's last line of progress: all that the input that fails has printed.
fuzz_message() { # LOG
	awk '/^#[0-9]+\t/ || /^INFO: / { text = ""; next } { text = text $0 "\n" } END { printf "%s", text }' "$1"
}

# All that is known of a failure. The claim and the input come last, since a summary shows the end of it.
fuzz_failure() { # PROGRAM STATUS LOG
	fuzz_message "$3"
	fuzz_input=$(sed -n 's/.*Test unit written to //p' "$3" | tail -n 1)
	echo "---- what failed, with status $2:"
	grep -aE '^sim: FAILED|^claimed: |runtime error: |ERROR: ' "$3" | head -n 4
	if [ -s "$fuzz_input" ]; then
		echo "---- the input, which stays in $fuzz_input; this runs it again:"
		echo "echo $(base64 -w 0 "$fuzz_input") | base64 -d >/tmp/input && $1 /tmp/input"
	elif [ -e "$fuzz_input" ]; then
		echo "---- the input is empty; this runs it again:"
		echo ": >/tmp/input && $1 /tmp/input"
	else
		echo "---- no input was written: the program ended by itself"
	fi
}

# Runs $B/fuzz/NAME for that many seconds: one test. New inputs go into the first folder; those of all folders run first.
fuzz() { # NAME SENTENCE SECONDS [OPTION OF LIBFUZZER]... FOLDER...
	fuzz_program=$B/fuzz/$1 fuzz_log=$B/fuzz/$1.log fuzz_sentence=$2
	mkdir -p "$failed_inputs"
	fuzz_options="-max_total_time=$3 -timeout=40 -print_final_stats=1 -artifact_prefix=$failed_inputs/$1-"
	shift 3
	# shellcheck disable=SC2086 # no path in it has a space: B is a word of make's
	"$fuzz_program" $fuzz_options "$@" >"$fuzz_log" 2>&1
	fuzz_status=$?
	if [ $fuzz_status -eq 0 ]; then
		ok "$fuzz_sentence: $(sed -n 's/^stat::number_of_executed_units: *//p' "$fuzz_log") runs, $(
			sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$fuzz_log" | tail -n 1) edges covered"
		return
	fi
	not_ok "$fuzz_sentence: an input fails"
	fuzz_failure "$fuzz_program" $fuzz_status "$fuzz_log" | sed 's/^/# /'
}
