/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the host has said to be RAM is taken without a question, in every form that memory is given in, and nothing
 * beside it is: not what ends in a hole, not what begins in one, not what the linear map does not have (hazard 46).
 */
#include "../../src/base/state.h"
#include "rig.h"
#include <dmastream/errors.h>

#define LOW_PAGES (((size_t)1 << 20) / PAGE)

static unsigned char *at(uint64_t paddr)
{
	return (unsigned char *)(dma_state.host.linear_base + (uintptr_t)paddr);
}

/* The device reads what was given, byte for byte. */
static void check_list(struct rig *rig, struct dma_list *l, const unsigned char *expected)
{
	struct dma_list_walk walk;
	struct dma_list_entry entry;
	unsigned char seen[300];
	size_t n = 0;

	if (!SIM_CHECK(dma_list_size(l) <= sizeof(seen) && dma_list_map(l, &rig->dev.dma, DMA_TO_DEVICE) == 0))
		return;
	for (walk = dma_list_begin(l); dma_list_next(&walk, &entry); n += entry.len)
		SIM_CHECK(sim_device_read(rig->dev.sim, entry.daddr, seen + n, entry.len) == 0);
	SIM_CHECK(n == dma_list_size(l) && memcmp(seen, expected, n) == 0);
}

/* ---- Without a question ---- */

static void taken(struct rig *rig)
{
	struct dma_segment mine = {0}, low = {0};
	struct dma_piece pieces[3];
	struct dma_stream s = {0};
	struct dma_buffer b = {0};
	struct dma_slice slice;
	struct dma_list l;
	struct rig_memory m;
	unsigned char bytes[300], seen[300], *va;
	unsigned long asked;

	if (!rig_memory(&m, 100, sizeof(bytes), 3) || !SIM_CHECK(m.seg.paddr.raw >= SIM_HIGH_RAM) ||
	    !SIM_CHECK(dma_stream_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 1) == 0) ||
	    !SIM_CHECK(dma_stream_paddr(&s).raw >= SIM_HIGH_RAM) ||
	    !SIM_CHECK(dma_segment_alloc(&low, 1, SIM_HIGH_RAM - 1, 0) == 0))
		return;
	core_pattern(bytes, 3, 0, sizeof(bytes));
	va = at(m.seg.paddr.raw) + 100;
	asked = sim_hook_calls(SIM_HOOK_IS_RAM);
	sim_fail_hook_from(SIM_HOOK_IS_RAM, 1); /* whatever the host is asked, it says no */

	dma_list_init(&l, pieces, 3);
	SIM_CHECK(dma_list_add(&l, va, 50) == 0 && dma_list_add(&l, va + 50, 50) == 0 && l.npieces == 1);
	SIM_CHECK(dma_list_add(&l, va + 200, 100) == 0 && l.npieces == 2 && l.npages == 2);
	memcpy(bytes + 100, bytes + 200, 100);
	check_list(rig, &l, bytes);
	SIM_CHECK(dma_list_add(&l, va, 1) == DMA_EINVAL && l.npieces == 2); /* it is mapped */
	dma_list_release(&l);

	core_pattern(bytes, 3, 0, sizeof(bytes));
	if (SIM_CHECK(dma_buffer_map(&b, &rig->dev.dma, DMA_TO_DEVICE, va, sizeof(bytes)) == 0)) {
		SIM_CHECK(sim_device_read(rig->dev.sim, dma_buffer_daddr(&b), seen, sizeof(seen)) == 0);
		SIM_CHECK(memcmp(seen, bytes, sizeof(seen)) == 0);
		SIM_CHECK(dma_buffer_map(&b, &rig->dev.dma, DMA_TO_DEVICE, va, 1) == DMA_EINVAL);
		dma_buffer_release(&b);
	}
	SIM_CHECK(dma_segment_borrow(&mine, m.seg.paddr, m.seg.npages) == 0);
	SIM_CHECK(dma_stream_slice(&s, 0, 256, &slice) == 0 && dma_list_add_slice(&l, &slice) == 0);
	dma_list_release(&l);
	SIM_CHECK(sim_hook_calls(SIM_HOOK_IS_RAM) == asked);

	/* About the lower bank it has said nothing. */
	SIM_CHECK(dma_list_add(&l, at(low.paddr.raw), 1) == DMA_EFAULT);
	SIM_CHECK(dma_buffer_map(&b, &rig->dev.dma, DMA_TO_DEVICE, at(low.paddr.raw), 1) == DMA_EFAULT);
	dma_segment_drop(&mine);
	SIM_CHECK(dma_segment_borrow(&mine, low.paddr, 1) == DMA_EFAULT);
	SIM_CHECK(sim_hook_calls(SIM_HOOK_IS_RAM) == asked + 3);
	dma_stream_release(&s);
	dma_segment_drop(&low);
	rig_forget(&m);
}

