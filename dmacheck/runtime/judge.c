/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Whose bytes are they? What the CPU wrote must be handed over before a device reads it, what a device wrote must
 * be taken back before the CPU reads it: on every machine, so that a driver that passes runs on machines that copy,
 * maintain caches, or do neither. Where a device uses the CPU's addresses and the driver cleans and invalidates by
 * itself, the same holds on machines that do not snoop.
 *
 * The machine judges lines besides (machine/oracle.c); its failures become findings here, too.
 */
#include "runtime.h"
#include <stdio.h>

bool judge_off;
static uint32_t judged; /* sim.time of the last finding of a missing sync: the machine need not repeat it */
static uint32_t consumed_at;
static uint64_t accesses;

uint64_t judge_accesses(void)
{
	return accesses;
}

void judge_start(void)
{
	judged = 0;
	consumed_at = 0;
}

static struct mapping *mapping_at(const struct shadow *page, unsigned at)
{
	const struct link *link = page->links;

	if (!page->host)
		return link ? link->mapping : NULL;
	for (; link; link = link->next) {
		struct mapping *m = link->mapping;

		if (m->live && (uintptr_t)(page->host + at) - (uintptr_t)m->va < m->size)
			return m;
	}
	return NULL;
}

static uint64_t offset_in(const struct mapping *m, const struct shadow *page, unsigned at)
{
	if (!m)
		return at;
	if (!page->host)
		return (page->frame - m->frame) * DMA_PAGE_SIZE + at;
	return (uint64_t)(page->host + at - m->va);
}

static void owner(struct finding *f, const struct mapping *m, const struct shadow *page, unsigned at)
{
	bool cpu = page->flags[at] & BYTE_CPU;

	if (m && m->dir)
		snprintf(f->owner, sizeof(f->owner), "%s", cpu ? "the CPU, since it was synced for it" : "the device");
	else if (m)
		snprintf(f->owner, sizeof(f->owner), "both (coherent memory)");
}

/* ---- The CPU ---- */

/* In coherent memory: an older write of the device's is read after a newer one, with nothing between that orders the
 * two loads. */
static void judge_order(const struct shadow *page, unsigned at, unsigned n, struct mapping *m)
{
	uint32_t newest = 0, oldest = UINT32_MAX;
	struct finding *f;

	for (unsigned i = 0; i < n; i++) {
		uint32_t when = page->when[at + i];

		if (when > consumed_at) {
			newest = when > newest ? when : newest;
			oldest = when < oldest ? when : oldest;
		}
	}
	if (!newest)
		return;
	if (m->newest_seen > consumed_at && oldest < m->newest_seen) {
		f = finding_new(MISSING_READ_BARRIER, m, 0);
		finding_say(f,
			    "the CPU reads %u bytes at +0x%llx that the device wrote before what the CPU read first: "
			    "the load may "
			    "have run early and give the old bytes",
			    n, (unsigned long long)offset_in(m, page, at));
		f->other = *stack_of(m->newest_site);
		snprintf(f->other_text, sizeof(f->other_text), "the newer bytes were read");
		snprintf(f->missing, sizeof(f->missing), "%s between the two loads",
			 m && m->api == API_LIBRARY ? "dma_consume()" : "a read barrier (dma_rmb())");
		finding_send(f);
		m->newest_seen = 0;
	} else if (newest > m->newest_seen) {
		m->newest_seen = newest;
		m->newest_site = stack_here();
	}
}

static bool marks_count(const struct mapping *m)
{
	return m ? m->dir != 0 : !sim.config.device.coherent;
}

void judge_cpu_load(struct shadow *page, unsigned at, unsigned n)
{
	struct mapping *m;
	struct finding *f;

	if (judge_off)
		return;
	m = mapping_at(page, at);
	if (m && !m->dir) {
		judge_order(page, at, n, m);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned count = 1;

		if (!page->device[at + i])
			continue;
		m = mapping_at(page, at + i);
		if (!marks_count(m))
			continue;
		while (i + count < n && page->device[at + i + count])
			count++;
		f = finding_new(MISSING_SYNC_TO_CPU, m, 0);
		finding_say(f, "the CPU reads %u bytes at +0x%llx that the device wrote", count,
			    (unsigned long long)offset_in(m, page, at + i));
		f->other = *stack_of(page->device[at + i]);
		snprintf(f->other_text, sizeof(f->other_text), "the device wrote them while the driver was");
		snprintf(f->missing, sizeof(f->missing), "%s between the device's write and this read",
			 ledger_call(m, false));
		owner(f, m, page, at + i);
		finding_send(f);
		judged = sim.time;
		memset(page->device + at, 0, n * sizeof(site_t));
		return;
	}
}

void judge_cpu_store(struct shadow *page, unsigned at, unsigned n, site_t site)
{
	struct mapping *m;
	struct finding *f;

	if (judge_off)
		return;
	m = mapping_at(page, at);
	if (m && m->api != API_LIBRARY && m->dir == DMA_FROM_DEVICE && !(page->flags[at] & BYTE_CPU)) {
		f = finding_new(WRITE_WHILE_OWNED, m, site);
		finding_say(f, "the CPU writes %u bytes at +0x%llx, which are the device's to write", n,
			    (unsigned long long)offset_in(m, page, at));
		snprintf(f->missing, sizeof(f->missing), "%s before the CPU touches the buffer", ledger_call(m, false));
		owner(f, m, page, at);
		finding_send(f);
	}
	for (unsigned i = 0; i < n; i++) {
		page->cpu[at + i] = site;
		page->device[at + i] = 0;
		page->when[at + i] = 0;
	}
}

