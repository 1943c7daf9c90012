/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A request is a chain of a header that the device reads, the data, and a status byte that it writes (5.2.6). Headers
 * and status bytes are blocks of a coherent pool, one for each request, so that no two requests share a line (hazard
 * 24). Three looks at an answer come before it is believed: at what it names and how long it is (virtq_take), at the
 * IOMMU's faults, and at its status.
 */
#include <dmastream/errors.h>

#include "virtio_blk.h"

/* 5.2.6 */
enum { BLK_IN = 0, BLK_OUT = 1, BLK_FLUSH = 4 };
enum { STATUS_OK = 0, STATUS_IOERR = 1, STATUS_UNSUPP = 2, STATUS_NONE = 0xff };
struct blk_header {
	uint32_t type;
	uint32_t reserved;
	uint64_t sector;
	uint8_t status; /* behind the header: the last byte of the chain */
};
enum { HEADER_BYTES = 16, STATUS_AT = 16 };

/* ---- Requests --------------------------------------------------------------------------------------------- */

void blk_put_header(struct virtio_blk *d, unsigned slot)
{
	if (d->header[slot])
		(void)dma_pool_put(&d->headers, d->header[slot]);
	d->header[slot] = NULL;
}

/* A stretch of memory, as parts from parts[at] on, none longer than a segment of the device's: how many there are then,
 * or DMA_EINVAL. */
static int add_stretch(const struct virtio_blk *d, struct virtq_part *parts, int at, dma_daddr_t daddr, uint64_t nbytes)
{
	while (nbytes > 0) {
		uint32_t here = nbytes < d->max_bytes ? (uint32_t)nbytes : d->max_bytes;

		if (at > (int)d->max_segments)
			return DMA_EINVAL;
		parts[at++] = (struct virtq_part){daddr, here};
		daddr = dma_daddr(daddr.raw + here);
		nbytes -= here;
	}
	return at;
}

/* The memory of a request, likewise. */
static int add_memory(const struct virtio_blk *d, const struct block_request *request, struct virtq_part *parts, int at)
{
	uint64_t left = (uint64_t)request->nblocks << d->block_shift;
	struct dma_list_walk walk;
	struct dma_list_entry entry;

	if (!request->list)
		return add_stretch(d, parts, at, request->daddr, left);
	walk = dma_list_begin(request->list);
	while (at > 0 && left > 0 && dma_list_next(&walk, &entry)) {
		uint64_t nbytes = entry.len < left ? entry.len : left;

		at = add_stretch(d, parts, at, entry.daddr, nbytes);
		left -= nbytes;
	}
	return left ? DMA_EINVAL : at;
}

int blk_add(struct virtio_blk *d, struct block_request *request, unsigned slot)
{
	static const uint32_t types[] = {BLK_IN, BLK_OUT, BLK_FLUSH};
	struct blk_header header = {.type = types[request->op], .status = STATUS_NONE};
	struct virtq_part parts[BLK_SEGMENTS + 2];
	int nparts = 1, error;
	uint64_t daddr;

	/* 5.2.6.1: without the feature no flush is sent, for what was answered is stable (5.2.6.2). */
	if (request->op == BLOCK_FLUSH && !(d->device.features & BLK_F_FLUSH)) {
		d->stable |= (uint64_t)1 << slot;
		return 0;
	}
	error = dma_pool_get(&d->headers, &d->header[slot]);
	if (error)
		return error;
	daddr = dma_block_daddr(d->header[slot]).raw;
	parts[0] = (struct virtq_part){dma_daddr(daddr), HEADER_BYTES};
	if (request->op != BLOCK_FLUSH) {
		header.sector = request->lba << (d->block_shift - BLK_SECTOR_SHIFT);
		nparts = add_memory(d, request, parts, nparts);
	}
	error = nparts < 0 ? nparts : 0;
	if (!error)
		error = dma_slice_write_bytes(&d->header[slot]->slice, 0, &header, HEADER_BYTES + 1);
	if (!error) {
		parts[nparts++] = (struct virtq_part){dma_daddr(daddr + STATUS_AT), 1};
		error = virtq_add(&d->queue, parts, request->op == BLOCK_READ ? 1 : (unsigned)nparts - 1,
				  (unsigned)nparts, slot);
	}
	if (error)
		blk_put_header(d, slot);
	return error;
}

/* ---- Answers ---------------------------------------------------------------------------------------------- */

/* A look at a request that was answered, under the lock: its status, and a line if it failed. */
static int judge(struct virtio_blk *d, unsigned slot, uint32_t nbytes)
{
	const struct block_request *request = d->inflight.slots[slot].request;
	uint64_t wanted = request->op == BLOCK_READ ? ((uint64_t)request->nblocks << d->block_shift) + 1 : 1;
	uint8_t status = STATUS_NONE;
	const char *why = NULL;

	if (dma_slice_read_once(&d->header[slot]->slice, STATUS_AT, &status, 1))
		why = "its status cannot be read";
	else if (status == STATUS_IOERR)
		why = "the device could not do it";
	else if (status == STATUS_UNSUPP)
		why = "the device does not know such a request";
	else if (status != STATUS_OK)
		why = "its status is none that there is";
	else if (nbytes < wanted) /* 5.2.6.2: all was written, or the status is another */
		why = "the device says that it wrote less than was asked for";
	if (!why)
		return 0;
	block_report_request(&d->block, request, why);
	return DMA_EIO;
}

void blk_reap(struct virtio_blk *d, struct blk_harvest *h)
{
	unsigned slots[INFLIGHT_MAX], n = 0;
	uint32_t lengths[INFLIGHT_MAX];
	int got = 0;

	for (; d->stable; d->stable &= d->stable - 1) {
		h->statuses[h->count] = 0;
		h->requests[h->count++] = inflight_finish(&d->inflight, (unsigned)__builtin_ctzll(d->stable));
	}
	while (n < INFLIGHT_MAX && (got = virtq_take(&d->queue, &slots[n], &lengths[n])) > 0)
		n++;
	if (got >= 0 && !n)
		return;
	if (got >= 0 && virtio_blocked(&d->device)) /* after the answers were seen, before one is believed */
		got = virtio_fail(&d->device, DMA_EIO, "the IOMMU blocked an access of this disk");
	if (got < 0) {
		block_report(&d->block, d->device.why);
		h->error = got;
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		h->statuses[h->count] = judge(d, slots[i], lengths[i]);
		blk_put_header(d, slots[i]);
		h->requests[h->count++] = inflight_finish(&d->inflight, slots[i]);
	}
}
