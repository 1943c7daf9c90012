/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Explores all programs, and prints TAP with the number of interleavings:
 *   explore [--first] [--weak] [TEXT...]
 * TEXT: those whose name has one of them in it; --first: ends at the first failure; --weak: only the bounds with old
 * reads. PREEMPTIONS, OLD_READS and RUNS in the environment set other bounds; RUNS cuts each program off after so many.
 */
#include "programs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_RUNS 6000u /* of each program in ./check; RUNS=0: all within the bounds (make explore) */

static const struct explore_program *const programs[] = {
	&segment_slice_and_drop,
	&segment_split_and_drop,
	&segment_three_drops,
	&segment_tail_first,
	&segment_split_and_clone,
	&segment_three_parts,
	&segment_interrupt,
	&node_alloc_and_free,
	&node_interrupt,
	&ledger_end,
	&ledger_count,
	&ledger_remove,
	&queue_two_cpus,
	&queue_slow,
	&queue_full,
	&queue_interrupt,
	&queue_aborted,
	&addresses_two,
	&addresses_one_stack,
	&addresses_three,
	&addresses_sizes,
	&addresses_grow,
	&addresses_trim,
	&addresses_looked_at,
	&addresses_interrupt,
	&faults_two_polls,
	&faults_look,
	&faults_missed,
	&tables_mapped,
	&tables_split,
	&domain_cold,
	&domain_mixed,
	&domain_trim,
	&domain_three,
	&domain_strict,
	&domain_interrupt,
	&domain_flush,
	&domain_deferred,
};

static unsigned number(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 0) : otherwise;
}

/* Not a global: those are put back at each run. */
struct sum {
	unsigned failed, tests;
	unsigned long long total;
};

static void one(struct sum *sum, const struct explore_program *p, const struct explore_bounds *b)
{
	struct explore_result r = explore(p, b);

	sum->total += r.runs;
	printf("%s %u - %s: %llu interleavings, %u preemptions, %u old reads%s\n", r.failed ? "not ok" : "ok",
	       ++sum->tests, p->name, (unsigned long long)r.runs, b->preemptions, b->old_reads,
	       r.failed || r.complete ? "" : ", cut off");
	if (r.failed) {
		sum->failed++;
		printf("# %s\n", r.why);
		fflush(stdout);
		if (getenv("PRINT_PATH"))
			explore_print_path(p);
	}
	fflush(stdout);
}

/* What the command line asks for. */
struct wanted {
	bool first, weak;
	int ntexts;
	char **text;
};

static bool wants(const struct wanted *w, const char *name)
{
	for (int i = 0; i < w->ntexts; i++)
		if (strstr(name, w->text[i]))
			return true;
	return w->ntexts == 0;
}

int main(int argc, char **argv)
{
	struct wanted w = {false, false, argc - 1, argv + 1};
	struct sum sum = {0};

	for (; w.ntexts > 0 && !strncmp(w.text[0], "--", 2); w.ntexts--, w.text++) {
		w.first = w.first || !strcmp(w.text[0], "--first");
		w.weak = w.weak || !strcmp(w.text[0], "--weak");
	}
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]) && !(w.first && sum.failed); i++) {
		const struct explore_program *p = programs[i];
		unsigned preemptions = number("PREEMPTIONS", p->preemptions ? p->preemptions : 2);

		if (!wants(&w, p->name))
			continue;
		if (!w.weak)
			one(&sum, p, &(struct explore_bounds){preemptions, 0, number("RUNS", CHECK_RUNS)});
		if (!(w.first && sum.failed))
			one(&sum, p,
			    &(struct explore_bounds){preemptions < 2 ? preemptions : number("PREEMPTIONS", 2),
						     number("OLD_READS", p->old_reads ? p->old_reads : 1),
						     number("RUNS", CHECK_RUNS)});
	}
	printf("1..%u\n# %llu interleavings\n", sum.tests, sum.total);
	return sum.failed != 0;
}
