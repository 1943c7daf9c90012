/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the doors' functions come to: each call is checked against what was mapped, then the layer does its work.
 */
#include "runtime.h"
#include <stdlib.h>

void door(void)
{
	registers_settle();
	machine_lock();
	pages_settle();
	sim.step();
	machine_unlock();
}

static void missing(struct finding *f, const char *text)
{
	snprintf(f->missing, sizeof(f->missing), "%s", text);
}

/* ---- Map ---- */

static bool dma_memory(const struct call *c, const void *va, size_t size)
{
	const char *why = NULL, *last = (const char *)va + (size ? size - 1 : 0);
	struct finding *f;
	size_t nbytes;
	bool freed = false;
	site_t where = 0;

	if (page_is_stack(va))
		why = "the stack: it may not be mapped contiguously, and shares its lines with other variables";
	else if (page_is_text(va))
		why = "the program's code";
	else if (page_kind(va) == REGIONS || page_kind(last) != page_kind(va))
		why = "not memory that a device can reach (vmalloc, registers, or nothing)";
	else if (page_kind(va) == HEAP && heap_block(va, &nbytes, &freed, &where) && freed)
		why = "freed memory";
	else if (page_kind(va) == COHERENT)
		why = "coherent memory, which is mapped already";
	if (!why)
		return true;
	f = finding_new(NOT_DMA_MEMORY, NULL, 0);
	finding_say(f, "%s maps %zu bytes of %s", c->what, size, why);
	if (freed)
		f->ended = *stack_of(where);
	missing(f, "memory of kmalloc() or the like");
	finding_send(f);
	return false;
}

/* Two mappings of which the device writes one must not have bytes, or on machines that do not snoop lines, in
 * common. */
static void overlaps(const struct call *c, const unsigned char *va, size_t size, unsigned dir)
{
	uintptr_t line = 128, from = (uintptr_t)va & ~(line - 1), to = ((uintptr_t)va + size + line - 1) & ~(line - 1);
	struct mapping *m;

	for (m = ledger_next(NULL); m; m = ledger_next(m)) {
		bool bytes = m->va < va + size && va < m->va + m->size;
		struct finding *f;

		if (m->api == API_LIBRARY || !m->dir || ((m->dir | dir) & DMA_FROM_DEVICE) == 0)
			continue;
		if ((uintptr_t)m->va >= to || from >= (uintptr_t)m->va + m->size)
			continue;
		f = finding_new(OVERLAP, m, 0);
		finding_say(f, "%s maps %zu bytes (%s) that share %s with a live mapping", c->what, size,
			    ledger_dir(dir), bytes ? "bytes" : "a cache line of up to 128 bytes");
		missing(f, bytes ? "the end of the other mapping first"
				 : "alignment to dma_get_cache_alignment(), or one mapping for both");
		finding_send(f);
		return;
	}
}

static void alignment(const struct call *c, const unsigned char *va, unsigned dir)
{
	size_t nbytes;
	bool freed;
	site_t where;
	const unsigned char *block = heap_block(va, &nbytes, &freed, &where);
	struct finding *f;

	if (!(dir & DMA_FROM_DEVICE) || ((uintptr_t)va & (layer_line() - 1)) == 0)
		return;
	if (block && block != va) { /* what stands before it in its line, if somebody wrote there */
		const unsigned char *at = (const unsigned char *)((uintptr_t)va & ~(uintptr_t)(layer_line() - 1));
		bool used = false;

		for (; at < va; at++)
			used |= page_at(at, true)->cpu[(uintptr_t)at & (DMA_PAGE_SIZE - 1)] != 0;
		if (!used)
			return;
	} else if (block || page_kind(va) != DATA) {
		return;
	}
	f = finding_new(UNALIGNED_MAP, NULL, 0);
	finding_say(
		f,
		"%s maps for a device's writes from the middle of a cache line (%u bytes) whose other bytes are in use",
		c->what, layer_line());
	missing(f, "alignment to dma_get_cache_alignment()");
	finding_send(f);
}

struct mapping *call_map(const struct call *c, void *va, size_t size, unsigned dir)
{
	struct mapping like = {.api = c->api,
			       .what = c->what,
			       .dev = c->dev,
			       .va = va,
			       .size = size,
			       .dir = dir,
			       .unchecked = c->api == API_LINUX,
			       .skip_sync = c->skip_sync};
	struct finding *f;

