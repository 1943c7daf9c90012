#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Fuzzes the public interface for SECONDS_EACH (20) seconds, beginning with the inputs of seeds.txt; the corpus grows in build/fuzz/api.corpus.
# shellcheck source=tests/static/tap.sh
. "$(dirname "$0")/../../tests/static/tap.sh"
# shellcheck source=fuzz/fuzz.sh
. fuzz/fuzz.sh

seed() { # NAME BYTE...: a file of these bytes
	seed_file=$tmp/seeds/$1
	shift
	# shellcheck disable=SC2059,SC2046 # the format is the bytes, as \ooo
	printf "$(printf '\\%03o' "$@")" >"$seed_file"
}

# On six machines, with and without an adversary, who is there with odd seeds.
seeds() {
	rows=0
	mkdir -p "$tmp/seeds"
	while IFS='	' read -r name machine bytes what; do
		case $name in '' | '#'*) continue ;; esac
		[ -n "$what" ] || { echo "seeds.txt: $name has no four fields" >&2 && return 1; }
		rows=$((rows + 1))
		# shellcheck disable=SC2086 # a word for each byte
		case $machine in
		each) for m in 0 1 2 3 4 5; do seed "$name.$m" $m $((m / 2 + rows)) $bytes || return 1; done ;;
		*) seed "$name" $machine $bytes || return 1 ;;
		esac
	done <fuzz/api/seeds.txt
}

check "seeds.txt is read" seeds
mkdir -p "$B/fuzz/api.corpus"
fuzz api "the public interface, from $(find "$tmp/seeds" -type f | wc -l) inputs of seeds.txt" "${SECONDS_EACH:-20}" -max_len=400 \
	"$B/fuzz/api.corpus" "$tmp/seeds"
finish
