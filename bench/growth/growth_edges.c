/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The growth program's cells of edges: a request that finds no room, ranges that are reserved, and a segment that is
 * cut into pages.
 */
#include "growth_world.h"

#define GIB ((uint64_t)1 << 30)

/* ---- No room ---- */

static uint64_t failing(size_t npages, uint64_t bits, unsigned times)
{
	const struct dma_iova_request request = {.npages = npages, .last = ((uint64_t)1 << bits) - 1};
	uint64_t worst = 0;

	for (unsigned i = 0; i < times; i++) {
		uint64_t daddr, ticks = bus_ticks();
		uint32_t generation;
		int error = dma_iova_alloc(&space.iova, &request, &daddr, &generation);

		ticks = bus_ticks() - ticks - overhead;
		if (error != DMA_ENOSPC)
			complain("room where there is none", error);
		if (i == 0)
			put_field("first", ticks);
		worst = i && ticks > worst ? ticks : worst;
	}
	return worst;
}

/* 1e6 pages of a 32-bit space (or what `live` says of a narrower one) live, each second one of them released. */
void no_room(uint64_t bits)
{
	uint64_t npages = bits ? ((uint64_t)1 << (bits - DMA_PAGE_SHIFT)) - 1 : 0;
	uint32_t generation;
	uint64_t daddr;

	if (bits == 0 || !start(false, bits))
		return;
	for (uint64_t i = 0; i < npages; i++) {
		const struct dma_iova_request request = {.npages = 1, .last = ((uint64_t)1 << bits) - 1};

		if (!must("an address", dma_iova_alloc(&space.iova, &request, &daddr, &generation)))
			return;
	}
	for (unsigned torn = 0; torn < 2; torn++) {
		for (uint64_t page = 2; torn && page <= npages; page += 2)
			dma_iova_free(&space.iova, page << DMA_PAGE_SHIFT, 1);
		for (unsigned k = 0; k < GROWTH_MIX; k++) {
			if (torn && growth_mix[k] == 1)
				continue;
			begin_line("no room");
			put_field("size", growth_mix[k]);
			put_field("mask", bits);
			put_field("torn", torn);
			put_field("worst", failing(growth_mix[k], bits, 100));
			end_line();
		}
	}
	for (uint64_t page = 1; page <= npages; page += 2)
		dma_iova_free(&space.iova, page << DMA_PAGE_SHIFT, 1);
	stop();
}

/* ---- Reserved ranges ---- */

void holes(void)
{
	static const struct dma_reserved wide[] = {
		{512 * GIB, 1024 * GIB}, {512 * GIB + 4096, 1024 * GIB}, {4096, 2048 * GIB}};
	static struct dma_reserved many[64];

	for (unsigned i = 0; i < 64; i++)
		many[i] = (struct dma_reserved){(i * 17 + 3) * GIB + 4096 * i, 3 * GIB};
	for (unsigned k = 0; k < 5; k++) {
		uint64_t before = own_pages(), ticks = bus_ticks();
		struct dma_iova_request request = {.npages = 1, .last = UINT64_MAX};
		uint32_t generation;
		uint64_t daddr;

		if (!make_space(false, k == 0 ? NULL : k < 4 ? &wide[k - 1] : many, k == 0 ? 0 : k < 4 ? 1 : 64, 48))
			return;
		ticks = bus_ticks() - ticks;
		begin_line("reserved");
		put_field("ranges", k == 0 ? 0 : k < 4 ? 1 : 64);
		put_field("gib", k == 0 ? 0 : k < 4 ? wide[k - 1].nbytes / GIB : 192);
		put_field("made", ticks);
		put_field("pages", own_pages() - before);
		(void)must("an address", dma_iova_alloc(&space.iova, &request, &daddr, &generation));
		put_field("pages_used", own_pages() - before);
		end_line();
		dma_iova_free(&space.iova, daddr, 1);
		(void)must("the domain's end", dma_space_fini(&space));
	}
}

/* ---- Cutting a segment into pages ---- */

void cutting(uint64_t mib)
{
	size_t npages = (size_t)(mib << (20 - DMA_PAGE_SHIFT));
	struct dma_segment whole = {0}, *part = (struct dma_segment *)(void *)streams;
	uint64_t ticks, longest;

	if (npages == 0)
		return;
	if (!must("a segment", dma_segment_alloc(&whole, npages, UINT64_MAX, 0)))
		return;
	for (size_t i = 0; i < npages; i++)
		part[i] = (struct dma_segment){0};
	(void)growth_longest_lock();
	ticks = bus_ticks();
	for (size_t i = 0; i < npages && !failed; i++)
		(void)must("a slice", dma_segment_slice(&whole, i, 1, &part[i]));
	ticks = bus_ticks() - ticks;
	longest = growth_longest_lock();
	begin_line("cut");
	put_field("mib", mib);
	put_field("all", ticks);
	put_field("lock", longest);
	ticks = bus_ticks();
	dma_segment_drop(&whole);
	put_field("drop_whole", bus_ticks() - ticks);
	ticks = bus_ticks();
	for (size_t i = 0; i < npages; i++)
		dma_segment_drop(&part[i]);
	put_field("drop_parts", bus_ticks() - ticks);
	put_field("drop_lock", growth_longest_lock());
	end_line();
}
