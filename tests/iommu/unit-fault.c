/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fault reports: who has, or last had, the address; counts; the handler; a log that a device cannot fill.
 */
#include "../../src/iommu/unit/fault.h"
#include "../hosts/iommu_host.h"
#include "check.h"
#include "choose.h"
#include <dmastream/dmastream.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE DMA_PAGE_SIZE

static struct unit unit;
static struct dma_device dev;
static struct dma_fault last;
static unsigned told;

static void handler(const struct dma_fault *fault, void *context)
{
	assert_ptr_equal(context, &unit);
	last = *fault;
	told++;
}

static void begin(void)
{
	const struct dma_space_config config = {.last = UINT64_MAX};
	struct dma_device_config device = {.name = "probe", .mask = UINT64_MAX, .coherent = true};

	host_start();
	assert_int_equal(unit_start(&unit, &config, false), 0);
	device.domain = &unit.space.domain;
	assert_int_equal(dma_device_init(&dev, &device), 0);
	host.time_stands = true;
	host.now = (uint64_t)1 << 40;
	dma_iommu_on_fault(handler, &unit);
	told = 0;
}

static void end(void)
{
	struct dma_domain_stats domain;
	struct dma_stats stats;

	dma_stats(&stats);
	dma_domain_stats(&unit.space.domain, &domain);
	assert_int_equal(stats.faults, domain.faults);
	assert_int_equal(dma_device_fini(&dev), 0);
	assert_int_equal(dma_space_fini(&unit.space), 0);
	dma_iommu_on_fault(NULL, NULL);
	assert_true(host_stop());
}

static void report(uint64_t daddr, enum dma_fault_access access)
{
	struct dma_fault fault = {
		.dev = &dev, .access = access, .daddr = {daddr}, .reason = "the page is not writable", .code = 5};

	dma_fault_count(&unit.space, 1);
	dma_fault_report(&unit.space, &fault);
	assert_int_equal(last.daddr.raw, daddr);
	assert_int_equal(last.access, access);
	assert_ptr_equal(last.dev, &dev);
	assert_int_equal(last.code, 5);
}

static void who_has_it(void **state)
{
	struct dma_stream s = {0}, tail = {0}, next = {0};
	uint64_t daddr;
	uint32_t tag, tail_tag;

	(void)state;
	begin();
	assert_int_equal(dma_stream_alloc_uninit(&s, &dev, DMA_TO_DEVICE, 12), 0);
	daddr = dma_stream_daddr(&s).raw;
	tag = s.tag;
	assert_int_not_equal(tag, 0);
	for (unsigned page = 0; page < 12; page++) {
		report(daddr + page * PAGE + 77, DMA_FAULT_WRITE);
		assert_int_equal(last.owner, DMA_FAULT_LIVE);
		assert_int_equal(last.tag, tag);
	}
	report(daddr - 1, DMA_FAULT_READ);
	assert_int_equal(last.owner, DMA_FAULT_NOBODY);
	report(daddr + 12 * PAGE, DMA_FAULT_READ);
	assert_int_equal(last.owner, DMA_FAULT_NOBODY);

	assert_int_equal(dma_stream_split(&s, 5 * PAGE, &tail), 0);
	tail_tag = tail.tag;
	assert_int_not_equal(tail_tag, tag);
	report(daddr + 4 * PAGE, DMA_FAULT_WRITE);
	assert_int_equal(last.tag, tag);
	report(daddr + 5 * PAGE, DMA_FAULT_WRITE);
	assert_int_equal(last.tag, tail_tag);
	report(daddr + 11 * PAGE, DMA_FAULT_WRITE);
	assert_int_equal(last.tag, tail_tag);

	dma_stream_release(&s);
	host.now += 30000000;
	report(daddr + 4 * PAGE, DMA_FAULT_WRITE);
	assert_int_equal(last.owner, DMA_FAULT_RELEASED);
	assert_int_equal(last.tag, tag);
	assert_in_range(last.released_ns, 28000000, 31000000);
	report(daddr + 5 * PAGE, DMA_FAULT_WRITE);
	assert_int_equal(last.owner, DMA_FAULT_LIVE);
	assert_int_equal(last.tag, tail_tag); /* with its first part gone */
	dma_stream_release(&tail);

	/* The same address again is another stream, with another name. (The two parts join in the bitmap.) */
	(void)dma_iova_trim(&unit.space.iova);
	assert_int_equal(dma_stream_alloc_uninit(&next, &dev, DMA_TO_DEVICE, 12), 0);
	assert_int_equal(dma_stream_daddr(&next).raw, daddr);
	assert_int_not_equal(next.tag, tag);
	report(daddr + 9 * PAGE, DMA_FAULT_WRITE);
	assert_int_equal(last.owner, DMA_FAULT_LIVE);
	assert_int_equal(last.tag, next.tag);
	dma_stream_release(&next);
	end();
}

