/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Does a map and a release cost more when more lives, when the addresses are torn, when the space is narrow? One
 * program, natively (nanoseconds) and on a bare machine under -icount (guest instructions), over an IOMMU that is
 * always done, or, on a bare machine, through the driver of its own. It prints one line of JSON for each cell:
 * what one of `live` mappings costs to be released and mapped anew, in order or at random, before and after churn.
 *
 * Options (all have defaults): sizes=1,3,5,16,64,256,0 (0: a mix of them) lives=100,10000,1000000 masks=32,39,48
 * deferred=0,1 samples=N churn=N threads=N cut=MIB narrow=BITS holes=1 torn=1 (with 0, that part is left out)
 * unit=0 (1: the machine's own IOMMU, and only what is released and mapped anew). The last line says that nothing
 * failed. bench/growth/run makes the table and holds the limits.
 */
#include "growth_world.h"

#define MAX_SAMPLES  20000u
#define MAX_LANES    4u
#define LARGEST	     256u /* pages */
#define FRAME_CHOICE 64u

static struct dma_segment frames; /* what is mapped, again and again */
static uint32_t sample[MAX_LANES][MAX_SAMPLES];
static unsigned samples;
static uint64_t churn;

/* ---- Cells ---- */

static size_t pages_of(uint64_t size, uint64_t *seed)
{
	return size ? (size_t)size : growth_mix[next_random(seed) % GROWTH_MIX];
}

static int map_one(struct dma_stream *s, size_t npages, uint64_t *seed)
{
	struct dma_segment seg = {0};
	int error = dma_segment_borrow(
		&seg, dma_paddr(frames.paddr.raw + (next_random(seed) % FRAME_CHOICE << DMA_PAGE_SHIFT)), npages);

	*s = (struct dma_stream){0};
	return error ? error : dma_stream_map(s, &dev, DMA_BIDIRECTIONAL, &seg);
}

struct cell {
	uint64_t size, live;
	bool random;
};

static int replace(struct dma_stream *own, const struct cell *cell, uint64_t *at, uint64_t *seed)
{
	struct dma_stream *s = &own[cell->random ? next_random(seed) % cell->live : *at];
	size_t npages = pages_of(cell->size, seed);

	*at = *at + 1 < cell->live ? *at + 1 : 0;
	dma_stream_release(s);
	return map_one(s, npages, seed);
}

static void measure(const struct cell *cell, bool deferred, uint64_t bits, bool churned, uint64_t *seed)
{
	uint64_t at = 0;

	for (unsigned i = 0; i < samples; i++) {
		uint64_t ticks = bus_ticks();
		int error = replace(streams, cell, &at, seed);

		ticks = bus_ticks() - ticks;
		ticks -= ticks < overhead ? ticks : overhead;
		if (!must("a mapping", error))
			return;
		sample[0][i] = ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
	}
	begin_line("replace");
	put_field("size", cell->size);
	put_field("live", cell->live);
	put_field("mask", bits);
	put_field("deferred", deferred);
	put_field("random", cell->random);
	put_field("churned", churned);
	put_samples(sample[0], samples);
	end_line();
}

/* 1e6 mappings of a mix have 58 pages each, with what they are aligned to. */
static bool fits(uint64_t size, uint64_t live, uint64_t bits)
{
	uint64_t slot = 1;

	while (size && slot < size)
		slot *= 2;
	return live * (size ? slot : 58) < ((uint64_t)1 << (bits - DMA_PAGE_SHIFT)) / 32 * 31;
}

/* What the unit was told since `before`, while one of them after the other was released and mapped anew. */
static void report_unit(uint64_t size, uint64_t live, bool deferred, const struct dma_stats *before)
{
	struct dma_stats now;

	dma_stats(&now);
	begin_line("unit");
	put_field("size", size);
	put_field("live", live);
	put_field("deferred", deferred);
	put_field("replaced", 4 * samples + churn);
	put_field("invalidations", now.iotlb_invalidations - before->iotlb_invalidations);
	put_field("faults", now.faults);
	put_field("quarantined", now.pages_quarantined);
	end_line();
}

static void one_filling(uint64_t size, uint64_t live, uint64_t bits, bool deferred)
{
	uint64_t seed = 88172645463325252ull, before = own_pages(), empty, full, at = 0;
	struct dma_stats told;
	struct cell cell = {size, live, false};
	uint64_t made = 0;

	if (!start(deferred, bits))
		return;
	empty = own_pages() - before;
	while (made < live && must("a mapping", map_one(&streams[made], pages_of(size, &seed), &seed)))
		made++;
	full = own_pages() - before;
	dma_stats(&told);
	for (unsigned churned = 0; churned < 2 && !failed; churned++) {
		for (uint64_t i = 0; churned && i < churn && !failed; i++) {
			cell.random = true;
			(void)must("a mapping", replace(streams, &cell, &at, &seed));
		}
		for (unsigned random = 0; random < 2 && !failed; random++) {
			cell.random = random;
			measure(&cell, deferred, bits, churned, &seed);
		}
	}
	if (behind_unit && !failed)
		report_unit(size, live, deferred, &told);
	for (uint64_t i = 0; i < made; i++)
		dma_stream_release(&streams[i]);
	(void)must("a flush", dma_domain_flush(dev.domain));
	begin_line("memory");
	put_field("size", size);
	put_field("live", live);
	put_field("mask", bits);
	put_field("deferred", deferred);
	put_field("empty", empty);
	put_field("full", full);
	put_field("released", own_pages() - before);
	(void)dma_reclaim();
	put_field("reclaimed", own_pages() - before);
	end_line();
	stop();
}

/* ---- Threads ---- */

static struct cell lane_cell;
static uint64_t lane_ns[MAX_LANES];

static void lane(unsigned number)
{
	struct dma_stream *own = streams + number * lane_cell.live;
	uint64_t seed = 88172645463325252ull + number, at = 0, begin = dma_host_time_ns();

	for (unsigned i = 0; i < samples && !failed; i++) {
		uint64_t ticks = bus_ticks();

		(void)must("a mapping", replace(own, &lane_cell, &at, &seed));
		ticks = bus_ticks() - ticks;
		ticks -= ticks < overhead ? ticks : overhead;
		sample[number][i] = ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
	}
	lane_ns[number] = dma_host_time_ns() - begin;
}

static void threads(uint64_t most, uint64_t size, bool deferred)
{
	for (unsigned n = 1; n <= most && n <= MAX_LANES; n++) {
		uint64_t seed = 5, longest = 0, made = 0;

		lane_cell = (struct cell){size, 10000, true};
		if (!start(deferred, 48))
			return;
		while (made < n * lane_cell.live &&
		       must("a mapping", map_one(&streams[made], pages_of(size, &seed), &seed)))
			made++;
		if (growth_lanes(n, lane)) {
			for (unsigned i = 0; i < n; i++)
				longest = lane_ns[i] > longest ? lane_ns[i] : longest;
			begin_line("threads");
			put_field("size", size);
			put_field("deferred", deferred);
			put_field("threads", n);
			put_field("per_second", n * samples * 1000000000ull / (longest ? longest : 1));
			put_samples(sample[0], samples);
			end_line();
		}
		for (uint64_t i = 0; i < made; i++)
			dma_stream_release(&streams[i]);
		stop();
	}
}

/* ---- All ---- */

static bool prepare(uint64_t most_live)
{
	uint64_t nbytes = most_live * sizeof(struct dma_stream);
	dma_paddr_t paddr;

	if (!must("the library", dma_init()) ||
	    !must("frames", dma_segment_alloc(&frames, LARGEST + FRAME_CHOICE, UINT64_MAX, DMA_PAGE_SIZE)) ||
	    !must("memory for streams",
		  dma_host_frames_alloc((size_t)((nbytes >> DMA_PAGE_SHIFT) + 1), UINT64_MAX, DMA_PAGE_SIZE, &paddr)))
		return false;
	streams = dma_host_linear(paddr, nbytes);
	overhead = reading_cost();
	return true;
}

/* What needs no live mappings of a unit's. */
static void edges(const struct list *modes)
{
	uint64_t nthreads = number_option("threads", "4");

	no_room(number_option("narrow", "32"));
	if (number_option("holes", "1"))
		holes();
	if (number_option("torn", "1")) {
		torn_spaces();
		many_reserved();
	}
	cutting(number_option("cut", "256"));
	for (unsigned d = 0; d < modes->n && nthreads > 0; d++) {
		threads(nthreads, 1, modes->at[d] != 0);
		threads(nthreads, 0, modes->at[d] != 0);
	}
}

int app_main(void)
{
	struct list sizes = list_option("sizes", "1,3,5,16,64,256,0"),
		    lives = list_option("lives", "100,10000,1000000");
	struct list masks = list_option("masks", "32,39,48"), modes = list_option("deferred", "0,1");
	uint64_t most = 100000;

	behind_unit = number_option("unit", "0") != 0;
	samples = (unsigned)number_option("samples", "20000");
	samples = samples < 1000 ? 1000 : samples > MAX_SAMPLES ? MAX_SAMPLES : samples;
	churn = number_option("churn", "1000000");
	for (unsigned i = 0; i < lives.n; i++)
		most = lives.at[i] > most ? lives.at[i] : most;
	if (!prepare(most))
		return 1;
	for (unsigned m = 0; m < masks.n; m++)
		for (unsigned d = 0; d < modes.n; d++)
			for (unsigned s = 0; s < sizes.n; s++)
				for (unsigned l = 0; l < lives.n && !failed; l++)
					if (fits(sizes.at[s], lives.at[l], masks.at[m]))
						one_filling(sizes.at[s], lives.at[l], masks.at[m], modes.at[d] != 0);
	if (!behind_unit)
		edges(&modes);
	if (!failed) {
		begin_line("end");
		end_line();
	}
	return failed;
}
