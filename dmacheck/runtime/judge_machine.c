/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The library's accesses and streams, and what the machine finds by itself, as findings.
 */
#include "judge.h"
#include <stdio.h>

static void load_of_coherent(uint64_t offset, unsigned n, uint64_t apart)
{
	struct shadow *page = page_of_frame(offset, false);
	struct mapping *m;

	if (judge_off || !page || page->host)
		return;
	m = judge_mapping_at(page, 0);
	if (m && !m->dir)
		judge_order(page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)), n, m, apart);
}

static void on_cpu_load(uint64_t offset, unsigned n)
{
	load_of_coherent(offset, n, UINT64_MAX);
}

/* A plain load. One allocation holds many things that are polled and need no order among each other (the index and the
 * event of a virtqueue): only what is one entry of a ring is compared. */
static void on_cpu_plain_load(uint64_t offset, unsigned n)
{
	load_of_coherent(offset, n, 16);
}

static void on_cpu_store(uint64_t offset, unsigned n)
{
	struct shadow *page = page_of_frame(offset, false);
	unsigned at = (unsigned)(offset & (DMA_PAGE_SIZE - 1));
	site_t site;

	if (judge_off || !page || page->host)
		return;
	site = stack_here();
	for (unsigned i = 0; i < n; i++) {
		page->cpu[at + i] = site;
		page->when[at + i] = 0;
	}
}

static void on_consumed(void)
{
	judge_consumed_at = sim.time;
}

static void on_begins(uint64_t cpu, uint64_t device, uint64_t daddr, size_t npages, unsigned dir)
{
	struct mapping like = {.api = API_LIBRARY,
			       .what = dir ? "a stream" : "coherent memory",
			       .size = npages << DMA_PAGE_SHIFT,
			       .daddr = daddr,
			       .dir = dir,
			       .pages = (uint32_t)npages,
			       .live = true};
	uint64_t offset, other;
	struct mapping *m;

	if (!ram_offset(cpu, 1, &offset) || !ram_offset(device, 1, &other))
		return;
	like.slot = other >> DMA_PAGE_SHIFT;
	like.made = stack_here();
	like.frame = offset >> DMA_PAGE_SHIFT;
	m = ledger_add(&like);
	for (size_t i = 0; i < npages; i++) {
		struct shadow *page = page_of_frame(offset + (i << DMA_PAGE_SHIFT), true);

		page_link(page, m);
		if (other != offset)
			page_link(page_of_frame(other + (i << DMA_PAGE_SHIFT), true), m);
		memset(page->cpu, 0, sizeof(page->cpu));
		memset(page->device, 0, sizeof(page->device));
		memset(page->when, 0, sizeof(page->when));
	}
}

static void on_ends(uint64_t cpu, uint64_t device, uint64_t daddr, size_t npages)
{
	uint64_t offset, other;

	if (!ram_offset(cpu, 1, &offset) || !ram_offset(device, 1, &other))
		return;
	for (size_t i = 0; i < npages; i++)
		ledger_end_page(offset + (i << DMA_PAGE_SHIFT), other + (i << DMA_PAGE_SHIFT),
				daddr + (i << DMA_PAGE_SHIFT));
}

static void on_synced(uint64_t offset, unsigned n, unsigned dir)
{
	(void)offset, (void)n, (void)dir;
}

/* What the machine found by itself. */
static bool on_failed(enum sim_failure kind, uint64_t offset, const char *text)
{
	struct shadow *page = offset < sim.nbytes ? page_of_frame(offset, false) : NULL;
	unsigned at = (unsigned)(offset & (DMA_PAGE_SIZE - 1));
	const struct mapping *m = page ? judge_mapping_at(page, at) : NULL;
	bool stale = kind == SIM_STALE_DEVICE || kind == SIM_STALE_CPU,
	     lines = kind == SIM_SHARED_LINE || kind == SIM_LOST_WRITE;
	struct finding *f;
	site_t written;

	page = page ? judge_cpu_page(page, m) : NULL;
	written = page ? page->cpu[at] : 0;
	if (stale && judge_found && sim.time - judge_found <= 8)
		return true;
	if (m && !m->dir && page->host && stale)
		return true; /* the order of coherent memory is judge_found above */
	if (page && page->host && !m && lines)
		for (unsigned i = 0; i < 1u << sim.line_shift && !m; i++) /* who else is in that line */
			m = judge_mapping_at(page, (at & ~((1u << sim.line_shift) - 1)) + i);
	for (unsigned i = 0; page && lines && !written && i < 1u << sim.line_shift; i++)
		written = page->cpu[(at & ~((1u << sim.line_shift) - 1)) + i];
	f = finding_new(kind == SIM_CHECK_FAILED ? CHECK
			: lines			 ? SHARED_LINE_RULE
			: stale && !(m && m->api != API_LIBRARY && m->dir)
				? (kind == SIM_STALE_CPU ? MISSING_SYNC_TO_CPU : MISSING_SYNC_TO_DEVICE)
			: m && m->api == API_LIBRARY ? MACHINE_RULE
			: stale || kind == SIM_FOREIGN_BYTE || kind == SIM_SHARED_BIT || kind == SIM_CONTRACT ||
					kind == SIM_USE_AFTER_FREE || kind == SIM_NOT_HANDED_OVER || kind == SIM_ALIAS
				? LAYER
				: MACHINE_RULE,
			m, kind == SIM_STALE_DEVICE ? written : 0);
	finding_say(f, "%s", text);
	if (kind == SIM_STALE_DEVICE)
		f->other = *stack_of(stack_here());
	else if (kind == SIM_STALE_CPU && page)
		f->other = *stack_of(page->device[at]);
	else
		f->other = *stack_of(written);
	if (f->other.pc)
		snprintf(f->other_text, sizeof(f->other_text), "%s",
			 kind == SIM_STALE_DEVICE ? "the device reads them while the driver is"
			 : kind == SIM_STALE_CPU  ? "the device wrote them while the driver was"
						  : "the CPU wrote in that line");
	if (stale)
		snprintf(f->missing, sizeof(f->missing), "%s between the two",
			 ledger_call(m, kind == SIM_STALE_DEVICE));
	else if (lines)
		snprintf(f->missing, sizeof(f->missing),
			 "a line of its own (%u bytes here) for what the device writes, or a sync between the two",
			 1u << sim.line_shift);
	finding_send(f);
	return true;
}

static const struct sim_observer observer = {
	.cpu_load = on_cpu_load,
	.cpu_plain_load = on_cpu_plain_load,
	.cpu_store = on_cpu_store,
	.device = judge_device,
	.device_lost = judge_device_lost,
	.consumed = on_consumed,
	.begins = on_begins,
	.ends = on_ends,
	.synced = on_synced,
	.happened = trace_event,
	.failed = on_failed,
};

void judge_watch(void)
{
	sim_observer = &observer;
}
