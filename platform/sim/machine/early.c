/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Early loads: a load that no dma_consume() orders may have run before the load that announced its data. When a device
 * writes, the machine keeps what the CPU saw before; a later load may still get that if there was no consume in
 * between. To decide this at the later load has the same effect as running it early, and the machine need not know in
 * advance which loads will come.
 */
#include "sim_machine.h"

static struct old_version *old_of(const struct line *line, uint64_t number)
{
	struct old_version *old;

	if (!line->old)
		return NULL;
	old = &sim.old[line->old - 1];
	return old->line == number ? old : NULL;
}

static bool consumed_since(uint32_t time)
{
	for (unsigned c = 0; c < sim.config.cpus; c++)
		if (sim.cpus[c].consumed >= time)
			return true;
	return false;
}

/* A device wrote to the line before, and the CPU has not consumed that write: the version before both writes may still
 * be seen. Bytes of which the CPU has seen a newer value go back no further than that value. */
static void keep_oldest(struct old_version *old, const uint8_t *view, const uint8_t *view_label)
{
	for (unsigned i = 0; i < 1u << sim.line_shift; i++)
		if (old->seen[i / 64] >> (i % 64) & 1) {
			old->data[i] = view[i];
			old->label[i] = view_label[i];
		}
	old->seen[0] = old->seen[1] = 0;
}

void early_record(uint64_t number)
{
	struct line *line = line_at(number);
	struct old_version *old;
	uint64_t first = number << sim.line_shift;
	/* Through an uncached mapping a CPU has seen RAM, whatever the linear alias has filled a line with. */
	bool cached = line->state != LINE_INVALID && !sim.pages[first >> DMA_PAGE_SHIFT].uncached;

	if (sim.mode == PLAIN)
		return;
	old = old_of(line, number);
	if (old && !consumed_since(old->time)) {
		keep_oldest(old, (cached ? sim.cache : sim.ram) + first,
			    (cached ? sim.cache_label : sim.ram_label) + first);
		return;
	}
	if (!old) {
		old = &sim.old[sim.next_old];
		sim.next_old = (sim.next_old + 1) % OLD_VERSIONS;
		old->line = number;
		line->old = (uint16_t)(old - sim.old + 1);
	}
	old->time = sim.time;
	old->seen[0] = old->seen[1] = 0;
	memcpy(old->data, (cached ? sim.cache : sim.ram) + first, (size_t)1 << sim.line_shift);
	memcpy(old->label, (cached ? sim.cache_label : sim.ram_label) + first, (size_t)1 << sim.line_shift);
}

void early_seen(uint64_t offset, unsigned n)
{
	uint64_t number = offset >> sim.line_shift;
	struct old_version *old = old_of(line_at(number), number);
	uint64_t mask[2];

	if (!old)
		return;
	span((unsigned)(offset & ((1u << sim.line_shift) - 1)), n, mask);
	old->seen[0] |= mask[0];
	old->seen[1] |= mask[1];
}

void early_load(struct cpu *cpu, uint64_t offset, void *data, void *label, unsigned n)
{
	uint64_t number = offset >> sim.line_shift, mask[2];
	struct old_version *old = old_of(line_at(number), number);
	unsigned at = (unsigned)(offset & ((1u << sim.line_shift) - 1));

	if (!old || old->time <= cpu->consumed)
		return;
	span(at, n, mask);
	if (n <= 8 && (mask[0] & old->seen[0] || mask[1] & old->seen[1]))
		return; /* one access is of one moment */
	if ((mask[0] & ~old->seen[0]) == 0 && (mask[1] & ~old->seen[1]) == 0)
		return;
	if (!sim_choose(2)) {
		early_seen(offset, n);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		if (old->seen[(at + i) / 64] >> ((at + i) % 64) & 1)
			continue;
		((uint8_t *)data)[i] = old->data[at + i];
		((uint8_t *)label)[i] = old->label[at + i];
	}
	event("  that load ran early, before the device's write", offset, n);
}

bool early_fill(struct cpu *cpu, uint64_t number)
{
	struct line *line = line_at(number);
	struct old_version *old = old_of(line, number);
	uint64_t first = number << sim.line_shift;

	if (!old || old->time <= cpu->consumed || !(line->device[0] | line->device[1]) || line->state == LINE_DIRTY)
		return false;
	if (!sim_choose(2))
		return false;
	memcpy(sim.cache + first, old->data, (size_t)1 << sim.line_shift);
	memcpy(sim.cache_label + first, old->label, (size_t)1 << sim.line_shift);
	line->state = LINE_CLEAN;
	event("  that invalidate ran early, before the device's write", first, 0);
	return true;
}
