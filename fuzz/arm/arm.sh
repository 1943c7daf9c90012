#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Fuzzes the readers of the device tree and of IORT for SECONDS_EACH (8) seconds each.
# shellcheck source=tests/static/tap.sh
. "$(dirname "$0")/../../tests/static/tap.sh"
# shellcheck source=fuzz/fuzz.sh
. fuzz/fuzz.sh
if [ ! -x "$B/fuzz/fdt" ] || [ ! -x "$B/fuzz/iort" ]; then
	skip "fdt, iort" "the fuzzers have not been built" && finish
fi
mkdir -p "$tmp/fdt" "$tmp/iort"
"$B/fuzz/seed_iort" >"$tmp/iort/server" || exit 1
if have qemu-system-aarch64; then
	for machine in virt virt,iommu=smmuv3,gic-version=3 virt,virtualization=on; do
		qemu-system-aarch64 -machine "$machine,dumpdtb=$tmp/dtb" -cpu max -m 256M -display none >/dev/null 2>&1
		[ -s "$tmp/dtb" ] || continue
		# Its blocks lie in front of much empty space: cut to 16 KiB, the total size (bytes 4 to 7) with it.
		{ head -c 4 "$tmp/dtb" && printf '\000\000\100\000' && head -c 16384 "$tmp/dtb" | tail -c +9; } \
			>"$tmp/fdt/$machine"
	done
fi
for parser in fdt iort; do
	fuzz $parser $parser "${SECONDS_EACH:-8}" -max_len=16384 -rss_limit_mb=1024 "$tmp/$parser"
done
finish
