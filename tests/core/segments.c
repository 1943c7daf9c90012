/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Segments: random sequences of alloc, adopt, borrow, clone, slice, split and drop against a naive array with one
 * count a frame, which is looked at in the simulator after each step: a frame is free in the host's eyes exactly
 * when nobody counts it.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/memory/run.h"
#include "core.h"

#define HANDLES 24
#define FRAMES	((size_t)512) /* of the machine */

static unsigned counts[FRAMES];
static bool borrowed_by_us[FRAMES];

struct handle {
	struct dma_segment seg;
	size_t first; /* frame; what the model thinks */
	bool counted;
};

static size_t frame_of(dma_paddr_t paddr)
{
	uint64_t offset = 0;

	SIM_CHECK(ram_offset(paddr.raw, 1, &offset));
	return (size_t)(offset >> DMA_PAGE_SHIFT);
}

static void change(const struct handle *h, int by)
{
	for (size_t i = 0; h->counted && i < h->seg.npages; i++)
		counts[h->first + i] += (unsigned)by;
}

static bool as_the_model_says(void)
{
	for (size_t i = 0; i < FRAMES; i++) {
		bool allocated = sim.pages[i].flags & PAGE_ALLOCATED;

		if (!SIM_CHECK(allocated == (counts[i] > 0 || borrowed_by_us[i])))
			return false;
	}
	return true;
}

static struct handle *pick(struct handle *handles, bool empty)
{
	size_t start = (size_t)(sim_random64() % HANDLES);

	for (size_t i = 0; i < HANDLES; i++) {
		struct handle *h = &handles[(start + i) % HANDLES];

		if ((h->seg.npages == 0) == empty)
			return h;
	}
	return NULL;
}

static bool same(const struct handle *h, size_t first, size_t npages)
{
	return SIM_CHECK(h->seg.npages == npages) && SIM_CHECK(frame_of(h->seg.paddr) == first);
}

static void made(struct handle *h, size_t npages)
{
	h->first = frame_of(h->seg.paddr);
	h->counted = true;
	same(h, h->first, npages);
	for (size_t i = 0; i < npages; i++)
		SIM_CHECK(counts[h->first + i] == 0 && !borrowed_by_us[h->first + i]);
	SIM_CHECK(!h->seg.run->family); /* no tree before the first cut */
	change(h, 1);
}

static void cut_or_share(struct handle *from, struct handle *to, unsigned what)
{
	size_t n = from->seg.npages, first = (size_t)(sim_random64() % n),
	       npages = 1 + (size_t)(sim_random64() % (n - first));

	to->counted = from->counted;
	if (what == 0) {
		SIM_CHECK(dma_segment_clone(&from->seg, &to->seg) == 0);
		to->first = from->first;
		same(to, from->first, n);
		change(to, 1);
	} else if (what == 1) {
		SIM_CHECK(dma_segment_slice(&from->seg, first, npages, &to->seg) == 0);
		to->first = from->first + first;
		same(to, to->first, npages);
		change(to, 1);
	} else if (first > 0) {
		SIM_CHECK(dma_segment_split(&from->seg, first, &to->seg) == 0);
		to->first = from->first + first;
		same(to, to->first, n - first);
	}
	same(from, from->first, what == 2 && first > 0 ? first : n);
	/* Who walks from run to run holds their lock, so all that was once one run has the same. */
	if (from->counted && to->seg.npages)
		SIM_CHECK(from->seg.run->family == to->seg.run->family);
}