/* On every path: the next mapping at an address has another tag. */
static void generations(void **state)
{
	static const size_t sizes[] = {1, 12, 600};

	(void)state;
	begin();
	for (unsigned k = 0; k < 3; k++) {
		static uint32_t tags[4096]; /* by page; 0: not seen */
		unsigned again = 0;

		memset(tags, 0, sizeof(tags));
		for (unsigned i = 0; i < 200; i++) {
			struct dma_segment seg = {0};
			struct dma_stream s = {0};
			uint64_t page;

			assert_int_equal(dma_segment_borrow(&seg, dma_paddr(HOST_ARENA_PADDR), sizes[k]), 0);
			assert_int_equal(dma_stream_map(&s, &dev, DMA_TO_DEVICE, &seg), 0);
			page = dma_stream_daddr(&s).raw / PAGE;
			assert_true(page < 4096 && s.tag != tags[page]);
			again += tags[page] != 0;
			tags[page] = s.tag;
			dma_stream_release(&s);
		}
		assert_true(again >= 100);
	}
	end();
}

/* Mappings of every size: the tag is found from any of their pages, and after release, until the address is used
 * again. */
static void every_size(void **state)
{
	(void)state;
	begin();
	for (size_t npages = 1; npages < 5000; npages = npages * 3 + 1) {
		struct dma_stream s = {0};
		uint64_t daddr;
		uint32_t tag;

		assert_int_equal(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, npages), 0);
		daddr = dma_stream_daddr(&s).raw;
		tag = s.tag;
		report(daddr + (npages - 1) * PAGE, DMA_FAULT_OTHER);
		assert_int_equal(last.owner, DMA_FAULT_LIVE);
		assert_int_equal(last.tag, tag);
		dma_stream_release(&s);
		report(daddr + npages / 2 * PAGE, DMA_FAULT_OTHER);
		assert_int_equal(last.owner, DMA_FAULT_RELEASED);
		assert_int_equal(last.tag, tag);
	}
	end();
}

static void counted_told_and_limited(void **state)
{
	(void)state;
	begin();
	host.lines = 0;
	for (unsigned i = 0; i < 1000; i++)
		report(0x123000, DMA_FAULT_READ);
	assert_int_equal(told, 1000);
	assert_int_equal(host.lines, 10);
	host.now += 350000000;
	for (unsigned i = 0; i < 100; i++)
		report(0x123000, DMA_FAULT_READ);
	assert_int_equal(host.lines, 10 + 3 + 1); /* and one that says how many were left out */
	dma_fault_count(&unit.space, 7);
	dma_fault_log_lost(7);
	assert_int_equal(unit.space.faults, 1107);
	end();
}

static void unknown_devices(void **state)
{
	struct dma_fault fault = {.requester = 0x1234, .access = DMA_FAULT_READ, .reason = "no such device", .tag = 9};

	(void)state;
	begin();
	host.now += (uint64_t)10 << 30; /* the bucket of lines is full again */
	dma_fault_count(NULL, 1);
	dma_fault_report(NULL, &fault);
	assert_int_equal(last.requester, 0x1234);
	assert_int_equal(last.owner, DMA_FAULT_NOBODY);
	assert_int_equal(last.tag, 0);
	unit.space.faults++; /* nobody's: only the library counts it */
	dma_iommu_on_fault(NULL, NULL);
	fault.daddr.raw = UINT64_MAX;
	dma_fault_count(&unit.space, 1);
	dma_fault_report(&unit.space, &fault); /* beyond the tables */
	end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counted_told_and_limited),
		cmocka_unit_test(who_has_it),
		cmocka_unit_test(generations),
		cmocka_unit_test(every_size),
		cmocka_unit_test(unknown_devices),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