static void known_memory_is_taken_without_a_question(void **state)
{
	(void)state;
	for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
		assert_int_equal(rig_on("low=1,high=1,offset,told", (enum rig_iommu)kind, taken), 0);
		assert_int_equal(rig_on("low=1,high=1,offset,told,untrusted", (enum rig_iommu)kind, taken), 0);
		assert_int_equal(rig_on("low=1,high=1,offset,told,noncoherent", (enum rig_iommu)kind, taken), 0);
	}
}

/* ---- Pages ---- */

/* Each step adds bytes to the list before it, which has so many pieces and pages then: a page that pieces share counts
 * once for each of them, and once where they are joined. */
static void counted(struct rig *rig)
{
	static const struct {
		size_t off, len, npieces, npages;
	} steps[] = {
		{PAGE - 10, 4, 1, 1},
		{PAGE - 6, 6, 1, 1},
		{PAGE, 5, 1, 2},
		{PAGE + 5, PAGE - 5, 1, 2},
		{2 * PAGE, PAGE, 1, 3},
		{3 * PAGE, 1, 1, 4},
		{0, 1, 2, 5},
		{1, 2 * PAGE - 1, 2, 6},
		{2 * PAGE, 2 * PAGE, 2, 8},
		{PAGE - 1, 2, 3, 10},
		{PAGE + 1, 2 * PAGE, 3, 12},
	};
	struct dma_segment seg = {0};
	struct dma_piece pieces[2][3];
	struct dma_list memory, segment;

	if (!SIM_CHECK(dma_segment_alloc(&seg, 4, UINT64_MAX, 0) == 0))
		return;
	(void)rig;
	dma_list_init(&memory, pieces[0], 3);
	dma_list_init(&segment, pieces[1], 3);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		SIM_CHECK(dma_list_add(&memory, at(seg.paddr.raw) + steps[i].off, steps[i].len) == 0);
		SIM_CHECK(dma_list_add_segment(&segment, &seg, steps[i].off, steps[i].len) == 0);
		SIM_CHECK(memory.npieces == steps[i].npieces && memory.npages == steps[i].npages);
		SIM_CHECK(segment.npieces == steps[i].npieces && segment.npages == steps[i].npages);
	}
	dma_segment_drop(&seg);
}

static void pages_of_pieces_that_are_joined(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,offset,told", RIG_NONE, counted), 0);
	assert_int_equal(rig_on("low=1,high=1,offset", RIG_NONE, counted), 0);
}

/* ---- The ends of what is known ---- */

