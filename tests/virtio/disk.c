/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio disk on the simulated machine: right on every row of the truth table, and one that lies, scenario by
 * scenario: what the driver says of it, and what state it leaves (hazards 58, 59, 61).
 */
#include "rig.h"
#include <block.h>
#include <dmastream/dmastream.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text.h>
#include <unistd.h>

#include <cmocka.h>

enum { REQUESTS = 6, SECTORS = 8, BYTES = REQUESTS * SECTORS * 512, TURNS = 200000 };

static const char *path;
static char last_error[200]; /* what the driver said, in the scenario that ran last */

struct use {
	struct block *disk;
	struct dma_stream stream;
	struct block_request requests[REQUESTS];
	unsigned told;
	int error; /* of poll */
};

static void told(struct block_request *request)
{
	((struct use *)request->context)->told++;
}

static struct block *open_disk(bool read_only)
{
	struct sim_disk_config config = sim_disk_config(path);
	struct text why = text_in(last_error, sizeof(last_error));
	struct block *disk = NULL;

	config.read_only = read_only;
	last_error[0] = 0;
	if (!SIM_CHECK(sim_vdisk_add(&rig_device, &config) != NULL) || block_open(0, &disk, &why))
		return NULL;
	return disk;
}

/* Starts a request of its part of the disk and of the stream; those that the queue has no room for wait. */
static void start(struct use *u, unsigned i, enum block_op op)
{
	u->requests[i] = (struct block_request){
		.op = op,
		.lba = i * SECTORS,
		.nblocks = SECTORS,
		.daddr = dma_daddr(dma_stream_daddr(&u->stream).raw + i * SECTORS * 512u),
		.complete = told,
		.context = u,
	};
	SIM_CHECK(u->disk->ops->submit(u->disk, &u->requests[i]) == 0);
}

/* All requests at once, as far as the disk's depth goes, until each is done or the disk has ended. How many ended
 * well. */
static unsigned transfer(struct use *u, enum block_op op)
{
	unsigned started = 0, turns = 0, good = 0;

	u->told = 0;
	u->error = 0;
	while ((u->told < REQUESTS && u->error >= 0) || (u->error < 0 && u->told < started)) {
		while (started < REQUESTS && started - u->told < u->disk->depth && u->error >= 0)
			start(u, started++, op);
		u->error = u->disk->ops->poll(u->disk);
		sim_relax();
		if (!SIM_CHECK(turns++ < TURNS))
			break;
	}
	for (unsigned i = 0; i < started; i++)
		good += block_done(&u->requests[i]) && u->requests[i].status == 0;
	SIM_CHECK(u->told == started); /* each was told of, once */
	return good;
}

static void check_bytes(struct use *u, unsigned i)
{
	unsigned char bytes[SECTORS * 512];
	bool same = true;

	SIM_CHECK(dma_stream_sync_from_device(&u->stream, i * sizeof(bytes), sizeof(bytes)) == 0 &&
		  dma_stream_read_bytes(&u->stream, i * sizeof(bytes), bytes, sizeof(bytes)) == 0);
	for (size_t k = 0; k < sizeof(bytes); k++)
		same &= bytes[k] == rig_byte(i * sizeof(bytes) + k);
	SIM_CHECK(same);
}

static void close_disk(struct use *u)
{
	snprintf(last_error, sizeof(last_error), "%s", u->disk->error);
	u->disk->ops->stop(u->disk);
	dma_stream_release(&u->stream);
	SIM_CHECK(u->disk->ops->close(u->disk) == 0);
}

/* ---- Honest ---- */

