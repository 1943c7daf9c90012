/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The SMMUv3 driver on the register-level model: every kind of unit, plain and hostile.
 */
#include "setup.h"

#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { STREAM_A = 8, STREAM_B = 17 };

static struct dma_fault last_fault;
static unsigned fault_count;

static void on_fault(const struct dma_fault *fault, void *context)
{
	(void)context;
	last_fault = *fault;
	fault_count++;
}

/* A stream of npages, filled by the CPU and synced. */
static bool make_stream(struct attached *a, unsigned dir, size_t npages, struct dma_stream *s)
{
	struct dma_segment seg = {0};

	*s = (struct dma_stream){0};
	if (!SIM_CHECK(dma_segment_alloc(&seg, npages, UINT64_MAX, 0) == 0))
		return false;
	if (SIM_CHECK(dma_stream_map(s, &a->dev, dir, &seg) == 0))
		return true;
	dma_segment_drop(&seg);
	return false;
}

static dma_daddr_t at(const struct dma_stream *s, uint64_t offset)
{
	return dma_daddr(dma_stream_daddr(s).raw + offset);
}

/* What must work, as after a doorbell: what the CPU has published is there. */
static bool can_read(struct attached *a, dma_daddr_t daddr)
{
	char byte;

	return sim_device_read(a->model, daddr, &byte, 1) == 0;
}

static bool can_write(struct attached *a, dma_daddr_t daddr)
{
	return sim_device_write(a->model, daddr, "x", 1) == 0;
}

/* What must not, at any time, by a device that was told nothing. */
static bool reads(struct attached *a, dma_daddr_t daddr)
{
	char byte;

	return sim_device_probe(a->model, daddr, &byte, 1) == 0;
}

static bool writes(struct attached *a, dma_daddr_t daddr)
{
	return sim_device_poke(a->model, daddr, "x", 1) == 0;
}

/* Both directions, byte for byte, each in its own domain; nobody reaches what is another's or gone. */
static void both_ways(struct machine *m)
{
	static const char text[] = "what the device should see";
	struct attached a, b;
	struct dma_stream out, twin, like_out, in, both;
	char got[sizeof(text)];
	bool write_only;
	dma_daddr_t gone;

	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, true) == 0) ||
	    !SIM_CHECK(attach_device(m, &b, STREAM_B, true) == 0))
		return;
	write_only = a.domain->features & DMA_DOMAIN_WRITE_ONLY;
	SIM_CHECK(write_only == (m->kind->stage != 1));
	if (!make_stream(&a, DMA_TO_DEVICE, 1, &out) || !make_stream(&a, DMA_BIDIRECTIONAL, 2, &twin) ||
	    !make_stream(&b, DMA_TO_DEVICE, 1, &like_out) || !make_stream(&b, DMA_FROM_DEVICE, 2, &in) ||
	    !make_stream(&b, DMA_BIDIRECTIONAL, 3, &both))
		return;
	SIM_CHECK(dma_stream_write_bytes(&out, 100, text, sizeof(text)) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&out, 100, sizeof(text)) == 0);
	SIM_CHECK(sim_device_read(a.model, at(&out, 100), got, sizeof(got)) == 0 && !memcmp(got, text, sizeof(text)));
	/* the same address, in another domain, whose translation is remembered */
	SIM_CHECK(dma_stream_daddr(&twin).raw == dma_stream_daddr(&in).raw && can_write(&a, at(&twin, 0)));
	SIM_CHECK(sim_device_write(b.model, at(&in, 0), text, sizeof(text)) == 0);
	SIM_CHECK(dma_stream_sync_from_device(&in, 0, sizeof(text)) == 0);
	SIM_CHECK(dma_stream_read_bytes(&in, 0, got, sizeof(got)) == 0 && !memcmp(got, text, sizeof(text)));
	SIM_CHECK(sim_device_write(b.model, at(&in, 4096), text, sizeof(text)) == 0);
	SIM_CHECK(dma_stream_sync_from_device(&in, 4096, sizeof(text)) == 0);
	SIM_CHECK(dma_stream_read_bytes(&in, 4096, got, sizeof(got)) == 0 && !memcmp(got, text, sizeof(text)));

	SIM_CHECK(!writes(&a, at(&out, 0))); /* against the direction */
	SIM_CHECK(!write_only || !reads(&b, at(&in, 0)));
	SIM_CHECK(can_read(&b, at(&both, 0)) && can_write(&b, at(&both, 8191)));
	SIM_CHECK(!reads(&b, dma_daddr(UINT64_C(1) << 50)));

	gone = at(&in, 0);
	dma_stream_release(&in);
	SIM_CHECK(dma_domain_flush(b.domain) == 0);
	SIM_CHECK(!writes(&b, gone) && !reads(&b, gone)); /* after release: the IOTLB, too */
	gone = at(&both, 4096);
	dma_stream_release(&both);
	dma_stream_release(&out);
	dma_stream_release(&twin);
	dma_stream_release(&like_out);
	SIM_CHECK(dma_domain_flush(a.domain) == 0);
	SIM_CHECK(dma_domain_flush(b.domain) == 0);
	SIM_CHECK(!reads(&b, gone));
	if (!make_stream(&b, DMA_BIDIRECTIONAL, 1, &both))
		return;
	SIM_CHECK((sim_smmu_seen(m->unit).uncached > 0) == !b.dev.coherent); /* how its accesses go out */
	SIM_CHECK(detach_device(m, &a) == 0);
	SIM_CHECK(!reads(&a, gone));
	SIM_CHECK(can_read(&b, at(&both, 0))); /* its neighbour in the stream table stays */
	dma_stream_release(&both);
	SIM_CHECK(dma_domain_flush(b.domain) == 0);
	SIM_CHECK(detach_device(m, &b) == 0);
	SIM_CHECK(!reads(&b, gone) && !writes(&a, gone)); /* no domain any more */
}

