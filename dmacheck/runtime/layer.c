/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A DMA layer as kernels have them, on the simulated machine: cache maintenance for devices that do not snoop, bounce
 * buffers for what a device cannot reach, conversion in a confidential VM, an IOMMU. The corpus seeds the mistakes of
 * real layers in it (DMACHECK_LAYER=number of the hazard in HAZARDS C); each stands beside what is right.
 *
 * After each sync the layer is audited: what one side wrote must be in the other side's view.
 */
#include "runtime.h"
#include <stdlib.h>

static int mistake;
static unsigned fail_in;

void layer_start(void)
{
	const char *seeded = getenv("DMACHECK_LAYER");

	mistake = seeded ? atoi(seeded) : 0;
	fail_in = 0;
	iommu_start();
}

int layer_mistake(void)
{
	return mistake;
}

void layer_fail_next(unsigned n)
{
	fail_in = n;
}

unsigned layer_line(void)
{
	return sim.config.line;
}

static bool snoops(void)
{
	return sim.config.device.coherent;
}

static unsigned char *view_of(const void *va)
{
	return page_at(va, true)->view + ((uintptr_t)va & (DMA_PAGE_SIZE - 1));
}

/* ---- Line operations ---- */

static void lines(const unsigned char *view, size_t n, enum sim_line_op op)
{
	uintptr_t size = sim.config.line, from = (uintptr_t)view & ~(size - 1), to = (uintptr_t)view + n;

	for (; from < to; from += size)
		sim_line_operation((void *)from, op);
}

/* Page by page: views of neighbours need not be neighbours. */
static void maintain(const void *va, size_t n, enum sim_line_op op)
{
	const unsigned char *at = va;

	while (n) {
		size_t room = DMA_PAGE_SIZE - ((uintptr_t)at & (DMA_PAGE_SIZE - 1)), part = n < room ? n : room;

		lines(view_of(at), part, op);
		at += part;
		n -= part;
	}
}

static void maintain_slot(const struct mapping *m, size_t off, size_t n, enum sim_line_op op)
{
	lines(m->slot_view + off, n, op);
}

/* On the way from a device, partly covered edge lines are cleaned, too: they may hold a neighbour's bytes. */
static void invalidate(const void *va, size_t n)
{
	maintain(va, n, SIM_LINE_INVALIDATE);
}

static void whole(const void **va, size_t *n)
{
	uintptr_t size = sim.config.line, from = (uintptr_t)*va & ~(size - 1),
		  to = ((uintptr_t)*va + *n + size - 1) & ~(size - 1);

	*va = (const void *)from;
	*n = to - from;
}

static void cache_call(const void *va, size_t n, enum sim_line_op op)
{
	door();
	if (!n)
		return;
	if (page_kind(va) == REGIONS)
		return; /* the stack, constants: nothing that a device of this machine reaches */
	judge_off = true;
	if (pages_adopt(va, n, false) && !snoops()) {
		sim_maintenance_begin();
		maintain(va, n, op);
		sim_maintenance_end();
	} else {
		sim_publish();
		sim_consume();
	}
	judge_off = false;
	whole(&va, &n);
	if (op != SIM_LINE_INVALIDATE)
		judge_hand_over(va, n);
	if (op != SIM_LINE_CLEAN)
		judge_take_back(va, n);
}

void layer_clean(const void *va, size_t n)
{
	cache_call(va, n, SIM_LINE_CLEAN);
}

void layer_invalidate(const void *va, size_t n)
{
	cache_call(va, n, SIM_LINE_INVALIDATE);
}

void layer_flush(const void *va, size_t n)
{
	cache_call(va, n, SIM_LINE_FLUSH);
}

/* ---- Copies ---- */

static void copy_out(const struct mapping *m, size_t off, size_t n)
{
	while (n) {
		size_t room = DMA_PAGE_SIZE - ((uintptr_t)(m->va + off) & (DMA_PAGE_SIZE - 1)),
		       part = n < room ? n : room;

		sim_copy(m->slot_view + off, view_of(m->va + off), part);
		off += part;
		n -= part;
	}
}

static void copy_back(const struct mapping *m, size_t to, size_t from, size_t n)
{
	while (n) {
		size_t room = DMA_PAGE_SIZE - ((uintptr_t)(m->va + to) & (DMA_PAGE_SIZE - 1)),
		       part = n < room ? n : room;

		sim_copy(view_of(m->va + to), m->slot_view + from, part);
		to += part;
		from += part;
		n -= part;
	}
}

/* ---- The audit ---- */