static void honest(void *unused)
{
	struct use u = {.disk = open_disk(false)};
	unsigned char bytes[64];
	struct block_request flush = {.op = BLOCK_FLUSH, .complete = told, .context = &u};

	(void)unused;
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(u.disk->nblocks == BYTES / 512 && u.disk->block_size == 512 && !u.disk->read_only);
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096) == 0);
	SIM_CHECK(transfer(&u, BLOCK_READ) == REQUESTS);
	for (unsigned i = 0; i < REQUESTS; i++)
		check_bytes(&u, i);
	dma_stream_release(&u.stream);
	SIM_CHECK(dma_stream_alloc(&u.stream, u.disk->dma, DMA_TO_DEVICE, BYTES / 4096) == 0);
	for (size_t i = 0; i < BYTES; i += sizeof(bytes)) {
		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = rig_byte(i + k);
		SIM_CHECK(dma_stream_write_bytes(&u.stream, i, bytes, sizeof(bytes)) == 0);
	}
	SIM_CHECK(dma_stream_sync_to_device(&u.stream, 0, BYTES) == 0);
	SIM_CHECK(transfer(&u, BLOCK_WRITE) == REQUESTS);
	u.told = 0;
	SIM_CHECK(u.disk->ops->submit(u.disk, &flush) == 0);
	for (unsigned turns = 0; !block_done(&flush) && SIM_CHECK(turns < TURNS); turns++) {
		SIM_CHECK(u.disk->ops->poll(u.disk) >= 0);
		sim_relax();
	}
	SIM_CHECK(flush.status == 0 && !u.disk->error[0]);
	close_disk(&u);
}

static void an_honest_disk_on_every_row(void **state)
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
		"noncoherent,line=32",
		"coherent,untrusted",
		"noncoherent,untrusted",
		"coherent,lateregs",
		"noncoherent,lateregs",
		"noncoherent,writepast",
		"coherent,mask=32",
	};

	(void)state;
	path = rig_file(BYTES);
	rig_device = sim_vdev_config();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(rig_each_layout(rows[i], honest, NULL, 2), 0);
	rig_device.queue_size = 4; /* without indirect tables one request at a time */
	assert_int_equal(rig_each_layout("coherent", honest, NULL, 2), 0);
	rig_device.queue_size = 256;
	assert_int_equal(rig_each_layout("coherent", honest, NULL, 0), 0);
}

/* ---- Lies ---- */

enum outcome {
	ENDS,  /* the disk: nothing is believed any more */
	ALONE, /* a request fails alone */
	OPEN,  /* the disk is refused */
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
	{VDEV_NEVER_RESETS, OPEN, "it does not reset"},
	{VDEV_NO_FEATURES_OK, OPEN, "it refuses the features that it offers"},
	{VDEV_OLD, OPEN, "it is older than virtio 1"},
	{VDEV_NO_CAPABILITIES, OPEN, "its capabilities name no registers"},
	{VDEV_CAPABILITY_CIRCLE, OPEN, "its capabilities name no registers"},
	{VDEV_CAPABILITY_BEYOND, OPEN, "its capabilities name no registers"},
	{VDEV_CAPABILITY_WRAPS, OPEN, "its capabilities name no registers"},
	{VDEV_CAPABILITY_SHORT, OPEN, "its capabilities name no registers"},
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
	struct use u = {.disk = open_disk(false)};
	unsigned good;

	if (lie->outcome == OPEN) {
		SIM_CHECK(!u.disk);
		return;
	}
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096) == 0);
	good = transfer(&u, BLOCK_READ);
	for (unsigned i = 0; i < REQUESTS; i++)
		if (block_done(&u.requests[i]) && u.requests[i].status == 0)
			check_bytes(&u, i); /* what was believed is right */
	SIM_CHECK(sim_vdev_lies() == 1 && good < REQUESTS);
	if (lie->outcome == ENDS) {
		check_ended(&u);
	} else {
		SIM_CHECK(good == REQUESTS - 1);
		SIM_CHECK(transfer(&u, BLOCK_READ) == REQUESTS); /* the disk lives on */
	}
	close_disk(&u);
}

static void a_disk_that_lies(void **state)
{
	(void)state;
	path = rig_file(BYTES);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		for (unsigned at = 1; at <= (lies[i].outcome == OPEN ? 1 : 4); at += 3) {
			unsigned failures;

			rig_device = sim_vdev_config();
			rig_device.lie = lies[i].lie;
			rig_device.lie_at = at;
			failures = rig_each_layout("coherent", lying, (void *)(uintptr_t)&lies[i], 0);
			if (!failures && lies[i].lie != VDEV_SILENT)
				failures =
					rig_each_layout("noncoherent,seed=11", lying, (void *)(uintptr_t)&lies[i], 2);
			if (!strstr(last_error, lies[i].says))
				print_error("lie %d: it says \"%s\", not \"%s\"\n", (int)lies[i].lie, last_error,
					    lies[i].says);
			assert_non_null(strstr(last_error, lies[i].says));
			assert_int_equal(failures, 0);
		}
}

