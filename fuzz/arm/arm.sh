#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Runs the device-tree and IORT fuzzers for SECONDS_EACH (8) seconds each: TAP, one test each.
# A crash leaves its input in build/fuzz/.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
if [ ! -x "$B/fuzz/fdt" ] || [ ! -x "$B/fuzz/iort" ]; then
	echo "1..0 # SKIP the fuzzers have not been built"
	exit 0
fi
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$tmp/fdt" "$tmp/iort"
"$B/fuzz/seed_iort" >"$tmp/iort/server" || exit 1
if command -v qemu-system-aarch64 >/dev/null 2>&1; then
	for machine in virt virt,iommu=smmuv3,gic-version=3 virt,virtualization=on; do
		qemu-system-aarch64 -machine "$machine,dumpdtb=$tmp/dtb" -cpu max -m 256M -display none >/dev/null 2>&1
		[ -s "$tmp/dtb" ] || continue
		# Its blocks lie in front of much empty space: cut to 16 KiB, the total size (bytes 4 to 7) with it.
		{ head -c 4 "$tmp/dtb" && printf '\000\000\100\000' && head -c 16384 "$tmp/dtb" | tail -c +9; } \
			>"$tmp/fdt/$machine"
	done
fi

n=0
failures=0
for parser in fdt iort; do
	n=$((n + 1))
	if "$B/fuzz/$parser" -max_total_time="${SECONDS_EACH:-8}" -max_len=16384 -timeout=40 -rss_limit_mb=1024 \
		-artifact_prefix="$B/fuzz/$parser-" "$tmp/$parser" >"$tmp/log" 2>&1; then
		echo "ok $n - $parser: $(sed -n 's/^Done //p' "$tmp/log")"
	else
		failures=$((failures + 1))
		echo "not ok $n - $parser"
		tail -n 30 "$tmp/log" | sed 's/^/# /'
	fi
done
echo "1..$n"
[ "$failures" -eq 0 ]
