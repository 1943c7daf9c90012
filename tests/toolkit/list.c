/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lists: scattered pieces of every shape, handed over and back in ranges that span them; what the device is told; and
 * whose the memory is.
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdlib.h>

#define PIECES 6
#define MOST   ((size_t)8 * PAGE)

/* A list over memory of the CPU's, and the bytes that it should hold. */
struct sample {
	struct rig_memory memory[PIECES];
	struct dma_piece pieces[PIECES];
	struct dma_list list;
	size_t n;
	unsigned char *file;
};

struct shape {
	size_t offset, nbytes;
};

static bool make(struct sample *s, const struct shape *shapes, size_t n, bool own)
{
	size_t total = 0;

	memset(s, 0, sizeof(*s));
	s->file = malloc(MOST);
	dma_list_init(&s->list, s->pieces, PIECES);
	for (s->n = 0; s->n < n; s->n++) {
		struct rig_memory *m = &s->memory[s->n];
		struct dma_segment seg = {0};

		if (!rig_memory(m, shapes[s->n].offset, shapes[s->n].nbytes, (unsigned)s->n))
			return false;
		core_pattern(s->file + total, (unsigned)s->n, 0, m->nbytes);
		total += m->nbytes;
		if (own) {
			SIM_CHECK(dma_segment_clone(&m->seg, &seg) == 0);
			SIM_CHECK(dma_list_own_segment(&s->list, &seg, m->offset, m->nbytes) == 0);
			SIM_CHECK(seg.npages == 0);
		} else {
			SIM_CHECK(dma_list_add_segment(&s->list, &m->seg, m->offset, m->nbytes) == 0);
		}
	}
	return SIM_CHECK(dma_list_size(&s->list) == total);
}

static void unmake(struct sample *s)
{
	for (size_t i = 0; i < s->n; i++)
		rig_forget(&s->memory[i]);
	free(s->file);
}

static void memory_holds(const struct sample *s)
{
	size_t at = 0;

	for (size_t i = 0; i < s->n; at += s->memory[i++].nbytes) {
		SIM_CHECK(rig_holds(&s->memory[i], s->file + at));
		SIM_CHECK(rig_beside(&s->memory[i]));
	}
}

/* What the device does by the list: all entries, one after the other. */
static size_t device_reads(struct rig *rig, const struct dma_list *l, unsigned char *to)
{
	struct dma_list_walk walk = dma_list_begin(l);
	struct dma_list_entry entry;
	size_t n = 0, at = 0;

	for (; dma_list_next(&walk, &entry); at += entry.len, n++)
		SIM_CHECK(sim_device_read(rig->dev.sim, entry.daddr, to + at, entry.len) == 0);
	SIM_CHECK(at == dma_list_size(l) && n == dma_list_entries(l));
	return n;
}

/* The device writes the bytes from off to end of the list. */
static void device_writes(struct rig *rig, const struct dma_list *l, const unsigned char *from, size_t off, size_t end)
{
	struct dma_list_walk walk = dma_list_begin(l);
	struct dma_list_entry entry;
	size_t at = 0;

	for (; dma_list_next(&walk, &entry); at += entry.len) {
		size_t first = off > at ? off : at, last = end < at + entry.len ? end : at + entry.len;

		if (first < last)
			SIM_CHECK(sim_device_write(rig->dev.sim, dma_daddr(entry.daddr.raw + (first - at)),
						   from + first, last - first) == 0);
	}
}

/* Nothing that the device reaches in a page of an entry is anybody else's. */
static void nothing_beside(struct rig *rig, const struct dma_list *l)
{
	struct dma_list_walk walk = dma_list_begin(l);
	struct dma_list_entry entry;

	while (dma_list_next(&walk, &entry))
		for (uint64_t page = entry.daddr.raw / PAGE * PAGE; page < entry.daddr.raw + entry.len; page += PAGE)
			SIM_CHECK(sim_device_foreign(rig->dev.sim, dma_daddr(page), PAGE) == 0);
}

