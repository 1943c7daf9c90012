#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The network job from end to end (./run APP=net), shortly: the host compares every payload that comes back.
. "$(dirname "$0")/../static/tap.sh"
B=${B:-build}
export APP=net SECONDS="${SECONDS_EACH:-1}"
if [ ! -e "$B/lwip/ready" ]; then
	skip "the network job" "lwIP's source is not in $B/lwip (tools/install lwip fetches it)"
	finish
fi

job() { # OPTION...: its words are in $tmp/out, its results in $tmp/run
	rm -rf "$tmp/run"
	timeout -k 5 150 env KVM_DEVICE=/nonexistent RESULTS="$tmp/run" TMPDIR="$tmp" "$@" tools/launch >"$tmp/out" 2>&1 </dev/null
}
of() { # KEY: of summary.json, the machine's or the host's
	sed -n "s/.*\"$1\": \"\{0,1\}\([^\",}]*\).*/\1/p" "$tmp/run/summary.json" | head -n 1
}

talks() { # NAME OPTION...: payloads come back right, and nothing is left behind
	title=$1
	shift
	job "$@"
	status=$?
	cp "$tmp/out" "$tmp/why"
	if [ "$status" -eq 0 ] && [ "$(of verified)" = true ] && [ "$(of faults)" = 0 ] && [ "$(of frames_leaked)" = 0 ] &&
		[ "$(of wrong)" = 0 ] && [ "$(of pings)" -gt 0 ] && [ "$(of echoes)" -gt 0 ] && [ "$(of stream_bytes)" -gt 100000 ] &&
		[ "$(of tcp_connections)" -gt 0 ] && [ "$(of tcp_bytes)" -gt 100000 ] &&
		[ "$(of maps)" = "$(of unmaps)" ] && [ "$(of drops)" -ge "$(of nonsense)" ]; then
		ok "$title"
	else
		cat "$tmp/run/summary.json" >>"$tmp/why"
		not_ok "$title" "$tmp/why"
	fi
}

refused() { # NAME TEXT OPTION...
	title=$1 text=$2
	shift 2
	job "$@"
	if [ $? -ne 0 ] && grep -q -e "$text" "$tmp/out"; then ok "$title"; else not_ok "$title" "$tmp/out"; fi
}

if have qemu-system-x86_64; then
	talks "q35, VT-d" MACHINE=q35 IOMMU=vtd
	check "by interrupts" test "$(of interrupt_packets)" -gt 0
	check "payloads are sent in place, too" test "$(of sent_in_place)" -gt 0
	check "nothing is left to a card that offers nothing" test "$(of offloads)$(of sums_left)$(of frames_cut)" = 000
	talks "q35, VT-d, strict, all from pools" MACHINE=q35 IOMMU=vtd KERNEL_OPTIONS=in_place=off
	check "at most one invalidation for ten packets, with those of the start" test \
		$(($(of iotlb_invalidations) * 10)) -le "$(of packets_received)"
	talks "q35, VT-d, packed queues, 4 CPUs, odd hosts" MACHINE=q35 IOMMU=vtd VIRTIO=packed CPUS=4 WIRE=odd
	talks "q35, no IOMMU" MACHINE=q35 IOMMU=none
	talks "q35, VT-d, deferred" MACHINE=q35 IOMMU=vtd KERNEL_OPTIONS=invalidation=deferred
	talks "q35, VT-d, a card that is not trusted" MACHINE=q35 IOMMU=vtd KERNEL_OPTIONS=trusted=no
	talks "q35, polled, packed queues" MACHINE=q35 INTERRUPTS=off VIRTIO=packed
	talks "q35, a page of doorbells for each queue" MACHINE=q35 QEMU_OPTIONS="-global virtio-net-pci.page-per-vq=on"
	refused "q35, a card that bypasses its IOMMU" "^error: network card 0: it bypasses" MACHINE=q35 IOMMU=vtd VIRTIO=noplatform
else
	skip "q35" "no qemu-system-x86_64"
fi
if have qemu-system-aarch64; then
	talks "arm64, SMMUv3" MACHINE=arm64 IOMMU=smmuv3
	talks "arm64, no IOMMU, packed queues" MACHINE=arm64 IOMMU=none VIRTIO=packed
else
	skip "arm64" "no qemu-system-aarch64"
fi
if have qemu-system-riscv64; then
	talks "riscv64, its IOMMU" MACHINE=riscv64 IOMMU=riscv
else
	skip "riscv64" "no qemu-system-riscv64"
fi
if have qemu-system-loongarch64 && [ -e "$B/loongarch64/net.elf" ]; then
	talks "loongarch64" MACHINE=loongarch64
else
	skip "loongarch64" "no qemu-system-loongarch64, or nothing that compiles for it"
fi
left_to_card() { # what the card offers, all of it was used
	[ "$(of offloads)" = 15 ] && [ "$(of sums_left)" -gt 100 ] && [ "$(of sums_believed)" -gt 100 ] &&
		[ "$(of frames_cut)" -gt 0 ] && [ "$(of segments)" -ge $(($(of frames_cut) * 2)) ]
}
only_believed() {
	[ "$(of sums_left)$(of frames_cut)" = 00 ] && [ "$(of sums_believed)" -gt 100 ]
}
nothing_left() {
	[ "$(of sums_left)$(of sums_believed)$(of frames_cut)$(of segments)" = 0000 ]
}

for layout in split packed; do
	talks "sim, $layout" MACHINE=sim VIRTIO=$layout
	talks "sim, hostile, does not snoop, odd hosts, $layout" MACHINE=sim VIRTIO=$layout SIM=noncoherent,line=128,offset,seed=3 WIRE=odd
	check "checksums and segments are left to the card" left_to_card
	talks "the same, a card without offloads, short segments" MACHINE=sim VIRTIO=$layout SIM=noncoherent,line=128,offset,seed=3 \
		KERNEL_OPTIONS=net0.offloads=0 WIRE=mss=536
	check "nothing is left to that card" nothing_left
	talks "sim, hostile, a confidential VM without cache maintenance, $layout" MACHINE=sim VIRTIO=$layout SIM=noncoherent,nosync,cvm,seed=4
done
talks "sim, hostile, coherent, payloads in place, odd hosts" MACHINE=sim SIM=coherent,offset,lateregs,seed=5 WIRE=odd
check "payloads are sent in place there" test "$(of sent_in_place)" -gt 0
check "and as segments of one list" left_to_card
talks "sim, a card whose offloads are not used, long segments" MACHINE=sim SIM=coherent,offset,seed=6 KERNEL_OPTIONS=offloads=off WIRE=mss=1460
check "no frame is left to it, and what it says of those received holds" only_believed
talks "sim, a card with short queues and without indirect tables" MACHINE=sim SIM=coherent,seed=7 \
	KERNEL_OPTIONS=virtio=small,noindirect WIRE=again=50
talks "sim, a wire that loses frames, repeats them and changes their order" MACHINE=sim SIM=coherent,seed=8 WIRE=lose=4,twice=10,late=10,seed=1,again=100
refused "a wire of which nobody knows" "WIRE=wet: an unknown word" MACHINE=sim WIRE=wet
refused "a card that lies ends the job with a line" "^error: virtio-net0: an answer is longer than its buffer" MACHINE=sim KERNEL_OPTIONS=virtio=lie=4,at=20
refused "no such program" "^run: APP=web is not known" APP=web
finish
