/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The truth table of confidential VMs with conversions that fail: (can_sync, coherent, uncached_ok) x ways to make a
 * stream or coherent memory x directions x no domain, a strict one, a deferred one x with a pool and without, and in
 * each cell share and unshare failing at every call (once, or from that call on; with each kind of error; before the
 * first page, in the middle, or after the last page), and beside it every other hook that may fail, at every call.
 *
 * What must come of it: the error is returned and nothing is made, or the data are right both ways; the device could
 * see no private byte at any moment; every frame is the host's again or in quarantine; what is shared is in quarantine;
 * a failure that leaves one page in doubt quarantines one page; and the same works once the host behaves.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../hosts/fake.h"
#include <stdio.h>

#define NPAGES ((size_t)3)
#define SECRET 5 /* the label of what the host of a confidential VM must not see */

enum way { ALLOC, ALLOC_UNINIT, MAP, COHERENT, WAYS };
enum domain { NONE, STRICT, DEFERRED, DOMAINS };
enum where { MIDDLE, ANYWHERE, BEHIND_ALL, WHERES };

static const char *const ways[] = {"alloc", "alloc_uninit", "map", "coherent"};
static const char *const domains[] = {"no domain", "strict", "deferred"};
static const char *const wheres[] = {"in the middle", "anywhere", "behind all"};

struct cell {
	enum way way;
	enum domain domain;
	unsigned dir;
};

struct fault {
	enum sim_hook conversion, other;
	unsigned at, other_at; /* other_at 0: no other hook fails */
	bool from_then_on;
	int error;
	enum where where;
};

struct run {
	struct cell cell;
	struct fault fault;
	bool reached, other_reached, failed, made;
	uint64_t quarantined;
};

static bool is_documented(int error)
{
	return error == DMA_ENOMEM || error == DMA_EIO || error == DMA_EACCES || error == DMA_ENODEV ||
	       error == DMA_EFAULT || error == DMA_ENOTSUP;
}

static int make(const struct cell *c, struct core_device *dev, struct dma_stream *s, const struct dma_segment *kept)
{
	struct dma_coherent ring = {{0}};
	struct dma_segment seg = {0};
	int error;

	switch (c->way) {
	case ALLOC:
		return dma_stream_alloc(s, &dev->dma, c->dir, NPAGES);
	case ALLOC_UNINIT:
		return dma_stream_alloc_uninit(s, &dev->dma, c->dir, NPAGES);
	case MAP:
		error = dma_segment_clone(kept, &seg);
		if (!error)
			error = dma_stream_map(s, &dev->dma, c->dir, &seg);
		dma_segment_drop(&seg);
		return error;
	default:
		error = dma_coherent_alloc(&ring, &dev->dma, 0, NPAGES);
		*s = ring.stream;
		return error;
	}
}

static bool is_readable(const struct cell *c)
{
	return c->domain == NONE || c->dir & DMA_TO_DEVICE;
}

/* What was made works, shows nothing that is private, and goes. */
static void use(const struct cell *c, struct core_device *dev, struct dma_stream *s)
{
	unsigned char byte;

	/* A device finds its memory by being told: what was published before that has arrived. */
	SIM_CHECK(sim_device_read(dev->sim, s->daddr, &byte, 1) == (is_readable(c) ? 0 : DMA_EFAULT));
	SIM_CHECK(sim_device_foreign(dev->sim, s->daddr, NPAGES * PAGE) == 0);
	if (c->way != COHERENT)
		core_exchange(dev, s, 5);
	SIM_CHECK(sim_device_foreign(dev->sim, s->daddr, NPAGES * PAGE) == 0);
	dma_stream_release(s);
}

static void work_off(struct core_device *dev)
{
	if (dev->dma.domain)
		SIM_CHECK(dma_domain_flush(dev->dma.domain) == 0);
	(void)dma_reclaim(); /* a run of the pool that was of use since the last call stays */
	(void)dma_reclaim();
}

static void arm(const struct fault *f)
{
	sim_conversion_error(f->error);
	if (f->where == BEHIND_ALL)
		sim_lie(true);
	else if (f->from_then_on)
		sim_fail_hook_from(f->conversion, f->at);
	else
		sim_fail_hook(f->conversion, f->at);
	if (f->other_at)
		sim_fail_hook(f->other, f->other_at);
}

static void disarm(const struct fault *f)
{
	sim_lie(false);
	sim_fail_hook(f->conversion, 0);
	sim_fail_hook(f->other, 0);
}

