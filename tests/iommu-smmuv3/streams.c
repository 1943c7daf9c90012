/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What an SMMUv3 sees of the driver at the worst moment: entries of the stream table that are being written, an id that
 * had another domain before, events that it had to drop.
 */
#include "setup.h"

#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STREAM_A = 8, STREAM_B = 17, PAGES = 3 };

static bool reads(struct attached *a, uint64_t daddr)
{
	char byte;

	return sim_device_read(a->model, dma_daddr(daddr), &byte, 1) == 0;
}

/* A device tries without end while its stream gets a domain and loses it: it finds the entry invalid, or whole. (The
 * model reports a valid entry that makes no sense as a broken rule.) */
static void watched(struct machine *m)
{
	const unsigned streams[] = {STREAM_A, STREAM_B,
				    m->kind->linear ? 63 : 255}; /* the last of a table among them */
	struct sim_device_config config = sim_config()->device;
	struct attached a;

	for (unsigned i = 0; i < 3; i++) {
		config.requester = streams[i];
		sim_hostile(sim_device_new(&config), dma_daddr(0x1000), 4096, false);
		for (unsigned round = 0; round < 4; round++) {
			struct dma_stream s = {0};

			if (!SIM_CHECK(attach_device(m, &a, streams[i], true) == 0))
				return;
			if (SIM_CHECK(dma_stream_alloc_uninit(&s, &a.dev, DMA_BIDIRECTIONAL, PAGES) == 0))
				SIM_CHECK(reads(&a, dma_stream_daddr(&s).raw));
			dma_stream_release(&s);
			SIM_CHECK(dma_domain_flush(a.domain) == 0);
			SIM_CHECK(detach_device(m, &a) == 0);
		}
		sim_calm();
	}
}

/* The same for the neighbours of the last ones, in a table that is made for one stream and goes with it. */
static void neighbours(struct machine *m)
{
	const unsigned last = m->kind->linear ? 63 : 255;
	struct sim_device_config model = sim_config()->device;
	struct dma_device_config config;
	struct attached a;

	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, true) == 0))
		return;
	config = sim_device_dma(a.model);
	config.domain = a.domain;
	for (unsigned i = 0; i < 8; i++) {
		model.requester = last - i;
		sim_hostile(sim_device_new(&model), dma_daddr(0x1000), 4096, false);
	}
	for (unsigned round = 0; round < 100; round++)
		SIM_CHECK(dma_device_fini(&a.dev) == 0 && dma_device_init(&a.dev, &config) == 0);
	sim_calm();
	SIM_CHECK(detach_device(m, &a) == 0);
}

/* The next domain with an id finds nothing of the last one: its tables have gone to other owners meanwhile. */
static void id_again(struct machine *m)
{
	struct dma_segment others[6] = {{.npages = 0}};
	struct attached a;
	uint64_t daddr = 0;
	char byte;

	for (unsigned round = 0; round < 6; round++) {
		struct dma_stream s = {0};

		if (!SIM_CHECK(attach_device(m, &a, round % 2 ? STREAM_B : STREAM_A, true) == 0))
			return;
		if (daddr) /* nothing is mapped there yet */
			SIM_CHECK(sim_device_probe(a.model, dma_daddr(daddr), &byte, 1) != 0);
		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &a.dev, DMA_BIDIRECTIONAL, PAGES) == 0))
			return;
		daddr = dma_stream_daddr(&s).raw;
		for (unsigned page = 0; page < PAGES; page++)
			SIM_CHECK(reads(&a, daddr + page * DMA_PAGE_SIZE));
		dma_stream_release(&s);
		SIM_CHECK(dma_domain_flush(a.domain) == 0);
		SIM_CHECK(detach_device(m, &a) == 0);
		SIM_CHECK(dma_segment_alloc(&others[round], 40, UINT64_MAX, 0) == 0);
	}
	for (unsigned round = 0; round < 6; round++)
		dma_segment_drop(&others[round]);
}

/* An event is lost though no other is waiting: that is said once, and the next loss is noticed, too. */
static void lost_alone(struct machine *m)
{
	struct dma_stats before, after;
	struct attached a;

	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, true) == 0))
		return;
	(void)dma_iommu_poll_all();
	dma_stats(&before);
	for (unsigned n = 1; n <= 3; n++) {
		sim_smmu_lose_event(m->unit);
		SIM_CHECK(dma_iommu_poll_all() == 1);
		SIM_CHECK(dma_iommu_poll_all() == 0);
		dma_stats(&after);
		SIM_CHECK(after.faults == before.faults + n);
	}
	SIM_CHECK(detach_device(m, &a) == 0);
}

/* A queue that says it holds more than it can: none of that is believed. */
static void events_beyond(struct machine *m)
{
	enum { SLOTS = 128 };
	struct attached a;
	char byte;

	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, true) == 0))
		return;
	(void)dma_iommu_poll_all();
	for (uint32_t n = SLOTS + 1; n < 2 * SLOTS; n += 21) {
		sim_smmu_pretend_events(m->unit, n);
		SIM_CHECK(dma_iommu_poll_all() == 0);
	}
	sim_smmu_pretend_events(m->unit, 0);
	SIM_CHECK(sim_device_probe(a.model, dma_daddr(0x1000), &byte, 1) != 0);
	SIM_CHECK(dma_iommu_poll_all() == 1);
	SIM_CHECK(detach_device(m, &a) == 0);
}

