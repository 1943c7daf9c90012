/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio network card on the simulated machine: frames both ways on every row of the truth table, packets that are
 * kept, a frame from a list, and every hook of the host failing (hazards 58, 59, 61).
 */
#include "card_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void both_ways(void *unused)
{
	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	SIM_CHECK(use.net->mac[0] == 0x52 && use.net->mac[5] == 0x56 && !use.net->offloads);
	if (SIM_CHECK(open_pool())) {
		receive_all();
		send_all();
	}
	SIM_CHECK(use.received == FRAMES && use.right == FRAMES);
	SIM_CHECK(use.told == FRAMES && use.wire_right == FRAMES && use.error >= 0);
	SIM_CHECK(use.net->counts.received == FRAMES && use.net->counts.sent == FRAMES);
	close_card();
}

static void frames_both_ways_on_every_row(void **state)
{
	static const char *const rows[] = {
		"coherent",
		"noncoherent",
		"coherent,nosync",
		"noncoherent,nosync",
		"coherent,cvm",
		"noncoherent,cvm",
		"coherent,nosync,cvm",
		"noncoherent,nosync,cvm",
		"noncoherent,line=128",
		"coherent,untrusted",
		"noncoherent,untrusted",
		"noncoherent,lateregs",
	};

	(void)state;
	rig_device = sim_vdev_config();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(rig_each_layout(rows[i], both_ways, NULL, 1), 0);
	rig_device.queue_size = 4;
	assert_int_equal(rig_each_layout("coherent", both_ways, NULL, 2), 0);
	rig_device.queue_size = 256;
	assert_int_equal(rig_each_layout("coherent", both_ways, NULL, 0), 0);
}

/* Packets that the caller keeps do not stop the card, up to its reserve; then it waits until some are given back. */
static void packets_are_kept(void *unused)
{
	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	use.hold = true;
	receive_all();
	SIM_CHECK(use.received == FRAMES && use.right == FRAMES && use.nheld == FRAMES);
	close_card();
}

static void quiet(const char *line)
{
	(void)line;
}

static void packets_that_the_caller_keeps(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	sim_on_log(quiet); /* the pool names what is out */
	assert_int_equal(rig_each_layout("coherent", packets_are_kept, NULL, 2), 0);
	sim_on_log(NULL);
}

/* A frame of three pieces that lie apart. */
static void from_a_list(void *unused)
{
	static const size_t cuts[4] = {0, 14, 300, 1514};
	struct sending *s = &sendings[0];
	uint8_t frame[1514];

	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	memset(s, 0, sizeof(*s));
	make(0, frame, sizeof(frame));
	dma_list_init(&s->list, s->pieces, 3);
	SIM_CHECK(dma_segment_alloc(&s->memory, 3, UINT64_MAX, 0) == 0);
	for (unsigned i = 0; i < 3; i++)
		SIM_CHECK(dma_list_add_segment(&s->list, &s->memory, (2 - i) * 4096u + 100, cuts[i + 1] - cuts[i]) ==
			  0);
	SIM_CHECK(dma_list_map(&s->list, use.net->dma, DMA_TO_DEVICE) == 0);
	SIM_CHECK(dma_list_write_bytes(&s->list, 0, frame, sizeof(frame)) == 0 &&
		  dma_list_sync_to_device(&s->list, 0, sizeof(frame)) == 0);
	s->send = (struct net_send){.complete = on_sent, .list = &s->list, .nbytes = sizeof(frame)};
	SIM_CHECK(use.net->ops->send(use.net, &s->send) == 0);
	for (unsigned turns = 0; !use.told && SIM_CHECK(turns < TURNS); turns++)
		poll_card();
	SIM_CHECK(use.wire_right == 1);
	dma_list_release(&s->list);
	dma_segment_drop(&s->memory);
	close_card();
}

static void a_frame_from_a_list(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", from_a_list, NULL, 2), 0);
	assert_int_equal(rig_each_layout("noncoherent", from_a_list, NULL, 2), 0);
}

static int attempt(void *unused)
{
	(void)unused;
	if (!open_card(false))
		return DMA_ENOMEM;
	if (open_pool()) {
		receive_all();
		send_all();
	}
	close_card();
	return use.right == card_frames ? 0 : DMA_EIO;
}

static void every_hook_fails(void **state)
{
	struct sim_config machine = sim_config_plain("noncoherent");
	unsigned runs;

	(void)state;
	card_frames = 5;
	for (unsigned i = 0; i < 2; i++) {
		rig_device = sim_vdev_config();
		rig_device.queue_size = 8;
		(void)sim_vdev_config_parse(&rig_device, rig_layouts[i]);
		assert_int_equal(sim_for_each_failure(&machine, attempt, NULL, &runs), 0);
		assert_true(runs > 20);
		print_message("%s: %u runs\n", rig_layouts[i], runs);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_both_ways_on_every_row),
		cmocka_unit_test(packets_that_the_caller_keeps),
		cmocka_unit_test(a_frame_from_a_list),
		cmocka_unit_test(every_hook_fails),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
