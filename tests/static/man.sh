#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The manual: a page for each function of the public headers and for each header; none without a comment.
. "$(dirname "$0")/tap.sh"

if ! have doxygen doxygen2man; then
	echo "1..0 # SKIP doxygen or doxygen2man is missing"
	exit 0
fi

check "make man" docs/man/make "$tmp/man" 0.1.0

# Names in front of a parenthesis, at the beginning of a declaration: what the library offers, without what is its own.
functions() { # HEADER...
	cat "$@" | grep -v '^typedef' | sed -n 's/^[A-Za-z][A-Za-z_0-9 ]*[ *]\(dma_[a-z_0-9]*\)(.*/\1/p' | grep -v -e '_slow$' -e '^dma_ledger_' -e '^dma_typed_' \
		-e '^dma_wrong_' -e '^dma_run_drop$' -e '^dma_within$' | sort -u
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

mkdir "$tmp/headers"
printf '/* SPDX-License-Identifier: MPL-2.0 */\n/*\n * A header.\n */\n/* Fine. */\nint dma_fine(void);\n\nint dma_mute(void);\n' >"$tmp/headers/mute.h"
if HEADERS=$tmp/headers docs/man/make "$tmp/mute" 0.1.0 >"$tmp/log" 2>&1; then
	not_ok "a function without a comment is refused" "$tmp/log"
else
	check "a function without a comment is refused" grep -q 'dma_mute.*is not documented' "$tmp/log"
fi
finish