/* A big page, read by the device, is split and its halves released in both orders. */
/* Table pages of the domain while 2 MiB are mapped in the direction. */
static uint64_t tables_with(struct attached *a, unsigned dir)
{
	enum { PAGES = 1 << 21 >> DMA_PAGE_SHIFT };
	struct dma_domain_stats stats = {0};
	struct dma_segment seg = {0};
	struct dma_stream s = {0};

	if (!SIM_CHECK(dma_segment_alloc(&seg, PAGES, UINT64_MAX, PAGES * DMA_PAGE_SIZE) == 0))
		return 0;
	if (!SIM_CHECK(dma_stream_map(&s, &a->dev, dir, &seg) == 0))
		dma_segment_drop(&seg);
	dma_domain_stats(a->domain, &stats);
	dma_stream_release(&s);
	SIM_CHECK(dma_domain_flush(a->domain) == 0);
	return stats.pages_mapped_tables;
}

/* Where a big page cannot be broken up in place, a stream that may be split has small ones: a table more. */
static void splittable(struct machine *m)
{
	struct attached a;
	uint64_t big;

	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, true) == 0))
		return;
	big = tables_with(&a, DMA_BIDIRECTIONAL);
	SIM_CHECK((tables_with(&a, DMA_BIDIRECTIONAL | DMA_SPLITTABLE) > big) == m->kind->breaks);
	SIM_CHECK(detach_device(m, &a) == 0);
}

