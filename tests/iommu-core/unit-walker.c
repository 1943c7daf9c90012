/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The walker against a naive model and the specifications' own walks (hardware.c): random maps, unmaps and splits in every format,
 * with a table walker that snoops and one that sees only what was flushed (hazard 30).
 */
#include "../../src/iommu/walker.h"
#include "hardware.h"
#include "host.h"
#include <dmastream/errors.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE  DMA_PAGE_SIZE
#define MIB_2 ((uint64_t)1 << 21)
#define GIB   ((uint64_t)1 << 30)

static uint64_t seed = 1;

static uint64_t random_below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

/* ---- The model ---- */

struct piece {
	uint64_t daddr, paddr;
	size_t npages;
	unsigned dir;
	uint32_t tag;
	bool big; /* was mapped with big pages and never split */
};

#define PIECES 96

struct model {
	const struct dma_format *format;
	struct dma_table table;
	struct piece live[PIECES];
	unsigned nlive;
	struct dma_gather gather; /* waits for its invalidation */
	uint32_t generation;
};

static bool overlaps(const struct model *m, uint64_t daddr, uint64_t nbytes)
{
	for (unsigned i = 0; i < m->nlive; i++) {
		const struct piece *p = &m->live[i];

		if (daddr < p->daddr + p->npages * PAGE && p->daddr < daddr + nbytes)
			return true;
	}
	return false;
}

static void start(struct model *m, const struct dma_format *format, bool snoops, uint8_t big_levels)
{
	const struct dma_table_config config = {
		.format = format, .big_levels = big_levels, .snoops = snoops, .max_paddr = UINT64_MAX};

	host_start();
	host.time_stands = true;
	host.now = 5ull << 40;
	*m = (struct model){.format = format};
	assert_int_equal(dma_table_init(&m->table, &config), 0);
}

static void stop(struct model *m)
{
	while (m->nlive) {
		struct piece *p = &m->live[--m->nlive];

		assert_int_equal(dma_table_unmap(&m->table, p->daddr, p->npages, 0, &m->gather), 0);
	}
	dma_table_reclaim(&m->table, &m->gather);
	dma_table_fini(&m->table);
	assert_true(host_stop());
}

static void check_page(const struct model *m, const struct piece *p, uint64_t offset)
{
	struct hardware_result r =
		hardware_walk(m->format->name, m->table.root.raw, p->daddr + offset, m->table.snoops);
	bool read = (p->dir & DMA_TO_DEVICE) || !hardware_write_only(m->format->name);

	assert_true(r.mapped);
	assert_false(r.reserved);
	assert_int_equal(r.paddr, p->paddr + offset);
	assert_int_equal(r.read, read);
	assert_int_equal(r.write, (p->dir & DMA_FROM_DEVICE) != 0);
}

/* What a page's size must be: the largest that fits there. */
static uint64_t best_page(const struct model *m, const struct piece *p, uint64_t offset)
{
	for (unsigned level = 2; level > 0; level--) {
		uint64_t size = level == 2 ? GIB : MIB_2, at = (p->daddr + offset) & ~(size - 1);

		if ((m->table.big_levels & 1u << level) && ((p->daddr ^ p->paddr) & (size - 1)) == 0 &&
		    at >= p->daddr && at + size <= p->daddr + p->npages * PAGE)
			return size;
	}
	return (uint64_t)1 << 12;
}

static void check_piece(struct model *m, const struct piece *p)
{
	uint64_t nbytes = p->npages * PAGE;
	struct dma_lookup found;
	uint64_t inside;

	check_page(m, p, 0);
	check_page(m, p, nbytes - 1);
	for (unsigned i = 0; i < 6; i++) {
		uint64_t offset = random_below(nbytes);

		check_page(m, p, offset);
		if (p->big)
			assert_int_equal(
				hardware_walk(m->format->name, m->table.root.raw, p->daddr + offset, m->table.snoops)
					.page_bytes,
				best_page(m, p, offset));
	}
	if (p->npages < 2000 && m->table.snoops)
		for (uint64_t offset = 0; offset < nbytes; offset += PAGE)
			check_page(m, p, offset);
	inside = random_below(nbytes);
	dma_table_lookup(&m->table, p->daddr + inside, host.now, &found);
	assert_true(found.live);
	assert_int_equal(found.paddr, p->paddr + inside);
	assert_int_equal(found.tag, p->tag);
	assert_int_equal(found.dir & p->dir, p->dir);
}

