/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Requests (virtio 1.3, 5.13.6): submitted by any number of CPUs and their interrupt handlers, answered in any order.
 *
 * Whoever holds the lock takes what the unit has answered, for all: the status goes to the structure on the stack of
 * the CPU that waits, and the slot is free again at once. So nobody who was interrupted keeps a slot that
 * others wait for.
 *
 *	          settled            submitted
 *	             |                  |          Each request has a position. Those between settled and submitted are
 *	 +-----------v------------------v---       at most as many as there are slots, so that one word of 64 bits says
 *	 | answered  | ? | done | ? | ? |          which of them are done. A flush waits until settled has passed the
 *	 +---------------------------------        position at which it began.
 *
 * An unmap is submitted without a notification, and nobody waits for it but the flush: the next notification carries
 * all of them.
 */
#include "../../base/state.h"
#include "virtio_driver.h"
#include <dmastream/deadline.h>
#include <dmastream/errors.h>

static char *memory_of(const struct virtio_unit *unit, unsigned slot)
{
	return unit->requests.memory + (size_t)VIRTIO_SLOT_BYTES * slot;
}

void dma_virtio_requests_init(struct virtio_unit *unit)
{
	struct virtio_requests *requests = &unit->requests;
	unsigned size = requests->queue.size, slots = size / 2 - 1;

	dma_virtq_init(&requests->queue, unit->ring[VIRTIO_REQUEST_QUEUE], unit->ring_paddr[VIRTIO_REQUEST_QUEUE],
		       size);
	requests->slots = (uint8_t)slots;
	requests->free = ((uint64_t)1 << slots) - 1;
	for (unsigned i = 0; i < slots; i++) {
		uint64_t paddr = requests->memory_paddr.raw + (uint64_t)VIRTIO_SLOT_BYTES * i;

		dma_virtq_describe(&requests->queue, 2 * i, paddr, 0, DMA_VIRTQ_NEXT, 2 * i + 1);
		dma_virtq_describe(&requests->queue, 2 * i + 1, paddr + VIRTIO_SLOT_TAIL, VIRTIO_TAIL_BYTES,
				   DMA_VIRTQ_WRITE, 0);
	}
	if (!unit->probe)
		return;
	dma_virtq_describe(&requests->queue, 2 * slots, unit->probe_paddr.raw, VIRTIO_PROBE_BYTES, DMA_VIRTQ_NEXT,
			   2 * slots + 1);
	dma_virtq_describe(&requests->queue, 2 * slots + 1, unit->probe_paddr.raw + VIRTIO_PROBE_BYTES,
			   unit->probe_bytes + VIRTIO_TAIL_BYTES, DMA_VIRTQ_WRITE, 0);
}

/* ---- Answers: lock held ---------------------------------------------------------------------------------------- */

static char *tail_of(const struct virtio_unit *unit, unsigned slot)
{
	return slot == unit->requests.slots ? unit->probe + VIRTIO_PROBE_BYTES + unit->probe_bytes
					    : memory_of(unit, slot) + VIRTIO_SLOT_TAIL;
}

/* An unmap that failed left the device what it had: nothing of that domain may go back any more. A domain that is not
 * there has no endpoint, and nobody reaches anything through it. */
static void unmap_answered(struct virtio_domain *domain, uint8_t status)
{
	if (status == VIRTIO_S_OK ||
	    (status == VIRTIO_S_NOENT && !__atomic_load_n(&domain->endpoints, __ATOMIC_RELAXED)))
		return;
	if (!__atomic_exchange_n(&domain->lost, 1, __ATOMIC_RELAXED))
		dma_log("virtio: unit %x: an unmap failed, status %x", domain->base.unit->queue.unit, (uint64_t)status);
}

