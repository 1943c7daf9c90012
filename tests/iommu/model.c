/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The model.
 */
#include "model.h"
#include "../hosts/iommu_host.h"
#include "hardware.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 1;

static uint64_t random_below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static bool overlaps(const struct model *m, uint64_t daddr, uint64_t nbytes)
{
	for (unsigned i = 0; i < m->nlive; i++) {
		const struct piece *p = &m->live[i];

		if (daddr < p->daddr + p->npages * PAGE && p->daddr < daddr + nbytes)
			return true;
	}
	return false;
}

void model_start(struct model *m, const struct dma_format *format, bool snoops, uint8_t big_levels)
{
	const struct dma_table_config config = {
		.format = format, .big_levels = big_levels, .snoops = snoops, .max_paddr = UINT64_MAX};

	host_start();
	host.time_stands = true;
	host.now = 5ull << 40;
	*m = (struct model){.format = format};
	assert_int_equal(dma_table_init(&m->table, &config), 0);
}

void model_stop(struct model *m)
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

/* Nothing else became present on the way. */
static void check_beside(const struct model *m, const struct piece *p)
{
	uint64_t nbytes = p->npages * PAGE;

	if (!overlaps(m, p->daddr - PAGE, PAGE))
		assert_false(hardware_walk(m->format->name, m->table.root.raw, p->daddr - 1, m->table.snoops).mapped);
	if ((p->daddr + nbytes) >> dma_format_width(m->format) == 0 && !overlaps(m, p->daddr + nbytes, PAGE))
		assert_false(
			hardware_walk(m->format->name, m->table.root.raw, p->daddr + nbytes, m->table.snoops).mapped);
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
	check_beside(m, &p);
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
			assert_false(dma_table_split_break(&m->table, &split).inner);
			assert_false(hardware_walk(m->format->name, m->table.root.raw, cut, m->table.snoops).mapped);
		}
		assert_true(dma_table_split_make(&m->table, &split).inner);
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

void random_steps(const struct dma_format *format, bool snoops, uint8_t big_levels, unsigned steps)
{
	struct model m;

	model_start(&m, format, snoops, big_levels);
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
	model_stop(&m);
}
