/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The command queue (IHI 0070, 3.5 and 4): the unit's side of ../unit/unit_queue.h. The fence is a CMD_SYNC, and what
 * is executed is what CMDQ_CONS has passed: the low bits of a position, and a wrap bit.
 */
#include "../unit/unit_bell.h"
#include "smmuv3_driver.h"

_Static_assert(1 << SMMU_COMMAND_BITS == DMA_QUEUE_SLOTS, "the ring is the queue");

static inline struct dma_command fence(dma_paddr_t paddr, uint32_t value)
{
	(void)paddr, (void)value;
	return smmu_command(SMMU_SYNC);
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
		return smmu_command(SMMU_TLBI_NSNH_ALL);
	default:
		return refused;
	}
}

/* 6.3.18: error bits that differ from what was acknowledged. */
static dma_cold uint32_t errors(struct dma_queue *queue)
{
	const struct dma_unit *unit = dma_unit_of_queue(queue);

	return (dma_unit_read32(unit, SMMU_GERROR) ^ dma_unit_read32(unit, SMMU_GERRORN)) &
	       (SMMU_GERROR_SFM | SMMU_GERROR_CMDQ);
}

/* 3.5.4, 7.1: the unit stands still at a command until the error is acknowledged. CERROR_ABT (the command could not be
 * fetched) and CERROR_ATC_INV_SYNC (a device did not complete an invalidation) are over then, and the command is tried
 * again. */
static dma_cold void mend(struct dma_queue *queue, uint32_t which)
{
	const struct dma_unit *unit = dma_unit_of_queue(queue);
	uint32_t cons = dma_unit_read32(unit, SMMU_CMDQ_CONS), slot = cons % DMA_QUEUE_SLOTS;
	uint32_t error = smmu_cons_error(cons);

	if (which & SMMU_GERROR_SFM)
		dma_queue_give_up(queue, "it is in service failure mode");
	else if (error == SMMU_CERROR_ABT || error == SMMU_CERROR_ATC_INV_SYNC ? dma_queue_refused(queue, slot)
									       : dma_queue_widen(queue, slot))
		dma_unit_write32(unit, SMMU_GERRORN, dma_unit_read32(unit, SMMU_GERRORN) ^ SMMU_GERROR_CMDQ);
}

const struct dma_queue_ops dma_smmu_queue = {
	.fence = fence,
	.errors = errors,
	.mend = mend,
	.wider = wider,
	.tail_register = SMMU_CMDQ_PROD,
	.head_register = SMMU_CMDQ_CONS,
	.step = 1,
	.span = 2 * DMA_QUEUE_SLOTS,
	.cleans = true,
};

int dma_smmu_run(struct dma_unit *base, const struct dma_command *commands, unsigned n)
{
	return dma_queue_run(&dma_smmu_queue, &base->queue, commands, n);
}
