/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The NVMe driver against a controller that behaves, fails, or lies: data and limits, one clear message each, nothing
 * leaked, and no frame freed while the controller could reach it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dmastream/dmastream.h>
#include <dmastream/platform.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "bus.h"
#include "nvme_model.h"
#include "text.h"

static char why[160];

static int open_disk(const struct model_config *config, struct block **disk)
{
	struct text t = text_in(why, sizeof(why));

	model_start(config);
	assert_int_equal(dma_init(), 0);
	return block_open(0, disk, &t);
}

static void nothing_left(void)
{
	assert_int_equal(dma_fini(), 0);
	assert_int_equal(model_devices, 0);
	assert_int_equal(model_frames, 0);
	assert_int_equal(model_reached, 0);
	assert_int_equal(model_bad_prps, 0);
	assert_false(model_master);
	assert_false(model_enabled());
	assert_int_equal(model_handlers, 0);
}

static void assert_says(const char *said, const char *expected)
{
	if (!strstr(said, expected))
		fail_msg("\"%s\" does not say \"%s\"", said, expected);
}

/* ---- Data and limits ---------------------------------------------------------------------------------------- */

/* One request of so many blocks, and what the disk says of it. */
static int transfer(struct block *disk, enum block_op op, uint64_t lba, uint32_t nblocks, struct dma_stream *s)
{
	struct block_request request = {.op = op, .lba = lba, .nblocks = nblocks};
	int error;

	if (s)
		request.daddr = dma_stream_daddr(s);
	error = disk->ops->submit(disk, &request);
	while (!error && !block_done(&request)) {
		error = disk->ops->poll(disk);
		error = error > 0 ? 0 : error;
		bus_relax();
	}
	return block_done(&request) ? request.status : error;
}

static void every_size_arrives(void **state)
{
	struct model_config config = model_good();
	struct block *disk;

	(void)state;
	for (unsigned mdts = 0; mdts <= 9; mdts++) {
		struct dma_stream s = {0};
		size_t npages;

		config.mdts = (uint8_t)mdts;
		assert_int_equal(open_disk(&config, &disk), 0);
		assert_int_equal(disk->depth, 63);
		assert_int_equal(disk->max_blocks, (mdts && mdts < 9 ? 4096u << mdts : 2u << 20) / 512);
		npages = (size_t)disk->max_blocks / 8 < 256 ? disk->max_blocks / 8 : 256;
		assert_int_equal(dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, npages), 0);
		for (uint32_t n = 1; n <= npages * 8; n += n < 20 ? 1 : 97) {
			unsigned char *expected = malloc(n * 512);

			for (size_t i = 0; i < n * 512; i++)
				expected[i] = (unsigned char)(rand() >> 7);
			assert_int_equal(dma_stream_write_bytes(&s, 0, expected, n * 512), 0);
			assert_int_equal(transfer(disk, BLOCK_WRITE, n % 7, n, &s), 0);
			assert_memory_equal(model_disk + n % 7 * 512, expected, n * 512);
			assert_int_equal(dma_stream_fill(&s, 0, 0, n * 512), 0);
			assert_int_equal(transfer(disk, BLOCK_READ, n % 7, n, &s), 0);
			assert_memory_equal(s.cpu, expected, n * 512);
			free(expected);
		}
		assert_int_equal(transfer(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
		assert_int_equal(model_flushes, 1);
		disk->ops->stop(disk);
		dma_stream_release(&s);
		assert_int_equal(disk->ops->close(disk), 0);
		nothing_left();
	}
}

/* ---- Lists and byte ranges ---------------------------------------------------------------------------------- */

enum { PIECES = 9 };

/* A list over `n` pieces of that shape: where each begins in pages of its own, and how long it is. */
static void build(struct dma_list *l, struct dma_segment *frames, const size_t (*shape)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(dma_segment_alloc(&frames[i], 2, UINT64_MAX, 0), 0);
		assert_int_equal(dma_list_add_segment(l, &frames[i], shape[i][0], shape[i][1]), 0);
	}
}

static int by_list(struct block *disk, enum block_op op, uint32_t nblocks, const struct dma_list *l)
{
	struct block_request request = {.op = op, .lba = 3, .nblocks = nblocks, .list = l};
	int error = disk->ops->submit(disk, &request);

	while (!error && !block_done(&request)) {
		error = disk->ops->poll(disk);
		error = error > 0 ? 0 : error;
		bus_relax();
	}
	return block_done(&request) ? request.status : error;
}

