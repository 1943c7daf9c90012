/* SPDX-License-Identifier: MPL-2.0 */
#include "virtio_requests.h"
#include "../../base/atomic.h"
#include <dmastream/deadline.h>
#include <dmastream/errors.h>

static void describe(struct dma_virtio_requests *r, unsigned index, char *memory, dma_paddr_t paddr, uint32_t verdict,
		     uint32_t tail, uint32_t writable)
{
	r->slot[index].request = memory;
	r->slot[index].verdict = memory + verdict;
	dma_virtq_describe(&r->queue, 2 * index, paddr.raw, 0, DMA_VIRTQ_NEXT, 2 * index + 1);
	dma_virtq_describe(&r->queue, 2 * index + 1, paddr.raw + tail, writable, DMA_VIRTQ_WRITE, 0);
}

void dma_virtio_requests_init(struct dma_virtio_requests *r, char *memory, dma_paddr_t paddr, uint32_t readable,
			      uint32_t writable)
{
	const uint32_t tail = DMA_VIRTIO_SLOT_BYTES - DMA_VIRTIO_TAIL_BYTES;

	r->queue.ring = memory;
	r->queue.paddr = paddr;
	r->slots = (uint8_t)(r->queue.size / 2 - 1);
	for (unsigned i = 0; i < r->slots; i++) {
		size_t offset = DMA_VIRTQ_BYTES + (size_t)DMA_VIRTIO_SLOT_BYTES * i;

		describe(r, i, memory + offset, dma_paddr(paddr.raw + offset), tail, tail, DMA_VIRTIO_TAIL_BYTES);
	}
	describe(r, r->slots, memory + DMA_VIRTIO_REQUESTS_BYTES, dma_paddr(paddr.raw + DMA_VIRTIO_REQUESTS_BYTES),
		 readable + writable - DMA_VIRTIO_TAIL_BYTES, readable, writable);
}

static bool failed(const struct dma_virtio_requests *r)
{
	return __atomic_load_n(&r->failed, __ATOMIC_RELAXED);
}

void dma_virtio_give_up(struct dma_virtio_requests *r, const char *why)
{
	if (!__atomic_exchange_n(&r->failed, 1, __ATOMIC_RELAXED))
		r->given_up(r->owner, why);
}

/* ---- Lock held --------------------------------------------------------------------------------------------------- */

/* False: it answers what it was not asked. */
static bool answered(struct dma_virtio_requests *r, uint32_t head, uint32_t nbytes)
{
	uint32_t index = head / 2;
	struct dma_virtio_slot *slot = &r->slot[index % DMA_VIRTIO_SLOTS];
	uint8_t verdict = DMA_VIRTIO_NOT_WRITTEN;

	if (head % 2 || index > r->slots || !(r->busy >> index & 1))
		return false;
	if (nbytes)
		verdict = (uint8_t)dma_arch_read_once(slot->verdict, 1);
	r->busy &= ~((uint64_t)1 << index);
	if (!slot->wait) {
		r->answered(slot->what, verdict);
		return true;
	}
	slot->wait->left--;
	if (!slot->wait->verdict)
		slot->wait->verdict = verdict;
	return true;
}

/* Notifies the device and takes its answers. */
static void look(struct dma_virtio_requests *r)
{
	uint32_t head = 0, nbytes = 0;
	int got;

	dma_virtio_notify(r->function, &r->queue);
	do
		got = dma_virtq_take(&r->queue, &head, &nbytes);
	while (got > 0 && answered(r, head, nbytes));
	if (got)
		dma_virtio_give_up(r, "it answers what it was not asked");
}

static void put(struct dma_virtio_requests *r, unsigned index, const uint64_t *words, unsigned nbytes,
		struct dma_virtio_wait *wait, void *what)
{
	struct dma_virtio_slot *slot = &r->slot[index];

	for (unsigned at = 0; at < nbytes; at += 8)
		dma_arch_write_once(slot->request + at, *words++, 8);
	dma_arch_write_once(slot->verdict, DMA_VIRTIO_NOT_WRITTEN, 1);
	dma_virtq_resize(&r->queue, 2 * index, nbytes);
	slot->wait = wait;
	slot->what = what;
	slot->position = r->submitted;
	r->busy |= (uint64_t)1 << index;
	if (wait)
		wait->left++;
	dma_virtq_offer(&r->queue, 2 * index);
	__atomic_store_n(&r->submitted, r->submitted + 1, __ATOMIC_RELAXED);
}

