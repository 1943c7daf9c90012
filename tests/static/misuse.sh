#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# A wrong call on a typed handle does not compile, in C and C++, and the complaint says what is wrong; the same call on the
# handles that have it does, without a warning.
. "$(dirname "$0")/tap.sh"

flags="-Wpedantic -Iinclude -Isrc/arch -Isrc/arch/generic"

# handle types that must refuse the call (-: none), types that must take it, the call
cat >"$tmp/table" <<'TABLE'
to from,both,core error = dma_stream_sync_from_device(&h, 0, 64)
to from,both,core error = dma_stream_rearm(&h, 0, 64)
to from,both,core error = dma_stream_read(&h, 0, w)
from to,both,core error = dma_stream_write(&h, 0, r)
- to,from,both,core value = (uint32_t)(dma_stream_direction(&h) + dma_stream_can_read(&h) + dma_stream_can_write(&h))
- to,from,both,core const struct HANDLE *c = &h; value = (uint32_t)dma_stream_describe(c, (char *)mem, n) + dma_stream_bounces(c)
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
sto sfrom,sboth,score error = dma_slice_read(&h, 0, w)
sto sfrom,sboth,score error = dma_slice_rearm(&h, 0, 64)
sfrom sto,sboth,score error = dma_slice_write(&h, 0, r)
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
list-to list-from,list-both,list-core error = dma_list_sync_from_device(&h, 0, 64)
list-to list-from,list-both,list-core error = dma_list_reader(&h, 0, r)
list-to list-from,list-both,list-core error = dma_list_read_bytes(&h, 0, mem, 64)
list-to list-from,list-both,list-core error = dma_list_read(&h, 0, w)
list-to list-from,list-both,list-core error = dma_list_rearm(&h, 0, 64)
list-from list-to,list-both,list-core error = dma_list_write(&h, 0, r)
list-from list-to,list-both,list-core error = dma_list_sync_to_device(&h, 0, 64)
list-from list-to,list-both,list-core error = dma_list_writer(&h, 0, w)
list-from list-to,list-both,list-core error = dma_list_write_bytes(&h, 0, mem, 64)
- list-to,list-from,list-both,list-core dma_list_init(&h, pieces, 4); error = dma_list_add(&h, mem, 8); error = dma_list_map(&h, dev, DMA_SPLITTABLE)
- list-to,list-from,list-both,list-core error = dma_list_add_segment(&h, seg, 0, 8); error = dma_list_own_segment(&h, seg, 0, 8)
- list-to,list-from,list-both,list-core const struct HANDLE *c = &h; value = (uint32_t)(dma_list_size(c) + dma_list_entries(c)); (void)dma_list_begin(c)
- list-to,list-from,list-both,list-core dma_list_unmap(&h); dma_list_release(&h)
list-to,list-from,list-both,list-core - const struct HANDLE *c = &h; dma_list_release(c)
buffer-to buffer-from,buffer-both,buffer-core error = dma_buffer_sync_from_device(&h, 0, 64)
buffer-to buffer-from,buffer-both,buffer-core error = dma_buffer_reader(&h, r)
buffer-to buffer-from,buffer-both,buffer-core error = dma_buffer_read_bytes(&h, 0, mem, 64)
buffer-to buffer-from,buffer-both,buffer-core error = dma_buffer_read(&h, 0, w)
buffer-to buffer-from,buffer-both,buffer-core error = dma_buffer_rearm(&h, 0, 64)
buffer-from buffer-to,buffer-both,buffer-core error = dma_buffer_write(&h, 0, r)
buffer-from buffer-to,buffer-both,buffer-core error = dma_buffer_sync_to_device(&h, 0, 64)
buffer-from buffer-to,buffer-both,buffer-core error = dma_buffer_writer(&h, w)
buffer-from buffer-to,buffer-both,buffer-core error = dma_buffer_write_bytes(&h, 0, mem, 64)
- buffer-to,buffer-from,buffer-both,buffer-core error = dma_buffer_map(&h, dev, 0, mem, 64); error = dma_buffer_map_segment(&h, dev, 0, seg, 0, 64)
- buffer-to,buffer-from,buffer-both,buffer-core const struct HANDLE *c = &h; value = (uint32_t)(dma_buffer_size(c) + dma_buffer_daddr(c).raw); dma_buffer_release(&h)
scattered-to scattered-from,scattered-both,scattered-core error = dma_scattered_sync_from_device(&h, 0, 64)
scattered-to scattered-from,scattered-both,scattered-core error = dma_scattered_reader(&h, 0, r)
scattered-to scattered-from,scattered-both,scattered-core error = dma_scattered_read_bytes(&h, 0, mem, 64)
scattered-to scattered-from,scattered-both,scattered-core error = dma_scattered_read(&h, 0, w)
scattered-to scattered-from,scattered-both,scattered-core error = dma_scattered_rearm(&h, 0, 64)
scattered-from scattered-to,scattered-both,scattered-core error = dma_scattered_write(&h, 0, r)
scattered-from scattered-to,scattered-both,scattered-core error = dma_scattered_sync_to_device(&h, 0, 64)
scattered-from scattered-to,scattered-both,scattered-core error = dma_scattered_writer(&h, 0, w)
scattered-from scattered-to,scattered-both,scattered-core error = dma_scattered_write_bytes(&h, 0, mem, 64)
scattered-from scattered-to,scattered-both,scattered-core error = dma_scattered_fill(&h, 0, 0, 64)
- scattered-to,scattered-from,scattered-both,scattered-core error = dma_scattered_alloc(&h, dev, 0, DMA_PAGES(1 << 20)); dma_scattered_release(&h)
scattered-to,scattered-from,scattered-both,scattered-core - error = dma_scattered_alloc(&h, dev, 0, 1 << 20)
- scattered-to,scattered-from,scattered-both,scattered-core const struct HANDLE *c = &h; value = (uint32_t)(dma_scattered_size(c) + dma_scattered_daddr(c).raw); (void)dma_frames_of_scattered(c)
pool-from,pool-both pool-to error = dma_pool_get(&h, &to)
pool-to,pool-both pool-from error = dma_pool_get(&h, &from)
pool-to,pool-from pool-both error = dma_pool_get(&h, &both)
pool-to,pool-from,pool-both pool-core error = dma_pool_get(&h, &core)
pool-core - error = dma_pool_get(&h, &to)
pool-from,pool-both pool-to error = dma_pool_put(&h, to)
pool-to,pool-both pool-from error = dma_pool_put(&h, from)
pool-to,pool-from pool-both error = dma_pool_put(&h, both)
pool-core - error = dma_pool_put(&h, from)
- pool-to,pool-from,pool-both,pool-core error = dma_pool_create(&h, dev, &config); error = dma_pool_destroy(&h)
- pool-to,pool-from,pool-both,pool-core const struct HANDLE *c = &h; value = (uint32_t)dma_pool_block_size(c)
- pool-to error = dma_slice_write_bytes(&to->slice, 0, mem, 64); value = (uint32_t)dma_block_daddr(to).raw
- pool-from error = dma_slice_read_bytes(&from->slice, 0, mem, 64); value = (uint32_t)dma_block_daddr(from).raw
- pool-both error = dma_slice_sync_to_device(&both->slice, 0, 64); error = dma_slice_sync_from_device(&both->slice, 0, 64)
- pool-core error = dma_slice_sync_to_device(&core->slice, 0, 64); value = (uint32_t)dma_block_daddr(core).raw
pool-to - error = dma_slice_read_bytes(&to->slice, 0, mem, 64)
pool-from - error = dma_slice_write_bytes(&from->slice, 0, mem, 64)
pool-from - error = dma_slice_sync_to_device(&from->slice, 0, 64)
TABLE

