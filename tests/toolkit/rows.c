/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lists, buffers, batches, counted streams, coherent memory by pointer, rings, and streams that are armed again, on
 * each row of the truth table (the CPU can sync, the device snoops, the VM is confidential), with each line size,
 * without an IOMMU and behind a strict and a deferred one, handled with interrupts off: bytes both ways, and no access
 * of the device after a strict release.
 *
 * Slices, pools and arenas: slices_rows.c. Scattered memory and peers: their own files. Hooks that fail: matrix.c.
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>

/* Once nothing of it is mapped any more. */
static void out_of_reach(const struct rig *rig, uint64_t daddr)
{
	if (rig->kind == RIG_STRICT)
		SIM_CHECK(!rig_reaches(daddr, false) && !rig_reaches(daddr, true));
}

/* ---- Lists and buffers ---- */

#define PIECES 3

static const struct {
	size_t offset, nbytes;
} shape[PIECES] = {{PAGE - 200, 200}, {0, PAGE}, {0, 333}};

static void device_moves(struct rig *rig, const struct dma_list *l, unsigned char *bytes, bool write)
{
	struct dma_list_walk walk = dma_list_begin(l);
	struct dma_list_entry entry;

	for (; dma_list_next(&walk, &entry); bytes += entry.len)
		SIM_CHECK((write ? sim_device_write(rig->dev.sim, entry.daddr, bytes, entry.len)
				 : sim_device_read(rig->dev.sim, entry.daddr, bytes, entry.len)) == 0);
}

static void list(struct rig *rig, unsigned dir)
{
	struct rig_memory memory[PIECES];
	struct dma_piece pieces[PIECES];
	struct dma_list_entry entry = {{0}, 0};
	struct dma_list_walk walk;
	struct dma_list l;
	unsigned char *bytes;
	size_t n, made = 0;

	dma_list_init(&l, pieces, PIECES);
	for (; made < PIECES; made++) {
		if (!rig_memory(&memory[made], shape[made].offset, shape[made].nbytes, (unsigned)made))
			goto out;
		SIM_CHECK(dma_list_add_segment(&l, &memory[made].seg, shape[made].offset, shape[made].nbytes) == 0);
	}
	n = dma_list_size(&l);
	if (!SIM_CHECK(dma_list_map(&l, &rig->dev.dma, dir) == 0))
		goto out;
	bytes = malloc(n);
	walk = dma_list_begin(&l);
	SIM_CHECK(dma_list_next(&walk, &entry));
	sim_interrupts(false);
	if (dir & DMA_TO_DEVICE) {
		core_pattern(bytes, dir, 0, n);
		SIM_CHECK(dma_list_write_bytes(&l, 0, bytes, n) == 0 && dma_list_sync_to_device(&l, 0, n) == 0);
		memset(bytes, 0, n);
		device_moves(rig, &l, bytes, false);
		SIM_CHECK(core_is_pattern(bytes, dir, 0, n));
	}
	if (dir & DMA_FROM_DEVICE) {
		core_pattern(bytes, dir + 7, 0, n);
		device_moves(rig, &l, bytes, true);
		memset(bytes, 0, n);
		SIM_CHECK(dma_list_sync_from_device(&l, 0, n) == 0 && dma_list_read_bytes(&l, 0, bytes, n) == 0);
		SIM_CHECK(core_is_pattern(bytes, dir + 7, 0, n));
	}
	dma_list_release(&l);
	sim_interrupts(true);
	(void)dma_reclaim();
	if (rig->dev.dma.trusted)
		out_of_reach(rig, entry.daddr.raw);
	free(bytes);
out:
	dma_list_release(&l);
	while (made-- > 0) {
		SIM_CHECK(rig_beside(&memory[made]));
		rig_forget(&memory[made]);
	}
}

static void buffer(struct rig *rig, unsigned dir)
{
	struct dma_segment clone = {0};
	struct dma_buffer b = {0};
	unsigned char bytes[600];
	struct rig_memory m;
	uint64_t daddr;

	if (!rig_memory(&m, 100, sizeof(bytes), 1))
		return;
	SIM_CHECK(dma_segment_clone(&m.seg, &clone) == 0);
	if (SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, dir, &clone, 100, sizeof(bytes)) == 0)) {
		daddr = dma_buffer_daddr(&b).raw;
		sim_interrupts(false);
		if (dir & DMA_TO_DEVICE) {
			core_pattern(bytes, dir, 0, sizeof(bytes));
			SIM_CHECK(dma_buffer_write_bytes(&b, 0, bytes, sizeof(bytes)) == 0);
			SIM_CHECK(dma_buffer_sync_to_device(&b, 0, sizeof(bytes)) == 0);
			memset(bytes, 0, sizeof(bytes));
			SIM_CHECK(sim_device_read(rig->dev.sim, dma_daddr(daddr), bytes, sizeof(bytes)) == 0);
			SIM_CHECK(core_is_pattern(bytes, dir, 0, sizeof(bytes)));
		}
		if (dir & DMA_FROM_DEVICE) {
			core_pattern(bytes, dir + 7, 0, sizeof(bytes));
			SIM_CHECK(sim_device_write(rig->dev.sim, dma_daddr(daddr), bytes, sizeof(bytes)) == 0);
			SIM_CHECK(dma_buffer_sync_from_device(&b, 0, sizeof(bytes)) == 0);
			memset(bytes, 0, sizeof(bytes));
			SIM_CHECK(dma_buffer_read_bytes(&b, 0, bytes, sizeof(bytes)) == 0);
			SIM_CHECK(core_is_pattern(bytes, dir + 7, 0, sizeof(bytes)));
		}
		dma_buffer_release(&b);
		sim_interrupts(true);
		(void)dma_reclaim();
		out_of_reach(rig, daddr);
	}
	dma_segment_drop(&clone);
	SIM_CHECK(rig_beside(&m));
	rig_forget(&m);
}