static void lists_of_any_shape(void **state)
{
	static const size_t pages[PIECES][2] = {{0, 4096}, {4096, 4096}, {0, 8192}, {0, 4096}, {4096, 4096},
						{0, 4096}, {0, 4096},	 {0, 8192}, {0, 4096}};
	static const size_t edges[3][2] = {{4096 - 512, 512}, {0, 4096}, {0, 1024}};
	static const size_t inside[1][2] = {{1020, 2048}};
	static const size_t gap[2][2] = {{0, 1024}, {0, 1024}};
	static const size_t odd[1][2] = {{1022, 2048}};
	static const struct {
		const size_t (*shape)[2];
		size_t n, nbytes;
		int error;
	} cases[] = {
		{pages, PIECES, 11 * 4096, 0},
		{pages, 1, 4096, 0},
		{pages, 2, 8192, 0},
		{edges, 3, 512 + 4096 + 1024, 0},
		{inside, 1, 2048, 0},
		{gap, 2, 2048, DMA_EINVAL},
		{gap, 1, 1024, 0},
		{odd, 1, 2048, 0 /* bounced to where it is aligned */},
	};
	struct model_config config = model_good();
	struct block *disk;

	(void)state;
	assert_int_equal(open_disk(&config, &disk), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint32_t nblocks = (uint32_t)(cases[i].nbytes / 512);
		struct dma_segment frames[PIECES] = {{{0}, 0, NULL}};
		struct dma_piece pieces[PIECES];
		struct dma_list l;
		unsigned char *expected = malloc(cases[i].nbytes), *seen = malloc(cases[i].nbytes);

		dma_list_init(&l, pieces, PIECES);
		build(&l, frames, cases[i].shape, cases[i].n);
		assert_int_equal(by_list(disk, BLOCK_WRITE, nblocks, &l), DMA_EINVAL); /* not mapped */
		assert_int_equal(dma_list_map(&l, disk->dma, DMA_BIDIRECTIONAL), 0);
		for (size_t k = 0; k < cases[i].nbytes; k++)
			expected[k] = (unsigned char)(rand() >> 7);
		assert_int_equal(dma_list_write_bytes(&l, 0, expected, cases[i].nbytes), 0);
		assert_int_equal(dma_list_sync_to_device(&l, 0, cases[i].nbytes), 0);
		assert_int_equal(by_list(disk, BLOCK_WRITE, nblocks, &l), cases[i].error);
		if (!cases[i].error) {
			assert_memory_equal(model_disk + 3 * 512, expected, cases[i].nbytes);
			memset(seen, 0, cases[i].nbytes);
			assert_int_equal(dma_list_write_bytes(&l, 0, seen, cases[i].nbytes), 0);
			assert_int_equal(by_list(disk, BLOCK_READ, nblocks, &l), 0);
			assert_int_equal(dma_list_sync_from_device(&l, 0, cases[i].nbytes), 0);
			assert_int_equal(dma_list_read_bytes(&l, 0, seen, cases[i].nbytes), 0);
			assert_memory_equal(seen, expected, cases[i].nbytes);
		}
		assert_int_equal(by_list(disk, BLOCK_READ, nblocks + 1, &l), DMA_EINVAL); /* beyond the list */
		dma_list_release(&l);
		for (size_t k = 0; k < cases[i].n; k++)
			dma_segment_drop(&frames[k]);
		free(expected);
		free(seen);
	}
	disk->ops->stop(disk);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

static void full_queue_any_order(void **state)
{
	struct model_config config = model_good();
	struct block_request requests[64];
	struct dma_stream s = {0};
	struct block *disk;

	(void)state;
	config.reorder = true;
	assert_int_equal(open_disk(&config, &disk), 0);
	assert_int_equal(dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, 63), 0);
	for (unsigned round = 0; round < 2000; round++) { /* the identifiers' generations wrap */
		for (unsigned i = 0; i < 63; i++) {
			requests[i] = (struct block_request){.op = BLOCK_READ, .lba = 8 * i, .nblocks = 8};
			requests[i].daddr = dma_daddr(dma_stream_daddr(&s).raw + 4096 * i);
			assert_int_equal(disk->ops->submit(disk, &requests[i]), 0);
		}
		requests[63] = requests[62];
		assert_int_equal(disk->ops->submit(disk, &requests[63]), DMA_EBUSY);
		assert_int_equal(disk->ops->poll(disk), 0);
		bus_relax();
		assert_int_equal(disk->ops->poll(disk), 63);
		for (unsigned i = 0; i < 63; i++)
			assert_true(block_done(&requests[i]) && requests[i].status == 0);
	}
	assert_memory_equal(s.cpu, model_disk, 63 * 4096);
	disk->ops->stop(disk);
	dma_stream_release(&s);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

/* ---- Interrupts -------------------------------------------------------------------------------------------------- */

struct job {
	struct block_request request; /* first */
	struct dma_stream stream;
	unsigned calls;
	bool in_handler;
};

static void job_done(struct block_request *request)
{
	struct job *job = (struct job *)request;

	assert_int_equal(host_locks, 0);
	assert_true(block_done(request));
	job->calls++;
	job->in_handler = !dma_host_interrupts_on();
	dma_stream_release(&job->stream);
}

static void start_job(struct block *disk, struct job *job, uint64_t lba)
{
	*job = (struct job){.request = {.op = BLOCK_READ, .lba = lba, .nblocks = 8, .complete = job_done}};
	assert_int_equal(dma_stream_alloc_uninit(&job->stream, disk->dma, DMA_FROM_DEVICE, 1), 0);
	job->request.daddr = dma_stream_daddr(&job->stream);
	assert_int_equal(disk->ops->submit(disk, &job->request), 0);
}

/* With a message of its own, the only one, and none: the same requests, told once each, released where they are
 * told. */
static void interrupts_finish_requests(void **state)
{
	struct job jobs[8];
	struct block *disk;

	(void)state;
	for (unsigned messages = 0; messages <= 2; messages++) {
		struct model_config config = model_good();

		config.messages = messages;
		assert_int_equal(open_disk(&config, &disk), 0);
		assert_int_equal(model_handlers, messages > 0);
		for (unsigned i = 0; i < 8; i++)
			start_job(disk, &jobs[i], 8 * i);
		assert_int_equal(disk->ops->poll(disk),
				 messages ? 0 : 8); /* with interrupts, poll leaves them to those */
		bus_relax();
		for (unsigned i = 0; i < 8; i++) {
			assert_int_equal(jobs[i].calls, 1);
			assert_int_equal(jobs[i].request.status, 0);
			assert_int_equal(jobs[i].in_handler, messages > 0);
		}
		assert_int_equal(disk->interrupts, messages ? 8 : 0);
		assert_int_equal(disk->ops->close(disk), 0);
		nothing_left();
	}
}

/* Polling every now and then finds what no interrupt told. */
static void a_lost_interrupt_costs_time_only(void **state)
{
	struct model_config config = model_good();
	struct job job;
	struct block *disk;
	unsigned polls = 0;

	(void)state;
	config.messages = 2;
	config.loses_interrupts = true;
	assert_int_equal(open_disk(&config, &disk), 0);
	start_job(disk, &job, 0);
	while (!block_done(&job.request) && ++polls < 1000)
		assert_true(disk->ops->poll(disk) >= 0);
	assert_true(polls > 10 && polls < 1000);
	assert_int_equal(job.calls, 1);
	assert_int_equal(job.request.status, 0);
	assert_int_equal(disk->interrupts, 0);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

/* What is found wrong in a handler ends the disk there: everything in flight is told once, and poll says why. */
static void a_handler_ends_the_disk(void **state)
{
	static const enum model_lie rows[] = {LIE_UNKNOWN_ID, LIE_TWICE, LIE_OTHER_QUEUE, LIE_IOMMU_FAULT};
	struct job jobs[8];
	struct block *disk;

	(void)state;
	for (unsigned row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct model_config config = model_good();

		config.messages = 2;
		config.lie = rows[row];
		config.lie_at = 5;
		assert_int_equal(open_disk(&config, &disk), 0);
		for (unsigned i = 0; i < 8; i++)
			start_job(disk, &jobs[i], 8 * i);
		bus_relax();
		for (unsigned i = 0; i < 8; i++)
			assert_int_equal(jobs[i].calls, 1);
		assert_int_equal(jobs[7].request.status == 0 || jobs[7].request.status == DMA_EIO, true);
		assert_false(model_master);
		assert_int_equal(disk->ops->poll(disk), DMA_EIO);
		assert_int_equal(disk->ops->submit(disk, &jobs[0].request), DMA_ENODEV);
		assert_true(disk->error[0]);
		assert_int_equal(disk->ops->close(disk), 0);
		nothing_left();
	}
}

/* Requests in flight when the disk is stopped are told so, once, and an interrupt that comes late is nothing. */
static void stopped_with_requests_in_flight(void **state)
{
	struct model_config config = model_good();
	struct job jobs[8];
	struct block *disk;

	(void)state;
	config.messages = 1;
	config.lie = LIE_SILENCE;
	config.lie_at = 3;
	assert_int_equal(open_disk(&config, &disk), 0);
	for (unsigned i = 0; i < 8; i++)
		start_job(disk, &jobs[i], 8 * i);
	disk->ops->stop(disk);
	bus_relax();
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(jobs[i].calls, 1);
		assert_int_equal(jobs[i].request.status, DMA_ENODEV);
	}
	assert_int_equal(disk->ops->poll(disk), DMA_ENODEV);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

static void smallest_queue(void **state)
{
	struct model_config config = model_good();
	struct dma_stream s = {0};
	struct block *disk;

	(void)state;
	config.cap = (config.cap & ~(uint64_t)0xffff) | 1; /* MQES: two entries */
	assert_int_equal(open_disk(&config, &disk), 0);
	assert_int_equal(disk->depth, 1);
	assert_int_equal(dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, 1), 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(transfer(disk, BLOCK_READ, i, 1, &s), 0);
	disk->ops->stop(disk);
	dma_stream_release(&s);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

static void wrong_requests(void **state)
{
	struct model_config config = model_good();
	struct dma_stream s = {0};
	struct block_request r = {.op = BLOCK_READ};
	struct block *disk;

	(void)state;
	assert_int_equal(open_disk(&config, &disk), 0);
	assert_int_equal(dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, 1), 0);
	assert_int_equal(transfer(disk, BLOCK_READ, 0, 0, &s), DMA_EINVAL);
	assert_int_equal(transfer(disk, BLOCK_READ, 2048, 1, &s), DMA_EINVAL);
	assert_int_equal(transfer(disk, BLOCK_READ, 2041, 8, &s), DMA_EINVAL);
	assert_int_equal(transfer(disk, BLOCK_READ, UINT64_MAX, 2, &s), DMA_EINVAL);
	assert_int_equal(transfer(disk, BLOCK_READ, 0, disk->max_blocks + 1, &s), DMA_EINVAL);
	assert_int_equal(transfer(disk, BLOCK_FLUSH, 0, 1, NULL), DMA_EINVAL);
	r.nblocks = 1;
	r.daddr = dma_daddr(dma_stream_daddr(&s).raw + 2);
	assert_int_equal(disk->ops->submit(disk, &r), DMA_EINVAL);
	assert_int_equal(model_commands, 0);
	disk->ops->stop(disk);
	assert_int_equal(transfer(disk, BLOCK_READ, 0, 1, &s), DMA_ENODEV);
	assert_int_equal(disk->ops->close(disk), DMA_EBUSY); /* a stream lives */
	dma_stream_release(&s);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

/* ---- Bring-up that fails ---------------------------------------------------------------------------------------- */

static void bring_up_failures(void **state)
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

static void every_allocation_fails(void **state)
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

static void lies(void **state)
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

static void a_failed_request_leaves_the_disk_alive(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_arrives),
		cmocka_unit_test(lists_of_any_shape),
		cmocka_unit_test(full_queue_any_order),
		cmocka_unit_test(interrupts_finish_requests),
		cmocka_unit_test(a_lost_interrupt_costs_time_only),
		cmocka_unit_test(a_handler_ends_the_disk),
		cmocka_unit_test(stopped_with_requests_in_flight),
		cmocka_unit_test(smallest_queue),
		cmocka_unit_test(wrong_requests),
		cmocka_unit_test(bring_up_failures),
		cmocka_unit_test(every_allocation_fails),
		cmocka_unit_test(lies),
		cmocka_unit_test(a_failed_request_leaves_the_disk_alive),
	};

	return cmocka_run_group_tests_name("nvme", tests, NULL, NULL);
}
