/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Each kind of handle (handles.h): made, used and released.
 */
#include "handles.h"

struct rig handle_rig;
static struct dma_piece pieces[1];
static struct dma_stream whole;
static struct dma_pool pool;
static struct dma_segment kept;
static unsigned char byte;

static int allowed(const struct dma_device *dev, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus, void *context)
{
	(void)dev, (void)registers, (void)nbytes, (void)bus, (void)context;
	return 0;
}

/* ---- Kinds: made, used, released ---- */

static int make_stream(union handle *h)
{
	return dma_stream_alloc(&h->stream, &handle_rig.dev.dma, DMA_BIDIRECTIONAL, 1);
}

static int use_stream(union handle *h)
{
	return dma_stream_read_bytes(&h->stream, 3, &byte, 1);
}

/* Memory of somebody else, who goes on using it. */
static int make_mapped(union handle *h)
{
	struct dma_segment seg = {0};
	int error = core_segment(&seg, 1, 1) ? dma_segment_clone(&seg, &kept) : DMA_ENOMEM;

	return error ? error : dma_stream_map(&h->stream, &handle_rig.dev.dma, DMA_BIDIRECTIONAL, &seg);
}

static int sync_stream(union handle *h)
{
	int error = dma_stream_sync_to_device(&h->stream, 3, 1);

	return error ? error : dma_stream_sync_from_device(&h->stream, 0, 64);
}

static int cut_stream(union handle *h)
{
	struct dma_stream tail = {0};
	int error = dma_stream_split(&h->stream, PAGE, &tail);

	dma_stream_release(&tail);
	return error;
}

static int make_two_pages(union handle *h)
{
	return dma_stream_alloc(&h->stream, &handle_rig.dev.dma, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 2);
}

static int slice_stream(union handle *h)
{
	struct dma_slice slice;

	return dma_stream_slice(&h->stream, 0, 256, &slice);
}

static int release_stream(union handle *h)
{
	dma_stream_release(&h->stream);
	return 0;
}

static int release_batch(union handle *h)
{
	struct dma_stream *one = &h->stream;

	dma_batch_release(&one, 1);
	return 0;
}

static int make_coherent(union handle *h)
{
	return dma_coherent_alloc(&h->coherent, &handle_rig.dev.dma, 0, 1);
}

static int use_coherent(union handle *h)
{
	return dma_coherent_read_bytes(&h->coherent, 3, &byte, 1);
}

static int release_coherent(union handle *h)
{
	dma_coherent_release(&h->coherent);
	return 0;
}

static int make_ring(union handle *h)
{
	return dma_ring_alloc(&h->ring, &handle_rig.dev.dma, 8);
}

static int use_ring(union handle *h)
{
	volatile struct word *entry = dma_ring_tail_entry(&h->ring);

	if (!entry)
		return DMA_EINVAL;
	entry->of = 1;
	dma_publish();
	return 0;
}

static int release_ring(union handle *h)
{
	dma_ring_release(&h->ring);
	return 0;
}

static int make_counted(union handle *h)
{
	int error;

	error = dma_stream_alloc(&whole, &handle_rig.dev.dma, DMA_BIDIRECTIONAL, 1);
	return error ? error : dma_counted_stream_init(&h->counted, &whole, NULL);
}

static int use_counted(union handle *h)
{
	return dma_stream_read_bytes(&h->counted.stream, 3, &byte, 1);
}

static int release_counted(union handle *h)
{
	(void)dma_counted_stream_put(&h->counted);
	return 0;
}

static int make_slice(union handle *h)
{
	int error = dma_stream_alloc(&whole, &handle_rig.dev.dma, DMA_BIDIRECTIONAL, 1);

	h->part.whole = &whole;
	return error ? error : dma_stream_slice(&whole, 0, 256, &h->part.slice);
}

static int use_slice(union handle *h)
{
	return dma_slice_read_bytes(&h->part.slice, 3, &byte, 1);
}

static int release_slice(union handle *h)
{
	if (h->part.whole)
		dma_stream_release(h->part.whole);
	return 0;
}

static int make_buffer(union handle *h)
{
	struct dma_segment seg = {0};
	int error = core_segment(&seg, 1, 1) ? 0 : DMA_ENOMEM;

	if (!error)
		error = dma_buffer_map_segment(&h->buffer, &handle_rig.dev.dma, DMA_BIDIRECTIONAL, &seg, 100, 300);
	dma_segment_drop(&seg);
	return error;
}

static int use_buffer(union handle *h)
{
	return dma_buffer_read_bytes(&h->buffer, 3, &byte, 1);
}

static int release_buffer(union handle *h)
{
	dma_buffer_release(&h->buffer);
	return 0;
}

static int make_list(union handle *h)
{
	struct dma_segment seg = {0};
	int error = core_segment(&seg, 1, 1) ? 0 : DMA_ENOMEM;

	dma_list_init(&h->list, pieces, 1);
	if (!error)
		error = dma_list_own_segment(&h->list, &seg, 100, 300);
	return error ? error : dma_list_map(&h->list, &handle_rig.dev.dma, DMA_BIDIRECTIONAL);
}

static int use_list(union handle *h)
{
	return dma_list_read_bytes(&h->list, 3, &byte, 1);
}

static int release_list(union handle *h)
{
	dma_list_release(&h->list);
	return 0;
}

static int make_scattered(union handle *h)
{
	return dma_scattered_alloc(&h->scattered, &handle_rig.dev.dma, DMA_BIDIRECTIONAL, 3);
}

static int use_scattered(union handle *h)
{
	return dma_scattered_read_bytes(&h->scattered, 3, &byte, 1);
}

