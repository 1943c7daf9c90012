#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Debian's kernel in QEMU: the copy in a process, as an ordinary user, behind VT-d and behind virtio-iommu; what it says when something is
# in its way; what is left of it when it is killed at any moment; and devices without an IOMMU, as root. Skipped where there is no QEMU, or
# no kernel (tools/install check). LINUX_KERNEL=folder: another kernel (make linux-iommufd).
. "$(dirname "$0")/../static/tap.sh"
build=${B:-build}
kernel=${LINUX_KERNEL:-$build/linux-kernel}

if ! have qemu-system-x86_64; then
	skip "the copy in a Linux process" "qemu-system-x86_64 is missing"
	finish
fi
if [ ! -f "$kernel/vmlinuz" ]; then
	skip "the copy in a Linux process" "no kernel below $kernel: tools/install check gets it from Debian's packages"
	finish
fi

guest() { # NAME KEY=VALUE...: boots; what the guest said is in $tmp/NAME
	log=$tmp/$1
	shift
	env MACHINE=linux ACCEL=tcg RESULTS="$tmp/results" STALL=300 "$@" tools/launch >"$log" 2>&1
	status=$?
	tr -d '\r' <"$tmp/results/console.log" >>"$log"
	return $status
}

said() { # TEXT: an extended expression
	grep -Eq "$1" "$log"
}

count() { # TEXT NUMBER: that many lines
	[ "$(tr -d '\r' <"$tmp/results/console.log" | grep -Ec "$1")" -eq "$2" ]
}

unpinned() { # as many pages as were pinned, and some were
	tr -d '\r' <"$tmp/results/console.log" | awk '/^nr_foll_pin_acquired/ { a = $2 } /^nr_foll_pin_released/ { r = $2 } END { exit !(a > 0 && a == r) }'
}

head -c 6291456 /dev/urandom >"$tmp/file"
moment() { # MOST: a random number of milliseconds
	awk -v most="$1" -v seed="$(od -An -N4 -tu4 /dev/urandom)" 'BEGIN { srand(seed); print 20 + int(rand() * most) }'
}