# On every handle: what the complaint must contain (C, C++), the call that is refused, the one that was meant
pages=dma_wrong_bytes_where_pages_are_meant direction=dma_wrong_a_direction_where_pages_are_meant
array='an array where a value is meant' pointer='a pointer where a value is meant'
cat >"$tmp/arguments" <<TABLE
$direction|error = dma_stream_alloc_uninit(&h, dev, 2, DMA_BIDIRECTIONAL)|error = dma_stream_alloc_uninit(&h, dev, 0, 2)
$direction|error = dma_stream_alloc_uninit(&h, dev, 1, DMA_FROM_DEVICE)|error = dma_stream_alloc_uninit(&h, dev, 0, n)
$direction|error = dma_coherent_alloc(&ring, dev, 4, DMA_TO_DEVICE)|error = dma_coherent_alloc(&ring, dev, 0, 4)
$direction|error = dma_coherent_alloc_uninit(&ring, dev, 0, DMA_BIDIRECTIONAL)|error = dma_coherent_alloc_uninit(&ring, dev, DMA_SPLITTABLE, 2)
$pages|error = dma_stream_alloc_uninit(&h, dev, 0, 1 << 16)|error = dma_stream_alloc_uninit(&h, dev, 0, DMA_PAGES(1 << 16))
$pages|error = dma_stream_alloc_uninit(&h, dev, 0, 1 << 24)|error = dma_stream_alloc_uninit(&h, dev, 0, DMA_PAGES(65537))
$pages|error = dma_coherent_alloc(&ring, dev, 0, 4 * DMA_PAGE_SIZE)|error = dma_coherent_alloc(&ring, dev, 0, 4)
$pages|error = dma_coherent_alloc_uninit(&ring, dev, 0, DMA_PAGE_SIZE)|error = dma_coherent_alloc_uninit(&ring, dev, 0, DMA_PAGES((size_t)64 << 20))
$pages|error = dma_segment_alloc(&part, DMA_PAGE_SIZE, UINT64_MAX, 0)|error = dma_segment_alloc(&part, n, UINT64_MAX, DMA_PAGE_SIZE)
$pages|error = dma_segment_adopt(&part, dma_paddr(0), 65536)|error = dma_segment_adopt(&part, dma_paddr(0), 1)
$pages|error = dma_segment_borrow(&part, dma_paddr(0), 65536)|error = dma_segment_borrow(&part, dma_paddr(0), DMA_PAGES(n))
$pages|error = dma_segment_slice(seg, 1, DMA_PAGE_SIZE, &part)|error = dma_segment_slice(seg, 1, 1, &part)
$pages|error = dma_segment_slice(seg, DMA_PAGE_SIZE, 1, &part)|error = dma_segment_slice(seg, 0, n, &part)
$pages|{ static struct dma_arena arena; error = dma_arena_create(&arena, dev, 3, 4 * DMA_PAGE_SIZE); }|{ static struct dma_arena arena; error = dma_arena_create(&arena, dev, 3, n); }
$direction|{ static struct dma_arena arena; error = dma_arena_create(&arena, dev, 3, DMA_TO_DEVICE); }|{ static struct dma_arena arena; error = dma_arena_create(&arena, dev, DMA_TO_DEVICE, DMA_PAGES(n)); }
$pages|error = dma_segment_split(seg, 2 * DMA_PAGE_SIZE, &part)|error = dma_segment_split(seg, 2, &part)
$array|error = dma_coherent_read_val(&ring, 0, array)|error = dma_coherent_read_val(&ring, 0, &array)
$array|error = dma_coherent_write_val(&ring, 0, array)|error = dma_coherent_write_val(&ring, 0, &array[1])
$array|error = dma_reader_read_val(r, array)|error = dma_reader_read_val(r, &array)
$array|error = dma_writer_write_val(w, array)|error = dma_writer_write_val(w, &array)
$pointer|error = dma_coherent_read_val(&ring, 0, &pointer)|error = dma_coherent_read_val(&ring, 0, &*pointer)
$pointer|error = dma_reader_read_val(r, &pointer)|error = dma_reader_read_bytes(r, &pointer, sizeof(pointer))
void|error = dma_coherent_write_val(&ring, 0, mem)|error = dma_coherent_write_bytes(&ring, 0, mem, n)
void|error = dma_reader_read_val(r, mem)|error = dma_reader_read_bytes(r, mem, n)
TABLE
# On handles that the CPU may read, or write.
cat >"$tmp/values" <<TABLE
from $array|error = dma_stream_read_val(&h, 0, array)|error = dma_stream_read_val(&h, 0, &array)
both $array|error = dma_stream_read_val(&h, 0, array)|error = dma_stream_read_val(&h, 0, array + 1)
core $pointer|error = dma_stream_read_val(&h, 0, &pointer)|error = dma_stream_read_val(&h, 0, pointer)
to $array|error = dma_stream_write_val(&h, 0, array)|error = dma_stream_write_val(&h, 0, &array)
core $array|error = dma_stream_write_val(&h, 0, array)|error = dma_stream_write_val(&h, 0, &value)
both $pointer|error = dma_stream_write_val(&h, 0, &pointer)|error = dma_stream_write_val(&h, 0, pointer)
from void|error = dma_stream_read_val(&h, 0, mem)|error = dma_stream_read_bytes(&h, 0, mem, n)
TABLE
while read -r line; do
	case $line in
	*'(&h'*) printf '%s\n' "to $line" "from $line" "both $line" "core $line" ;;
	*) echo "both $line" ;;
	esac
