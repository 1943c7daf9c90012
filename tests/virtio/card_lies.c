/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A virtio network card that lies about what it received or sent, one that changes its answers while they are read, one
 * that never answers, and one that the IOMMU blocks: scenario by scenario, the driver says what is wrong, ends, and
 * gives everything back (hazards 58, 59, 61).
 */
#include "card_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct lie {
	enum sim_vdev_lie lie;
	bool opens; /* and ends at work; `answers` has some that need not end it */
	const char *says;
} lies[] = {
	{VDEV_ID_RANGE, true, "an answer names a buffer that cannot be there"},
	/* (One that names another buffer of its own, early, cannot be told from an honest one: any may be answered.) */
	{VDEV_LENGTH, true, "an answer is longer than its buffer"},
	{VDEV_LENGTH_MOST, true, "an answer is longer than its buffer"},
	{VDEV_LENGTH_NONE, true, "a frame is shorter than the header before it"},
	{VDEV_STATUS, true, "a frame claims what was not negotiated"},
	{VDEV_LEAP, true, ""}, /* what it says depends on which answers come first */
	{VDEV_NEEDS_RESET, true, "the device reports an error that only a reset ends"},
	{VDEV_GONE, true, "the device is gone"},
	{VDEV_RESETS, true, "the device has stopped working"},
	{VDEV_NEVER_RESETS, false, "it does not reset"},
	{VDEV_NO_FEATURES_OK, false, "it refuses the features that it offers"},
	{VDEV_OLD, false, "it is older than virtio 1"},
	{VDEV_NO_CAPABILITIES, false, "its capabilities name no registers"},
	{VDEV_CAPABILITY_BEYOND, false, "its capabilities name no registers"},
	{VDEV_NOTIFY_BEYOND, false, "a queue of it cannot be set up"},
	{VDEV_NOTIFY_ODD, false, "a queue of it cannot be set up"},
	{VDEV_NO_QUEUES, false, "it has too few queues"},
	{VDEV_EMPTY_QUEUE, false, "it has a queue without entries"},
	{VDEV_CONFIG_RESTLESS, false, "its configuration changes all the time"},
	{VDEV_CONFIG_NONSENSE, false, "its address is none of a card"},
	{VDEV_CONFIG_SHORT, false, "its configuration is too short"},
};

static void lying(void *arg)
{
	const struct lie *lie = arg;
	struct net_send send = {.nbytes = 60, .daddr = dma_daddr(0x1000)};

	if (!lie->opens) {
		SIM_CHECK(!open_card(false));
		return;
	}
	if (!SIM_CHECK(open_card(false)))
		return;
	receive_all();
	poll_until_it_fails(); /* what only a look at the state tells */
	SIM_CHECK(use.right == use.received && use.received < FRAMES);
	SIM_CHECK(use.net->ops->poll(use.net) < 0 && use.net->ops->send(use.net, &send) == DMA_ENODEV);
	close_card();
}

static void a_card_that_lies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		for (unsigned at = 1; at <= (lies[i].opens ? 41 : 1); at += 20) {
			unsigned failures;

			rig_device = sim_vdev_config();
			rig_device.lie = lies[i].lie;
			rig_device.lie_at = at;
			failures = rig_each_layout("coherent", lying, (void *)(uintptr_t)&lies[i], 0);
			if (!failures)
				failures = rig_each_layout("noncoherent,seed=7", lying, (void *)(uintptr_t)&lies[i], 1);
			if (!strstr(card_error, lies[i].says))
				print_error("lie %d: it says \"%s\", not \"%s\"\n", (int)lies[i].lie, card_error,
					    lies[i].says);
			assert_non_null(strstr(card_error, lies[i].says));
			assert_int_equal(failures, 0);
		}
}

/* ---- While it sends ---- */

static const struct lie answers[] = {
	{VDEV_ID_RANGE, true, "an answer names a buffer that cannot be there"},
	{VDEV_ID_FREE, true, "an answer names a buffer that"},
	{VDEV_LENGTH, true, "an answer is longer than its buffer"}, /* there is nothing to be written */
	{VDEV_LENGTH_MOST, true, "an answer is longer than its buffer"},
	{VDEV_LEAP, true, ""}, /* as above; or the device has forgotten frames that it marked as answered */
	{VDEV_NEEDS_RESET, true, "the device reports an error that only a reset ends"},
	{VDEV_GONE, true, "the device is gone"},
	{VDEV_RESETS, true, "the device has stopped working"},
	/* Whatever the driver makes of these, no frame is said to be sent that was not. */
	{VDEV_ID_TWICE, false, ""},
	{VDEV_BACK, false, ""},
};

