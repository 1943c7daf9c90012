/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Failures and their reports: what happened, on which machine and seed, both views of the line, the last events.
 */
#include "sim_machine.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char report[16384];
static size_t used;

static const char *const names[SIM_FAILURE_KINDS] = {
	[SIM_STALE_DEVICE] = "stale-device",
	[SIM_STALE_CPU] = "stale-cpu",
	[SIM_SHARED_LINE] = "shared-line",
	[SIM_LOST_WRITE] = "lost-write",
	[SIM_NOT_HANDED_OVER] = "not-handed-over",
	[SIM_ALIAS] = "alias",
	[SIM_SHARED_BIT] = "shared-bit",
	[SIM_FOREIGN_BYTE] = "foreign-byte",
	[SIM_USE_AFTER_FREE] = "use-after-free",
	[SIM_BAD_ADDRESS] = "bad-address",
	[SIM_BROKEN_RULE] = "broken-rule",
	[SIM_CONTRACT] = "contract",
	[SIM_MISUSE] = "misuse",
	[SIM_LEAK] = "leak",
	[SIM_CHECK_FAILED] = "check-failed",
};

const char *sim_failure_name(enum sim_failure kind)
{
	return kind < SIM_FAILURE_KINDS ? names[kind] : "unknown";
}

void report_start(void)
{
	used = 0;
	report[0] = '\0';
}

const char *sim_report(void)
{
	return report;
}

unsigned sim_failures(void)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < SIM_FAILURE_KINDS; i++)
		sum += sim.failures[i];
	return sum;
}

unsigned sim_failures_of(enum sim_failure kind)
{
	return sim.failures[kind];
}

void event(const char *what, uint64_t offset, uint64_t n)
{
	sim.time++;
	sim.clock_ns += 20;
	if (sim_observer && sim_observer->happened)
		sim_observer->happened(what, offset, n);
	for (uint64_t i = 1; i <= 2 && i <= sim.nevents && n && offset != SIM_NOWHERE; i++) { /* a copy is two runs */
		struct event *e = &sim.events[(sim.nevents - i) % EVENTS];

		if (e->what == what && e->where + e->n == offset && e->cpu == sim_thread.cpu) {
			e->n += n;
			return;
		}
	}
	sim.events[sim.nevents++ % EVENTS] = (struct event){sim.time, what, (uint8_t)sim_thread.cpu, offset, n};
}

static void add(const char *format, ...) DMA_PRINTF(1, 2);

static void add(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(report + used, sizeof(report) - used, format, args);
	va_end(args);
	if (n > 0)
		used += (size_t)n < sizeof(report) - used ? (size_t)n : sizeof(report) - used - 1;
}

static void add_bytes(const char *title, const uint8_t *bytes, const uint8_t *label, unsigned n)
{
	add("  %-9s", title);
	for (unsigned i = 0; i < n; i++)
		add("%s%02x%s",
		    i && i % 32 == 0  ? "\n           "
		    : i && i % 4 == 0 ? " "
				      : "",
		    bytes[i], label[i] == SIM_FOREIGN ? "*" : "");
	add("\n");
}

static void add_marks(const char *title, const uint64_t marks[2], unsigned n)
{
	if (!(marks[0] | marks[1]))
		return;
	add("  %s", title);
	for (unsigned i = 0; i < n; i++)
		if (marks[i / 64] >> (i % 64) & 1 && (i == 0 || !(marks[(i - 1) / 64] >> ((i - 1) % 64) & 1))) {
			unsigned last = i;

			while (last + 1 < n && marks[(last + 1) / 64] >> ((last + 1) % 64) & 1)
				last++;
			add(" %u-%u", i, last);
		}
	add("\n");
}

