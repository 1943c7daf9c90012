/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What becomes of each handle of the toolkit that is empty, released twice, moved, used as a copy after its original
 * was released, or released as a copy: nothing, a code, or a report that says what to do; and never a lost frame. The
 * table that this program prints stands in docs/drivers.md.
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdio.h>

struct word {
	uint32_t of;
};
DMA_RING(word_ring, volatile struct word);

union handle {
	struct dma_stream stream;
	struct dma_coherent coherent;
	struct word_ring ring;
	struct dma_counted_stream counted;
	struct dma_buffer buffer;
	struct dma_list list;
	struct dma_scattered scattered;
	struct dma_peer peer;
	struct dma_pool pool;
	struct dma_arena arena;
	struct dma_segment segment;
	struct {
		struct dma_slice slice;
		struct dma_stream *whole;
	} part;
	struct {
		struct dma_block *block;
		struct dma_pool *pool;
	} block;
};

static struct rig rig;
static struct dma_piece pieces[1];
static struct dma_stream whole;
static struct dma_pool pool;
static unsigned char byte;

static int allowed(const struct dma_device *dev, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus, void *context)
{
	(void)dev, (void)registers, (void)nbytes, (void)bus, (void)context;
	return 0;
}

/* ---- Kinds: made, used, released ---- */

static int make_stream(union handle *h)
{
	return dma_stream_alloc(&h->stream, &rig.dev.dma, DMA_BIDIRECTIONAL, 1);
}

