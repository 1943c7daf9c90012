/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Frames through the two queues of a virtio network card (Virtual I/O Device 1.2, 5.1.6).
 *
 * Receive: each buffer is a block of a from-device pool, mapped once; a frame costs one sync and one copy of its
 * header. Send: the header is a block of a coherent pool, the frame the caller's memory.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "virtio_net.h"

/* ---- Receive -------------------------------------------------------------------------------------------------- */

void net_fill(struct virtio_net *n)
{
	struct dma_block *block;

	while (n->nfree_posts > 0) {
		unsigned token = n->free_posts[n->nfree_posts - 1];
		struct virtq_part part;

		if (dma_pool_get(&n->buffers, &block)) {
			n->net.counts.refills_short++;
			break;
		}
		part = (struct virtq_part){dma_block_daddr(block), NET_BLOCK_BYTES};
		if (virtq_add(&n->receive, &part, 0, 1, token)) {
			(void)dma_pool_put(&n->buffers, block);
			break;
		}
		n->posted[token] = block;
		n->nfree_posts--;
	}
	virtq_kick(&n->receive);
}

/* A buffer that the device says it filled: 1 and *packet; 0: it is no frame, and was counted; DMA_EIO: it is a lie. */
static int look_at(struct virtio_net *n, struct dma_block *block, uint32_t nbytes, struct net_packet *packet)
{
	struct net_header header;

	if (nbytes < NET_HDR_BYTES)
		return virtio_fail(&n->device, DMA_EIO, "a frame is shorter than the header before it");
	if (dma_slice_sync_from_device(&block->slice, 0, nbytes) ||
	    dma_slice_read_bytes(&block->slice, 0, &header, sizeof(header)))
		return virtio_fail(&n->device, DMA_EIO, "a buffer of frames cannot be read");
	/* 5.1.6.4: without merging a frame has one buffer, whatever header.buffers says (QEMU 10.0 says 0). */
	if (header.gso_type != GSO_NONE)
		return virtio_fail(&n->device, DMA_EIO, "a frame claims what was not negotiated");
	if (nbytes < NET_HDR_BYTES + NET_HEADER_BYTES) {
		n->net.counts.short_frames++;
		return 0;
	}
	*packet = (struct net_packet){
		.block = block,
		.offset = NET_HDR_BYTES,
		.nbytes = nbytes - NET_HDR_BYTES,
		.checked = n->net.offloads & NET_CHECKS && header.flags & (HDR_DATA_VALID | HDR_NEEDS_CSUM),
	};
	n->net.counts.received++;
	n->net.counts.received_bytes += nbytes - NET_HDR_BYTES;
	return 1;
}

/* What ended a look at a queue. The IOMMU's faults are looked at after all answers were seen, before one is believed
 * (hazard 61). */
static void judge(struct virtio_net *n, struct net_harvest *h, int got, bool looked)
{
	if (got >= 0 && looked && virtio_blocked(&n->device))
		got = virtio_fail(&n->device, DMA_EIO, "the IOMMU blocked an access of this card");
	if (got >= 0)
		return;
	h->error = got;
	h->why = __atomic_load_n(&n->device.why, __ATOMIC_RELAXED);
}

void net_reap_received(struct virtio_net *n, struct net_harvest *h)
{
	struct dma_block *blocks[NET_BATCH];
	uint32_t lengths[NET_BATCH];
	unsigned token, taken = 0;
	int got = 0;

	while (h->count + taken < NET_BATCH && (got = virtq_take(&n->receive, &token, &lengths[taken])) > 0) {
		blocks[taken++] = n->posted[token];
		n->posted[token] = NULL;
		n->free_posts[n->nfree_posts++] = (uint16_t)token;
	}
	judge(n, h, got, taken);
	for (unsigned i = 0; i < taken; i++) {
		got = h->error ? 0 : look_at(n, blocks[i], lengths[i], &h->packets[h->count]);
		if (got > 0)
			h->count++;
		else
			(void)dma_pool_put(&n->buffers, blocks[i]);
		if (got < 0)
			judge(n, h, got, false);
	}
	if (taken && !h->error)
		net_fill(n);
}

/* ---- Send ------------------------------------------------------------------------------------------------------ */