static void check_gone(struct model *m, uint64_t daddr, uint64_t nbytes, uint32_t tag)
{
	struct dma_lookup found;
	uint64_t at = daddr + random_below(nbytes);

	assert_false(hardware_walk(m->format->name, m->table.root.raw, at, m->table.snoops).mapped);
	assert_false(hardware_walk(m->format->name, m->table.root.raw, daddr, m->table.snoops).mapped);
	assert_false(hardware_walk(m->format->name, m->table.root.raw, daddr + nbytes - 1, m->table.snoops).mapped);
	dma_table_lookup(&m->table, at, host.now + 7000000, &found);
	assert_false(found.live);
	assert_int_equal(found.tag, tag);
	assert_in_range(found.ago_ns, 5000000, 8000000);
}

/* ---- Steps ---- */

static bool choose(const struct model *m, struct piece *p)
{
	unsigned width = dma_format_width(m->format);
	const uint64_t places[] = {PAGE, GIB - 4 * MIB_2, 5 * GIB, ((uint64_t)1 << (width - 1)) - 4 * MIB_2,
				   ((uint64_t)1 << width) - 4 * GIB};
	uint64_t place = places[random_below(5)], fine = PAGE;

	*p = (struct piece){.dir = (unsigned)random_below(3) + 1, .npages = 1 + random_below(9)};
	p->paddr = (random_below((uint64_t)1 << 34) << DMA_PAGE_SHIFT) & 0x7fffffffffff;
	switch (random_below(6)) {
	case 0: /* 2 MiB and more, aligned or not alike */
		p->npages = (MIB_2 >> DMA_PAGE_SHIFT) + random_below(1500);
		fine = random_below(2) ? MIB_2 : PAGE;
		break;
	case 1:
		p->npages = (size_t)((GIB >> DMA_PAGE_SHIFT) + random_below(3) * random_below(MIB_2 / PAGE));
		fine = GIB;
		break;
	case 2:
		p->npages = 1 + random_below(600);
		break;
	default:
		break;
	}
	p->daddr = ((place + random_below(fine == GIB ? 3 * GIB : 8 * MIB_2)) & ~(fine - 1)) + (fine > PAGE ? 0 : PAGE);
	if (fine > PAGE)
		p->paddr &= ~(fine - 1);
	if (random_below(4) == 0 && fine > PAGE && p->daddr) { /* alike, but starting off a boundary */
		p->daddr -= PAGE;
		p->paddr = (p->paddr | fine) - PAGE;
	}
	return p->daddr && (p->daddr + p->npages * PAGE - 1) >> width == 0 && !overlaps(m, p->daddr, p->npages * PAGE);
}

static void step_map(struct model *m)
{
	struct piece p;

	if (m->nlive == PIECES || !choose(m, &p))
		return;
	p.tag = dma_tag(dma_generation_mask(m->format), p.daddr, ++m->generation);
	p.big = p.npages >= MIB_2 / PAGE;
	if (p.big && dma_table_prune(&m->table, p.daddr, p.npages, &m->gather))
		dma_table_reclaim(&m->table, &m->gather);
	assert_int_equal(dma_table_map(&m->table, p.daddr, p.paddr, p.npages, p.dir, p.tag, false), 0);
	check_piece(m, &p);
	m->live[m->nlive++] = p;
}

