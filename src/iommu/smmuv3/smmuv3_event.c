/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The event queue (IHI 0070, 3.5.3 and 7): reads what was blocked, says it in words, gives the slots back.
 */
#include <dmastream/barrier.h>
#include <dmastream/platform.h>

#include "smmuv3_driver.h"

enum {
	SLOTS = 1 << SMMU_EVENT_BITS,
	WRAP_MASK = 2 * SLOTS - 1,
};

/* 7.3. `input`: the record has the address of the transaction. */
static const struct reason {
	const char *text;
	bool input;
} reasons[] = {
	[0x01] = {"unsupported transaction", true},
	[0x02] = {"stream id beyond the stream table: the device has no domain", false},
	[0x03] = {"stream table entry inaccessible", false},
	[0x04] = {"no valid stream table entry: the device has no domain", false},
	[0x05] = {"translation request refused", true},
	[0x06] = {"stream disabled", false},
	[0x07] = {"translated request refused", true},
	[0x08] = {"substream without a context", false},
	[0x09] = {"context descriptor inaccessible", false},
	[0x0a] = {"invalid context descriptor", false},
	[0x0b] = {"page table inaccessible", true},
	[0x10] = {"not mapped", true},
	[0x11] = {"address beyond the domain's width", true},
	[0x12] = {"access flag", true},
	[0x13] = {"access not allowed", true},
	[0x20] = {"TLB conflict", true},
	[0x21] = {"configuration cache conflict", false},
};

static uint32_t read_index(const struct smmu_unit *unit, enum smmu_register reg)
{
	return dma_host_mmio_read32(unit->regs + unit->event_page + reg);
}

/* Writes CONS: the head, and which overflows have been noted. */
static void write_cons(struct smmu_unit *unit, uint32_t overflow)
{
	dma_host_mmio_write32(unit->regs + unit->event_page + SMMU_EVENTQ_CONS,
			      unit->event_head | (overflow & SMMU_EVENTQ_OVERFLOW));
}

/* PROD is the unit's, and not believed beyond the queue. */
static uint32_t waiting(const struct smmu_unit *unit, uint32_t prod)
{
	uint32_t n = (prod - unit->event_head) & WRAP_MASK;

	return n <= SLOTS ? n : 0;
}

/* One turn of the queue, wherever it begins: its head moves under the lock. */
static unsigned pending(struct dma_unit *base, unsigned *first)
{
	struct smmu_unit *unit = dma_smmu_unit_of(base);
	uint32_t prod = read_index(unit, SMMU_EVENTQ_PROD), cons = read_index(unit, SMMU_EVENTQ_CONS);

	*first = 0;
	return prod == cons ? 0 : SLOTS;
}

static bool read(struct dma_unit *base, unsigned index, struct dma_fault *fault)
{
	struct smmu_unit *unit = dma_smmu_unit_of(base);
	struct smmu_event *slot = &unit->events[unit->event_head % SLOTS], event;
	const struct reason *reason;
	unsigned type;

	(void)index;
	if (!waiting(unit, read_index(unit, SMMU_EVENTQ_PROD)))
		return false;
	dma_consume(); /* the event after PROD that announced it */
	if (!unit->base.reach.snoops)
		dma_cache_invalidate(slot, sizeof(*slot));
	dma_arch_copy(&event, slot, sizeof(event));
	type = smmu_event_type(&event);
	reason = type < sizeof(reasons) / sizeof(reasons[0]) ? &reasons[type] : &reasons[0];
	*fault = (struct dma_fault){
		.requester = smmu_event_stream(&event),
		.access = DMA_FAULT_OTHER,
		.code = type,
		.reason = reason->text ? reason->text : "unknown event",
	};
	if (!reason->input)
		return true;
	fault->daddr = dma_daddr(event.word[2]);
	if (!(event.word[1] & SMMU_EVENT_INSTRUCTION))
		fault->access = event.word[1] & SMMU_EVENT_READ ? DMA_FAULT_READ : DMA_FAULT_WRITE;
	return true;
}

/* Overflows stay for faults_found. */
static void drop(struct dma_unit *base, unsigned index)
{
	struct smmu_unit *unit = dma_smmu_unit_of(base);

	(void)index;
	unit->event_head = (unit->event_head + 1) & WRAP_MASK;
	write_cons(unit, read_index(unit, SMMU_EVENTQ_CONS));
}

static bool lost(struct dma_unit *base)
{
	const struct smmu_unit *unit = dma_smmu_unit_of(base);

	return (read_index(unit, SMMU_EVENTQ_PROD) ^ read_index(unit, SMMU_EVENTQ_CONS)) & SMMU_EVENTQ_OVERFLOW;
}

static void found(struct dma_unit *base)
{
	struct smmu_unit *unit = dma_smmu_unit_of(base);

	write_cons(unit, read_index(unit, SMMU_EVENTQ_PROD));
}

const struct dma_unit_fault_ops dma_smmu_faults = {pending, read, drop, lost, found};
