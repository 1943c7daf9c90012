/* SPDX-License-Identifier: MPL-2.0 */
/*
 * examples/command_response.c where command and response share one line of 128 bytes with each other, and at odd
 * offsets with a neighbour on both sides, whose bytes are dirty in the cache when the device writes.
 */
#include "../../examples/command_response.h"
#include "machines.h"

#define AROUND 16u

static struct sim_device *box;
static unsigned round_now;
static int answer;

int mailbox_go(dma_daddr_t command, dma_daddr_t response)
{
	unsigned char bytes[MAILBOX_BYTES];

	SIM_CHECK(sim_device_read(box, command, bytes, sizeof(bytes)) == 0);
	SIM_CHECK(example_is(bytes, round_now, sizeof(bytes)));
	example_fill(bytes, round_now + 100, sizeof(bytes));
	SIM_CHECK(sim_device_write(box, response, bytes, sizeof(bytes)) == 0);
	return answer;
}

static void calls(struct dma_device *dma, unsigned char *page)
{
	static const size_t offsets[] = {128, 192, 131, 1000, 2048 - 64};
	unsigned char around[AROUND + sizeof(struct mailbox_call) + AROUND], seen[sizeof(around)];

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		unsigned char *at = page + offsets[i];

		round_now = (unsigned)i;
		memset(around, 0xee, sizeof(around));
		example_fill(around + AROUND, round_now, MAILBOX_BYTES);
		dma_arch_copy(at - AROUND, around, sizeof(around));
		SIM_CHECK(mailbox_call(dma, (struct mailbox_call *)(void *)at) == answer);
		dma_arch_copy(seen, at - AROUND, AROUND + MAILBOX_BYTES);
		SIM_CHECK(memcmp(seen, around, AROUND + MAILBOX_BYTES) == 0);
		dma_arch_copy(seen, at + sizeof(struct mailbox_call), AROUND);
		SIM_CHECK(memcmp(seen, around, AROUND) == 0);
		if (answer)
			continue; /* what a call that failed left behind nobody synced, and nobody reads */
		dma_arch_copy(seen, at + MAILBOX_BYTES, MAILBOX_BYTES);
		SIM_CHECK(example_is(seen, round_now + 100, MAILBOX_BYTES));
	}
}

static void scene(void *unused)
{
	struct dma_device_config config;
	struct dma_segment seg = {0};
	struct dma_device dma;

	(void)unused;
	box = sim_device_new(NULL);
	config = sim_device_dma(box);
	SIM_CHECK(dma_device_init(&dma, &config) == 0);
	if (SIM_CHECK(dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0)) {
		calls(&dma, dma_host_linear(seg.paddr, DMA_PAGE_SIZE));
		dma_segment_drop(&seg);
	}
	SIM_CHECK(dma_device_fini(&dma) == 0);
}

static void neighbours_keep_their_bytes(void **state)
{
	(void)state;
	answer = 0;
	assert_int_equal(example_run(scene), 0);
}

static void a_box_that_fails(void **state)
{
	(void)state;
	answer = DMA_EIO;
	assert_int_equal(example_run(scene), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(neighbours_keep_their_bytes),
						  cmocka_unit_test(a_box_that_fails)};

	return cmocka_run_group_tests_name("command and response", tests, NULL, NULL);
}
