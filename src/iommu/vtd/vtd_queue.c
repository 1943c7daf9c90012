/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Queued invalidation (VT-d specification, 6.5.2).
 *
 * One ring of 256 descriptors, used two by two: what to do, and a wait descriptor that writes the end position of the
 * pair into a word of the pair's own. Positions count on for ever (modulo 2^32) and each word is written once a turn,
 * so an older value can never be taken for a newer one, and CPUs wait side by side without the lock. A unit that does
 * not answer in time is given up for good: whoever needs an invalidation from it is told so at once from then on.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"

#include "vtd_driver.h"

enum {
	SLOTS = VTD_PAGE / 16,
	RETRIES = 3,	  /* of a submission that the hardware threw away */
	LOOK_EVERY = 256, /* polls of the status word between looks at clock and error bits */
};

static bool reached(uint32_t position, uint32_t end)
{
	return (int32_t)(position - end) >= 0;
}

static dma_cold void give_up(struct vtd_unit *unit, const char *why)
{
	if (!__atomic_exchange_n(&unit->failed, 1, __ATOMIC_ACQ_REL))
		dma_log("vtd: unit %x given up: %s", unit->paddr.raw, why);
}

static inline void put(struct vtd_entry *slot, struct vtd_entry descriptor)
{
	dma_arch_write_once(&slot->low, descriptor.low, 8);
	dma_arch_write_once(&slot->high, descriptor.high, 8);
}

/* Tells the hardware how far the queue goes. The index wraps after the increment (hazard 32), and the descriptors are
 * visible before it. Lock held. */
static inline void ring(struct vtd_unit *unit)
{
	dma_publish();
	dma_host_mmio_write32(unit->regs + VTD_IQT, unit->tail % SLOTS * 16);
}

/* Puts a descriptor and its wait descriptor into the queue; false if there is no room now. The unit snoops when it
 * fetches them, whatever ECAP.C says (11.4.3). */
static inline bool submit(struct vtd_unit *unit, struct vtd_entry descriptor, uint32_t *end, uint32_t *aborts)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	uint32_t tail = unit->tail;
	bool room =
		tail + 2 - __atomic_load_n(&unit->done, __ATOMIC_ACQUIRE) < SLOTS; /* a full ring would look empty */

	if (dma_likely(room)) {
		struct vtd_entry *slot = &unit->queue[tail % SLOTS];
		uint32_t wait = tail % SLOTS + 1; /* two by two: the pair never wraps */

		*end = unit->tail = tail + 2;
		*aborts = unit->aborts;
		put(slot, descriptor);
		put(slot + 1, vtd_wait_descriptor(unit->status_paddr.raw + 4 * wait, tail + 2));
		ring(unit);
	}
	dma_host_unlock(&unit->lock, state);
	return room;
}

/* The head's descriptor cannot be executed (IQE, 6.5.2.10). It is replaced by one that invalidates more (a wait is
 * tried again); if that is refused at the same place as well, nothing helps. Lock held. */
static dma_cold void replace_head(struct vtd_unit *unit)
{
	uint32_t head = (uint32_t)dma_host_mmio_read64(unit->regs + VTD_IQH) / 16 % SLOTS;
	struct vtd_entry *slot = &unit->queue[head];
	unsigned type = (unsigned)dma_arch_read_once(&slot->low, 8) & 15;

	if (unit->replaced == head + 1) {
		give_up(unit, "refuses its invalidation queue");
		return;
	}
	unit->replaced = head + 1;
	if (type == VTD_WAIT)
		return;
	dma_arch_write_once(&slot->low,
			    type == VTD_CONTEXT_INVALIDATE
				    ? vtd_context_descriptor(VTD_ALL, 0, 0).low
				    : vtd_iotlb_descriptor(VTD_ALL, 0, unit->drain, 0, 0, false).low,
			    8);
	dma_arch_write_once(&slot->high, 0, 8);
	dma_publish();
}

/* Looks at the error bits (11.4.9) and gets the queue going again. */
static dma_cold void repair(struct vtd_unit *unit)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	uint32_t status = dma_host_mmio_read32(unit->regs + VTD_FSTS) & VTD_FSTS_QUEUE;

	if (status & VTD_FSTS_IQE)
		replace_head(unit);
	if (status & VTD_FSTS_ITE) /* pending wait descriptors were thrown away: their owners submit again */
		unit->aborts++;
	if (status && !unit->failed) {
		dma_host_mmio_write32(unit->regs + VTD_FSTS, status);
		ring(unit); /* some hardware starts again only at a new tail */
	}
	dma_host_unlock(&unit->lock, state);
}

/* Two CPUs may pass each other here and leave the older position: the queue then seems fuller than it is, until the
 * next. */
static inline void note_done(struct vtd_unit *unit, uint32_t end)
{
	if (!reached(__atomic_load_n(&unit->done, __ATOMIC_RELAXED), end))
		__atomic_store_n(&unit->done, end, __ATOMIC_RELEASE);
}