/* ---- Waiting ----------------------------------------------------------------------------------------------------- */

/* What is waited for. Lock held. */
typedef bool condition(const struct dma_virtio_requests *r, const void *of);

static bool has_slot(const struct dma_virtio_requests *r, const void *of)
{
	return *(const uint64_t *)of & ~r->busy;
}

static bool all_answered(const struct dma_virtio_requests *r, const void *of)
{
	(void)r;
	return !((const struct dma_virtio_wait *)of)->left;
}

/* Nothing is in flight that was submitted before that position. */
static bool settled(const struct dma_virtio_requests *r, const void *of)
{
	for (uint64_t left = r->busy; left; left &= left - 1)
		if ((int32_t)(r->slot[__builtin_ctzll(left)].position - *(const uint32_t *)of) < 0)
			return false;
	return true;
}

/* Without the lock, so that others get on, and the machine's interrupts. The limit is for one request: it begins anew
 * with each answer. */
static dma_cold bool hold_slowly(struct dma_virtio_requests *r, condition *met, const void *of, uintptr_t *state)
{
	struct dma_deadline deadline = dma_deadline_after(r->function->timeout_ns);
	uint16_t taken = r->queue.taken;

	for (;;) {
		bool broken;

		dma_host_unlock(&r->lock, *state);
		broken = dma_virtio_broken(r->function);
		if (broken || dma_deadline_over(&deadline))
			dma_virtio_give_up(r, broken ? "it needs a reset, or is gone" : "it does not answer");
		*state = dma_host_lock(&r->lock);
		if (failed(r))
			return false;
		look(r);
		if (met(r, of))
			return true;
		if (taken == r->queue.taken)
			continue;
		taken = r->queue.taken;
		deadline = dma_deadline_after(r->function->timeout_ns);
	}
}

/* Takes the lock, and holds it when the condition is met. False, with the lock: the device has been given up, and
 * nobody who takes answers has what the caller waits for in hand any more. */
static inline __attribute__((always_inline)) bool hold_until(struct dma_virtio_requests *r, condition *met,
							     const void *of, uintptr_t *state)
{
	*state = dma_host_lock(&r->lock);
	if (dma_unlikely(failed(r)))
		return false;
	if (dma_likely(met(r, of)))
		return true;
	look(r);
	return dma_likely(met(r, of)) ? true : hold_slowly(r, met, of, state);
}

static int wait_until(struct dma_virtio_requests *r, condition *met, const void *of)
{
	uintptr_t state;
	bool held = hold_until(r, met, of, &state);

	dma_host_unlock(&r->lock, state);
	return dma_likely(held) ? 0 : DMA_ETIMEDOUT;
}

static inline __attribute__((always_inline)) void submit(struct dma_virtio_requests *r, uint64_t slots,
							 const uint64_t *words, unsigned nbytes,
							 struct dma_virtio_wait *wait, void *what)
{
	uintptr_t state;

	if (dma_likely(hold_until(r, has_slot, &slots, &state)))
		put(r, (unsigned)__builtin_ctzll(slots & ~r->busy), words, nbytes, wait, what);
	dma_host_unlock(&r->lock, state);
}

void dma_virtio_submit(struct dma_virtio_requests *r, const uint64_t *words, unsigned nbytes,
		       struct dma_virtio_wait *wait, void *what)
{
	submit(r, ((uint64_t)1 << r->slots) - 1, words, nbytes, wait, what);
}

int dma_virtio_wait(struct dma_virtio_requests *r, struct dma_virtio_wait *wait)
{
	return wait_until(r, all_answered, wait);
}

int dma_virtio_run(struct dma_virtio_requests *r, const uint64_t *words, unsigned nbytes, bool large, uint8_t *verdict)
{
	struct dma_virtio_wait wait = {0};
	uint64_t slots = large ? (uint64_t)1 << r->slots : ((uint64_t)1 << r->slots) - 1;
	int error;

	submit(r, slots, words, nbytes, &wait, NULL);
	error = dma_virtio_wait(r, &wait);
	*verdict = wait.verdict;
	return error;
}

int dma_virtio_settle(struct dma_virtio_requests *r)
{
	uint32_t position = __atomic_load_n(&r->submitted, __ATOMIC_RELAXED);

	return wait_until(r, settled, &position);
}
