#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Part of tools/launch: the machines that there are, and what is wrong with the options.
# shellcheck disable=SC2034 # tools/launch reads the variables

# ---- The machines: one row each -----------------------------------------------------------------------------------
# machine_NAME sets: emulator, image, iommus (the first is the default), base (QEMU's arguments), tcg and kvm (its arguments with that
# accelerator), success (QEMU's exit status for the program's 0) and code (the program's status from QEMU's); firmware_ends: how the
# last line begins that firmware prints; status_said: the status is on the console. They read ledger (of the image's folder) and cvm.
ledger= cvm= icount=

machine_q35() {
	emulator=qemu-system-x86_64
	cpu=x86_64
	image=$build/q35$ledger/$app.elf
	iommus="vtd amdvi virtio none"
	base="-machine q35${MACHINE_OPTIONS-}$(iommu_q35) -device isa-debug-exit,iobase=0xf4,iosize=4"
	tcg="-accel tcg,thread=multi -cpu max${cvm:+,phys-bits=52}"
	kvm="-accel kvm -cpu host"
	cvms="tdx snp"
	icount="-cpu max,erms=off,fsrm=off,fzrm=off,fsrs=off,fsrc=off" # no instruction that copies a block counts as one
	success=33 # (16 + 0) * 2 + 1
	code='(status - 33) / 2'
}

iommu_q35() {
	case $iommu in
	vtd) printf ',kernel-irqchip=split -device intel-iommu,intremap=on' ;;
	amdvi) printf ',kernel-irqchip=split -device amd-iommu,pt=off,intremap=on' ;; # without pt=off QEMU's unit translates nothing
	virtio) printf ' -device virtio-iommu-pci' ;;
	esac
}

# Semihosting tells QEMU the status. Stage 2 of the SMMU has write-only mappings; later -global options may choose otherwise.
machine_arm64() {
	emulator=qemu-system-aarch64
	cpu=aarch64
	image=$build/arm64$ledger/$app.img
	iommus="none smmuv3 virtio"
	base="-machine virt,gic-version=3${cvm:+,virtualization=on,highmem=off}${MACHINE_OPTIONS-}$(iommu_arm64) -semihosting-config enable=on,target=native"
	cvms="cca"
	[ -z "$cvm" ] || memory=3G
	tcg="-accel tcg,thread=multi -cpu max"
	kvm="-accel kvm -cpu host -machine gic-version=host"
	success=0
	code=status
}

iommu_arm64() {
	case $iommu in
	smmuv3) printf ',iommu=smmuv3 -global arm-smmuv3.stage=2' ;;
	virtio) printf ' -device virtio-iommu-pci' ;;
	esac
}

# -bios default: the firmware (OpenSBI) starts CPUs and sets the timer. SiFive's test device tells QEMU the status.
machine_riscv64() {
	emulator=qemu-system-riscv64
	cpu=riscv64
	image=$build/riscv64$ledger/$app.img
	iommus="none riscv virtio"
	base="-machine virt,aia=aplic-imsic${MACHINE_OPTIONS-}$(iommu_riscv64) -bios default"
	tcg="-accel tcg,thread=multi -cpu max"
	kvm="-accel kvm -cpu host"
	success=0
	code=status
	firmware_ends="Boot HART MEDELEG" # the last line of OpenSBI's
}

iommu_riscv64() {
	case $iommu in
	riscv) printf ',iommu-sys=on' ;;
	virtio) printf ' -device virtio-iommu-pci' ;;
	esac
}

# Nothing that QEMU has here takes a status: the machine writes it to the console.
machine_loongarch64() {
	emulator=qemu-system-loongarch64
	cpu=loongarch64
	image=$build/loongarch64$ledger/$app.elf
	iommus="none virtio"
	base="-machine virt${MACHINE_OPTIONS-}$(iommu_loongarch64)"
	tcg="-accel tcg,thread=multi -cpu max"
	kvm="-accel kvm -cpu host"
	success=0
	code=status
	status_said=1
}

