/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Several CPUs: each maps, syncs and releases lists, buffers, scattered memory and registers of its own on one
 * device, so that they share its addresses, its bounces and its ledger; and each syncs its own range of one stream,
 * its slices, a list, a buffer and scattered memory, all of which are armed again, and of an arena. Meant for the
 * thread sanitizer.
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <pthread.h>

#define THREADS 4
#define ROUNDS	60
#define PIECES	3

static struct rig rig;
static struct dma_stream together_armed;
static struct dma_scattered together_scattered;
static struct dma_arena together_arena;
static struct dma_slice together_slices[THREADS];
static struct dma_list together_list;
static struct dma_piece together_pieces[THREADS];
static struct dma_buffer together_buffer;

struct thread {
	unsigned number;
	struct rig_memory memory[PIECES];
	unsigned failures;
};

static void expect(struct thread *t, bool fine)
{
	t->failures += !fine;
}

/* Offsets and lengths that differ from round to round. */
static size_t offset_of(unsigned round)
{
	return round % 5 * 64 + (round & 1) * 3;
}

static void by_list(struct thread *t, unsigned round)
{
	struct dma_piece pieces[PIECES];
	unsigned char out[200], in[200];
	struct dma_list l;
	size_t n;

	dma_list_init(&l, pieces, PIECES);
	for (unsigned i = 0; i < PIECES; i++)
		expect(t, dma_list_add_segment(&l, &t->memory[i].seg, offset_of(round + i), 300) == 0);
	if (dma_list_map(&l, &rig.dev.dma, DMA_BIDIRECTIONAL)) {
		t->failures++;
		return;
	}
	n = dma_list_size(&l);
	core_pattern(out, t->number * 100 + round, 0, sizeof(out));
	expect(t, dma_list_write_bytes(&l, 250, out, sizeof(out)) == 0);
	expect(t, dma_list_sync_to_device(&l, 0, n) == 0);
	expect(t, dma_list_sync_from_device(&l, 0, n) == 0);
	expect(t, dma_list_read_bytes(&l, 250, in, sizeof(in)) == 0 && memcmp(in, out, sizeof(in)) == 0);
	dma_list_release(&l);
}

static void by_buffer(struct thread *t, unsigned round)
{
	struct dma_buffer b = {0};
	struct dma_segment seg = {0};

	expect(t, dma_segment_clone(&t->memory[0].seg, &seg) == 0);
	expect(t, dma_buffer_map_segment(&b, &rig.dev.dma, DMA_TO_DEVICE, &seg, offset_of(round), 400) == 0);
	expect(t, dma_buffer_sync_to_device(&b, 0, 400) == 0);
	dma_buffer_release(&b);
	dma_segment_drop(&seg);
}

static void by_batch(struct thread *t)
{
	struct dma_stream streams[PIECES], *named[PIECES];

	for (unsigned i = 0; i < PIECES; i++) {
		struct dma_segment seg = {0};

		streams[i] = (struct dma_stream){0};
		named[i] = &streams[i];
		expect(t, dma_segment_clone(&t->memory[i].seg, &seg) == 0);
		expect(t, dma_stream_map(&streams[i], &rig.dev.dma, DMA_BIDIRECTIONAL, &seg) == 0);
	}
	dma_batch_release(named, PIECES);
}

/* Its page of what is armed again: the CPU clears what the device wrote, and hands it over without a release. */
static void by_rearm(struct thread *t)
{
	static const unsigned char zeros[64];
	const size_t off = t->number * PAGE;
	const struct dma_slice *slice = &together_slices[t->number];
	unsigned char in[64];

	expect(t, dma_slice_sync_from_device(slice, 0, PAGE) == 0 && dma_slice_fill(slice, 0, 0, 64) == 0);
	expect(t, dma_slice_sync_to_device(slice, 0, 64) == 0); /* so is what was written to a bidirectional one */
	expect(t, dma_slice_rearm(slice, 0, PAGE) == 0 && dma_slice_read_bytes(slice, 0, in, 64) == 0);
	expect(t, memcmp(in, zeros, sizeof(in)) == 0);
	expect(t, dma_list_sync_from_device(&together_list, off, PAGE) == 0);
	expect(t, dma_list_write_bytes(&together_list, off, zeros, sizeof(zeros)) == 0);
	expect(t, dma_list_sync_to_device(&together_list, off, sizeof(zeros)) == 0);
	expect(t, dma_list_rearm(&together_list, off, PAGE) == 0);
	expect(t, dma_buffer_sync_from_device(&together_buffer, off, PAGE) == 0);
	expect(t, dma_buffer_write_bytes(&together_buffer, off, zeros, sizeof(zeros)) == 0);
	expect(t, dma_buffer_sync_to_device(&together_buffer, off, sizeof(zeros)) == 0);
	expect(t, dma_buffer_rearm(&together_buffer, off, PAGE) == 0);
	if (rig.kind != RIG_NONE)
		expect(t, dma_scattered_rearm(&together_scattered, off, PAGE) == 0);
}

