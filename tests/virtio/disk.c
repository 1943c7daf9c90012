/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio disk on the simulated machine: right on every row of the truth table, and where a hook of the host fails.
 */
#include "disk_use.h"

/* ---- Honest ---- */

static void wait_for(struct use *u, struct block_request *request)
{
	SIM_CHECK(u->disk->ops->submit(u->disk, request) == 0);
	for (unsigned turns = 0; !block_done(request) && SIM_CHECK(turns < TURNS); turns++) {
		SIM_CHECK(u->disk->ops->poll(u->disk) >= 0);
		sim_relax();
	}
	SIM_CHECK(request->status == 0 && !u->disk->error[0]);
}

static void honest(void *unused)
{
	struct use u = {.disk = use_open(false)};
	unsigned char bytes[64];
	struct block_request flush = {.op = BLOCK_FLUSH, .complete = use_told, .context = &u};
	struct block_request most = {.op = BLOCK_READ, .complete = use_told, .context = &u};

	(void)unused;
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(u.disk->nblocks == BYTES / 512 && u.disk->block_size == 512 && !u.disk->read_only);
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096) == 0);
	SIM_CHECK(use_transfer(&u, BLOCK_READ) == REQUESTS);
	for (unsigned i = 0; i < REQUESTS; i++)
		use_check_bytes(&u, i);
	most.nblocks = u.disk->max_blocks < BYTES / 512 ? u.disk->max_blocks : BYTES / 512;
	most.daddr = dma_stream_daddr(&u.stream);
	wait_for(&u, &most);
	dma_stream_release(&u.stream);
	SIM_CHECK(dma_stream_alloc(&u.stream, u.disk->dma, DMA_TO_DEVICE, BYTES / 4096) == 0);
	for (size_t i = 0; i < BYTES; i += sizeof(bytes)) {
		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = rig_byte(i + k);
		SIM_CHECK(dma_stream_write_bytes(&u.stream, i, bytes, sizeof(bytes)) == 0);
	}
	SIM_CHECK(dma_stream_sync_to_device(&u.stream, 0, BYTES) == 0);
	SIM_CHECK(use_transfer(&u, BLOCK_WRITE) == REQUESTS);
	wait_for(&u, &flush);
	use_close(&u);
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
	use_path = rig_file(BYTES);
	rig_device = sim_vdev_config();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(rig_each_layout(rows[i], honest, NULL, 2), 0);
	rig_device.queue_size = 4; /* without indirect tables one request at a time */
	assert_int_equal(rig_each_layout("coherent", honest, NULL, 2), 0);
	for (unsigned i = 0; i < 4; i++) { /* more than is asked for, and what is no power of two */
		static const uint16_t sizes[] = {256, 48, 1024, UINT16_MAX};

		rig_device.queue_size = sizes[i];
		assert_int_equal(rig_each_layout("coherent", honest, NULL, 0), 0);
	}
}

/* A disk without a cache of its own has no flush (5.2.6.1 forbids to ask for one): what it has answered is stable. */
static void a_disk_without_flush(void **state)
{
	(void)state;
	use_path = rig_file(BYTES);
	rig_device = sim_vdev_config();
	rig_device.without = (uint64_t)1 << 9;
	assert_int_equal(rig_each_layout("coherent", honest, NULL, 2), 0);
	assert_int_equal(rig_each_layout("noncoherent", honest, NULL, 2), 0);
}

/* What it says of segments is kept to, whatever a stream is like (hazard 83). */
static void disks_with_limits(void **state)
{
	static const struct {
		uint32_t size_max, seg_max;
	} limits[] = {{4096, 1}, {4096, 3}, {512, 16}, {1536, 16}, {6000, 2}, {0, 1}, {UINT32_MAX, UINT32_MAX}};

	(void)state;
	use_path = rig_file(BYTES);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		rig_device = sim_vdev_config();
		rig_device.size_max = limits[i].size_max;
		rig_device.seg_max = limits[i].seg_max;
		assert_int_equal(rig_each_layout("coherent", honest, NULL, 1), 0);
		assert_int_equal(rig_each_layout("noncoherent", honest, NULL, 1), 0);
	}
}

/* ---- Failures of the host ---- */

static int attempt(void *unused)
{
	struct use u = {.disk = use_open(false)};
	int error;

	(void)unused;
	if (!u.disk)
		return DMA_ENOMEM;
	error = dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, BYTES / 4096);
	if (!error && use_transfer(&u, BLOCK_READ) != REQUESTS)
		error = DMA_EIO;
	use_close(&u);
	return error;
}

static void every_hook_fails(void **state)
{
	struct sim_config machine = sim_config_plain("noncoherent");
	unsigned runs;

	(void)state;
	use_path = rig_file(BYTES);
	for (unsigned i = 0; i < 2; i++) {
		rig_device = sim_vdev_config();
		(void)sim_vdev_config_parse(&rig_device, rig_layouts[i]);
		assert_int_equal(sim_for_each_failure(&machine, attempt, NULL, &runs), 0);
		assert_true(runs > 20);
		print_message("%s: %u runs\n", rig_layouts[i], runs);
	}
}

/* ---- Messages ---- */

enum { MOST = 64 };

/* As many as the disk can have under way, all of which it answers before the message comes. */
static void all_at_once(void *unused)
{
	struct use u = {.disk = use_open(false)};
	struct block_request requests[MOST];
	unsigned n = 0, turns = 0;
	uint16_t event = 0;

	(void)unused;
	if (!SIM_CHECK(u.disk != NULL))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&u.stream, u.disk->dma, DMA_FROM_DEVICE, 1) == 0);
	for (; n < u.disk->depth && n < MOST; n++) {
		requests[n] = (struct block_request){.op = BLOCK_READ,
						     .nblocks = 1,
						     .daddr = dma_stream_daddr(&u.stream),
						     .complete = use_told,
						     .context = &u};
		SIM_CHECK(u.disk->ops->submit(u.disk, &requests[n]) == 0);
	}
	SIM_CHECK(n > 16 && n == u.disk->depth);
	while (sim_vdev_answers() < n && SIM_CHECK(turns++ < TURNS))
		sim_relax();
	rig_message();
	SIM_CHECK(u.told == n);
	/* 2.7.7.1: it asks for the next one. */
	SIM_CHECK(sim_device_read(
			  sim_vdev_device(sim_vdev_last()),
			  dma_daddr(sim_vdev_area(sim_vdev_last(), 0, 1) + 4 + 2 * (uint64_t)rig_device.queue_size),
			  &event, sizeof(event)) == 0);
	SIM_CHECK(event == n);
	use_close(&u);
}

static void a_message_for_all_that_can_be_under_way(void **state)
{
	struct sim_config machine = sim_config_plain("coherent");

	(void)state;
	use_path = rig_file(BYTES);
	rig_device = sim_vdev_config();
	rig_device.queue_size = 256;
	rig_device.messages = rig_messages_kept = true;
	assert_int_equal(sim_run(&machine, all_at_once, NULL), 0);
	rig_messages_kept = false;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_disk_on_every_row),
		cmocka_unit_test(a_disk_without_flush),
		cmocka_unit_test(disks_with_limits),
		cmocka_unit_test(every_hook_fails),
		cmocka_unit_test(a_message_for_all_that_can_be_under_way),
	};

	return rig_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
