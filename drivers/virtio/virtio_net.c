/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio network card's life: bring-up, interrupts, the end. It has one receive and one send queue.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../text.h"
#include "virtio_net.h"

#define SEND_NS ((uint64_t)10000000000) /* a frame is sent within this time */
enum { CARDS = 4, LOOK_NS = 10000000, QUEUES = 2, RECEIVE = 0, SEND = 1 };

#define NET_WANTED (NET_F_CSUM | NET_F_GUEST_CSUM | NET_F_MAC | NET_F_HOST_TSO4 | NET_F_HOST_TSO6)

static struct virtio_net pool[CARDS];
static const struct net_ops net_ops;

static struct virtio_net *net_of(struct net *net)
{
	return (struct virtio_net *)net; /* the first member */
}

/* ---- The end ---- */

/* By the one who ends the card: two queues may find something at once. */
static void report(struct virtio_net *n, const char *why)
{
	struct text t = text_in(n->net.error, sizeof(n->net.error));

	text_put(&t, n->net.name);
	text_put(&t, ": ");
	text_put(&t, why);
}

static void complete(struct net_send *send, int status)
{
	send->status = status;
	if (send->complete)
		send->complete(send);
}

/* Stops the device, then ends what was being sent with that status; once, whoever comes first. NULL: nothing is
 * wrong. */
static void end(struct virtio_net *n, int status, const char *why)
{
	int live = 0;

	if (!__atomic_compare_exchange_n(&n->status, &live, status, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		while (!__atomic_load_n(&n->ended, __ATOMIC_ACQUIRE))
			bus_relax();
		return;
	}
	if (why)
		report(n, why);
	/* Who held a lock when the status was set is done with its queue when the lock can be taken. */
	bus_unlock(&n->receive_lock, bus_lock(&n->receive_lock));
	bus_unlock(&n->send_lock, bus_lock(&n->send_lock));
	virtio_halt(&n->device, !why);
	for (unsigned i = 0; i < NET_QUEUE_MOST; i++) {
		struct net_send *send = n->slots[i].send;

		n->slots[i].send = NULL;
		if (send)
			complete(send, status);
	}
	__atomic_store_n(&n->ended, true, __ATOMIC_RELEASE);
}

/* ---- At work ---- */

/* What has ended the card, or 0. Another CPU may set it at any time: no plain read, even behind a look at it. */
static int ended_with(const struct virtio_net *n)
{
	return __atomic_load_n(&n->status, __ATOMIC_ACQUIRE);
}

/* One look at one queue: takes a batch off it under its lock, and tells the callers without. */
static int serve(struct virtio_net *n, unsigned which, bool by_interrupt)
{
	struct dma_lock *lock = which == SEND ? &n->send_lock : &n->receive_lock;
	struct virtq *q = which == SEND ? &n->sends : &n->receive;
	struct net_harvest h;
	uintptr_t state = bus_lock(lock);
	int ended = ended_with(n);

	h.count = 0;
	h.error = 0;
	if (ended) {
		bus_unlock(lock, state);
		return ended;
	}
	do {
		if (which == SEND)
			net_reap_sent(n, &h);
		else
			net_reap_received(n, &h);
		/* What came between the last look and the request for an interrupt has no interrupt (hazard 69). */
	} while (!h.error && h.count < NET_BATCH && n->interrupts && virtq_listen(q));
	if (by_interrupt)
		__atomic_add_fetch(&n->net.counts.interrupts, h.count, __ATOMIC_RELAXED);
	__atomic_add_fetch(&n->serving, 1, __ATOMIC_RELAXED); /* before the card can be stopped */
	bus_unlock(lock, state);
	for (unsigned i = 0; i < h.count; i++) {
		if (which == SEND)
			complete(h.sends[i], h.error);
		else if (n->net.received)
			n->net.received(&n->net, &h.packets[i]);
		else
			(void)dma_pool_put(&n->buffers, h.packets[i].block);
	}
	__atomic_sub_fetch(&n->serving, 1, __ATOMIC_RELEASE);
	if (!h.error)
		return (int)h.count;
	end(n, h.error, h.why);
	return h.error;
}

/* Until a look finds less than a batch: then an interrupt has been asked for. What is received is often answered, and
 * what has been sent meanwhile makes room for the answers. */
static int serve_all(struct virtio_net *n, unsigned which, bool by_interrupt)
{
	int total = 0, got, sent = 0;

	do {
		got = serve(n, which, by_interrupt);
		if (got == NET_BATCH && which == RECEIVE)
			sent = serve(n, SEND, by_interrupt);
		total += (got > 0 ? got : 0) + (sent > 0 ? sent : 0);
	} while (got == NET_BATCH && sent >= 0);
	return got < 0 ? got : sent < 0 ? sent : total;
}

static void on_received(void *context)
{
	(void)serve_all(context, RECEIVE, true);
}

static void on_sent(void *context)
{
	(void)serve_all(context, SEND, true);
}

/* Every 10 ms: fills the receive queue, for blocks may have come back since, and looks at the device's state and at
 * the age of what is being sent. NULL, or why the card has to end. */
static const char *look(struct virtio_net *n)
{
	const char *why = virtio_sick(&n->device);
	uintptr_t state = bus_lock(&n->receive_lock);
	uint64_t then;

	if (!ended_with(n) && !why)
		net_fill(n);
	bus_unlock(&n->receive_lock, state);
	state = bus_lock(&n->send_lock);
	then = n->running.ns; /* who was late at the last look, and has not been sent since, is late */
	(void)dma_stopwatch_look(&n->running, SEND_NS / 16 + 1);
	for (unsigned i = 0; i < NET_QUEUE_MOST && !why && !ended_with(n); i++) /* the slots are theirs who ends it */
		if (n->slots[i].send && then - n->slots[i].started > SEND_NS)
			why = "a frame was not sent in time";
	bus_unlock(&n->send_lock, state);
	return why;
}

static int look_around(struct virtio_net *n)
{
	uint64_t now = dma_host_time_ns();
	bool due = (int64_t)(now - __atomic_load_n(&n->last_look, __ATOMIC_RELAXED)) >= LOOK_NS;
	const char *why;
	int sent, received, ended = ended_with(n);

	if (ended)
		return ended;
	if (n->interrupts && !due) /* a lost interrupt costs 10 ms */
		return 0;
	sent = serve_all(n, SEND, false);
	received = sent < 0 ? sent : serve_all(n, RECEIVE, false);
	if (received < 0 || !due)
		return received < 0 ? received : sent + received;
	__atomic_store_n(&n->last_look, now, __ATOMIC_RELAXED);
	why = look(n);
	if (!why)
		return sent + received;
	end(n, DMA_EIO, why);
	return ended_with(n);
}

/* On return nothing is under way, and every caller has been told. Not in an interrupt handler. */
static void wait_ended(struct virtio_net *n, int status)
{
	end(n, status, NULL);
	while (__atomic_load_n(&n->serving, __ATOMIC_ACQUIRE))
		bus_relax();
}

static int net_poll(struct net *net)
{
	int got = look_around(net_of(net));

	if (got < 0)
		wait_ended(net_of(net), got);
	return got;
}

static int net_send(struct net *net, struct net_send *send)
{
	struct virtio_net *n = net_of(net);
	uintptr_t state = bus_lock(&n->send_lock);
	int error = ended_with(n) ? DMA_ENODEV : net_start_send(n, send);

	bus_unlock(&n->send_lock, state);
	return error;
}

static void net_give(struct net *net, const struct net_packet *packet)
{
	(void)dma_pool_put(&net_of(net)->buffers, packet->block);
}

/* ---- Bring-up ---- */

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
	static void (*const handlers[QUEUES])(void *) = {on_received, on_sent};
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

static int give_back(struct virtio_net *n)
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

static int start(struct virtio_net *n, unsigned cpu)
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
	(void)!give_back(n);
	return error;
}

