#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Every public call of the toolkit's headers, and the operation of the matrix (matrix_ops.c) that makes it; a call that none of them
# makes is found here. LIST=1 prints which does.
. "$(dirname "$0")/../static/tap.sh"

headers="arena barrier batch buffer coherent counted cursor framewalk list peer pool ring scattered segment slice stream
	stream_access user"
# What a driver does not call, or once for the whole machine: scattered.c has the host's way to map scattered frames.
others="dma_scattered_map_with dma_slice_check_read dma_slice_check_write dma_stream_check_read dma_stream_check_write"

calls() {
	for header in $headers; do
		cat "include/dmastream/$header.h"
	done | grep -v '^typedef' |
		sed -n -e 's/^[A-Za-z][A-Za-z_0-9 ]*[ *]\(dma_[a-z_0-9]*\)(.*/\1/p' \
			-e 's/^#define \(dma_[a-z_0-9]*\)(.*/\1/p' |
		grep -v -e '_slow$' -e '_beyond$' -e '^dma_ledger_' -e '^dma_typed_' -e '^dma_access_' -e '^dma_run_drop$' -e 'dma_within$' \
			-e '^dma_slice_within$' | sort -u
}

# OPERATION CALL a line. The library's headers are left out, so that its macros keep their names; the tests' macros, which make names
# of calls, are expanded.
made() {
	for file in tests/toolkit/matrix_*.c; do
		cat tests/toolkit/layout.h tests/toolkit/matrix_bytes.h "$file" | sed '/^#include/d' | ${CC:-cc} -E -P -x c - |
			awk '{
				if (match($0, /^int matrix_[a-z_]*\(/))
					name = substr($0, 12, RLENGTH - 12)
				while (match($0, /dma_[a-z_0-9]*\(/)) {
					print name, substr($0, RSTART, RLENGTH - 1)
					$0 = substr($0, RSTART + RLENGTH)
				}
			}'
	done | sort -u
}

lacking() { # FILE-OF-MADE
	calls | while read -r call; do
		case " $others " in *" $call "*) continue ;; esac
		grep -q " $call\$" "$1" || echo "$call is in no operation of the matrix"
	done
}

made >"$tmp/made"
number=$(calls | wc -l)
[ -z "${LIST:-}" ] || cat "$tmp/made"
lacking "$tmp/made" >"$tmp/found"
check "the matrix makes all public calls of the toolkit, $number of them" \
	sh -c "cat '$tmp/found'; test ! -s '$tmp/found' && test $number -gt 180"
grep -v ' dma_list_rearm$' "$tmp/made" >"$tmp/less"
check "a call that it does not make would be seen" test "$(lacking "$tmp/less")" = "dma_list_rearm is in no operation of the matrix"
operations() {
	sed -n 's/.*{".*", \(matrix_[a-z_]*\),.*/\1/p' tests/toolkit/matrix_ops.c | sort
}
defined() {
	sed -n 's/^int \(matrix_[a-z_]*\)(const struct matrix_use.*/\1/p' tests/toolkit/matrix_*.c | sort
}
check "every operation runs in it" test "$(operations)" = "$(defined)"
finish
