/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The truth table: every machine of (can_sync, coherent, cvm, uncached_ok) x the ways to make a stream and coherent
 * memory x directions x line sizes x devices that reach all memory or only the low part, each under many schedules of
 * the adversary. Judged is what CPU and device see, where the memory lives, and what an untrusted device could have
 * read at any moment.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/memory/placement.h"
#include "core.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NPAGES ((size_t)2)
#define SIZE   (NPAGES * PAGE)
#define SECRET 5 /* the label of what a device behind a confidential VM's host must not see */

enum way { ALLOC, ALLOC_UNINIT, MAP, COHERENT };
static const char *const ways[] = {"alloc", "alloc_uninit", "map", "coherent"};

struct cell {
	bool coherent, can_sync, cvm, uncached_ok, limited;
	unsigned line, dir;
	enum way way;
};

/* ---- What section 3 of the design says ---- */

static bool bounces(const struct cell *c)
{
	return c->way == MAP && (c->cvm || c->limited || (!c->coherent && !c->can_sync));
}

static bool cached(const struct cell *c)
{
	return c->coherent || (c->can_sync && c->way != COHERENT);
}

static bool own_mapping(const struct cell *c)
{
	return c->cvm || !cached(c);
}

/* ---- A run ---- */

static unsigned char file[SIZE], seen[SIZE];