static void add_line(uint64_t offset)
{
	static const char *const states[] = {"invalid", "clean", "dirty"};
	unsigned size = 1u << sim.line_shift;
	uint64_t number = offset >> sim.line_shift, first = number << sim.line_shift;
	const struct line *line = line_at(number);
	const struct page *page = &sim.pages[offset >> DMA_PAGE_SHIFT];

	add("  at paddr 0x%llx, line 0x%llx, byte %u of it; frame %s%s, %u mapping(s) beside the linear one\n",
	    (unsigned long long)ram_paddr(offset), (unsigned long long)ram_paddr(first), (unsigned)(offset - first),
	    page->flags & PAGE_ALLOCATED ? "allocated" : "free", page->flags & PAGE_SHARED ? ", shared" : "",
	    page->mappings);
	add("  the CPU's cache: %s%s\n", states[line->state], line->flags & LINE_FORMER ? ", a former owner's" : "");
	if (line->state != LINE_INVALID)
		add_bytes("cache", sim.cache + first, sim.cache_label + first, size);
	add_bytes("RAM", sim.ram + first, sim.ram_label + first, size);
	add_marks("written by the CPU, not synced:", line->cpu, size);
	add_marks("written by a device, not synced:", line->device, size);
	for (unsigned c = 0; c < sim.config.cpus; c++)
		for (unsigned i = 0; i < sim.cpus[c].nstores; i++) {
			const struct store *s = &sim.cpus[c].stores[i];

			if (s->line == number)
				add("  held in CPU %u's store buffer: bytes %u-%u%s\n", c, s->low, s->high - 1u,
				    s->epoch == sim.cpus[c].epoch ? ", not published" : "");
		}
}

static void add_events(void)
{
	uint64_t first = sim.nevents > EVENTS ? sim.nevents - EVENTS : 0;

	add("  last events, oldest first:\n");
	for (uint64_t i = first; i < sim.nevents; i++) {
		const struct event *e = &sim.events[i % EVENTS];

		if (e->where == SIM_NOWHERE)
			add("    %6u cpu %u %s %llu\n", e->time, e->cpu, e->what, (unsigned long long)e->n);
		else
			add("    %6u cpu %u %s paddr 0x%llx %llu\n", e->time, e->cpu, e->what,
			    (unsigned long long)ram_paddr(e->where), (unsigned long long)e->n);
	}
}

static void fail(enum sim_failure kind, uint64_t offset, const char *format, va_list args) DMA_PRINTF(3, 0);

static void fail(enum sim_failure kind, uint64_t offset, const char *format, va_list args)
{
	char text[256], machine[256];

	vsnprintf(text, sizeof(text), format, args);
	if (sim_observer && sim_observer->failed && sim_observer->failed(kind, offset, text)) {
		sim.failures[kind]++;
		return;
	}
	if (sim.failures[kind]++ || used)
		return; /* the first one is what matters; the rest is counted */
	sim_config_print(&sim.config, machine, sizeof(machine));
	add("sim: FAILED (%s): %s\n", names[kind], text);
	add("  machine: SIM=%s%s%llu\n", machine,
	    sim.config.adversary && !sim.config.exhaustive ? "; replay with SEED=" : ",seed=",
	    (unsigned long long)sim.config.seed);
	if (offset < sim.nbytes)
		add_line(offset);
	add_events();
	if (sim.config.quiet)
		return;
	fputs(report, stderr);
	if (getenv("SIM_STOP")) /* what a scenario does behind its first failure may not end */
		_exit(1);
}

void sim_fail_at(enum sim_failure kind, uint64_t offset, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail(kind, offset, format, args);
	va_end(args);
}

void sim_fail(enum sim_failure kind, uint64_t paddr, const char *format, ...)
{
	uint64_t offset;
	va_list args;

	machine_lock();
	if (!ram_offset(paddr, 1, &offset))
		offset = SIM_NOWHERE;
	va_start(args, format);
	fail(kind, offset, format, args);
	va_end(args);
	machine_unlock();
}

bool sim_check_(bool fine, const char *text, const char *file, int line)
{
	if (!fine)
		sim_fail(SIM_CHECK_FAILED, SIM_NOWHERE, "%s:%d: %s", file, line, text);
	return fine;
}
