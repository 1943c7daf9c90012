#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The two commands on fresh machines: a bare Debian 12 and a bare Debian 13 in a folder each, with no make and no compiler; in
# them ./run and ./check, nothing else, with /dev/kvm absent and (where this machine has one) present.
#   tests/fresh/debootstrap.sh [SUITE...]      (make fresh)     needs root, debootstrap, and the network; takes long
# The mirror is the one that apt uses here. FOLDER=path keeps the folders there; STEPS="run check" says what is done.
set -u
cd "$(dirname "$0")/../.." || exit 1
[ $# -gt 0 ] || set -- bookworm trixie
steps=${STEPS:-run check}
number=0
failures=0

if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
	echo "1..0 # SKIP needs root and debootstrap"
	exit 0
fi

top=${FOLDER:-}
mounted=
cleanup() {
	[ -z "$mounted" ] || umount "$mounted" 2>/dev/null
	[ -n "${FOLDER:-}" ] || [ -z "$top" ] || rm -rf --one-file-system "$top"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
[ -n "$top" ] || top=$(mktemp -d "${TMPDIR:-/tmp}/fresh.XXXXXX") || exit 1
mkdir -p "$top" || exit 1

mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
	sed -n -e 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p' -e 's/^deb[[:space:]]\(\[[^]]*\][[:space:]]*\)\{0,1\}\([^[:space:]]*\).*/\2/p' |
	grep '/debian/*$' | head -n 1)
if [ -z "$mirror" ]; then
	echo "1..0 # SKIP apt has no Debian mirror here"
	exit 0
fi

result() { # STATUS NAME LOG
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		failures=$((failures + 1))
		echo "not ok $number - $2"
		tail -n 40 "$3" | sed 's/^/# /'
	fi
}

inside() { # COMMAND...: in the folder's copy of the project, as a login there would
	env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		chroot "$root" /bin/sh -c 'cd /root/dmastream && exec "$@"' sh "$@" </dev/null
}

for suite; do
	root=$top/$suite
	log=$top/$suite.log
	if [ ! -x "$root/usr/bin/apt-get" ]; then
		debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$log" 2>&1
		result $? "$suite: a bare system" "$log"
		[ -x "$root/usr/bin/apt-get" ] || continue
	fi
	cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null
	cp /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null
	rm -rf "$root/root/dmastream"
	mkdir -p "$root/root/dmastream"
	git archive HEAD | tar -xf - -C "$root/root/dmastream" || exit 1 # what a clone has
	mount -t proc proc "$root/proc" && mounted=$root/proc
	for step in $steps; do
		rm -f "$root/dev/kvm"
		began=$(date +%s)
		inside "./$step" >"$log" 2>&1
		status=$?
		result "$status" "$suite: ./$step, no /dev/kvm, $(($(date +%s) - began)) s: $(tail -n 1 "$log")" "$log"
		cp "$log" "$top/$suite-$step.log"
	done
	if [ -e /dev/kvm ] && mknod "$root/dev/kvm" c "$(printf '%d' "0x$(stat -c %t /dev/kvm)")" "$(printf '%d' "0x$(stat -c %T /dev/kvm)")"; then
		inside ./run >"$log" 2>&1
		result $? "$suite: ./run, with /dev/kvm: $(grep -i kvm "$log" | head -n 1)" "$log"
		rm -f "$root/dev/kvm"
	fi
	inside ./run MACHINE=sim >"$log" 2>&1
	result $? "$suite: ./run MACHINE=sim" "$log"
	umount "$root/proc" && mounted=
done
echo "1..$number"
[ "$failures" -eq 0 ]
