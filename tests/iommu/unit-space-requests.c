/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Spaces over a mapper that takes requests, and cannot unmap a part of a mapping.
 */
#include "../../src/base/own_page.h"
#include "../../src/iommu/unit/fault.h"
#include "choose.h"
#include "scene.h"
#include <dmastream/batch.h>
#include <dmastream/errors.h>
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REQUESTS 640u

static struct {
	uint64_t daddr, npages;
} request[REQUESTS];
static unsigned requests_refused;
static bool out_of_requests;

static int request_map(struct dma_space *space, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir,
		       uint32_t tag)
{
	size_t piece = !(dir & DMA_SPLITTABLE) ? npages : npages % 3 ? 1 : npages / 3;
	unsigned left = (unsigned)(npages / piece);

	(void)space, (void)paddr, (void)tag;
	if (out_of_requests)
		return DMA_ENOMEM;
	for (unsigned i = 0; i < REQUESTS && left; i++)
		if (!request[i].npages) {
			request[i].daddr = daddr;
			request[i].npages = piece;
			daddr += piece * PAGE;
			left--;
		}
	return left ? DMA_ENOMEM : 0;
}

static int request_split(struct dma_space *space, uint64_t cut, uint32_t *tag)
{
	(void)space, (void)tag;
	for (unsigned i = 0; i < REQUESTS; i++)
		if (request[i].npages && request[i].daddr < cut && cut < request[i].daddr + request[i].npages * PAGE)
			return DMA_ENOTSUP;
	return 0;
}

static struct dma_unmapped request_unmap(struct dma_space *space, uint64_t daddr, size_t npages, uint64_t note)
{
	(void)space, (void)note;
	for (unsigned i = 0; i < REQUESTS; i++) {
		if (!request[i].npages || request[i].daddr < daddr || request[i].daddr >= daddr + npages * PAGE)
			continue;
		if (request[i].daddr + request[i].npages * PAGE > daddr + npages * PAGE)
			requests_refused++;
		request[i].npages = 0;
	}
	return dma_unmapped_leaves(daddr, npages);
}

static int request_flush(struct dma_space *space, struct dma_unmapped what)
{
	(void)space;
	return what.error;
}

static int request_flush_all(struct dma_space *space, struct dma_gather tables)
{
	(void)space, (void)tables;
	return 0;
}

static int request_attach(struct dma_space *space, struct dma_device *device)
{
	(void)space, (void)device;
	return 0;
}

static void request_detach(struct dma_space *space, struct dma_device *device)
{
	(void)space, (void)device;
}

static const struct dma_mapper_ops ops = {.attach = request_attach,
					  .detach = request_detach,
					  .block = request_attach,
					  .map = request_map,
					  .split = request_split,
					  .unmap = request_unmap,
					  .flush = request_flush,
					  .flush_all = request_flush_all};

static const struct dma_space_config request_config = {
	.mapper = &ops, .last = UINT64_MAX, .features = DMA_DOMAIN_WRITE_ONLY};

static void requests(void **state)
{
	struct dma_stream s = {0}, tail = {0};

	(void)state;
	begin(&request_config, false, true);
	assert_int_equal(unit.space.domain.features, DMA_DOMAIN_TRANSLATES | DMA_DOMAIN_WRITE_ONLY);
	assert_int_equal(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, 8), 0);
	assert_int_equal(dma_stream_split(&s, 3 * PAGE, &tail), DMA_ENOTSUP);
	dma_stream_release(&s);
	assert_int_equal(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 8), 0);
	assert_int_equal(dma_stream_split(&s, 3 * PAGE, &tail), 0);
	dma_stream_release(&s);
	dma_stream_release(&tail);
	assert_int_equal(requests_refused, 0);
	end();
}

/* Streams that are released together are requests each, too: the record alone ends no access. */
static void a_batch_of_releases(void **state)
{
	struct dma_stream streams[5] = {0}, *named[5];

	(void)state;
	begin(&request_config, false, true);
	for (unsigned i = 0; i < 5; i++) {
		alloc(&streams[i], DMA_BIDIRECTIONAL, 1 + i % 3);
		named[i] = &streams[i];
	}
	dma_batch_release(named, 5);
	for (unsigned i = 0; i < REQUESTS; i++)
		assert_int_equal(request[i].npages, 0);
	end();
}

/* Hazard 82: the page that addresses grow by with interrupts off is made good by dma_reclaim(), without tables, too. */
static void a_reserve_is_filled_again(void **state)
{
	struct dma_space *space;

	(void)state;
	begin(&request_config, false, true);
	space = dma_space_of(dev.domain);
	dma_own_page_free(space->iova.spare);
	space->iova.spare = NULL;
	(void)dma_reclaim();
	assert_non_null(space->iova.spare);
	end();
}

static struct dma_fault last;

static void on_fault(const struct dma_fault *fault, void *context)
{
	(void)context;
	last = *fault;
}

static void report(uint64_t daddr)
{
	struct dma_fault fault = {
		.dev = &dev, .access = DMA_FAULT_WRITE, .daddr = {daddr}, .reason = "the IOMMU says so", .code = 1};

	dma_fault_report(&unit.space, &fault);
	assert_int_equal(last.daddr.raw, daddr);
	assert_ptr_equal(last.dev, &dev);
}