# One boot: everything that goes wrong, then what has to work all the same.
{
	echo "user /bin/copy --source SOURCE"
	echo "bind SOURCE"
	echo "bind TARGET"
	echo "user /bin/copy --source SOURCE"
	echo "group SOURCE 660 1000"
	echo "group TARGET 660 1000"
	echo "memlock 1024"
	echo "user /bin/copy --source SOURCE --target TARGET"
	echo "memlock 3072"
	echo "user /bin/copy --source SOURCE --target TARGET"
	echo "memlock 131072"
	echo "user /bin/copy --source 0000:7f:00.0"
	echo "user /bin/copy --source SOURCE --target SOURCE"
	echo "say a dry run"
	echo "user /bin/copy --source SOURCE --target TARGET progress=off"
	echo "say the source alone"
	echo "user /bin/copy --source SOURCE bytes=2M progress=off"
	echo "user /bin/copy --source SOURCE --target TARGET dry=off bytes=3M progress=off"
	echo "user /bin/copy --source SOURCE dry=off bytes=5M progress=off"
	echo "user /bin/vfio-nvme SOURCE 3"
	echo "say container and group"
	echo "start user /bin/copy --source SOURCE --target TARGET --group bytes=4M progress=off slots=2 chunk=16k"
	echo "after 200 write /dev/null x"
	echo "files"
	echo "wait"
	echo "say what the kernel has"
	echo "write /proc/sys/vm/nr_hugepages 8"
	echo "start user /bin/copy --source SOURCE --target TARGET progress=off slots=2 chunk=16k"
	echo "after 500 write /dev/null x"
	echo "files"
	echo "line HugePages_Free: /proc/meminfo"
	echo "wait"
	echo "write /proc/sys/vm/nr_hugepages 0"
	echo "say without trust"
	echo "user /bin/copy --source SOURCE trusted=no --4k bytes=1M progress=off"
	echo "say a sibling with another driver"
	echo "bind 0000:00:05.0"
	echo "bind 0000:00:05.1"
	echo "group 0000:00:05.0 660 1000"
	echo "group 0000:00:05.1 660 1000"
	echo "user /bin/copy --source 0000:00:05.0"
	echo "write /sys/bus/pci/devices/0000:00:05.2/driver/unbind 0000:00:05.2"
	echo "say a group of several"
	echo "user /bin/copy --source 0000:00:05.0 --target 0000:00:05.1 --write --group progress=off"
	echo "user /bin/copy --source 0000:00:05.0 --target 0000:00:05.1 --write progress=off"
	echo "user /bin/copy --source SOURCE --target 0000:00:05.1 bytes=1M progress=off"
	echo "command 0000:00:05.0"
	echo "command 0000:00:05.1"
	echo "say a sibling of another process"
	echo "start user /bin/copy --source 0000:00:05.0 progress=off slots=1 chunk=4k"
	echo "after 200 write /dev/null x"
	echo "user /bin/copy --source 0000:00:05.1"
	echo "wait"
	echo "say mappings run out"
	echo "write /sys/module/vfio_iommu_type1/parameters/dma_entry_limit 1"
	echo "user /bin/copy --source SOURCE trusted=no --group progress=off"
	echo "write /sys/module/vfio_iommu_type1/parameters/dma_entry_limit 65535"
	echo "say signals"
	for signal in 1 2 15; do
		echo "start user /bin/copy --source SOURCE --target TARGET --write progress=off"
		echo "kill $signal $(moment 300)"
	done
	echo "say removed by sysfs"
	echo "start user /bin/copy --source SOURCE --target TARGET --write progress=off slots=2 chunk=16k"
	echo "after 500 write /sys/bus/pci/devices/TARGET/remove 1"
	echo "wait"
	echo "write /sys/bus/pci/rescan 1"
	echo "bind TARGET"
	echo "group TARGET 660 1000"
	echo "say kills"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		echo "start user /bin/copy --source SOURCE --target TARGET --write progress=off"
		echo "kill 9 $(moment 900)"
		echo "command SOURCE"
		echo "command TARGET"
	done
	echo "say a signal"
	echo "start user /bin/copy --source SOURCE --target TARGET --write progress=off"
	echo "kill 15 400"
	echo "say a second process"
	echo "start user /bin/copy --source SOURCE --target TARGET --write progress=off"
	echo "after 300 write /dev/null x"
	echo "user /bin/copy --source SOURCE"
	echo "wait"
	echo "say a device that goes"
	echo "start user /bin/copy --source SOURCE --target TARGET --write progress=off slots=2 chunk=16k"
	echo "after 500 write /sys/bus/pci/devices/TARGET/driver/unbind TARGET"
	echo "wait"
	echo "bind TARGET"
	echo "group TARGET 660 1000"
	echo "say the next run"
	echo "user /bin/copy --source SOURCE --target TARGET --write"
	echo "pins"
} >"$tmp/job"

# A device of several functions is one IOMMU group: two more disks, and a serial port, whose driver is part of the kernel.
functions="-blockdev driver=null-co,node-name=zeros,size=2097152,read-zeroes=on -device nvme,serial=a,drive=zeros,addr=5.0,multifunction=on
	-blockdev driver=null-co,node-name=nowhere,size=2097152,read-zeroes=on -device nvme,serial=b,drive=nowhere,addr=5.1 -device pci-serial,addr=5.2"
check "VT-d: after all that, the copy is right byte for byte, and nothing is pinned" guest vtd IOMMU=vtd FILE="$tmp/file" LINUX_JOB="$tmp/job" \
	LINUX_PROGRAMS="$build/linux/guest/vfio-nvme" QEMU_OPTIONS="$functions"
