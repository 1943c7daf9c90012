#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# EFI programs: what their files are, the copy that firmware starts, and the end by the firmware's own services.
. "$(dirname "$0")/../static/tap.sh"
B=${B:-build}

# ---- The files: PE/COFF with the machine and subsystem that firmware asks for (Microsoft, PE Format: COFF header, optional header)

word_at() { # FILE OFFSET: 16 bits, little endian
	od -An -tu2 -j "$2" -N 2 "$1" | tr -d ' '
}

is_program() { # FILE MACHINE
	pe=$(word_at "$1" 60)
	[ "$(head -c 2 "$1")" = MZ ] && [ "$(tail -c +$((pe + 1)) "$1" | head -c 2)" = PE ] &&
		[ "$(word_at "$1" $((pe + 4)))" -eq "$2" ] && [ "$(word_at "$1" $((pe + 24)))" -eq $((0x20b)) ] &&
		[ "$(word_at "$1" $((pe + 24 + 68)))" -eq 10 ]
}
check "the program for x86-64 is an EFI application" is_program "$B/efi/q35/copy.efi" $((0x8664))
check "the program for AArch64 is an EFI application" is_program "$B/efi/arm64/copy.efi" $((0xaa64))

# ---- Under firmware

has_firmware() { # MACHINE
	(. tools/launch_options.sh && find_efi "$1")
}

under_firmware() { # MACHINE EMULATOR
	if ! have "$2" || ! has_firmware "$1"; then
		skip "$1 under EFI" "no $2, or no EFI firmware for it"
		return
	fi
	head -c 1000001 /dev/urandom >"$tmp/file"
	mkdir -p "$tmp/$1"
	check "$1: EFI starts the copy, which is the same byte for byte" \
		env BOOT=efi MACHINE="$1" FILE="$tmp/file" RESULTS="$tmp/$1" ACCEL=tcg TMPDIR="$tmp" tools/launch
	# Without exit=qemu the firmware ends the machine, by code and data that must still be whole.
	(
		find_efi_files="$(. tools/launch_options.sh && find_efi "$1" && echo "$efi_code $efi_variables")"
		cp "${find_efi_files#* }" "$tmp/variables"
		chmod u+w "$tmp/variables"
		base="-machine q35 -cpu max"
		[ "$1" = q35 ] || base="-machine virt,gic-version=3 -cpu max"
		# shellcheck disable=SC2086
		timeout 120 "$2" $base -m 256 -nodefaults -display none -no-reboot -net none -serial "file:$tmp/console" \
			-drive "if=pflash,format=raw,readonly=on,file=${find_efi_files% *}" \
			-drive "if=pflash,format=raw,file=$tmp/variables" \
			-kernel "$B/efi/$1/copy.efi" -append "bytes=0" </dev/null
	) >"$tmp/off.log" 2>&1
	status=$?
	tr -d '\r' <"$tmp/console" | tail -n 5 >>"$tmp/off.log"
	if [ "$status" -eq 0 ] && grep -q "the firmware switches the machine off" "$tmp/console"; then
		ok "$1: the firmware switches it off"
	else
		not_ok "$1: the firmware switches it off: status $status" "$tmp/off.log"
	fi
}
under_firmware q35 qemu-system-x86_64
under_firmware arm64 qemu-system-aarch64
finish
