/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The cache: one line of data per line of RAM, physically tagged, common to all CPUs. Accesses through uncached
 * mappings pass it by, and leave what is in it to do harm later.
 */
#include "sim_machine.h"

static uint64_t first_byte(uint64_t line)
{
	return line << sim.line_shift;
}

static void copy_line(uint8_t *data, uint8_t *label, const uint8_t *from, const uint8_t *from_label, uint64_t line)
{
	memcpy(data + first_byte(line), from + first_byte(line), (size_t)1 << sim.line_shift);
	memcpy(label + first_byte(line), from_label + first_byte(line), (size_t)1 << sim.line_shift);
}

void cache_tag(uint64_t line)
{
	if (sim.pages[first_byte(line) >> DMA_PAGE_SHIFT].flags & PAGE_SHARED)
		line_at(line)->flags |= LINE_SHARED;
	else
		line_at(line)->flags &= (uint8_t)~LINE_SHARED;
}

void cache_fill(uint64_t line)
{
	copy_line(sim.cache, sim.cache_label, sim.ram, sim.ram_label, line);
	line_at(line)->state = LINE_CLEAN;
	cache_tag(line);
}

/* A shared page is open to the hypervisor: nothing foreign may reach its RAM, at any moment. */
static void check_exposed(uint64_t offset, unsigned n)
{
	if (!(sim.pages[offset >> DMA_PAGE_SHIFT].flags & PAGE_SHARED))
		return;
	for (unsigned i = 0; i < n; i++)
		if (sim.ram_label[offset + i] == SIM_FOREIGN) {
			sim_fail_at(SIM_FOREIGN_BYTE, offset, "a foreign byte reached a page shared with the host");
			return;
		}
}

void cache_write_back(uint64_t line)
{
	if (line_at(line)->state != LINE_DIRTY)
		return;
	copy_line(sim.ram, sim.ram_label, sim.cache, sim.cache_label, line);
	line_at(line)->state = LINE_CLEAN;
	if (sim.config.cvm)
		check_exposed(first_byte(line), 1u << sim.line_shift);
}

void cache_drop(uint64_t line)
{
	line_at(line)->state = LINE_INVALID;
}

void cache_evict(uint64_t line)
{
	cache_write_back(line);
	cache_drop(line);
}

void ram_store(uint64_t offset, const void *data, const void *label, unsigned n)
{
	memcpy(sim.ram + offset, data, n);
	memcpy(sim.ram_label + offset, label, n);
	if (sim.pages[offset >> DMA_PAGE_SHIFT].flags & PAGE_WINDOW)
		sim.pages[offset >> DMA_PAGE_SHIFT].flags |= PAGE_CHANGED;
	if (sim.config.cvm)
		check_exposed(offset, n);
}

void cache_load(uint64_t offset, void *data, void *label, unsigned n, bool uncached)
{
	uint64_t number = offset >> sim.line_shift;
	struct line *line = line_at(number);
	const uint8_t *from = sim.ram, *from_label = sim.ram_label;

	if (uncached) {
		if (line->state == LINE_DIRTY && sim_choose(2))
			cache_write_back(number);
	} else {
		if (line->state == LINE_CLEAN && sim.mode != PLAIN &&
		    memcmp(sim.cache + first_byte(number), sim.ram + first_byte(number), (size_t)1 << sim.line_shift) &&
		    sim_choose(2))
			cache_drop(number); /* evicted in time: the mistake stays unseen */
		if (line->state == LINE_INVALID)
			cache_fill(number);
		from = sim.cache;
		from_label = sim.cache_label;
	}
	memcpy(data, from + offset, n);
	memcpy(label, from_label + offset, n);
}

void cache_store(uint64_t offset, const void *data, const void *label, unsigned n, bool uncached)
{
	uint64_t number = offset >> sim.line_shift;
	struct line *line = line_at(number);

	if (uncached) {
		if (line->state == LINE_INVALID && page_cacheable(offset) && sim_choose(2))
			cache_fill(number); /* through the linear alias, just before */
		if (line->state == LINE_DIRTY && sim_choose(2))
			cache_write_back(number);
		ram_store(offset, data, label, n);
		if (line->state == LINE_DIRTY && sim_choose(2))
			cache_evict(number); /* the old bytes win */
		return;
	}
	if (line->state == LINE_INVALID)
		cache_fill(number);
	memcpy(sim.cache + offset, data, n);
	memcpy(sim.cache_label + offset, label, n);
	line->state = LINE_DIRTY;
	cache_tag(number);
	if (sim.config.write_through)
		cache_write_back(number);
}
