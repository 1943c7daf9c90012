/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The event queue (IHI 0070, 3.5.3 and 7): reads what was blocked, says it in words, gives the slots back.
 */
#include <dmastream/barrier.h>
#include <dmastream/platform.h>

#include "../unit/fault.h"
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

/* The domain that has the stream, if any. Lock held: table_lock. */
static struct smmu_domain *domain_of(struct smmu_unit *unit, uint32_t stream, struct dma_device **dev)
{
	for (struct smmu_domain *domain = unit->domains; domain; domain = domain->next)
		for (*dev = domain->devices; *dev; *dev = (*dev)->backend)
			if ((*dev)->requester == stream)
				return domain;
	*dev = NULL;
	return NULL;
}

static void report(struct smmu_unit *unit, const struct smmu_event *event)
{
	unsigned type = smmu_event_type(event);
	const struct reason *reason = type < sizeof(reasons) / sizeof(reasons[0]) ? &reasons[type] : &reasons[0];
	struct dma_fault fault = {
		.requester = smmu_event_stream(event),
		.access = DMA_FAULT_OTHER,
		.code = type,
		.reason = reason->text ? reason->text : "unknown event",
	};
	struct smmu_domain *domain;
	uintptr_t state;

	if (reason->input) {
		fault.daddr = dma_daddr(event->word[2]);
		if (!(event->word[1] & SMMU_EVENT_INSTRUCTION))
			fault.access = event->word[1] & SMMU_EVENT_READ ? DMA_FAULT_READ : DMA_FAULT_WRITE;
	}
	state = dma_host_lock(&unit->table_lock);
	domain = domain_of(unit, fault.requester, &fault.dev);
	unit->reporting++; /* detach waits for us: the device must not go while its name is read */
	dma_host_unlock(&unit->table_lock, state);
	dma_fault_report(domain ? &domain->space : NULL, &fault);
	state = dma_host_lock(&unit->table_lock);
	unit->reporting--;
	dma_host_unlock(&unit->table_lock, state);
}

/* Copies the next event out and gives its slot back; false: there is none. PROD is the unit's, and not believed
 * beyond the queue. */
static bool take(struct smmu_unit *unit, struct smmu_event *event, bool *lost)
{
	uintptr_t state = dma_host_lock(&unit->event_lock);
	uint32_t prod = dma_smmu_read(unit, SMMU_EVENTQ_PROD), overflow = prod & SMMU_EVENTQ_OVERFLOW;
	uint32_t cons = dma_smmu_read(unit, SMMU_EVENTQ_CONS);
	uint32_t waiting = (prod - unit->event_head) & WRAP_MASK;
	bool any = waiting != 0 && waiting <= SLOTS;

	*lost = overflow != (cons & SMMU_EVENTQ_OVERFLOW);
	if (any) {
		struct smmu_event *slot = &unit->events[unit->event_head % SLOTS];

		dma_consume(); /* the event after PROD that announced it */
		if (!unit->snoops)
			dma_cache_invalidate(slot, sizeof(*slot));
		dma_arch_copy(event, slot, sizeof(*event));
		unit->event_head = (unit->event_head + 1) & WRAP_MASK;
	}
	if (any || *lost)
		dma_smmu_write(unit, SMMU_EVENTQ_CONS, unit->event_head | overflow);
	dma_host_unlock(&unit->event_lock, state);
	return any;
}

unsigned dma_smmu_poll(struct dma_iommu *iommu)
{
	struct smmu_unit *unit = dma_smmu_of(iommu);
	struct smmu_event event;
	unsigned n = 0;
	bool more = true, lost;

	/* A device that faults on and on does not keep us here: one turn of the queue. */
	for (unsigned i = 0; i < SLOTS && more; i++) {
		more = take(unit, &event, &lost);
		if (lost) {
			dma_fault_lost(NULL, 1);
			n++;
		}
		if (more) {
			report(unit, &event);
			n++;
		}
	}
	return n;
}
