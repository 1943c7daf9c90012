/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Rings of deferred releases (src/iommu/space/space_batch.c): they come while CPUs release, go round, carry tables, are
 * counted, and are quarantined where the unit does not answer.
 */
#include "domain.h"

static struct dma_stream early[2];
static struct domain_mapping *books[2];

static void flushes(void)
{
	explore_check(dma_domain_flush(&domain_space.domain) == 0, "flush");
}

static void rings_are_owned(void)
{
	for (unsigned i = 0; i < domain_space.cpus; i++)
		if (domain_space.batch[i].ring)
			explore_owned(domain_space.batch[i].ring, DMA_PAGE_SIZE);
}

/* ---- Rings come ---- */

static void start_without_rings(void)
{
	domain_start(true, 2);
	world_refuse_pages(true);
	domain_map(&domain_dev, &early[0], &books[0]);
	domain_map(&domain_dev, &early[1], &books[1]);
	world_refuse_pages(false);
}

static void releases_early(void)
{
	domain_release(&early[0], books[0]);
	domain_release(&early[1], books[1]);
}

const struct explore_program domain_rings_come = {
	.name = "domain: rings come while a CPU releases",
	.start = start_without_rings,
	.cpu = {domain_map_and_release, releases_early},
	.finish = domain_finish,
	.preemptions = 1,
};

/* Both CPUs bring CPU 1's ring, which the first release has asked for. */
static void brings_rings(void)
{
	dma_batch_refill(&domain_space);
}

static void releases_early_and_brings_rings(void)
{
	domain_release(&early[0], books[0]);
	dma_batch_refill(&domain_space);
	domain_release(&early[1], books[1]);
}

const struct explore_program domain_ring_brought = {
	.name = "domain: another CPU brings the ring of a CPU that releases",
	.start = start_without_rings,
	.cpu = {brings_rings, releases_early},
	.finish = domain_finish,
	.preemptions = 2,
};
const struct explore_program domain_ring_brought_by_two = {
	.name = "domain: two CPUs bring one ring",
	.start = start_without_rings,
	.cpu = {brings_rings, releases_early_and_brings_rings},
	.finish = domain_finish,
	.preemptions = 2,
};

/* CPU 1 has no ring before its first release; CPU 0 may see the tail of that ring before it sees the ring. */
const struct explore_program domain_ring_flushed = {
	.name = "domain: a ring comes while another CPU flushes",
	.start = domain_start_deferred,
	.cpu = {flushes, domain_map_and_release},
	.finish = domain_finish,
	.preemptions = 2,
};

/* ---- Slots are used again ---- */

/* Frames that nobody looks into: no books. */
static void map_far(struct dma_stream *s, size_t npages)
{
	struct dma_segment seg = {0};

	explore_check(dma_segment_borrow(&seg, dma_paddr(WORLD_FAR), npages) == 0 &&
			      dma_stream_map(s, &domain_dev, DMA_BIDIRECTIONAL, &seg) == 0,
		      "map");
}

/* All slots but one wait. */
static void start_round(void)
{
	domain_batch_count = DMA_BATCH_COUNT;
	domain_start(true, 1);
	domain_warm(&domain_dev);
	map_far(&early[0], 1);
	map_far(&early[1], 1);
	for (unsigned i = 0; i < DMA_BATCH_COUNT - 1; i++) {
		struct dma_stream s = {0};

		map_far(&s, 1);
		dma_stream_release(&s);
	}
	explore_check(DMA_BATCH_RELEASES(domain_space.batch->tail - domain_space.batch->head) == DMA_BATCH_COUNT - 1,
		      "the slots do not wait");
	rings_are_owned();
}

static void releases_two(void)
{
	dma_stream_release(&early[0]);
	dma_stream_release(&early[1]);
}

static void start_round_mute(void)
{
	start_round();
	domain_unit_is_mute = true;
}

static void flushes_in_vain(void)
{
	(void)dma_domain_flush(&domain_space.domain);
}

