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
	uint64_t record[4] = {cause | (uint64_t)(access->write ? 3 : 2) << 34 | (uint64_t)access->device << 40, 0,
			      access->daddr, guest ? access->daddr & ~(uint64_t)3 : 0};
	uint64_t next = (unit->fqt + 1) & (riscv_entries(unit->fqb) - 1), *csr = &unit->csr[FAULT_CSR];

	unit->seen.faults++;
	if (access->quiet || !(*csr & ON) || *csr & (OVERFLOW | MEMORY_FAULT))
		return DMA_EFAULT;
	if (next == unit->fqh) {
		*csr |= OVERFLOW;
	} else if (sim_ram_write(PPN_OF(unit->fqb) + 32 * unit->fqt, record, sizeof(record), true)) {
		riscv_violation(unit, RISCV_FQ_NOTHING, unit->fqb);
		*csr |= MEMORY_FAULT;
	} else {
		unit->fqt = next;
	}
	return DMA_EFAULT;
}
