/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Machines, devices, and data sent both ways.
 */
#include "core.h"
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/base/cache.h"
#include "../../src/base/node.h"
#include "../../src/base/state.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- Machines ---- */

static const struct machine {
	const char *words;
	bool offset; /* the linear map is one offset, as on most hosts: map takes its fast path */
} machines[] = {
	{"low=1,high=1", false},
	{"low=1,high=1,line=32,offset,told", false},
	{"low=1,high=1,untrusted", true},
	{"low=1,high=1,mask=32", true},
	{"low=1,high=1,nohigh", false},
	{"low=1,high=1,nosync,nohigh", false},
	{"low=1,high=1,window=0x4000000000", true},
	{"low=1,high=1,noncoherent", false},
	{"low=1,high=1,noncoherent,line=32,mask=32", true},
	{"low=1,high=1,noncoherent,line=128,nohigh", false},
	{"low=1,high=1,noncoherent,line=32,step=32,align=128", false}, /* CPUs with lines of different sizes */
	{"low=1,high=1,noncoherent,line=128,step=32,align=128", false},
	{"low=1,high=1,noncoherent,nosync", false},
	{"low=1,high=1,cvm", true},
	{"low=1,high=1,cvm,nosync,nohigh", false},
	{"low=1,high=1,cvm,noncoherent,line=128", false},
	{"low=1,high=1,cvm,noncoherent,nosync", false},
	{"low=1,high=1,cvm,run=1", true}, /* without a pool of shared memory */
	{"low=1,high=1,cvm,run=1,noncoherent", false},
};

#define LINE_MOST ((size_t)128)

struct run {
	sim_scenario body;
	void *arg;
	bool offset;
};

static void one(void *arg)
{
	const struct run *run = arg;

	if (run->offset) {
		dma_state.host.linear_base = (uintptr_t)dma_host_linear(dma_paddr(SIM_LOW_RAM), 1) - SIM_LOW_RAM;
		dma_state.host.linear_last = SIM_HIGH_RAM + (sim_config()->high_pages << DMA_PAGE_SHIFT) - 1;
		if (dma_state.host.linear_last >= sim_config()->linear_limit)
			dma_state.host.linear_last = sim_config()->linear_limit - 1;
	}
	run->body(run->arg);
}

static unsigned run_on(const char *words, bool offset, sim_scenario body, void *arg)
{
	struct run run = {body, arg, offset};
	struct sim_config plain = sim_config_frames(sim_config_plain(words)),
			  hostile = sim_config_frames(sim_config_hostile(words));
	const char *seeds = getenv("SEEDS");
	unsigned failures = sim_run(&plain, one, &run);

	if (!failures)
		failures = sim_random(&hostile, one, &run,
				      seeds		    ? (unsigned)strtoul(seeds, NULL, 0)
				      : DMA_PAGE_SHIFT > 14 ? 1
							    : 4);
	if (failures)
		fprintf(stderr, "# on SIM=%s\n", words);
	return failures;
}

unsigned core_run_with_offset(const struct sim_config *machine, sim_scenario body, void *arg)
{
	struct sim_config scaled = sim_config_frames(*machine);
	struct run run = {body, arg, true};

	return sim_run(&scaled, one, &run);
}

unsigned core_run_pool(const char *words, unsigned run_pages, sim_scenario body, void *arg)
{
	struct sim_config machine = sim_config_plain(words);

	machine.shared_run = run_pages;
	return sim_run(&machine, body, arg);
}

unsigned core_run(const char *words, sim_scenario body, void *arg)
{
	return run_on(words, false, body, arg);
}

unsigned core_run_all(sim_scenario body, void *arg)
{
	unsigned failures = 0;

	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines) && !failures; i++)
		failures = run_on(machines[i].words, machines[i].offset, body, arg);
	return failures;
}

/* ---- Devices and memory ---- */

void core_open_as(struct core_device *dev, const struct sim_device_config *config)
{
	struct dma_device_config dma;

	dev->sim = sim_device_new(config);
	dma = sim_device_dma(dev->sim);
	SIM_CHECK(dma_device_init(&dev->dma, &dma) == 0);
}

void core_open(struct core_device *dev)
{
	core_open_as(dev, NULL);
}

void core_close(struct core_device *dev)
{
	SIM_CHECK(dma_device_live(&dev->dma) == 0);
	SIM_CHECK(dma_device_fini(&dev->dma) == 0);
}

bool core_segment_raw(struct dma_segment *seg, size_t npages)
{
	if (!SIM_CHECK(dma_segment_alloc(seg, npages, UINT64_MAX, 0) == 0))
		return false;
	if (seg->paddr.raw >= SIM_HIGH_RAM)
		return true;
	/* The host gives its frames in turn, and is among the low ones now. */
	dma_segment_drop(seg);
	frames_from_the_top();
	return SIM_CHECK(dma_segment_alloc(seg, npages, UINT64_MAX, 0) == 0);
}