	door();
	if (size == 0) {
		f = finding_new(EMPTY_MAP, NULL, 0);
		finding_say(f, "%s maps no bytes", c->what);
		finding_send(f);
		return NULL;
	}
	if (!dma_memory(c, va, size))
		return NULL;
	overlaps(c, va, size, dir);
	alignment(c, va, dir);
	like.made = stack_here();
	if (!pages_adopt(va, size, false) || layer_map(&like))
		return NULL;
	judge_hand_over(va, size);
	return ledger_add(&like);
}

/* ---- The end of a mapping ---- */

static void not_mapped(const struct call *c, uint64_t daddr, enum rule rule, const char *verb)
{
	struct mapping *was = ledger_find(c->dev, daddr, false);
	struct finding *f = finding_new(rule, was, 0);

	if (was)
		finding_say(f, "%s %s 0x%llx, which has ended already", c->what, verb, (unsigned long long)daddr);
	else
		finding_say(f, "%s %s 0x%llx, which was never mapped", c->what, verb, (unsigned long long)daddr);
	finding_send(f);
}

/* The CPU's bytes that the device may or may not have seen. */
static void unsynced(struct mapping *m)
{
	if (!(m->dir & DMA_TO_DEVICE))
		return;
	for (size_t i = 0; i < m->size; i++) {
		const struct shadow *page = page_at(m->va + i, false);
		unsigned at = (unsigned)((uintptr_t)(m->va + i) & (DMA_PAGE_SIZE - 1));
		struct finding *f;

		if (!page || !page->cpu[at] || page->flags[at] & BYTE_CPU)
			continue;
		f = finding_new(UNSYNCED_WRITE, m, page->cpu[at]);
		finding_say(f,
			    "the CPU writes at +0x%zx while the device owns the buffer, and the mapping ends without a "
			    "sync: the device sees "
			    "the old or the new bytes",
			    i);
		f->other = *stack_of(stack_here());
		snprintf(f->other_text, sizeof(f->other_text), "the mapping ends");
		snprintf(f->missing, sizeof(f->missing), "%s, or write before the buffer is mapped",
			 ledger_call(m, true));
		finding_send(f);
		return;
	}
}

struct mapping *call_unmap(const struct call *c, uint64_t daddr, size_t size, unsigned dir)
{
	struct mapping *m;
	struct finding *f;

	door();
	m = ledger_find(c->dev, daddr, true);
	if (!m || daddr - m->daddr >= m->size) {
		not_mapped(c, daddr, ledger_find(c->dev, daddr, false) ? DOUBLE_UNMAP : UNMAP_MISMATCH, "ends");
		return NULL;
	}
	if (m->api != c->api || !m->dir) {
		f = finding_new(UNMAP_MISMATCH, m, 0);
		finding_say(f, "%s ends what %s made", c->what, m->what);
		finding_send(f);
		return NULL;
	}
	if (daddr != m->daddr || (size != SIZE_MAX && size != m->size)) {
		f = finding_new(UNMAP_MISMATCH, m, 0);
		finding_say(f, "%s of %zu bytes at +0x%llx, of a mapping of %zu bytes", c->what, size,
			    (unsigned long long)(daddr - m->daddr), m->size);
		missing(f, "the address and the size that were mapped");
		finding_send(f);
	}
	if (dir && dir != m->dir) {
		f = finding_new(UNMAP_MISMATCH, m, 0);
		finding_say(f, "%s %s, of a mapping that is %s", c->what, ledger_dir(dir), ledger_dir(m->dir));
		missing(f, "the direction that was mapped");
		finding_send(f);
	}
	if (m->unchecked) {
		f = finding_new(UNCHECKED_MAP, m, 0);
		f->access = *stack_of(m->made);
		finding_say(f, "%s: nobody asks dma_mapping_error() whether it has failed", m->what);
		missing(f, "if (dma_mapping_error(dev, addr))");
		finding_send(f);
	}
	unsynced(m);
	if (!c->skip_sync && m->dir & DMA_FROM_DEVICE) {
		layer_to_cpu(m, 0, m->size);
		judge_take_back(m->va, m->size);
	}
	layer_unmap(m);
	ledger_end(m);
	return m;
}

/* ---- Sync ---- */