iommu_loongarch64() {
	case $iommu in
	virtio) printf ' -device virtio-iommu-pci' ;;
	esac
}

# Debian's kernel, and the copy in a process (tools/launch_linux.sh).
machine_linux() {
	emulator=qemu-system-x86_64
	cpu=x86_64
	image=$build/linux/guest
	iommus="vtd virtio none" # none: the copy refuses that, unless it is told otherwise
	base="-machine q35,kernel-irqchip=split${MACHINE_OPTIONS-}$(iommu_linux)"
	# Its time is counted instructions while it runs, so that a host that is busy spoils no calibration of its clocks.
	tcg="-accel tcg,thread=single -icount shift=1,align=off,sleep=on -cpu max"
	kvm="-accel kvm -cpu host"
	memory=512M
	success=0
	code=status
}

iommu_linux() {
	case $iommu in
	vtd) printf ' -device intel-iommu,intremap=on' ;;
	virtio) printf ' -device virtio-iommu-pci,addr=5' ;;
	esac
}

machine_sim() {
	emulator=
	image=$build/simfast/$app
	iommus=none
}

bare_machines="q35 arm64 riscv64 loongarch64"
machines="$bare_machines linux sim"

# Time is the count of the guest's instructions, 1 ns each: one thread, and no instruction that copies a block. After machine_NAME.
count_instructions() {
	tcg="-accel tcg,thread=single -icount shift=0,align=off,sleep=off ${tcg#-accel * } $icount"
}

# The pairs of a bare machine and its IOMMU, a line each: those of these machines, or the ones with $IOMMU. Where there is none: a line that
# says why, and status 1.
bare_pairs() { # MACHINE...
	for machine; do
		is_one_of "$machine" "$bare_machines" || {
			echo "MACHINE=$machine is not known; there are: $bare_machines"
			return 1
		}
	done
	pairs= known=
	for machine; do
		iommu=none
		"machine_$machine"
		for iommu in $iommus; do
			is_one_of "$iommu" "$known" || known="$known $iommu"
			! is_one_of "$iommu" "${IOMMU:-$iommus}" || pairs="$pairs$machine $iommu
"
		done
	done
	[ -n "$pairs" ] || {
		echo "IOMMU=$IOMMU is not known on $*; there are:$known"
		return 1
	}
	printf '%s' "$pairs"
}

# ---- EFI firmware -------------------------------------------------------------------------------------------------

# Code and variables of EFI firmware for a machine, as distributions have them: pairs, the first that is there is taken. $efi_variables is
# empty where the firmware keeps none.
efi_files() { # MACHINE
	case $1 in
	q35)
		echo /usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_VARS_4M.fd
		echo /usr/share/OVMF/OVMF_CODE.fd /usr/share/OVMF/OVMF_VARS.fd
		echo /usr/share/edk2/x64/OVMF_CODE.4m.fd /usr/share/edk2/x64/OVMF_VARS.4m.fd
		echo /usr/share/edk2/ovmf/OVMF_CODE.fd /usr/share/edk2/ovmf/OVMF_VARS.fd
		;;
	arm64)
		echo /usr/share/AAVMF/AAVMF_CODE.fd /usr/share/AAVMF/AAVMF_VARS.fd
		echo /usr/share/edk2/aarch64/QEMU_EFI-pflash.raw /usr/share/edk2/aarch64/vars-template-pflash.raw
		echo /usr/share/edk2/aarch64/QEMU_CODE.fd /usr/share/edk2/aarch64/QEMU_VARS.fd
		;;
	esac
}

find_efi() { # MACHINE
	efi_code= efi_variables=
	while read -r code_file variables_file; do
		if [ -r "$code_file" ] && [ -r "$variables_file" ]; then
			efi_code=$code_file efi_variables=$variables_file
			return
		fi
	done <<END
$(efi_files "$1")
END
	return 1
}

