/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The adversary. Where the order of events matters, the machine asks sim_choose(); beyond that, on a random machine,
 * something happens now and then by itself: lines are evicted, written back, filled, stores drain, hostile devices
 * look and change.
 */
#include "../machine/sim_machine.h"

#define ACTS 8

static void look_or_change(const struct hostile *range, uint64_t at, uint64_t n)
{
	uint8_t bytes[LINE_MAX];
	dma_daddr_t daddr = dma_daddr(range->daddr + at);

	if (n > sizeof(bytes))
		n = sizeof(bytes);
	if (n > range->n - at)
		n = range->n - at;
	if (!range->writes || sim_choose(2) == 0) {
		if (sim_device_probe(range->dev, daddr, bytes, n))
			return;
	} else {
		memset(bytes, (int)(0x30 | (sim.time & 0xf)), n);
		if (sim_device_poke(range->dev, daddr, bytes, n))
			return;
	}
}

static void hostile_anywhere(void)
{
	const struct hostile *range = &sim.hostile[sim_random64() % sim.nhostile];

	look_or_change(range, sim_random64() % range->n, 1 + sim_random64() % 16);
}

static void tell(const char *what, uint64_t line)
{
	if (sim_observer && sim_observer->happened)
		sim_observer->happened(what, line << sim.line_shift, sim.config.line);
}

static void one_thing(void)
{
	uint64_t line = sim.recent[sim_random64() % (sim.nrecent < 256 ? sim.nrecent : 256)];
	struct cpu *cpu = &sim.cpus[sim_random64() % sim.config.cpus];

	switch (sim_random64() % 5) {
	case 0:
		tell("line is evicted", line);
		cache_evict(line);
		break;
	case 1:
		tell("line is written back", line);
		cache_write_back(line);
		break;
	case 2:
		if (line_at(line)->state == LINE_INVALID && page_cacheable(line << sim.line_shift)) {
			tell("line is filled by speculation", line);
			cache_fill(line);
		}
		break;
	case 3:
		if (cpu->nstores)
			store_drain(cpu, (unsigned)(sim_random64() % cpu->nstores));
		break;
	default:
		if (sim.nhostile)
			hostile_anywhere();
	}
}

/* The same on an enumerated machine, at most config.acts times: everything that could happen now is counted, and one of
 * these, or nothing, is chosen. (The limit loses no outcome that matters: where the order of two things shows, the
 * machine asks for a choice anyway.) */
struct act {
	uint64_t line;
	struct cpu *cpu; /* NULL: something with the line */
	unsigned index;
};

static unsigned find_acts(struct act acts[ACTS])
{
	unsigned n = 0;

	for (unsigned i = 0; i < sim.nrecent && i < ACT_LINES; i++) {
		uint64_t line = sim.recent[i];

		if (line_at(line)->state != LINE_INVALID || page_cacheable(line << sim.line_shift))
			acts[n++] = (struct act){.line = line};
	}
	for (unsigned c = 0; c < sim.config.cpus; c++)
		for (unsigned i = 0; i < sim.cpus[c].nstores && n < ACTS; i++)
			acts[n++] = (struct act){.cpu = &sim.cpus[c], .index = i};
	return n;
}

static void enumerated_act(void)
{
	struct act acts[ACTS];
	unsigned n, chosen;

	if (!explore_more_acts())
		return;
	n = find_acts(acts);
	chosen = n ? sim_choose(n + 1) : 0;
	if (!chosen)
		return;
	explore_act();
	if (acts[chosen - 1].cpu)
		store_drain(acts[chosen - 1].cpu, acts[chosen - 1].index);
	else if (line_at(acts[chosen - 1].line)->state == LINE_INVALID)
		cache_fill(acts[chosen - 1].line);
	else
		cache_evict(acts[chosen - 1].line);
}

static void watch(void)
{
	if (!sim.watcher || sim.watching)
		return;
	sim.watching = true;
	sim.watcher(sim.watcher_ctx);
	sim.watching = false;
}

void adversary_step(void)
{
	watch();
	if (sim.mode == PLAIN || sim.stepping || (sim.mode == RANDOM && (sim.nrecent == 0 || sim_random64() & 7)))
		return;
	sim.stepping = true;
	if (sim.mode == RANDOM)
		one_thing();
	else
		enumerated_act();
	sim.stepping = false;
}

/* A barrier waits while the store buffer drains, and devices read memory meanwhile: those that get on at any time are
 * the watcher's, so without one nobody would see the order. */
void adversary_drain(struct cpu *cpu)
{
	while (sim.watcher && sim.mode == RANDOM && cpu->nstores) {
		store_drain(cpu, (unsigned)(sim_random64() % cpu->nstores));
		watch();
	}
	store_drain_all(cpu);
}

void sim_watch(void (*watcher)(void *ctx), void *ctx)
{
	sim.watcher_ctx = ctx;
	sim.watcher = watcher;
}

void adversary_before_load(uint64_t offset, unsigned n)
{
	uint64_t wanted = offset >> sim.line_shift;

	if (sim.nhostile == 0 || sim.stepping)
		return;
	sim.stepping = true;
	for (unsigned i = 0; i < sim.nhostile; i++) {
		const struct hostile *range = &sim.hostile[i];

		for (uint64_t at = 0; range->writes && at < range->n;
		     at += DMA_PAGE_SIZE - (range->daddr + at) % DMA_PAGE_SIZE) {
			uint64_t page, first;

			if (device_reach(range->dev, range->daddr + at, true, &page) ||
			    page >> DMA_PAGE_SHIFT != offset >> DMA_PAGE_SHIFT)
				continue;
			first = offset > page ? at + (offset - page) : at;
			if (first < range->n && (page + (first - at)) >> sim.line_shift == wanted && sim_choose(2))
				look_or_change(range, first, n);
		}
	}
	sim.stepping = false;
}