/* Its page of what all of them use at once. */
static void by_range(struct thread *t, unsigned round)
{
	const size_t off = t->number * PAGE;
	struct dma_slice slice;
	unsigned char bytes[64];

	expect(t, dma_stream_sync_from_device(&together_armed, off, PAGE) == 0);
	expect(t, dma_stream_rearm(&together_armed, off, PAGE) == 0);
	expect(t, dma_arena_alloc(&together_arena, 64, 64, &slice) == 0);
	expect(t, dma_slice_fill(&slice, 0, (unsigned char)round, 64) == 0);
	expect(t, dma_slice_sync_to_device(&slice, 0, 64) == 0);
	if (rig.kind == RIG_NONE)
		return;
	core_pattern(bytes, round, 0, sizeof(bytes));
	expect(t, dma_scattered_write_bytes(&together_scattered, off, bytes, sizeof(bytes)) == 0);
	expect(t, dma_scattered_sync_to_device(&together_scattered, off, PAGE) == 0);
	expect(t, dma_scattered_sync_from_device(&together_scattered, off, PAGE) == 0);
	expect(t, dma_scattered_read_bytes(&together_scattered, off, bytes, sizeof(bytes)) == 0);
	expect(t, core_is_pattern(bytes, round, 0, sizeof(bytes)));
}

static int allowed(const struct dma_device *dev, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus, void *context)
{
	(void)dev, (void)registers, (void)nbytes, (void)bus, (void)context;
	return 0;
}

static void by_peer(struct thread *t)
{
	struct dma_peer p = {0};

	expect(t, dma_peer_map(&p, &rig.dev.dma, DMA_FROM_DEVICE, dma_paddr(0x30000000 + t->number * PAGE), PAGE) == 0);
	dma_peer_release(&p);
}

static void by_scattered(struct thread *t, unsigned round)
{
	struct dma_scattered s = {0};
	unsigned char byte = (unsigned char)round;

	if (rig.kind == RIG_NONE)
		return;
	expect(t, dma_scattered_alloc(&s, &rig.dev.dma, DMA_BIDIRECTIONAL, 3) == 0);
	expect(t, dma_scattered_write_bytes(&s, 2 * PAGE - 1, &byte, 1) == 0);
	expect(t, dma_scattered_sync_to_device(&s, PAGE, PAGE) == 0);
	dma_scattered_release(&s);
}

static void *live(void *arg)
{
	struct thread *t = arg;

	sim_set_cpu(t->number);
	for (unsigned round = 0; round < ROUNDS; round++) {
		by_list(t, round);
		by_buffer(t, round);
		by_batch(t);
		by_range(t, round);
		by_rearm(t);
		if (round % 8 == 0) {
			by_peer(t);
			by_scattered(t, round);
		}
		if (round % 16 == 7)
			(void)dma_reclaim();
	}
	sim_handover();
	return NULL;
}

/* What the threads arm again, a page for each. */
static void arm(struct rig_memory *memory)
{
	struct dma_segment of_list = {0}, of_buffer = {0};

	SIM_CHECK(rig_memory(memory, 0, THREADS * PAGE, 9));
	for (unsigned i = 0; i < THREADS; i++)
		SIM_CHECK(dma_stream_slice(&together_armed, i * PAGE, PAGE, &together_slices[i]) == 0);
	SIM_CHECK(dma_segment_alloc(&of_list, THREADS, UINT64_MAX, 0) == 0);
	SIM_CHECK(dma_segment_clone(&memory->seg, &of_buffer) == 0);
	dma_list_init(&together_list, together_pieces, THREADS);
	SIM_CHECK(dma_list_own_segment(&together_list, &of_list, 0, THREADS * PAGE) == 0);
	SIM_CHECK(dma_list_map(&together_list, &rig.dev.dma, DMA_BIDIRECTIONAL) == 0);
	SIM_CHECK(dma_buffer_map_segment(&together_buffer, &rig.dev.dma, DMA_BIDIRECTIONAL, &of_buffer, 0,
					 THREADS * PAGE) == 0);
}

static void disarm(struct rig_memory *memory)
{
	dma_list_release(&together_list);
	dma_buffer_release(&together_buffer);
	rig_forget(memory);
}

static void together(void *arg)
{
	enum rig_iommu kind = *(enum rig_iommu *)arg;
	struct thread threads[THREADS];
	struct rig_memory memory;
	pthread_t ids[THREADS];

	rig_open(&rig, kind);
	dma_peers_with(allowed, NULL);
	SIM_CHECK(dma_stream_alloc_uninit(&together_armed, &rig.dev.dma, DMA_BIDIRECTIONAL, THREADS) == 0);
	SIM_CHECK(dma_arena_create(&together_arena, &rig.dev.dma, DMA_TO_DEVICE, 8) == 0);
	arm(&memory);
	if (kind != RIG_NONE)
		SIM_CHECK(dma_scattered_alloc(&together_scattered, &rig.dev.dma, DMA_BIDIRECTIONAL, THREADS) == 0);
	for (unsigned i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){.number = i};
		for (unsigned k = 0; k < PIECES; k++)
			SIM_CHECK(rig_memory(&threads[i].memory[k], 0, PAGE, k));
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&ids[i], NULL, live, &threads[i]);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		SIM_CHECK(threads[i].failures == 0);
		for (unsigned k = 0; k < PIECES; k++)
			rig_forget(&threads[i].memory[k]);
	}
	disarm(&memory);
	dma_stream_release(&together_armed);
	dma_scattered_release(&together_scattered);
	SIM_CHECK(dma_arena_destroy(&together_arena) == 0);
	rig_close(&rig);
}

static void several_cpus(void **state)
{
	static const char *const machines[] = {"low=2,high=2", "low=2,high=2,untrusted", "low=2,high=2,noncoherent",
					       "low=2,high=2,mask=32"};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		for (unsigned k = RIG_NONE; k < RIG_IOMMUS; k++) {
			struct sim_config machine = sim_config_plain(machines[i]);
			enum rig_iommu kind = (enum rig_iommu)k;

			machine.cpus = THREADS;
			assert_int_equal(sim_run(&machine, together, &kind), 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_cpus),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
