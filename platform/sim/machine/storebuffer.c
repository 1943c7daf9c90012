/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Store buffers: what a CPU wrote and nobody else sees yet. Stores drain in any order, but those to one line in
 * theirs, and none before those of an earlier epoch: dma_publish() begins a new one.
 */
#include "sim_machine.h"

void store_drain(struct cpu *cpu, unsigned index)
{
	struct store last = cpu->stores[index];
	unsigned kept = 0;

	for (unsigned i = 0; i < cpu->nstores; i++) {
		struct store *s = &cpu->stores[i];
		bool first = i <= index && (i == index || s->epoch != last.epoch || s->line == last.line);

		if (first)
			cache_store((s->line << sim.line_shift) + s->low, s->data + s->low, s->label + s->low,
				    (unsigned)(s->high - s->low), s->uncached);
		else if (kept != i)
			cpu->stores[kept++] = *s;
		else
			kept++;
	}
	cpu->nstores = kept;
}

void store_drain_all(struct cpu *cpu)
{
	while (cpu->nstores)
		store_drain(cpu, cpu->nstores - 1);
}

void store_drain_cpus(void)
{
	for (unsigned c = 0; c < sim.config.cpus; c++)
		store_drain_all(&sim.cpus[c]);
}

void store_drain_published(struct cpu *cpu)
{
	for (unsigned i = cpu->nstores; i-- > 0;)
		if (i < cpu->nstores && cpu->stores[i].epoch != cpu->epoch)
			store_drain(cpu, i);
	for (unsigned i = 0; i < cpu->nstores; i++)
		cpu->stores[i].rung = true;
}

void store_drain_line(struct cpu *cpu, uint64_t line)
{
	for (unsigned i = cpu->nstores; i-- > 0;)
		if (i < cpu->nstores && cpu->stores[i].line == line)
			store_drain(cpu, i);
}

void store_drain_others(const struct cpu *cpu, uint64_t line)
{
	for (unsigned c = 0; c < sim.config.cpus; c++)
		if (&sim.cpus[c] != cpu)
			store_drain_line(&sim.cpus[c], line);
}

void store_publish(struct cpu *cpu)
{
	for (unsigned c = 0; c < sim.config.cpus; c++)
		for (unsigned i = 0; i < sim.cpus[c].nstores; i++)
			if (sim.cpus[c].stores[i].plain && sim.cpus[c].stores[i].epoch == sim.cpus[c].epoch)
				sim.cpus[c].stores[i].epoch--;
	cpu->epoch++;
}

void store_settle(uint64_t line)
{
	for (unsigned c = 0; c < sim.config.cpus; c++) {
		struct cpu *cpu = &sim.cpus[c];

		for (unsigned i = cpu->nstores; i-- > 0;)
			if (i < cpu->nstores && cpu->stores[i].line == line && sim_choose(2))
				store_drain(cpu, i);
	}
}

/* Grows the last store to the line if it can; false: a new one is needed. */
static bool combine(struct cpu *cpu, uint64_t line, unsigned low, unsigned high, bool uncached, const void *data,
		    const void *label)
{
	for (unsigned i = cpu->nstores; i-- > 0;) {
		struct store *s = &cpu->stores[i];

		if (s->line != line)
			continue;
		if (s->epoch != cpu->epoch || s->uncached != uncached || s->rung || low > s->high || high < s->low)
			return false;
		memcpy(s->data + low, data, high - low);
		memcpy(s->label + low, label, high - low);
		s->low = (uint8_t)(low < s->low ? low : s->low);
		s->high = (uint8_t)(high > s->high ? high : s->high);
		return true;
	}
	return false;
}

void store_add(struct cpu *cpu, uint64_t offset, const void *data, const void *label, unsigned n, bool uncached)
{
	uint64_t line = offset >> sim.line_shift;
	unsigned low = (unsigned)(offset & ((1u << sim.line_shift) - 1)), high = low + n;
	struct store *s;

	if (sim.mode == PLAIN) {
		cache_store(offset, data, label, n, uncached);
		return;
	}
	if (combine(cpu, line, low, high, uncached, data, label))
		return;
	if (cpu->nstores == STORES)
		store_drain(cpu, sim.mode == RANDOM ? sim_choose(STORES)
						    : 0); /* enumerated, that would be 16 schedules a store */
	s = &cpu->stores[cpu->nstores++];
	s->line = line;
	s->epoch = cpu->epoch;
	s->uncached = uncached;
	s->plain = sim.plain_stores;
	s->rung = false;
	s->low = (uint8_t)low;
	s->high = (uint8_t)high;
	memcpy(s->data + low, data, n);
	memcpy(s->label + low, label, n);
}

void store_forward(const struct cpu *cpu, uint64_t offset, void *data, void *label, unsigned n)
{
	uint64_t line = offset >> sim.line_shift;
	unsigned low = (unsigned)(offset & ((1u << sim.line_shift) - 1)), high = low + n;

	for (unsigned i = 0; i < cpu->nstores; i++) {
		const struct store *s = &cpu->stores[i];
		unsigned from, to;

		if (s->line != line)
			continue;
		from = s->low > low ? s->low : low;
		to = s->high < high ? s->high : high;
		if (from >= to)
			continue;
		memcpy((uint8_t *)data + (from - low), s->data + from, to - from);
		memcpy((uint8_t *)label + (from - low), s->label + from, to - from);
	}
}

bool store_overtaken(const struct cpu *cpu, uint64_t offset, unsigned n)
{
	uint64_t line = offset >> sim.line_shift;
	unsigned low = (unsigned)(offset & ((1u << sim.line_shift) - 1)), high = low + n;

	for (unsigned i = 0; i < cpu->nstores; i++) {
		const struct store *s = &cpu->stores[i];

		if (s->rung && s->line == line && s->epoch == cpu->epoch && s->low < high && low < s->high)
			return true;
	}
	return false;
}

bool store_unpublished(const struct cpu *cpu, uint64_t offset, unsigned n)
{
	uint64_t line = offset >> sim.line_shift;
	unsigned low = (unsigned)(offset & ((1u << sim.line_shift) - 1)), high = low + n;

	for (unsigned i = 0; i < cpu->nstores; i++) {
		const struct store *s = &cpu->stores[i];

		if (s->line == line && s->epoch == cpu->epoch && s->low < high && low < s->high)
			return true;
	}
	return false;
}

bool store_pending(const struct cpu *cpu, uint64_t line, uint64_t mask[2])
{
	mask[0] = mask[1] = 0;
	for (unsigned i = 0; i < cpu->nstores; i++) {
		const struct store *s = &cpu->stores[i];
		uint64_t part[2];

		if (s->line != line)
			continue;
		span(s->low, (unsigned)(s->high - s->low), part);
		mask[0] |= part[0];
		mask[1] |= part[1];
	}
	return mask[0] | mask[1];
}