int net_open(unsigned index, struct net **net, struct text *why)
{
	struct virtio_net *n = NULL;
	struct text name;
	int error;

	for (unsigned i = 0; i < CARDS && !n; i++)
		if (!pool[i].open)
			n = &pool[i];
	if (!n) {
		text_put(why, "the driver has no place for another card");
		return DMA_ENOMEM;
	}
	/* Until its queues are there, a message of the device is nothing. */
	*n = (struct virtio_net){.net.ops = &net_ops, .status = DMA_ENODEV};
	n->net.dma = &n->device.dma;
	name = text_in(n->net.name, sizeof(n->net.name));
	text_put(&name, "virtio-net");
	text_put_number(&name, index);
	error = virtio_nth(VIRTIO_KIND_NET, index, &n->device.pci);
	if (error) {
		text_put(why, "there is no such network card");
		return error;
	}
	error = start(n, index);
	if (error) {
		text_put(why, n->device.why ? n->device.why : dma_strerror(error));
		return error;
	}
	n->open = true;
	*net = &n->net;
	return 0;
}

void net_listen(struct net *net, void (*received)(struct net *net, const struct net_packet *packet), void *context)
{
	struct virtio_net *n = net_of(net);
	uintptr_t state = bus_lock(&n->receive_lock);

	net->context = context;
	net->received = received;
	bus_unlock(&n->receive_lock, state);
}

static void net_stop(struct net *net)
{
	wait_ended(net_of(net), DMA_ENODEV);
}

static int net_close(struct net *net)
{
	struct virtio_net *n = net_of(net);
	int error;

	net_stop(net);
	n->net.counts.notifications = n->receive.notifications + n->sends.notifications;
	error = give_back(n);
	if (!error)
		n->open = false;
	return error;
}

static uint64_t net_faults(const struct net *net)
{
	return bus_pci_faults(&((const struct virtio_net *)net)->device.pci);
}

static const struct net_ops net_ops = {
	.send = net_send,
	.poll = net_poll,
	.give = net_give,
	.stop = net_stop,
	.close = net_close,
	.faults = net_faults,
};
