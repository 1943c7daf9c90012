/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Whose bytes are they? What the CPU wrote must be handed over before a device reads it, what a device wrote must
 * be taken back before the CPU reads it: on every machine, so that a driver that passes runs on machines that copy,
 * maintain caches, or do neither. Where a device uses the CPU's addresses and the driver cleans and invalidates by
 * itself, the same holds on machines that do not snoop.
 *
 * The machine judges lines besides (machine/oracle.c); its failures become findings here, too.
 */
#include "judge.h"
#include <stdio.h>

bool judge_off;
uint32_t judge_found;
uint32_t judge_consumed_at;

void judge_start(void)
{
	judge_found = 0;
	judge_consumed_at = 0;
}

struct mapping *judge_mapping_at(const struct shadow *page, unsigned at)
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

uint64_t judge_offset_in(const struct mapping *m, const struct shadow *page, unsigned at)
{
	if (!m)
		return at;
	if (!page->host)
		return (page->frame - m->frame) * DMA_PAGE_SIZE + at;
	return (uint64_t)(page->host + at - m->va);
}

void judge_owner(struct finding *f, const struct mapping *m, const struct shadow *page, unsigned at)
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
void judge_order(const struct shadow *page, unsigned at, unsigned n, struct mapping *m, uint64_t apart)
{
	uint64_t here = (page->frame << DMA_PAGE_SHIFT) + at;
	uint32_t newest = 0, oldest = UINT32_MAX;
	struct finding *f;

	for (unsigned i = 0; i < n; i++) {
		uint32_t when = page->when[at + i];

		if (when > judge_consumed_at) {
			newest = when > newest ? when : newest;
			oldest = when < oldest ? when : oldest;
		}
	}
	if (!newest)
		return;
	if (m->newest_seen > judge_consumed_at && oldest < m->newest_seen) {
		if ((here > m->newest_at ? here - m->newest_at : m->newest_at - here) > apart)
			return;
		f = finding_new(MISSING_READ_BARRIER, m, 0);
		finding_say(f,
			    "the CPU reads %u bytes at +0x%llx that the device wrote before what the CPU read first: "
			    "the load may "
			    "have run early and give the old bytes",
			    n, (unsigned long long)judge_offset_in(m, page, at));
		f->other = *stack_of(m->newest_site);
		snprintf(f->other_text, sizeof(f->other_text), "the newer bytes were read");
		snprintf(f->missing, sizeof(f->missing), "%s between the two loads",
			 m && m->api == API_LIBRARY ? "dma_consume()" : "a read barrier (dma_rmb())");
		finding_send(f);
		m->newest_seen = 0;
	} else if (newest > m->newest_seen) {
		m->newest_seen = newest;
		m->newest_site = stack_here();
		m->newest_at = here;
	}
}

bool judge_marks_count(const struct mapping *m)
{
	return m ? m->dir != 0 : !sim.config.device.coherent;
}

void judge_cpu_load(struct shadow *page, unsigned at, unsigned n)
{
	struct mapping *m;
	struct finding *f;

	if (judge_off)
		return;
	m = judge_mapping_at(page, at);
	if (m && !m->dir) {
		judge_order(page, at, n, m, UINT64_MAX);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned count = 1;

		if (!page->device[at + i])
			continue;
		m = judge_mapping_at(page, at + i);
		if (!judge_marks_count(m))
			continue;
		while (i + count < n && page->device[at + i + count])
			count++;
		f = finding_new(MISSING_SYNC_TO_CPU, m, 0);
		finding_say(f, "the CPU reads %u bytes at +0x%llx that the device wrote", count,
			    (unsigned long long)judge_offset_in(m, page, at + i));
		f->other = *stack_of(page->device[at + i]);
		snprintf(f->other_text, sizeof(f->other_text), "the device wrote them while the driver was");
		snprintf(f->missing, sizeof(f->missing), "%s between the device's write and this read",
			 ledger_call(m, false));
		judge_owner(f, m, page, at + i);
		finding_send(f);
		judge_found = sim.time;
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
	m = judge_mapping_at(page, at);
	if (m && m->api != API_LIBRARY && m->dir == DMA_FROM_DEVICE && !(page->flags[at] & BYTE_CPU)) {
		f = finding_new(WRITE_WHILE_OWNED, m, site);
		finding_say(f, "the CPU writes %u bytes at +0x%llx, which are the device's to write", n,
			    (unsigned long long)judge_offset_in(m, page, at));
		snprintf(f->missing, sizeof(f->missing), "%s before the CPU touches the buffer", ledger_call(m, false));
		judge_owner(f, m, page, at);
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
