#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Part of tools/launch: a machine whose kernel is Debian's, from the package that tools/install has unpacked. Its first process
# (platform/linux/guest/init.c) hands both disks to vfio-pci, gives their groups to a user, and copies as that user.
# shellcheck disable=SC2034,SC2154 # tools/launch sets and reads the variables

linux_kernel=${LINUX_KERNEL:-$build/linux-kernel} # a folder with vmlinuz and modules
linux_kernel_options="console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check intel_iommu=on${LINUX_OPTIONS:+ $LINUX_OPTIONS}"
linux_job_file=${LINUX_JOB-} # for tests: what the guest does instead of the copy
linux_modules="irqbypass iommufd vfio vfio_iommu_type1 vfio-pci-core vfio-pci"
linux_memlock=131072 # KiB: what the user may pin for both disks

[ -f "$linux_kernel/vmlinuz" ] ||
	fail "there is no Linux kernel below $linux_kernel: tools/install run linux gets it (Debian: linux-image-6.12-amd64 or linux-image-amd64)"

linux_slot() { # DISK: which slot of the bus it is in
	printf ',addr=%s' "$([ "$1" = source ] && echo 3 || echo 4)"
}

# What the first process does; linux_job_file may use the names SOURCE and TARGET.
linux_job() { # OPTIONS
	unsafe=
	for module in $([ "$iommu" != virtio ] || echo virtio-iommu) $linux_modules; do
		[ -f "$linux_kernel/$module.ko.xz" ] || continue # Debian's kernel has no iommufd
		case $iommu-$module in
		virtio-iommufd | virtio-vfio_iommu_type1)
			unsafe="${unsafe:+$unsafe and }$module"
			echo "module $module allow_unsafe_interrupts=1"
			;;
		*) echo "module $module" ;;
		esac
	done
	[ -z "$unsafe" ] || echo "say run: virtio-iommu does not remap interrupts: loaded with allow_unsafe_interrupts=1: $unsafe"
	if [ -n "$linux_job_file" ]; then
		sed 's/SOURCE/0000:00:03.0/g; s/TARGET/0000:00:04.0/g' "$linux_job_file"
		return
	fi
	for slot in 3 4; do
		echo "bind 0000:00:0$slot.0"
		echo "group 0000:00:0$slot.0 660 1000"
	done
	echo "memlock $linux_memlock"
	echo pins
	echo "user /bin/copy --source 0000:00:03.0 --target 0000:00:04.0 --write $1"
	echo pins
}

linux_pack() { # ARCHIVE OPTIONS
	linux_job "$2" >"$dir/job"
	set -- "$1" "init=$build/linux/guest/init" "bin/copy=$build/linux/guest/copy" "job=$dir/job"
	for module in $linux_modules virtio-iommu; do
		[ ! -f "$linux_kernel/$module.ko.xz" ] || set -- "$@" "modules/$module.ko.xz=$linux_kernel/$module.ko.xz"
	done
	for program in ${LINUX_PROGRAMS-}; do
		set -- "$@" "bin/${program##*/}=$program"
	done
	archive=$1
	shift
	"$build/linux/guest/pack" "$@" >"$archive"
}

# The program's status, and whether as many pages were unpinned as pinned.
linux_judge() {
	linux_exit=$(tr -d '\r' <"$console" | sed -n 's/^@exit //p' | tail -n 1)
	[ "$status" -ne 0 ] || case $linux_exit in
	"" | *[!0-9]*) status=1 ;;
	*) status=$linux_exit ;;
	esac
	pinned=$(tr -d '\r' <"$console" | sed -n 's/^nr_foll_pin_acquired //p' | tail -n 1)
	unpinned=$(tr -d '\r' <"$console" | sed -n 's/^nr_foll_pin_released //p' | tail -n 1)
	[ "$status" -ne 0 ] || [ "$pinned" = "$unpinned" ] || linux_problem="$pinned pages were pinned, and $unpinned unpinned"
}