/* ---- Batches and counted streams ---- */

static void batch(struct rig *rig, unsigned dir)
{
	struct dma_stream streams[3], *named[3] = {&streams[0], &streams[1], &streams[2]};
	struct dma_range ranges[3];
	unsigned char bytes[300];
	uint64_t daddr[3];
	unsigned n = 0;

	for (; n < 3; n++) {
		if (!core_stream(&streams[n], &rig->dev, dir, 1, n != 1, n))
			break;
		ranges[n] = (struct dma_range){&streams[n], 128 * n, sizeof(bytes)};
		daddr[n] = dma_stream_daddr(&streams[n]).raw;
	}
	sim_interrupts(false);
	for (unsigned i = 0; i < n && (dir & DMA_TO_DEVICE); i++) {
		core_pattern(bytes, i, 0, sizeof(bytes));
		SIM_CHECK(dma_stream_write_bytes(&streams[i], ranges[i].off, bytes, sizeof(bytes)) == 0);
	}
	SIM_CHECK(dma_batch_sync_to_device(ranges, n) == (dir & DMA_TO_DEVICE ? 0 : DMA_EACCES));
	for (unsigned i = 0; i < n; i++) {
		dma_daddr_t at = dma_daddr(daddr[i] + ranges[i].off);

		if (dir & DMA_TO_DEVICE) {
			memset(bytes, 0, sizeof(bytes));
			SIM_CHECK(sim_device_read(rig->dev.sim, at, bytes, sizeof(bytes)) == 0);
			SIM_CHECK(core_is_pattern(bytes, i, 0, sizeof(bytes)));
		}
		core_pattern(bytes, i + 9, 0, sizeof(bytes));
		if (dir & DMA_FROM_DEVICE)
			SIM_CHECK(sim_device_write(rig->dev.sim, at, bytes, sizeof(bytes)) == 0);
	}
	SIM_CHECK(dma_batch_sync_from_device(ranges, n) == (dir & DMA_FROM_DEVICE ? 0 : DMA_EACCES));
	for (unsigned i = 0; i < n && (dir & DMA_FROM_DEVICE); i++) {
		SIM_CHECK(dma_stream_read_bytes(&streams[i], ranges[i].off, bytes, sizeof(bytes)) == 0);
		SIM_CHECK(core_is_pattern(bytes, i + 9, 0, sizeof(bytes)));
	}
	dma_batch_release(named, n);
	sim_interrupts(true);
	(void)dma_reclaim();
	for (unsigned i = 0; i < n; i++)
		out_of_reach(rig, daddr[i]);
}

static unsigned gone;

static void count_gone(struct dma_counted_stream *counted)
{
	(void)counted;
	gone++;
}

static void counted(struct rig *rig, unsigned dir)
{
	struct dma_counted_stream c = {0};
	struct dma_stream s;
	uint64_t daddr;

	if (!core_stream(&s, &rig->dev, dir, 1, dir != DMA_TO_DEVICE, 3))
		return;
	gone = 0;
	SIM_CHECK(dma_counted_stream_init(&c, &s, count_gone) == 0 && dma_stream_size(&s) == 0);
	daddr = dma_stream_daddr(&c.stream).raw;
	sim_interrupts(false);
	SIM_CHECK(dma_counted_stream_get(&c) == 0);
	core_exchange(&rig->dev, &c.stream, dir);
	SIM_CHECK(!dma_counted_stream_put(&c) && gone == 0);
	core_exchange(&rig->dev, &c.stream, dir + 1);
	SIM_CHECK(dma_counted_stream_put(&c) && gone == 1);
	sim_interrupts(true);
	(void)dma_reclaim();
	out_of_reach(rig, daddr);
}

/* ---- Coherent memory by pointer, and rings ---- */