/* How many pages the failures may cost: one each where one is in doubt. A page that cannot be made private is lost
 * whatever the error; one that was not shared for certain is not. */
static uint64_t most_lost(const struct fault *f, bool unshares, unsigned failures, uint64_t run_pages)
{
	if (failures == 0 || f->where == BEHIND_ALL || (f->error == DMA_EACCES && !unshares))
		return 0;
	return f->error == DMA_ENODEV ? run_pages : failures;
}

static void attempt(void *arg)
{
	struct run *run = arg;
	const struct fault *f = &run->fault;
	struct dma_segment kept = {0};
	struct dma_stream s = {0};
	struct core_device dev;
	unsigned before, other_before, calls, label;
	bool reached, other_reached;
	uint64_t frames, pages, most, run_pages = sim_config()->shared_run > NPAGES ? sim_config()->shared_run : NPAGES;
	int error;

	if (run->cell.domain == NONE)
		core_open(&dev);
	else
		fake_open(&dev, DMA_DOMAIN_SPLITS | (run->cell.domain == DEFERRED ? DMA_DOMAIN_DEFERRED : 0));
	if (run->cell.way == MAP) {
		label = sim_label(run->cell.dir & DMA_TO_DEVICE ? SIM_OWN : SECRET);
		if (!core_segment(&kept, NPAGES, 7))
			return;
		sim_label(label);
	}
	frames = sim.frames;
	pages = core_pages();
	before = sim_hook_calls(f->conversion);
	other_before = sim_hook_calls(f->other);
	arm(f);
	error = make(&run->cell, &dev, &s, &kept);
	run->failed = error != 0;
	run->made |= !error;
	SIM_CHECK(error ? is_documented(error) && !s.dev : s.dev != NULL);
	if (!error)
		use(&run->cell, &dev, &s);
	work_off(&dev);
	calls = sim_hook_calls(f->conversion) - before;
	reached = calls >= f->at;
	other_reached = f->other_at && sim_hook_calls(f->other) - other_before >= f->other_at;
	run->reached |= reached;
	run->other_reached |= other_reached;
	disarm(f);
	if (f->conversion == SIM_HOOK_SHARE && reached && f->where != BEHIND_ALL && !f->other_at)
		SIM_CHECK(error == (f->error ? f->error : DMA_EIO));
	run->quarantined = core_stats().pages_quarantined;
	most = most_lost(f, f->conversion == SIM_HOOK_UNSHARE, f->from_then_on && reached ? calls - f->at + 1 : reached,
			 run_pages);
	if (f->other == SIM_HOOK_SHARE || f->other == SIM_HOOK_UNSHARE)
		most += most_lost(f, f->other == SIM_HOOK_UNSHARE, other_reached, run_pages);
	SIM_CHECK(run->quarantined <= most);
	SIM_CHECK(sim.frames == frames + run->quarantined && sim.shared_pages <= run->quarantined);
	SIM_CHECK(core_pages() == pages && core_stats().pages_shared == 0 && sim.kva_pages == 0);
	/* Again, now that the host behaves. */
	error = make(&run->cell, &dev, &s, &kept);
	SIM_CHECK(error == 0 || error == DMA_ENOTSUP);
	if (!error)
		use(&run->cell, &dev, &s);
	work_off(&dev);
	SIM_CHECK(core_stats().pages_quarantined == run->quarantined && sim.frames == frames + run->quarantined);
	SIM_CHECK(sim.kva_pages == 0 && core_stats().pages_shared == 0);
	dma_segment_drop(&kept);
	if (run->cell.domain == NONE)
		core_close(&dev);
	else
		fake_close(&dev);
}

/* ---- The table ---- */

static struct outcome {
	unsigned runs, errors;
	uint64_t most;
} outcomes[2][WHERES][3];
static unsigned total, cells;

static const int errors[] = {0, DMA_EACCES, DMA_ENODEV};
static const char *const error_names[] = {"EIO", "EACCES", "ENODEV"};

