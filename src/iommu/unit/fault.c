/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Faults: who had the address, then everybody who wants to know.
 */
#include "fault.h"
#include "../../base/state.h"

#define BURST	    10u		 /* lines in a row */
#define INTERVAL_NS 100000000ull /* then one in so much time */

static struct {
	struct dma_lock lock;
	dma_fault_handler *handler;
	void *context;
	uint64_t refilled_ns;
	uint32_t lines;	     /* that may be logged now */
	uint32_t suppressed; /* since the last line */
	bool started;
} reports;

void dma_iommu_on_fault(dma_fault_handler *handler, void *context)
{
	uintptr_t state = dma_host_lock(&reports.lock);

	reports.handler = handler;
	reports.context = context;
	dma_host_unlock(&reports.lock, state);
}

/* A device that is out to fault must not fill the log: a bucket of lines that fills slowly. The lock is held. */
static bool may_log(uint64_t now, uint32_t *suppressed)
{
	uint64_t passed = now - reports.refilled_ns;
	uint64_t gained = (int64_t)passed > 0 ? passed / INTERVAL_NS : 0; /* clocks of CPUs differ */

	if (!reports.started) {
		reports.started = true;
		reports.lines = BURST;
		reports.refilled_ns = now;
	} else if (gained) {
		reports.lines = gained < BURST - reports.lines ? reports.lines + (uint32_t)gained : BURST;
		reports.refilled_ns = now;
	}
	if (reports.lines == 0) {
		reports.suppressed++;
		return false;
	}
	reports.lines--;
	*suppressed = reports.suppressed;
	reports.suppressed = 0;
	return true;
}

static void attribute(struct dma_space *space, struct dma_fault *fault)
{
	struct dma_lookup found = {0};

	fault->owner = DMA_FAULT_NOBODY;
	fault->tag = 0;
	fault->released_ns = 0;
	if (!space || !space->mapper->lookup)
		return;
	space->mapper->lookup(space, fault->daddr.raw, &found);
	fault->tag = found.tag;
	if (found.live) {
		fault->owner = DMA_FAULT_LIVE;
	} else if (found.tag) {
		fault->owner = DMA_FAULT_RELEASED;
		fault->released_ns = found.ago_ns;
	}
}

static void log_line(const struct dma_fault *fault, uint32_t suppressed)
{
	static const char *const access[] = {"?", "read", "write", "access"};
	const char *name = fault->dev ? fault->dev->name : "unknown device";
	const char *what = access[(unsigned)fault->access & 3];

	if (suppressed)
		dma_log("dmastream: %u fault lines left out", suppressed);
	switch (fault->owner) {
	case DMA_FAULT_LIVE:
		dma_log("dmastream: %s (%x): %s at %x blocked: %s; mapped, tag %x", name, (uint64_t)fault->requester,
			what, fault->daddr.raw, fault->reason, (uint64_t)fault->tag);
		break;
	case DMA_FAULT_RELEASED:
		dma_log("dmastream: %s (%x): %s at %x blocked: %s; released %u ms ago, tag %x", name,
			(uint64_t)fault->requester, what, fault->daddr.raw, fault->reason,
			(unsigned)(fault->released_ns / 1000000), (uint64_t)fault->tag);
		break;
	default:
		dma_log("dmastream: %s (%x): %s at %x blocked: %s; never mapped", name, (uint64_t)fault->requester,
			what, fault->daddr.raw, fault->reason);
	}
}

void dma_fault_report(struct dma_space *space, struct dma_fault *fault)
{
	uint64_t now = dma_host_time_ns();
	uint32_t suppressed = 0;
	dma_fault_handler *handler;
	uintptr_t state;
	void *context;
	bool log;

	attribute(space, fault);
	state = dma_host_lock(&reports.lock);
	log = may_log(now, &suppressed);
	handler = reports.handler;
	context = reports.context;
	dma_host_unlock(&reports.lock, state);
	if (log)
		log_line(fault, suppressed);
	if (handler)
		handler(fault, context);
}

void dma_fault_log_lost(unsigned n)
{
	dma_log("dmastream: at least %u faults were lost: the hardware had no room for them", n);
}

void dma_fault_count(struct dma_space *space, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		dma_count_fault();
	if (space)
		dma_add(&space->faults, n);
}
