/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hazards of VT-d and of mapping (HAZARDS 10, 11, 13, 17, 25 to 34, 47, 48) on the modelled hardware: the library does it right under
 * every schedule that is tried. mutants.sh puts each mistake back and sees the scenario of that name fail.
 *
 *   hazards             all of them; hazards NAME one
 */
#include "world.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Hardware as it may be ------------------------------------------------------------------------------------- */

static void write_buffer(struct sim_vtd_config *c)
{
	c->write_buffer = true;
}

static void caching_mode(struct sim_vtd_config *c)
{
	c->caching_mode = true;
}

static void unsnooped(struct sim_vtd_config *c)
{
	c->coherent = false;
	c->root_invalidates = false;
}

static void worst(struct sim_vtd_config *c)
{
	c->coherent = c->zero_length_reads = c->root_invalidates = c->snoop_control = c->page_selective = false;
	c->write_buffer = c->caching_mode = true;
	c->big_pages = 0;
	c->sagaw = 4;
	c->domain_bits = 4;
	c->fault_records = 1;
}

static void root_keeps(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
}

static void far_registers(struct sim_vtd_config *c)
{
	c->fault_offset = 0x2000;
	c->iotlb_offset = 0x3000;
}

static void only_3_levels(struct sim_vtd_config *c)
{
	c->sagaw = 2;
	c->width = 39;
}

static void only_4_levels(struct sim_vtd_config *c)
{
	c->sagaw = 4;
}

static void only_5_levels(struct sim_vtd_config *c)
{
	c->sagaw = 8;
	c->width = 57;
}

static void small_pages(struct sim_vtd_config *c)
{
	c->big_pages = 0;
}

static void one_record(struct sim_vtd_config *c)
{
	c->fault_records = 1;
}

/* ---- Scenarios ------------------------------------------------------------------------------------------------------ */

static void traffic(struct world *w)
{
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < WORLD_UNITS && w->unit[i]; i++)
			world_traffic(w, i, round ? 3 : 1);
}

/* The whole space, 1 MiB of it, a hundred times over. */
static void recycle(struct world *w)
{
	for (unsigned n = 0; n < 400; n++) {
		struct dma_stream s = {0};

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_TO_DEVICE, 60) == 0))
			return;
		SIM_CHECK((dma_stream_daddr(&s).raw + dma_stream_size(&s) - 1) <= w->wish->mask);
		dma_stream_release(&s);
	}
}

/* Directions are the hardware's, and every access is made to snoop. */
static void directions(struct world *w)
{
	traffic(w);
	SIM_CHECK(sim_vtd_seen(w->unit[0]).unsnooped == 0);
	SIM_CHECK(w->domain[0]->features & DMA_DOMAIN_WRITE_ONLY);
}

/* The first free address is where the interrupt window begins; a mask and a boundary hold, too. */
static void holes(struct world *w)
{
	struct dma_stream s = {0};

	world_traffic(w, 0, 1);
	if (SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_FROM_DEVICE, 2) == 0)) {
		SIM_CHECK(dma_stream_daddr(&s).raw > 0xfeefffff);
		SIM_CHECK(dma_stream_daddr(&s).raw + dma_stream_size(&s) - 1 <= w->wish->mask);
	}
	dma_stream_release(&s);
}

static const struct region firmware_region = {0x7b800000, 0x7b8fffff};

/* The region works before anybody took the device, and with a driver, and is never handed out; nothing beside it is open. */
static void reserved_region(struct world *w)
{
	uint64_t paddr;

	for (uint64_t at = firmware_region.base; at < firmware_region.limit; at += 0x10000) {
		SIM_CHECK(sim_vtd_look(w->model[0], at, true, &paddr) == 0 && paddr == at);
		SIM_CHECK(sim_vtd_look(w->model[0], at, false, &paddr) == 0 && paddr == at);
	}
	world_blocked(w, 0, firmware_region.base - 1);
	world_blocked(w, 0, firmware_region.limit + 1);
}

static void reserved_regions(struct world *w)
{
	reserved_region(w);
	traffic(w);
	reserved_region(w);
}

/* Translation never went off, and what the former kernel's cache held leads nowhere. */
static void taken_over(struct world *w)
{
	for (uint64_t at = 0; at < 64; at += 7)
		world_blocked(w, 0, (at << 21) + 0x1000);
	SIM_CHECK(sim_vtd_seen(w->unit[0]).opened == 0);
	traffic(w);
}

static unsigned told;
static uint64_t told_page;
static enum dma_fault_owner told_owner;

static void on_fault(const struct dma_fault *fault, void *context)
{
	struct world *w = context;

	told += fault->dev == &w->dev[0];
	told_page = fault->daddr.raw;
	told_owner = fault->owner;
}