static unsigned once(const char *words, struct run *run, unsigned error)
{
	const struct fault *f = &run->fault;
	struct sim_config machine = f->where == ANYWHERE ? sim_config_hostile(words) : sim_config_plain(words);
	struct outcome *outcome = &outcomes[f->conversion == SIM_HOOK_UNSHARE][f->where][error];
	unsigned failures;

	machine.quiet = true;
	machine.device.readable &= ~(UINT32_C(1) << SECRET);
	run->reached = run->other_reached = run->made = false;
	failures = f->where == ANYWHERE ? sim_random(&machine, attempt, run, 2) : sim_run(&machine, attempt, run);
	total++;
	outcome->runs++;
	outcome->errors += !run->made;
	outcome->most = run->quarantined > outcome->most ? run->quarantined : outcome->most;
	if (failures)
		printf("# SIM=%s, %s, direction %u, %s: %s fails at call %u%s with %s, %s; %s at call %u\n%s", words,
		       ways[run->cell.way], run->cell.dir, domains[run->cell.domain], sim_hook_name(f->conversion),
		       f->at, f->from_then_on ? " and after" : "", error_names[error], wheres[f->where],
		       sim_hook_name(f->other), f->other_at, sim_report());
	return failures;
}

/* Every call of the conversion, and, with others, every call of each other hook beside it. */
static unsigned every_call(const char *words, struct run *run, unsigned error, bool others)
{
	struct fault *f = &run->fault;
	unsigned failures = 0;

	f->error = errors[error];
	for (f->at = 1; f->at < 100 && !failures; f->at++) {
		f->other_at = 0;
		failures += once(words, run, error);
		if (!run->reached || f->where == BEHIND_ALL)
			break;
		for (unsigned other = SIM_HOOK_PAGE_ALLOC; others && other <= SIM_HOOK_UNSHARE && !failures; other++) {
			f->other = (enum sim_hook)other;
			if (f->other == f->conversion)
				continue;
			for (f->other_at = 1; f->other_at < 100 && !failures; f->other_at++) {
				failures += once(words, run, error);
				if (!run->other_reached)
					break;
			}
		}
	}
	return failures;
}

static unsigned cell(const char *words, struct cell c)
{
	struct run run = {.cell = c};
	unsigned failures = 0;

	cells++;
	for (unsigned way = 0; way < 2; way++)
		for (unsigned where = 0; where < WHERES; where++)
			for (unsigned error = 0; error < 3 && (where != BEHIND_ALL || error == 0); error++)
				for (unsigned on = 0; on < 2 && !failures; on++) {
					run.fault =
						(struct fault){.conversion = way ? SIM_HOOK_UNSHARE : SIM_HOOK_SHARE,
							       .other = SIM_HOOK_PAGE_ALLOC,
							       .from_then_on = on,
							       .where = (enum where)where};
					failures += every_call(words, &run, error, where == MIDDLE && error == 0);
				}
	return failures;
}

static unsigned row(unsigned bits, unsigned run_pages, enum domain domain)
{
	char words[128];
	unsigned failures = 0;

	snprintf(words, sizeof(words), "low=1,high=1,cvm,run=%u%s%s%s", run_pages, bits & 1 ? "" : ",noncoherent",
		 bits & 2 ? "" : ",nosync", bits & 4 ? "" : ",nouncached");
	for (unsigned way = 0; way < WAYS; way++)
		for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL && !failures; dir++)
			if ((way != COHERENT || dir == DMA_BIDIRECTIONAL) && (way != ALLOC || dir != DMA_FROM_DEVICE))
				failures += cell(words, (struct cell){(enum way)way, domain, dir});
	return failures;
}

static void print_table(void)
{
	printf("# | fails | where | says | runs | nothing was made | quarantined, at most |\n");
	for (unsigned way = 0; way < 2; way++)
		for (unsigned where = 0; where < WHERES; where++)
			for (unsigned error = 0; error < 3; error++) {
				const struct outcome *o = &outcomes[way][where][error];

				if (o->runs)
					printf("# | %s | %s | %s | %u | %u | %u |\n", way ? "unshare" : "share",
					       wheres[where], error_names[error], o->runs, o->errors,
					       (unsigned)o->most);
			}
}

int main(void)
{
	unsigned failed = 0, n = 0;

	printf("1..48\n");
	for (unsigned bits = 0; bits < 8; bits++)
		for (unsigned pool = 0; pool < 2; pool++)
			for (unsigned domain = 0; domain < DOMAINS; domain++) {
				unsigned failures = row(bits, pool ? 8 : 1, (enum domain)domain);

				failed += failures != 0;
				printf("%sok %u - coherent=%u can_sync=%u uncached_ok=%u, %s, %s\n",
				       failures ? "not " : "", ++n, bits & 1, bits >> 1 & 1, bits >> 2 & 1,
				       pool ? "a pool" : "no pool", domains[domain]);
				fflush(stdout);
			}
	print_table();
	printf("# %u cells, %u runs\n", cells, total);
	return failed != 0;
}
