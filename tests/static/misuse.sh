#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# A wrong call on a typed handle does not compile, in C and C++, and the complaint says what is wrong; the same call on the
# handles that have it does, without a warning.
. "$(dirname "$0")/tap.sh"

flags="-Wpedantic -fsyntax-only -Iinclude -Isrc/arch -Isrc/arch/generic"

# handle types that must refuse the call (-: none), types that must take it, the call
cat >"$tmp/table" <<'TABLE'
to from,both,core error = dma_stream_sync_from_device(&h, 0, 64)
to from,both,core error = dma_stream_reader(&h, r)
to from,both,core error = dma_stream_read_bytes(&h, 0, mem, 64)
to from,both,core error = dma_stream_read_val(&h, 0, &value)
to from,both,core error = dma_stream_read_once(&h, 0, &value, sizeof(value))
from to,both,core error = dma_stream_alloc(&h, dev, DMA_SPLITTABLE, 1)
from to,both,core error = dma_stream_sync_to_device(&h, 0, 64)
from to,both,core error = dma_stream_writer(&h, w)
from to,both,core error = dma_stream_write_bytes(&h, 0, mem, 64)
from to,both,core error = dma_stream_write_val(&h, 0, &value)
from to,both,core error = dma_stream_write_once(&h, 0, &value, sizeof(value))
from to,both,core error = dma_stream_fill(&h, 0, 0, 64)
- to,from,both,core error = dma_stream_alloc_uninit(&h, dev, 0, 1)
- to,from,both,core error = dma_stream_map(&h, dev, DMA_SPLITTABLE, seg)
- to,from,both,core error = dma_stream_split(&h, 4096, &tail)
- to,from,both,core value = (uint32_t)(dma_stream_size(&h) + dma_stream_daddr(&h).raw + dma_stream_paddr(&h).raw)
- from,both,core const struct HANDLE *c = &h; error = dma_stream_sync_from_device(c, 0, 64)
- to,both,core const struct HANDLE *c = &h; error = dma_stream_sync_to_device(c, 0, 64)
- from,both,core const struct HANDLE *c = &h; error = dma_stream_read_val(c, 0, &value)
- to,both,core const struct HANDLE *c = &h; error = dma_stream_write_val(c, 0, &value)
to,from,both,core - const struct HANDLE *c = &h; dma_stream_release(c)
to,from,both,core - const struct HANDLE *c = &h; error = dma_stream_split(c, 4096, &tail)
to,from,both,core - struct dma_coherent c; error = dma_stream_split(&h, 4096, &c)
to,from,both,core - dma_stream_release(seg)
to,from,both,core - dma_stream_release(h)
sto sfrom,sboth,score error = dma_slice_sync_from_device(&h, 0, 64)
sto sfrom,sboth,score error = dma_slice_reader(&h, r)
sto sfrom,sboth,score error = dma_slice_read_bytes(&h, 0, mem, 64)
sto sfrom,sboth,score error = dma_slice_read_val(&h, 0, &value)
sto sfrom,sboth,score error = dma_slice_read_once(&h, 0, &value, sizeof(value))
sfrom sto,sboth,score error = dma_slice_sync_to_device(&h, 0, 64)
sfrom sto,sboth,score error = dma_slice_writer(&h, w)
sfrom sto,sboth,score error = dma_slice_write_bytes(&h, 0, mem, 64)
sfrom sto,sboth,score error = dma_slice_write_val(&h, 0, &value)
sfrom sto,sboth,score error = dma_slice_write_once(&h, 0, &value, sizeof(value))
sfrom sto,sboth,score error = dma_slice_fill(&h, 0, 0, 64)
sfrom,sboth sto,score error = dma_stream_slice(&to, 0, 64, &h)
sto,sboth sfrom,score error = dma_stream_slice(&from, 0, 64, &h)
- sto,sfrom,sboth,score error = dma_stream_slice(&both, 0, 64, &h)
sto,sfrom,sboth score error = dma_stream_slice(&core, 0, 64, &h)
- sto,sfrom,sboth,score error = dma_slice_slice(&h, 0, 64, &tail)
sfrom,score sto,sboth struct dma_slice_to_device t; error = dma_slice_slice(&h, 0, 64, &t)
sto,score sfrom,sboth struct dma_slice_from_device t; error = dma_slice_slice(&h, 0, 64, &t)
- sto,sfrom,sboth,score value = (uint32_t)(dma_slice_size(&h) + dma_slice_daddr(&h).raw + dma_slice_paddr(&h).raw)
- sfrom,sboth,score const struct HANDLE *c = &h; error = dma_slice_read_val(c, 0, &value)
- sto,sboth,score const struct HANDLE *c = &h; error = dma_slice_write_val(c, 0, &value)
TABLE

type() { # to, from, both, core; the same of slices
	case $1 in
	to) echo dma_stream_to_device ;;
	from) echo dma_stream_from_device ;;
	both) echo dma_stream_bidirectional ;;
	core) echo dma_stream ;;
	sto) echo dma_slice_to_device ;;
	sfrom) echo dma_slice_from_device ;;
	sboth) echo dma_slice_bidirectional ;;
	score) echo dma_slice ;;
	esac
}

compile() { # COMPILER LANGUAGE-FLAGS HANDLE TAIL CALL
	case $3 in
	dma_slice*) source=tests/static/misuse_slice.c ;;
	*) source=tests/static/misuse.c ;;
	esac
	# shellcheck disable=SC2086 # flags are words
	"$1" $2 $flags "-DHANDLE=$3" "-DTAIL=$4" "-DCALL=$5" $source >"$tmp/log" 2>&1
}

# What the complaint must contain for the calls that go against a direction, so that it is no other error that is seen.
reason() { # LANGUAGE CALL
	case $1 in
	C) echo 'dma_wrong_' ;;
	*) echo 'deleted' ;;
	esac
}

try() { # COMPILER LANGUAGE LANGUAGE-FLAGS
	if ! have "$1"; then
		skip "misuse with $1" "$1 is missing"
		return
	fi
	while read -r refuse take call; do
		for short in $(echo "$refuse" | tr ',' ' '); do
			[ "$short" != - ] || continue
			name="$1 refuses, on $short: $call"
			if compile "$1" "$3" "$(type "$short")" "$(type "$short")" "$call"; then
				not_ok "$name"
			elif [ "$take" != - ] && ! grep -q "$(reason "$2")" "$tmp/log"; then
				not_ok "$name (another complaint)" "$tmp/log"
			else
				ok "$name"
			fi
		done
		for short in $(echo "$take" | tr ',' ' '); do
			[ "$short" != - ] || continue
			if compile "$1" "$3" "$(type "$short")" "$(type "$short")" "$call"; then
				ok "$1 takes, on $short: $call"
			else
				not_ok "$1 takes, on $short: $call" "$tmp/log"
			fi
		done
	done <"$tmp/table"
	for short in to from both core; do
		for tail in to from both core; do
			[ $short != $tail ] || continue
			if compile "$1" "$3" "$(type $short)" "$(type $tail)" 'error = dma_stream_split(&h, 4096, &tail)'; then
				not_ok "$1 refuses to split $short into $tail"
			else
				ok "$1 refuses to split $short into $tail"
			fi
		done
	done
}

cxx=$(echo " $WARN " | sed 's/ -Wshadow / /')
try gcc C "-std=c11 $WARN $WARN_C"
try clang C "-std=c11 $WARN $WARN_C"
try g++ C++ "-std=c++17 -x c++ $cxx"
try clang++ C++ "-std=c++17 -x c++ $cxx"
finish