/* The mapper knows nothing of tags, but the space does. */
static void faults_have_owners(void **state)
{
	static const size_t sizes[] = {1, 12, 699, 3 * (MIB_2_PAGES + 100)};

	(void)state;
	begin(&request_config, false, true);
	host.time_stands = true;
	host.now = (uint64_t)1 << 40;
	dma_iommu_on_fault(on_fault, NULL);
	report(0x123000);
	assert_int_equal(last.owner, DMA_FAULT_NOBODY);
	for (unsigned k = 0; k < 4; k++) {
		struct dma_stream s, tail = {0};
		uint64_t daddr, nbytes = sizes[k] * PAGE, cut = sizes[k] / 3 * PAGE;
		uint32_t tag, tail_tag = 0;

		alloc(&s, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, sizes[k]);
		daddr = dma_stream_daddr(&s).raw;
		tag = s.tag;
		report(daddr);
		assert_int_equal(last.owner, DMA_FAULT_LIVE);
		assert_int_equal(last.tag, tag);
		report(daddr + nbytes - 1);
		assert_int_equal(last.tag, tag);
		report(daddr + nbytes);
		assert_int_equal(last.owner, DMA_FAULT_NOBODY);
		if (cut) {
			assert_int_equal(dma_stream_split(&s, cut, &tail), 0);
			tail_tag = tail.tag;
			assert_int_not_equal(tail_tag, tag);
			report(daddr + cut - 1);
			assert_int_equal(last.tag, tag);
			report(daddr + cut);
			assert_int_equal(last.tag, tail_tag);
		}
		dma_stream_release(&s);
		host.now += 30000000;
		report(daddr);
		assert_int_equal(last.owner, DMA_FAULT_RELEASED);
		assert_int_equal(last.tag, tag);
		assert_in_range(last.released_ns, 28000000, 31000000);
		if (tail_tag) {
			report(daddr + cut);
			assert_int_equal(last.owner, DMA_FAULT_LIVE);
			assert_int_equal(last.tag, tail_tag);
		}
		dma_stream_release(&tail);
		report(daddr + nbytes - 1);
		assert_int_equal(last.owner, DMA_FAULT_RELEASED);
		assert_int_equal(last.tag, tail_tag ? tail_tag : tag);
	}
	{ /* refused: nobody's, at whatever address that was, and the next one is well */
		struct dma_stream s = {0};

		out_of_requests = true;
		assert_int_equal(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, 5), DMA_ENOMEM);
		out_of_requests = false;
		for (uint64_t daddr = 0; daddr < (uint64_t)64 << 20; daddr += PAGE) {
			report(daddr);
			assert_int_not_equal(last.owner, DMA_FAULT_LIVE);
		}
		alloc(&s, DMA_BIDIRECTIONAL, 5);
		assert_true(dma_stream_daddr(&s).raw < (uint64_t)64 << 20);
		report(dma_stream_daddr(&s).raw);
		assert_int_equal(last.tag, s.tag);
		dma_stream_release(&s);
	}
	dma_iommu_on_fault(NULL, NULL);
	end();
}

/* What the record took for mappings that have come and gone is the host's again, as the tables of other IOMMUs are. */
static void the_record_goes_back(void **state)
{
	static struct dma_stream streams[600]; /* more than a GiB of addresses */
	struct dma_space *space;
	uint64_t before;

	(void)state;
	begin(&request_config, false, true);
	space = dma_space_of(dev.domain);
	before = space->table.pages;
	for (unsigned i = 0; i < 600; i++) { /* a leaf table each: what is longer than half of one is aligned so */
		struct dma_segment seg = {0};

		assert_int_equal(dma_segment_borrow(&seg, dma_paddr(HOST_ARENA_PADDR), MIB_2_PAGES - 1), 0);
		assert_int_equal(dma_stream_map(&streams[i], &dev, DMA_BIDIRECTIONAL, &seg), 0);
	}
	assert_true(space->table.pages >= before + 300);
	(void)dma_reclaim(); /* takes nothing of those that live */
	for (unsigned i = 0; i < 600; i++) {
		struct dma_lookup what;

		dma_table_lookup(&space->table, dma_stream_daddr(&streams[i]).raw, 0, &what);
		assert_true(what.live);
		dma_stream_release(&streams[i]);
	}
	(void)dma_reclaim();
	/* What stays: one above, and those of the block with page 0, which nobody ever has. */
	assert_true(space->table.pages <= before + 1 + (DMA_PAGE_SIZE >> 12));
	end();
}

/* The record lacks a page, or the mapper refuses: neither is left behind. */
static void every_hook_fails(void **state)
{
	bool done = false;

	(void)state;
	for (unsigned n = 1; !done; n++) {
		struct dma_device_config device = {.name = "probe", .mask = UINT64_MAX, .coherent = true};
		struct dma_stream s = {0}, tail = {0};
		int error;

		host_start();
		host.fail_at = n;
		error = unit_start(&unit, &request_config, false);
		if (!error) {
			device.domain = &unit.space.domain;
			assert_int_equal(dma_device_init(&dev, &device), 0);
			error = dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, 14 * MIB_2_PAGES + 3);
			dma_stream_release(&s);
			if (!error)
				error = dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 10);
			if (!error)
				error = dma_stream_split(&s, 5 * PAGE, &tail);
			dma_stream_release(&s);
			dma_stream_release(&tail);
			assert_int_equal(dma_device_fini(&dev), 0);
			assert_int_equal(dma_space_fini(&unit.space), 0);
		}
		done = host.calls < n;
		assert_true(error == 0 || (error == DMA_ENOMEM && !done));
		assert_true(host_stop());
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(a_batch_of_releases),
		cmocka_unit_test(a_reserve_is_filled_again),
		cmocka_unit_test(faults_have_owners),
		cmocka_unit_test(the_record_goes_back),
		cmocka_unit_test(every_hook_fails),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
