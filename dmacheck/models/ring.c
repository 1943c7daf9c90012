/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A ring of descriptors in the driver's own layout, and a NIC of two of them that sends to itself.
 */
#include "dmacheck_models.h"
#include <stdlib.h>
#include <string.h>

enum { ENTRY = 128, FRAME = 16384 };

struct ring_model {
	struct sim_device *dev;
	struct ring_layout layout;
	uint64_t daddr;
	unsigned n, at;
	bool failed;
	void (*receive)(void *context, const unsigned char *data, unsigned n);
	unsigned (*fill)(void *context, unsigned char *data, unsigned room);
	void *context;
};

struct ring_model *ring_new(struct sim_device *dev, const struct ring_layout *layout, uint64_t daddr, unsigned n)
{
	struct ring_model *ring = calloc(1, sizeof(*ring));

	if (!ring || layout->entry > ENTRY)
		exit(2);
	*ring = (struct ring_model){.dev = dev, .layout = *layout, .daddr = daddr, .n = n};
	return ring;
}

void ring_on_data(struct ring_model *ring, void (*receive)(void *context, const unsigned char *data, unsigned n),
		  unsigned (*fill)(void *context, unsigned char *data, unsigned room), void *context)
{
	ring->receive = receive;
	ring->fill = fill;
	ring->context = context;
}

static uint64_t get(const unsigned char *entry, struct ring_field field)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < field.nbytes; i++)
		value |= (uint64_t)entry[field.at + i] << 8 * i;
	return value;
}

static void put(unsigned char *entry, struct ring_field field, uint64_t value)
{
	for (unsigned i = 0; i < field.nbytes; i++)
		entry[field.at + i] = (unsigned char)(value >> 8 * i);
}

/* The device writes a field back, by itself. */
static void write_back(struct ring_model *ring, uint64_t entry_daddr, unsigned char *entry, struct ring_field field,
		       uint64_t value)
{
	put(entry, field, value);
	if (field.nbytes)
		ring->failed |= sim_device_work_write(ring->dev, dma_daddr(entry_daddr + field.at), entry + field.at,
						      field.nbytes) != 0;
}

static bool one(struct ring_model *ring)
{
	const struct ring_layout *l = &ring->layout;
	uint64_t at = ring->daddr + (uint64_t)ring->at * l->entry, flags, length;
	unsigned char entry[ENTRY], data[FRAME];
	unsigned n;
	bool writes;

	/* Who owns it first, then the rest: a driver may be filling it. */
	if (sim_device_work_read(ring->dev, dma_daddr(at + l->flags.at), entry + l->flags.at, l->flags.nbytes))
		return false;
	if ((get(entry, l->flags) & l->owned) != l->owned_value)
		return false;
	if (sim_device_work_read(ring->dev, dma_daddr(at), entry, l->entry))
		return false;
	flags = get(entry, l->flags);
	length = get(entry, l->length);
	n = length > FRAME ? FRAME : (unsigned)length;
	writes = l->to_memory || (l->writes && flags & l->writes);
	if (writes) {
		n = ring->fill ? ring->fill(ring->context, data, n) : 0;
		if (!n)
			return false;
		ring->failed |= sim_device_work_write(ring->dev, dma_daddr(get(entry, l->addr)), data, n) != 0;
	} else {
		ring->failed |= sim_device_work_read(ring->dev, dma_daddr(get(entry, l->addr)), data, n) != 0;
		if (ring->receive)
			ring->receive(ring->context, data, n);
	}
	write_back(ring, at, entry, l->done, n);
	write_back(ring, at, entry, l->flags, (flags | l->set) & ~l->clear);
	ring->at = l->last && flags & l->last ? 0 : (ring->at + 1) % ring->n;
	return true;
}

unsigned ring_work(struct ring_model *ring, unsigned most)
{
	unsigned n = 0;

	while (n < most && one(ring))
		n++;
	return n;
}

/* ---- The NIC ---- */

struct nic_model {
	struct sim_device *dev;
	struct ring_layout layouts[2];
	struct ring_model *tx, *rx;
	unsigned char frames[64][2048];
	unsigned lengths[64], put, taken;
	unsigned todo;
};

static void sent(void *context, const unsigned char *data, unsigned n)
{
	struct nic_model *nic = context;
	unsigned at = nic->put++ % 64;

	nic->lengths[at] = n < 2048 ? n : 2048;
	memcpy(nic->frames[at], data, nic->lengths[at]);
}

static unsigned arrives(void *context, unsigned char *data, unsigned room)
{
	struct nic_model *nic = context;
	unsigned at = nic->taken % 64, n;

	if (nic->taken == nic->put)
		return 0;
	nic->taken++;
	n = nic->lengths[at] < room ? nic->lengths[at] : room;
	memcpy(data, nic->frames[at], n);
	return n;
}

static bool tick(void *context)
{
	struct nic_model *nic = context;
	unsigned done;

	if (!nic->todo || sim_choose(2))
		return nic->todo;
	done = nic->tx ? ring_work(nic->tx, 1 + sim_choose(4)) : 0;
	done += nic->rx ? ring_work(nic->rx, 1 + sim_choose(4)) : 0;
	if (done)
		dmacheck_interrupt();
	nic->todo = done || nic->taken != nic->put; /* a frame that came while the ring was full waits for an entry */
	return done;
}

struct nic_model *nic_new(struct sim_device *dev, const struct ring_layout *tx, const struct ring_layout *rx)
{
	struct nic_model *nic = calloc(1, sizeof(*nic));

	if (!nic)
		exit(2);
	nic->dev = dev;
	nic->layouts[0] = *tx;
	nic->layouts[1] = *rx;
	sim_on_tick(tick, nic);
	return nic;
}

void nic_rings(struct nic_model *nic, uint64_t tx, unsigned ntx, uint64_t rx, unsigned nrx)
{
	nic->tx = ring_new(nic->dev, &nic->layouts[0], tx, ntx);
	nic->rx = ring_new(nic->dev, &nic->layouts[1], rx, nrx);
	ring_on_data(nic->tx, sent, NULL, nic);
	ring_on_data(nic->rx, NULL, arrives, nic);
}

void nic_doorbell(struct nic_model *nic)
{
	nic->todo = 1;
	(void)tick(nic);
}
