/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The library's own small objects: with none, one, two, … of them left, each way to make or cut something succeeds, or
 * fails with DMA_ENOMEM and leaves nothing behind.
 */
#include "../../src/base/node.h"
#include "core.h"

enum { ALLOC, ALLOC_UNINIT, COHERENT, MAP, SPLIT, SEGMENT_ALLOC, ADOPT, SLICE, SEGMENT_SPLIT, KINDS };

static int adopt(struct dma_segment *seg)
{
	dma_paddr_t paddr;
	int error = dma_host_frames_alloc(2, UINT64_MAX, PAGE, &paddr);

	if (error)
		return error;
	error = dma_segment_adopt(seg, paddr, 2);
	if (error)
		dma_host_frames_free(paddr, 2);
	return error;
}

/* In a confidential VM: runs for the pool of shared frames, whose records need a page each. Without a pool every stream
 * needs one. */
static bool runs_are_there(struct core_device *dev)
{
	struct dma_coherent ring = {{0}};
	struct dma_stream s = {0};

	if (!sim_config()->cvm)
		return true;
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev->dma, DMA_BIDIRECTIONAL, 2) == 0);
	SIM_CHECK(dma_coherent_alloc(&ring, &dev->dma, 0, 2) == 0); /* uncached where devices do not snoop */
	dma_stream_release(&s);
	dma_coherent_release(&ring);
	return sim_config()->shared_run != 1;
}

static int attempt(struct core_device *dev, int kind, unsigned left)
{
	struct dma_segment seg = {0}, other = {0}, seg_before;
	struct dma_stream s = {0}, tail = {0}, before;
	struct dma_coherent ring = {{0}};
	int error = 0;

	if (kind == MAP || kind >= SLICE) {
		if (!core_segment(&seg, 4, 1))
			return 0;
	} else if (kind == SPLIT && !core_stream(&s, dev, DMA_BIDIRECTIONAL, 4, true, 1)) {
		return 0;
	}
	before = s;
	seg_before = seg;
	(void)runs_are_there(dev);
	core_drain(left);
	switch (kind) {
	case ALLOC:
		error = dma_stream_alloc(&s, &dev->dma, DMA_TO_DEVICE, 2);
		break;
	case ALLOC_UNINIT:
		error = dma_stream_alloc_uninit(&s, &dev->dma, DMA_FROM_DEVICE, 2);
		break;
	case COHERENT:
		error = dma_coherent_alloc(&ring, &dev->dma, 0, 2);
		break;
	case MAP:
		error = dma_stream_map(&s, &dev->dma, DMA_BIDIRECTIONAL, &seg);
		break;
	case SPLIT:
		error = dma_stream_split(&s, PAGE, &tail);
		break;
	case SEGMENT_ALLOC:
		error = dma_segment_alloc(&seg, 2, UINT64_MAX, 0);
		break;
	case ADOPT:
		error = adopt(&seg);
		break;
	case SLICE:
		error = dma_segment_slice(&seg, 1, 2, &other);
		break;
	default:
		error = dma_segment_split(&seg, 2, &other);
		break;
	}
	SIM_CHECK(error == 0 || error == DMA_ENOMEM);
	if (error) {
		SIM_CHECK(memcmp(&before, &s, sizeof(s)) == 0 && memcmp(&seg_before, &seg, sizeof(seg)) == 0);
		SIM_CHECK(tail.dev == NULL && other.npages == 0 && ring.stream.dev == NULL);
	}
	core_refill();
	if (s.dev && kind >= MAP)
		core_exchange(dev, &s, 3);
	if (tail.dev)
		core_exchange(dev, &tail, 3);
	dma_stream_release(&tail);
	dma_stream_release(&s);
	dma_coherent_release(&ring);
	dma_segment_drop(&other);
	dma_segment_drop(&seg);
	SIM_CHECK(core_pages() == 0);
	return error;
}

static void scarce(void *arg)
{
	struct core_device dev;
	struct dma_segment first = {0};

	(void)arg;
	core_open(&dev);
	if (!core_segment_raw(&first, 1)) /* so that there is a page of nodes */
		return;
	for (int kind = 0; kind < KINDS; kind++) {
		bool pages = runs_are_there(&dev);
		unsigned left = 0;

		dma_segment_drop(&first);
		while (left < 8 && attempt(&dev, kind, left) != 0)
			left++;
		SIM_CHECK(left < 8 || !pages);	     /* enough in the end */
		SIM_CHECK(left > 0 || kind < SPLIT); /* a run always takes a node */
		if (!core_segment_raw(&first, 1))
			return;
	}
	dma_segment_drop(&first);
	core_close(&dev);
}

/* What cuts nothing takes none. */
static void whole(void *arg)
{
	struct dma_segment seg = {0}, slice = {0}, copy = {0};

	(void)arg;
	if (!core_segment_raw(&seg, 3))
		return;
	core_drain(0);
	SIM_CHECK(dma_segment_slice(&seg, 0, 3, &slice) == 0 && dma_segment_clone(&seg, &copy) == 0);
	core_refill();
	dma_segment_drop(&copy);
	dma_segment_drop(&slice);
	dma_segment_drop(&seg);
	SIM_CHECK(core_pages() == 0);
}

