/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio disk on the simulated machine when it lies, scenario by scenario: what the driver says of it, and what
 * state it leaves (hazards 58, 59, 61).
 */
#include "../../platform/sim/devices/vdev.h"
#include "disk_use.h"
#include <stdio.h>
#include <string.h>

enum outcome {
	ENDS,  /* the disk: nothing is believed any more */
	ALONE, /* a request fails alone */
	OPEN,  /* the disk is refused, and told so (FAILED: 3.1.1) */
	DEAF,  /* the same, where nobody can tell it: it has no registers, or does not reset */
};

static const struct lie {
	enum sim_vdev_lie lie;
	enum outcome outcome;
	const char *says;
} lies[] = {
	{VDEV_ID_RANGE, ENDS, "an answer names a buffer that cannot be there"},
	{VDEV_ID_FREE, ENDS, "an answer names a buffer that"}, /* does not have; cannot be there, if it has all */
	{VDEV_LENGTH, ENDS, "an answer is longer than its buffer"},
	{VDEV_LENGTH_MOST, ENDS, "an answer is longer than its buffer"},
	{VDEV_LENGTH_NONE, ALONE, "the device says that it wrote less than was asked for"},
	{VDEV_STATUS, ALONE, "its status is none that there is"},
	{VDEV_SILENT, ENDS, "no answer in time"},
	{VDEV_NEEDS_RESET, ENDS, "the device reports an error that only a reset ends"},
	{VDEV_GONE, ENDS, "the device is gone"},
	{VDEV_RESETS, ENDS, "the device has stopped working"},
	{VDEV_NEVER_RESETS, DEAF, "it does not reset"},
	{VDEV_NO_FEATURES_OK, OPEN, "it refuses the features that it offers"},
	{VDEV_OLD, OPEN, "it is older than virtio 1"},
	{VDEV_NO_CAPABILITIES, DEAF, "its capabilities name no registers"},
	{VDEV_CAPABILITY_CIRCLE, DEAF, "its capabilities name no registers"},
	{VDEV_CAPABILITY_BEYOND, DEAF, "its capabilities name no registers"},
	{VDEV_CAPABILITY_WRAPS, DEAF, "its capabilities name no registers"},
	{VDEV_CAPABILITY_SHORT, DEAF, "its capabilities name no registers"},
	{VDEV_CAPABILITY_BAR, DEAF, "its capabilities name no registers"},
	{VDEV_CAPABILITY_EMPTY, DEAF, "its capabilities name no registers"},
	{VDEV_NOTIFY_BEYOND, OPEN, "a queue of it cannot be set up"},
	{VDEV_NO_QUEUES, OPEN, "it has too few queues"},
	{VDEV_EMPTY_QUEUE, OPEN, "it has a queue without entries"},
	{VDEV_CONFIG_RESTLESS, OPEN, "its configuration changes all the time"},
	{VDEV_CONFIG_NONSENSE, OPEN, "its configuration makes no sense"},
	{VDEV_CONFIG_SHORT, OPEN, "its configuration is too short"},
};

/* After the end nothing works any more, and everything can be given back. */
static void check_ended(struct use *u)
{
	struct block_request request = u->requests[0];

	SIM_CHECK(u->error < 0);
	SIM_CHECK(u->disk->ops->poll(u->disk) < 0);
	SIM_CHECK(u->disk->ops->submit(u->disk, &request) == DMA_ENODEV);
}

static void lying(void *arg)
{
	const struct lie *lie = arg;
	struct use u = {.disk = use_open(false)};
	unsigned good;

	if (lie->outcome >= OPEN) {
		SIM_CHECK(!u.disk && sim_vdev_last()->given_up == (lie->outcome == OPEN));
		return;
	}
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096) == 0);
	good = use_transfer(&u, BLOCK_READ);
	for (unsigned i = 0; i < REQUESTS; i++)
		if (block_done(&u.requests[i]) && u.requests[i].status == 0)
			use_check_bytes(&u, i); /* what was believed is right */
	SIM_CHECK(sim_vdev_lies() == 1 && good < REQUESTS);
	if (lie->outcome == ENDS) {
		check_ended(&u);
	} else {
		SIM_CHECK(good == REQUESTS - 1);
		SIM_CHECK(use_transfer(&u, BLOCK_READ) == REQUESTS); /* the disk lives on */
	}
	use_close(&u);
}