done <"$tmp/arguments" >>"$tmp/values"

# What is seen when the compiler optimizes, where it knows a caller's array: handle, the call that is refused, the one that
# was meant
cat >"$tmp/entries" <<'TABLE'
list-to|dma_list_init(&h, pieces, sizeof(pieces))|dma_list_init(&h, pieces, sizeof(pieces) / sizeof(*pieces))
list-from|dma_list_init(&h, pieces, 5)|dma_list_init(&h, pieces, 4)
list-both|dma_list_init(&h, &pieces[2], 3)|dma_list_init(&h, &pieces[2], 2)
list-core|dma_list_init(&h, request->pieces, sizeof(request->pieces))|dma_list_init(&h, request->pieces, 2)
list-core|dma_list_init(&h, pieces, sizeof(pieces))|dma_list_init(&h, (struct dma_piece *)mem, sizeof(pieces))
list-core|dma_batch_release(streams, sizeof(streams))|dma_batch_release(streams, sizeof(streams) / sizeof(*streams))
list-core|dma_batch_release(request->streams, 4)|dma_batch_release(request->streams, 3)
list-core|error = dma_batch_sync_to_device(ranges, sizeof(ranges))|error = dma_batch_sync_to_device(ranges, 2)
list-core|error = dma_batch_sync_from_device(ranges, 3)|error = dma_batch_sync_from_device(ranges, 2)
TABLE