static void split_big(struct machine *m)
{
	enum { PAGES = 512, CUT = 300 };
	struct attached a;
	struct dma_stream s = {0}, tail = {0};
	struct dma_segment seg = {0};
	dma_daddr_t head_at, tail_at;

	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, true) == 0))
		return;
	for (unsigned order = 0; order < 2; order++) {
		if (!SIM_CHECK(dma_segment_alloc(&seg, PAGES, UINT64_MAX, PAGES * DMA_PAGE_SIZE) == 0))
			break;
		if (!SIM_CHECK(dma_stream_map(&s, &a.dev, DMA_BIDIRECTIONAL, &seg) == 0)) {
			dma_segment_drop(&seg);
			break;
		}
		SIM_CHECK(can_read(&a, at(&s, 0)) && can_read(&a, at(&s, PAGES * DMA_PAGE_SIZE - 1)));
		sim_hostile(a.model, at(&s, 0), PAGES * DMA_PAGE_SIZE, false); /* it goes on reading, also in between */
		SIM_CHECK(dma_stream_split(&s, CUT * DMA_PAGE_SIZE, &tail) == 0);
		sim_calm();
		head_at = at(&s, 0);
		tail_at = at(&tail, 0);
		SIM_CHECK(can_read(&a, head_at) && can_write(&a, tail_at));
		dma_stream_release(order ? &tail : &s);
		SIM_CHECK(dma_domain_flush(a.domain) == 0);
		SIM_CHECK(can_read(&a, order ? head_at : tail_at));
		SIM_CHECK(!reads(&a, order ? tail_at : head_at));
		dma_stream_release(order ? &s : &tail);
		SIM_CHECK(dma_domain_flush(a.domain) == 0);
		SIM_CHECK(!reads(&a, head_at) && !reads(&a, tail_at));
	}
	SIM_CHECK(detach_device(m, &a) == 0);
}

/* Streams of many lengths: every page that the device has used is gone after release, the neighbours' stay. */
static void every_page(struct machine *m)
{
	static const uint16_t lengths[] = {1, 2, 3, 5, 31, 32, 33, 65, 200};
	struct sim_device_config early = sim_config()->device;
	struct attached a;
	struct dma_stream before, s, after;
	char byte;

	early.requester = STREAM_A;
	SIM_CHECK(sim_device_probe(sim_device_new(&early), dma_daddr(0x1000), &byte, 1) !=
		  0); /* remembered: it has no domain */
	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, true) == 0))
		return;
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t pages = lengths[i];
		uint64_t start;

		if (!make_stream(&a, DMA_BIDIRECTIONAL, 1, &before) || !make_stream(&a, DMA_BIDIRECTIONAL, pages, &s) ||
		    !make_stream(&a, DMA_BIDIRECTIONAL, 1, &after))
			return;
		start = dma_stream_daddr(&s).raw;
		for (size_t page = 0; page < pages; page++)
			SIM_CHECK(can_read(&a, at(&s, page * DMA_PAGE_SIZE)));
		dma_stream_release(&s);
		SIM_CHECK(dma_domain_flush(a.domain) == 0);
		for (size_t page = 0; page < pages; page++)
			SIM_CHECK(!reads(&a, dma_daddr(start + page * DMA_PAGE_SIZE)));
		SIM_CHECK(can_read(&a, at(&before, 0)) && can_read(&a, at(&after, 0)));
		dma_stream_release(&before);
		dma_stream_release(&after);
		SIM_CHECK(dma_domain_flush(a.domain) == 0);
	}
	SIM_CHECK(detach_device(m, &a) == 0);
}