static void each_page(const void *va, size_t n, void (*call)(struct shadow *page, unsigned at, unsigned n))
{
	const unsigned char *at = va;

	while (n) {
		unsigned in = (unsigned)((uintptr_t)at & (DMA_PAGE_SIZE - 1));
		unsigned part = n < DMA_PAGE_SIZE - in ? (unsigned)n : (unsigned)(DMA_PAGE_SIZE - in);
		struct shadow *page = page_at(at, false);

		if (page)
			call(page, in, part);
		at += part;
		n -= part;
	}
}

static void hand_over(struct shadow *page, unsigned at, unsigned n)
{
	memset(page->cpu + at, 0, n * sizeof(site_t));
	for (unsigned i = 0; i < n; i++)
		page->flags[at + i] &= (uint8_t)~BYTE_CPU;
}

static void take_back(struct shadow *page, unsigned at, unsigned n)
{
	memset(page->device + at, 0, n * sizeof(site_t));
	for (unsigned i = 0; i < n; i++)
		page->flags[at + i] |= BYTE_CPU;
}

void judge_hand_over(const void *va, size_t n)
{
	each_page(va, n, hand_over);
}

void judge_take_back(const void *va, size_t n)
{
	each_page(va, n, take_back);
}

/* ---- Devices ---- */

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
			if (store_unpublished(&sim.cpus[c], (page->frame << DMA_PAGE_SHIFT) + at, n)) {
				f = finding_new(MISSING_WRITE_BARRIER, m, 0);
				device_names(f, dev, n, false, m, offset_in(m, page, at));
				f->other = *stack_of(page->cpu[at]);
				snprintf(f->other_text, sizeof(f->other_text), "the CPU wrote them");
				snprintf(f->missing, sizeof(f->missing),
					 "%s after that write, before the device is told",
					 m->api == API_LIBRARY ? "dma_publish()"
							       : "a write barrier (dma_wmb(), or writel())");
				finding_send(f);
				judged = sim.time;
				return;
			}
		return;
	}
	if (!marks_count(m))
		return;
	for (unsigned i = 0; i < n; i++) {
		unsigned count = 1;

		if (!page->cpu[at + i])
			continue;
		while (i + count < n && page->cpu[at + i + count])
			count++;
		f = finding_new(MISSING_SYNC_TO_DEVICE, m, page->cpu[at + i]);
		finding_say(f, "the CPU wrote %u bytes at +0x%llx", count,
			    (unsigned long long)offset_in(m, page, at + i));
		f->other = *stack_of(stack_here());
		snprintf(f->other_text, sizeof(f->other_text), "device %s reads them while the driver is",
			 sim_device_config(dev)->name);
		snprintf(f->missing, sizeof(f->missing), "%s between that write and the device's read",
			 ledger_call(m, true));
		owner(f, m, page, at + i);
		finding_send(f);
		judged = sim.time;
		memset(page->cpu + at, 0, n * sizeof(site_t));
		return;
	}
}

/* The library's: the page as the CPU sees it. */
static struct shadow *cpu_page(struct shadow *page, const struct mapping *m)
{
	if (!m || m->api != API_LIBRARY || page->frame - m->slot >= m->pages)
		return page;
	return page_of_frame((m->frame + page->frame - m->slot) << DMA_PAGE_SHIFT, true);
}

static void device_writes(struct shadow *page, unsigned at, unsigned n, const struct mapping *m)
{
	site_t here = stack_here();

	page = cpu_page(page, m);
	if (m && m->api == API_LIBRARY && m->dir) { /* the machine judges streams; this is for its reports */
		for (unsigned i = 0; i < n; i++)
			page->device[at + i] = here;
		return;
	}
	if (!marks_count(m) && !(m && !m->dir))
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

static void on_device(const struct sim_device *dev, uint64_t daddr, uint64_t offset, unsigned n, bool write)
{
	struct mapping *m = NULL;
	struct shadow *page;
	struct finding *f;

	accesses++;
	if (judge_off)
		return;
	page = page_of_frame(offset, false);
	if (page && !page->host) { /* the library's streams are judged by its own address */
		m = mapping_at(page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)));
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
		owner(f, m, page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)));
		finding_send(f);
	}
judge:
	if (write)
		device_writes(page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)), n, m);
	else
		device_reads(page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)), n, dev, m);
}

static void on_device_lost(const struct sim_device *dev, uint64_t daddr, size_t n, bool write)
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

/* ---- The library's accesses and streams ---- */

static void on_cpu_load(uint64_t offset, unsigned n)
{
	struct shadow *page = page_of_frame(offset, false);
	struct mapping *m;

	if (judge_off || !page || page->host)
		return;
	m = mapping_at(page, 0);
	if (m && !m->dir)
		judge_order(page, (unsigned)(offset & (DMA_PAGE_SIZE - 1)), n, m);
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
	consumed_at = sim.time;
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
	const struct mapping *m = page ? mapping_at(page, at) : NULL;
	bool stale = kind == SIM_STALE_DEVICE || kind == SIM_STALE_CPU,
	     lines = kind == SIM_SHARED_LINE || kind == SIM_LOST_WRITE;
	struct finding *f;
	site_t written;

	page = page ? cpu_page(page, m) : NULL;
	written = page ? page->cpu[at] : 0;
	if (stale && judged && sim.time - judged <= 8)
		return true;
	if (m && !m->dir && page->host && stale)
		return true; /* the order of coherent memory is judged above */
	if (page && page->host && !m && lines)
		for (unsigned i = 0; i < 1u << sim.line_shift && !m; i++) /* who else is in that line */
			m = mapping_at(page, (at & ~((1u << sim.line_shift) - 1)) + i);
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
	.cpu_store = on_cpu_store,
	.device = on_device,
	.device_lost = on_device_lost,
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