static void step_split(struct model *m)
{
	struct piece *head, tail;
	struct dma_split split;
	uint64_t cut;
	size_t at;
	int broken;

	if (m->nlive == 0 || m->nlive == PIECES)
		return;
	head = &m->live[random_below(m->nlive)];
	if (head->npages < 2)
		return;
	at = 1 + random_below(head->npages - 1);
	tail = *head;
	cut = head->daddr + at * PAGE;
	broken = dma_table_split_prepare(&m->table, cut, &split);
	assert_true(broken >= 0);
	if (broken) {
		assert_true(split.daddr < cut && cut < split.daddr + split.npages * PAGE);
		if (m->format->break_before_make) {
			dma_table_split_break(&m->table, &split);
			assert_false(hardware_walk(m->format->name, m->table.root.raw, cut, m->table.snoops).mapped);
		}
		dma_table_split_make(&m->table, &split);
	}
	tail.daddr = cut;
	tail.paddr += at * PAGE;
	tail.npages -= at;
	tail.tag = dma_table_mark(&m->table, cut);
	assert_int_not_equal(tail.tag, head->tag);
	head->npages = at;
	head->big = tail.big = false;
	check_piece(m, head);
	check_piece(m, &tail);
	m->live[m->nlive++] = tail;
}

static void step_unmap(struct model *m)
{
	struct piece p;
	unsigned i;

	if (m->nlive == 0)
		return;
	i = (unsigned)random_below(m->nlive);
	p = m->live[i];
	m->live[i] = m->live[--m->nlive];
	assert_int_equal(dma_table_unmap(&m->table, p.daddr, p.npages, dma_note(p.tag, host.now), &m->gather), 0);
	check_gone(m, p.daddr, p.npages * PAGE, p.tag);
	if (random_below(4) == 0)
		dma_table_reclaim(&m->table, &m->gather);
}

static void random_steps(const struct dma_format *format, bool snoops, uint8_t big_levels, unsigned steps)
{
	struct model m;

	start(&m, format, snoops, big_levels);
	for (unsigned n = 0; n < steps; n++) {
		switch (random_below(8)) {
		case 0:
		case 1:
		case 2:
			step_map(&m);
			break;
		case 3:
			step_split(&m);
			break;
		case 4:
			if (m.nlive)
				check_piece(&m, &m.live[random_below(m.nlive)]);
			break;
		default:
			if (m.nlive > PIECES / 2 || random_below(2))
				step_unmap(&m);
			host.now += 100000000;
		}
		if (random_below(16) == 0)
			for (unsigned i = 0; i < m.nlive; i++)
				check_piece(&m, &m.live[i]);
	}
	stop(&m);
}

/* ---- Tests ---- */

static void each_format(void **state)
{
	(void)state;
	for (unsigned offset = 0; offset < 2; offset++) {
		host.linear_by_offset = offset;
		for (const struct dma_format *const *f = dma_formats; *f; f++)
			for (unsigned snoops = 0; snoops < 2; snoops++) {
				random_steps(*f, snoops, 6, 1500);
				random_steps(*f, snoops, 2, 300);
				random_steps(*f, snoops, 0, 100);
			}
	}
	host.linear_by_offset = false;
}

/* Every call that can fail fails once: nothing stays mapped, nothing is lost. */
static void every_hook_fails(void **state)
{
	(void)state;
	for (const struct dma_format *const *f = dma_formats; *f; f++) {
		bool done = false;

		for (unsigned n = 1; !done; n++) {
			struct model m;
			uint64_t daddr = GIB - 3 * PAGE, kept[DMA_TABLE_RESERVE];
			int error;

			start(&m, *f, false, 6);
			for (unsigned i = 0; i < DMA_TABLE_RESERVE;
			     i++) /* nothing in reserve: each page is asked for */
				kept[i] = dma_table_page_get(&m.table);
			host.calls = 0;
			host.fail_at = n;
			error = dma_table_map(&m.table, daddr, 0x123456789000, 2000, DMA_BIDIRECTIONAL, 1 << 20, false);
			if (error == 0) {
				struct dma_split split;

				error = dma_table_split_prepare(&m.table, daddr + 800 * PAGE, &split);
				if (error == 1) {
					dma_table_split_make(&m.table, &split);
					error = 0;
				}
			}
			done = host.calls < n;
			assert_true(error == 0 || (error == DMA_ENOMEM && !done));
			host.fail_at = 0;
			assert_int_equal(dma_table_unmap(&m.table, daddr, 2000, 0, &m.gather), 0);
			for (size_t page = 0; page < 2000; page++)
				assert_false(
					hardware_walk((*f)->name, m.table.root.raw, daddr + page * PAGE, false).mapped);
			dma_table_reclaim(&m.table, &m.gather);
			for (unsigned i = 0; i < DMA_TABLE_RESERVE; i++)
				dma_table_page_put(&m.table, kept[i]);
			dma_table_fini(&m.table);
			assert_true(host_stop());
		}
	}
}