static void a_slice_of_all_takes_no_node(void **state)
{
	(void)state;
	core_test("low=1,high=1", whole);
}

static void no_node_is_left(void **state)
{
	(void)state;
	core_test_all(scarce);
}

/* Those with interrupts on leave the reserve alone as long as the host has pages, and use it when it has none. */
static void reserve(void *arg)
{
	struct dma_stats stats;
	void *nodes[264];
	const unsigned per_page = (PAGE - 16) / DMA_NODE_SIZE;
	unsigned n = 0, pages;

	(void)arg;
	pages = sim_hook_calls(SIM_HOOK_PAGE_ALLOC);
	SIM_CHECK(pages == (64 + per_page - 1) / per_page); /* dma_init() has filled it */
	while (n < 200)
		nodes[n++] = dma_node_alloc();
	SIM_CHECK(sim_hook_calls(SIM_HOOK_PAGE_ALLOC) == (200 + 64 + per_page - 1) / per_page);
	sim_interrupts(false);
	for (unsigned i = 0; i < 64; i++)
		SIM_CHECK((nodes[n++] = dma_node_alloc()) != NULL);
	while (n > 200)
		dma_node_free(nodes[--n]);
	sim_interrupts(true);
	while (n > 0) {
		SIM_CHECK(nodes[n - 1] && (uintptr_t)nodes[n - 1] % 16 == 0);
		SIM_CHECK(!dma_node_fini()); /* one is in use: nothing happens */
		dma_node_free(nodes[--n]);
	}
	SIM_CHECK(dma_node_fini());
	dma_stats(&stats);
	SIM_CHECK(stats.pages_own == 0);
}

static void the_reserve_is_left_alone(void **state)
{
	(void)state;
	core_test("low=1,high=1", reserve);
}

/* As large as the host says, in any size; the host's lack of pages is an error, and leaves nothing. */
static void sizes(void *arg)
{
	static const size_t reserves[] = {1, 84, 85, 86, 300, 1000};
	struct dma_stats before, stats;

	(void)arg;
	dma_stats(&before);
	for (size_t i = 0; i < sizeof(reserves) / sizeof(*reserves); i++) {
		static void *nodes[1000];
		size_t n = 0;

		SIM_CHECK(dma_node_fini());
		sim_fail_hook(SIM_HOOK_PAGE_ALLOC, 1 + (unsigned)i % 3);
		if (!dma_node_init(reserves[i])) {
			dma_stats(&stats);
			SIM_CHECK(stats.pages_own == 0);
		}
		sim_fail_hook(SIM_HOOK_PAGE_ALLOC, 0);
		SIM_CHECK(dma_node_init(reserves[i]));
		sim_interrupts(false);
		while (n < reserves[i] && (nodes[n] = dma_node_alloc()))
			n++;
		sim_interrupts(true);
		SIM_CHECK(n == reserves[i]);
		while (n > 0)
			dma_node_free(nodes[--n]);
	}
	dma_stats(&stats);
	SIM_CHECK(stats.reserve_empty == before.reserve_empty);
	SIM_CHECK(dma_node_fini());
}

static void the_host_sizes_the_reserve(void **state)
{
	(void)state;
	core_test("low=1,high=1", sizes);
}

/* The counter tells of callers that could not wait for a page: with interrupts on it is the host that has none. */
static void no_page(void *arg)
{
	static void *nodes[2 * DMA_PAGE_SIZE / DMA_NODE_SIZE];
	struct dma_stats before, stats;
	size_t n = 0;

	(void)arg;
	SIM_CHECK(dma_node_fini() && dma_node_init(10));
	dma_stats(&before);
	do
		sim_fail_hook(SIM_HOOK_PAGE_ALLOC, 1);
	while (n < sizeof(nodes) / sizeof(*nodes) && (nodes[n] = dma_node_alloc()) && ++n);
	SIM_CHECK(n >= 10 && n < sizeof(nodes) / sizeof(*nodes));
	dma_stats(&stats);
	SIM_CHECK(stats.reserve_empty == before.reserve_empty);
	sim_interrupts(false);
	SIM_CHECK(!dma_node_alloc());
	sim_interrupts(true);
	dma_stats(&stats);
	SIM_CHECK(stats.reserve_empty == before.reserve_empty + 1);
	sim_fail_hook(SIM_HOOK_PAGE_ALLOC, 0);
	while (n > 0)
		dma_node_free(nodes[--n]);
	SIM_CHECK(dma_node_fini());
}

static void an_empty_host_is_no_empty_reserve(void **state)
{
	(void)state;
	core_test("low=1,high=1", no_page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slice_of_all_takes_no_node),	     cmocka_unit_test(no_node_is_left),
		cmocka_unit_test(the_reserve_is_left_alone),	     cmocka_unit_test(the_host_sizes_the_reserve),
		cmocka_unit_test(an_empty_host_is_no_empty_reserve),
	};

	return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