static void use(struct rig *rig, struct sample *s, unsigned dir)
{
	struct dma_list *l = &s->list;
	size_t n = dma_list_size(l), off = n / 5, len = n - n / 5 - n / 7;
	unsigned char *seen = malloc(MOST);

	(void)!sim_device_read(rig->dev.sim, dma_daddr(0), seen, 1); /* a doorbell: what was published has arrived */
	if (!rig->dev.dma.trusted)
		nothing_beside(rig, l);
	for (unsigned round = 0; round < 2; round++) {
		if (dir & DMA_TO_DEVICE) {
			core_pattern(s->file + off, 40 + round, off, len);
			SIM_CHECK(dma_list_write_bytes(l, off, s->file + off, len) == 0);
			SIM_CHECK(dma_list_sync_to_device(l, off, len) == 0);
			device_reads(rig, l, seen);
			SIM_CHECK(memcmp(seen, s->file, n) == 0);
		}
		if (dir & DMA_FROM_DEVICE) {
			core_pattern(s->file + off, 50 + round, off, len);
			device_writes(rig, l, s->file, off, off + len);
			SIM_CHECK(dma_list_sync_from_device(l, off, len) == 0);
			SIM_CHECK(dma_list_read_bytes(l, off, seen, len) == 0);
			SIM_CHECK(memcmp(seen, s->file + off, len) == 0);
		}
	}
	free(seen);
}

static const struct shape scattered[] = {{0, PAGE}, {0, PAGE}, {0, PAGE}, {0, 2 * PAGE}};
static const struct shape sg[] = {{PAGE - 100, 100}, {0, PAGE}, {0, PAGE}, {0, 300}};
/* The first ends inside its page, where the second begins one: they do not meet. */
static const struct shape apart[] = {{0, 300}, {0, PAGE}, {0, 2 * PAGE - 4}, {4, 8}};
static const struct shape odd[] = {{3, 7}, {100, 512}, {PAGE - 1, 2}, {64, 64}, {1, PAGE + 1}};

static void both_ways(struct rig *rig, const struct shape *shapes, size_t n, unsigned dir, bool own)
{
	struct sample s;

	if (!make(&s, shapes, n, own))
		return;
	if (SIM_CHECK(dma_list_map(&s.list, &rig->dev.dma, dir) == 0)) {
		use(rig, &s, dir);
		dma_list_unmap(&s.list);
		SIM_CHECK(dma_list_entries(&s.list) == 0);
		if (!(sim_config()->cvm && dir == DMA_FROM_DEVICE))
			memory_holds(&s);
		SIM_CHECK(dma_list_map(&s.list, &rig->dev.dma, dir) == 0); /* once more */
	}
	dma_list_release(&s.list);
	SIM_CHECK(dma_list_size(&s.list) == 0);
	unmake(&s);
}

static void every_shape(struct rig *rig)
{
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		both_ways(rig, scattered, 4, dir, dir == DMA_FROM_DEVICE);
		both_ways(rig, sg, 4, dir, dir == DMA_TO_DEVICE);
		both_ways(rig, odd, 5, dir, dir == DMA_BIDIRECTIONAL);
		both_ways(rig, apart, 4, dir, false);
	}
}

static void data_both_ways(void **state)
{
	(void)state;
	assert_int_equal(rig_all(every_shape), 0);
}

/* ---- What the device is told ---- */

static size_t entries_of(struct rig *rig, const struct shape *shapes, size_t n)
{
	struct sample s;
	size_t entries = 0;

	if (!make(&s, shapes, n, false))
		return 0;
	if (SIM_CHECK(dma_list_map(&s.list, &rig->dev.dma, DMA_BIDIRECTIONAL) == 0))
		entries = dma_list_entries(&s.list);
	dma_list_release(&s.list);
	unmake(&s);
	return entries;
}

static void joined(struct rig *rig)
{
	unsigned before = rig_invalidations();

	SIM_CHECK(entries_of(rig, scattered, 4) == 1);
	/* One for all, or none yet: what bounces or is maintained is not deferred. */
	SIM_CHECK(rig_invalidations() - before ==
		  (rig->kind == RIG_STRICT || sim_config()->cvm || !rig->dev.dma.coherent || !rig->dev.dma.trusted));
	SIM_CHECK(entries_of(rig, sg, 4) == 1);
	SIM_CHECK(entries_of(rig, apart, 4) == 3);
	SIM_CHECK(entries_of(rig, odd, 5) == 5);
}

static void an_iommu_joins_pieces(void **state)
{
	(void)state;
	for (unsigned kind = RIG_STRICT; kind <= RIG_DEFERRED; kind++) {
		assert_int_equal(rig_on("low=1,high=1", (enum rig_iommu)kind, joined), 0);
		assert_int_equal(rig_on("low=1,high=1,noncoherent", (enum rig_iommu)kind, joined), 0);
		assert_int_equal(rig_on("low=1,high=1,untrusted", (enum rig_iommu)kind, joined), 0);
		assert_int_equal(rig_on("low=1,high=1,offset", (enum rig_iommu)kind, joined), 0);
		assert_int_equal(rig_on("low=1,high=1,cvm", (enum rig_iommu)kind, joined), 0);
	}
}

