/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The NVMe driver with interrupts: requests are told once each, in the handler, and none is lost.
 */
#include "nvme_test.h"

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
void interrupts_finish_requests(void **state)
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
void a_lost_interrupt_costs_time_only(void **state)
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
void a_handler_ends_the_disk(void **state)
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
void stopped_with_requests_in_flight(void **state)
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