/* What is blocked is told: which device, where, what for, whose it was. */
static void faults_told(struct machine *m)
{
	struct attached a;
	struct sim_device_config stranger = sim_config()->device;
	struct dma_stream s;
	dma_daddr_t where;
	uint32_t tag;
	char byte;

	dma_iommu_on_fault(on_fault, NULL);
	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, true) == 0) || !make_stream(&a, DMA_TO_DEVICE, 1, &s))
		return;
	(void)dma_iommu_poll_all();
	fault_count = 0;
	SIM_CHECK(!writes(&a, at(&s, 64)));
	SIM_CHECK(dma_iommu_poll_all() == 1 && fault_count == 1);
	SIM_CHECK(last_fault.dev == &a.dev && last_fault.requester == STREAM_A && last_fault.access == DMA_FAULT_WRITE);
	SIM_CHECK(last_fault.daddr.raw == at(&s, 64).raw && last_fault.owner == DMA_FAULT_LIVE &&
		  last_fault.code == 0x13);
	SIM_CHECK(last_fault.tag == s.tag);
	where = at(&s, 0);
	tag = s.tag;
	dma_stream_release(&s);
	SIM_CHECK(dma_domain_flush(a.domain) == 0);
	SIM_CHECK(!reads(&a, where));
	SIM_CHECK(dma_iommu_poll_all() == 1);
	SIM_CHECK(last_fault.access == DMA_FAULT_READ && last_fault.owner == DMA_FAULT_RELEASED &&
		  last_fault.tag == tag);
	SIM_CHECK(last_fault.code == 0x10);

	/* nobody's device, and one beyond the table */
	stranger.requester = 5;
	SIM_CHECK(sim_device_probe(sim_device_new(&stranger), where, &byte, 1) != 0);
	SIM_CHECK(dma_iommu_poll_all() == 1 && !last_fault.dev && last_fault.requester == 5);
	stranger.requester = 0x12345678;
	SIM_CHECK(sim_device_probe(sim_device_new(&stranger), where, &byte, 1) != 0);
	SIM_CHECK(dma_iommu_poll_all() == 1 && last_fault.requester == 0x12345678 && last_fault.code == 2);

	/* more than the queue holds: one turn at a time, and what was lost is said */
	fault_count = 0;
	for (unsigned i = 0; i < 200; i++)
		SIM_CHECK(!reads(&a, where));
	SIM_CHECK(dma_iommu_poll_all() >= 128 && fault_count == 128);
	SIM_CHECK(!reads(&a, where));
	SIM_CHECK(dma_iommu_poll_all() == 1);
	SIM_CHECK(detach_device(m, &a) == 0);
	dma_iommu_on_fault(NULL, NULL);
}

/* A device that is blocked reaches nothing, its streams stay valid to release. */
static void blocked(struct machine *m)
{
	struct attached a, b;
	struct dma_stream s, other;

	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, true) == 0) ||
	    !SIM_CHECK(attach_device(m, &b, STREAM_B, true) == 0) || !make_stream(&a, DMA_BIDIRECTIONAL, 2, &s) ||
	    !make_stream(&b, DMA_BIDIRECTIONAL, 1, &other))
		return;
	SIM_CHECK(can_read(&a, at(&s, 0)));
	SIM_CHECK(dma_device_block(&a.dev) == 0);
	SIM_CHECK(!reads(&a, at(&s, 0)) && !writes(&a, at(&s, 4096)));
	SIM_CHECK(can_read(&b, at(&other, 0)));
	dma_stream_release(&s);
	dma_stream_release(&other);
	SIM_CHECK(detach_device(m, &a) == 0 && detach_device(m, &b) == 0);
}

/* A write that the device has posted lands before release returns, not in somebody else's memory. */
static void posted(struct machine *m)
{
	struct attached a;
	struct dma_stream s;
	dma_paddr_t frame;
	char byte = 0;

	if (!SIM_CHECK(attach_device(m, &a, STREAM_A, false) == 0) || !make_stream(&a, DMA_BIDIRECTIONAL, 1, &s))
		return;
	frame = dma_stream_paddr(&s);
	SIM_CHECK(sim_smmu_post(a.model, at(&s, 0).raw, "late", 4) == 0);
	dma_stream_release(&s);
	SIM_CHECK(sim_ram_write(frame.raw, "next", 4, true) == 0);
	for (unsigned i = 0; i < 20; i++)
		(void)reads(&a, dma_daddr(0x1000)); /* time passes */
	SIM_CHECK(sim_ram_read(frame.raw, &byte, 1, true) == 0 && byte == 'n');
	SIM_CHECK(detach_device(m, &a) == 0);
}

static void test_both_ways(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(both_ways), 0);
}

static void test_split(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(split_big), 0);
	assert_int_equal(on_every_kind(splittable), 0);
}

static void test_every_page(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(every_page), 0);
}

static void test_faults(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(faults_told), 0);
}

static void test_blocked(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(blocked), 0);
}

static void test_posted(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(posted), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways), cmocka_unit_test(test_every_page), cmocka_unit_test(test_split),
		cmocka_unit_test(test_faults),	  cmocka_unit_test(test_blocked),    cmocka_unit_test(test_posted),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("smmuv3", tests, NULL, NULL);
}