static bool all_zero(const unsigned char *bytes, size_t n)
{
	return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

static void device_sees(struct core_device *dev, const struct dma_stream *s, const unsigned char *expected)
{
	memset(seen, 0xee, SIZE);
	SIM_CHECK(sim_device_read(dev->sim, s->daddr, seen, SIZE) == 0);
	SIM_CHECK(expected ? memcmp(seen, expected, SIZE) == 0 : all_zero(seen, SIZE));
}

static void where_it_lives(const struct cell *c, const struct dma_stream *s, const struct dma_segment *original,
			   unsigned mapped)
{
	uint64_t offset = 0;

	SIM_CHECK(!!(s->place & DMA_PLACE_BOUNCE) == bounces(c));
	SIM_CHECK((dma_stream_paddr(s).raw == original->paddr.raw) == (c->way == MAP && !bounces(c)));
	SIM_CHECK(mapped == own_mapping(c));
	SIM_CHECK(ram_offset(dma_stream_paddr(s).raw, SIZE, &offset));
	for (size_t i = 0; i < NPAGES; i++) {
		const struct page *page = &sim.pages[(offset >> DMA_PAGE_SHIFT) + i];

		SIM_CHECK(!!(page->flags & PAGE_SHARED) == c->cvm);
		SIM_CHECK(!!page->uncached == !cached(c));
	}
	SIM_CHECK(!c->limited || s->daddr.raw + SIZE - 1 <= 0xffffffff);
}

/* Ranges of the run's own choice, data both ways, the caller's earlier bytes kept where the device wrote nothing. */
static void traffic(struct core_device *dev, const struct cell *c, const struct dma_stream *s, unsigned round)
{
	size_t off = sim_random64() % SIZE, len = sim_random64() % (SIZE - off + 1), part;
	bool syncs = c->way != COHERENT;

	if (c->dir & DMA_TO_DEVICE) {
		core_pattern(file + off, round, off, len);
		SIM_CHECK(dma_stream_write_bytes(s, off, file + off, len) == 0);
		if (syncs)
			SIM_CHECK(dma_stream_sync_to_device(s, off, len) == 0);
		else
			dma_publish();
		memset(seen, 0xee, SIZE);
		SIM_CHECK(sim_device_read(dev->sim, dma_daddr(s->daddr.raw + off), seen + off, len) == 0);
		SIM_CHECK(memcmp(seen + off, file + off, len) == 0);
	}
	if (c->dir & DMA_FROM_DEVICE) {
		part = sim_random64() % (len + 1); /* a short write */
		core_pattern(file + off, round + 100, off, part);
		SIM_CHECK(sim_device_write(dev->sim, dma_daddr(s->daddr.raw + off), file + off, part) == 0);
		if (syncs)
			SIM_CHECK(dma_stream_sync_from_device(s, off, len) == 0);
		else
			dma_consume();
		memset(seen, 0xee, SIZE);
		SIM_CHECK(dma_stream_read_bytes(s, off, seen + off, len) == 0);
		/* Where the device did not write, a confidential VM's from-device bounce gives zeros, never another's
		 * bytes. */
		SIM_CHECK(memcmp(seen + off, file + off, part) == 0);
		for (size_t i = off + part; i < off + len; i++) {
			bool zero_too = c->cvm && c->dir == DMA_FROM_DEVICE;

			if (seen[i] != file[i] && !(zero_too && seen[i] == 0) && !SIM_CHECK(seen[i] == file[i]))
				return;
		}
		if (c->way == MAP)
			memcpy(file + off, seen + off, len); /* what the caller has now */
	}
}

static int make(const struct cell *c, struct core_device *dev, struct dma_stream *s, struct dma_segment *seg)
{
	struct dma_coherent ring = {{0}};
	int error;

	switch (c->way) {
	case ALLOC:
		return dma_stream_alloc(s, &dev->dma, c->dir, NPAGES);
	case ALLOC_UNINIT:
		return dma_stream_alloc_uninit(s, &dev->dma, c->dir, NPAGES);
	case MAP:
		return dma_stream_map(s, &dev->dma, c->dir, seg);
	default:
		error = dma_coherent_alloc(&ring, &dev->dma, 0, NPAGES);
		*s = ring.stream;
		return error;
	}
}

static void run(void *arg)
{
	const struct cell *c = arg;
	struct sim_device_config config = sim_config()->device;
	struct dma_segment seg = {0}, kept = {0}, original = {0};
	struct dma_stream s = {0};
	struct core_device dev;
	bool zeros = c->way == ALLOC || c->way == COHERENT || c->cvm || !config.trusted;
	unsigned mapped;
	int error;

	config.readable = UINT32_MAX & ~(UINT32_C(1) << SIM_FOREIGN) & ~(UINT32_C(1) << SECRET);
	/* A trusted device without a host behind it may be given what lay in the frames. */
	if (c->way == ALLOC_UNINIT && !zeros)
		config.readable = UINT32_MAX;
	core_open_as(&dev, &config);
	core_pattern(file, 77, 0, SIZE);
	if (c->way == MAP) {
		unsigned label = sim_label(c->cvm && c->dir == DMA_FROM_DEVICE ? SECRET : SIM_OWN);

		if (!core_segment_raw(&seg, NPAGES) || !SIM_CHECK(dma_segment_clone(&seg, &kept) == 0))
			return;
		dma_arch_copy(dma_host_linear(seg.paddr, SIZE), file, SIZE);
		sim_label(label);
	}
	original = seg;
	mapped = sim_hook_calls(SIM_HOOK_KVA_MAP);
	error = make(c, &dev, &s, &seg);
	if (!cached(c) && !c->uncached_ok) {
		SIM_CHECK(error == DMA_ENOTSUP && s.dev == NULL && seg.npages == original.npages);
		goto out;
	}
	if (!SIM_CHECK(error == 0))
		goto out;
	/* Without an IOMMU a device finds its memory by being told: what was published before that has arrived. */
	SIM_CHECK(sim_device_read(dev.sim, s.daddr, seen, 1) == 0);
	if (config.readable != UINT32_MAX)
		sim_hostile(dev.sim, s.daddr, SIZE, false);
	where_it_lives(c, &s, &original, sim_hook_calls(SIM_HOOK_KVA_MAP) - mapped);
	SIM_CHECK(sim_device_foreign(dev.sim, s.daddr, SIZE) == 0);
	/* At first: zeros, or what the caller had. */
	if (c->way == MAP && c->dir & DMA_TO_DEVICE)
		device_sees(&dev, &s, file);
	else if (zeros && c->way != MAP && c->dir & DMA_TO_DEVICE)
		device_sees(&dev, &s, NULL);
	if (c->way != MAP && c->dir & DMA_TO_DEVICE) {
		core_pattern(file, 3, 0, SIZE);
		SIM_CHECK(dma_stream_write_bytes(&s, 0, file, SIZE) == 0);
		if (c->way != COHERENT)
			SIM_CHECK(dma_stream_sync_to_device(&s, 0, SIZE) == 0);
		dma_publish();
		device_sees(&dev, &s, file);
	} else if (c->way != MAP) { /* from the device: its first write is whole */
		core_pattern(file, 3, 0, SIZE);
		SIM_CHECK(sim_device_write(dev.sim, s.daddr, file, SIZE) == 0);
	}
	for (unsigned round = 0; round < 3; round++)
		traffic(&dev, c, &s, round);
	SIM_CHECK(sim_device_foreign(dev.sim, s.daddr, SIZE) == 0);
	sim_calm();
	dma_stream_release(&s);
	if (c->way == MAP && c->dir & DMA_FROM_DEVICE && c->dir & DMA_TO_DEVICE) { /* what was synced is the caller's */
		memset(seen, 0, SIZE);
		dma_arch_copy(seen, dma_host_linear(original.paddr, SIZE), SIZE);
		SIM_CHECK(memcmp(seen, file, SIZE) == 0);
	}
out:
	dma_segment_drop(&seg);
	dma_segment_drop(&kept);
	(void)dma_reclaim(); /* a run of shared memory that was of use since the last call stays */
	(void)dma_reclaim();
	SIM_CHECK(core_pages() == 0 && sim.shared_pages == 0 && sim.kva_pages == 0);
	core_close(&dev);
}

/* ---- The table ---- */

static unsigned cells, runs;

static unsigned cell(struct cell *c, unsigned seeds)
{
	char words[128];
	unsigned failures = 0;

	snprintf(words, sizeof(words), "low=1,high=1,line=%u%s%s%s%s%s", c->line, c->coherent ? "" : ",noncoherent",
		 c->can_sync ? "" : ",nosync", c->uncached_ok ? "" : ",nouncached", c->cvm ? ",cvm" : "",
		 c->limited ? ",mask=32" : "");
	cells++;
	for (unsigned untrusted = 0; untrusted < 2 && !failures; untrusted++) {
		struct sim_config machine = sim_config_hostile(words);

		machine.device.trusted = !untrusted;
		runs += (seeds + !untrusted) / 2;
		failures = sim_random(&machine, run, c, (seeds + !untrusted) / 2);
	}
	if (failures)
		printf("# failed: SIM=%s, %s, direction %u\n", words, ways[c->way], c->dir);
	return failures;
}

static unsigned row(unsigned bits, unsigned seeds)
{
	struct cell c = {.can_sync = bits & 8, .coherent = bits & 4, .cvm = bits & 2, .uncached_ok = bits & 1};
	unsigned failures = 0;

	for (c.line = 32; c.line <= 128; c.line *= 2) {
		for (unsigned limited = 0; limited < 2; limited++) {
			for (unsigned way = ALLOC; way <= COHERENT; way++) {
				for (c.dir = DMA_TO_DEVICE; c.dir <= DMA_BIDIRECTIONAL; c.dir++) {
					c.limited = limited;
					c.way = (enum way)way;
					if ((way == ALLOC && c.dir == DMA_FROM_DEVICE) ||
					    (way == COHERENT && c.dir != DMA_BIDIRECTIONAL))
						continue;
					failures += cell(&c, seeds);
				}
			}
		}
	}
	return failures;
}

int main(void)
{
	const char *text = getenv("SEEDS");
	unsigned seeds = text ? (unsigned)strtoul(text, NULL, 0) : 60, failed = 0;
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	printf("1..16\n");
	for (unsigned bits = 0; bits < 16; bits++) {
		unsigned failures = row(bits, seeds);

		printf("%sok %u - can_sync=%u coherent=%u cvm=%u uncached_ok=%u\n", failures ? "not " : "", bits + 1,
		       bits >> 3 & 1, bits >> 2 & 1, bits >> 1 & 1, bits & 1);
		fflush(stdout);
		failed += failures != 0;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("# truth table: %u cells x %u seeds = %u runs in %.1f s\n", cells, seeds, runs,
	       (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	return failed != 0;
}
