#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# What map and release cost does not grow with what lives: the short form of `make growth`, in guest instructions on
# q35 (100 live mappings against 20 000), with its limits; allocations that fail; domains with wide reserved ranges;
# and that the limits notice what passes them.
. "$(dirname "$0")/../static/tap.sh"

if ! have qemu-system-x86_64; then
	echo "1..0 # SKIP no qemu-system-x86_64"
	exit 0
fi
B=$(cd "${B:-build}" && pwd)
export B
machine=q35
short="lives=100,20000 samples=2000 churn=20000 cut=1 threads=1 torn=0"

holds() { # WHAT OPTION...
	what=$1
	shift
	mkdir -p "$tmp/growth" "$tmp/q35"
	ln -sf "$B/q35/growth.elf" "$tmp/q35/growth.elf"
	B=$tmp MEMORY=512 OPTIONS="$short $*" timeout 100 bench/growth/run $machine >"$tmp/log" 2>&1
	check "$what" test $? -eq 0
	grep 'LIMIT\|growth:' "$tmp/log" | sed 's/^/# /'
}

holds "strict, 48 bits" "sizes=1,5,64,0 masks=48 deferred=0 narrow=28"
holds "strict, 32 bits: small ranges" "sizes=1,3,16 masks=32 deferred=0 narrow=20"
holds "torn spaces: what fails at any length and alignment; thousands of reserved ranges" "sizes= deferred=0 narrow=20 torn=1"
holds "deferred, 39 bits; a device of 24 bits" "sizes=1,5,64,0 masks=39 deferred=1 narrow=24"
holds "deferred, 32 bits: small ranges" "sizes=1,3,16 masks=32 deferred=1 narrow=20"
machine=cpus
# The emulator runs its CPUs in turns: who waits for a lock whose holder's turn is over waits for a whole turn, a million instructions. Many
# samples make that the few hundredths that it is.
holds "four CPUs: a quarter more instructions than one, all together, at most" "sizes= threads=4 samples=20000 narrow=20"
check "and four CPUs did run" grep -q "4 threads" "$tmp/log"

# The limits are no decoration.
cat >"$tmp/grown" <<'X'
{"what": "replace", "size": 1, "live": 100, "mask": 48, "deferred": 0, "random": 1, "churned": 1, "median": 400, "p99": 400, "p999": 400, "worst": 400}
{"what": "replace", "size": 1, "live": 1000, "mask": 48, "deferred": 0, "random": 1, "churned": 1, "median": 801, "p99": 900, "p999": 1601, "worst": 2000}
{"what": "no room", "size": 3, "mask": 26, "torn": 1, "first": 5000, "worst": 2001}
{"what": "reserved", "ranges": 0, "gib": 0, "made": 20000, "pages": 16, "pages_used": 17}
{"what": "reserved", "ranges": 1, "gib": 1024, "made": 1000001, "pages": 21, "pages_used": 22}
{"what": "many reserved", "ranges": 0, "kib": 4, "made": 20001, "median": 1000, "p99": 1, "p999": 1, "worst": 1}
{"what": "many reserved", "ranges": 4000, "kib": 4, "made": 10020001, "median": 2001, "p99": 1, "p999": 1, "worst": 1}
{"what": "cut", "mib": 256, "all": 1, "lock": 10001, "drop_whole": 1, "drop_parts": 1, "drop_lock": 10001}
{"what": "threads", "size": 1, "deferred": 0, "threads": 1, "per_second": 1000000, "median": 1, "p99": 1, "p999": 1, "worst": 1}
{"what": "threads", "size": 1, "deferred": 0, "threads": 2, "per_second": 790000, "median": 1, "p99": 1, "p999": 1, "worst": 1}
X
awk -v unit=instructions -f bench/growth/table.awk "$tmp/grown" >"$tmp/log"
check "past each limit, the table ends with a failure" test $? -eq 1
check "and names all eleven" test "$(grep -c "LIMIT PASSED" "$tmp/log")" -eq 11
awk -v unit=ns -f bench/growth/table.awk "$tmp/grown" >"$tmp/log"
check "nanoseconds are not held to them" test $? -eq 0
finish
