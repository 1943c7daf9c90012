/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains behind an IOMMU that takes requests (src/iommu/space/space_record.c): the record beside it names what is
 * mapped, while CPUs map and release and a fault is looked up.
 */
#include "../../src/iommu/space/space.h"
#include "programs.h"
#include "world.h"

static struct dma_space space;
static struct dma_device dev;
static uint64_t seen; /* an address that a device used */

static int attach(struct dma_space *s, struct dma_device *d)
{
	(void)s, (void)d;
	return 0;
}

static void detach(struct dma_space *s, struct dma_device *d)
{
	(void)s, (void)d;
}

static int map(struct dma_space *s, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir, uint32_t tag)
{
	(void)s, (void)paddr, (void)npages, (void)dir, (void)tag;
	__atomic_store_n(&seen, daddr, __ATOMIC_RELAXED);
	return 0;
}

static int split(struct dma_space *s, uint64_t cut, uint32_t *tag)
{
	(void)s, (void)cut, (void)tag;
	return 0;
}

static struct dma_unmapped unmap(struct dma_space *s, uint64_t daddr, size_t npages, uint64_t note)
{
	(void)s, (void)note;
	return (struct dma_unmapped){.daddr = daddr, .npages = npages};
}

static int flush(struct dma_space *s, struct dma_unmapped what)
{
	(void)s, (void)what;
	explore_wait(); /* the request takes its time */
	return 0;
}

static int flush_all(struct dma_space *s, struct dma_gather tables)
{
	(void)s, (void)tables;
	explore_wait();
	return 0;
}

static const struct dma_mapper_ops requests = {.attach = attach,
					       .detach = detach,
					       .block = attach,
					       .map = map,
					       .split = split,
					       .unmap = unmap,
					       .flush = flush,
					       .flush_all = flush_all};

static void start_space(bool deferred)
{
	const struct dma_space_config config = {
		.mapper = &requests, .last = ((uint64_t)1 << 39) - 1, .deferred = deferred, .batch_count = 2};
	const struct dma_device_config device = {
		.name = "device", .domain = &space.domain, .mask = UINT64_MAX, .coherent = true, .trusted = true};

	world_start(2);
	explore_check(dma_space_init(&space, &config) == 0 && dma_device_init(&dev, &device) == 0, "init");
}

static void start_strict(void)
{
	start_space(false);
}

static void start_deferred(void)
{
	start_space(true);
}

static void map_and_release(void)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct dma_lookup found;

	explore_check(dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0 &&
			      dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg) == 0,
		      "map");
	space.mapper->lookup(&space, dma_stream_daddr(&s).raw, &found);
	explore_check(found.live && found.paddr == dma_stream_paddr(&s).raw && found.tag == s.tag,
		      "what lives is not in the record");
	dma_stream_release(&s);
}

/* A fault at an address that somebody else maps or releases: whatever is said, it is one of the two. */
static void looks_up(void)
{
	uint64_t daddr = __atomic_load_n(&seen, __ATOMIC_RELAXED);
	struct dma_lookup found;

	if (!daddr)
		return;
	space.mapper->lookup(&space, daddr, &found);
	explore_check(!found.live || dma_host_is_ram(dma_paddr(found.paddr), 1),
		      "the record names what was never mapped");
}

static void finish(void)
{
	explore_check(dma_device_fini(&dev) == 0 && dma_space_fini(&space) == 0, "something lives");
	explore_check(world_frames_out() == 0 && dma_fini() == 0, "memory is lost");
}

const struct explore_program record_strict = {
	.name = "record: two CPUs map and release",
	.start = start_strict,
	.cpu = {map_and_release, map_and_release},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program record_looked_up = {
	.name = "record: looked up while a CPU maps and releases, deferred",
	.start = start_deferred,
	.cpu = {map_and_release, looks_up},
	.finish = finish,
	.preemptions = 1,
};
