/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The fault queue (RISC-V IOMMU 1.0, "Fault/Event-Queue"): what was blocked, in words. And the page-request queue
 * ("Page-Request-Queue"): no context lets a device ask for pages, so that the unit refuses requests by itself. One that
 * gets into the queue all the same is a fault, too, and its device is told that nobody answers.
 */
#include "riscv_driver.h"

/* "Fault record CAUSE field encodings": those that there can be without processes. */
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
	       {RISCV_CAUSE_DISALLOWED, "transaction of a type that is not allowed"},
	       {261, "MSI page table inaccessible"},
	       {262, "message to an interrupt file that the device does not have"},
	       {263, "MSI page table misconfigured"},
	       {268, "device directory corrupted"},
	       {270, "MSI page table corrupted"},
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
	return dma_unit_read32(base, RISCV_FQCSR) & RISCV_LOST;
}

/* "fqcsr": after an overflow, or a record that could not be stored, nothing is recorded until that is acknowledged. */
static void found(struct dma_unit *base)
{
	(void)dma_riscv_csr(base, RISCV_FQCSR, RISCV_CSR_ENABLE | RISCV_LOST);
}

const struct dma_unit_fault_ops dma_riscv_faults = {
	.pending = dma_unit_log_pending, .decode = decode, .lost = lost, .found = found};

/* ---- Page requests ----------------------------------------------------------------------------------------------- */

static bool decode_request(struct dma_unit *base, const uint64_t *record, struct dma_fault *fault)
{
	(void)base;
	*fault = (struct dma_fault){
		.requester = RISCV_FAULT_DEVICE(record),
		.access = record[1] & RISCV_REQUEST_WRITE  ? DMA_FAULT_WRITE
			  : record[1] & RISCV_REQUEST_READ ? DMA_FAULT_READ
							   : DMA_FAULT_OTHER,
		.daddr = dma_daddr(record[1] & ~(uint64_t)4095),
		.code = RISCV_CAUSE_DISALLOWED,
		.reason = "page request, which no device may make",
	};
	return true;
}

/* "PCIe ATS Page Request handling": the last of a group is answered, and a "Stop Marker", which neither reads nor
 * writes, is not. */
static void answer(struct dma_unit *base, const uint64_t *record)
{
	if (record[1] & RISCV_REQUEST_LAST && record[1] & (RISCV_REQUEST_READ | RISCV_REQUEST_WRITE))
		(void)dma_riscv_run_one(base, riscv_response(record)); /* a unit that does not answer is given up */
}

static bool lost_requests(struct dma_unit *base)
{
	return dma_unit_read32(base, RISCV_PQCSR) & RISCV_LOST;
}

/* "pqcsr": as fqcsr. The unit has answered those that it did not store. */
static void found_requests(struct dma_unit *base)
{
	(void)dma_riscv_csr(base, RISCV_PQCSR, RISCV_CSR_ENABLE | RISCV_LOST);
}

const struct dma_unit_fault_ops dma_riscv_requests = {.pending = dma_unit_requests_pending,
						      .decode = decode_request,
						      .answer = answer,
						      .lost = lost_requests,
						      .found = found_requests};