/* Faults are read, cleared and told one by one, for ever: also after the records have overflowed. */
static void faults(struct world *w)
{
	uint64_t paddr;

	dma_iommu_on_fault(on_fault, w);
	(void)dma_iommu_poll_all(); /* those of the set-up */
	for (unsigned n = 0; n < 40; n++) {
		told = 0;
		SIM_CHECK(sim_vtd_look(w->model[0], 0x40000000 + n * 0x1000, true, &paddr) == DMA_EFAULT);
		SIM_CHECK(dma_iommu_poll_all() >= 1);
		SIM_CHECK(told == 1 && told_page == 0x40000000 + n * 0x1000 && told_owner == DMA_FAULT_NOBODY);
		SIM_CHECK(dma_iommu_poll_all() == 0);
		if (n % 10 == 9) { /* a flood */
			for (unsigned k = 0; k < 30; k++)
				SIM_CHECK(sim_vtd_look(w->model[0], k << 12, false, &paddr) == DMA_EFAULT);
			told = 0;
			SIM_CHECK(dma_iommu_poll_all() >= 1 && told >= 1);
			SIM_CHECK(dma_iommu_poll_all() == 0);
		}
	}
	dma_iommu_on_fault(NULL, NULL);
}

/* Many more invalidations than the queue has room for. */
static void wrap(struct world *w)
{
	for (unsigned n = 0; n < 300; n++) {
		struct dma_stream s = {0};
		uint64_t daddr;

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_TO_DEVICE, 1) == 0))
			return;
		daddr = dma_stream_daddr(&s).raw;
		dma_stream_release(&s);
		if (n % 50 == 0)
			world_blocked(w, 0, daddr);
	}
	traffic(w);
}

/* Streams that have table pages of their own come and go; the device never stops trying. */
static void tables_come_and_go(struct world *w)
{
	uint64_t paddr, daddr[6];

	for (unsigned round = 0; round < 3; round++) {
		struct dma_stream s[2] = {{0}, {0}};

		for (unsigned i = 0; i < 2; i++) {
			if (!SIM_CHECK(dma_stream_alloc_uninit(&s[i], &w->dev[0], DMA_BIDIRECTIONAL, 1100) == 0))
				return;
			daddr[2 * round + i] = dma_stream_daddr(&s[i]).raw;
			SIM_CHECK(sim_vtd_look(w->model[0], daddr[2 * round + i] + 0x200000, true, &paddr) == 0);
			SIM_CHECK(paddr == dma_stream_paddr(&s[i]).raw + 0x200000);
			sim_hostile(w->model[0], dma_daddr(daddr[2 * round + i] + 0x200000), 64, true);
		}
		for (unsigned i = 0; i < 2; i++) {
			dma_stream_release(&s[i]);
			world_blocked(w, 0, daddr[2 * round + i] + 0x200000);
		}
		sim_calm();
		world_traffic(w, 0, 2);
		for (unsigned i = 0; i < 2 * round + 2; i++)
			world_blocked(w, 0, daddr[i] + 0x200000);
	}
}

/* What another CPU may do at the worst moment, when the entries are cleared and nothing is invalidated yet: it maps memory of its
 * own. Whatever address it got, the device reaches that memory there, and none of it by the old address. */
static struct intruder {
	struct world *w;
	struct dma_segment segment;
	struct dma_stream stream;
	uint64_t old, noffset;
	bool done;
} intruder;

static void intrude(void *ctx)
{
	struct intruder *in = ctx;
	uint64_t paddr, first, start = in->segment.paddr.raw;
	size_t nbytes = in->segment.npages << DMA_PAGE_SHIFT;
	int error;

	if (in->done)
		return;
	in->done = true;
	error = dma_stream_map(&in->stream, &in->w->dev[0], DMA_BIDIRECTIONAL, &in->segment);
	SIM_CHECK(error == 0 || error == DMA_ENOSPC);
	if (error) /* the address is not to be had yet */
		return;
	first = dma_stream_daddr(&in->stream).raw;
	SIM_CHECK(sim_vtd_look(in->w->model[0], first, true, &paddr) == 0 && paddr == start);
	for (uint64_t at = 0; at < in->noffset; at += 0x40000)
		if (sim_vtd_look(in->w->model[0], in->old + at, true, &paddr) == 0)
			SIM_CHECK(paddr < start || paddr >= start + nbytes);
}

