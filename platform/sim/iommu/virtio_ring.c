/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The device's side of split virtqueues (virtio 1.3, 2.7).
 */
#include "virtio_model.h"
#include <string.h>

enum { DESCRIPTORS, AVAILABLE, USED };
enum { NEXT = 1, WRITE = 2 };

static uint64_t get(uint64_t paddr, unsigned nbytes)
{
	uint64_t value = 0;

	return sim_ram_read(paddr, &value, nbytes, true) ? UINT64_MAX : value;
}

static void put(uint64_t paddr, uint64_t value, unsigned nbytes)
{
	(void)!sim_ram_write(paddr, &value, nbytes, true);
}

/* One descriptor of the chain; false: the chain breaks a rule. */
static bool take_part(struct sim_virtio *unit, const struct queue *queue, uint16_t index, struct chain *chain,
		      uint16_t *next)
{
	uint64_t at = queue->areas[DESCRIPTORS] + (uint64_t)16 * index, paddr = get(at, 8), byte;
	uint32_t nbytes = (uint32_t)get(at + 8, 4);
	uint16_t flags = (uint16_t)get(at + 12, 2);
	bool write = flags & WRITE;

	if (flags & ~(NEXT | WRITE)) {
		virtio_violation(unit, VIRTIO_FLAGS, flags);
		return false;
	}
	if (!write && chain->writable) {
		virtio_violation(unit, VIRTIO_ORDER, index);
		return false;
	}
	if (!nbytes || sim_ram_read(paddr, &byte, 1, true) || sim_ram_read(paddr + nbytes - 1, &byte, 1, true)) {
		virtio_violation(unit, VIRTIO_BUFFER, paddr);
		return false;
	}
	chain->part[chain->nparts++] = (struct part){paddr, nbytes, write};
	*(write ? &chain->writable : &chain->readable) += nbytes;
	*next = flags & NEXT ? (uint16_t)get(at + 14, 2) : UINT16_MAX;
	return true;
}

/* A chain that breaks a rule is never returned: the device cannot know what it is. */
bool virtio_chain_take(struct sim_virtio *unit, unsigned index, struct chain *chain)
{
	struct queue *queue = &unit->queue[index];
	uint16_t available, at;

	if (!queue->enabled)
		return false;
	available = (uint16_t)get(queue->areas[AVAILABLE] + 2, 2);
	if (available == queue->taken)
		return false;
	if ((uint16_t)(available - queue->returned) > queue->size) {
		virtio_violation(unit, VIRTIO_AVAILABLE, available);
		queue->enabled = false;
		return false;
	}
	*chain = (struct chain){
		.head = (uint16_t)get(queue->areas[AVAILABLE] + 4 + 2 * (uint64_t)(queue->taken % queue->size), 2)};
	queue->taken++;
	if (chain->head >= queue->size || queue->in_flight[chain->head]) {
		virtio_violation(unit, VIRTIO_HEAD, chain->head);
		return false;
	}
	queue->in_flight[chain->head] = true;
	for (at = chain->head; at != UINT16_MAX;) {
		if (at >= queue->size || chain->nparts == queue->size) {
			virtio_violation(unit, VIRTIO_CHAIN, at);
			return false;
		}
		if (!take_part(unit, queue, at, chain, &at))
			return false;
	}
	return true;
}

void virtio_chain_return(struct sim_virtio *unit, unsigned index, uint32_t head, uint32_t nbytes)
{
	struct queue *queue = &unit->queue[index];
	uint64_t used = queue->areas[USED];

	put(used + 4 + 8 * (uint64_t)(queue->returned % queue->size), head | (uint64_t)nbytes << 32, 8);
	put(used + 2, ++queue->returned, 2);
	if (head < MOST)
		queue->in_flight[head] = false;
}

void virtio_used_leap(struct sim_virtio *unit, unsigned index)
{
	put(unit->queue[index].areas[USED] + 2, (uint16_t)(unit->queue[index].returned + 200), 2);
}

static void copy(const struct chain *chain, bool write, uint32_t offset, void *bytes, size_t n)
{
	for (unsigned i = 0; i < chain->nparts && n; i++) {
		const struct part *part = &chain->part[i];
		size_t here;

		if (part->write != write)
			continue;
		if (offset >= part->nbytes) {
			offset -= part->nbytes;
			continue;
		}
		here = part->nbytes - offset < n ? part->nbytes - offset : n;
		if (write)
			(void)!sim_ram_write(part->paddr + offset, bytes, here, true);
		else
			(void)!sim_ram_read(part->paddr + offset, bytes, here, true);
		bytes = (char *)bytes + here;
		n -= here;
		offset = 0;
	}
}

void virtio_chain_read(const struct chain *chain, uint32_t offset, void *bytes, size_t n)
{
	copy(chain, false, offset, bytes, n);
}

void virtio_chain_write(const struct chain *chain, uint32_t offset, const void *bytes, size_t n)
{
	copy(chain, true, offset, (void *)(uintptr_t)bytes, n);
}