# ---- Options --------------------------------------------------------------------------------------------------------

is_one_of() { # WORD LIST
	case " $2 " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

is_number() {
	case $1 in
	"" | *[!0-9]*) return 1 ;;
	esac
}

choose_machine() {
	app=${APP:-copy}
	is_one_of "$app" "copy net" || fail "APP=$app is not known; there are: copy net"
	# shellcheck disable=SC3028 # it is the option, whatever a shell makes of it
	seconds=${SECONDS:-10}
	is_number "$seconds" || fail "SECONDS=$seconds: is not a number"
	{ [ ${#seconds} -le 5 ] && [ "$seconds" -le 86400 ]; } || fail "SECONDS=$seconds: is more than a day (86400)"
	[ "$seconds" -gt 0 ] || seconds=10 # a shell may have a variable of its own of that name, which is 0 at first
	machine=${MACHINE-}
	if [ -z "$machine" ]; then
		machine=q35
		if [ "$mode" != --check ] && ! command -v "${QEMU:-qemu-system-x86_64}" >/dev/null 2>&1; then
			[ "$mode" = --image ] || echo "run: QEMU is not there (qemu-system-x86_64): running on the simulated machine"
			machine=sim
		fi
	fi
	is_one_of "$machine" "$machines" || fail "MACHINE=$machine is not known; there are: $machines"
	ledger=${TRACE:+watch}
	[ -z "$ledger" ] || is_one_of "$machine$app${BOOT-}" "q35copy arm64copy riscv64copy loongarch64copy" ||
		fail "TRACE=$TRACE: there is one of a copy on a bare machine that QEMU starts itself (q35, arm64, riscv64, loongarch64)"
	iommu=${IOMMU-} cvm=${CVM-} cvms=
	"machine_$machine"
	iommu=${IOMMU:-${iommus%% *}}
	is_one_of "$iommu" "$iommus" || fail "IOMMU=$iommu is not known on $machine; there are: $iommus"
	"machine_$machine"
	[ -z "$cvm" ] || is_one_of "$cvm" "$cvms" || fail "CVM=$cvm: there is no such guest on $machine${cvms:+; there are: $cvms}"
	boot=${BOOT-}
	[ -z "$cvm" ] || [ -z "$boot" ] || fail "CVM=$cvm: not with BOOT=$boot"
	if [ "$boot" = efi ]; then
		image=$build/efi/$machine/$app.efi
		firmware_ends="dmastream: started by EFI"
		[ -n "$(efi_files "$machine")" ] || fail "BOOT=efi: there is no EFI firmware for $machine; there is for: q35 arm64"
		[ -n "$mode" ] || find_efi "$machine" || fail "there is no EFI firmware for $machine (Debian's packages ovmf, qemu-efi-aarch64)"
	fi
	emulator=${emulator:+${QEMU:-$emulator}}
	image=${IMAGE:-$image}
	[ "$machine" != linux ] || [ -z "${ICOUNT-}" ] || fail "ICOUNT=1: the Linux machine does not count from its start"
	[ "$machine" != linux ] || [ "$app" = copy ] || fail "APP=$app: the Linux machine copies"
	[ -n "$mode" ] || [ -z "$emulator" ] || command -v "$emulator" >/dev/null 2>&1 ||
		fail "QEMU is not there ($emulator); MACHINE=sim does without it"
}

check_options() {
	if [ -n "${FILE-}" ]; then
		[ -e "$FILE" ] || fail "$FILE: no such file"
		[ ! -d "$FILE" ] || fail "$FILE: is a directory"
		[ -f "$FILE" ] || fail "$FILE: is not a regular file"
		[ -r "$FILE" ] || fail "$FILE: cannot be read"
	fi
	if [ -n "${OUT-}" ]; then
		[ ! -d "$OUT" ] || fail "OUT=$OUT: is a directory"
		case $OUT in */*) folder=${OUT%/*} ;; *) folder=. ;; esac
		[ -d "${folder:-/}" ] || fail "OUT=$OUT: there is no folder $folder"
		if [ -e "$OUT" ]; then
			[ -w "$OUT" ] || fail "OUT=$OUT: cannot be written"
			[ ! "$OUT" -ef "${FILE:-/dev/null}" ] || fail "OUT=$OUT: is FILE itself"
		else
			[ -w "${folder:-/}" ] || fail "OUT=$OUT: its folder cannot be written"
		fi
	fi
	for name in SOURCE_ERROR_AT TARGET_ERROR_AT TARGET_SIZE STALL TIMEOUT_MS SLOTS; do
		eval "value=\${$name-}"
		# shellcheck disable=SC2154
		[ -z "$value" ] || is_number "$value" || fail "$name=$value: is not a number"
	done
	[ "${STALL:-1}" -gt 0 ] || fail "STALL=$STALL: is not a number of seconds"
	is_one_of "${BOOT:-efi}" efi || fail "BOOT=$BOOT: is not efi"
	for name in BRIDGE ICOUNT SOURCE_STALLS TARGET_STALLS TARGET_READ_ONLY; do
		eval "value=\${$name-}"
		is_one_of "${value:-1}" 1 || fail "$name=$value: is not 1"
	done
	[ -z "${CPUS-}" ] || { is_number "$CPUS" && [ "$CPUS" -ge 1 ] && [ "$CPUS" -le 16 ]; } || fail "CPUS=$CPUS: is not 1 to 16"
	[ "${CPUS:-1}" -eq 1 ] || [ "$machine" != sim ] || fail "CPUS=$CPUS: the simulated machine has one"
	[ "${CPUS:-1}" -eq 1 ] || [ -z "$cvm" ] || fail "CPUS=$CPUS: a confidential guest has one here"
	[ -z "$cvm" ] || [ "${ACCEL:-tcg}" = tcg ] || fail "ACCEL=$ACCEL: the guest CVM=$cvm is emulated"
	[ "${CPUS:-1}" -eq 1 ] || [ -z "${ICOUNT-}" ] || fail "CPUS=$CPUS: instructions are counted on one CPU"
	[ -z "${LWIP-}" ] || [ -f "$LWIP/src/include/lwip/init.h" ] || fail "LWIP=$LWIP: there is no src/include/lwip/init.h"
	is_one_of "${INTERRUPTS:-on}" "on off" || fail "INTERRUPTS=${INTERRUPTS-}: is not on or off"
	for name in SOURCE TARGET; do
		eval "value=\${$name-}"
		is_one_of "${value:-nvme}" "nvme virtio-blk" || fail "$name=$value: is not nvme or virtio-blk"
		[ "$value" != nvme ] || [ -n "$emulator" ] || fail "$name=nvme: the simulated machine has disks of its own kind, and virtio-blk"
	done
	virtio_options=,disable-legacy=on,iommu_platform=on
	for word in $(printf '%s' "${VIRTIO-}" | tr , ' '); do
		case $word in
		packed) virtio_options=$virtio_options,packed=on ;;
		split) ;;
		noplatform) virtio_options=$virtio_options,iommu_platform=off ;;
		*) fail "VIRTIO=$VIRTIO: $word is not packed, split or noplatform" ;;
		esac
	done
	is_one_of "${DISKS:-2}" "0 1 2" || fail "DISKS=${DISKS-}: is not 0, 1 or 2"
	is_one_of "${HASH:-on}" "on off" || fail "HASH=${HASH-}: is not on or off"
	is_one_of "${ACCEL:-tcg}" "kvm tcg" || fail "ACCEL=${ACCEL-}: is not kvm or tcg"
	is_one_of "${PROGRESS:-bar}" "bar lines" || fail "PROGRESS=${PROGRESS-}: is not bar or lines"
}