/* 0 if the submission is executed; -1: not yet; 1: thrown away, submit again. */
static inline int look(struct vtd_unit *unit, uint32_t end, uint32_t aborts)
{
	if (!reached((uint32_t)dma_arch_read_once(&unit->status[(end - 1) % SLOTS], 4), end))
		return -1;
	dma_consume();
	note_done(unit, end);
	/* Thrown away meanwhile, and the word is somebody else's by now? Once more does no harm. */
	return __atomic_load_n(&unit->aborts, __ATOMIC_RELAXED) != aborts;
}

/* As look(), and DMA_ETIMEDOUT. */
static dma_cold int wait_for(struct vtd_unit *unit, uint32_t end, uint32_t aborts)
{
	uint64_t began = 0;

	for (unsigned spins = 1;; spins++) {
		int result = look(unit, end, aborts);

		if (result >= 0)
			return result;
		if (spins % LOOK_EVERY != 0)
			continue;
		if (unit->failed)
			return DMA_ETIMEDOUT;
		repair(unit);
		if (__atomic_load_n(&unit->aborts, __ATOMIC_RELAXED) != aborts)
			return 1;
		if (!began)
			began = dma_host_time_ns();
		else if (dma_host_time_ns() - began > unit->timeout_ns) {
			give_up(unit, "an invalidation took too long");
			return DMA_ETIMEDOUT;
		}
	}
}

/* Waits until the queue has room again: somebody else's submission must end first. */
static dma_cold int wait_for_room(struct vtd_unit *unit)
{
	uint64_t began = dma_host_time_ns();
	uint32_t seen = __atomic_load_n(&unit->done, __ATOMIC_RELAXED);

	while (__atomic_load_n(&unit->done, __ATOMIC_RELAXED) == seen) {
		if (unit->failed)
			return DMA_ETIMEDOUT;
		if (dma_host_time_ns() - began > 2 * unit->timeout_ns) {
			give_up(unit, "its invalidation queue stays full");
			return DMA_ETIMEDOUT;
		}
	}
	return 0;
}

/* What goes on where one look was not enough: `result` is that of the first submission. */
static dma_cold int run_slowly(struct vtd_unit *unit, struct vtd_entry descriptor, uint32_t end, uint32_t aborts,
			       int result)
{
	for (unsigned tries = 1;; tries++) {
		if (result < 0)
			result = wait_for(unit, end, aborts);
		if (result <= 0)
			return result;
		if (tries == RETRIES) {
			give_up(unit, "throws invalidations away");
			return DMA_ETIMEDOUT;
		}
		while (!submit(unit, descriptor, &end, &aborts)) {
			result = wait_for_room(unit);
			if (result)
				return result;
		}
		result = -1;
	}
}

int vtd_queue_run(struct vtd_unit *unit, struct vtd_entry descriptor)
{
	uint32_t end = 0, aborts = 0;
	int result = 1;

	if (dma_unlikely(__atomic_load_n(&unit->failed, __ATOMIC_RELAXED)))
		return DMA_ETIMEDOUT;
	if (dma_likely(submit(unit, descriptor, &end, &aborts)))
		result = look(unit, end, aborts);
	return dma_likely(result == 0) ? 0 : run_slowly(unit, descriptor, end, aborts, result);
}

int vtd_queue_start(struct vtd_unit *unit)
{
	unit->tail = unit->done = 0;
	dma_arch_fill(unit->queue, 0, VTD_PAGE);
	dma_arch_fill(unit->status, 0, SLOTS * sizeof(unit->status[0]));
	dma_publish();
	/* 11.4.7.1: what is set; ITE and ICE are RsvdZ where devices have no TLBs. */
	dma_host_mmio_write32(unit->regs + VTD_FSTS, dma_host_mmio_read32(unit->regs + VTD_FSTS) & VTD_FSTS_QUEUE);
	dma_host_mmio_write64(unit->regs + VTD_IQT, 0); /* 6.5.2: before the queue is switched on */
	dma_host_mmio_write64(unit->regs + VTD_IQA, unit->queue_paddr.raw);
	return vtd_command(unit, VTD_G_QIE, VTD_G_QIE);
}

int vtd_queue_stop(struct vtd_unit *unit)
{
	uint64_t began = dma_host_time_ns();

	if (!(dma_host_mmio_read32(unit->regs + VTD_GSTS) & VTD_G_QIE))
		return 0;
	/* 6.5.2: only an idle queue may be switched off. One that is stuck on an error never becomes idle by itself. */
	while (dma_host_mmio_read64(unit->regs + VTD_IQH) != dma_host_mmio_read64(unit->regs + VTD_IQT)) {
		if (dma_host_mmio_read32(unit->regs + VTD_FSTS) & VTD_FSTS_IQE)
			break;
		if (dma_host_time_ns() - began > unit->timeout_ns)
			return DMA_ETIMEDOUT;
	}
	return vtd_command(unit, VTD_G_QIE, 0);
}
