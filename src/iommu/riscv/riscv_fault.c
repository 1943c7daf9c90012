/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The fault queue (RISC-V IOMMU 1.0, "Fault/Event-Queue"): what was blocked, in words.
 */
#include "riscv_driver.h"

/* "Fault record CAUSE field encodings": those that there can be without processes and MSI tables. */
static const struct {
	unsigned cause;
	const char *text;
} reasons[] = {{5, "read access fault: page table or memory inaccessible"},
	       {7, "write access fault: page table or memory inaccessible"},
	       {13, "not mapped, or read not allowed"},
	       {15, "not mapped, or write not allowed"},
	       {21, "not mapped, or read not allowed"},
	       {23, "not mapped, or write not allowed"},
	       {256, "all transactions are disallowed"},
	       {257, "device directory inaccessible"},
	       {258, "no valid device context: the device has no domain"},
	       {259, "device context misconfigured"},
	       {260, "transaction of a type that is not allowed"},
	       {268, "device directory corrupted"},
	       {272, "internal error"},
	       {273, "the unit's own interrupt could not be written"},
	       {274, "page table corrupted"}};

static const char *reason_of(unsigned cause)
{
	for (unsigned i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].cause == cause)
			return reasons[i].text;
	return "unknown cause";
}

static bool decode(struct dma_unit *base, const uint64_t *record, struct dma_fault *fault)
{
	unsigned type = RISCV_FAULT_TYPE(record);

	(void)base;
	*fault = (struct dma_fault){
		.requester = type == RISCV_TYPE_NONE ? UINT32_MAX : RISCV_FAULT_DEVICE(record), /* the unit's own */
		.access = DMA_FAULT_OTHER,
		.daddr = dma_daddr(RISCV_FAULT_ADDRESS(record)),
		.code = RISCV_FAULT_CAUSE(record),
		.reason = reason_of(RISCV_FAULT_CAUSE(record)),
	};
	if (type == RISCV_TYPE_READ || type == RISCV_TYPE_READ + 4)
		fault->access = DMA_FAULT_READ;
	else if (type == RISCV_TYPE_WRITE || type == RISCV_TYPE_WRITE + 4)
		fault->access = DMA_FAULT_WRITE;
	return true;
}

static bool lost(struct dma_unit *base)
{
	return dma_unit_read32(base, RISCV_FQCSR) & RISCV_FQ_ERRORS;
}

/* "fqcsr": after an overflow, or a record that could not be stored, nothing is recorded until that is acknowledged. */
static void found(struct dma_unit *base)
{
	(void)dma_riscv_csr(base, RISCV_FQCSR, RISCV_CSR_ENABLE | RISCV_FQ_ERRORS);
}

const struct dma_unit_fault_ops dma_riscv_faults = {
	.pending = dma_unit_log_pending, .decode = decode, .lost = lost, .found = found};