static void step(struct handle *handles)
{
	struct handle *live = pick(handles, false), *empty = pick(handles, true);
	size_t npages = 1 + (size_t)(sim_random64() % 6);
	unsigned what = (unsigned)(sim_random64() % 8);
	uint64_t paddr;

	if (what == 0 && empty) {
		if (SIM_CHECK(dma_segment_alloc(&empty->seg, npages, UINT64_MAX, 0) == 0))
			made(empty, npages);
	} else if (what == 1 && empty && frames_alloc(npages, 0, UINT64_MAX, PAGE, &paddr) == 0) {
		if (SIM_CHECK(dma_segment_adopt(&empty->seg, dma_paddr(paddr), npages) == 0))
			made(empty, npages);
	} else if (what == 2 && empty && frames_alloc(npages, 0, UINT64_MAX, PAGE, &paddr) == 0) {
		SIM_CHECK(dma_segment_borrow(&empty->seg, dma_paddr(paddr), npages) == 0);
		empty->first = frame_of(dma_paddr(paddr));
		empty->counted = false;
		memset(&borrowed_by_us[empty->first], true, npages);
	} else if (what < 6 && live && empty) {
		cut_or_share(live, empty, what - 3 > 2 ? what % 3 : what - 3);
	} else if (live) {
		change(live, -1);
		dma_segment_drop(&live->seg);
		SIM_CHECK(live->seg.npages == 0 && live->seg.run == NULL && live->seg.paddr.raw == 0);
		dma_segment_drop(&live->seg); /* an empty one stays empty */
	}
}

static void sequence(void *arg)
{
	struct handle handles[HANDLES] = {{.counted = false}};

	(void)arg;
	memset(counts, 0, sizeof(counts));
	memset(borrowed_by_us, 0, sizeof(borrowed_by_us));
	for (unsigned i = 0; i < 400 && as_the_model_says(); i++)
		step(handles);
	for (size_t i = 0; i < HANDLES; i++) {
		change(&handles[i], -1);
		dma_segment_drop(&handles[i].seg);
		as_the_model_says();
	}
	for (size_t i = 0; i < FRAMES; i++) {
		if (borrowed_by_us[i])
			frames_free(ram_paddr((uint64_t)i << DMA_PAGE_SHIFT), 1);
	}
	SIM_CHECK(core_pages() == 0);
}

static void random_sequences_agree_with_a_count_a_frame(void **state)
{
	struct sim_config machine = sim_config_hostile(NULL);

	(void)state;
	machine.low_pages = machine.high_pages = FRAMES / 2;
	assert_int_equal(sim_random(&machine, sequence, NULL, 25), 0);
}

/* ---- What is refused ---- */

