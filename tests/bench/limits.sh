#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# What operations may cost, in guest instructions, which are the same on every run. On q35 without an IOMMU: map and release, sync
# with its range check, and copies, which keep up with memcpy from 256 bytes on. Map and release also behind VT-d and SMMUv3, strict and
# deferred, for a host of one CPU and of two. The compilers that the limits were tried with must keep them; what
# another one exceeds is skipped.
. "$(dirname "$0")/../static/tap.sh"

kernel=${B:-build}/q35/bench.elf
if ! have qemu-system-x86_64; then
	echo "1..0 # SKIP no qemu-system-x86_64"
	exit 0
fi
tried='14 19'
compiler=$(clang --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p' | head -n 1)

timeout 100 qemu-system-x86_64 -machine q35 -accel tcg,thread=single -icount shift=0,align=off,sleep=off -smp 1 -m 512 \
	-cpu max,erms=off,fsrm=off,fzrm=off,fsrs=off,fsrc=off -nodefaults -display none -serial stdio -no-reboot \
	-device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$kernel" -append "unit=instructions samples=20 IOMMU=none" \
	</dev/null >"$tmp/log" 2>&1
check "the benchmark runs" test $? -eq 33
tr -d '\r' <"$tmp/log" | sed -n 's/.*"operation": "\([^"]*\)", "bytes": \([0-9]*\), "median": \([0-9.]*\),.*/\1|\2|\3/p' >"$tmp/rows"

median() { # OPERATION BYTES
	awk -F'|' -v operation="$1" -v bytes="$2" '$1 == operation && $2 == bytes { print $3 }' "$tmp/rows"
}

within() { # COST LIMIT
	awk -v cost="$1" -v limit="$2" 'BEGIN { exit !(cost != "" && cost + 0 <= limit + 0) }'
}

limit() { # OPERATION BYTES LIMIT
	cost=$(median "$1" "$2")
	if within "$cost" "$3"; then
		ok "$1, $2 bytes: $cost instructions, at most $3"
	elif [ -n "$cost" ] && ! echo " $tried " | grep -q " $compiler "; then
		skip "$1, $2 bytes: at most $3 instructions" "$cost with clang $compiler, which the limit was not tried with"
	else
		not_ok "$1, $2 bytes: ${cost:-no} instructions, at most $3"
	fi
}

for size in 4096 65536 1048576; do
	limit map+release $size 60
done
for size in 64 4096 65536; do
	limit sync_to_device $size 8
	limit sync_from_device $size 8
done
limit "slice sync_to_device" 4096 8
limit "slice sync_from_device" 4096 8
limit "pool_get+put" 2048 40
limit "packet received, pool" 1512 100
# Coherent memory of a page, beside what the host's frames and the zeros cost, which the rows have, too.
coherent() { # LIMIT
	beside=$(awk -v a="$(median "host frames alloc+free" 4096)" -v b="$(median zeros 4096)" 'BEGIN { print int(a + b) }')
	limit "coherent alloc+release" 4096 $((beside + $1))
}
coherent 230
copy=$(median memcpy 4096)
for size in 256 1024 4096 65536 1048576; do
	most=$(median memcpy $size | awk '{ print int($1 / 0.95) }')
	for operation in read_bytes write_bytes reader writer; do
		limit $operation $size "$most"
	done
done
# MACHINE-NAME "BYTES:LIMIT..." "QEMU ARGUMENTS" IMAGE STATUS "OPTIONS": map+release in a boot of its own
icount="-accel tcg,thread=single -icount shift=0,align=off,sleep=off -smp 1 -m 512 -nodefaults -display none -serial stdio -no-reboot"
truncate -s 1M "$tmp/disk"
disk="-drive if=none,id=disk,format=raw,file=$tmp/disk -device nvme,drive=disk,serial=bench"
operation=map+release # or another one
map_release() {
	# shellcheck disable=SC2086 # several words
	timeout 100 $3 $icount $disk -kernel "$4" -append "unit=instructions samples=20 only=$operation $6" </dev/null >"$tmp/log" 2>&1
	[ $? -eq "$5" ] || not_ok "$1: it runs" "$tmp/log"
	for pair in $2; do
		most=${pair#*:}
		what="$1: $operation of ${pair%:*} bytes"
		cost=$(tr -d '\r' <"$tmp/log" | sed -n 's/.*"operation": "'"$operation"'", "bytes": '"${pair%:*}"', "median": \([0-9.]*\),.*/\1/p')
		if within "$cost" "$most"; then
			ok "$what: $cost instructions, at most $most"
		elif [ -n "$cost" ] && ! echo " $tried " | grep -q " $compiler "; then
			skip "$what: at most $most instructions" "$cost with clang $compiler, which the limit was not tried with"
		else
			not_ok "$what: ${cost:-no} instructions, at most $most"
		fi
	done
}
q35="qemu-system-x86_64 -cpu max,erms=off,fsrm=off,fzrm=off,fsrs=off,fsrc=off -device isa-debug-exit,iobase=0xf4,iosize=4
	-machine q35,kernel-irqchip=split -device intel-iommu,intremap=on"
map_release "no IOMMU, two CPUs" "4096:60" "$q35" "$kernel" 33 "IOMMU=none info_cpus=2"
operation=pool_get+put
map_release "no IOMMU, two CPUs" "2048:64" "$q35" "$kernel" 33 "IOMMU=none info_cpus=2"
operation=map+release
map_release "VT-d, strict" "4096:353 65536:478 1048576:1185" "$q35" "$kernel" 33 "IOMMU=vtd"
map_release "VT-d, deferred" "4096:236 65536:385 1048576:1185" "$q35" "$kernel" 33 "IOMMU=vtd invalidation=deferred samples=1000"
map_release "VT-d, two CPUs, strict" "4096:420 65536:556 1048576:1270" "$q35" "$kernel" 33 "IOMMU=vtd info_cpus=2"
map_release "VT-d, two CPUs, deferred" "4096:290 65536:458 1048576:1270" "$q35" "$kernel" 33 \
	"IOMMU=vtd invalidation=deferred info_cpus=2 samples=1000"
if have qemu-system-aarch64; then
	arm64="qemu-system-aarch64 -cpu max -machine virt,iommu=smmuv3 -global arm-smmuv3.stage=2 -semihosting-config enable=on,target=native"
	image=${B:-build}/arm64/bench.img
	map_release "SMMUv3, strict" "4096:365 65536:490 1048576:970" "$arm64" "$image" 0 "IOMMU=smmuv3"
	map_release "SMMUv3, deferred" "4096:237 65536:345 1048576:970" "$arm64" "$image" 0 "IOMMU=smmuv3 invalidation=deferred samples=1000"
	map_release "SMMUv3, two CPUs, strict" "4096:421 65536:555 1048576:1035" "$arm64" "$image" 0 "IOMMU=smmuv3 info_cpus=2"
	map_release "SMMUv3, two CPUs, deferred" "4096:286 65536:406 1048576:1040" "$arm64" "$image" 0 \
		"IOMMU=smmuv3 invalidation=deferred info_cpus=2 samples=1000"
else
	skip "SMMUv3" "no qemu-system-aarch64"
fi
# Lists, buffers and batches, the rows of bench/rows_many.c, once addresses come round again: MACHINE-NAME "QEMU ARGUMENTS" IMAGE STATUS
# "OPTIONS", then OPERATION|BYTES|LIMIT a line.
many() {
	# shellcheck disable=SC2086 # several words
	timeout 100 $2 $icount $disk -kernel "$3" -append "unit=instructions samples=1000 only=many $5" </dev/null >"$tmp/log" 2>&1
	[ $? -eq "$4" ] || not_ok "$1: it runs" "$tmp/log"
	tr -d '\r' <"$tmp/log" | sed -n 's/.*"operation": "\([^"]*\)", "bytes": \([0-9]*\), "median": \([0-9.]*\),.*/\1|\2|\3/p' >"$tmp/rows"
	while IFS='|' read -r operation bytes most; do
		limit "$operation" "$bytes" "$most"
	done
}
many "no IOMMU" "$q35" "$kernel" 33 IOMMU=none <<-END
	list map+release|65536|95
	list map+release|1048576|95
	list build+map+walk+release|65536|2050
	list build+map+walk+release|1048576|30200
	buffer map+release|64|165
	buffer map+release|65536|165
	buffer map+release, bounced|4096|$((${copy%.*} + 400))
END
many "VT-d, deferred" "$q35" "$kernel" 33 "IOMMU=vtd invalidation=deferred" <<-END
	list map+release|65536|625
	list map+release|1048576|2900
	list build+map+walk+release|65536|2150
	buffer map+release|64|555
	buffer map+release|65536|935
	buffer map+release, bounced|4096|$((${copy%.*} + 975))
	buffer map+release, untrusted|65536|3100
END
many "VT-d, strict" "$q35" "$kernel" 33 IOMMU=vtd <<-END
	list map+release|65536|720
	list map+release|1048576|2900
	list build+map+walk+release|65536|2250
	batch of 32 releases|4096|4800
	buffer map+release|64|672
	buffer map+release|65536|1030
	buffer map+release, bounced|4096|$((${copy%.*} + 975))
	buffer map+release, untrusted|65536|3100
END
if have qemu-system-aarch64; then
	many "SMMUv3, deferred" "$arm64" "$image" 0 "IOMMU=smmuv3 invalidation=deferred" <<-END
		list map+release|65536|580
		list map+release|1048576|2680
		buffer map+release|64|506
		buffer map+release, untrusted|65536|2470
	END
	many "SMMUv3, strict" "$arm64" "$image" 0 IOMMU=smmuv3 <<-END
		list map+release|65536|725
		list map+release|1048576|2680
		batch of 32 releases|4096|4140
		buffer map+release|64|665
		buffer map+release, untrusted|65536|2470
	END
fi
# Coherent memory behind IOMMUs.
coherent_behind() { # MACHINE-NAME LIMIT "QEMU ARGUMENTS" IMAGE STATUS "OPTIONS"
	# shellcheck disable=SC2086 # several words
	timeout 100 $3 $icount $disk -kernel "$4" -append "unit=instructions samples=1000 $6 \
only=coherent_alloc+release,host_frames_alloc+free,zeros" </dev/null >"$tmp/log" 2>&1
	[ $? -eq "$5" ] || not_ok "$1: it runs" "$tmp/log"
	tr -d '\r' <"$tmp/log" | sed -n 's/.*"operation": "\([^"]*\)", "bytes": \([0-9]*\), "median": \([0-9.]*\),.*/\1|\2|\3/p' >"$tmp/rows"
	coherent "$2"
}
coherent_behind "VT-d, strict" 555 "$q35" "$kernel" 33 IOMMU=vtd
coherent_behind "VT-d, deferred" 310 "$q35" "$kernel" 33 "IOMMU=vtd invalidation=deferred"
if have qemu-system-aarch64; then
	coherent_behind "arm64, no IOMMU" 230 "$arm64" "$image" 0 IOMMU=none
	coherent_behind "SMMUv3, strict" 600 "$arm64" "$image" 0 IOMMU=smmuv3
	coherent_behind "SMMUv3, deferred" 320 "$arm64" "$image" 0 "IOMMU=smmuv3 invalidation=deferred"
fi
exceeds() {
	! within "$@"
}
check "more than a limit would be seen" exceeds 101 100
check "a row that is missing would be seen" exceeds "$(median nothing 1)" 100
finish