static void h55_copies_and_maintenance_in_order(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,noncoherent,mask=32", RIG_NONE, every_shape), 0);
	assert_int_equal(rig_on("low=1,high=1,noncoherent,cvm", RIG_STRICT, every_shape), 0);
}

static void h11_one_invalidation_ends_access(struct rig *rig)
{
	struct dma_list_walk walk;
	struct dma_list_entry entry[8];
	struct sample s;
	size_t n = 0;

	if (!make(&s, sg, 4, true) || !SIM_CHECK(dma_list_map(&s.list, &rig->dev.dma, DMA_BIDIRECTIONAL) == 0))
		return;
	for (walk = dma_list_begin(&s.list); n < 8 && dma_list_next(&walk, &entry[n]); n++)
		for (size_t at = 0; at < entry[n].len; at += PAGE)
			rig_warm(entry[n].daddr.raw + at);
	dma_list_release(&s.list);
	while (n-- > 0)
		for (size_t at = 0; at < entry[n].len; at += PAGE)
			SIM_CHECK(!rig_reaches(entry[n].daddr.raw + at, false));
	unmake(&s);
}

static void h11_release_ends_access(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1", RIG_STRICT, h11_one_invalidation_ends_access), 0);
	assert_int_equal(rig_on("low=1,high=1", RIG_DEFERRED, h11_one_invalidation_ends_access), 0); /* owned */
	assert_int_equal(rig_on("low=1,high=1,offset,untrusted", RIG_DEFERRED, h11_one_invalidation_ends_access), 0);
}

/* ---- Slices ---- */

static void of_slices(struct rig *rig)
{
	struct dma_stream first, second;
	struct dma_slice slices[3];
	struct dma_piece pieces[3];
	struct dma_list l;
	unsigned char *seen = malloc(MOST);

	if (!core_stream(&first, &rig->dev, DMA_BIDIRECTIONAL, 2, false, 1) ||
	    !core_stream(&second, &rig->dev, DMA_BIDIRECTIONAL, 1, true, 2))
		return;
	SIM_CHECK(dma_stream_fill(&first, 0, 7, 2 * PAGE) == 0 && dma_stream_sync_to_device(&first, 0, 2 * PAGE) == 0);
	SIM_CHECK(dma_stream_slice(&first, 0, PAGE, &slices[0]) == 0);
	SIM_CHECK(dma_stream_slice(&second, 256, 512, &slices[1]) == 0);
	SIM_CHECK(dma_stream_slice(&second, 1024, 128, &slices[2]) == 0);
	dma_list_init(&l, pieces, 3);
	SIM_CHECK(dma_list_add_slice(&l, &slices[0]) == 0);
	SIM_CHECK(dma_list_add_slice(&l, &slices[1]) == 0);
	SIM_CHECK(dma_list_add_slice(&l, &slices[2]) == 0);
	SIM_CHECK(dma_list_size(&l) == PAGE + 640);
	if (SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_BIDIRECTIONAL) == 0)) {
		SIM_CHECK(dma_list_read_bytes(&l, PAGE - 3, seen, 3) == 0 && seen[0] == 7 && seen[2] == 7);
		SIM_CHECK(dma_list_write_bytes(&l, PAGE, "slice", 5) == 0);
		SIM_CHECK(dma_list_sync_to_device(&l, 0, PAGE + 640) == 0);
		device_reads(rig, &l, seen);
		SIM_CHECK(seen[0] == 7 && seen[PAGE - 1] == 7 && memcmp(seen + PAGE, "slice", 5) == 0);
	}
	dma_list_release(&l);
	dma_stream_release(&second);
	dma_stream_release(&first);
	free(seen);
}

static void built_of_slices(void **state)
{
	(void)state;
	for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
		assert_int_equal(rig_on("low=1,high=1,offset", (enum rig_iommu)kind, of_slices), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_both_ways),	   cmocka_unit_test(an_iommu_joins_pieces),
		cmocka_unit_test(built_of_slices),	   cmocka_unit_test(h55_copies_and_maintenance_in_order),
		cmocka_unit_test(h11_release_ends_access),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
