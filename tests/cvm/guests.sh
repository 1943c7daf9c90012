#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Guests of TDX, SEV-SNP and CCA on the bare machines, whose instructions trap into the strict mock (platform/bare/cvm):
#     tests/cvm/guests.sh          the copy in each, behind an IOMMU and without; every failure of a hypervisor; what must end a guest
#     tests/cvm/guests.sh table    prints the table failure x backend -> outcome
. "$(dirname "$0")/../static/tap.sh"

build=${B:-build}
words=${1-}

# GUEST OPTIONS: the guest in trouble. Its console to $tmp/log, and how it ended to $status.
trouble() {
	guest=$1
	shift
	if [ "$guest" = cca ]; then
		timeout -k 5 300 qemu-system-aarch64 -machine virt,gic-version=3,virtualization=on,highmem=off -accel tcg,thread=multi \
			-cpu max -m 3G -nodefaults -display none -serial "file:$tmp/console" -no-reboot -semihosting-config enable=on,target=native \
			-device edu,dma_mask=0xffffffffffffffff -kernel "$build/arm64/trouble.img" -append "cvm=cca shared_run=16 $*" </dev/null >"$tmp/log" 2>&1
		status=$?
	else
		timeout -k 5 300 qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu max,phys-bits=52 -m 512 -nodefaults -display none \
			-serial "file:$tmp/console" -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 \
			-device edu,dma_mask=0xffffffffffffffff -kernel "$build/q35/trouble.elf" -append "cvm=$guest shared_run=16 $*" </dev/null >"$tmp/log" 2>&1
		status=$((($? - 33) / 2))
	fi
	tr -d '\r' <"$tmp/console" >>"$tmp/log"
	rm -f "$tmp/console"
}

has() { # PATTERN
	grep -q "$1" "$tmp/log"
}

# GUEST IOMMU [KEY=VALUE...]: a copy of 3 MiB and a bit, with the counts of both sides.
copy() {
	guest=$1 iommu=$2
	shift 2
	case $guest in cca) machine=arm64 ;; *) machine=q35 ;; esac
	name="CVM=$guest MACHINE=$machine IOMMU=$iommu${*:+ $*}"
	(
		for word in "$@"; do export "${word?}"; done
		FILE="$tmp/file" MACHINE=$machine CVM=$guest IOMMU=$iommu RESULTS="$tmp/results" tools/launch
	) >"$tmp/log" 2>&1
	status=$?
	check "$name: byte for byte" test "$status" -eq 0
	check "$name: no rule broken, no private page touched" has ', 0 rules broken, 0 private pages touched by a device,'
	check "$name: no frame lost" has '"frames_leaked": 0\|0 frames leaked'
	sed -n 's/^cvm: \(.*converted.*\)/# \1/p' "$tmp/log"
}

missing=
for guest in tdx snp cca; do
	case $guest in cca) qemu="qemu-system-aarch64" ;; *) qemu="qemu-system-x86_64" ;; esac
	if ! have "$qemu"; then
		skip "CVM=$guest" "$qemu is not installed"
		missing="$missing $guest"
	fi
done
present() {
	case " $missing " in *" $1 "*) return 1 ;; esac
}

for guest in tdx snp cca; do
	present "$guest" || continue
	trouble "$guest"
	if [ "$words" = table ]; then
		grep '^| ' "$tmp/log"
		continue
	fi
	check "$guest: no failure of the hypervisor does harm" test "$status" -eq 0
	rows=$(grep -c '^| .* | [0-9]* | [0-9]* |$' "$tmp/log")
	case $guest in snp) wanted=69 ;; *) wanted=45 ;; esac
	check "$guest: all of them ($rows rows)" test "$rows" -eq "$wanted"
	ends="private-alias shared-alias lie"
	[ "$guest" != cca ] || ends="private-alias shared-alias" # its monitor is trusted: it does not lie
	for end in $ends; do
		trouble "$guest" "trouble=$end"
		case $end in
		private-alias) line='a page that is shared is touched by its private alias' ;;
		shared-alias) line='a page that is private is touched by its shared alias' ;;
		*) line='a page that is .* is touched by its shared alias' ;;
		esac
		if [ "$status" -ne 0 ] && has "$line"; then ok "$guest: $end ends the guest"
		else not_ok "$guest: $end ends the guest" "$tmp/log"; fi
	done
	# A device (edu) that is told of a private page; of one that share() says it shared, and did not; of the protected address of a
	# realm's shared page. The other side counts it, and nothing else makes the machine fail.
	told="private lie"
	[ "$guest" != cca ] || told="private protected"
	for what in $told; do
		trouble "$guest" "device=$what"
		if [ "$status" -ne 0 ] && has "the device has been told: $what" && has '^cvm: a device wrote to the private page at 0x' &&
			has ', 0 rules broken, 1 private pages touched by a device,'; then
			ok "$guest: a device is told of a page ($what): 1 private page touched, and the machine fails"
		else
			not_ok "$guest: a device is told of a page ($what): 1 private page touched, and the machine fails" "$tmp/log"
		fi
	done
done
if [ "$words" = table ]; then
	exit 0
fi

dd if=/dev/urandom of="$tmp/file" bs=1000003 count=3 2>/dev/null
for guest in tdx snp; do
	present "$guest" || continue
	for iommu in none vtd amdvi virtio; do
		copy "$guest" "$iommu"
	done
	copy "$guest" vtd SOURCE=virtio-blk TARGET=virtio-blk
done
if present cca; then
	for iommu in none smmuv3 virtio; do
		copy cca "$iommu"
	done
	copy cca none SOURCE=virtio-blk
fi

# What a bounced map costs beside a plain copy of the same bytes, in instructions of the guest of TDX: OPERATION BYTES
cost() {
	timeout -k 5 200 qemu-system-x86_64 -machine q35 -accel tcg,thread=single -icount shift=0,align=off,sleep=off -smp 1 -m 512 \
		-cpu max,phys-bits=52,erms=off,fsrm=off,fzrm=off,fsrs=off,fsrc=off -nodefaults -display none -serial stdio -no-reboot \
		-device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$build/q35/bench.elf" \
		-append "unit=instructions samples=20 IOMMU=none cvm=tdx only=$1" </dev/null 2>&1 | tee "$tmp/log" | tr -d '\r' |
		sed -n "s/.*\"operation\": \"$1\", \"bytes\": $2, \"median\": \([0-9.]*\),.*/\1/p"
}

if present tdx; then
	for pair in "65536 1.05" "1048576 1.01"; do
		bytes=${pair% *} most=${pair#* }
		plain=$(cost memcpy "$bytes")
		bounced=$(cost map "$bytes") # its log stays
		ratio=$(awk -v b="${bounced:-0}" -v p="${plain:-0}" 'BEGIN { if (p) printf "%.3f", b / p }')
		check "a bounced map of $bytes bytes: ${bounced:-no} instructions, memcpy ${plain:-no}: ${ratio:-no} times, at most $most" \
			awk -v r="${ratio:-9}" -v most="$most" 'BEGIN { exit !(r <= most) }'
	done
	check "thousands of maps convert nothing in the steady state" grep -q '[0-9]* pages converted by [0-9] exits' "$tmp/log"
fi
finish
