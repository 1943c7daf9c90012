/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio network card at its edges: faults of the IOMMU that come between answers (hazard 61), messages that come
 * too early or are refused, features that need others, a receive pool that is not short of its reserve, answers
 * without end, counts that begin again, and a card that was pulled out.
 */
#include "../../drivers/virtio/virtio_net.h"
#include "../../platform/sim/devices/vdev.h"
#include "card_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <text.h>
#include <unistd.h>

#include <cmocka.h>

/* Blocks go back to the CPU that has them, not to their chunks: the pool is not short of its reserve at rest. */
static void check_puts(void)
{
	struct dma_pool_stats stats;

	dma_pool_stats_get(&((struct virtio_net *)use.net)->buffers, &stats);
	SIM_CHECK(stats.cached > 0);
}

static void puts_at_rest(void *unused)
{
	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	receive_all();
	check_puts();
	close_card();
}

static void a_pool_that_is_not_short(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", puts_at_rest, NULL, 0), 0);
}

/* A frame arrives whose bytes were blocked, after the driver's look at the faults. */
static void blocked_frame(void)
{
	uint8_t frame[1514];

	make(1, frame, length_of(1));
	sim_vnic_arrive(use.model, frame, length_of(1));
	(void)use.model->kind->work(use.model);
	rig_fault();
}

static void blocked_later(void *unused)
{
	uint8_t frame[1514];

	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	rig_behind_look(1, blocked_frame);
	make(0, frame, length_of(0));
	sim_vnic_arrive(use.model, frame, length_of(0));
	poll_until_it_fails();
	SIM_CHECK(use.received == 1 && use.right == 1);
	close_card();
}

/* A look at the faults says nothing of answers that come after it. */
static void a_fault_behind_the_look(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", blocked_later, NULL, 0), 0);
	assert_non_null(strstr(card_error, "the IOMMU blocked an access of this card"));
}

/* Frames that were read by a device whose access was blocked meanwhile are not said to have been sent. */
static void blocked_sending(void *unused)
{
	(void)unused;
	if (!start_a_frame())
		return;
	rig_fault();
	poll_until_it_fails();
	SIM_CHECK(use.told == 1 && sendings[0].send.status == DMA_EIO);
	close_card();
}

static void a_fault_while_it_sends(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", blocked_sending, NULL, 0), 0);
	assert_non_null(strstr(card_error, "the IOMMU blocked an access of this card"));
}

/* ---- Answers ---- */

static unsigned arrived, layouts_answered;

static void next_arrives(void)
{
	uint8_t frame[1514];

	if (arrived == FRAMES)
		return;
	make(arrived, frame, length_of(arrived));
	sim_vnic_arrive(use.model, frame, length_of(arrived++));
	(void)use.model->kind->work(use.model);
}

/* Each frame is answered at once, and its answer brings the next one. */
static void answer(struct net *net, const struct net_packet *packet)
{
	uint8_t frame[60];
	unsigned i = use.received++;

	net->ops->give(net, packet);
	make(i, frame, sizeof(frame));
	SIM_CHECK(send_frame(&sendings[i], frame, sizeof(frame)));
	next_arrives();
}

static void answered(void *unused)
{
	(void)unused;
	if (!SIM_CHECK(open_card(false)) || !SIM_CHECK(open_pool()))
		return;
	net_listen(use.net, answer, &use);
	arrived = 0;
	if (use.net->depth >= NET_BATCH) { /* without indirect tables not even one batch can be answered at once */
		for (unsigned i = 0; i < NET_BATCH; i++)
			next_arrives();
		for (unsigned turns = 0; use.told < FRAMES && use.error >= 0 && SIM_CHECK(turns < TURNS); turns++)
			poll_card();
		SIM_CHECK(use.received == FRAMES && use.sent == FRAMES);
		layouts_answered++;
	}
	close_card();
}

/* Batch after batch is received: there is room for the answers all the time. */
static void more_answers_than_the_queue_holds(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	rig_device.queue_size = 2 * NET_BATCH;
	layouts_answered = 0;
	assert_int_equal(rig_each_layout("coherent", answered, NULL, 0), 0);
	assert_int_equal(layouts_answered, 4);
}

/* ---- Messages and features --------------------------------------------------------------------------------------- */

static void early(void *unused)
{
	(void)unused;
	rig_messages = true;
	SIM_CHECK(!open_card(false));
	rig_messages = false;
}

/* A message that comes before there are queues is nothing; a queue for which the device takes none (4.1.5.1.2.1) is an
 * error. */
static void a_message_too_early_and_one_refused(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", early, NULL, 0), 0);
	assert_non_null(strstr(card_error, "it has no interrupt for a queue"));
}

