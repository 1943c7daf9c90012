/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The command queue (IHI 0070, 3.5 and 4): the unit's side of ../unit/unit_queue.h. The fence is a CMD_SYNC, and what
 * is executed is what CMDQ_CONS has passed: the low bits of a position, and a wrap bit.
 */
#include "smmuv3_driver.h"

enum { WRAP_MASK = 2 * DMA_QUEUE_SLOTS - 1 }; /* index and wrap bit */

_Static_assert(1 << SMMU_COMMAND_BITS == DMA_QUEUE_SLOTS, "the ring is the queue");

static inline struct dma_command fence(struct dma_queue *queue, uint32_t end)
{
	(void)queue, (void)end;
	return smmu_sync();
}

/* CONS counts modulo twice the queue, and is at most a queue ahead of `done`. A greater difference was read against a
 * `done` that others have moved on meanwhile; a small one that has gone round since is behind the truth, never ahead.
 */
static inline uint32_t position(struct dma_queue *queue)
{
	uint32_t done = __atomic_load_n(&queue->done, __ATOMIC_ACQUIRE);
	uint32_t ahead = (dma_unit_read32(dma_unit_of_queue(queue), SMMU_CMDQ_CONS) - done) & WRAP_MASK;

	return ahead > DMA_QUEUE_SLOTS ? done : done + ahead;
}

static inline bool executed(struct dma_queue *queue, uint32_t end)
{
	return dma_queue_reached(position(queue), end);
}

/* CERROR_ILL. A CMD_SYNC is tried again, and what invalidates all already. */
static dma_cold struct dma_command wider(struct dma_queue *queue, struct dma_command refused)
{
	(void)queue;
	switch ((uint8_t)refused.word[0]) {
	case SMMU_CFGI_STE:
		return smmu_cfgi_all();
	case SMMU_TLBI_NH_ASID:
	case SMMU_TLBI_NH_VA:
	case SMMU_TLBI_S12_VMALL:
	case SMMU_TLBI_S2_IPA:
		return smmu_tlbi_all(SMMU_TLBI_NSNH_ALL);
	default:
		return refused;
	}
}

/* 7.1: what the queue stands still at. CERROR_ABT (the command could not be fetched) and CERROR_ATC_INV_SYNC (a device
 * did not complete an invalidation) are over when they are acknowledged, and the command is tried again. */
static dma_cold bool mend(struct dma_queue *queue, uint32_t cons)
{
	uint32_t slot = cons % DMA_QUEUE_SLOTS, error = smmu_cons_error(cons);

	if (error == SMMU_CERROR_ABT || error == SMMU_CERROR_ATC_INV_SYNC)
		return dma_queue_refused(queue, slot);
	return dma_queue_widen(queue, slot);
}

/* 3.5.4 and 6.3.18: the unit stands still at a command until the error is acknowledged. */
static dma_cold void repair(struct dma_queue *queue)
{
	const struct dma_unit *unit = dma_unit_of_queue(queue);
	uint32_t acknowledged, errors;
	uintptr_t state;

	if (!((dma_unit_read32(unit, SMMU_GERROR) ^ dma_unit_read32(unit, SMMU_GERRORN)) &
	      (SMMU_GERROR_SFM | SMMU_GERROR_CMDQ)))
		return;
	state = dma_host_lock(&queue->lock);
	acknowledged = dma_unit_read32(unit, SMMU_GERRORN);
	errors = dma_unit_read32(unit, SMMU_GERROR) ^ acknowledged;
	if (errors & SMMU_GERROR_SFM)
		dma_queue_give_up(queue, "it is in service failure mode");
	else if (errors & SMMU_GERROR_CMDQ && mend(queue, dma_unit_read32(unit, SMMU_CMDQ_CONS)))
		dma_unit_write32(unit, SMMU_GERRORN, acknowledged ^ SMMU_GERROR_CMDQ);
	dma_host_unlock(&queue->lock, state);
}

const struct dma_queue_ops dma_smmu_queue = {
	.fence = fence,
	.executed = executed,
	.settled = position,
	.repair = repair,
	.wider = wider,
	.tail_register = SMMU_CMDQ_PROD,
	.head_register = SMMU_CMDQ_CONS,
	.step = 1,
	.span = 2 * DMA_QUEUE_SLOTS,
	.cleans = true,
};

int dma_smmu_run(struct smmu_unit *unit, const struct dma_command *commands, unsigned n)
{
	return dma_queue_run(&dma_smmu_queue, &unit->base.queue, commands, n);
}