check "a device without a driver is refused, with how to bind it" said 'error: 0000:00:03.0 has no driver: .*tools/vfio-bind 0000:00:03.0'
check "no permission: the line says how to get it" said 'error: no permission to open /dev/(vfio/[0-9]+|iommu): .*chgrp GROUP /dev/(vfio/[0-9]+|iommu)'
check "memlock too small: the limit, and where it is raised" said 'error: 2048 KiB cannot be pinned for 0000:00:03.0: the limit on locked memory is 1024 KiB .*limits.conf'
check "memlock too small for both: the second device is refused" said 'error: 2048 KiB cannot be pinned for 0000:00:04.0: the limit on locked memory is 3072 KiB'
check "a device that is not there" said 'error: there is no PCI device 0000:7f:00.0'
check "source and target are the same" said 'error: source and target are the same device'
check "without --write nothing is written" said 'read +6291456 bytes, nothing was written'
check "a source without a target is read" said 'read +2097152 bytes, nothing was written'
check "no option makes up for --write" said 'read +3145728 bytes, nothing was written'
check "nor without a target" said 'read +5242880 bytes, nothing was written'
check "the example reads a block" said "^$(od -An -v -tx1 -j1536 -N32 "$tmp/file" | tr -d ' \n')"
part() { # FROM TO: what was said between two lines of "say"
	sed -n "/^$1\$/,/^$2\$/p" "$tmp/vtd"
}
uses() { # FROM TO TEXT: that file was open then
	part "$1" "$2" | grep -Eq "^@file $3\$"
}
check "--group: container and group" uses "container and group" "what the kernel has" "/dev/vfio/[0-9]+"
if [ -n "${LINUX_KERNEL-}" ]; then
	check "iommufd and the device's own file, where the kernel has them" uses "what the kernel has" "without trust" "/dev/vfio/devices/vfio[0-9]+"
	check "and no container" sh -c "! sed -n '/^what the kernel has/,/^without trust/p' '$tmp/vtd' | grep -q '@file /dev/vfio/vfio'"
else
	check "Debian's kernel has no iommufd: container and group" uses "what the kernel has" "without trust" "/dev/vfio/[0-9]+"
fi
check "the arena is of huge pages where the system has some" said '^HugePages_Free: +[0-7]$'
check "a device that is not trusted is served, too" said 'read +1048576 bytes, nothing was written'
saw() { # FROM TO TEXT NUMBER: that many lines then
	[ "$(tr -d '\r' <"$tmp/results/console.log" | sed -n "/^$1\$/,/^$2\$/p" | grep -Ec "$3")" -eq "$4" ]
}
check "a device whose sibling has another driver is refused, with both names" saw "a sibling with another driver" "a group of several" \
	'error: the IOMMU cannot tell 0000:00:05.0 from other devices .*0000:00:05.2 \(serial\); hand them to vfio-pci' 1
check "two devices of a group are copied, and one of it beside one of another" saw "a group of several" "a sibling of another process" '^@exit 0' 3
check "they are quiet afterwards" saw "a group of several" "a sibling of another process" '^@command .* bus master off' 2
check "a device whose sibling another process has: the line says so" saw "a sibling of another process" "mappings run out" \
	'error: another process has 0000:00:05.(1 .or its IOMMU group|0, which the IOMMU cannot tell from 0000:00:05.1)' 1
check "and that process goes on" saw "a sibling of another process" "mappings run out" '^@exit 0$' 1
check "mappings that run out: one line with the kernel's limit" saw "mappings run out" "signals" 'the kernel maps no more ranges for a container: raise .*dma_entry_limit' 1
check "and that exit status" saw "mappings run out" "signals" '^@exit 1' 1
check "SIGHUP, SIGINT and SIGTERM at random moments" saw "signals" "removed by sysfs" '^@exit (129|130|143|signal (1|2|15))' 3
check "a disk that sysfs removes while in use: its driver ends" saw "removed by sysfs" "kills" '0000:00:04.0 is being removed: its driver stops' 1
check "ten kills end ten programs" sh -c "[ \$(sed -n '/^kills/,/^a signal/p' '$tmp/vtd' | grep -c '^@exit') -ge 10 ]"
check "most of them in the middle of the copy" sh -c "[ \$(grep -c '^@exit signal 9' '$tmp/vtd') -ge 5 ]"
check "no device is a bus master after any of them" saw "kills" "a signal" '^@command .* bus master off' 20
check "SIGTERM: one line, 128 + 15" said 'error: ended by signal 15; the devices are stopped and reset'
check "and that exit status" said '^@exit 143'
check "a second process is told who has the device" said 'error: another process has 0000:00:03.0'
check "a device that is unbound while in use: its driver ends" said '0000:00:04.0 is being removed: its driver stops'
check "every page that was pinned is unpinned" unpinned

