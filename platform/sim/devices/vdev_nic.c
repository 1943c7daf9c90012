/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio network card (Virtual I/O Device 1.2, 5.1): queue 0 receives, queue 1 sends. What it does with frames
 * beside that is in vdev_offload.c.
 */
#include "vdev.h"
#include "vdev_offload.h"
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#define F_MAC ((uint64_t)1 << 5)

enum { NICS = 4, FRAME = VNET_FRAME, WAITING = 256, RECEIVE = 0, SEND = 1, STEPS = 16 };

struct nic {
	struct sim_vnic_config config;
	struct {
		uint16_t nbytes;
		uint8_t bytes[FRAME];
	} waiting[WAITING];
	unsigned first, nwaiting;
};

static struct nic nics[NICS];
static unsigned nnics;

void vdev_nic_start(void)
{
	nnics = 0;
}

/* ---- Sending --------------------------------------------------------------------------------------------------- */

static void transmit(void *ctx, const uint8_t *frame, size_t n)
{
	struct nic *nic = ctx;

	if (nic->config.fd >= 0)
		(void)!send(nic->config.fd, frame, n, MSG_DONTWAIT);
	if (nic->config.sent)
		nic->config.sent(nic->config.ctx, frame, n);
}

static void send_chain(struct sim_vdev *dev, const struct vchain *chain)
{
	static uint8_t frame[65536 + 64];
	struct vnet_header h;
	const char *wrong;
	size_t n;

	if (chain->writable || chain->readable < sizeof(h) + 14 || chain->readable - sizeof(h) > sizeof(frame)) {
		vdev_violation(dev, "5.1.6.2", "what is sent is no header and frame", chain->readable);
	} else if (vdev_chain_read(dev, chain, 0, &h, sizeof(h)) &&
		   vdev_chain_read(dev, chain, sizeof(h), frame, chain->readable - sizeof(h))) {
		n = chain->readable - sizeof(h);
		wrong = vnet_wrong(dev->accepted, &h, frame, n);
		if (wrong)
			vdev_violation(dev, "5.1.6.2.1", wrong, n);
		else
			vnet_finish(&h, frame, n, transmit, dev->own);
	}
	vdev_give(dev, SEND, chain, 0);
}

/* ---- Receiving -------------------------------------------------------------------------------------------------- */

void sim_vnic_arrive(struct sim_vdev *dev, const void *frame, size_t n)
{
	struct nic *nic = dev->own;
	unsigned at = (nic->first + nic->nwaiting) % WAITING;

	if (nic->nwaiting == WAITING || n > FRAME)
		return; /* the wire loses it */
	memcpy(nic->waiting[at].bytes, frame, n);
	nic->waiting[at].nbytes = (uint16_t)n;
	nic->nwaiting++;
}

static void hear(struct sim_vdev *dev)
{
	struct nic *nic = dev->own;
	uint8_t frame[FRAME + 1];

	while (nic->config.fd >= 0 && nic->nwaiting < WAITING / 2) {
		ssize_t n = recv(nic->config.fd, frame, sizeof(frame), MSG_DONTWAIT);

		if (n <= 0)
			return;
		sim_vnic_arrive(dev, frame, (size_t)n);
	}
}

static bool deliver(struct sim_vdev *dev)
{
	struct nic *nic = dev->own;
	struct vnet_header h = {.buffers = 1};
	struct vchain chain;
	unsigned at = nic->first;

	if (!nic->nwaiting || !vdev_take(dev, RECEIVE, &chain))
		return false;
	if (dev->accepted & VNET_F_GUEST_CSUM)
		vnet_judge(&h, nic->waiting[at].bytes, nic->waiting[at].nbytes, sim_choose(3));
	if (vdev_lies_now(dev, VDEV_STATUS) && !dev->lied)
		h.gso_type = VNET_TCPV4;
	if (chain.readable || chain.writable < sizeof(h) + FRAME) /* 5.1.6.3.1 */
		vdev_violation(dev, "5.1.6.3.1", "a receive buffer is too small", chain.writable);
	else if (vdev_chain_write(dev, &chain, 0, &h, sizeof(h)))
		(void)vdev_chain_write(dev, &chain, sizeof(h), nic->waiting[at].bytes, nic->waiting[at].nbytes);
	nic->first = (at + 1) % WAITING;
	nic->nwaiting--;
	vdev_give(dev, RECEIVE, &chain, (uint32_t)sizeof(h) + nic->waiting[at].nbytes);
	return true;
}

static bool work(struct sim_vdev *dev)
{
	struct nic *nic = dev->own;
	unsigned steps = sim.mode == PLAIN ? WAITING : 1 + sim_choose(STEPS);
	bool busy = true;

	hear(dev);
	while (steps-- && busy && !dev->gone && !(dev->status & V_NEEDS_RESET)) {
		struct vchain chain;

		busy = vdev_take(dev, SEND, &chain);
		if (busy)
			send_chain(dev, &chain);
		busy |= deliver(dev);
	}
	/* Where the wire leads to the host, something may come at any moment: no time is skipped. */
	return (busy && nic->nwaiting) || nic->config.fd >= 0;
}

/* 5.1.4: the address, byte by byte, then status */
static unsigned width(unsigned offset)
{
	return offset < 6 ? 1 : offset < 8 ? 2 : 0;
}

/* 5.1.3.1 */
static const char *accepts(uint64_t features)
{
	return features & (VNET_F_HOST_TSO4 | VNET_F_HOST_TSO6) && !(features & VNET_F_CSUM)
		       ? "segments are accepted without checksums"
		       : NULL;
}

static const struct vkind nic_kind = {
	.device = 0x1041,
	.class_code = 0x020000,
	.queues = 2,
	.config_bytes = 8,
	.width = width,
	.work = work,
	.accepts = accepts,
};

/* Any of them, in any combination: which of them need others is for the driver to see. */
static uint64_t features(unsigned offloads)
{
	return (offloads & VNET_CHECKSUMS ? VNET_F_CSUM : 0) | (offloads & VNET_SEGMENTS ? VNET_F_HOST_TSO4 : 0) |
	       (offloads & VNET_SEGMENTS_6 ? VNET_F_HOST_TSO6 : 0) | (offloads & VNET_CHECKED ? VNET_F_GUEST_CSUM : 0);
}

struct sim_vdev *sim_vnic_add(const struct sim_vdev_config *config, const struct sim_vnic_config *nic_config)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
	struct nic *nic = &nics[nnics];
	struct sim_vdev *dev;

	if (nnics == NICS) {
		fprintf(stderr, "sim: more than %d network cards\n", NICS);
		return NULL;
	}
	nnics++;
	memset(nic, 0, sizeof(*nic));
	nic->config = *nic_config;
	dev = vdev_add(config, &nic_kind, F_MAC | features(nic_config->offloads), nic);
	memcpy(dev->settings, mac, sizeof(mac));
	if (config->lie == VDEV_CONFIG_NONSENSE)
		dev->settings[0] |= 1; /* a group's */
	return dev;
}
