#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# KVM is used only where a trial boot proves it usable: absent, forbidden, broken in three ways, and fine.
. "$(dirname "$0")/../static/tap.sh"
. tests/main-job/jobs.sh

real=$(command -v qemu-system-x86_64)
if [ -z "$real" ]; then
	echo "1..0 # SKIP no qemu-system-x86_64"
	exit 0
fi
if [ "$(uname -m)" != x86_64 ]; then
	echo "1..0 # SKIP the CPU is not the machine's"
	exit 0
fi
export MACHINE=q35
file=$(random 100000)
: >"$tmp/kvm"

# An emulator whose KVM does what is said.
emulator() { # NAME SHELL-TEXT: run when KVM is asked for; $@ is QEMU's command line, $real the emulator
	cat >"$tmp/$1" <<END
#!/bin/sh
real=$real
for argument; do
	[ "\$argument" != kvm ] || kvm=1
done
[ -n "\${kvm-}" ] || exec "\$real" "\$@"
$2
END
	chmod +x "$tmp/$1"
}
emulator good 'for argument; do
	shift
	case $argument in
	kvm) argument=tcg ;;
	host) argument=max ;;
	esac
	set -- "$@" "$argument"
done
exec "$real" "$@"'
emulator refusing 'echo "failed to initialize kvm: Permission denied" >&2; exit 1'
emulator breaking 'exit 35'
emulator hanging 'exec sleep 100'

chosen() { # NAME EXPECTED-ACCELERATOR TEXT OPTION...
	name=$1 expected=$2 text=$3
	shift 3
	job FILE="$file" "$@"
	{ verified "$?" "$file" && equal accelerator "$(result accelerator)" "$expected"; } >"$tmp/why" 2>&1 &&
		{ grep -q -e "$text" "$tmp/out" || { echo "nothing says: $text" >"$tmp/why" && false; }; }
	if [ $? -eq 0 ]; then ok "$name"; else cat "$tmp/out" >>"$tmp/why" && not_ok "$name" "$tmp/why"; fi
}
chosen "KVM absent" tcg "no /nonexistent: emulating"
chosen "KVM fine" kvm "KVM passed a trial boot" KVM_DEVICE="$tmp/kvm" QEMU="$tmp/good"
chosen "KVM refuses to start" tcg "trial boot with it failed: emulating" KVM_DEVICE="$tmp/kvm" QEMU="$tmp/refusing"
chosen "KVM breaks in the guest" tcg "trial boot with it failed: emulating" KVM_DEVICE="$tmp/kvm" QEMU="$tmp/breaking"
chosen "KVM hangs" tcg "trial boot with it failed: emulating" KVM_DEVICE="$tmp/kvm" QEMU="$tmp/hanging"
chosen "asked for by name, no trial" tcg "copy is the same" KVM_DEVICE="$tmp/kvm" QEMU="$tmp/good" ACCEL=tcg
if [ "$(id -u)" -ne 0 ]; then
	chmod 0 "$tmp/kvm"
	chosen "KVM forbidden" tcg "may not be used by this user: emulating" KVM_DEVICE="$tmp/kvm"
else
	skip "KVM forbidden" "root may use every device"
fi

job FILE="$file" KVM_DEVICE=/dev/kvm
verified "$?" "$file" >"$tmp/why" 2>&1
if [ $? -eq 0 ]; then ok "this machine's own /dev/kvm: $(result accelerator)"; else not_ok "this machine's own /dev/kvm" "$tmp/out"; fi
finish
