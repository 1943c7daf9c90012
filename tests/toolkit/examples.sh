#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The examples of the toolkit's manual pages compile: each Example in the comments of these headers, in a function of its own, beside the
# objects that an example takes for granted.
. "$(dirname "$0")/../static/tap.sh"

flags="-std=c11 -Wall -Wextra -Werror -Wno-unused-function -Wno-unused-variable -fsyntax-only -Iinclude -Isrc/arch -Isrc/arch/generic"

prelude() {
	cat <<'END'
#include <dmastream/dmastream.h>
struct ethernet { uint8_t to[6], from[6]; uint16_t type; };
struct buffer { struct dma_counted_stream counted; };
enum { LIST_BASE };
void post(unsigned, dma_daddr_t, size_t);
void write_register(unsigned, uint64_t);
void recycle(struct dma_counted_stream *);
static struct buffer *buffer;
static struct dma_device dev;
static struct dma_segment seg;
static struct dma_stream s;
static struct dma_slice packet;
static struct dma_pool pool;
static struct dma_arena arena;
static unsigned char frame[64], command[64];
static size_t length;
static unsigned i;
END
}

# The examples of a header, each a function.
functions() { # HEADER
	awk '/^ \* Example:/ { print "static int example_" ++n "(void)\n{\n\tint error = 0;\n"; on = 1; next }
		on && (/^ \* [A-Z][a-z]+:/ || /^ \*\//) { print "\treturn error;\n}"; on = 0 }
		on { sub(/^ \* ? ? ? ? ?/, ""); print "\t" $0 }' "$1"
}

all=0
for header in slice pool arena counted; do
	{
		prelude
		functions include/dmastream/$header.h
	} >"$tmp/$header.c"
	number=$(grep -c '^static int example_' "$tmp/$header.c")
	all=$((all + number))
	# shellcheck disable=SC2086 # flags are words
	check "$header.h: $number" gcc $flags "$tmp/$header.c"
done
check "there are examples" test "$all" -ge 6
sed 's/dma_pool_get(&pool, &block)/dma_pool_get(\&pool, block)/' "$tmp/pool.c" >"$tmp/wrong.c"
wrong() {
	# shellcheck disable=SC2086
	! gcc $flags "$tmp/wrong.c"
}
check "one that is wrong would be seen" wrong
finish