static void intruded(struct world *w, size_t npages)
{
	struct dma_stream s = {0};
	uint64_t paddr;

	intruder = (struct intruder){.w = w};
	if (!SIM_CHECK(dma_segment_alloc(&intruder.segment, npages, UINT64_MAX, 0) == 0) ||
	    !SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_BIDIRECTIONAL, npages) == 0))
		return;
	intruder.old = dma_stream_daddr(&s).raw;
	intruder.noffset = dma_stream_size(&s);
	for (uint64_t at = 0; at < intruder.noffset; at += 0x40000)
		SIM_CHECK(sim_vtd_look(w->model[0], intruder.old + at, true, &paddr) == 0);
	sim_vtd_before_invalidation(w->unit[0], intrude, &intruder);
	dma_stream_release(&s);
	sim_vtd_before_invalidation(w->unit[0], NULL, NULL);
	SIM_CHECK(intruder.done);
	dma_stream_release(&intruder.stream);
	dma_segment_drop(&intruder.segment);
}

static void addresses_wait(struct world *w)
{
	for (unsigned n = 0; n < 5; n++)
		intruded(w, 12); /* most of the space */
	traffic(w);
}

static void tables_wait(struct world *w)
{
	tables_come_and_go(w);
	for (unsigned n = 0; n < 3; n++)
		intruded(w, 1100);
}

/* Untrusted: released means blocked, whatever the domain does for others. */
static void untrusted(struct world *w)
{
	traffic(w);
}

/* Deferred, with a device that never stops trying, at any step of the adversary: what the allocator has, and what it gave to others
 * meanwhile, is never reached. */
static void nobodys(struct world *w)
{
	enum { ROUNDS = 24, VICTIMS = 3 };
	static unsigned char now[4096];
	static const unsigned char junk[32] = {0x99};
	struct dma_domain_stats stats;

	for (unsigned n = 0; n < ROUNDS; n++) {
		struct dma_stream s = {0};
		dma_paddr_t victim[VICTIMS];
		uint64_t daddr, paddr;
		size_t npages = 1 + n % 3;

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_BIDIRECTIONAL, npages) == 0))
			return;
		daddr = dma_stream_daddr(&s).raw;
		SIM_CHECK(sim_device_write(w->model[0], dma_daddr(daddr), junk, sizeof(junk)) == 0);
		sim_hostile(w->model[0], dma_daddr(daddr), npages << DMA_PAGE_SHIFT, true);
		dma_stream_release(&s);
		for (unsigned i = 0; i < VICTIMS; i++) {
			if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &victim[i]) == 0))
				return;
			dma_arch_fill(dma_host_linear(victim[i], 4096), 0xcc, 4096);
		}
		dma_arch_publish();
		for (uint64_t at = 0; at < npages << DMA_PAGE_SHIFT;
		     at += 4096) /* what it reaches, if anything, is nobody's */
			if (sim_vtd_look(w->model[0], daddr + at, true, &paddr) == 0)
				for (unsigned i = 0; i < VICTIMS; i++)
					SIM_CHECK(paddr >> 12 != victim[i].raw >> 12);
		sim_relax();
		sim_advance(n % 5 == 4 ? 20000000 : 1000000); /* now and then older than a batch may be */
		(void)dma_reclaim();
		for (unsigned i = 0; i < VICTIMS; i++) {
			dma_arch_copy(now, dma_host_linear(victim[i], 4096), sizeof(now));
			for (unsigned k = 0; k < sizeof(now); k++)
				if (!SIM_CHECK(now[k] == 0xcc))
					return;
			dma_host_frames_free(victim[i], 1);
		}
		sim_calm();
		if (n % 7 == 6)
			SIM_CHECK(dma_domain_flush(w->domain[0]) == 0);
	}
	SIM_CHECK(dma_domain_flush(w->domain[0]) == 0);
	dma_domain_stats(w->domain[0], &stats);
	SIM_CHECK(stats.pages_pending == 0);
	if (!sim_config()->adversary)
		printf("# deferred: %u releases a CPU, %llu bytes, %llu ns may wait; %llu pages did\n",
		       stats.batch_count, (unsigned long long)stats.batch_bytes, (unsigned long long)stats.batch_ns,
		       (unsigned long long)stats.pages_pending_max);
	SIM_CHECK(sim_vtd_seen(w->unit[0]).freed == 0);
}

/* Frames, until the one that is wanted is among them. */
static unsigned take(dma_paddr_t wanted, dma_paddr_t *taken, unsigned most)
{
	unsigned n = 0;

	while (n < most && dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &taken[n]) == 0)
		if (taken[n++].raw == wanted.raw)
			break;
	return n;
}

