/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The growth program's cells of torn spaces: requests of every length that find no room between what lives there, with
 * alignments and boundaries, too; and spaces with thousands of reserved ranges.
 */
#include "growth_world.h"

#define MIB ((uint64_t)1 << 20)

static uint64_t *held; /* first page << 20 | pages, in the memory of the streams */

static void give(uint64_t range)
{
	dma_iova_free(&space.iova, range >> 20 << DMA_PAGE_SHIFT, range & 0xfffff);
}

/* ---- No room ---- */

/* The first time empties the stacks; the worst after that. */
static void failing(uint64_t kept, const struct dma_iova_request *want)
{
	uint64_t worst = 0, first = 0;

	for (unsigned i = 0; i < 20; i++) {
		uint64_t daddr, ticks = bus_ticks();
		uint32_t generation;
		int error = dma_iova_alloc(&space.iova, want, &daddr, &generation);

		ticks = bus_ticks() - ticks - overhead;
		if (!error) { /* there is room for that */
			dma_iova_free(&space.iova, daddr, want->npages);
			return;
		}
		first = i ? first : ticks;
		worst = i && ticks > worst ? ticks : worst;
	}
	begin_line("no room");
	put_field("size", want->npages);
	put_field("kept", kept);
	put_field("align", want->align);
	put_field("boundary", want->boundary);
	put_field("last", want->last);
	put_field("torn", 1);
	put_field("first", first);
	put_field("worst", worst);
	end_line();
}

static void fail_all(uint64_t bits, uint64_t kept)
{
	static const uint64_t sizes[] = {1, 2, 7, 33, 65, 257, 512, 513, 4097, 16384, 16385, 40000};
	static const uint64_t lasts[] = {UINT64_MAX, 255 * MIB - 1, 4 * 4096 - 1};
	static const struct {
		uint64_t align, boundary;
	} both[] = {{0, 0}, {65536, 0}, {2 * MIB, 0}, {1024 * MIB, 0}, {0, 65536}, {0, 16 * MIB}, {65536, MIB}};

	for (unsigned l = 0; l < sizeof(lasts) / sizeof(lasts[0]); l++)
		for (unsigned s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
			for (unsigned b = 0; b < sizeof(both) / sizeof(both[0]); b++) {
				const struct dma_iova_request want = {
					.npages = sizes[s],
					.last = lasts[l] == UINT64_MAX ? ((uint64_t)1 << bits) - 1 : lasts[l],
					.align = both[b].align,
					.boundary = both[b].boundary,
				};

				failing(kept, &want);
			}
}

/* A space full of ranges of `each` pages, of which every `keep`th stays. */
static void torn(uint64_t bits, uint64_t each, uint64_t keep)
{
	const struct dma_iova_request request = {.npages = each, .last = ((uint64_t)1 << bits) - 1};
	uint64_t n = 0, at;
	uint32_t generation;

	if (!make_space(false, NULL, 0, bits))
		return;
	while (!dma_iova_alloc(&space.iova, &request, &at, &generation))
		held[n++] = at >> DMA_PAGE_SHIFT << 20 | each;
	for (uint64_t i = 0; i < n; i++)
		if (i % keep)
			give(held[i]);
	fail_all(bits, each);
	for (uint64_t i = 0; i < n; i += keep)
		give(held[i]);
	(void)must("the domain's end", dma_space_fini(&space));
}

void torn_spaces(void)
{
	held = (uint64_t *)(void *)streams;
	torn(28, 1, 2);
	torn(30, 64, 2);
	torn(30, 300, 2);
	torn(32, 512, 8);
	torn(32, 16384, 3);
	torn(36, 16384, 2);
	torn(36, 8192, 2);
	torn(39, 16384, 2);
}

/* ---- Reserved ranges by the thousand ---- */

/* In no order, `apart` from each other; then one of 2000 ranges of a mix is replaced at a time. */
static void reserved(uint64_t n, uint64_t wide, uint64_t apart)
{
	enum { LIVE = 2000, TIMES = 1000 };
	static uint32_t cost[TIMES];
	struct dma_reserved *many = (struct dma_reserved *)(void *)(held + LIVE);
	struct dma_iova_request want = {.last = UINT64_MAX};
	uint64_t seed = 88172645463325252ull, ticks;

	for (uint64_t i = 0; i < n; i++)
		many[i] = (struct dma_reserved){(i * 7919 % n + 1) * apart, wide};
	ticks = bus_ticks();
	if (!make_space(false, many, n, 48))
		return;
	ticks = bus_ticks() - ticks;
	for (unsigned i = 0; i < LIVE + TIMES && !failed; i++) {
		uint64_t at = i < LIVE ? i : next_random(&seed) % LIVE, daddr, from;
		uint32_t generation;

		want.npages = growth_mix[next_random(&seed) % GROWTH_MIX];
		from = bus_ticks();
		if (i >= LIVE)
			give(held[at]);
		if (must("an address", dma_iova_alloc(&space.iova, &want, &daddr, &generation)))
			held[at] = daddr >> DMA_PAGE_SHIFT << 20 | want.npages;
		from = bus_ticks() - from;
		if (i >= LIVE)
			cost[i - LIVE] = (uint32_t)(from - (from < overhead ? from : overhead));
	}
	begin_line("many reserved");
	put_field("ranges", n);
	put_field("kib", wide >> 10);
	put_field("made", ticks);
	put_samples(cost, TIMES);
	end_line();
	for (unsigned i = 0; i < LIVE && !failed; i++)
		give(held[i]);
	(void)must("the domain's end", dma_space_fini(&space));
}

void many_reserved(void)
{
	held = (uint64_t *)(void *)streams;
	reserved(0, 4096, MIB);
	reserved(500, 4096, MIB);
	reserved(4000, 4096, MIB);
	reserved(500, 256 * MIB, 512 * MIB);
	reserved(4000, 128 * MIB, 256 * MIB);
}
