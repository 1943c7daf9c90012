/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a driver's work costs from end to end: reads of a disk, frames sent and received. bench/linux/ends.c does the
 * same in Linux. For each of them it warms up, then does `ops` of them between two calls of ends_mark(), which
 * whoever counts executed instructions looks for, and prints
 *
 *	ends NAME OPERATIONS NANOSECONDS INVALIDATIONS
 *
 * Options: job=disk|net|pairs ops=N only=NAME (with _ for a space).
 * bursts=on: what is counted must not depend on when the host answers. A burst of requests is submitted, all answers
 * are given time to come, and are then taken at once; to be used with interrupts=off.
 */
#include "ends.h"
#include "bus.h"
#include "pairs.h"

static const struct job jobs[] = {
	{.name = "read 128 KiB, depth 8", .disk = true, .bytes = 131072, .depth = 8},
	{.name = "read 4 KiB random, depth 1", .disk = true, .random = true, .bytes = 4096, .depth = 1},
	{.name = "read 4 KiB random, depth 32", .disk = true, .random = true, .bytes = 4096, .depth = 32},
	{.name = "kept read 128 KiB, depth 8", .disk = true, .kept = true, .bytes = 131072, .depth = 8},
	{.name = "kept read 4 KiB random, depth 1",
	 .disk = true,
	 .random = true,
	 .kept = true,
	 .bytes = 4096,
	 .depth = 1},
	{.name = "kept read 4 KiB random, depth 32",
	 .disk = true,
	 .random = true,
	 .kept = true,
	 .bytes = 4096,
	 .depth = 32},
	{.name = "send 64 bytes", .send = true, .bytes = 64},
	{.name = "send 1500 bytes", .send = true, .bytes = 1500},
	{.name = "receive 64 bytes", .bytes = 64},
	{.name = "receive 1500 bytes", .bytes = 1500},
};

static char problem[200];

int ends_fail(int error, const char *what)
{
	struct text t = text_in(problem, sizeof(problem));

	text_put(&t, what);
	text_put(&t, ": ");
	text_put(&t, dma_strerror(error));
	return error;
}

/* The count of executed instructions is read whenever the first instruction of this one is executed. */
void ends_mark(void);
__attribute__((noinline)) void ends_mark(void)
{
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void wait_for(bool (*ready)(void))
{
	for (unsigned i = 0; i < 100000 && !ready(); i++)
		__asm__ volatile("pause");
}

bool ends_bursts;

__attribute__((noinline)) void wait_answers(void)
{
	for (unsigned i = 0; i < 10000 && ends_bursts; i++)
		__asm__ volatile("pause");
}

/* ---- A job ---- */

static void say(const char *name, uint64_t ops, uint64_t ns, uint64_t invalidations)
{
	char line[160];
	struct text t = text_in(line, sizeof(line));

	text_put(&t, "ends ");
	for (const char *c = name; *c; c++) {
		char one[2] = {*c == ' ' ? '_' : *c, 0};

		text_put(&t, one);
	}
	text_put(&t, " ");
	text_put_number(&t, ops);
	text_put(&t, " ");
	text_put_number(&t, ns);
	text_put(&t, " ");
	text_put_number(&t, invalidations);
	text_put(&t, "\n");
	bus_write(line, t.used);
}

static int measure(const struct job *job, uint64_t ops)
{
	int (*run)(const struct job *, uint64_t) = job->disk ? ends_run_reads : ends_run_frames;
	struct dma_stats before, after;
	uint64_t began, ns;
	int error = 0;

	if (job->disk)
		error = ends_prepare_reads(job);
	if (!error)
		error = run(job, ops / 4 + 1);
	if (!error) {
		dma_stats(&before);
		began = dma_host_time_ns();
		ends_mark();
		error = run(job, ops);
		ends_mark();
		ns = dma_host_time_ns() - began;
		dma_stats(&after);
		if (!error)
			say(job->name, ops, ns, after.iotlb_invalidations - before.iotlb_invalidations);
	}
	if (job->disk)
		ends_drop_reads(job);
	return error;
}

static bool is_wanted(const struct job *job, bool disks)
{
	const char *only = bus_option("only", ""), *name = job->name;

	if (job->disk != disks)
		return false;
	while (*only && (*only == *name || (*only == '_' && *name == ' '))) {
		only++;
		name++;
	}
	return !*only;
}

/* A second of each, in short runs: the best of them counts, in which no CPU had to wait for the host. */
static int measure_pairs(void)
{
	static const char *const names[] = {"pairs by 1 CPU", "pairs by 2 CPUs"};
	struct pairs one, best;
	int error = 0;

	for (unsigned n = 1; n <= 2 && n <= bus_cpus() && !error; n++) {
		best = (struct pairs){.ns = 1};
		for (unsigned i = 0; i < 50 && !error; i++) {
			error = pairs_run(ends_disk->dma, n, 20000000, &one);
			if (!error && one.pairs * best.ns > best.pairs * one.ns)
				best = one;
		}
		if (!error)
			say(names[n - 1], best.pairs, best.ns, best.invalidations);
	}
	return error;
}

int app_main(void)
{
	bool nets = text_same(bus_option("job", "disk"), "net"), pairs = text_same(bus_option("job", "disk"), "pairs");
	struct text why = text_in(problem, sizeof(problem));
	uint64_t ops = 2000;
	char line[sizeof(problem) + 16];
	int error = dma_init();

	(void)text_number(bus_option("ops", "2000"), &ops);
	ends_bursts = text_same(bus_option("bursts", "off"), "on");
	if (!error)
		error = nets ? ends_open_net(&why) : block_open(0, &ends_disk, &why);
	if (!error && pairs)
		error = measure_pairs();
	for (unsigned i = 0; i < sizeof(jobs) / sizeof(jobs[0]) && !error && !pairs; i++)
		if (is_wanted(&jobs[i], !nets))
			error = measure(&jobs[i], ops);
	if (error) {
		struct text t = text_in(line, sizeof(line));

		text_put(&t, "ends: ");
		text_put(&t, problem[0] ? problem : dma_strerror(error));
		text_put(&t, "\n");
		bus_write(line, t.used);
		return 1;
	}
	bus_write("ends end\n", 9);
	return 0;
}
