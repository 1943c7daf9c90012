/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What devices read and write, judged: is it mapped for them, in that direction, and theirs?
 */
#include "judge.h"
#include <stdio.h>

static uint64_t accesses;

uint64_t judge_accesses(void)
{
	return accesses;
}

static void device_names(struct finding *f, const struct sim_device *dev, unsigned n, bool write,
			 const struct mapping *m, uint64_t off)
{
	finding_say(f, "device %s %s %u bytes at +0x%llx", sim_device_config(dev)->name, write ? "writes" : "reads", n,
		    (unsigned long long)off);
	(void)m;
}

static bool covered(const struct sim_device *dev, uint64_t daddr, unsigned n, bool write, struct mapping **found)
{
	struct mapping *m = ledger_find(dev, daddr, true), *dead;
	struct finding *f;

	*found = m;
	if (m && daddr - m->daddr + n <= m->size)
		return true;
	if (m) {
		f = finding_new(OUTSIDE_MAPPING, m, 0);
		device_names(f, dev, n, write, m, daddr - m->daddr);
		snprintf(f->missing, sizeof(f->missing), "the mapping is %zu bytes long", m->size);
		finding_send(f);
		return false;
	}
	dead = ledger_find(dev, daddr, false);
	f = finding_new(dead ? USE_AFTER_UNMAP : OUTSIDE_MAPPING, dead, 0);
	if (dead) {
		device_names(f, dev, n, write, dead, daddr - dead->daddr);
		snprintf(f->missing, sizeof(f->missing),
			 "the device must be stopped, or be done, before the buffer is unmapped");
	} else {
		finding_say(f, "device %s %s %u bytes at 0x%llx, where nothing is mapped for it",
			    sim_device_config(dev)->name, write ? "writes" : "reads", n, (unsigned long long)daddr);
	}
	finding_send(f);
	return false;
}

static void device_reads(struct shadow *page, unsigned at, unsigned n, const struct sim_device *dev, struct mapping *m)
{
	struct finding *f;

	if (m && !m->dir) {
		for (unsigned c = 0; c < sim.config.cpus; c++)
			if (store_overtaken(&sim.cpus[c], (page->frame << DMA_PAGE_SHIFT) + at, n)) {
				f = finding_new(MISSING_WRITE_BARRIER, m, 0);
				device_names(f, dev, n, false, m, judge_offset_in(m, page, at));
				f->other = *stack_of(page->cpu[at]);
				snprintf(f->other_text, sizeof(f->other_text), "the CPU wrote them");
				snprintf(f->missing, sizeof(f->missing),
					 "%s after that write, before the device is told",
					 m->api == API_LIBRARY ? "dma_publish()"
							       : "a write barrier (dma_wmb(), or writel())");
				finding_send(f);
				judge_found = sim.time;
				return;
			}
		return;
	}
	if (!judge_marks_count(m))
		return;
	for (unsigned i = 0; i < n; i++) {
		unsigned count = 1;

		if (!page->cpu[at + i])
			continue;
		while (i + count < n && page->cpu[at + i + count])
			count++;
		f = finding_new(MISSING_SYNC_TO_DEVICE, m, page->cpu[at + i]);
		finding_say(f, "the CPU wrote %u bytes at +0x%llx", count,
			    (unsigned long long)judge_offset_in(m, page, at + i));
		f->other = *stack_of(stack_here());
		snprintf(f->other_text, sizeof(f->other_text), "device %s reads them while the driver is",
			 sim_device_config(dev)->name);
		snprintf(f->missing, sizeof(f->missing), "%s between that write and the device's read",
			 ledger_call(m, true));
		judge_owner(f, m, page, at + i);
		finding_send(f);
		judge_found = sim.time;
		memset(page->cpu + at, 0, n * sizeof(site_t));
		return;
	}
}

/* The library's: the page as the CPU sees it. */
struct shadow *judge_cpu_page(struct shadow *page, const struct mapping *m)
{
	if (!m || m->api != API_LIBRARY || page->frame - m->slot >= m->pages)
		return page;
	return page_of_frame((m->frame + page->frame - m->slot) << DMA_PAGE_SHIFT, true);
}