void call_sync(const struct call *c, uint64_t daddr, size_t size, unsigned dir, bool to_device)
{
	struct mapping *m;
	struct finding *f;
	size_t off;

	door();
	m = ledger_find(c->dev, daddr, true);
	if (!m || daddr - m->daddr >= m->size) {
		not_mapped(c, daddr, SYNC_MISMATCH, "syncs");
		return;
	}
	off = (size_t)(daddr - m->daddr);
	if (size == SIZE_MAX)
		size = m->size - off;
	if (size > m->size - off) {
		f = finding_new(SYNC_MISMATCH, m, 0);
		finding_say(f, "%s of %zu bytes at +0x%zx reaches past the end of a mapping of %zu bytes", c->what,
			    size, off, m->size);
		finding_send(f);
		size = m->size - off;
	}
	if (dir && m->dir && dir != m->dir && m->dir != DMA_BIDIRECTIONAL) {
		f = finding_new(SYNC_MISMATCH, m, 0);
		finding_say(f, "%s %s, of a mapping that is %s", c->what, ledger_dir(dir), ledger_dir(m->dir));
		finding_send(f);
	}
	if (!m->dir)
		return;
	if (!to_device) {
		bool owned = true;

		for (size_t i = 0; i < size && owned; i++) {
			const struct shadow *page = page_at(m->va + off + i, false);
			unsigned at = (unsigned)((uintptr_t)(m->va + off + i) & (DMA_PAGE_SIZE - 1));

			owned = page && page->flags[at] & BYTE_CPU && !page->device[at];
		}
		if (owned && size) {
			f = finding_new(DOUBLE_SYNC, m, 0);
			finding_say(f, "%s, of bytes that the CPU owns already: it costs, and does nothing", c->what);
			f->other = *stack_of(m->synced_from);
			snprintf(f->other_text, sizeof(f->other_text), "the sync before");
			finding_send(f);
		}
	}
	if (to_device) {
		m->synced_to = stack_here();
		layer_to_device(m, off, size);
		judge_hand_over(m->va + off, size);
	} else {
		m->synced_from = stack_here();
		layer_to_cpu(m, off, size);
		judge_take_back(m->va + off, size);
	}
	trace_mapping(m, to_device ? "sync to device" : "sync to CPU");
}

/* ---- Coherent memory ---- */

struct mapping *call_coherent(const struct call *c, size_t size, size_t align)
{
	struct mapping like = {.api = c->api, .what = c->what, .dev = c->dev, .size = size};

	door();
	like.va = size ? heap_take(COHERENT, (size + DMA_PAGE_SIZE - 1) & ~(size_t)(DMA_PAGE_SIZE - 1),
				   align > DMA_PAGE_SIZE ? align : DMA_PAGE_SIZE)
		       : NULL;
	if (!like.va)
		return NULL;
	memset(like.va, 0, size);
	like.made = stack_here();
	if (!pages_adopt(like.va, size, true) || layer_coherent(&like))
		return NULL;
	return ledger_add(&like);
}

void call_coherent_end(const struct call *c, void *va, size_t size, uint64_t daddr)
{
	struct mapping *m;
	struct finding *f;

	door();
	m = ledger_find(c->dev, daddr, true);
	if (!m || daddr - m->daddr >= m->size) {
		not_mapped(c, daddr, ledger_find(c->dev, daddr, false) ? DOUBLE_UNMAP : UNMAP_MISMATCH, "frees");
		return;
	}
	if (m->dir || m->va != va || m->size != size) {
		f = finding_new(UNMAP_MISMATCH, m, 0);
		finding_say(f,
			    m->dir	  ? "%s frees what %s made"
			    : m->va != va ? "%s with another CPU address than %s gave"
					  : "%s with another size than that of %s",
			    c->what, m->what);
		finding_send(f);
		if (m->dir)
			return;
	}
	(void)heap_give(m->va);
	layer_unmap(m);
	ledger_end(m);
}

void call_checked(uint64_t daddr)
{
	for (struct mapping *m = ledger_next(NULL); m; m = ledger_next(m))
		if (m->daddr == daddr)
			m->unchecked = false;
}

void call_free(const char *what, void *block)
{
	size_t nbytes = 0;
	bool freed = false;
	site_t where = 0;
	struct mapping *m;
	struct finding *f;

	door();
	if (!block)
		return;
	if (!heap_block(block, &nbytes, &freed, &where) || freed) {
		f = finding_new(DOUBLE_FREE, NULL, 0);
		finding_say(f, freed ? "%s of a block that was freed already" : "%s of what is no block", what);
		if (freed)
			f->ended = *stack_of(where);
		finding_send(f);
		return;
	}
	m = ledger_covering(block, nbytes);
	if (m) {
		f = finding_new(FREED_WHILE_MAPPED, m, 0);
		finding_say(f, "%s of memory that is mapped: the device can still reach it", what);
		missing(f, "the end of the mapping first");
		finding_send(f);
	}
	(void)heap_give(block);
}