static void init_fails(void **state)
{
	const struct dma_table_config config = {.format = &dma_format_vtd4, .big_levels = 6, .max_paddr = UINT64_MAX};
	bool done = false;

	(void)state;
	for (unsigned n = 1; !done; n++) {
		struct dma_table t;
		int error;

		host_start();
		host.fail_at = n;
		error = dma_table_init(&t, &config);
		done = host.calls < n;
		if (error == 0)
			dma_table_fini(&t);
		else
			assert_int_equal(error, DMA_ENOMEM);
		assert_true(host_stop());
	}
}

/* With interrupts off the reserve is all there is, and it is enough for two short maps across every boundary. */
static void reserve(void **state)
{
	struct model m;
	unsigned mapped = 0;

	(void)state;
	start(&m, &dma_format_vtd5, false, 6);
	host_interrupts_off = true;
	while (dma_table_map(&m.table, ((uint64_t)mapped + 1) * 512 * GIB - PAGE, 0x5000, 2, DMA_TO_DEVICE, 1 << 20,
			     false) == 0)
		mapped++;
	host_interrupts_off = false;
	assert_true(mapped >= 2);
	for (unsigned i = 0; i <= mapped; i++)
		assert_int_equal(dma_table_unmap(&m.table, ((uint64_t)i + 1) * 512 * GIB - PAGE, 2, 0, &m.gather), 0);
	dma_table_refill(&m.table);
	assert_int_equal(m.table.reserved, DMA_TABLE_RESERVE);
	host_interrupts_off = true;
	assert_int_equal(dma_table_map(&m.table, 77 * GIB, 0x5000, 2, DMA_TO_DEVICE, 1 << 20, false), 0);
	host_interrupts_off = false;
	stop(&m);
}

