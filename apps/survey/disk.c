/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An NVMe disk, as a device that may be asked: a few blocks are read into mapped memory, and once more after the memory
 * was released, which the IOMMU must block. With write=yes and model=NAME blocks at the disk's end are read and written
 * again as they were.
 */
#include "survey.h"

#include "block.h"
#include "text.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>

enum {
	NVME_CLASS = 0x010802,
	PIECE = 4096,
	DISKS = 4,
};

unsigned disks_count(void)
{
	struct bus_pci pci;
	unsigned n = 0;

	while (n < DISKS && !bus_pci_find_class(NVME_CLASS, n, &pci))
		n++;
	return n;
}

static int transfer(struct block *disk, enum block_op op, uint64_t lba, dma_daddr_t daddr)
{
	struct block_request request = {.op = op, .lba = lba, .nblocks = PIECE / disk->block_size, .daddr = daddr};
	int error = disk->ops->submit(disk, &request);

	while (!error && !block_done(&request)) {
		error = disk->ops->poll(disk);
		error = error > 0 ? 0 : error;
		bus_relax();
	}
	if (block_done(&request)) /* also where the disk has ended: it is never left with our request */
		return request.status;
	disk->ops->stop(disk);
	return error;
}

static uint32_t sum_of(const struct dma_stream *s)
{
	static unsigned char bytes[PIECE];
	uint32_t sum = 0;

	if (dma_stream_sync_from_device(s, 0, PIECE) || dma_stream_read_bytes(s, 0, bytes, PIECE))
		return 0;
	for (unsigned i = 0; i < PIECE; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

/* Reads the same blocks twice; memory that the disk has not written would keep what was filled in. */
static int read_twice(struct block *disk)
{
	uint32_t sums[2] = {0};
	uint64_t began = 0;
	int error = 0;

	for (unsigned i = 0; i < 2 && !error; i++) {
		struct dma_stream s = {0};

		error = dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, 1);
		if (!error)
			error = dma_stream_fill(&s, 0, i ? 0x5a : 0xa5, PIECE);
		if (!error)
			error = dma_stream_sync_to_device(&s, 0, PIECE);
		began = dma_host_time_ns();
		if (!error)
			error = transfer(disk, BLOCK_READ, 0, dma_stream_daddr(&s));
		if (!error)
			sums[i] = sum_of(&s);
		dma_stream_release(&s);
	}
	if (error)
		return error;
	report_number("read_ns", dma_host_time_ns() - began);
	report_bool("reads_are_the_same", sums[0] == sums[1]);
	return 0;
}

static bool may_write(const struct block *disk)
{
	const char *wanted = bus_option("model", "");
	const char *is = disk->model;

	if (!text_same(bus_option("write", "no"), "yes") || !*wanted || disk->read_only)
		return false;
	for (; *is && (*is == *wanted || (*is == ' ' && *wanted == '_')); is++, wanted++)
		;
	return *is == *wanted;
}

static int write_back(struct block *disk)
{
	uint64_t lba = disk->nblocks - PIECE / disk->block_size;
	struct dma_stream s = {0};
	uint32_t before = 0, after = 0;
	int error = dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, 1);

	if (!error)
		error = transfer(disk, BLOCK_READ, lba, dma_stream_daddr(&s));
	if (!error) {
		before = sum_of(&s);
		error = dma_stream_sync_to_device(&s, 0, PIECE);
	}
	if (!error)
		error = transfer(disk, BLOCK_WRITE, lba, dma_stream_daddr(&s));
	if (!error)
		error = transfer(disk, BLOCK_READ, lba, dma_stream_daddr(&s));
	if (!error)
		after = sum_of(&s);
	report_string("written", error ? dma_strerror(error) : before == after ? "the same blocks again" : "wrongly");
	dma_stream_release(&s);
	return error;
}

/* The address is nobody's any more. Only a read of the disk: a write would put what it gets on the disk (hazard 61). */
static void read_after_release(struct block *disk)
{
	struct dma_stream s = {0};
	uint64_t faults = disk->ops->faults(disk), seen;
	dma_daddr_t daddr;
	int error = dma_stream_alloc_uninit(&s, disk->dma, DMA_FROM_DEVICE, 1);

	if (error) {
		report_string("read_after_release", dma_strerror(error));
		return;
	}
	daddr = dma_stream_daddr(&s);
	dma_stream_release(&s);
	error = transfer(disk, BLOCK_READ, 0, daddr);
	seen = disk->ops->faults(disk) - faults;
	report_number("faults", seen);
	report_string("read_after_release", seen    ? "blocked, and reported"
					    : error ? "failed, unreported"
						    : "went through");
}

int disk_report(unsigned index)
{
	char why[160];
	struct text t = text_in(why, sizeof(why));
	struct block *disk;
	int error = block_open(index, &disk, &t);

	report_row(NULL);
	report_number("disk", index);
	if (error) {
		report_string("error", why);
		report_end();
		return error;
	}
	report_string("model", disk->model);
	report_number("block_bytes", disk->block_size);
	report_number("mib", disk->nblocks / (1048576 / disk->block_size));
	error = disk->nblocks < 2 * PIECE / disk->block_size ? DMA_ENOSPC : read_twice(disk);
	if (!error && may_write(disk))
		error = write_back(disk);
	if (!error && !text_same(bus_iommu(), "none"))
		read_after_release(disk); /* without an IOMMU it would reach memory that others may have */
	if (error && disk->error[0])
		report_string("error", disk->error);
	report_bool("interrupts", disk->interrupts > 0);
	disk->ops->stop(disk);
	(void)disk->ops->close(disk);
	report_end();
	return error;
}
