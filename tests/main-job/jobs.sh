# SPDX-License-Identifier: MPL-2.0
# What the tests of the main job share: running it, and reading what it left. Sourced after tests/static/tap.sh.
# shellcheck shell=sh disable=SC2154

# The job with these options (KEY=VALUE), within LIMIT seconds; its words are in $tmp/out, its results in $tmp/run.
job() {
	rm -rf "$tmp/run"
	timeout -k 5 "${LIMIT:-100}" env KVM_DEVICE=/nonexistent RESULTS="$tmp/run" TMPDIR="$tmp" "$@" tools/launch \
		>"$tmp/out" 2>&1 </dev/null
}

result() { # KEY: of summary.json
	sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$tmp/run/summary.json"
}

equal() { # WHAT IS EXPECTED
	[ "$2" = "$3" ] || {
		echo "$1 is \"$2\", not \"$3\""
		return 1
	}
}

# What a good run leaves, for FILE.
verified() {
	equal status "$1" 0 && equal verified "$(result verified)" true && equal faults "$(result faults)" 0 &&
		equal frames_leaked "$(result frames_leaked)" 0 && equal unmaps "$(result unmaps)" "$(result maps)" &&
		equal sha256 "$(result sha256)" "$(sha256sum <"$2" | cut -d ' ' -f 1)" &&
		equal bytes "$(result bytes)" "$(wc -c <"$2" | tr -d ' ')" && equal error "$(result error)" ""
}

arrives() { # NAME FILE OPTION...: the file is copied, and nothing is left behind
	name=$1 file=$2
	shift 2
	job FILE="$file" "$@"
	verified "$?" "$file" >"$tmp/why" 2>&1 && equal "folders left" "$(find "$tmp" -name 'dmastream.*')" "" >>"$tmp/why"
	if [ $? -eq 0 ]; then
		ok "$name"
	else
		cat "$tmp/out" >>"$tmp/why"
		not_ok "$name" "$tmp/why"
	fi
}

# The words of a failed run: everything but what the launcher says about accelerators and the progress.
complaints() {
	grep -v -e '^run: .*emulating$' -e '^run: KVM passed' -e '^ *[0-9]* %' -e '^\[' "$tmp/out"
}

fails() { # NAME TEXT OPTION...: one line (or LINES_SAID) that has the text, a status that is not 0, nothing left behind
	name=$1 text=$2
	shift 2
	job "$@"
	status=$?
	{
		[ "$status" -ne 0 ] || echo "the status is 0"
		[ "$status" -ne 124 ] || echo "it hung"
		complaints >"$tmp/complaints"
		equal "number of lines" "$(wc -l <"$tmp/complaints" | tr -d ' ')" "${LINES_SAID:-1}"
		grep -q -e "$text" "$tmp/complaints" || echo "no line says: $text"
		if [ -e "$tmp/run/summary.json" ]; then
			equal verified "$(result verified)" false
			equal unmaps "$(result unmaps)" "$(result maps)"
			equal frames_leaked "$(result frames_leaked)" 0
		fi
		equal "folders left" "$(find "$tmp" -name 'dmastream.*')" ""
	} >"$tmp/why" 2>&1
	if [ ! -s "$tmp/why" ]; then
		ok "$name"
	else
		cat "$tmp/out" >>"$tmp/why"
		not_ok "$name" "$tmp/why"
	fi
}

random() { # BYTES: a file of that size, in $tmp
	head -c "$1" /dev/urandom >"$tmp/random$1"
	echo "$tmp/random$1"
}