static void answered(struct virtio_unit *unit, unsigned index, uint32_t nbytes)
{
	struct virtio_requests *requests = &unit->requests;
	struct virtio_slot *slot = &requests->slot[index];
	uint8_t status = nbytes ? (uint8_t)dma_arch_read_once(tail_of(unit, index), 1) : VIRTIO_S_NOT_WRITTEN;

	if (slot->wait) {
		slot->wait->left--;
		if (slot->wait->status == VIRTIO_S_OK)
			slot->wait->status = status;
	} else {
		unmap_answered(slot->domain, status);
	}
	slot->busy = false;
	if (index < requests->slots)
		requests->free |= (uint64_t)1 << index;
	requests->done |= (uint64_t)1 << slot->position % 64;
	while (requests->settled != requests->submitted && requests->done >> requests->settled % 64 & 1)
		requests->done &= ~((uint64_t)1 << requests->settled++ % 64);
}

static void take_answers(struct virtio_unit *unit)
{
	struct virtio_requests *requests = &unit->requests;
	uint32_t head, nbytes;
	int got = 0;

	/* Of a unit that was given up nobody waits for anything: what slots point to may be gone. */
	while (!dma_queue_failed(&unit->base.queue) && (got = dma_virtq_take(&requests->queue, &head, &nbytes)) > 0) {
		unsigned index = head / 2;

		if (head % 2 || index > requests->slots || !requests->slot[index].busy) {
			got = -1;
			break;
		}
		answered(unit, index, nbytes);
	}
	if (got < 0)
		dma_queue_give_up(&unit->base.queue, "it answers what it was not asked");
}

static void notify(struct virtio_unit *unit)
{
	if (dma_virtq_notify(&unit->requests.queue))
		dma_virtio_write(unit, unit->doorbell[VIRTIO_REQUEST_QUEUE], 2, VIRTIO_REQUEST_QUEUE);
}

/* ---- Waiting ----------------------------------------------------------------------------------------------------- */

/* The limit is for one request: it begins anew with each answer. */
struct patience {
	struct dma_deadline deadline;
	uint16_t taken;
	bool started;
};

/* Lock held: notifies the unit and takes its answers. False: it has been given up. */
static bool look(struct virtio_unit *unit, struct patience *patience)
{
	notify(unit);
	take_answers(unit);
	if (!patience->started || patience->taken != unit->requests.queue.taken) {
		patience->started = true;
		patience->taken = unit->requests.queue.taken;
		patience->deadline = dma_deadline_after(unit->base.queue.timeout_ns);
	}
	return !dma_queue_failed(&unit->base.queue);
}

/* Lock not held, nothing has come: false when the time is over, or the unit says that nothing will come (2.1.2). */
static bool patient(struct virtio_unit *unit, struct patience *patience)
{
	bool broken = dma_virtio_read(unit, unit->common + VIRTIO_STATUS, 1) & VIRTIO_NEEDS_RESET;

	if (!broken && !dma_deadline_over(&patience->deadline))
		return true;
	dma_queue_give_up(&unit->base.queue, broken ? "it needs a reset, or is gone" : "it does not answer");
	return false;
}

/* Lock held: the next position, for a slot of the caller's. */
static void offer(struct virtio_unit *unit, unsigned index, struct virtio_wait *wait, struct virtio_domain *domain)
{
	struct virtio_requests *requests = &unit->requests;

	requests->slot[index] = (struct virtio_slot){wait, domain, requests->submitted++, true};
	if (wait)
		wait->left++;
	dma_arch_write_once(tail_of(unit, index), VIRTIO_S_NOT_WRITTEN, 4);
	dma_virtq_offer(&requests->queue, 2 * index);
}

/* Lock held: a free slot, and a position for it. */
static bool room(const struct virtio_requests *requests)
{
	return requests->free && requests->submitted - requests->settled < requests->slots;
}

static void put(struct virtio_unit *unit, const struct virtio_request *request, struct virtio_wait *wait,
		struct virtio_domain *domain)
{
	struct virtio_requests *requests = &unit->requests;
	unsigned index = (unsigned)__builtin_ctzll(requests->free);
	char *memory = memory_of(unit, index);