static void a_disk_that_lies(void **state)
{
	(void)state;
	use_path = rig_file(BYTES);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		for (unsigned at = 1; at <= (lies[i].outcome >= OPEN ? 1 : 4); at += 3) {
			unsigned failures;

			rig_device = sim_vdev_config();
			rig_device.lie = lies[i].lie;
			rig_device.lie_at = at;
			failures = rig_each_layout("coherent", lying, (void *)(uintptr_t)&lies[i], 0);
			if (!failures && lies[i].lie != VDEV_SILENT)
				failures =
					rig_each_layout("noncoherent,seed=11", lying, (void *)(uintptr_t)&lies[i], 2);
			if (!strstr(use_error, lies[i].says))
				print_error("lie %d: it says \"%s\", not \"%s\"\n", (int)lies[i].lie, use_error,
					    lies[i].says);
			assert_non_null(strstr(use_error, lies[i].says));
			assert_int_equal(failures, 0);
		}
}

/* A count that leaps or goes back, or an answer given twice: whatever the driver makes of it, no byte that was not
 * delivered passes for one that was, and each request ends. */
static void anything_but_wrong(void *unused)
{
	struct use u = {.disk = use_open(false)};
	unsigned good;

	(void)unused;
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096) == 0);
	good = use_transfer(&u, BLOCK_READ);
	for (unsigned i = 0; i < REQUESTS; i++)
		if (block_done(&u.requests[i]) && u.requests[i].status == 0)
			use_check_bytes(&u, i);
	SIM_CHECK(good == REQUESTS || u.error < 0 || u.disk->error[0]);
	if (u.error < 0)
		check_ended(&u);
	use_close(&u);
}

static void counts_that_leap_or_go_back(void **state)
{
	static const enum sim_vdev_lie which[] = {VDEV_LEAP, VDEV_BACK, VDEV_ID_TWICE};

	(void)state;
	use_path = rig_file(BYTES);
	for (size_t i = 0; i < sizeof(which) / sizeof(which[0]); i++)
		for (unsigned at = 1; at <= 5; at++) {
			rig_device = sim_vdev_config();
			rig_device.lie = which[i];
			rig_device.lie_at = at;
			assert_int_equal(rig_each_layout("coherent", anything_but_wrong, NULL, 0), 0);
			if (which[i] == VDEV_LEAP)
				assert_non_null(strstr(use_error, "answer"));
		}
}

/* The device changes its answers between two looks of the CPU (hazard 59). */
static void restless(void *unused)
{
	struct use u = {.disk = use_open(false)};

	(void)unused;
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096) == 0);
	for (unsigned i = 0; i < 2 && i < u.disk->depth; i++)
		use_start(&u, i, BLOCK_READ);
	sim_hostile(sim_vdev_device(sim_vdev_last()), dma_daddr(sim_vdev_area(sim_vdev_last(), 0, 2)), 64, true);
	for (unsigned turns = 0; turns < 300 && u.error >= 0 && u.told < 2; turns++) {
		u.error = u.disk->ops->poll(u.disk);
		sim_relax();
	}
	sim_calm();
	use_close(&u); /* which ends what is left */
}

static void answers_that_change_while_they_are_read(void **state)
{
	(void)state;
	use_path = rig_file(BYTES);
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent,seed=100", restless, NULL, 40), 0);
	assert_int_equal(rig_each_layout("noncoherent,seed=100", restless, NULL, 40), 0);
}

/* A transfer that the IOMMU blocked is not believed, whatever the device says of it (hazard 61). */
static void blocked(void *unused)
{
	struct use u = {.disk = use_open(false)};

	(void)unused;
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096) == 0);
	rig_fault();
	SIM_CHECK(use_transfer(&u, BLOCK_READ) == 0);
	check_ended(&u);
	use_close(&u);
}

static void a_fault_of_the_iommu(void **state)
{
	(void)state;
	use_path = rig_file(BYTES);
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", blocked, NULL, 0), 0);
	assert_non_null(strstr(use_error, "the IOMMU blocked an access of this disk"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_that_lies),
		cmocka_unit_test(counts_that_leap_or_go_back),
		cmocka_unit_test(answers_that_change_while_they_are_read),
		cmocka_unit_test(a_fault_of_the_iommu),
	};

	return rig_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