static uint8_t newest(uint64_t offset)
{
	uint8_t byte, label;
	uint64_t line = offset >> sim.line_shift;

	byte = (line_at(line)->state != LINE_INVALID ? sim.cache : sim.ram)[offset];
	for (unsigned c = 0; c < sim.config.cpus; c++)
		store_forward(&sim.cpus[c], offset, &byte, &label, 1);
	return byte;
}

static uint8_t device_sees(uint64_t offset)
{
	return snoops() ? newest(offset) : sim.ram[offset];
}

static void audit(const struct mapping *m, size_t off, size_t n, bool to_device)
{
	struct finding *f;

	for (size_t i = off; i < off + n; i++) {
		const struct shadow *page = page_at(m->va + i, true);
		unsigned at = (unsigned)((uintptr_t)(m->va + i) & (DMA_PAGE_SIZE - 1));
		uint64_t cpu = (page->frame << DMA_PAGE_SHIFT) + at, device = cpu;

		if (!(to_device ? page->cpu[at] : page->device[at]))
			continue;
		if (m->slot && !ram_offset(m->slot + i, 1, &device))
			continue;
		if (newest(cpu) == device_sees(device))
			continue;
		f = finding_new(LAYER, m, 0);
		finding_say(f,
			    "after the sync %s, the byte at +0x%zx that %s wrote is not what %s sees: the layer copies "
			    "or maintains the "
			    "wrong bytes, or in the wrong order",
			    to_device ? "to the device" : "to the CPU", i, to_device ? "the CPU" : "the device",
			    to_device ? "the device" : "the CPU");
		finding_send(f);
		return;
	}
}

/* ---- Sync ---- */

void layer_to_device(struct mapping *m, size_t off, size_t n)
{
	bool lost =
		mistake == 43 && m->daddr >= 0x80000000 && m->daddr < SIM_HIGH_RAM; /* looks the bounce up by daddr */
	size_t copied = off;

	if (mistake == 44)
		copied = 0; /* the beginning of the buffer, whatever the offset */
	judge_off = true;
	if (m->slot && m->dir & DMA_TO_DEVICE && !lost) {
		if (mistake == 55 && !snoops()) { /* maintenance first, the copy behind it */
			sim_maintenance_begin();
			maintain_slot(m, off, n, SIM_LINE_CLEAN);
			sim_maintenance_end();
			copy_out(m, off, n);
			goto done;
		}
		copy_out(m, copied, n);
	}
	if (!snoops()) {
		sim_maintenance_begin();
		if (m->slot && mistake != 42)
			maintain_slot(m, off, n, SIM_LINE_CLEAN);
		else
			maintain(m->va + off, n, SIM_LINE_CLEAN); /* 42: of the original, not of the bounce */
		sim_maintenance_end();
	}
done:
	sim_publish();
	audit(m, off, n, true);
	judge_off = false;
}

void layer_to_cpu(struct mapping *m, size_t off, size_t n)
{
	bool lost = mistake == 43 && m->daddr >= 0x80000000 && m->daddr < SIM_HIGH_RAM;
	size_t from = mistake == 44 ? 0 : off;

	if (!(m->dir & DMA_FROM_DEVICE))
		return;
	judge_off = true;
	sim_consume();
	if (m->slot && mistake == 55 && !snoops() && !lost) {
		copy_back(m, off, from, n); /* before the batched maintenance was issued */
		lost = true;
	}
	if (!snoops()) {
		sim_maintenance_begin();
		if (m->slot && mistake != 42)
			maintain_slot(m, off, n, SIM_LINE_INVALIDATE);
		else
			invalidate(m->va + off, n);
		sim_maintenance_end();
	}
	if (m->slot && !lost)
		copy_back(m, off, from, n);
	audit(m, off, n, false);
	judge_off = false;
}

/* ---- Map and unmap ---- */

