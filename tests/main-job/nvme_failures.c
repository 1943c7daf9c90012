/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The NVMe driver against a controller that does not come up, or lies: one clear message each.
 */
#include "nvme_test.h"

/* ---- Bring-up that fails ---------------------------------------------------------------------------------------- */

void bring_up_failures(void **state)
{
	const struct model_config good = model_good();
	struct {
		struct model_config config;
		const char *says;
		int error;
	} rows[48];
	unsigned n = 0;
	struct block *disk;

	(void)state;
#define ROW(field, value, text, code)                                                                                  \
	do {                                                                                                           \
		rows[n].config = good;                                                                                 \
		rows[n].config.field = (value);                                                                        \
		rows[n].says = (text);                                                                                 \
		rows[n++].error = (code);                                                                              \
	} while (0)
	ROW(bar_size, 0, "registers cannot be reached", DMA_ENODEV);
	ROW(bar_size, 0x1000, "registers cannot be reached", DMA_EIO);
	ROW(cap, UINT64_MAX, "does not answer", DMA_ENODEV);
	ROW(cap, good.cap & ~((uint64_t)1 << 37), "no NVM command set", DMA_ENOTSUP);
	ROW(cap, good.cap & ~(uint64_t)0xffff, "no queues", DMA_ENOTSUP);
	ROW(cap, good.cap | (uint64_t)1 << 48, "smallest page", DMA_ENOTSUP);
	ROW(cap, good.cap | (uint64_t)15 << 32, "", DMA_EIO); /* doorbells beyond the BAR */
	ROW(never_ready, true, "does not become ready", DMA_ETIMEDOUT);
	ROW(ready_with_fatal, true, "fatal error", DMA_EIO);
	ROW(sqes, 0x77, "another size", DMA_ENOTSUP);
	ROW(sqes, 0x55, "another size", DMA_ENOTSUP);
	ROW(cqes, 0x33, "another size", DMA_ENOTSUP);
	ROW(first_namespace, 0, "no namespace", DMA_ENODEV);
	ROW(flbas, 3, "a format that it does not have", DMA_EIO);
	ROW(lbaf, 13 << 16, "not 512 to 4096", DMA_ENOTSUP);
	ROW(lbaf, 8 << 16, "not 512 to 4096", DMA_ENOTSUP);
	ROW(lbaf, 9 << 16 | 8, "metadata", DMA_ENOTSUP);
	ROW(nsze, 0, "impossible size", DMA_EIO);
	ROW(nsze, UINT64_MAX / 256, "impossible size", DMA_EIO);
	for (unsigned i = 1; i <= 6; i++) {
		static const char *const names[] = {"identify",		"identify",	    "identify",
						    "number of queues", "completion queue", "submission queue"};

		ROW(admin_fails, i, names[i - 1], DMA_EIO);
		rows[n - 1].says = "invalid field in command (NVMe status 0/0x02)";
		ROW(admin_silent, i, names[i - 1], DMA_ETIMEDOUT);
		ROW(admin_fatal, i, "fatal error", DMA_EIO);
		ROW(admin_lies, i, "identifier that is not in use", DMA_EIO);
	}
	for (unsigned i = 0; i < n; i++) {
		int error;

		rows[i].config.messages = i % 3;
		error = open_disk(&rows[i].config, &disk);

		if (error != rows[i].error)
			fail_msg("row %u: %d (%s) instead of %d", i, error, why, rows[i].error);
		assert_true(why[0]);
		assert_says(why, rows[i].says);
		nothing_left();
	}
}

void every_allocation_fails(void **state)
{
	struct model_config config = model_good();
	struct block *disk;
	unsigned n = 0;

	(void)state;
	for (;;) {
		config.frames_fail_at = ++n;
		if (open_disk(&config, &disk) == 0)
			break;
		assert_true(why[0]);
		nothing_left();
	}
	assert_true(n > 5);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

/* ---- Lies -------------------------------------------------------------------------------------------------------- */

void lies(void **state)
{
	static const struct {
		enum model_lie lie;
		const char *says;
		int error;
	} rows[] = {
		{LIE_UNKNOWN_ID, "identifier that is not in use", DMA_EIO},
		{LIE_OLD_ID, "identifier that is not in use", DMA_EIO},
		{LIE_TWICE, "completed twice", DMA_EIO},
		{LIE_OTHER_QUEUE, "another submission queue", DMA_EIO},
		{LIE_HEAD, "outside the submission queue", DMA_EIO},
		{LIE_WRONG_PHASE, "no answer in time", DMA_ETIMEDOUT},
		{LIE_SILENCE, "no answer in time", DMA_ETIMEDOUT},
		{LIE_FATAL, "fatal error", DMA_EIO},
		{LIE_GONE, "the controller is gone", DMA_EIO},
		{LIE_IOMMU_FAULT, "the IOMMU blocked", DMA_EIO},
	};

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned row = i / 2;
		struct model_config config = model_good();
		struct block_request requests[8];
		struct dma_stream s = {0};
		struct block *disk;
		int error = 0;

		config.lie = rows[row].lie;
		config.lie_at = 5;
		config.never_stops = i & 1; /* and it does not even stop when told to: bus mastering off has to do */
		assert_int_equal(open_disk(&config, &disk), 0);
		assert_int_equal(dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, 8), 0);
		for (unsigned k = 0; k < 3; k++) /* slots that have been used before */
			assert_int_equal(transfer(disk, BLOCK_READ, 0, 8, &s), 0);
		for (unsigned k = 0; k < 8; k++) {
			requests[k] = (struct block_request){.op = BLOCK_READ, .lba = 8 * k, .nblocks = 8};
			requests[k].daddr = dma_daddr(dma_stream_daddr(&s).raw + 4096 * k);
			assert_int_equal(disk->ops->submit(disk, &requests[k]), 0);
		}
		while (error >= 0)
			error = disk->ops->poll(disk);
		if (error != rows[row].error)
			fail_msg("row %u: %d (%s) instead of %d", row, error, disk->error, rows[row].error);
		assert_says(disk->error, rows[row].says);
		for (unsigned k = 0; k < 8; k++)
			assert_true(block_done(&requests[k]));
		assert_int_equal(requests[7].status == 0 || requests[7].status == error, true);
		assert_false(model_master);
		assert_int_equal(disk->ops->submit(disk, &requests[0]), DMA_ENODEV);
		dma_stream_release(&s);
		assert_int_equal(disk->ops->close(disk), 0);
		nothing_left();
	}
}

void a_failed_request_leaves_the_disk_alive(void **state)
{
	static const struct {
		uint16_t status;
		const char *says;
	} rows[] = {
		{0x281, "nvme0: read of 8 blocks at block 16 failed: unrecovered read error (NVMe status 2/0x81)"},
		{0x280, "write fault"},
		{0x020, "write protected"},
		{0x77f, "failed: (NVMe status 7/0x7f)"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct model_config config = model_good();
		struct dma_stream s = {0};
		struct block *disk;

		config.lie_at = 1;
		config.io_status = rows[i].status;
		assert_int_equal(open_disk(&config, &disk), 0);
		assert_int_equal(dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, 1), 0);
		assert_int_equal(transfer(disk, BLOCK_READ, 16, 8, &s), DMA_EIO);
		assert_says(disk->error, rows[i].says);
		assert_int_equal(transfer(disk, BLOCK_READ, 16, 8, &s), 0);
		disk->ops->stop(disk);
		dma_stream_release(&s);
		assert_int_equal(disk->ops->close(disk), 0);
		nothing_left();
	}
}