head -c 1000001 /dev/urandom >"$tmp/odd"
check "virtio-iommu: the copy of a file that is not whole blocks" guest virtio IOMMU=virtio FILE="$tmp/odd"
check "that interrupts are not remapped is said" said 'does not remap interrupts: loaded with allow_unsafe_interrupts=1: (iommufd and )?vfio_iommu_type1'
check "every page that was pinned is unpinned there" unpinned
# Without an IOMMU, where the kernel has that mode, which Debian's lack. The words have to be right, the caller root, the mode on, and huge
# pages there.
words='"--without-iommu=unsafe, without an IOMMU"'
{
	echo "root /bin/copy --source SOURCE"
	echo "root /bin/copy --source SOURCE --without-iommu=yes"
	echo "root /bin/copy --source SOURCE $words"
	if [ -n "${LINUX_KERNEL-}" ]; then
		echo "write /sys/module/vfio/parameters/enable_unsafe_noiommu_mode 1"
		echo "bind SOURCE"
		echo "bind TARGET"
		echo "root /bin/copy --source SOURCE"
		echo "root /bin/copy --source SOURCE $words"
		echo "write /proc/sys/vm/nr_hugepages 16"
		echo "user /bin/copy --source SOURCE $words"
		echo "root /bin/copy --source SOURCE trusted=no $words"
		echo "root /bin/copy --source SOURCE --target TARGET --write progress=off $words"
		echo "command SOURCE"
		echo "command TARGET"
		echo "line HugePages_Free: /proc/meminfo"
		echo "pins"
	fi
} >"$tmp/job"
refused='error: 0000:00:03.0 is behind no IOMMU, .* and it is refused.*unsafe, without an IOMMU'
if [ -n "${LINUX_KERNEL-}" ]; then
	check "no IOMMU, asked for in so many words: the copy is right byte for byte" guest none IOMMU=none FILE="$tmp/file" LINUX_JOB="$tmp/job"
	check "without the words, or with others, it is refused" count "$refused" 3
	check "the kernel's mode is not on: the line says how it is switched on" said 'error: 0000:00:03.0 is behind no IOMMU, .*enable_unsafe_noiommu_mode=1'
	check "no huge pages: the line says how to have some" said 'error: there are no free huge pages of 2 MiB, .*vm.nr_hugepages'
	check "not root: the line says who may" said 'error: .*(to root|for root) alone'
	check "a device that is not trusted is refused there" said '0000:00:03.0: a device without an IOMMU reaches all memory'
	check "that it is unsafe is said" said 'dmastream: 0000:00:03.0 is without an IOMMU: it can overwrite all memory of this machine'
	check "the devices are quiet, and the huge pages free" count '^(@command .* bus master off|HugePages_Free: +16)' 3
else
	guest none IOMMU=none FILE="$tmp/odd" LINUX_JOB="$tmp/job"
	check "no IOMMU: refused without the words, and with others" count "$refused" 2
	check "and with them: this kernel has no such mode" said 'error: 0000:00:03.0 is behind no IOMMU, and this kernel has no mode without one'
	check "each ends with status 3" count '^@exit 3' 3
fi
check "it was said to be the machine linux" grep -q '"machine": "linux"' "$tmp/results/summary.json"
finish
