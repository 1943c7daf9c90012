/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The RISC-V IOMMU model's fault queue ("Fault/Event-Queue"). After an overflow, or a record that could not be stored,
 * nothing is recorded until that is acknowledged.
 */
#include "riscv_model.h"
#include <dmastream/errors.h>

int riscv_blocked(struct sim_riscv *unit, const struct access *access, unsigned cause)
{
	bool guest = cause == READ_GUEST_PAGE || cause == WRITE_GUEST_PAGE;
	uint64_t record[4] = {cause | access->process | (uint64_t)access->type << 34 | (uint64_t)access->device << 40,
			      0, access->daddr, guest ? access->daddr & ~(uint64_t)3 : 0};
	struct queue *queue = &unit->queue[FAULT_CSR];
	uint64_t next = (queue->tail + 1) & (riscv_entries(queue->base) - 1), *csr = &unit->csr[FAULT_CSR];

	unit->seen.faults++;
	if (access->quiet || !(*csr & ON) || *csr & (OVERFLOW | MEMORY_FAULT))
		return DMA_EFAULT;
	if (next == queue->head) {
		*csr |= OVERFLOW;
	} else if (sim_ram_write(PPN_OF(queue->base) + 32 * queue->tail, record, sizeof(record), true)) {
		riscv_violation(unit, RISCV_FQ_NOTHING, queue->base);
		*csr |= MEMORY_FAULT;
	} else {
		queue->tail = next;
	}
	return DMA_EFAULT;
}
