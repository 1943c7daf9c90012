/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains behind an IOMMU: several CPUs map and release streams of one domain at once, strict and deferred (src/iommu).
 * The unit here keeps every translation that was ever there until an invalidation covers it. A frame that a device
 * could still reach is never given back, an address is never given to two, and nothing is lost.
 *
 * Hardware reads what has reached memory. A store that the invalidating CPU need not have seen may reach memory after
 * the invalidation, so the unit reads the oldest value that this CPU's view allows.
 */
#include "domain.h"
#include "../../src/iommu/space/space_batch.h"
#include "programs.h"
#include "world.h"

#define MAPPINGS 16u

struct dma_space domain_space;
struct dma_device domain_dev;

/* The books, which no event touches: what a device may reach. */
static struct domain_mapping mappings[MAPPINGS];
static unsigned nmappings;

/* The entry that translates an address, as memory has it now; NULL: there is no table for it. */
const uint64_t *domain_entry(uint64_t daddr)
{
	const struct dma_format *f = domain_space.table.format;
	const uint64_t *table = (const uint64_t *)(uintptr_t)domain_space.table.root.raw;

	for (unsigned level = f->levels - 1u; level > 0; level--) {
		uint64_t entry = table[daddr >> dma_level_shift(level) & 511];

		if (!dma_entry_present(f, entry))
			return NULL;
		table = (const uint64_t *)(uintptr_t)dma_entry_address(f, entry);
	}
	return &table[daddr >> dma_level_shift(0) & 511];
}

static bool leads_to(uint64_t entry, unsigned frame)
{
	return dma_entry_present(domain_space.table.format, entry) &&
	       dma_entry_address(domain_space.table.format, entry) == world_base + ((uint64_t)frame << DMA_PAGE_SHIFT);
}

static void cover(uint64_t daddr, uint64_t nbytes)
{
	for (unsigned i = 0; i < nmappings; i++) {
		struct domain_mapping *m = &mappings[i];

		if (m->daddr - daddr >= nbytes)
			continue;
		if (!m->entry || (!leads_to(explore_oldest(m->entry), m->frame) &&
				  (m->cpu != explore_cpu() || explore_published(m->entry))))
			m->covered = true;
	}
}

static void unit_frees_frame(unsigned frame)
{
	for (unsigned i = 0; i < nmappings; i++)
		explore_check(mappings[i].frame != frame || (mappings[i].covered && !mappings[i].live),
			      "a frame goes back that a device can still reach");
}

static int attach(struct dma_space *s, struct dma_device *d)
{
	(void)s, (void)d;
	return 0;
}

static void detach(struct dma_space *s, struct dma_device *d)
{
	(void)s, (void)d;
}

static int block(struct dma_space *s, struct dma_device *d)
{
	(void)s, (void)d;
	return 0;
}

bool domain_unit_is_mute;
unsigned domain_batch_count = 2;

static int invalidate(struct dma_space *s, uint64_t daddr, size_t npages, bool leaf_only)
{
	(void)s, (void)leaf_only;
	explore_wait(); /* the hardware takes its time */
	if (domain_unit_is_mute)
		return DMA_ETIMEDOUT;
	cover(daddr, (uint64_t)npages << DMA_PAGE_SHIFT);
	explore_wait();
	return 0;
}

static int invalidate_all(struct dma_space *s)
{
	return invalidate(s, 0, SIZE_MAX >> DMA_PAGE_SHIFT, false);
}

static const struct dma_unit_ops unit = {attach, detach, block, invalidate, invalidate_all, NULL};

/* A device that is not trusted: its releases are strict in the same domain. */
static struct dma_device untrusted;

void domain_warm(struct dma_device *device)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};

	/* The tables of the first addresses are there, as in a machine that has run for a while. */
	explore_check(dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0 &&
			      dma_stream_map(&s, device, DMA_BIDIRECTIONAL, &seg) == 0,
		      "the first stream");
	dma_stream_release(&s);
	explore_check(dma_domain_flush(&domain_space.domain) == 0, "flush");
}

