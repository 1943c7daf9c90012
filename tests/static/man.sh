#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The manual: a page for each function and macro of the public headers and for each header, each with all that its caller
# needs; a comment that lacks a part of it is refused.
. "$(dirname "$0")/tap.sh"

if ! have doxygen doxygen2man; then
	echo "1..0 # SKIP doxygen or doxygen2man is missing"
	exit 0
fi

check "make man" docs/man/make "$tmp/man" 0.1.0

# What the library offers, without what is its own: names in front of a parenthesis at the beginning of a declaration, and
# macros (those of typed.h are functions by another name).
functions() { # HEADER...
	cat "$@" | grep -v '^typedef' |
		sed -n -e 's/^[A-Za-z][A-Za-z_0-9 ]*[ *]\(dma_[a-z_0-9]*\)(.*/\1/p' \
			-e 's/^#define \(dma_[a-z_0-9]*\)(.*/\1/p' |
		grep -v -e '_slow$' -e '_beyond$' -e '^dma_ledger_' -e '^dma_typed_' -e '^dma_wrong_' \
			-e '^dma_access_' -e '^dma_run_drop$' -e '^dma_within$' -e '^dma_slice_within$' | sort -u
}
without_page() {
	functions include/dmastream/*.h | while read -r name; do
		grep -q "^$name.*- [^ ]" "$tmp/man/man3/$name.3" || echo "$name has no page, or no word in brief"
	done
}
without_page >"$tmp/found" 2>&1
number=$(functions include/dmastream/*.h | wc -l)
check "it has all functions, $number of them" sh -c "cat '$tmp/found'; test ! -s '$tmp/found' && test $number -gt 100"
for header in include/dmastream/*.h; do
	name=dmastream_$(basename "$header" .h)
	[ -s "$tmp/man/man3/$name.3" ] || echo "$name"
done >"$tmp/found"
check "and all headers" sh -c "cat '$tmp/found'; test ! -s '$tmp/found'"
dead_references() {
	grep -o 'I\(dma\|dmastream\)_[a-z_0-9]*.fR(3)' "$tmp"/man/man3/*.3 |
		sed 's|.*/\(.*\)\.3:I\(.*\).fR(3)|\1 \2|' | while read -r page name; do
		[ -s "$tmp/man/man3/$name.3" ] || echo "$page refers to $name"
	done
}
dead_references >"$tmp/found"
references=$(grep -c 'fR(3)' "$tmp"/man/man3/*.3 | grep -vc ':0$')
check "pages refer to pages, and $references do" sh -c "cat '$tmp/found'; test ! -s '$tmp/found' && test $references -ge $number"
internals() {
	for page in "$tmp"/man/man3/*.3; do
		name=$(basename "$page" .3)
		case $name in
		dmastream_*) ;;
		*) functions include/dmastream/*.h | grep -qx "$name" || echo "$name" ;;
		esac
	done
}
internals >"$tmp/found"
check "internals have none" sh -c "cat '$tmp/found'; test ! -s '$tmp/found'"
check "a macro's page shows it as a function" sh -c "grep -q 'int dma_stream_read_val' '$tmp/man/man3/dma_stream_read_val.3' &&
	! grep -q MACRO '$tmp'/man/man3/*.3"
check "what stands over a group of functions is on each page" sh -c "for f in read_once fill reader; do
	grep -q 'only ways to touch' '$tmp/man/man3/dma_stream_'\$f.3 || exit 1; done
	! grep -q 'only ways to touch' '$tmp/man/man3/dma_stream_map.3'"
check "what holds throughout a header is, too" sh -c "for f in stream_map stream_write_val; do
	grep -q 'CPUs may' '$tmp/man/man3/dma_'\$f.3 || exit 1; done"
check "errors are explained" grep -q "DMA_ENOSPC = -3.*no device address left" "$tmp/man/man3/dmastream_errors.3"
check "a function's page says its errors" grep -q "DMA_ENOSPC" "$tmp/man/man3/dma_stream_alloc.3"
check "functions under one comment have it both" grep -q "DMA_EINVAL" "$tmp/man/man3/dma_stream_write_once.3"
check "pages name their header's" grep -q "dmastream_stream.*(3)" "$tmp/man/man3/dma_stream_map.3"
check "nothing of the tools is left in them" sh -c "! grep -l -e '///' -e Copyright -e '@0' '$tmp'/man/man3/*.3"
if have man; then
	complaints() {
		for page in "$tmp"/man/man3/*.3; do
			env MANPAGER=cat man --warnings=w -l "$page" 2>&1 >/dev/null | sed "s|^|${page##*/}: |"
		done
	}
	complaints >"$tmp/found"
	check "man has nothing to say about them" sh -c "head -n 5 '$tmp/found'; test ! -s '$tmp/found'"
fi

# The drivers' functions say as much, though they have no pages.
check "so do those of the virtio drivers and their door" env HEADERS="drivers/net.h $(echo drivers/virtio/*.h)" docs/man/make "$tmp/drivers" 0.1.0

# A header of one function: as it should be, and without each part in turn.
header() { # EXPRESSION...: what sed does to it
	mkdir -p "$tmp/headers"
	sed "$@" >"$tmp/headers/mute.h" <<-'EOH'
		/* SPDX-License-Identifier: MPL-2.0 */
		/*
		 * A header.
		 */
		/* Does nothing.
		 * Returns: 0, or an error.
		 * Errors: DMA_EINVAL (size is 0); DMA_EIO, DMA_ETIMEDOUT (no answer).
		 * Context: any.
		 * See: dma_mute(). */
		int dma_mute(unsigned size);
	EOH
}
make_it() {
	HEADERS=$tmp/headers docs/man/make "$tmp/mute" 0.1.0 >"$tmp/log" 2>&1
}
refused() { # WHAT REPORT EXPRESSION...
	what=$1 report=$2
	shift 2
	header "$@"
	if make_it; then
		not_ok "$what is refused" "$tmp/log"
	else
		check "$what is refused" grep -q "$report" "$tmp/log"
	fi
}
header -e ''
check "a function with all parts is fine" make_it
refused "a function without a comment" 'dma_mute.*is not documented' -e '/^.*Does nothing/,/See:/d'
refused "one that does not say what it returns" 'dma_mute: no RETURN VALUE' -e /Returns:/d
refused "one that does not say its errors" 'dma_mute: no ERRORS' -e /Errors:/d
refused "one that does not say from where it may be called" 'dma_mute: no CONTEXT' -e /Context:/d
refused "one that refers to nothing" 'dma_mute: no SEE ALSO' -e 's| \* See:.*| */|'
refused "an error without a reason" 'dma_mute: an error without a reason: DMA_EINVAL' -e 's/ (size is 0)//'
refused "a reason for two errors in one" 'dma_mute: an error without a reason: DMA_EINVAL' -e 's/0); /0), /'
refused "a list of errors that is none" 'dma_mute: its errors are no list' -e 's/Errors: .*/Errors: some./'
finish
