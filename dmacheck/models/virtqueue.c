/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A split virtqueue's device side (virtio 1.2, 2.7): available descriptors, chains, used entries.
 */
#include "dmacheck_models.h"
#include <stdlib.h>

enum { NEXT = 1, WRITE = 2, MOST = 65536, CHAIN = 64 };

struct virtqueue_model {
	struct sim_device *dev;
	unsigned size;
	uint64_t desc, avail, used;
	virtqueue_handler handle;
	void *context;
	uint16_t taken, given;
};

struct descriptor { /* 2.7.5 */
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

struct virtqueue_model *virtqueue_new(struct sim_device *dev, unsigned size, uint64_t desc, uint64_t avail,
				      uint64_t used, virtqueue_handler handle, void *context)
{
	struct virtqueue_model *q = calloc(1, sizeof(*q));

	if (!q)
		exit(2);
	*q = (struct virtqueue_model){.dev = dev,
				      .size = size,
				      .desc = desc,
				      .avail = avail,
				      .used = used,
				      .handle = handle,
				      .context = context};
	return q;
}

static bool get(const struct virtqueue_model *q, uint64_t at, void *to, size_t n)
{
	return sim_device_work_read(q->dev, dma_daddr(at), to, n) == 0;
}

static bool put(const struct virtqueue_model *q, uint64_t at, const void *from, size_t n)
{
	return sim_device_work_write(q->dev, dma_daddr(at), from, n) == 0;
}

/* The buffers that the driver wrote come first, those that the device writes behind them (2.7.4.2). */
static bool request(struct virtqueue_model *q, uint16_t head)
{
	static unsigned char in[MOST], out[MOST];
	struct descriptor chain[CHAIN];
	unsigned n = 0, readable = 0, room = 0, written, at = 0;
	struct {
		uint32_t id, len;
	} used = {head, 0};
	uint16_t next = head, index;

	do {
		if (n == CHAIN || next >= q->size ||
		    !get(q, q->desc + next * sizeof(*chain), &chain[n], sizeof(*chain)))
			return false;
		if (chain[n].flags & WRITE) {
			room += chain[n].len;
		} else {
			if (readable + chain[n].len > MOST || room ||
			    !get(q, chain[n].addr, in + readable, chain[n].len))
				return false;
			readable += chain[n].len;
		}
		next = chain[n].next;
	} while (chain[n++].flags & NEXT);
	if (room > MOST)
		return false;
	written = q->handle(q->context, in, readable, out, room);
	for (unsigned i = 0; i < n && at < written; i++) {
		unsigned part = chain[i].len < written - at ? chain[i].len : written - at;

		if (!(chain[i].flags & WRITE))
			continue;
		if (!put(q, chain[i].addr, out + at, part))
			return false;
		at += part;
	}
	used.len = written;
	if (!put(q, q->used + 4 + 8ull * (q->given % q->size), &used, sizeof(used)))
		return false;
	index = ++q->given;
	return put(q, q->used + 2, &index, sizeof(index)); /* last: then it is the driver's (2.7.8) */
}

unsigned virtqueue_work(struct virtqueue_model *q)
{
	unsigned n = 0;
	uint16_t index, head;

	while (get(q, q->avail + 2, &index, sizeof(index)) && index != q->taken) {
		if (!get(q, q->avail + 4 + 2ull * (q->taken % q->size), &head, sizeof(head)) || !request(q, head))
			break;
		q->taken++;
		n++;
	}
	return n;
}