/* A write that the device had posted arrives before the memory goes, or not at all. */
static void drained(struct world *w)
{
	static const unsigned char junk[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	static unsigned char now[4096];
	static dma_paddr_t taken[8192];

	for (unsigned n = 0; n < 2; n++) {
		struct dma_stream s = {0};
		dma_paddr_t paddr;
		uint64_t daddr;
		unsigned count;

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &w->dev[0], DMA_FROM_DEVICE, 1) == 0))
			return;
		paddr = dma_stream_paddr(&s);
		daddr = dma_stream_daddr(&s).raw;
		SIM_CHECK(sim_vtd_post(w->model[0], daddr + 64, junk, sizeof(junk)) == 0);
		dma_stream_release(&s);
		count = take(paddr, taken, 8192);
		if (SIM_CHECK(count && taken[count - 1].raw == paddr.raw)) { /* it has a new owner */
			dma_arch_fill(dma_host_linear(paddr, 4096), 0xcc, 4096);
			dma_arch_publish();
			sim_vtd_land(w->unit[0]);
			dma_arch_copy(now, dma_host_linear(paddr, 4096), sizeof(now));
			for (unsigned i = 0; i < sizeof(now); i++)
				if (!SIM_CHECK(now[i] == 0xcc))
					break;
		}
		while (count)
			dma_host_frames_free(taken[--count], 1);
	}
}

/* ---- The table ---------------------------------------------------------------------------------------------------------- */

static const struct scenario {
	struct wish wish;
	void (*run)(struct world *w);
	unsigned seeds; /* of the adversary; 0: the plain machine only */
} scenarios[] = {
	{{.name = "h10_addresses_recycled", .mask = 0xfffff}, recycle, 0},
	{{.name = "h11_iotlb_invalidated"}, traffic, 40},
	{{.name = "h13_directions_and_snooping"}, directions, 20},
	{{.name = "h17_interrupt_window_and_mask", .mask = 0xffffffff, .hole = {{0}, {0}, 0xfee00000}}, holes, 0},
	{{.name = "h25_all_units", .units = 2}, traffic, 10},
	{{.name = "h25_register_window", .unit = far_registers}, faults, 5},
	{{.name = "h26_reserved_regions", .region = {0x7b800000, 0x7b8fffff}}, reserved_regions, 10},
	{{.name = "h27_write_buffer", .unit = write_buffer}, traffic, 40},
	{{.name = "h28_caching_mode", .unit = caching_mode}, traffic, 40},
	{{.name = "h28_domain_zero", .unit = caching_mode}, traffic, 0},
	{{.name = "h29_root_pointer", .unit = root_keeps, .left_on = true}, taken_over, 20},
	{{.name = "h30_walks_unsnooped", .unit = unsnooped}, traffic, 40},
	{{.name = "h31_faults_cleared", .unit = one_record}, faults, 10},
	{{.name = "h32_queue_wraps"}, wrap, 4},
	{{.name = "h33_3_levels", .unit = only_3_levels}, traffic, 4},
	{{.name = "h33_4_levels", .unit = only_4_levels}, traffic, 4},
	{{.name = "h33_5_levels", .unit = only_5_levels}, traffic, 4},
	{{.name = "h34_tables_freed_late", .unit = small_pages, .machine = "low=64"}, tables_wait, 4},
	{{.name = "h47_addresses_freed_late", .mask = 0xffff}, addresses_wait, 20},
	{{.name = "h48_untrusted_is_strict", .deferred = true, .untrusted = true}, untrusted, 10},
	{{.name = "h11_writes_drained"}, drained, 20},
	{{.name = "deferred", .deferred = true}, traffic, 40},
	{{.name = "deferred_memory_is_nobodys", .deferred = true}, nobodys, 60},
	{{.name = "worst_unit", .unit = worst, .units = 2, .region = {0x7b800000, 0x7b8fffff}, .left_on = true},
	 reserved_regions,
	 40},
	{{.name = "worst_unit_deferred", .unit = worst, .units = 2, .deferred = true}, traffic, 40},
};

static void scenario(void *arg)
{
	const struct scenario *s = arg;
	static struct world w;

	if (world_up(&w, &s->wish))
		s->run(&w);
	world_down(&w);
}

int main(int argc, char **argv)
{
	unsigned n = sizeof(scenarios) / sizeof(scenarios[0]), failed = 0, ran = 0;
	const char *more = getenv("SEEDS");

	printf("1..%u\n", argc > 1 ? 1 : n);
	for (unsigned i = 0; i < n; i++) {
		struct scenario s = scenarios[i];
		struct sim_config plain = sim_config_plain(s.wish.machine),
				  hostile = sim_config_hostile(s.wish.machine);
		unsigned seeds = more ? (unsigned)atoi(more) : s.seeds, bad;

		if (argc > 1 && strcmp(argv[1], s.wish.name) != 0)
			continue;
		bad = sim_run(&plain, scenario, &s);
		if (!bad && seeds)
			bad = sim_random(&hostile, scenario, &s, seeds);
		printf("%s %u - %s: the plain machine and %u schedules\n", bad ? "not ok" : "ok", ++ran, s.wish.name,
		       seeds);
		fflush(stdout);
		failed += bad != 0;
	}
	sim_vtd_remove_all();
	return failed || !ran;
}
