#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The README: its example runs on the simulated machine, whatever the machine is like; its two commands are there.
. "$(dirname "$0")/../static/tap.sh"

program=${B:-build}/sim/readme
head -c 4096 /dev/urandom >"$tmp/disk"
expected=0x$(od -An -tx1 -N4 "$tmp/disk" | awk '{ print $4 $3 $2 $1 }')
for kind in plain noncoherent,seed=1 cvm,seed=2 noncoherent,cvm,line=128,seed=3 noncoherent,nosync,seed=4; do
	"$program" disk0="$tmp/disk" sim="$kind" >"$tmp/out" 2>&1
	check "the example, on a machine that is $kind" sh -c "echo status $?; cat $tmp/out; [ $? -eq 0 ] && [ \"\$(cat $tmp/out)\" = $expected ]"
done
"$program" disk0="$tmp/disk" disk0.read_error=0 >"$tmp/out" 2>&1
check "the example, with a disk that fails" sh -c "cat $tmp/out; [ $? -eq 3 ]"

check "the example has about 20 lines" test "$(sed -n '/^```c/,/^```/p' README.md | grep -c '[a-z{}]')" -le 30
# The porting guide's driver compiles, given the one function that is its device's.
porting() {
	{ echo '#include <dmastream/types.h>'; echo 'int nic_transmit_and_wait(dma_daddr_t at, size_t n);'; echo 'int nic_init(void);'
	  echo 'int nic_send(const void *packet, size_t n);'; sed -n '/^```c/,/^```/{ /^```/d; p; }' docs/porting.md; } >"$tmp/porting.c"
	# shellcheck disable=SC2086
	grep -q "nic_send.*packet" "$tmp/porting.c" && gcc -std=c11 $WARN $WARN_C -Iinclude -Isrc/arch -Isrc/arch/generic -fsyntax-only "$tmp/porting.c"
}
check "the porting guide's first stream compiles" porting
check "the two commands are executable" test -x run -a -x check -a -x .ci/run
check "the README names them" grep -q -e '\./run' README.md
check "every page that the README names is there" sh -c '
	for page in $(grep -o "docs/[a-z]*\.md\|[A-Z][A-Z]*\.md" README.md | sort -u); do
		[ -e "$page" ] || { echo "$page is missing"; exit 1; }
	done'
finish
