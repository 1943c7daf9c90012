/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reads of a disk, so many at a time, each into a list of pages that lie apart. Each read is mapped, and its mapping
 * ended, as the memory of a program that comes with a request would be. Or the lists are kept: they are mapped once,
 * and armed again for each read, as a disk cache does that reads into memory of its own.
 */
#include "ends.h"

enum { DEPTH_MOST = 32, PAGES_MOST = 32 };

struct read {
	struct block_request request; /* first */
	struct dma_list list;
	struct dma_piece pieces[PAGES_MOST];
	bool busy;
};

struct block *ends_disk;
static struct read reads[DEPTH_MOST];
static struct dma_segment memory[DEPTH_MOST];

static int prepare(struct read *r, struct dma_segment *pages, const struct job *job)
{
	unsigned npages = job->bytes / 4096;
	int error = dma_segment_alloc(pages, 2u * npages, UINT64_MAX, 0);

	dma_list_init(&r->list, r->pieces, PAGES_MOST);
	for (unsigned i = 0; i < npages && !error; i++) /* every other page */
		error = dma_list_add_segment(&r->list, pages, (size_t)i * 8192, 4096);
	if (!error && job->kept)
		error = dma_list_map(&r->list, ends_disk->dma, DMA_FROM_DEVICE);
	return error;
}

static uint64_t block_of(const struct job *job, uint64_t n)
{
	uint32_t nblocks = job->bytes / ends_disk->block_size;
	uint64_t places = ends_disk->nblocks / nblocks;

	if (job->random)
		n = n * 2654435761u >> 7;
	return n % places * nblocks;
}

__attribute__((noinline)) static bool wait_any_done(void)
{
	for (unsigned i = 0; i < DEPTH_MOST; i++)
		if (reads[i].busy && block_done(&reads[i].request))
			return true;
	return false;
}

static int start(struct read *r, const struct job *job, uint64_t n)
{
	int error = job->kept ? dma_list_rearm(&r->list, 0, job->bytes)
			      : dma_list_map(&r->list, ends_disk->dma, DMA_FROM_DEVICE);

	if (error)
		return ends_fail(error, "a read cannot be mapped");
	r->request = (struct block_request){.op = BLOCK_READ,
					    .lba = block_of(job, n),
					    .nblocks = job->bytes / ends_disk->block_size,
					    .list = &r->list};
	error = ends_disk->ops->submit(ends_disk, &r->request);
	if (error) {
		dma_list_unmap(&r->list);
		return ends_fail(error, "a read cannot be started");
	}
	r->busy = true;
	return 0;
}

static int finish(struct read *r, const struct job *job)
{
	int error = r->request.status;

	if (!error)
		error = dma_list_sync_from_device(&r->list, 0, job->bytes);
	if (!job->kept)
		dma_list_unmap(&r->list);
	r->busy = false;
	return error ? ends_fail(error, "a read failed") : 0;
}

static int run_bursts(const struct job *job, uint64_t ops)
{
	int error = 0;

	for (uint64_t n = 0; n < ops && !error;) {
		unsigned count = 0, done = 0;

		for (; count < job->depth && n < ops && !error; count++)
			error = start(&reads[count], job, n++);
		while (done < count && !error) {
			int got;

			wait_answers();
			got = ends_disk->ops->poll(ends_disk);
			error = got < 0 ? ends_fail(got, "the disk failed") : 0;
			done += got < 0 ? 0 : (unsigned)got;
		}
		for (unsigned i = 0; i < count && !error; i++)
			error = finish(&reads[i], job);
	}
	return error;
}

int ends_run_reads(const struct job *job, uint64_t ops)
{
	uint64_t started = 0, finished = 0;
	int error = 0;

	if (ends_bursts)
		return run_bursts(job, ops);

	while (finished < ops && !error) {
		int got = 0;

		for (unsigned i = 0; i < job->depth && !error; i++) {
			if (reads[i].busy && block_done(&reads[i].request)) {
				error = finish(&reads[i], job);
				finished++;
				got++;
			}
			if (!reads[i].busy && started < ops && !error)
				error = start(&reads[i], job, started++);
		}
		if (!error && !got && ends_disk->ops->poll(ends_disk) == 0)
			wait_for(wait_any_done);
	}
	return error;
}

int ends_prepare_reads(const struct job *job)
{
	int error = 0;

	for (unsigned i = 0; i < job->depth && !error; i++)
		error = prepare(&reads[i], &memory[i], job);
	return error;
}

void ends_drop_reads(const struct job *job)
{
	for (unsigned i = 0; i < job->depth; i++) {
		dma_list_release(&reads[i].list);
		dma_segment_drop(&memory[i]);
	}
}