/* Frames outside the linear map are no tables. */
static void high_memory(void **state)
{
	struct model m;

	(void)state;
	host.linear_end = 0x40000000;
	start(&m, &dma_format_vtd4, true, 6);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(dma_table_map(&m.table, (i + 1) * GIB, 0x5000, 1, DMA_TO_DEVICE, 1 << 20, false), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(dma_table_unmap(&m.table, (i + 1) * GIB, 1, 0, &m.gather), 0);
	stop(&m);
	host.linear_end = 0;
}

/* A table page that was taken out is neither handed out nor changed into something present before its invalidation
 * (hazard 34): the unit may still walk it. */
static void h34_gathered_tables_rest(void **state)
{
	struct model m;
	uint64_t pages[64];
	unsigned n = 0;

	(void)state;
	start(&m, &dma_format_vtd4, false, 0);
	assert_int_equal(dma_table_map(&m.table, 4 * GIB, 0x100000000, 3 * 512, DMA_BIDIRECTIONAL, 1 << 20, false), 0);
	assert_int_equal(dma_table_unmap(&m.table, 4 * GIB, 3 * 512, 0, &m.gather), 0);
	assert_int_equal(m.gather.count, 3);
	for (; n < 64; n++) {
		pages[n] = dma_table_page_get(&m.table);
		assert_int_not_equal(pages[n], 0);
		for (uint64_t t = m.gather.first; t; t = host_cpu_view(t)) {
			assert_int_not_equal(t, pages[n]);
			assert_true(host_frame_used(t));
			assert_int_equal(host_cpu_view(t) & 3, 0);
		}
	}
	while (n > 0)
		dma_table_page_put(&m.table, pages[--n]);
	stop(&m);
}

/* A release that would have to break a big page leaves it alone and says so: it cannot allocate. */
static void unmap_inside_a_big_page(void **state)
{
	struct model m;

	(void)state;
	start(&m, &dma_format_vtd4, true, 6);
	assert_int_equal(dma_table_map(&m.table, 4 * GIB, 8 * GIB, 512, DMA_BIDIRECTIONAL, 1 << 20, false), 0);
	assert_int_equal(dma_table_unmap(&m.table, 4 * GIB, 5, 0, &m.gather), DMA_EINVAL);
	assert_true(hardware_walk("vtd4", m.table.root.raw, 4 * GIB, true).mapped);
	assert_int_equal(dma_table_unmap(&m.table, 4 * GIB, 512, 0, &m.gather), 0);
	stop(&m);
}

/* ---- Threads: disjoint ranges that share tables at every level ---- */

#define THREADS 4
#define ROUNDS	3000

static struct model shared;
static unsigned wrong;

static void *worker(void *arg)
{
	uint64_t number = (uint64_t)(uintptr_t)arg, random = number * 77 + 5;
	struct dma_gather gather = {0};

	host_cpu = (unsigned)number % 2; /* numbers are hints: two threads each have the same one */
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t base, nbytes = PAGE;
		size_t npages = 1;

		random = random * 6364136223846793005u + 1442695040888963407u;
		base = (random >> 40 & 7) * GIB + (random >> 50 & 3) * MIB_2 + 16 * GIB;
		if ((random >> 60) == 0) { /* a 2 MiB block of its own, so that tables come and go */
			base = 64 * GIB + number * MIB_2;
			npages = MIB_2 / PAGE;
			nbytes = MIB_2;
		} else {
			base += (random >> 33 & 31) * THREADS * PAGE + number * PAGE;
		}
		if (dma_table_map(&shared.table, base, 0x4000000000 + base, npages, 3, 1 << 20, true))
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		for (uint64_t at = base; at < base + nbytes; at += PAGE) {
			struct hardware_result r =
				hardware_walk(shared.format->name, shared.table.root.raw, at, shared.table.snoops);

			if (!r.mapped || r.paddr != 0x4000000000 + at)
				__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		}
		if (dma_table_unmap(&shared.table, base, npages, 0, &gather) ||
		    hardware_walk(shared.format->name, shared.table.root.raw, base, shared.table.snoops).mapped)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		dma_table_reclaim(&shared.table, &gather);
	}
	return NULL;
}

static void threads(void **state)
{
	(void)state;
	for (unsigned snoops = 0; snoops < 2; snoops++) {
		pthread_t thread[THREADS];

		start(&shared, &dma_format_vtd4, snoops, 6);
		wrong = 0;
		for (uintptr_t i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&thread[i], NULL, worker, (void *)i), 0);
		for (unsigned i = 0; i < 2000; i++) {
			struct dma_lookup found;

			dma_table_lookup(&shared.table, 64 * GIB + i % 16 * MIB_2 / 2, 0, &found);
			dma_table_lookup(&shared.table, 16 * GIB + i % 128 * PAGE, 0, &found);
		}
		for (unsigned i = 0; i < THREADS; i++)
			pthread_join(thread[i], NULL);
		assert_int_equal(wrong, 0);
		stop(&shared);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format),
		cmocka_unit_test(every_hook_fails),
		cmocka_unit_test(init_fails),
		cmocka_unit_test(reserve),
		cmocka_unit_test(high_memory),
		cmocka_unit_test(h34_gathered_tables_rest),
		cmocka_unit_test(unmap_inside_a_big_page),
		cmocka_unit_test(threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
