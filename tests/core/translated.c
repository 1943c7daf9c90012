/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Streams behind an IOMMU, by whichever way map takes: the direction and the range are kept, the caller's frames come
 * back, whoever counts them, and each of many streams is known until it ends.
 */
#include "../../src/memory/placement.h"
#include "../hosts/fake.h"

static const unsigned features[] = {DMA_DOMAIN_SPLITS, DMA_DOMAIN_SPLITS | DMA_DOMAIN_DEFERRED};

static void direction_and_range(const struct dma_stream *s, unsigned dir)
{
	size_t size = dma_stream_size(s);
	int may_write = dir & DMA_TO_DEVICE ? 0 : DMA_EACCES, may_read = dir & DMA_FROM_DEVICE ? 0 : DMA_EACCES;
	struct dma_reader r;
	struct dma_writer w;
	unsigned char byte = 7;

	SIM_CHECK(s->dir == dir);
	SIM_CHECK(dma_stream_write_bytes(s, size - 1, &byte, 1) == may_write);
	SIM_CHECK(dma_stream_write_bytes(s, size, &byte, 0) == may_write);
	SIM_CHECK(dma_stream_sync_to_device(s, 0, size) == may_write);
	SIM_CHECK(dma_stream_writer(s, &w) == may_write);
	SIM_CHECK(dma_stream_sync_from_device(s, 0, size) == may_read);
	SIM_CHECK(dma_stream_read_bytes(s, size - 1, &byte, 1) == may_read);
	SIM_CHECK(dma_stream_reader(s, &r) == may_read);
	if (!may_write) {
		SIM_CHECK(dma_stream_write_bytes(s, size, &byte, 1) == DMA_EINVAL);
		SIM_CHECK(dma_stream_sync_to_device(s, 1, size) == DMA_EINVAL);
	}
	if (!may_read) {
		SIM_CHECK(dma_stream_read_bytes(s, size, &byte, 1) == DMA_EINVAL);
		SIM_CHECK(dma_stream_sync_from_device(s, 1, size) == DMA_EINVAL);
	}
	/* Where nothing is to be copied or maintained, a sync is a barrier alone. */
	if (!(s->place & (DMA_PLACE_BOUNCE | DMA_PLACE_MAINTAIN))) {
		SIM_CHECK(s->to_device_end == (may_write ? 0 : size + 1));
		SIM_CHECK(s->from_device_end == (may_read ? 0 : size + 1));
	}
}

static void ways(void *arg)
{
	const unsigned *with = arg;
	struct core_device dev;

	fake_open(&dev, *with);
	for (unsigned i = 0; i < 6; i++) {
		unsigned dir = DMA_TO_DEVICE + i % 3;
		struct dma_segment theirs = {0}, seg = {0};
		struct dma_stream s = {0}, tail = {0}, zero = {0};

		if (!core_segment(&theirs, 3, i))
			return;
		if (i < 3)
			SIM_CHECK(dma_segment_borrow(&seg, theirs.paddr, 3) == 0);
		else
			SIM_CHECK(dma_segment_clone(&theirs, &seg) == 0);
		SIM_CHECK(dma_stream_map(&s, NULL, dir, &seg) == DMA_EINVAL && seg.npages == 3);
		SIM_CHECK(dma_stream_map(&s, &dev.dma, dir, &seg) == 0 && seg.npages == 0);
		direction_and_range(&s, dir);
		core_exchange(&dev, &s, i);
		SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
		direction_and_range(&s, dir);
		direction_and_range(&tail, dir);
		SIM_CHECK(dma_device_live(&dev.dma) == 2);
		dma_stream_release(&s);
		SIM_CHECK(dma_device_live(&dev.dma) == 1 && memcmp(&s, &zero, sizeof(s)) == 0);
		SIM_CHECK(dma_device_fini(&dev.dma) == DMA_EBUSY);
		core_exchange(&dev, &tail, i);
		dma_stream_release(&tail);
		SIM_CHECK(dma_device_live(&dev.dma) == 0);
		SIM_CHECK(dma_domain_flush(&fake.domain) == 0);
		(void)dma_reclaim();
		SIM_CHECK(core_pages() == 3);
		dma_segment_drop(&theirs);
		SIM_CHECK(core_pages() == 0);
	}
	fake_close(&dev);
}

static void each_way_keeps_every_promise(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		unsigned with = features[i];

		assert_int_equal(core_run_all(ways, &with), 0);
	}
}

/* Blocks of 512 pages, of which each CPU has its own, are counted in words that lie a cache line apart. */
static void apart(void *arg)
{
	struct dma_stream s[4] = {{0}};
	struct core_device dev;

	(void)arg;
	fake_open(&dev, 0);
	for (unsigned block = 0; block < 4; block++) {
		fake.next = (uint64_t)block * 512 << DMA_PAGE_SHIFT;
		SIM_CHECK(dma_stream_alloc(&s[block], &dev.dma, DMA_TO_DEVICE, 1) == 0);
		SIM_CHECK(dma_stream_daddr(&s[block]).raw == IOVA + ((uint64_t)block * 512 << DMA_PAGE_SHIFT));
		SIM_CHECK(dev.dma.ledger[block * 8] == dma_ledger_entry(dma_stream_daddr(&s[block])));
	}
	for (unsigned block = 0; block < 4; block++)
		dma_stream_release(&s[block]);
	fake_close(&dev);
}

static void blocks_are_counted_apart(void **state)
{
	(void)state;
	core_test("low=1,high=1", apart);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_keeps_every_promise),
		cmocka_unit_test(blocks_are_counted_apart),
	};

	return cmocka_run_group_tests_name("translated", tests, NULL, NULL);
}