static void pointer(struct rig *rig)
{
	struct dma_coherent c = {0};
	volatile uint32_t *words;
	uint32_t seen = 0, sent;
	uint64_t daddr;

	if (!SIM_CHECK(dma_coherent_alloc(&c, &rig->dev.dma, 0, 1) == 0))
		return;
	words = dma_coherent_pointer(&c);
	daddr = dma_coherent_daddr(&c).raw;
	sim_interrupts(false);
	for (uint32_t i = 0; i < 4; i++) {
		words[37 * i] = 1000 + i;
		dma_publish();
		SIM_CHECK(sim_device_read(rig->dev.sim, dma_daddr(daddr + 4 * 37 * i), &seen, 4) == 0);
		SIM_CHECK(seen == 1000 + i);
		sent = 2000 + i;
		SIM_CHECK(sim_device_write(rig->dev.sim, dma_daddr(daddr + 4 * 37 * i + 4), &sent, 4) == 0);
		dma_consume();
		SIM_CHECK(words[37 * i + 1] == sent);
	}
	dma_coherent_release(&c);
	sim_interrupts(true);
	(void)dma_reclaim();
	out_of_reach(rig, daddr);
}

struct entry {
	uint64_t address;
	uint32_t length, phase;
};
DMA_RING(entry_ring, volatile struct entry);

static void ring(struct rig *rig)
{
	struct entry_ring commands = {0}, done = {0};
	struct entry seen;
	uint64_t daddr;

	if (SIM_CHECK(dma_ring_alloc(&commands, &rig->dev.dma, 5) == 0) &&
	    SIM_CHECK(dma_ring_alloc(&done, &rig->dev.dma, 5) == 0)) {
		daddr = dma_ring_daddr(&commands).raw;
		sim_interrupts(false);
		for (uint32_t i = 0; i < 13; i++) {
			dma_daddr_t to = dma_ring_entry_daddr(&commands, dma_ring_tail(&commands));
			dma_daddr_t from = dma_ring_entry_daddr(&done, dma_ring_head(&done));

			dma_ring_tail_entry(&commands)->length = 50 + i;
			SIM_CHECK(dma_ring_produce(&commands) == 0);
			dma_publish();
			SIM_CHECK(sim_device_read(rig->dev.sim, to, &seen, sizeof(seen)) == 0);
			SIM_CHECK(seen.length == 50 + i);
			SIM_CHECK(dma_ring_consume(&commands) == 0);
			SIM_CHECK((dma_ring_head_entry(&done)->phase & 1) != dma_ring_head_phase(&done));
			seen.phase = dma_ring_head_phase(&done);
			SIM_CHECK(sim_device_write(rig->dev.sim, from, &seen, sizeof(seen)) == 0);
			dma_consume();
			SIM_CHECK((dma_ring_head_entry(&done)->phase & 1) == dma_ring_head_phase(&done));
			SIM_CHECK(dma_ring_head_entry(&done)->length == 50 + i);
			dma_ring_follow(&done);
		}
		dma_ring_release(&commands);
		sim_interrupts(true);
		(void)dma_reclaim();
		out_of_reach(rig, daddr);
	}
	dma_ring_release(&commands);
	dma_ring_release(&done);
}

/* ---- Armed again ---- */

static void rearm(struct rig *rig, unsigned dir)
{
	unsigned char bytes[500];
	struct dma_stream s;

	if (!core_stream(&s, &rig->dev, dir, 1, dir == DMA_FROM_DEVICE, 5))
		return;
	sim_interrupts(false);
	for (unsigned round = 0; round < 3; round++) {
		core_pattern(bytes, round, 0, sizeof(bytes));
		SIM_CHECK(sim_device_write(rig->dev.sim, dma_stream_daddr(&s), bytes, sizeof(bytes)) == 0);
		SIM_CHECK(dma_stream_sync_from_device(&s, 0, sizeof(bytes)) == 0);
		memset(bytes, 0, sizeof(bytes));
		SIM_CHECK(dma_stream_read_bytes(&s, 0, bytes, sizeof(bytes)) == 0);
		SIM_CHECK(core_is_pattern(bytes, round, 0, sizeof(bytes)));
		SIM_CHECK(dma_stream_rearm(&s, 0, dma_stream_size(&s)) == 0);
	}
	dma_stream_release(&s);
	sim_interrupts(true);
	(void)dma_reclaim();
}

/* ---- All of it ---- */

static void all(struct rig *rig)
{
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		list(rig, dir);
		buffer(rig, dir);
		batch(rig, dir);
		counted(rig, dir);
		if (dir & DMA_FROM_DEVICE)
			rearm(rig, dir);
	}
	pointer(rig);
	ring(rig);
}

static void every_row_line_and_iommu(void **state)
{
	(void)state;
	rig_on_every_row("", all);
}

static void devices_that_are_not_trusted(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,untrusted", RIG_STRICT, all), 0);
	assert_int_equal(rig_on("low=1,high=1,untrusted,noncoherent", RIG_STRICT, all), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_line_and_iommu),
		cmocka_unit_test(devices_that_are_not_trusted),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