static int release_scattered(union handle *h)
{
	dma_scattered_release(&h->scattered);
	return 0;
}

static int make_peer(union handle *h)
{
	return dma_peer_map(&h->peer, &handle_rig.dev.dma, DMA_FROM_DEVICE, dma_paddr(0x30000000), PAGE);
}

static int use_peer(union handle *h)
{
	return dma_peer_size(&h->peer) != 0 && rig_reaches(h->peer.daddr.raw, true) ? 0 : DMA_EINVAL;
}

static int release_peer(union handle *h)
{
	dma_peer_release(&h->peer);
	return 0;
}

static const struct dma_pool_config config = {
	.name = "p", .dir = DMA_BIDIRECTIONAL, .block_size = 256, .blocks = 4, .reserve = 1};

static int make_pool(union handle *h)
{
	return dma_pool_create(&h->pool, &handle_rig.dev.dma, &config);
}

static int use_pool(union handle *h)
{
	struct dma_block *block;
	int error = dma_pool_get(&h->pool, &block);

	return error ? error : dma_pool_put(&h->pool, block);
}

static int release_pool(union handle *h)
{
	return dma_pool_destroy(&h->pool);
}

static int make_block(union handle *h)
{
	int error = pool.dev ? 0 : dma_pool_create(&pool, &handle_rig.dev.dma, &config);

	h->block.pool = &pool;
	return error ? error : dma_pool_get(&pool, &h->block.block);
}

static int use_block(union handle *h)
{
	return h->block.block ? dma_slice_read_bytes(&h->block.block->slice, 3, &byte, 1) : DMA_EINVAL;
}

static int release_block(union handle *h)
{
	return h->block.pool ? dma_pool_put(h->block.pool, h->block.block) : 0;
}

static int make_arena(union handle *h)
{
	struct dma_slice slice;
	int error = dma_arena_create(&h->arena, &handle_rig.dev.dma, DMA_BIDIRECTIONAL, 1);

	for (unsigned i = 0; i < 3 && !error; i++) /* it has a further stream */
		error = dma_arena_alloc(&h->arena, PAGE / 2, 1, &slice);
	return error;
}

static int use_arena(union handle *h)
{
	struct dma_slice slice;
	int error = dma_arena_alloc(&h->arena, 64, 1, &slice);

	return error ? error : dma_slice_fill(&slice, 0, 0, 64);
}

static int release_arena(union handle *h)
{
	return dma_arena_destroy(&h->arena);
}

static int make_segment(union handle *h)
{
	return dma_segment_alloc(&h->segment, 1, UINT64_MAX, 0);
}

static int use_segment(union handle *h)
{
	struct dma_segment clone = {0};
	int error = dma_segment_clone(&h->segment, &clone);

	dma_segment_drop(&clone);
	return error;
}

static int release_segment(union handle *h)
{
	dma_segment_drop(&h->segment);
	return 0;
}

/* ---- The table ---- */

const struct handle_kind handle_kinds[] = {
	{"stream", make_stream, use_stream, release_stream, {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	{"stream, synced",
	 make_stream,
	 sync_stream,
	 release_stream,
	 {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	{"stream, sliced",
	 make_stream,
	 slice_stream,
	 release_stream,
	 {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	{"stream, split",
	 make_two_pages,
	 cut_stream,
	 release_stream,
	 {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	{"mapped stream", make_mapped, use_stream, release_stream, {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	{"mapped stream, synced",
	 make_mapped,
	 sync_stream,
	 release_stream,
	 {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	{"stream, in a batch",
	 make_stream,
	 use_stream,
	 release_batch,
	 {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	{"coherent memory",
	 make_coherent,
	 use_coherent,
	 release_coherent,
	 {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	/* A ring's copy is used by a plain pointer, which leads nowhere after the release: the program ends there. */
	{"ring", make_ring, use_ring, release_ring, {CODE, WORKS, WORKS, CODE, WORKS, NONE, REPORTED}},
	{"counted stream",
	 make_counted,
	 use_counted,
	 release_counted,
	 {CODE, REPORTED, REPORTED, CODE, WORKS, MISUSE, REPORTED}},
	{"slice", make_slice, use_slice, release_slice, {CODE, WORKS, WORKS, MISUSE, WORKS, MISUSE, WORKS}},
	{"buffer", make_buffer, use_buffer, release_buffer, {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	{"list", make_list, use_list, release_list, {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	{"scattered memory",
	 make_scattered,
	 use_scattered,
	 release_scattered,
	 {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
	/* Registers have no call for the CPU; the device's way there is closed (peer.c). */
	{"registers of a peer", make_peer, use_peer, release_peer, {CODE, WORKS, WORKS, CODE, WORKS, NONE, REPORTED}},
	{"pool", make_pool, use_pool, release_pool, {CODE, WORKS, WORKS, CODE, MISUSE, MISUSE, MISUSE}},
	{"block of a pool", make_block, use_block, release_block, {CODE, WORKS, MISUSE, MISUSE, WORKS, MISUSE, MISUSE}},
	{"arena", make_arena, use_arena, release_arena, {CODE, WORKS, WORKS, CODE, MISUSE, MISUSE, MISUSE}},
	{"segment", make_segment, use_segment, release_segment, {CODE, WORKS, WORKS, CODE, WORKS, MISUSE, REPORTED}},
};

const unsigned handle_nkinds = sizeof(handle_kinds) / sizeof(*handle_kinds);

void handles_begin(void)
{
	memset(&pool, 0, sizeof(pool));
	memset(&whole, 0, sizeof(whole));
	memset(&kept, 0, sizeof(kept));
	dma_peers_with(allowed, NULL);
}

void handles_end(void)
{
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	dma_segment_drop(&kept);
}
