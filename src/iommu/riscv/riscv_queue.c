/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The command queue (RISC-V IOMMU 1.0, "Command-Queue"): the unit's side of ../unit/unit_queue.h. The fence is an
 * IOFENCE.C, and it is executed, as all before it are, when cqh has passed it. cqh passing another command says only
 * that the unit has taken it.
 */
#include "../../base/state.h"
#include "riscv_driver.h"

static inline struct dma_command fence(struct dma_queue *queue, uint32_t end)
{
	(void)queue, (void)end;
	return riscv_fence();
}

/* The ring is never full, so that the index alone says how far behind `done` it is. Against a `done` that others have
 * moved on since, it may be a turn behind the truth, never ahead. */
static uint32_t position(struct dma_queue *queue)
{
	uint32_t done = __atomic_load_n(&queue->done, __ATOMIC_ACQUIRE);

	return done + ((dma_unit_read32(dma_unit_of_queue(queue), RISCV_CQH) - done) % DMA_QUEUE_SLOTS);
}

static inline bool executed(struct dma_queue *queue, uint32_t end)
{
	return dma_queue_reached(position(queue), end);
}

/* A fence is tried again, what names a domain or a device is replaced by what names all. */
static dma_cold struct dma_command wider(struct dma_queue *queue, struct dma_command refused)
{
	unsigned operation = (unsigned)refused.word[0] & RISCV_OPERATION;

	(void)queue;
	return operation == RISCV_IOFENCE_C ? riscv_fence() : riscv_all((enum riscv_operation)operation);
}

/* "cqcsr": at a command that it refuses, or cannot read, the unit stops until that is acknowledged. What it has taken
 * since the last fence may not have been executed, so its owners submit it again. */
static dma_cold void repair(struct dma_queue *queue)
{
	const struct dma_unit *unit = dma_unit_of_queue(queue);
	uint32_t slot, errors = dma_unit_read32(unit, RISCV_CQCSR) & RISCV_CQ_ERRORS;
	uintptr_t state;

	if (!errors)
		return;
	state = dma_host_lock(&queue->lock);
	errors = dma_unit_read32(unit, RISCV_CQCSR) & RISCV_CQ_ERRORS;
	slot = dma_queue_head(queue);
	if (errors & RISCV_CQ_ILLEGAL ? dma_queue_widen(queue, slot) : errors && dma_queue_refused(queue, slot)) {
		dma_queue_aborted(queue, slot);
		dma_unit_write32(unit, RISCV_CQCSR, RISCV_CSR_ENABLE | errors);
	}
	dma_host_unlock(&queue->lock, state);
}

const struct dma_queue_ops dma_riscv_queue = {
	.fence = fence,
	.executed = executed,
	.settled = position,
	.repair = repair,
	.wider = wider,
	.tail_register = RISCV_CQT,
	.head_register = RISCV_CQH,
	.step = 1,
	.span = DMA_QUEUE_SLOTS,
	.cleans = true,
};

int dma_riscv_run(struct dma_unit *base, const struct dma_command *commands, unsigned n)
{
	return dma_queue_run(&dma_riscv_queue, &base->queue, commands, n);
}