type() { # to, from, both, core; the same of slices; of lists and so on: list-to
	case $1 in
	to) echo dma_stream_to_device ;;
	from) echo dma_stream_from_device ;;
	both) echo dma_stream_bidirectional ;;
	core) echo dma_stream ;;
	sto) echo dma_slice_to_device ;;
	sfrom) echo dma_slice_from_device ;;
	sboth) echo dma_slice_bidirectional ;;
	score) echo dma_slice ;;
	*-to | *-from) echo "dma_${1%%-*}_${1#*-}_device" ;;
	*-both) echo "dma_${1%-both}_bidirectional" ;;
	*-core) echo "dma_${1%-core}" ;;
	esac
}

# Which file has the function around a call on a handle.
source_of() { # HANDLE
	case $1 in
	dma_slice*) echo tests/static/misuse_slice.c ;;
	dma_list* | dma_buffer* | dma_scattered* | dma_pool*) echo tests/static/misuse_toolkit.c ;;
	*) echo tests/static/misuse.c ;;
	esac
}

# A case, to be judged with all others of its kind (refused, taken): what the complaint must contain (-: nothing).
row() { # KIND NAME COMPLAINT HANDLE TAIL CALL
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$6" "$(source_of "$4")" >>"$tmp/rows"
}

# One call alone. MODE is -fsyntax-only, or -c and how to make the object.
compile() { # COMPILER FLAGS MODE HANDLE TAIL CALL
	# shellcheck disable=SC2086 # flags are words
	"$1" $2 $flags $3 "-DHANDLE=$4" "-DTAIL=$5" "-DCALL=$6" "$(source_of "$4")" >"$tmp/log" 2>&1
}

# One file of all rows of a kind: a function misuse_N in lines of row-N.c for each, so that what a compiler says names the row.
batch() { # KIND SOURCE
	awk -F '\t' -v kind="$1" -v source="$2" '
		BEGIN { while ((getline line <source) > 0) text = text line "\n" }
		$1 == kind && $7 == source {
			split("HANDLE TAIL CALL misuse request", names, " ")
			for (i in names) print "#undef " names[i]
			printf "#define HANDLE %s\n#define TAIL %s\n#define CALL %s\n#define misuse misuse_%d\n", $4, $5, $6, NR
			printf "#define request request_%d\n#line 1 \"row-%d.c\"\n%s", NR, NR, text
		}' "$tmp/rows"
}

