/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scattered memory in trouble: every hook failing at every call, an IOMMU that does not answer.
 */
#include "torn.h"
#include <stdio.h>

static bool whole; /* the host maps scattered frames at one address */

static int try_all(struct rig *rig)
{
	struct torn *torn = malloc(sizeof(*torn));
	struct dma_scattered s = {0}, empty = {0};
	int error;

	torn_tear(torn, whole);
	error = dma_scattered_alloc(&s, &rig->dev.dma, sim_config()->cvm ? DMA_FROM_DEVICE : DMA_BIDIRECTIONAL, PAGES);
	if (error)
		SIM_CHECK(memcmp(&s, &empty, sizeof(s)) == 0);
	dma_scattered_release(&s);
	(void)dma_reclaim();
	torn_mend(torn);
	free(torn);
	return error;
}

static int attempt(void *arg)
{
	struct rig rig;
	int error = rig_try_open(&rig, *(enum rig_iommu *)arg);

	if (error)
		return error;
	error = try_all(&rig);
	SIM_CHECK(!error || error == DMA_ENOMEM || error == DMA_EIO || error == DMA_ETIMEDOUT);
	rig_close(&rig);
	return error;
}

static void h12_every_hook_fails(void **state)
{
	static const char *const machines[] = {
		"low=1,high=1",
		"low=1,high=1,noncoherent",
		"low=1,high=1,untrusted",
		"low=1,high=1,nohigh",
		"low=1,high=1,noncoherent,nosync",
		"low=1,high=1,cvm",
		"low=1,high=1,cvm,noncoherent",
	};
	unsigned attempts = 0, runs;

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		for (unsigned k = RIG_STRICT; k < RIG_IOMMUS; k++) {
			struct sim_config machine = sim_config_plain(machines[i]);
			enum rig_iommu kind = (enum rig_iommu)k;

			/* As many frames as matter: every one is taken, so every one is a call that fails. */
			machine.low_pages = 20;
			machine.high_pages = 24;
			whole = (i + k) & 1;
			assert_int_equal(sim_for_each_failure(&machine, attempt, &kind, &runs), 0);
			attempts += runs;
		}
	}
	whole = false;
	printf("# %u runs\n", attempts);
}

static void lost(struct rig *rig)
{
	struct torn *torn = malloc(sizeof(*torn));
	struct dma_scattered s = {0};
	struct dma_scattered_frames frames;
	struct dma_frame_range range;
	struct dma_stats stats;
	uint64_t kept[PAGES], nkept = 0;

	torn_tear(torn, whole);
	if (!SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_BIDIRECTIONAL, PAGES) == 0))
		return;
	for (frames = dma_frames_of_scattered(&s); dma_scattered_frames_next(&frames, &range);)
		for (size_t i = 0; i < range.npages; i++)
			kept[nkept++] = range.paddr.raw + i * PAGE;
	rig_answers(false);
	dma_scattered_release(&s);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined >= PAGES && nkept == PAGES);
	for (size_t i = 0; i < nkept; i++)
		SIM_CHECK(!sim_is_free(kept[i]));
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 1) == DMA_ENODEV);
}

static void h67_no_answer_at_release(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		whole = i;
		assert_int_equal(rig_stuck("low=1,high=1", lost), 0);
		assert_int_equal(rig_stuck("low=1,high=1,noncoherent", lost), 0);
		assert_int_equal(rig_stuck("low=1,high=1,cvm", lost), 0);
	}
	whole = false;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h12_every_hook_fails),
		cmocka_unit_test(h67_no_answer_at_release),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