static void segments_alone(void *unused)
{
	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	SIM_CHECK(!use.net->offloads);
	close_card();
}

/* 5.1.3.1: what needs checksums is not accepted without them. */
static void segments_without_checksums(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	rig_device.features |= NET_F_HOST_TSO4 | NET_F_HOST_TSO6;
	assert_int_equal(rig_each_layout("coherent", segments_alone, NULL, 0), 0);
}

/* ---- Counts ----------------------------------------------------------------------------------------------------- */

enum { MORE_THAN_COUNT = UINT16_MAX + 600 };

/* Frames from one block, as many at once as the queue holds. */
static void sends_on_and_on(void *unused)
{
	static struct net_send sends[64];
	struct dma_block *block = NULL;
	unsigned started = 0, ended = 0;

	(void)unused;
	if (!SIM_CHECK(open_card(false)) || !SIM_CHECK(open_pool()) || !SIM_CHECK(dma_pool_get(&use.pool, &block) == 0))
		return;
	SIM_CHECK(dma_slice_fill(&block->slice, 0, 0, 60) == 0 && dma_slice_sync_to_device(&block->slice, 0, 60) == 0);
	while (ended < MORE_THAN_COUNT && use.error >= 0) {
		for (unsigned i = 0; i < 64 && i < use.net->depth && started < MORE_THAN_COUNT; i++, started++) {
			sends[i] = (struct net_send){.nbytes = 60, .daddr = dma_block_daddr(block)};
			SIM_CHECK(use.net->ops->send(use.net, &sends[i]) == 0);
		}
		for (unsigned turns = 0; ended < started && SIM_CHECK(turns < TURNS) && use.error >= 0; turns++) {
			poll_card();
			ended += use.error > 0 ? (unsigned)use.error : 0;
		}
	}
	SIM_CHECK(ended == MORE_THAN_COUNT && use.error >= 0 && !use.net->error[0]);
	(void)dma_pool_put(&use.pool, block);
	close_card();
}

/* The counts of a split queue have 16 bits (2.7.6, 2.7.8), and so has the event beside them. */
static void counts_that_begin_again(void **state)
{
	struct sim_config machine = sim_config_plain("coherent");

	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(sim_run(&machine, sends_on_and_on, NULL), 0);
}

/* ---- Time ------------------------------------------------------------------------------------------------------- */

static void waits(void *unused)
{
	struct sim_vnic_config config = {.fd = -1};
	struct text why = text_in(card_error, sizeof(card_error));
	struct net *net;
	uint64_t began;
	int wire[2];

	(void)unused;
	SIM_CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, wire) == 0);
	config.fd = wire[0];
	if (SIM_CHECK(sim_vnic_add(&rig_device, &config) != NULL && net_open(0, &net, &why) == 0)) {
		began = dma_host_time_ns();
		for (unsigned i = 0; i < 50000; i++)
			sim_relax();
		SIM_CHECK(dma_host_time_ns() - began < 25000000000);
		SIM_CHECK(net->ops->close(net) == 0);
	}
	close(wire[0]);
	close(wire[1]);
}

static void pulled_out(void *unused)
{
	uint8_t frame[60];
	uint64_t began = 0;

	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	make(0, frame, sizeof(frame));
	sim_vnic_arrive(use.model, frame, sizeof(frame));
	for (unsigned turns = 0; use.error >= 0 && SIM_CHECK(turns < TURNS); turns++) {
		began = dma_host_time_ns();
		poll_card();
	}
	SIM_CHECK(dma_host_time_ns() - began < 100000000);
	close_card();
}

/* A device that is not there is not waited for: who meets that may be an interrupt handler. */
static void a_card_that_was_pulled_out(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	rig_device.lie = VDEV_GONE;
	assert_int_equal(rig_each_layout("coherent", pulled_out, NULL, 0), 0);
	assert_non_null(strstr(card_error, "the device is gone"));
}

/* Where the wire leads out of the machine, no time is skipped because nothing happens in it: the host is at work. */
static void a_host_that_says_nothing(void **state)
{
	struct sim_config machine = sim_config_plain("coherent");

	(void)state;
	rig_device = sim_vdev_config();
	machine.real_time = true;
	assert_int_equal(sim_run(&machine, waits, NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_that_is_not_short),   cmocka_unit_test(a_fault_behind_the_look),
		cmocka_unit_test(a_fault_while_it_sends),     cmocka_unit_test(a_message_too_early_and_one_refused),
		cmocka_unit_test(segments_without_checksums), cmocka_unit_test(more_answers_than_the_queue_holds),
		cmocka_unit_test(a_host_that_says_nothing),   cmocka_unit_test(counts_that_begin_again),
		cmocka_unit_test(a_card_that_was_pulled_out),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
