#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Fuzzes the public interface for SECONDS_EACH (20) seconds; the corpus grows in build/fuzz/api.corpus. An input that fails is kept beside it.
cd "$(dirname "$0")/../.." || exit 1
program=${B:-build}/fuzz/api
corpus=$program.corpus
mkdir -p "$corpus"
log=$program.log
if "$program" -max_total_time="${SECONDS_EACH:-20}" -max_len=400 -timeout=40 -artifact_prefix="$program-" "$corpus" >"$log" 2>&1; then
	echo "ok 1 - $(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log") runs, $(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1) edges covered"
else
	echo "not ok 1 - an input fails"
	tail -n 40 "$log" | sed 's/^/# /'
fi
echo 1..1
