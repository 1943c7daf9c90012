#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# `make sarif`: what dmacheck writes as SARIF 2.1.0 is validated by npm's @microsoft/sarif-multitool, which a broken one does not pass.
. "$(dirname "$0")/../static/tap.sh"
have npm npx python3 || { skip "SARIF" "npm is missing"; finish; }
here=$PWD/build/dmacheck/sarif
mkdir -p "$here"
(cd "$here" && npm install --no-audit --no-fund @microsoft/sarif-multitool) >"$tmp/log" 2>&1 || { skip "SARIF" "npm cannot install it here"; finish; }
chmod u+x "$here"/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool 2>/dev/null
valid() { # FILE
	(cd "$here" && npx sarif-multitool validate "$1") >"$tmp/out" 2>&1 && ! grep -q ': error ' "$tmp/out"
}
tools/dmacheck cc -Itests/corpus -o "$tmp/misuse" tests/corpus/misuse.c >"$tmp/log" 2>&1 || not_ok "misuse.c compiles" "$tmp/log"
for number in 0 1 8 13 20 27 28; do
	MISUSE=$number tools/dmacheck run "$tmp/misuse" --seeds 1 --format sarif --output "$tmp/$number.sarif"
	if valid "$tmp/$number.sarif"; then ok "misuse $number: its SARIF is valid"; else not_ok "misuse $number: its SARIF is valid" "$tmp/out"; fi
done
sed 's/"startLine": /"startLine": -/' "$tmp/27.sarif" >"$tmp/broken.sarif"
if valid "$tmp/broken.sarif"; then not_ok "a line before the first would be seen" "$tmp/out"; else ok "a line before the first would be seen"; fi
finish
