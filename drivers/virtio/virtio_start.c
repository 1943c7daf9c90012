/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio network card's bring-up (Virtual I/O Device 1.2, 5.1.5), and what gives back all that it took.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "virtio_net.h"

enum { QUEUES = 2 };

#define NET_WANTED (NET_F_CSUM | NET_F_GUEST_CSUM | NET_F_MAC | NET_F_HOST_TSO4 | NET_F_HOST_TSO6)

static int learn(struct virtio_net *n)
{
	static const struct {
		uint64_t feature;
		unsigned offload;
	} offers[] = {
		{NET_F_CSUM, NET_SENDS_CHECKSUMS},
		{NET_F_HOST_TSO4, NET_SENDS_SEGMENTS},
		{NET_F_HOST_TSO6, NET_SENDS_SEGMENTS_6},
		{NET_F_GUEST_CSUM, NET_CHECKS},
	};
	static const unsigned char own[6] = {0x02, 'd', 'm', 'a', 0, 0}; /* locally administered: 5.1.5 */
	uint64_t features = n->device.features;
	unsigned bits = 0;
	int error;

	for (unsigned i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		n->net.offloads |= features & offers[i].feature ? offers[i].offload : 0;
	__builtin_memcpy(n->net.mac, own, 6);
	if (!(features & NET_F_MAC))
		return 0;
	error = virtio_config(&n->device, 0, n->net.mac, 6, 1);
	for (unsigned i = 0; i < 6; i++)
		bits |= n->net.mac[i];
	if (!error && (!bits || n->net.mac[0] & 1)) /* none, or that of a group */
		error = virtio_fail(&n->device, DMA_EIO, "its address is none of a card");
	return error;
}

static int open_pools(struct virtio_net *n)
{
	struct dma_pool_config buffers = {
		.name = n->net.name, .dir = DMA_FROM_DEVICE, .block_size = NET_BLOCK_BYTES, .reserve = NET_BATCH};
	struct dma_pool_config headers = {
		.name = n->net.name, .coherent = true, .block_size = NET_HDR_BLOCK, .align = NET_HDR_BLOCK};
	int error;

	/* As many again may be with the callers. (As a reserve they would be short all the time, since every get is
	 * one with interrupts off, and a put into a pool whose reserve is short is slow.) */
	buffers.blocks = 2u * n->receive.size;
	error = dma_pool_create(&n->buffers, n->net.dma, &buffers);
	headers.blocks = n->net.depth;
	if (!error)
		error = dma_pool_create(&n->headers, n->net.dma, &headers);
	return error ? virtio_fail(&n->device, error, dma_strerror(error)) : 0;
}

static int open_queues(struct virtio_net *n, unsigned cpu)
{
	static void (*const handlers[QUEUES])(void *) = {net_on_received, net_on_sent};
	struct virtq *queues[QUEUES] = {&n->receive, &n->sends};
	struct virtio *v = &n->device;
	int error = 0;

	for (; n->nmessages < QUEUES; n->nmessages++)
		if (bus_pci_interrupt(&v->pci, n->nmessages, cpu + n->nmessages, handlers[n->nmessages], n))
			break;
	n->interrupts = n->nmessages == QUEUES;
	for (unsigned i = 0; i < QUEUES && !error; i++)
		error = virtq_open(v, queues[i], i, NET_QUEUE_MOST, n->interrupts ? i : VIRTIO_NO_VECTOR);
	if (error)
		return error;
	n->net.depth = virtq_room(&n->sends, NET_SEGMENTS + 1);
	n->net.segments = n->sends.size > NET_SEGMENTS ? NET_SEGMENTS : n->sends.size - 1u;
	if (!n->net.depth)
		n->net.depth = 1;
	n->nfree_posts = n->receive.size;
	for (unsigned i = 0; i < n->receive.size; i++)
		n->free_posts[i] = (uint16_t)i;
	n->nfree_slots = (uint16_t)n->net.depth;
	for (unsigned i = 0; i < n->net.depth; i++)
		n->free_slots[i] = (uint16_t)i;
	return open_pools(n);
}

int net_give_back(struct virtio_net *n)
{
	int error;

	while (n->nmessages > 0)
		bus_pci_interrupt_end(&n->device.pci, --n->nmessages);
	for (unsigned i = 0; i < NET_QUEUE_MOST; i++) {
		if (n->posted[i])
			(void)dma_pool_put(&n->buffers, n->posted[i]);
		if (n->slots[i].header)
			(void)dma_pool_put(&n->headers, n->slots[i].header);
		n->posted[i] = n->slots[i].header = NULL;
	}
	error = n->buffers.dev ? dma_pool_destroy(&n->buffers) : 0;
	if (error) /* packets are out */
		return error;
	if (n->headers.dev)
		(void)!dma_pool_destroy(&n->headers); /* nothing is out */
	virtq_close(&n->sends);
	virtq_close(&n->receive);
	return virtio_close(&n->device);
}

int net_start(struct virtio_net *n, unsigned cpu)
{
	struct virtio *v = &n->device;
	struct dma_device_config config = {.name = n->net.name, .mask = UINT64_MAX, .max_segments = NET_SEGMENTS};
	uint64_t wanted = NET_WANTED;
	int error = virtio_open(v);

	if (error)
		return error;
	if (!(virtio_offered(v) & NET_F_CSUM)) /* 5.1.3.1: segments need checksums */
		wanted &= ~(NET_F_HOST_TSO4 | NET_F_HOST_TSO6);
	error = virtio_negotiate(v, wanted);
	if (!error)
		error = learn(n);
	if (!error)
		error = virtio_attach(v, &config);
	if (!error)
		error = open_queues(n, cpu);
	if (!error) {
		/* 5.1.5: buffers may be there before the device works; it is told of them afterwards. */
		error = virtio_go(v);
		n->last_look = dma_host_time_ns();
	}
	if (!error) {
		uintptr_t state = bus_lock(&n->receive_lock);

		__atomic_store_n(&n->status, 0, __ATOMIC_RELEASE);
		net_fill(n);
		bus_unlock(&n->receive_lock, state);
		return 0;
	}
	virtio_halt(v, false);
	(void)!net_give_back(n);
	return error;
}
