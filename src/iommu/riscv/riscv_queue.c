/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The command queue (RISC-V IOMMU 1.0, "Command-Queue"): the unit's side of ../unit/unit_queue.h. The fence is an
 * IOFENCE.C, and it is executed, as all before it are, when cqh has passed it. cqh passing another command says only
 * that the unit has taken it.
 */
#include "../../base/state.h"
#include "../unit/unit_bell.h"
#include "riscv_driver.h"

static inline struct dma_command fence(dma_paddr_t paddr, uint32_t value)
{
	(void)paddr, (void)value;
	return riscv_fence();
}

/* A fence is tried again, what names a domain or a device is replaced by what names all. An answer that the unit does
 * not send is left out. */
static dma_cold struct dma_command wider(struct dma_queue *queue, struct dma_command refused)
{
	unsigned operation = (unsigned)refused.word[0] & RISCV_OPERATION;

	(void)queue;
	return operation == RISCV_IOFENCE_C || operation == RISCV_ATS_PRGR ? riscv_fence()
									   : riscv_all((enum riscv_operation)operation);
}

/* And what must stay when they are acknowledged; those that come while the register is busy are found later. */
static dma_cold uint32_t errors(struct dma_queue *queue)
{
	uint32_t csr = dma_unit_read32(dma_unit_of_queue(queue), RISCV_CQCSR);

	return csr & RISCV_CQ_ERRORS && !(csr & RISCV_CSR_BUSY) ? csr & (RISCV_CQ_ERRORS | RISCV_WPRI(RISCV_CQCSR)) : 0;
}

/* "cqcsr": at a command that it refuses, or cannot read, the unit stops until that is acknowledged. What it has taken
 * since the last fence may not have been executed, so its owners submit it again. */
static dma_cold void mend(struct dma_queue *queue, uint32_t which)
{
	uint32_t slot = dma_queue_head(queue);

	if (!(which & RISCV_CQ_ILLEGAL ? dma_queue_widen(queue, slot) : dma_queue_refused(queue, slot)))
		return;
	dma_queue_aborted(queue, slot);
	dma_unit_write32(dma_unit_of_queue(queue), RISCV_CQCSR, RISCV_CSR_ENABLE | which);
}

const struct dma_queue_ops dma_riscv_queue = {
	.fence = fence,
	.errors = errors,
	.mend = mend,
	.wider = wider,
	.tail_register = RISCV_CQT,
	.head_register = RISCV_CQH,
	.step = 1,
	.span = DMA_QUEUE_SLOTS,
	.cleans = true,
};

int dma_riscv_run_one(struct dma_unit *base, struct dma_command command)
{
	return dma_queue_run_one(&dma_riscv_queue, &base->queue, command);
}

int dma_riscv_run(struct dma_unit *base, const struct dma_command *commands, unsigned n)
{
	return dma_queue_run(&dma_riscv_queue, &base->queue, commands, n);
}