	requests->free &= requests->free - 1;
	for (unsigned i = 0; i < request->words; i++)
		dma_arch_write_once(memory + (size_t)4 * i, request->word[i], 4);
	dma_virtq_resize(&requests->queue, 2 * index, 4 * request->words);
	offer(unit, index, wait, domain);
}

int dma_virtio_submit(struct virtio_unit *unit, const struct virtio_request *request, struct virtio_wait *wait,
		      struct virtio_domain *domain)
{
	struct patience patience = {0};
	uintptr_t state;
	bool alive = true, done = false;

	do {
		state = dma_host_lock(&unit->requests.lock);
		if (dma_unlikely(!room(&unit->requests)))
			alive = look(unit, &patience);
		else
			alive = !dma_queue_failed(&unit->base.queue);
		if (dma_likely(alive && room(&unit->requests))) {
			put(unit, request, wait, domain);
			done = true;
		}
		dma_host_unlock(&unit->requests.lock, state);
	} while (dma_unlikely(alive && !done) && patient(unit, &patience));
	return done ? 0 : DMA_ETIMEDOUT;
}

int dma_virtio_wait(struct virtio_unit *unit, struct virtio_wait *wait)
{
	struct patience patience = {0};
	uintptr_t state;
	unsigned left;
	bool alive;

	do {
		state = dma_host_lock(&unit->requests.lock);
		alive = look(unit, &patience);
		left = wait->left;
		dma_host_unlock(&unit->requests.lock, state);
	} while (dma_unlikely(left && alive) && patient(unit, &patience));
	if (dma_likely(!left))
		return 0;
	/* Whoever takes answers now sees that the unit has failed: after this nobody has our structure in hand. */
	state = dma_host_lock(&unit->requests.lock);
	dma_host_unlock(&unit->requests.lock, state);
	return DMA_ETIMEDOUT;
}

int dma_virtio_settle(struct virtio_unit *unit)
{
	struct virtio_requests *requests = &unit->requests;
	struct patience patience = {0};
	uint32_t position = 0;
	bool first = true, alive, settled;

	do {
		uintptr_t state = dma_host_lock(&requests->lock);

		if (first)
			position = requests->submitted;
		first = false;
		alive = look(unit, &patience);
		settled = dma_queue_reached(requests->settled, position);
		dma_host_unlock(&requests->lock, state);
	} while (dma_unlikely(alive && !settled) && patient(unit, &patience));
	return dma_likely(alive && settled) ? 0 : DMA_ETIMEDOUT;
}

int dma_virtio_run(struct virtio_unit *unit, struct virtio_request request, uint8_t *status)
{
	struct virtio_wait wait = {0};
	int error = dma_virtio_submit(unit, &request, &wait, NULL), late = dma_virtio_wait(unit, &wait);

	*status = wait.status;
	return error ? error : late;
}

int dma_virtio_run_probe(struct virtio_unit *unit, uint32_t endpoint, uint8_t *status)
{
	struct virtio_requests *requests = &unit->requests;
	struct virtio_wait wait = {0};
	struct patience patience = {0};
	bool alive, done = false;
	int late;

	dma_arch_fill(unit->probe, 0, VIRTIO_PROBE_BYTES + unit->probe_bytes + VIRTIO_TAIL_BYTES);
	dma_arch_write_once(unit->probe, VIRTIO_PROBE_REQUEST, 4);
	dma_arch_write_once(unit->probe + 4, endpoint, 4);
	do {
		uintptr_t state = dma_host_lock(&requests->lock);

		alive = look(unit, &patience);
		if (alive && requests->submitted - requests->settled < requests->slots) {
			offer(unit, requests->slots, &wait, NULL);
			done = true;
		}
		dma_host_unlock(&requests->lock, state);
	} while (alive && !done && patient(unit, &patience));
	late = dma_virtio_wait(unit, &wait);
	*status = wait.status;
	return done ? late : DMA_ETIMEDOUT;
}