/* The one bank of RAM lies between two holes, and the linear map goes over all three. */
static void h46_between_holes(struct rig *rig)
{
	const uint64_t first = SIM_LOW_RAM, end = SIM_LOW_RAM + LOW_PAGES * PAGE;
	const struct {
		uint64_t begin;
		size_t len;
		int error;
	} cases[] = {
		{first, 1, 0},
		{end - 1, 1, 0},
		{first, LOW_PAGES * PAGE, 0},
		{end - PAGE, PAGE, 0},
		{first - 1, 1, DMA_EFAULT},
		{first - 1, 2, DMA_EFAULT},
		{first - 1, LOW_PAGES * PAGE + 2, DMA_EFAULT},
		{end - 1, 2, DMA_EFAULT},
		{end - PAGE, PAGE + 1, DMA_EFAULT},
		{first, LOW_PAGES * PAGE + 1, DMA_EFAULT},
		{end, 1, DMA_EFAULT},
		{end, 0, DMA_EINVAL},
		{first, 0, DMA_EINVAL},
		{end - 1, SIZE_MAX / 2, DMA_EFAULT},
		{end - 1, SIZE_MAX - PAGE, DMA_EFAULT},
		{first, SIZE_MAX, DMA_EINVAL},
	};
	struct dma_segment seg = {0};
	struct dma_buffer b = {0};
	struct dma_piece pieces[2];
	struct dma_list l;

	SIM_CHECK(dma_host_is_ram(dma_paddr(first), LOW_PAGES) && !dma_host_is_ram(dma_paddr(end), 1));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unsigned char *va = at(cases[i].begin);
		int error;

		dma_list_init(&l, pieces, 2);
		error = dma_list_add(&l, va, cases[i].len);
		if (!SIM_CHECK(error == cases[i].error && l.npieces == (error ? 0 : 1)))
			print_message("# case %zu: %s\n", i, dma_strerror(error));
		dma_list_release(&l);
		/* The same behind a piece that is good, and ends just there. */
		SIM_CHECK(dma_list_add(&l, at(first), PAGE) == 0 && dma_list_add(&l, va, cases[i].len) == error);
		SIM_CHECK(dma_list_size(&l) == PAGE + (error ? 0 : cases[i].len));
		dma_list_release(&l);
		if (cases[i].len > PAGE && !error)
			continue; /* the whole bank, some of which others have */
		error = dma_buffer_map(&b, &rig->dev.dma, DMA_TO_DEVICE, va, cases[i].len);
		SIM_CHECK(error == cases[i].error);
		dma_buffer_release(&b);
	}
	SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(end - PAGE), 2) == DMA_EFAULT);
	SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(first - PAGE), 2) == DMA_EFAULT);
	SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(first), LOW_PAGES + 1) == DMA_EFAULT);
	SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(first), LOW_PAGES) == 0);
	dma_segment_drop(&seg);
	SIM_CHECK(dma_segment_adopt(&seg, dma_paddr(end - PAGE), 2) == DMA_EFAULT);
}

static void h46_what_is_known_has_ends(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=0,offset,told", RIG_NONE, h46_between_holes), 0);
	assert_int_equal(rig_on("low=1,high=0,offset", RIG_NONE, h46_between_holes), 0); /* the host says the same */
}

/* RAM is known that the linear map does not have. */
static void beyond(void *unused)
{
	uint64_t limit = sim_config()->linear_limit;
	unsigned long asked = sim_hook_calls(SIM_HOOK_IS_RAM);
	struct dma_segment seg = {0};
	struct dma_piece piece;
	struct dma_list l;

	(void)unused;
	dma_list_init(&l, &piece, 1);
	SIM_CHECK(dma_list_add(&l, at(limit - PAGE), PAGE + 1) == DMA_EFAULT);
	SIM_CHECK(dma_list_add(&l, at(limit), 1) == DMA_EFAULT);
	SIM_CHECK(dma_list_add(&l, at(limit - PAGE), PAGE) == 0);
	dma_list_release(&l);
	SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(limit - PAGE), 2) == 0);
	dma_segment_drop(&seg);
	SIM_CHECK(sim_hook_calls(SIM_HOOK_IS_RAM) == asked);
}

static void known_memory_beyond_the_linear_map(void **state)
{
	struct sim_config machine = sim_config_frames(sim_config_plain("low=0,high=1,offset,told"));

	(void)state;
	machine.linear_limit = SIM_HIGH_RAM + 64 * PAGE;
	assert_int_equal(sim_run(&machine, beyond, NULL), 0);
}

/* Before dma_init() and after dma_fini() there is nothing to add memory to. */
static void known_memory_is_forgotten(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1,offset,told");
	struct dma_buffer b = {0};
	struct dma_device dev = {0};
	struct dma_piece piece;
	struct dma_list l;

	(void)state;
	sim_start(&machine);
	dma_list_init(&l, &piece, 1);
	assert_int_equal(dma_init(), 0);
	assert_int_equal(dma_list_add(&l, at(SIM_HIGH_RAM), 1), 0);
	dma_list_release(&l);
	assert_int_equal(dma_fini(), 0);
	assert_int_equal(dma_list_add(&l, at(SIM_HIGH_RAM), 1), DMA_EINVAL);
	assert_int_equal(dma_buffer_map(&b, &dev, DMA_TO_DEVICE, at(SIM_HIGH_RAM), 1), DMA_EINVAL);
	assert_int_equal(sim_stop(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_memory_is_taken_without_a_question),
		cmocka_unit_test(pages_of_pieces_that_are_joined),
		cmocka_unit_test(h46_what_is_known_has_ends),
		cmocka_unit_test(known_memory_beyond_the_linear_map),
		cmocka_unit_test(known_memory_is_forgotten),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
