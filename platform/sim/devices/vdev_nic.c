/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio network card (Virtual I/O Device 1.2, 5.1): queue 0 receives, queue 1 sends. With offloads it fills in
 * checksums and cuts segments, as 5.1.6.2 has it.
 */
#include "vdev.h"
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#define F_CSUM	     ((uint64_t)1 << 0)
#define F_GUEST_CSUM ((uint64_t)1 << 1)
#define F_MAC	     ((uint64_t)1 << 5)
#define F_HOST_TSO4  ((uint64_t)1 << 11)
#define F_HOST_TSO6  ((uint64_t)1 << 12)

enum { NICS = 4, FRAME = 1514, WAITING = 256, RECEIVE = 0, SEND = 1, STEPS = 16 };
enum { NEEDS_CSUM = 1, DATA_VALID = 2, TCPV4 = 1, TCPV6 = 4 };

struct header {
	uint8_t flags, gso_type;
	uint16_t header_bytes, segment_bytes, checksum_start, checksum_offset, buffers;
};

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

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t sum16(uint32_t sum, const uint8_t *at, size_t n)
{
	for (; n > 1; at += 2, n -= 2)
		sum += get16(at);
	if (n)
		sum += (uint32_t)at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* ---- Sending --------------------------------------------------------------------------------------------------- */

static void transmit(struct nic *nic, const uint8_t *frame, size_t n)
{
	if (nic->config.fd >= 0)
		(void)!send(nic->config.fd, frame, n, MSG_DONTWAIT);
	if (nic->config.sent)
		nic->config.sent(nic->config.ctx, frame, n);
}

static void fill_checksum(uint8_t *frame, size_t n, const struct header *h)
{
	uint32_t sum = ~sum16(0, frame + h->checksum_start, n - h->checksum_start) & 0xffff;

	put16(frame + h->checksum_start + h->checksum_offset, sum ? sum : 0xffff);
}

/* A segment's IP header: its length, for IPv4 its number and checksum. Gives the sum of the pseudo header. */
static uint32_t fill_ip(uint8_t *part, size_t n, size_t tcp, unsigned index, bool ipv6)
{
	if (ipv6) {
		put16(part + 18, (unsigned)(n - 54));
		return sum16((uint32_t)(6 + n - tcp), part + 22, 32);
	}
	put16(part + 16, (unsigned)(n - 14));
	put16(part + 18, (get16(part + 18) + index) & 0xffff);
	put16(part + 24, 0);
	put16(part + 24, ~sum16(0, part + 14, tcp - 14) & 0xffff);
	return sum16((uint32_t)(6 + n - tcp), part + 26, 8);
}

/* A frame of TCP as segments: lengths, numbers and sums of each. */
static void segment(struct nic *nic, const uint8_t *frame, size_t n, const struct header *h)
{
	size_t headers = h->header_bytes, payload = n - headers, tcp = h->checksum_start;
	uint8_t part[FRAME];

	for (size_t done = 0, here; done < payload; done += here) {
		uint32_t number;

		here = payload - done < h->segment_bytes ? payload - done : h->segment_bytes;
		if (headers + here > sizeof(part))
			return;
		memcpy(part, frame, headers);
		memcpy(part + headers, frame + headers + done, here);
		number = ((uint32_t)get16(part + tcp + 4) << 16 | get16(part + tcp + 6)) + (uint32_t)done;
		put16(part + tcp + 4, number >> 16);
		put16(part + tcp + 6, number & 0xffff);
		if (done + here < payload)
			part[tcp + 13] &= (uint8_t)~9; /* FIN and PSH are the last one's */
		put16(part + tcp + 16,
		      fill_ip(part, headers + here, tcp, (unsigned)(done / h->segment_bytes), h->gso_type == TCPV6));
		fill_checksum(part, headers + here, h);
		transmit(nic, part, headers + here);
	}
}

static bool header_is_fine(const struct sim_vdev *dev, const struct header *h, size_t n)
{
	const char *wrong = NULL;

	if (h->flags & ~NEEDS_CSUM || (h->flags & NEEDS_CSUM && !(dev->accepted & F_CSUM)))
		wrong = "a flag that was not negotiated";
	else if (h->flags & NEEDS_CSUM && (size_t)h->checksum_start + h->checksum_offset + 2 > n)
		wrong = "a checksum beyond the frame";
	else if (h->gso_type && h->gso_type != TCPV4 && h->gso_type != TCPV6)
		wrong = "segments of a kind that there is not";
	else if ((h->gso_type == TCPV4 && !(dev->accepted & F_HOST_TSO4)) ||
		 (h->gso_type == TCPV6 && !(dev->accepted & F_HOST_TSO6)))
		wrong = "segments that were not negotiated";
	else if (h->gso_type && (!(h->flags & NEEDS_CSUM) || !h->segment_bytes || !h->header_bytes))
		wrong = "segments without a checksum or a size";
	else if (!h->gso_type && n > FRAME)
		wrong = "a frame that is too long";
	else if (h->buffers)
		wrong = "num_buffers is not 0";
	if (wrong)
		vdev_violation(dev, "5.1.6.2.1", wrong, n);
	return !wrong;
}

static void send_chain(struct sim_vdev *dev, const struct vchain *chain)
{
	static uint8_t frame[65536 + 64];
	struct nic *nic = dev->own;
	struct header h;
	size_t n;

	if (chain->writable || chain->readable < sizeof(h) + 14 || chain->readable - sizeof(h) > sizeof(frame)) {
		vdev_violation(dev, "5.1.6.2", "what is sent is no header and frame", chain->readable);
	} else if (vdev_chain_read(dev, chain, 0, &h, sizeof(h)) &&
		   vdev_chain_read(dev, chain, sizeof(h), frame, chain->readable - sizeof(h))) {
		n = chain->readable - sizeof(h);
		if (!header_is_fine(dev, &h, n))
			n = 0;
		else if (h.gso_type)
			segment(nic, frame, n, &h);
		else if (h.flags & NEEDS_CSUM)
			fill_checksum(frame, n, &h);
		if (n && !h.gso_type)
			transmit(nic, frame, n);
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
	struct header h = {.buffers = 1, .flags = dev->accepted & F_GUEST_CSUM ? DATA_VALID : 0};
	struct vchain chain;
	unsigned at = nic->first;

	if (!nic->nwaiting || !vdev_take(dev, RECEIVE, &chain))
		return false;
	if (vdev_lies_now(dev, VDEV_STATUS) && !dev->lied)
		h.gso_type = TCPV4;
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
	return features & (F_HOST_TSO4 | F_HOST_TSO6) && !(features & F_CSUM)
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
	dev = vdev_add(config, &nic_kind,
		       F_MAC | (nic_config->offloads ? F_CSUM | F_GUEST_CSUM | F_HOST_TSO4 | F_HOST_TSO6 : 0), nic);
	memcpy(dev->settings, mac, sizeof(mac));
	if (config->lie == VDEV_CONFIG_NONSENSE)
		dev->settings[0] |= 1; /* a group's */
	return dev;
}
