/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A DMA layer as kernels have them, on the simulated machine: cache maintenance for devices that do not snoop, bounce
 * buffers for what a device cannot reach, conversion in a confidential VM, an IOMMU. The corpus seeds the mistakes of
 * real layers in it (DMACHECK_LAYER=number of the hazard in HAZARDS C); each stands beside what is right.
 *
 * layer_map.c maps and unmaps. After each sync the layer is audited: what one side wrote must be in the other side's
 * view.
 */
#include "layer.h"
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

bool layer_fails_now(void)
{
	return fail_in && --fail_in == 0;
}

unsigned layer_line(void)
{
	return sim.config.line;
}

bool layer_snoops(void)
{
	return sim.config.device.coherent;
}

static unsigned char *view_of(const void *va)
{
	return page_at(va, true)->view + ((uintptr_t)va & (DMA_PAGE_SIZE - 1));
}

/* ---- Line operations ---- */

void layer_lines(const unsigned char *view, size_t n, enum sim_line_op op)
{
	uintptr_t size = sim.config.line, from = (uintptr_t)view & ~(size - 1), to = (uintptr_t)view + n;

	for (; from < to; from += size)
		sim_line_operation((void *)from, op);
}

/* Page by page: views of neighbours need not be neighbours. */
void layer_maintain(const void *va, size_t n, enum sim_line_op op)
{
	const unsigned char *at = va;

	while (n) {
		size_t room = DMA_PAGE_SIZE - ((uintptr_t)at & (DMA_PAGE_SIZE - 1)), part = n < room ? n : room;

		layer_lines(view_of(at), part, op);
		at += part;
		n -= part;
	}
}

void layer_maintain_slot(const struct mapping *m, size_t off, size_t n, enum sim_line_op op)
{
	layer_lines(m->slot_view + off, n, op);
}

/* On the way from a device, partly covered edge lines are cleaned, too: they may hold a neighbour's bytes. */
static void invalidate(const void *va, size_t n)
{
	layer_maintain(va, n, SIM_LINE_INVALIDATE);
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
	if (pages_adopt(va, n, false) && !layer_snoops()) {
		sim_maintenance_begin();
		layer_maintain(va, n, op);
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

void layer_copy_out(const struct mapping *m, size_t off, size_t n)
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
	return layer_snoops() ? newest(offset) : sim.ram[offset];
}

void layer_audit(const struct mapping *m, size_t off, size_t n, bool to_device)
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
		if (mistake == 55 && !layer_snoops()) { /* maintenance first, the copy behind it */
			sim_maintenance_begin();
			layer_maintain_slot(m, off, n, SIM_LINE_CLEAN);
			sim_maintenance_end();
			layer_copy_out(m, off, n);
			goto done;
		}
		layer_copy_out(m, copied, n);
	}
	if (!layer_snoops()) {
		sim_maintenance_begin();
		if (m->slot && mistake != 42)
			layer_maintain_slot(m, off, n, SIM_LINE_CLEAN);
		else
			layer_maintain(m->va + off, n, SIM_LINE_CLEAN); /* 42: of the original, not of the bounce */
		sim_maintenance_end();
	}
done:
	sim_publish();
	layer_audit(m, off, n, true);
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
	if (m->slot && mistake == 55 && !layer_snoops() && !lost) {
		copy_back(m, off, from, n); /* before the batched maintenance was issued */
		lost = true;
	}
	if (!layer_snoops()) {
		sim_maintenance_begin();
		if (m->slot && mistake != 42)
			layer_maintain_slot(m, off, n, SIM_LINE_INVALIDATE);
		else
			invalidate(m->va + off, n);
		sim_maintenance_end();
	}
	if (m->slot && !lost)
		copy_back(m, off, from, n);
	layer_audit(m, off, n, false);
	judge_off = false;
}