bool core_segment(struct dma_segment *seg, size_t npages, unsigned seed)
{
	unsigned char *bytes;
	void *linear, *va = NULL;

	if (!core_segment_raw(seg, npages))
		return false;
	bytes = malloc(npages * PAGE);
	core_pattern(bytes, seed, 0, npages * PAGE);
	linear = dma_host_linear(seg->paddr, npages * PAGE);
	if (!linear && !SIM_CHECK(dma_host_kva_map(seg->paddr, npages, DMA_KVA_CACHED, &va) == 0)) {
		free(bytes);
		return false;
	}
	dma_arch_copy(linear ? linear : va, bytes, npages * PAGE);
	if (va) {
		if (sim_config()->can_sync)
			dma_cache_clean(va, npages * PAGE);
		dma_host_kva_unmap(va, seg->paddr, npages);
		dma_host_tlb_shootdown(va, npages);
	}
	free(bytes);
	return true;
}

bool core_stream(struct dma_stream *s, struct core_device *dev, unsigned dir, size_t npages, bool mapped, unsigned seed)
{
	struct dma_segment seg = {0};

	*s = (struct dma_stream){0};
	if (!mapped)
		return SIM_CHECK(dma_stream_alloc_uninit(s, &dev->dma, dir, npages) == 0);
	if (!core_segment(&seg, npages, seed))
		return false;
	if (SIM_CHECK(dma_stream_map(s, &dev->dma, dir, &seg) == 0) && SIM_CHECK(seg.npages == 0 && !seg.run))
		return true;
	dma_segment_drop(&seg);
	return false;
}

/* ---- Bytes ---- */

void core_pattern(unsigned char *bytes, unsigned seed, size_t off, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = core_byte(seed, off + i);
}

bool core_is_pattern(const unsigned char *bytes, unsigned seed, size_t off, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != core_byte(seed, off + i)) {
			fprintf(stderr, "# byte %zu of %zu is 0x%02x, not 0x%02x\n", i, len, bytes[i],
				core_byte(seed, off + i));
			return false;
		}
	}
	return true;
}

static dma_daddr_t daddr_at(const struct dma_stream *s, size_t off)
{
	return dma_daddr(dma_stream_daddr(s).raw + off);
}

void core_send(struct core_device *dev, const struct dma_stream *s, size_t off, size_t len, unsigned seed)
{
	unsigned char *bytes = malloc(len);

	core_pattern(bytes, seed, off, len);
	SIM_CHECK(dma_stream_write_bytes(s, off, bytes, len) == 0);
	SIM_CHECK(dma_stream_sync_to_device(s, off, len) == 0);
	memset(bytes, 0, len);
	SIM_CHECK(sim_device_read(dev->sim, daddr_at(s, off), bytes, len) == 0);
	SIM_CHECK(core_is_pattern(bytes, seed, off, len));
	free(bytes);
}

void core_receive(struct core_device *dev, const struct dma_stream *s, size_t off, size_t len, unsigned seed)
{
	unsigned char *bytes = malloc(len);

	core_pattern(bytes, seed, off, len);
	SIM_CHECK(sim_device_write(dev->sim, daddr_at(s, off), bytes, len) == 0);
	SIM_CHECK(dma_stream_sync_from_device(s, off, len) == 0);
	memset(bytes, 0, len);
	SIM_CHECK(dma_stream_read_bytes(s, off, bytes, len) == 0);
	SIM_CHECK(core_is_pattern(bytes, seed, off, len));
	free(bytes);
}

static void both(struct core_device *dev, const struct dma_stream *s, size_t off, size_t len, unsigned seed)
{
	unsigned dir = s->dir & DMA_BIDIRECTIONAL;

	if (dir & DMA_TO_DEVICE)
		core_send(dev, s, off, len, seed);
	if (dir & DMA_FROM_DEVICE)
		core_receive(dev, s, off, len, seed + 1);
}

void core_exchange(struct core_device *dev, const struct dma_stream *s, unsigned seed)
{
	size_t size = dma_stream_size(s), piece = 3 * LINE_MOST + 5;

	/* Every byte where that is quick; else both ends and where pages meet. */
	if (!sim_config()->adversary && (DMA_PAGE_SHIFT <= 14 || size <= PAGE)) {
		both(dev, s, 0, size, seed);
		return;
	}
	both(dev, s, 0, piece, seed);
	both(dev, s, size - piece, piece, seed + 1);
	if (size > PAGE)
		both(dev, s, PAGE - piece / 2, piece, seed + 2);
}

/* ---- Counters ---- */

struct dma_stats core_stats(void)
{
	struct dma_stats stats;

	dma_stats(&stats);
	return stats;
}

uint64_t core_pages(void)
{
	struct dma_stats stats = core_stats();

	return stats.pages_alloc + stats.pages_bounce + stats.pages_pending;
}

/* ---- Nodes ---- */

static void *drained[DMA_PAGE_SIZE / 8]; /* more than a page of nodes */
static unsigned ndrained;

void core_drain(unsigned leave)
{
	sim_fail_hook_from(SIM_HOOK_PAGE_ALLOC, 1);
	ndrained = 0;
	while (ndrained < sizeof(drained) / sizeof(*drained) && (drained[ndrained] = dma_node_alloc()))
		ndrained++;
	while (leave-- > 0 && ndrained > 0)
		dma_node_free(drained[--ndrained]);
}

void core_refill(void)
{
	sim_fail_hook(SIM_HOOK_PAGE_ALLOC, 0);
	while (ndrained > 0)
		dma_node_free(drained[--ndrained]);
}
