/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An NVMe disk, as a device that may be asked: a few blocks are read into mapped memory, and once more after the
 * memory was released, which the IOMMU must block. With write=yes and model=NAME blocks at the disk's end are read
 * and written again as they were.
 */
#include "survey.h"

#include "block.h"
#include "text.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

enum {
	NVME_CLASS = 0x010802,
	PIECE = 4096,
	DISKS = 4,
	FILL = 0xa5,
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

/* Maps a page that stays ours whatever becomes of the stream. */
static int map_page(struct block *disk, dma_paddr_t paddr, struct dma_stream *s)
{
	struct dma_segment seg = {0};
	int error = dma_segment_borrow(&seg, paddr, 1);

	if (!error)
		error = dma_stream_map(s, disk->dma, DMA_BIDIRECTIONAL, &seg);
	dma_segment_drop(&seg);
	return error;
}

/* Has the device changed the page, in memory and not in our caches alone? The library would not map it any more:
 * after a fault it lets nothing through to this device. Our lines are clean. */
static bool page_changed(volatile unsigned char *bytes)
{
	struct dma_host_info info = {0};
	bool changed = false;

	(void)dma_host_info(&info);
	dma_arch_maintenance_begin();
	for (size_t i = 0; i < PIECE && info.can_sync; i += info.line_step)
		dma_arch_line_flush((const void *)(uintptr_t)(bytes + i));
	dma_arch_maintenance_end();
	for (unsigned i = 0; i < PIECE; i++)
		changed = changed || bytes[i] != FILL;
	return changed;
}

/* Unlike a write, a read of the disk that fails changes nothing on it. What a controller says of a blocked transfer
 * need not be the truth (hazard 61), so the page is looked at. */
static int read_released(struct block *disk, dma_paddr_t paddr, volatile unsigned char *bytes)
{
	uint64_t faults = disk->ops->faults(disk);
	struct dma_stream s = {0};
	dma_daddr_t daddr;
	bool changed;
	int error = map_page(disk, paddr, &s), answer;

	for (unsigned i = 0; i < PIECE && !error; i++)
		bytes[i] = FILL;
	if (!error)
		error = dma_stream_sync_to_device(&s, 0, PIECE);
	daddr = dma_stream_daddr(&s);
	dma_stream_release(&s);
	if (error)
		return error;
	answer = transfer(disk, BLOCK_READ, 0, daddr);
	faults = disk->ops->faults(disk) - faults;
	disk->ops->stop(disk); /* it touches nothing any more */
	changed = page_changed(bytes);
	report_number("faults", faults);
	report_string("answer", answer ? dma_strerror(answer) : "success");
	report_string("read_after_release", changed  ? "went through"
					    : faults ? "blocked, and reported"
						     : "blocked, unreported");
	return 0;
}

static int read_after_release(struct block *disk)
{
	dma_paddr_t paddr;
	int error = dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &paddr);

	if (error)
		return error;
	error = read_released(disk, paddr, dma_host_linear(paddr, DMA_PAGE_SIZE));
	dma_host_frames_free(paddr, 1);
	return error;
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
		error = read_after_release(disk); /* without an IOMMU it would reach memory that others may have */
	if (error && disk->error[0])
		report_string("error", disk->error);
	report_bool("interrupts", disk->interrupts > 0);
	disk->ops->stop(disk);
	(void)disk->ops->close(disk);
	report_end();
	return error;
}