static void device_writes(struct shadow *page, unsigned at, unsigned n, const struct mapping *m)
{
	site_t here = stack_here();

	page = judge_cpu_page(page, m);
	if (m && m->api == API_LIBRARY && m->dir) { /* the machine judges streams; this is for its reports */
		for (unsigned i = 0; i < n; i++)
			page->device[at + i] = here;
		return;
	}
	if (!judge_marks_count(m) && !(m && !m->dir))
		return;
	for (unsigned i = 0; i < n; i++) {
		page->device[at + i] = m && !m->dir ? 0 : here ? here : 1;
		page->when[at + i] = sim.time;
		if (!(m && m->api == API_LIBRARY))
			page->cpu[at + i] = 0;
	}
}

/* Where the byte of a mapping is that the device should have reached. */
static uint64_t expected(const struct mapping *m, uint64_t daddr)
{
	uint64_t offset, paddr = m->slot ? m->slot + (daddr - m->daddr) : page_paddr(m->va + (daddr - m->daddr));

	return ram_offset(paddr, 1, &offset) ? offset : UINT64_MAX;
}

void judge_device(const struct sim_device *dev, uint64_t daddr, uint64_t offset, unsigned n, bool write)
{
	struct mapping *m = NULL;
	struct shadow *page;
	struct finding *f;

	accesses++;
	if (judge_off)
		return;
	page = page_of_frame(offset, false);
	if (page && !page->host) { /* the library's streams are judge_found by its own address */
		m = judge_mapping_at(page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)));
		if (write)
			device_writes(page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)), n, m);
		return;
	}
	if (!ledger_doors())
		return; /* only the library maps here, and the machine judges that */
	m = ledger_find(dev, daddr, true);
	if (!m && page && page->host && ledger_identity())
		goto judge;
	if (!covered(dev, daddr, n, write, &m))
		return;
	if (m->dir && !(m->dir & (write ? DMA_FROM_DEVICE : DMA_TO_DEVICE))) {
		f = finding_new(WRONG_DIRECTION, m, 0);
		device_names(f, dev, n, write, m, daddr - m->daddr);
		snprintf(f->missing, sizeof(f->missing), "the mapping is %s: map it in the direction of the data",
			 ledger_dir(m->dir));
		finding_send(f);
	}
	if (expected(m, daddr) != offset) {
		f = finding_new(LAYER, m, 0);
		finding_say(f,
			    "device %s reached another page than the mapping's: its IOMMU still has an old translation "
			    "of this address",
			    sim_device_config(dev)->name);
		finding_send(f);
		return;
	}
	page = page_at(m->va + (daddr - m->daddr), true);
	offset = (uintptr_t)(m->va + (daddr - m->daddr));
	if (m->dir && page->flags[offset & (DMA_PAGE_SIZE - 1)] & BYTE_CPU) {
		f = finding_new(NOT_HANDED_BACK, m, 0);
		device_names(f, dev, n, write, m, daddr - m->daddr);
		f->other = *stack_of(m->synced_from);
		snprintf(f->other_text, sizeof(f->other_text), "the CPU took them back");
		snprintf(f->missing, sizeof(f->missing), "%s after the CPU has looked", ledger_call(m, true));
		judge_owner(f, m, page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)));
		finding_send(f);
	}
judge:
	if (write)
		device_writes(page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)), n, m);
	else
		device_reads(page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)), n, dev, m);
}

void judge_device_lost(const struct sim_device *dev, uint64_t daddr, size_t n, bool write)
{
	struct mapping *m;
	struct finding *f;

	if (judge_off || !ledger_doors() || !covered(dev, daddr, n < 64 ? (unsigned)n : 64, write, &m))
		return;
	if (m->dir && !(m->dir & (write ? DMA_FROM_DEVICE : DMA_TO_DEVICE))) {
		f = finding_new(WRONG_DIRECTION, m, 0);
		device_names(f, dev, (unsigned)n, write, m, daddr - m->daddr);
		snprintf(f->missing, sizeof(f->missing), "the mapping is %s: map it in the direction of the data",
			 ledger_dir(m->dir));
	} else {
		f = finding_new(LAYER, m, 0);
		finding_say(f,
			    "device %s cannot reach a mapping of its own at +0x%llx: the page is private, or not "
			    "mapped in its IOMMU",
			    sim_device_config(dev)->name, (unsigned long long)(daddr - m->daddr));
	}
	finding_send(f);
}
