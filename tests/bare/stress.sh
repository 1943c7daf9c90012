#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# A short run of `make stress` on each bare machine, with four CPUs; and that it tells each kind of mistake. To be run alone.
. "$(dirname "$0")/../static/tap.sh"

runs() { # NAME OPTION...
	name=$1
	shift
	if timeout -k 5 150 env TMPDIR="$tmp" "$@" tools/stress >"$tmp/out" 2>&1 </dev/null; then
		ok "$name"
		sed -n 's/^@stress/#/p' "$tmp/out"
	else
		not_ok "$name" "$tmp/out"
	fi
}

tells() { # NAME TEXT OPTION...
	name=$1 text=$2
	shift 2
	if timeout -k 5 150 env TMPDIR="$tmp" SECONDS=3 "$@" tools/stress >"$tmp/out" 2>&1 </dev/null; then
		not_ok "$name: the status is 0" "$tmp/out"
	elif grep -q -e "$text" "$tmp/out"; then
		ok "$name"
	else
		not_ok "$name: no line says $text" "$tmp/out"
	fi
}

if have qemu-system-x86_64; then
	runs "q35, 4 CPUs, 12 s behind VT-d, strict and deferred" MACHINE=q35 CPUS=4 SECONDS=12
	tells "a byte that is wrong" '"failed": "bytes came back wrong"' MACHINE=q35 KERNEL_OPTIONS=mistake=byte
	tells "a reference that is not dropped" '"failed": "pages are still in use' MACHINE=q35 KERNEL_OPTIONS=mistake=leak
	tells "an access to what is not mapped" '"faults": [1-9]' MACHINE=q35 KERNEL_OPTIONS=mistake=fault
	tells "fewer CPUs than asked for" 'did not run on 4 CPUs' MACHINE=q35 KERNEL_OPTIONS=cpus=3
else
	skip "q35" "no qemu-system-x86_64"
fi
if have qemu-system-aarch64; then
	runs "arm64, 4 CPUs, 12 s behind SMMUv3, strict and deferred" MACHINE=arm64 CPUS=4 SECONDS=12
	runs "arm64, 4 CPUs, 4 s, not coherent, behind stage 1" MACHINE=arm64 CPUS=4 SECONDS=4 STAGE=1 KERNEL_OPTIONS="coherent=no smmu_snoops=no"
else
	skip "arm64" "no qemu-system-aarch64"
fi
if have qemu-system-riscv64; then
	runs "riscv64, 4 CPUs, 6 s, strict and deferred" MACHINE=riscv64 CPUS=4 SECONDS=6
	runs "riscv64, 4 CPUs, 4 s, not coherent" MACHINE=riscv64 CPUS=4 SECONDS=4 KERNEL_OPTIONS="coherent=no iommu_snoops=no"
else
	skip "riscv64" "no qemu-system-riscv64"
fi
if have qemu-system-loongarch64 && [ -f "${B:-build}/loongarch64/stress.elf" ]; then
	runs "loongarch64, 4 CPUs, 6 s behind virtio-iommu, strict and deferred" MACHINE=loongarch64 CPUS=4 SECONDS=6
	tells "a failure where only the console tells it" '"failed": "bytes came back wrong"' MACHINE=loongarch64 KERNEL_OPTIONS=mistake=byte
else
	skip "loongarch64" "no qemu-system-loongarch64, or no LLVM of 17 or newer"
fi
finish