/* A count that leaps or goes back, or an answer given twice: whatever the driver makes of it, no byte that was not
 * delivered passes for one that was, and each request ends. */
static void anything_but_wrong(void *unused)
{
	struct use u = {.disk = open_disk(false)};
	unsigned good;

	(void)unused;
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096) == 0);
	good = transfer(&u, BLOCK_READ);
	for (unsigned i = 0; i < REQUESTS; i++)
		if (block_done(&u.requests[i]) && u.requests[i].status == 0)
			check_bytes(&u, i);
	SIM_CHECK(good == REQUESTS || u.error < 0 || u.disk->error[0]);
	if (u.error < 0)
		check_ended(&u);
	close_disk(&u);
}

static void counts_that_leap_or_go_back(void **state)
{
	static const enum sim_vdev_lie which[] = {VDEV_LEAP, VDEV_BACK, VDEV_ID_TWICE};

	(void)state;
	path = rig_file(BYTES);
	for (size_t i = 0; i < sizeof(which) / sizeof(which[0]); i++)
		for (unsigned at = 1; at <= 5; at++) {
			rig_device = sim_vdev_config();
			rig_device.lie = which[i];
			rig_device.lie_at = at;
			assert_int_equal(rig_each_layout("coherent", anything_but_wrong, NULL, 0), 0);
			if (which[i] == VDEV_LEAP)
				assert_non_null(strstr(last_error, "answer"));
		}
}

/* The device changes its answers between two looks of the CPU (hazard 59). */
static void restless(void *unused)
{
	struct use u = {.disk = open_disk(false)};

	(void)unused;
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096) == 0);
	for (unsigned i = 0; i < 2 && i < u.disk->depth; i++)
		start(&u, i, BLOCK_READ);
	sim_hostile(sim_vdev_device(sim_vdev_last()), dma_daddr(sim_vdev_area(sim_vdev_last(), 0, 2)), 64, true);
	for (unsigned turns = 0; turns < 300 && u.error >= 0 && u.told < 2; turns++) {
		u.error = u.disk->ops->poll(u.disk);
		sim_relax();
	}
	sim_calm();
	close_disk(&u); /* which ends what is left */
}

static void answers_that_change_while_they_are_read(void **state)
{
	(void)state;
	path = rig_file(BYTES);
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent,seed=100", restless, NULL, 40), 0);
	assert_int_equal(rig_each_layout("noncoherent,seed=100", restless, NULL, 40), 0);
}

/* A transfer that the IOMMU blocked is not believed, whatever the device says of it (hazard 61). */
static void blocked(void *unused)
{
	struct use u = {.disk = open_disk(false)};

	(void)unused;
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096) == 0);
	rig_fault();
	SIM_CHECK(transfer(&u, BLOCK_READ) == 0);
	check_ended(&u);
	close_disk(&u);
}

static void a_fault_of_the_iommu(void **state)
{
	(void)state;
	path = rig_file(BYTES);
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", blocked, NULL, 0), 0);
	assert_non_null(strstr(last_error, "the IOMMU blocked an access of this disk"));
}

/* ---- Failures of the host ---- */

static int attempt(void *unused)
{
	struct use u = {.disk = open_disk(false)};
	int error;

	(void)unused;
	if (!u.disk)
		return DMA_ENOMEM;
	error = dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096);
	if (!error && transfer(&u, BLOCK_READ) != REQUESTS)
		error = DMA_EIO;
	close_disk(&u);
	return error;
}

static void every_hook_fails(void **state)
{
	struct sim_config machine = sim_config_plain("noncoherent");
	unsigned runs;

	(void)state;
	path = rig_file(BYTES);
	for (unsigned i = 0; i < 2; i++) {
		rig_device = sim_vdev_config();
		(void)sim_vdev_config_parse(&rig_device, rig_layouts[i]);
		assert_int_equal(sim_for_each_failure(&machine, attempt, NULL, &runs), 0);
		assert_true(runs > 20);
		print_message("%s: %u runs\n", rig_layouts[i], runs);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_disk_on_every_row),
		cmocka_unit_test(a_disk_that_lies),
		cmocka_unit_test(counts_that_leap_or_go_back),
		cmocka_unit_test(answers_that_change_while_they_are_read),
		cmocka_unit_test(a_fault_of_the_iommu),
		cmocka_unit_test(every_hook_fails),
	};
	int failed;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);

	unlink(path);
	return failed;
}