static void refused(void *arg)
{
	struct dma_segment seg = {0}, live = {0}, none = {0}, before, high = {0};
	unsigned calls;

	(void)arg;
	if (!core_segment_raw(&live, 3))
		return;
	before = live;
	SIM_CHECK(dma_segment_alloc(&seg, 0, UINT64_MAX, 0) == DMA_EINVAL);
	SIM_CHECK(dma_segment_alloc(&seg, 1, UINT64_MAX, 3) == DMA_EINVAL);
	SIM_CHECK(dma_segment_alloc(&seg, 1, UINT64_MAX, 3 * PAGE) == DMA_EINVAL);
	SIM_CHECK(dma_segment_alloc(&live, 1, UINT64_MAX, 0) == DMA_EINVAL);
	SIM_CHECK(dma_segment_alloc(&seg, SIZE_MAX, UINT64_MAX, 0) == DMA_ENOMEM);
	calls = sim_hook_calls(SIM_HOOK_FRAMES_ALLOC);
	SIM_CHECK(dma_segment_alloc(&seg, (size_t)UINT32_MAX + 1, UINT64_MAX, 0) == DMA_ENOMEM);
	SIM_CHECK(calls == sim_hook_calls(SIM_HOOK_FRAMES_ALLOC)); /* more than a segment can have */
	SIM_CHECK(dma_segment_alloc(&seg, UINT32_MAX, UINT64_MAX, 0) == DMA_ENOMEM);
	SIM_CHECK(calls < sim_hook_calls(SIM_HOOK_FRAMES_ALLOC)); /* more than this machine has */
	SIM_CHECK(dma_segment_adopt(&seg, dma_paddr(SIM_LOW_RAM), UINT32_MAX) == DMA_EFAULT);
	SIM_CHECK(dma_segment_adopt(&seg, dma_paddr(0), 0) == DMA_EINVAL);
	SIM_CHECK(dma_segment_alloc(&seg, 1, 0, 0) == DMA_ENOMEM);
	SIM_CHECK(dma_segment_adopt(&seg, dma_paddr(SIM_LOW_RAM), 0) == DMA_EINVAL);
	SIM_CHECK(dma_segment_adopt(&seg, dma_paddr(SIM_LOW_RAM + 1), 1) == DMA_EINVAL);
	SIM_CHECK(dma_segment_adopt(&seg, dma_paddr(UINT64_MAX - PAGE + 1), 2) == DMA_EINVAL); /* wraps */
	SIM_CHECK(dma_segment_adopt(&seg, dma_paddr(UINT64_MAX - PAGE + 1), 1) == DMA_EFAULT); /* does not */
	SIM_CHECK(dma_segment_adopt(&seg, dma_paddr(SIM_LOW_RAM), (size_t)UINT32_MAX + 1) == DMA_EINVAL);
	SIM_CHECK(dma_segment_adopt(&live, dma_paddr(SIM_LOW_RAM), 1) == DMA_EINVAL);
	SIM_CHECK(dma_segment_adopt(&seg, dma_paddr(0), 1) == DMA_EFAULT);
	SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(SIM_LOW_RAM), 0) == DMA_EINVAL);
	SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(SIM_LOW_RAM + 8), 1) == DMA_EINVAL);
	SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(UINT64_MAX - PAGE + 1), 2) == DMA_EINVAL);
	SIM_CHECK(dma_segment_borrow(&live, dma_paddr(SIM_LOW_RAM), 1) == DMA_EINVAL);
	SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(0), 1) == DMA_EFAULT);
	SIM_CHECK(dma_segment_clone(&none, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_clone(&live, &live) == DMA_EINVAL);
	SIM_CHECK(dma_segment_slice(&none, 0, 1, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_slice(&live, 0, 0, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_slice(&live, 0, 4, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_slice(&live, 3, 1, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_slice(&live, 4, 1, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_slice(&live, 1, SIZE_MAX, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_slice(&live, SIZE_MAX, 2, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_slice(&live, 0, 1, &live) == DMA_EINVAL);
	SIM_CHECK(dma_segment_split(&none, 1, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_split(&live, 0, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_split(&live, 3, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_split(&live, SIZE_MAX, &seg) == DMA_EINVAL);
	SIM_CHECK(dma_segment_split(&live, 1, &live) == DMA_EINVAL);
	SIM_CHECK(memcmp(&seg, &none, sizeof(seg)) == 0 && memcmp(&before, &live, sizeof(live)) == 0);

	SIM_CHECK(dma_segment_alloc(&high, 2, SIM_HIGH_RAM - 1, 8 * PAGE) ==
		  0); /* limit and alignment reach the host */
	SIM_CHECK(high.paddr.raw + 2 * PAGE <= SIM_HIGH_RAM && high.paddr.raw % (8 * PAGE) == 0);
	dma_segment_drop(&high);
	dma_segment_drop(&live);
}

static void wrong_arguments_are_refused(void **state)
{
	(void)state;
	core_test("low=1,high=1", refused);
}

/* No more references than can be counted: neither the first nor any after it is lost. */
static void too_many(void *arg)
{
	struct dma_segment seg = {0}, copy = {0};
	uint64_t *word, before;

	(void)arg;
	if (!core_segment_raw(&seg, 2))
		return;
	word = (uint64_t *)(void *)seg.run; /* the run's first word: holders but one, over pages */
	*word += (uint64_t)INT32_MAX << 32;
	SIM_CHECK(dma_segment_clone(&seg, &copy) == DMA_EINVAL && copy.npages == 0);
	SIM_CHECK(dma_segment_slice(&seg, 1, 1, &copy) == DMA_EINVAL && copy.npages == 0);
	/* The cut of that attempt stays, invisibly: two runs with the same holders. */
	SIM_CHECK(*word >> 32 == INT32_MAX);
	/* Where the second of two runs is full, the first is counted down again. */
	*word -= (uint64_t)INT32_MAX << 32;
	before = *word;
	SIM_CHECK(dma_segment_clone(&seg, &copy) == DMA_EINVAL && *word == before);
	*word += (uint64_t)INT32_MAX << 32;
	SIM_CHECK(dma_segment_split(&seg, 1, &copy) == 0);
	*(uint64_t *)(void *)seg.run -= (uint64_t)INT32_MAX << 32;
	*(uint64_t *)(void *)copy.run -= (uint64_t)INT32_MAX << 32;
	dma_segment_drop(&seg);
	dma_segment_drop(&copy);
	SIM_CHECK(core_pages() == 0);
}

static void references_are_bounded(void **state)
{
	(void)state;
	core_test("low=1,high=1", too_many);
}

/* ---- A copied handle ---- */

static unsigned misuses;

static void count_misuse(const char *line)
{
	misuses += strstr(line, "dmastream: misuse: ") != NULL;
}

/* A part is dropped by its handle and by a copy of that, so that the whole, which still holds it, finds it gone. That
 * is said once. */
static void dropped_twice(void *arg)
{
	struct dma_segment seg = {0}, part = {0}, copy;

	(void)arg;
	misuses = 0;
	sim_on_log(count_misuse);
	if (!core_segment_raw(&seg, 2))
		return;
	SIM_CHECK(dma_segment_slice(&seg, 1, 1, &part) == 0);
	copy = part;
	dma_segment_drop(&part);
	SIM_CHECK(core_pages() == 2 && misuses == 0);
	dma_segment_drop(&copy);
	SIM_CHECK(core_pages() == 1 && misuses == 0);
	dma_segment_drop(&seg);
	SIM_CHECK(core_pages() == 0 && misuses == 1);
	sim_on_log(NULL);
}

static void a_part_that_is_gone_is_said_once(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	assert_int_equal(sim_run(&machine, dropped_twice, NULL), 0);
}

/* ---- Every order of cuts ---- */

/* A part that begins with page `first` and reaches to the end of the segment. */
static void take_tail(const struct dma_segment *seg, size_t first, struct dma_segment *part)
{
	SIM_CHECK(dma_segment_slice(seg, first, seg->npages - first, part) == 0);
	SIM_CHECK(part->npages == seg->npages - first && part->paddr.raw == seg->paddr.raw + first * PAGE);
}

/* Three cuts of 16 pages, in every order, give trees of every shape; the third cut must find its run in it. What is
 * found wrong shows in the counts of frames. */
static void three_cuts(void *arg)
{
	const size_t npages = 16;

	(void)arg;
	for (size_t n = 0; n < npages * npages * npages; n++) {
		struct dma_segment seg = {0}, part[3] = {{.npages = 0}};
		size_t at[3] = {n % npages, n / npages % npages, n / npages / npages};

		if (!SIM_CHECK(dma_segment_alloc(&seg, npages, UINT64_MAX, 0) == 0))
			return;
		for (unsigned i = 0; i < 3; i++)
			take_tail(&seg, at[i], &part[i]);
		dma_segment_drop(&seg);
		for (unsigned i = 0; i < 3; i++) {
			size_t least = npages;

			for (unsigned j = i; j < 3; j++)
				least = at[j] < least ? at[j] : least;
			if (!SIM_CHECK(core_pages() == npages - least))
				return;
			dma_segment_drop(&part[i]);
		}
		SIM_CHECK(core_pages() == 0);
	}
}

static void three_cuts_in_every_order(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	assert_int_equal(sim_run(&machine, three_cuts, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_sequences_agree_with_a_count_a_frame),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(references_are_bounded),
		cmocka_unit_test(a_part_that_is_gone_is_said_once),
		cmocka_unit_test(three_cuts_in_every_order),
	};

	return cmocka_run_group_tests_name("segments", tests, NULL, NULL);
}
