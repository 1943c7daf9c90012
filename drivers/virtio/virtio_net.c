/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio network card at work, and its end: interrupts, looks, errors. It has one receive and one send queue.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../text.h"
#include "virtio_net.h"

#define SEND_NS ((uint64_t)10000000000) /* a frame is sent within this time */
enum { CARDS = 4, LOOK_NS = 10000000, RECEIVE = 0, SEND = 1 };

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

void net_on_received(void *context)
{
	(void)serve_all(context, RECEIVE, true);
}

void net_on_sent(void *context)
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

/* ---- Open and closed ---- */

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
	error = net_start(n, index);
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
	error = net_give_back(n);
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
