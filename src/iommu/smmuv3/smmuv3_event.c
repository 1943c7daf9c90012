/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The event queue (IHI 0070, 3.5.3 and 7): what was blocked, in words.
 */
#include "../unit/fault.h"
#include "smmuv3_driver.h"

/* 7.3 */
static const char *const reasons[] = {
	[0x01] = "unsupported transaction",
	[0x02] = "stream id beyond the stream table: the device has no domain",
	[0x03] = "stream table entry inaccessible",
	[0x04] = "no valid stream table entry: the device has no domain",
	[0x05] = "translation request refused",
	[0x06] = "stream disabled",
	[0x07] = "translated request refused",
	[0x08] = "substream without a context",
	[0x09] = "context descriptor inaccessible",
	[0x0a] = "invalid context descriptor",
	[0x0b] = "page table inaccessible",
	[0x10] = "not mapped",
	[0x11] = "address beyond the domain's width",
	[0x12] = "access flag",
	[0x13] = "access not allowed",
	[0x20] = "TLB conflict",
	[0x21] = "configuration cache conflict",
};

/* The events whose record has the address of the transaction, a bit each. */
static const uint64_t with_address = 1ull << 0x01 | 1ull << 0x05 | 1ull << 0x07 | 1ull << 0x0b | 1ull << 0x10 |
				     1ull << 0x11 | 1ull << 0x12 | 1ull << 0x13 | 1ull << 0x20;

static bool decode(struct dma_unit *base, const uint64_t *event, struct dma_fault *fault)
{
	unsigned type = smmu_event_type(event);

	(void)base;
	*fault = (struct dma_fault){
		.requester = smmu_event_stream(event),
		.access = DMA_FAULT_OTHER,
		.code = type,
		.reason = dma_fault_text(reasons, sizeof(reasons) / sizeof(reasons[0]), type),
	};
	if (type >= 64 || !(with_address >> type & 1))
		return true;
	fault->daddr = dma_daddr(event[2]);
	if (!(event[1] & SMMU_EVENT_INSTRUCTION))
		fault->access = event[1] & SMMU_EVENT_READ ? DMA_FAULT_READ : DMA_FAULT_WRITE;
	return true;
}

const struct dma_unit_fault_ops dma_smmu_faults = {.pending = dma_unit_log_pending, .decode = decode};