static int use_stream(union handle *h)
{
	return dma_stream_read_bytes(&h->stream, 3, &byte, 1);
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
	return dma_coherent_alloc(&h->coherent, &rig.dev.dma, 0, 1);
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
	return dma_ring_alloc(&h->ring, &rig.dev.dma, 8);
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

	error = dma_stream_alloc(&whole, &rig.dev.dma, DMA_BIDIRECTIONAL, 1);
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
	int error = dma_stream_alloc(&whole, &rig.dev.dma, DMA_BIDIRECTIONAL, 1);

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
		error = dma_buffer_map_segment(&h->buffer, &rig.dev.dma, DMA_BIDIRECTIONAL, &seg, 100, 300);
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
	return error ? error : dma_list_map(&h->list, &rig.dev.dma, DMA_BIDIRECTIONAL);
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
	return dma_scattered_alloc(&h->scattered, &rig.dev.dma, DMA_BIDIRECTIONAL, 3);
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
	return dma_peer_map(&h->peer, &rig.dev.dma, DMA_FROM_DEVICE, dma_paddr(0x30000000), PAGE);
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
	return dma_pool_create(&h->pool, &rig.dev.dma, &config);
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
	int error = pool.dev ? 0 : dma_pool_create(&pool, &rig.dev.dma, &config);

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
	int error = dma_arena_create(&h->arena, &rig.dev.dma, DMA_BIDIRECTIONAL, 1);

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

enum done { EMPTY_USED, EMPTY_RELEASED, TWICE, USED_AFTER, MOVED, COPY_USED, COPY_RELEASED, DONES };

static const char *const done_names[DONES] = {"empty, used", "empty, released", "released twice", "used after",
					      "moved",	     "copy used after", "copy released"};

enum what {
	WORKS,	  /* and nothing is reported */
	CODE,	  /* DMA_EINVAL, and nothing is reported */
	MISUSE,	  /* DMA_EINVAL and a line in the log, on every machine */
	REPORTED, /* by the simulated machine */
	NONE,	  /* there is no such thing: the reason stands beside it */
};

static const char *const what_names[] = {"nothing happens / works", "DMA_EINVAL", "DMA_EINVAL, logged", "reported",
					 "-"};

static const struct kind {
	const char *name;
	int (*make)(union handle *);
	int (*use)(union handle *);
	int (*release)(union handle *);
	enum what expected[DONES];
} kinds[] = {
	{"stream", make_stream, use_stream, release_stream, {CODE, WORKS, WORKS, CODE, WORKS, REPORTED, REPORTED}},
	{"stream, in a batch",
	 make_stream,
	 use_stream,
	 release_batch,
	 {CODE, WORKS, WORKS, CODE, WORKS, REPORTED, REPORTED}},
	{"coherent memory",
	 make_coherent,
	 use_coherent,
	 release_coherent,
	 {CODE, WORKS, WORKS, CODE, WORKS, REPORTED, REPORTED}},
	/* A ring's copy is used by a plain pointer, which leads nowhere after the release: the program ends there. */
	{"ring", make_ring, use_ring, release_ring, {CODE, WORKS, WORKS, CODE, WORKS, NONE, REPORTED}},
	{"counted stream",
	 make_counted,
	 use_counted,
	 release_counted,
	 {CODE, REPORTED, REPORTED, CODE, WORKS, REPORTED, REPORTED}},
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

struct cell {
	const struct kind *kind;
	enum done done;
	int code; /* of the call that the cell is about */
};

static void attempt(void *arg)
{
	static union handle a, b, zero;
	struct cell *cell = arg;
	const struct kind *k = cell->kind;

	memset(&a, 0, sizeof(a));
	b = zero;
	memset(&pool, 0, sizeof(pool));
	memset(&whole, 0, sizeof(whole));
	rig_open(&rig, RIG_STRICT);
	dma_peers_with(allowed, NULL);
	if (cell->done > EMPTY_RELEASED)
		SIM_CHECK(k->make(&a) == 0);
	b = a;
	switch (cell->done) {
	case EMPTY_USED:
		cell->code = k->use(&a);
		break;
	case EMPTY_RELEASED:
		cell->code = k->release(&a);
		break;
	case TWICE:
		SIM_CHECK(k->release(&a) == 0);
		cell->code = k->release(&a);
		break;
	case USED_AFTER:
		SIM_CHECK(k->release(&a) == 0);
		cell->code = k->use(&a);
		break;
	case MOVED:
		a = zero;
		cell->code = k->use(&b);
		if (!cell->code)
			cell->code = k->release(&b);
		a = b;
		break;
	case COPY_USED:
		SIM_CHECK(k->release(&a) == 0);
		cell->code = k->use(&b);
		break;
	default:
		SIM_CHECK(k->release(&a) == 0);
		cell->code = k->release(&b);
		break;
	}
	if (cell->done == MOVED && cell->code)
		SIM_CHECK(k->release(&a) == 0); /* back where it was */
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	(void)dma_reclaim();
	rig_close(&rig);
}

static enum what seen(const struct cell *cell)
{
	if (cell->code == DMA_EINVAL)
		return sim_failures() == 0 ? CODE : MISUSE;
	return sim_failures() == 0 ? WORKS : REPORTED;
}

static void every_handle(void **state)
{
	static const char *const machines[] = {"low=1,high=1", "low=1,high=1,noncoherent,line=128",
					       "low=1,high=1,mask=32", "low=1,high=1,cvm"};
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		for (unsigned done = 0; done < DONES; done++) {
			enum what expected = kinds[i].expected[done], got = NONE;

			for (size_t m = 0; m < sizeof(machines) / sizeof(*machines) && expected != NONE; m++) {
				struct sim_config machine = sim_config_plain(machines[m]);
				struct cell cell = {&kinds[i], (enum done)done, 0};

				machine.quiet = true;
				(void)sim_run(&machine, attempt, &cell);
				got = seen(&cell);
				/* The pool of shared frames keeps them: they are still the library's. */
				if (machine.cvm && done == COPY_USED && expected == REPORTED && got == WORKS)
					got = REPORTED;
				if (got != expected) {
					printf("# WRONG on %s: %s: %.200s\n", machines[m], what_names[got],
					       sim_report());
					wrong++;
				}
			}
			printf("# %-20s %-16s %s\n", kinds[i].name, done_names[done], what_names[got]);
			fflush(stdout);
		}
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_handle),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