void domain_start(bool deferred, unsigned cpus)
{
	const struct dma_space_config config = {
		.mapper = &dma_walker_mapper,
		.unit = &unit,
		.table = {.format = &dma_format_vtd3, .snoops = true, .max_paddr = UINT64_MAX},
		.last = ((uint64_t)1 << 39) - 1,
		.deferred = deferred,
		.batch_count = domain_batch_count,
	};
	const struct dma_device_config device = {.name = "device",
						 .domain = &domain_space.domain,
						 .mask = UINT64_MAX,
						 .coherent = true,
						 .trusted = true};
	explore_ignore(mappings, sizeof(mappings));
	explore_ignore(&nmappings, sizeof(nmappings));
	world_start(cpus);
	world_on_free(unit_frees_frame);
	explore_check(dma_space_init(&domain_space, &config) == 0, "dma_space_init");
	explore_check(dma_device_init(&domain_dev, &device) == 0, "dma_device_init");
}

void domain_start_deferred(void)
{
	domain_start(true, 2);
	domain_warm(&domain_dev);
}

static void start_strict(void)
{
	domain_start(false, 2);
	domain_warm(&domain_dev);
}

static void start_cold(void)
{
	domain_start(false, 2);
}

static void start_mixed(void)
{
	const struct dma_device_config device = {.name = "untrusted",
						 .domain = &domain_space.domain,
						 .mask = UINT64_MAX,
						 .coherent = true,
						 .requester = 1};

	domain_start(true, 2);
	explore_check(dma_device_init(&untrusted, &device) == 0, "dma_device_init");
	domain_warm(&domain_dev);
}

void domain_finish(void)
{
	for (unsigned i = 0; i < nmappings; i++)
		explore_check(!mappings[i].live, "a mapping is lost");
	explore_check(dma_device_live(&domain_dev) == 0, "the ledger counts a stream that is gone");
	explore_check(dma_device_fini(&domain_dev) == 0, "dma_device_fini");
	explore_check(world_frames_out() == dma_load(&domain_space.table.pages) + domain_space.table.reserved,
		      "the pages of tables are not counted right");
	explore_check(dma_space_fini(&domain_space) == 0, "dma_space_fini");
	explore_check(world_frames_out() == 0, "a frame is lost");
	explore_check(dma_fini() == 0, "memory of the library's is lost");
}

/* ---- What CPUs do ---- */

void domain_map(struct dma_device *device, struct dma_stream *s, struct domain_mapping **books)
{
	struct dma_segment seg = {0};
	struct domain_mapping *m;

	explore_check(dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0, "alloc");
	m = &mappings[nmappings++];
	m->frame = world_frame(seg.paddr);
	m->covered = true;
	m->live = true;
	explore_check(dma_stream_map(s, device, DMA_BIDIRECTIONAL, &seg) == 0, "map");
	m->daddr = dma_stream_daddr(s).raw;
	m->entry = domain_entry(m->daddr);
	m->covered = false;
	explore_check(m->entry != NULL, "what was mapped has no table");
	for (unsigned i = 0; i < nmappings; i++)
		explore_check(&mappings[i] == m || mappings[i].daddr != m->daddr ||
				      (!mappings[i].live && mappings[i].covered),
			      "an address is given to two, or while a cache has it");
	explore_check(leads_to(*m->entry, m->frame), "the entry leads to another frame");
	explore_check(explore_published(m->entry), "mapped, and the entry may not have arrived");
	m->cpu = explore_cpu();
	*books = m;
}

void domain_release(struct dma_stream *s, struct domain_mapping *m)
{
	m->live = false;
	dma_stream_release(s);
}

void domain_map_and_release(void)
{
	struct dma_stream s = {0};
	struct domain_mapping *m;

	domain_map(&domain_dev, &s, &m);
	domain_release(&s, m);
}