/* Each frame is told of once, and those that ended well were on the wire. */
static void lying_about_what_it_sent(void *arg)
{
	const struct lie *lie = arg;
	struct net_send send = {.nbytes = 60, .daddr = dma_daddr(0x1000)};
	unsigned good = 0;

	if (!SIM_CHECK(open_card(false)) || !SIM_CHECK(open_pool()))
		return;
	send_all();
	if (lie->opens) {
		poll_until_it_fails();
		SIM_CHECK(use.net->ops->poll(use.net) < 0 && use.net->ops->send(use.net, &send) == DMA_ENODEV);
	}
	for (unsigned i = 0; i < use.sent; i++)
		good += sendings[i].send.status == 0;
	SIM_CHECK(use.told == use.sent && good <= use.wire_right && sim_vdev_lies() == 1);
	close_card();
}

static void a_card_that_lies_about_what_it_sent(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		for (unsigned at = 1; at <= 41; at += 20) {
			rig_device = sim_vdev_config();
			rig_device.lie = answers[i].lie;
			rig_device.lie_at = at;
			assert_int_equal(rig_each_layout("coherent", lying_about_what_it_sent,
							 (void *)(uintptr_t)&answers[i], 0),
					 0);
			if (!strstr(card_error, answers[i].says))
				print_error("lie %d: it says \"%s\", not \"%s\"\n", (int)answers[i].lie, card_error,
					    answers[i].says);
			assert_non_null(strstr(card_error, answers[i].says));
		}
}

/* ---- While it is read ---- */

static void take_any(struct net *net, const struct net_packet *packet)
{
	SIM_CHECK(packet->nbytes >= NET_HEADER_BYTES && packet->offset + packet->nbytes <= BLOCK);
	net->ops->give(net, packet);
}

/* The device changes its answers between two looks of the CPU (hazard 59). */
static void restless(void *queue)
{
	uint8_t frame[60];
	unsigned started = 0;

	if (!SIM_CHECK(open_card(false)) || !SIM_CHECK(open_pool()))
		return;
	net_listen(use.net, take_any, NULL);
	sim_hostile(sim_vdev_device(use.model), dma_daddr(sim_vdev_area(use.model, queue != NULL, 2)), 64, true);
	for (unsigned turns = 0; turns < 100 && use.error >= 0; turns++) {
		make(turns, frame, sizeof(frame));
		sim_vnic_arrive(use.model, frame, sizeof(frame));
		started += started < FRAMES && send_frame(&sendings[started], frame, sizeof(frame));
		poll_card();
	}
	sim_calm();
	use.net->ops->stop(use.net);
	SIM_CHECK(use.told == started);
	close_card();
}

static void answers_that_change_while_they_are_read(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	for (unsigned queue = 0; queue < 2; queue++) {
		void *which = queue ? &rig_device : NULL;

		assert_int_equal(rig_each_layout("coherent,seed=200", restless, which, 20), 0);
		assert_int_equal(rig_each_layout("noncoherent,seed=200", restless, which, 20), 0);
	}
}

/* ---- No answer, no access ---- */

/* A frame that is never sent ends the card, in time. */
static void silent(void *unused)
{
	(void)unused;
	if (!start_a_frame())
		return;
	poll_until_it_fails();
	SIM_CHECK(use.told == 1 && sendings[0].send.status < 0);
	close_card();
}

static void a_card_that_does_not_send(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	rig_device.lie = VDEV_SILENT;
	assert_int_equal(rig_each_layout("coherent", silent, NULL, 0), 0);
	assert_non_null(strstr(card_error, "a frame was not sent in time"));
}

static void blocked(void *unused)
{
	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	rig_fault();
	receive_all();
	SIM_CHECK(use.received == 0 && use.error < 0);
	close_card();
}

static void a_fault_of_the_iommu(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", blocked, NULL, 0), 0);
	assert_non_null(strstr(card_error, "the IOMMU blocked an access of this card"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_that_lies),
		cmocka_unit_test(a_card_that_lies_about_what_it_sent),
		cmocka_unit_test(answers_that_change_while_they_are_read),
		cmocka_unit_test(a_card_that_does_not_send),
		cmocka_unit_test(a_fault_of_the_iommu),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