static int check(const struct virtio_net *n, const struct net_send *send)
{
	size_t most = send->segment_bytes ? 65535 + NET_HEADER_BYTES : NET_FRAME_BYTES;
	unsigned needs = send->segment_bytes ? send->ipv6 ? NET_SENDS_SEGMENTS_6 : NET_SENDS_SEGMENTS : 0;

	if (send->checksum_offset || send->segment_bytes)
		needs |= NET_SENDS_CHECKSUMS;
	if (needs & ~n->net.offloads)
		return DMA_ENOTSUP;
	if (send->nbytes < NET_HEADER_BYTES || send->nbytes > most ||
	    (send->list && dma_list_size(send->list) < send->nbytes))
		return DMA_EINVAL;
	if (send->checksum_offset && (size_t)send->checksum_start + send->checksum_offset + 2 > send->nbytes)
		return DMA_EINVAL;
	/* 5.1.6.2: segments have a checksum each, and a payload. */
	return send->segment_bytes && (!send->checksum_offset || send->header_bytes >= send->nbytes) ? DMA_EINVAL : 0;
}

/* The header and the frame as parts: how many, or DMA_EINVAL. */
static int describe(const struct virtio_net *n, const struct net_send *send, dma_daddr_t header,
		    struct virtq_part *parts)
{
	struct dma_list_walk walk;
	struct dma_list_entry entry;
	uint64_t left = send->nbytes;
	unsigned at = 0;

	parts[at++] = (struct virtq_part){header, NET_HDR_BYTES};
	if (!send->list) {
		parts[at++] = (struct virtq_part){send->daddr, (uint32_t)left};
		return (int)at;
	}
	walk = dma_list_begin(send->list);
	while (left > 0 && dma_list_next(&walk, &entry)) {
		uint64_t nbytes = entry.len < left ? entry.len : left;

		if (at > n->net.segments)
			return DMA_EINVAL;
		parts[at++] = (struct virtq_part){entry.daddr, (uint32_t)nbytes};
		left -= nbytes;
	}
	return left ? DMA_EINVAL : (int)at;
}

int net_start_send(struct virtio_net *n, struct net_send *send)
{
	struct net_header header = {
		.flags = send->checksum_offset ? HDR_NEEDS_CSUM : 0,
		.gso_type = send->segment_bytes ? send->ipv6 ? GSO_TCPV6 : GSO_TCPV4 : GSO_NONE,
		.header_bytes = send->segment_bytes ? send->header_bytes : 0,
		.segment_bytes = send->segment_bytes,
		.checksum_start = send->checksum_start,
		.checksum_offset = send->checksum_offset,
	};
	struct virtq_part parts[NET_SEGMENTS + 1];
	struct virtio_net_slot *slot;
	unsigned token;
	int nparts, error = check(n, send);

	if (error)
		return error;
	if (!n->nfree_slots)
		return DMA_EBUSY;
	token = n->free_slots[n->nfree_slots - 1];
	slot = &n->slots[token];
	error = dma_pool_get(&n->headers, &slot->header);
	if (error)
		return error;
	nparts = describe(n, send, dma_block_daddr(slot->header), parts);
	error = nparts < 0 ? nparts : dma_slice_write_bytes(&slot->header->slice, 0, &header, sizeof(header));
	if (!error)
		error = virtq_add(&n->sends, parts, (unsigned)nparts, (unsigned)nparts, token);
	if (error) {
		(void)dma_pool_put(&n->headers, slot->header);
		slot->header = NULL;
		return error;
	}
	slot->send = send;
	slot->started = n->running.ns;
	n->nfree_slots--;
	n->net.counts.sent++;
	n->net.counts.sent_bytes += send->nbytes;
	virtq_kick(&n->sends);
	return 0;
}

void net_reap_sent(struct virtio_net *n, struct net_harvest *h)
{
	unsigned token, before = h->count;
	uint32_t nbytes;
	int got = 0;

	while (h->count < NET_BATCH && (got = virtq_take(&n->sends, &token, &nbytes)) > 0) {
		struct virtio_net_slot *slot = &n->slots[token];

		(void)dma_pool_put(&n->headers, slot->header);
		slot->header = NULL;
		h->sends[h->count++] = slot->send;
		slot->send = NULL;
		n->free_slots[n->nfree_slots++] = (uint16_t)token;
	}
	judge(n, h, got, h->count != before);
}