/* A release over whole tables: the way to them is forgotten, too, and nobody else gets them before. */
static void tables_go(struct machine *m)
{
	enum { LONG = 1100 };
	struct sim_device_config model = sim_config()->device;
	struct dma_iommu_domain_config domain = {
		.requester = STREAM_A, .deferred = m->kind->deferred, .no_big_pages = true};
	struct attached a = {0};
	struct dma_device_config config;
	char byte;

	model.requester = STREAM_A;
	model.readable = ~(uint32_t)0; /* what it may see is not the question here */
	a.model = sim_device_new(&model);
	config = sim_device_dma(a.model);
	if (!SIM_CHECK(dma_iommu_domain_create(m->iommu, &domain, &a.domain) == 0))
		return;
	config.domain = a.domain;
	if (!SIM_CHECK(dma_device_init(&a.dev, &config) == 0))
		return;
	for (unsigned round = 0; round < 2; round++) {
		struct dma_segment seg = {.npages = 0};
		struct dma_stream s = {0};
		uint64_t daddr;

		if (!SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(SIM_LOW_RAM), LONG) == 0) ||
		    !SIM_CHECK(dma_stream_map(&s, &a.dev, DMA_TO_DEVICE, &seg) == 0))
			return;
		daddr = dma_stream_daddr(&s).raw;
		for (unsigned page = 0; page < LONG; page += 100)
			SIM_CHECK(sim_device_probe(a.model, dma_daddr(daddr + page * DMA_PAGE_SIZE), &byte, 1) == 0);
		dma_stream_release(&s);
		SIM_CHECK(dma_domain_flush(a.domain) == 0);
		for (unsigned page = 0; page < LONG; page += 100)
			SIM_CHECK(sim_device_probe(a.model, dma_daddr(daddr + page * DMA_PAGE_SIZE), &byte, 1) != 0);
	}
	SIM_CHECK(detach_device(m, &a) == 0);
}

/* A stream has one domain. */
static void one_owner(struct machine *m)
{
	struct attached a, b;

	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, true) == 0))
		return;
	SIM_CHECK(attach_device(m, &b, STREAM_A, true) == DMA_ENOTSUP);
	SIM_CHECK(detach_device(m, &a) == 0);
	SIM_CHECK(attach_device(m, &b, STREAM_A, true) == 0);
	SIM_CHECK(detach_device(m, &b) == 0);
}

/* Ids of 8 bits: 255 domains at once, not one more, and any number one after the other. */
static void ids(void *arg)
{
	enum { MOST = 255 };
	static struct dma_domain *domains[MOST];
	struct machine m;

	machine_open(&m, arg);
	for (unsigned i = 0; m.iommu && i < 2 * MOST; i++) {
		struct dma_iommu_domain_config config = {.requester = 1};
		struct dma_domain *more;

		if (i >= MOST) {
			SIM_CHECK(dma_iommu_domain_create(m.iommu, &config, &more) == DMA_ENOSPC);
			SIM_CHECK(dma_iommu_domain_destroy(m.iommu, domains[i % MOST]) == 0);
		}
		if (!SIM_CHECK(dma_iommu_domain_create(m.iommu, &config, &domains[i % MOST]) == 0))
			break;
	}
	for (unsigned i = 0; m.iommu && i < MOST; i++)
		SIM_CHECK(dma_iommu_domain_destroy(m.iommu, domains[i]) == 0);
	machine_close(&m);
}

/* More commands than the queue has slots. */
static void queue_wraps(struct machine *m)
{
	enum { LENGTH = 5 };
	struct attached a;

	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, false) == 0))
		return;
	for (unsigned n = 0; n < 100; n++) { /* of six commands where there are no ranges: some lie across the end */
		struct dma_stream s = {0};
		uint64_t daddr;
		char byte;

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &a.dev, DMA_BIDIRECTIONAL, LENGTH) == 0))
			return;
		daddr = dma_stream_daddr(&s).raw;
		for (unsigned page = 0; page < LENGTH; page++)
			SIM_CHECK(reads(&a, daddr + page * DMA_PAGE_SIZE));
		dma_stream_release(&s);
		for (unsigned page = 0; page < LENGTH; page++)
			SIM_CHECK(sim_device_probe(a.model, dma_daddr(daddr + page * DMA_PAGE_SIZE), &byte, 1) != 0);
	}
	SIM_CHECK(detach_device(m, &a) == 0);
}

static void test_watched(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(watched), 0);
}

static void test_neighbours(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(neighbours), 0);
}

static void test_id_again(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(id_again), 0);
}

static void test_lost_alone(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(lost_alone), 0);
}

static void test_events_beyond(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(events_beyond), 0);
}

static void test_tables_go(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(tables_go), 0);
}

static void test_one_owner(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(one_owner), 0);
}

static void test_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < nkinds; i++) {
		struct sim_config machine = sim_config_plain("low=64,high=64");

		machine.high_pages <<=
			DMA_PAGE_SHIFT - 12; /* as many frames as of 4 KiB; below 4 GiB are the registers */
		if (kinds[i].narrow_ids)
			assert_int_equal(sim_run(&machine, ids, (void *)(uintptr_t)&kinds[i]), 0);
	}
}

static void test_queue_wraps(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(queue_wraps), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watched),	      cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_id_again),      cmocka_unit_test(test_lost_alone),
		cmocka_unit_test(test_events_beyond), cmocka_unit_test(test_tables_go),
		cmocka_unit_test(test_one_owner),     cmocka_unit_test(test_ids),
		cmocka_unit_test(test_queue_wraps),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("smmuv3 streams", tests, NULL, NULL);
}