# The lines of what a compiler says, each behind the number of its row; those of no row are left out.
by_row() {
	awk '/^In file included from|In instantiation of|At global scope/ { row = 0 }
		match($0, /misuse_[0-9]+|row-[0-9]+\.c/) { row = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", row) }
		row { print row "\t" $0 }'
}

# Judges the rows that were collected. The compiler is started once for many; a row that this says nothing good of is compiled alone, which
# decides: no row passes but by an error of its own that complains as it should, or by a compilation without any.
judge() { # COMPILER FLAGS MODE
	: >"$tmp/said"
	: >"$tmp/fine"
	for kind in refused taken; do
		for source in tests/static/misuse.c tests/static/misuse_slice.c tests/static/misuse_toolkit.c; do
			batch $kind $source >"$tmp/batch.c"
			[ -s "$tmp/batch.c" ] || continue
			limit=-fmax-errors=0
			case $1 in clang*) limit=-ferror-limit=0 ;; esac
			# shellcheck disable=SC2086 # flags are words
			if "$1" $2 $flags $limit $3 "$tmp/batch.c" >"$tmp/log" 2>&1; then
				[ $kind = refused ] || awk -F '\t' -v source=$source '$1 == "taken" && $7 == source { print NR }' "$tmp/rows" >>"$tmp/fine"
			elif [ $kind = refused ]; then
				by_row <"$tmp/log" >>"$tmp/said"
			fi
		done
	done
	awk -F '\t' 'FNR == 1 { file++ }
		file == 1 { complaint[FNR] = $3 }
		file == 2 {
			text = $0
			sub(/^[0-9]*\t/, "", text)
			if (text ~ /error:/) error[$1] = 1
			if (complaint[$1] == "-" || index(text, complaint[$1])) complains[$1] = 1
		}
		END { for (row in error) if (row in complains) print row }' "$tmp/rows" "$tmp/said" >>"$tmp/fine"
	awk -F '\t' -v known="$tmp/fine" 'BEGIN { while ((getline n <known) > 0) fine[n] = 1 } { print (FNR in fine) "\t" $0 }' "$tmp/rows" >"$tmp/judged"
	while IFS=$tab read -r fine kind name complaint handle tail call _; do
		if [ "$fine" = 1 ]; then
			ok "$name"
		elif compile "$1" "$2" "$3" "$handle" "$tail" "$call"; then
			if [ "$kind" = taken ]; then ok "$name"; else not_ok "$name"; fi
		elif [ "$kind" = taken ]; then
			not_ok "$name" "$tmp/log"
		elif [ "$complaint" != - ] && ! grep -qF -e "$complaint" "$tmp/log"; then
			not_ok "$name (another complaint)" "$tmp/log"
		else
			ok "$name"
		fi
	done <"$tmp/judged"
	rm "$tmp/rows"
}
tab=$(printf '\t')

# What the complaint must contain for the calls that go against a direction, so that it is no other error that is seen.
reason() { # LANGUAGE CALL
	case $1 in
	C) echo 'dma_wrong_' ;;
	*) echo 'deleted' ;;
	esac
}

# The core's handle is told its direction.
core() { # HANDLE CALL
	case $1 in
	core) echo "$2" | sed 's/(&h, dev, 0,/(\&h, dev, DMA_BIDIRECTIONAL,/' ;;
	*) echo "$2" ;;
	esac
}

try() { # COMPILER LANGUAGE LANGUAGE-FLAGS
	if ! have "$1"; then
		skip "misuse with $1" "$1 is missing"
		return
	fi
	while read -r refuse take call; do
		for short in $(echo "$refuse" | tr ',' ' '); do
			complaint=$(reason "$2")
			[ "$take" != - ] || complaint=-
			[ "$short" = - ] || row refused "$1 refuses, on $short: $call" "$complaint" "$(type "$short")" "$(type "$short")" "$call"
		done
		for short in $(echo "$take" | tr ',' ' '); do
			[ "$short" = - ] || row taken "$1 takes, on $short: $call" - "$(type "$short")" "$(type "$short")" "$call"
		done
	done <"$tmp/table"
	while read -r short line; do
		complaint=${line%%|*} calls=${line#*|}
		wrong=${calls%%|*} right=${calls#*|}
		row refused "$1 refuses, on $short: $wrong" "$complaint" "$(type "$short")" "$(type "$short")" "$(core "$short" "$wrong")"
		core "$short" "$right; " >>"$tmp/right-$short"
	done <"$tmp/values"
	for short in to from both core; do # what was meant, all at once
		row taken "$1 takes, on $short, what was meant" - "$(type "$short")" "$(type "$short")" "$(tr '\n' ' ' <"$tmp/right-$short")"
		rm "$tmp/right-$short"
	done
	for short in to from both core; do
		for tail in to from both core; do
			[ $short = $tail ] || row refused "$1 refuses to split $short into $tail" - "$(type $short)" "$(type $tail)" \
				'error = dma_stream_split(&h, 4096, &tail)'
		done
	done
	judge "$1" "$3" -fsyntax-only
	while IFS='|' read -r short wrong _; do
		row refused "$1 refuses, on $short: $wrong" 'more entries than the array has' "$(type "$short")" "$(type "$short")" "$wrong"
	done <"$tmp/entries"
	judge "$1" "$3" "-O2 -c -o $tmp/object"
	for level in 0 s 2; do
		while IFS='|' read -r short _ right; do
			row taken "$1 -O$level takes, on $short: $right" - "$(type "$short")" "$(type "$short")" "$right"
		done <"$tmp/entries"
		judge "$1" "$3" "-O$level -c -o $tmp/object"
	done
}

cxx=$(echo " $WARN " | sed 's/ -Wshadow / /')
try gcc C "-std=c11 $WARN $WARN_C"
try clang C "-std=c11 $WARN $WARN_C"
try g++ C++ "-std=c++17 -x c++ $cxx"
try clang++ C++ "-std=c++17 -x c++ $cxx"
finish