/* A unit may still walk the tables, and reach the frames: nothing comes back. */
static void finish_mute(void)
{
	explore_check(dma_domain_flush(&domain_space.domain) == 0 || domain_space.dead, "flush");
	explore_check(world_logged("does not answer") <= 1, "a unit is given up twice");
	explore_check(dma_batch_pending(&domain_space) == 0, "a release waits for ever");
	explore_check(dma_device_live(&domain_dev) == 0, "the ledger counts a stream that is gone");
	explore_check(dma_device_fini(&domain_dev) == 0, "dma_device_fini");
	explore_check(dma_space_fini(&domain_space) == DMA_ETIMEDOUT, "a space goes that a unit may use");
}

const struct explore_program domain_round = {
	.name = "domain: a ring goes round",
	.start = start_round,
	.cpu = {flushes, releases_two},
	.finish = domain_finish,
	.preemptions = 1,
};
const struct explore_program domain_round_mute = {
	.name = "domain: a ring goes round, the unit does not answer",
	.start = start_round_mute,
	.cpu = {flushes_in_vain, releases_two},
	.finish = finish_mute,
	.preemptions = 1,
};

/* ---- The unit does not answer ---- */

static void start_mute(void)
{
	domain_start_deferred();
	domain_map(&domain_dev, &early[0], &books[0]);
	domain_map(&domain_dev, &early[1], &books[1]);
	rings_are_owned();
	domain_unit_is_mute = true;
	(void)world_logged("does not answer");
}

static void releases_0(void)
{
	domain_release(&early[0], books[0]);
	flushes_in_vain();
}

static void releases_1(void)
{
	domain_release(&early[1], books[1]);
	flushes_in_vain();
}

const struct explore_program domain_mute = {
	.name = "domain: the unit does not answer",
	.start = start_mute,
	.cpu = {releases_0, releases_1},
	.finish = finish_mute,
	.preemptions = 1,
};

/* ---- Tables in a ring: what is mapped is a whole leaf table, which goes with it ---- */

static void start_tables(void)
{
	domain_start(true, 1);
	domain_warm(&domain_dev);
	rings_are_owned();
}

static void maps_a_table(void)
{
	struct dma_stream s = {0};
	const uint64_t *entry;

	map_far(&s, 512);
	entry = domain_entry(dma_stream_daddr(&s).raw);
	explore_check(entry != NULL, "what was mapped has no table");
	explore_check(explore_published(&entry[0]) && explore_published(&entry[511]),
		      "mapped, and an entry may not have arrived");
	dma_stream_release(&s);
}

static void maps_a_table_and_flushes(void)
{
	maps_a_table();
	flushes();
}

const struct explore_program domain_tables = {
	.name = "domain: tables wait in a ring",
	.start = start_tables,
	.cpu = {maps_a_table, maps_a_table_and_flushes},
	.finish = domain_finish,
	.preemptions = 1,
};

/* A table waits; its flush finds another one coming. */
static void start_table_waits(void)
{
	start_tables();
	map_far(&early[0], 512);
	map_far(&early[1], 512);
	dma_stream_release(&early[0]);
	explore_check(domain_space.batch->tables != 0, "no table waits");
}

static void releases_a_table(void)
{
	dma_stream_release(&early[1]);
}

const struct explore_program domain_table_flushed = {
	.name = "domain: a table comes into a ring that is flushed",
	.start = start_table_waits,
	.cpu = {flushes, releases_a_table},
	.finish = domain_finish,
	.preemptions = 2,
};

/* ---- Counted ---- */

static void counts(void)
{
	for (unsigned i = 0; i < 4; i++) {
		explore_check(dma_batch_pending(&domain_space) <= 2, "more waits than was ever released");
		explore_wait(); /* the flush comes forward, which waits for hardware twice */
	}
}

static void releases_and_flushes(void)
{
	domain_map_and_release();
	domain_map_and_release();
	flushes();
}

const struct explore_program domain_counted = {
	.name = "domain: what waits is counted",
	.start = domain_start_deferred,
	.cpu = {releases_and_flushes, counts},
	.finish = domain_finish,
	.preemptions = 1,
};

/* ---- Flushed by two ---- */

const struct explore_program domain_two_flushes = {
	.name = "domain: deferred, both CPUs flush one ring",
	.start = start_tables,
	.cpu = {releases_and_flushes, flushes},
	.finish = domain_finish,
	.preemptions = 2,
};