static void twice(void)
{
	domain_map_and_release();
	domain_map_and_release();
}

static void map_and_flush(void)
{
	domain_map_and_release();
	explore_check(dma_domain_flush(&domain_space.domain) == 0, "flush");
}

const struct explore_program domain_deferred = {
	.name = "domain: deferred, both CPUs release",
	.start = domain_start_deferred,
	.cpu = {twice, domain_map_and_release},
	.finish = domain_finish,
	.preemptions = 2,
};
const struct explore_program domain_flush = {
	.name = "domain: deferred, one CPU flushes",
	.start = domain_start_deferred,
	.cpu = {domain_map_and_release, map_and_flush},
	.finish = domain_finish,
	.preemptions = 2,
};
const struct explore_program domain_strict = {
	.name = "domain: strict",
	.start = start_strict,
	.cpu = {domain_map_and_release, domain_map_and_release},
	.finish = domain_finish,
	.preemptions = 2,
};

const struct explore_program domain_cold = {
	.name = "domain: strict, no tables yet",
	.start = start_cold,
	.cpu = {domain_map_and_release, domain_map_and_release},
	.finish = domain_finish,
	.preemptions = 1,
};

/* ---- Two devices, of which one is not trusted ---- */

static void strictly(void)
{
	struct dma_stream s = {0};
	struct domain_mapping *m;

	domain_map(&untrusted, &s, &m);
	domain_release(&s, m);
	explore_check(m->covered, "a strict release comes back before its invalidation");
}

static void finish_mixed(void)
{
	explore_check(dma_device_fini(&untrusted) == 0, "dma_device_fini");
	domain_finish();
}

const struct explore_program domain_mixed = {
	.name = "domain: an untrusted device beside a deferred one",
	.start = start_mixed,
	.cpu = {twice, strictly},
	.finish = finish_mixed,
	.preemptions = 1,
};

/* ---- Pages run out: tables that nobody needs are taken out while another CPU maps where they were ---- */

static void takes_tables(void)
{
	(void)dma_walker_mapper.trim(&domain_space);
}

const struct explore_program domain_trim = {
	.name = "domain: tables are taken out while a CPU maps",
	.start = start_strict,
	.cpu = {domain_map_and_release, takes_tables},
	.finish = domain_finish,
	.preemptions = 1,
};
const struct explore_program domain_three = {
	.name = "domain: deferred, three CPUs on a ring",
	.start = domain_start_deferred,
	.cpu = {domain_map_and_release, domain_map_and_release, domain_map_and_release},
	.finish = domain_finish,
	.preemptions = 1,
};

/* ---- A receive path maps and releases in an interrupt ---- */

static struct dma_segment interrupts_own;

static void start_interrupt(void)
{
	domain_start(true, 1);
	domain_warm(&domain_dev);
	explore_check(dma_segment_alloc(&interrupts_own, 1, UINT64_MAX, 0) == 0, "alloc");
}

static void in_interrupt(void)
{
	struct domain_mapping *m = &mappings[nmappings++];
	struct dma_stream s = {0};

	m->frame = world_frame(interrupts_own.paddr);
	m->live = m->covered = true;
	if (dma_stream_map(&s, &domain_dev, DMA_BIDIRECTIONAL, &interrupts_own) !=
	    0) { /* no address at hand: it may say so */
		m->live = false;
		return;
	}
	m->daddr = dma_stream_daddr(&s).raw;
	m->entry = domain_entry(m->daddr);
	m->covered = false;
	domain_release(&s, m);
}

static void finish_interrupt(void)
{
	dma_segment_drop(&interrupts_own);
	domain_finish();
}

const struct explore_program domain_interrupt = {
	.name = "domain: deferred, an interrupt maps and releases",
	.start = start_interrupt,
	.cpu = {twice},
	.interrupt = in_interrupt,
	.finish = finish_interrupt,
	.preemptions = 2,
};
