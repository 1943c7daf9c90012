/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What maintenance touches: the lines of the transfer and no others, at map, sync and release, for lines of every size.
 */
#include "rig.h"
#include <dmastream/errors.h>

static unsigned lines[3]; /* clean, invalidate, flush */

void __real_sim_line_operation(const void *line, int operation);
void __wrap_sim_line_operation(const void *line, int operation);
void __wrap_sim_line_operation(const void *line, int operation)
{
	lines[operation]++;
	__real_sim_line_operation(line, operation);
}

static void forget(void)
{
	memset(lines, 0, sizeof(lines));
}

static bool touched(unsigned clean, unsigned invalidate, unsigned flush)
{
	bool fine = SIM_CHECK(lines[0] == clean) & SIM_CHECK(lines[1] == invalidate) & SIM_CHECK(lines[2] == flush);

	forget();
	return fine;
}

/* A packet of 64 bytes at a line, in a page of its own, which is mapped again and again. */
static void packet(struct rig *rig)
{
	unsigned n = 64 / sim_config()->line ? 64 / sim_config()->line : 1;
	size_t nbytes = (size_t)n * sim_config()->line;
	struct rig_memory m;

	if (!rig_memory(&m, 0, nbytes, 1))
		return;
	for (unsigned round = 0; round < 2; round++) {
		struct dma_segment seg = {0};
		struct dma_buffer b = {0};

		SIM_CHECK(dma_segment_borrow(&seg, m.seg.paddr, 1) == 0);
		forget();
		SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, DMA_TO_DEVICE, &seg, 0, nbytes) == 0);
		touched(n, 0, 0);
		dma_buffer_release(&b);
		touched(0, 0, 0);
		SIM_CHECK(dma_segment_borrow(&seg, m.seg.paddr, 1) == 0);
		SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, DMA_FROM_DEVICE, &seg, 0, nbytes) == 0);
		touched(n, 0, 0);
		SIM_CHECK(dma_buffer_sync_from_device(&b, 0, nbytes) == 0);
		touched(0, n, 0);
		dma_buffer_release(&b);
		touched(0, 0, n);
	}
	rig_forget(&m);
}

/* In the middle of a line it bounces: a page the first time, which has to be zeros, and then the lines of the bytes. */
static void odd_packet(struct rig *rig)
{
	struct rig_memory m;
	unsigned last = 0;

	if (!rig_memory(&m, 200, 64, 1))
		return;
	for (unsigned round = 0; round < 3; round++) {
		struct dma_segment seg = {0};
		struct dma_buffer b = {0};

		SIM_CHECK(dma_segment_borrow(&seg, m.seg.paddr, 1) == 0);
		forget();
		SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, DMA_TO_DEVICE, &seg, 200, 64) == 0);
		last = lines[0];
		dma_buffer_release(&b);
	}
	SIM_CHECK(last <= 2 * (64 / sim_config()->line + 2));
	rig_forget(&m);
}

static void lines_of_a_packet(void **state)
{
	static const char *const machines[] = {"low=1,high=1,noncoherent,line=32", "low=1,high=1,noncoherent,line=64",
					       "low=1,high=1,noncoherent,line=128"};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
			assert_int_equal(rig_on(machines[i], (enum rig_iommu)kind, packet), 0);
			assert_int_equal(rig_on(machines[i], (enum rig_iommu)kind, odd_packet), 0);
		}
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_a_packet),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