static size_t pages_for(const struct mapping *m)
{
	return (m->size + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
}

static bool reachable(const struct mapping *m)
{
	uint64_t mask = sim_device_config(m->dev)->mask, first = page_paddr(m->va);

	return !sim.config.cvm && first <= mask && m->size - 1 <= mask - first;
}

/* What a former owner left in a slot must not reach the driver: map fills it, in every direction (hazard 40). */
static int bounce(struct mapping *m)
{
	size_t npages = pages_for(m), done = 0;
	dma_paddr_t at;
	int error;

	error = dma_host_frames_alloc(npages + (mistake == 50), sim_device_config(m->dev)->mask, DMA_PAGE_SIZE, &at);
	if (error)
		return error;
	m->slot_view = dma_host_linear(at, npages << DMA_PAGE_SHIFT);
	if (sim.config.cvm && mistake != 51) {
		if (mistake == 49)
			sim_fail_hook(SIM_HOOK_SHARE, 1);
		sim_conversion_error(DMA_ENODEV);
		sim_maintenance_begin(); /* lines of the private page must not be evicted over the shared one */
		lines(m->slot_view, npages << DMA_PAGE_SHIFT, SIM_LINE_FLUSH);
		sim_maintenance_end();
		error = dma_host_share(at, npages, &done);
		if (!error && mistake == 50) { /* converts a page more than it has: somebody's */
			dma_paddr_t original = {page_paddr(m->va) & ~(uint64_t)(DMA_PAGE_SIZE - 1)};

			(void)!dma_host_share(original, 1, &done);
		}
	}
	if (error) {
		if (mistake == 49)
			dma_host_frames_free(at, npages); /* shared, private? nobody knows */
		return error;				  /* else they are leaked on purpose */
	}
	m->slot = at.raw;
	if (sim.config.cvm && mistake != 51)
		error = dma_host_kva_map(at, npages, DMA_KVA_SHARED, (void **)&m->slot_view);
	if (!error && mistake != 40) /* what no map fills is nobody's */
		sim_fill(m->slot_view, 0, npages << DMA_PAGE_SHIFT);
	return error;
}

int layer_map(struct mapping *m)
{
	int error = 0;

	if (fail_in && --fail_in == 0)
		return DMA_ENOMEM;
	judge_off = true;
	if (!reachable(m) && !iommu_present())
		error = bounce(m);
	else if (iommu_present() && (mistake == 43 || sim.config.cvm || !sim_device_config(m->dev)->trusted))
		error = bounce(m); /* an untrusted device's parts of pages */
	if (error)
		goto out;
	m->daddr = m->slot ? m->slot : page_paddr(m->va);
	if (iommu_present()) {
		uint64_t first = m->daddr & ~(uint64_t)(DMA_PAGE_SIZE - 1), in = m->daddr - first;

		error = iommu_map(first, (in + m->size + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT, m->dir, &m->daddr);
		m->daddr += in;
	}
	if (error || m->skip_sync)
		goto out;
	if (m->slot && mistake != 40)
		copy_out(m, 0, m->size);
	else if (m->slot && m->dir & DMA_TO_DEVICE)
		copy_out(m, 0, m->size);
	if (!snoops()) {
		sim_maintenance_begin();
		if (m->slot && mistake != 42)
			maintain_slot(m, 0, m->size, SIM_LINE_CLEAN);
		else if (mistake == 41 && m->dir == DMA_FROM_DEVICE) /* uncovers what RAM had before */
			maintain(m->va, m->size, SIM_LINE_INVALIDATE);
		else
			maintain(m->va, m->size, SIM_LINE_CLEAN);
		sim_maintenance_end();
	}
	sim_publish();
	audit(m, 0, m->dir & DMA_TO_DEVICE ? m->size : 0, true);
out:
	judge_off = false;
	return error;
}

void layer_unmap(struct mapping *m)
{
	size_t npages = pages_for(m), done;

	judge_off = true;
	if (iommu_present() && m->dir) {
		uint64_t in = m->daddr & (DMA_PAGE_SIZE - 1);

		iommu_unmap(m->daddr - in, (in + m->size + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT);
	} else if (iommu_present()) {
		iommu_unmap(m->daddr, npages);
	}
	if (m->slot && m->dir) {
		dma_paddr_t at = {m->slot};

		if (sim.config.cvm && mistake != 51) {
			sim_maintenance_begin();
			lines(m->slot_view, npages << DMA_PAGE_SHIFT, SIM_LINE_FLUSH);
			sim_maintenance_end();
			dma_host_kva_unmap(m->slot_view, at, npages);
			dma_host_tlb_shootdown(m->slot_view, npages);
			/* The private alias of a page that is shared is touched by nothing, not even by maintenance. */
			if (dma_host_unshare(at, npages, &done) == 0) {
				sim_maintenance_begin();
				lines(dma_host_linear(at, npages << DMA_PAGE_SHIFT), npages << DMA_PAGE_SHIFT,
				      SIM_LINE_INVALIDATE);
				sim_maintenance_end();
			}
		}
		dma_host_frames_free(at, npages + (mistake == 50));
	}
	judge_off = false;
}

int layer_coherent(struct mapping *m)
{
	int error = 0;

	judge_off = true;
	m->daddr = page_paddr(m->va);
	if (iommu_present())
		error = iommu_map(m->daddr, pages_for(m), DMA_BIDIRECTIONAL, &m->daddr);
	judge_off = false;
	return error;
}
