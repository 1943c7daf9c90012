/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The scene.
 */
#include "scene.h"
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct unit unit;
struct dma_device dev;

void begin(const struct dma_space_config *config, bool tells, bool trusted)
{
	struct dma_device_config device = {
		.name = "probe", .mask = UINT64_MAX, .coherent = !host.uncached_only, .trusted = trusted};

	host_start();
	assert_int_equal(unit_start(&unit, config, tells), 0);
	unit_watch(&unit);
	device.domain = &unit.space.domain;
	assert_int_equal(dma_device_init(&dev, &device), 0);
}

const struct dma_space_config strict_config = {.last = UINT64_MAX};
const struct dma_space_config deferred_config = {.last = UINT64_MAX, .deferred = true};

void end(void)
{
	assert_int_equal(dma_device_fini(&dev), 0);
	assert_int_equal(unit.attached, 0);
	assert_int_equal(unit.reused, 0);
	assert_int_equal(dma_space_fini(&unit.space), 0);
	unit_watch(NULL);
	assert_true(host_stop());
}

void end_dead(uint64_t quarantined)
{
	struct dma_stats stats;

	assert_int_equal(dma_device_fini(&dev), 0);
	assert_int_equal(dma_space_fini(&unit.space), DMA_ETIMEDOUT);
	assert_int_equal(unit.reused, 0);
	dma_stats(&stats);
	assert_int_equal(stats.pages_quarantined, quarantined);
	assert_int_equal(stats.pages_pending, 0);
	/* For the next test's sake: what is quarantined for good goes, now that there is no device any more. */
	dma_spaces_leave(&unit.space);
	if (unit.space.batch)
		dma_batch_fini(&unit.space);
	dma_iova_fini(&unit.space.iova);
	dma_table_fini(&unit.space.table);
	unit_watch(NULL);
	host.frames -= quarantined;
	host.fail_at = 0;
	assert_true(host_stop());
}

void alloc(struct dma_stream *s, unsigned dir, size_t npages)
{
	*s = (struct dma_stream){0};
	assert_int_equal(dma_stream_alloc_uninit(s, &dev, dir, npages), 0);
}

bool reaches(uint64_t daddr, enum unit_access access)
{
	uint64_t paddr;

	return unit_access(&unit, daddr, access, &paddr);
}

void warm(uint64_t daddr, size_t npages)
{
	for (size_t i = 0; i < npages; i++)
		(void)reaches(daddr + i * PAGE, UNIT_READ);
}

uint64_t pending(void)
{
	struct dma_stats stats;
	struct dma_domain_stats domain;

	dma_stats(&stats);
	dma_domain_stats(&unit.space.domain, &domain);
	assert_int_equal(stats.pages_pending, domain.pages_pending);
	return stats.pages_pending;
}
