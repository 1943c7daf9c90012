/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Explores all programs, and prints TAP with the number of interleavings:
 *   explore [--first] [--weak] [--exactly] [TEXT...]
 * TEXT: those whose name has one of them in it, or is one of them (--exactly); --first: ends at the first failure;
 * --weak: only the bounds with old reads. PREEMPTIONS, OLD_READS and RUNS in the environment set other bounds; RUNS
 * cuts each program off after so many.
 * DRAWN interleavings of each program are drawn instead of enumerated, with 3 preemptions and 2 old loads: each corner
 * gets a few. With SEED, all are.
 */
#include "programs.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_RUNS  1000u /* of each program in ./check; RUNS=0: all within the bounds (make explore) */
#define CHECK_DRAWN 500u  /* beside them, with 3 preemptions and 2 old loads */

static const struct explore_program *const programs[] = {
	&segment_slice_and_drop,
	&segment_split_and_drop,
	&segment_tail_first,
	&segment_split_and_clone,
	&segment_three_drops,
	&segment_three_parts,
	&segment_interrupt,
	&segment_slice_again,
	&node_alloc_and_free,
	&node_interrupt,
	&node_empty,
	&node_reserve,
	&ledger_remove,
	&ledger_devices,
	&ledger_shared,
	&ledger_count,
	&ledger_end,
	&queue_aborted,
	&queue_passed,
	&queue_behind,
	&queue_reset,
	&queue_widened,
	&queue_mute,
	&queue_two_cpus,
	&queue_slow,
	&queue_full,
	&queue_interrupt,
	&queue_bell_words,
	&queue_bell_head,
	&queue_bell_slow,
	&queue_bell_slow_head,
	&queue_bell_thrown,
	&queue_bell_thrown_head,
	&queue_bell_interrupt,
	&queue_bell_interrupt_head,
	&queue_bell_leader_interrupt,
	&queue_bell_two_leaders,
	&queue_bell_two_followers,
	&queue_bell_two_followers_head,
	&queue_bell_resigns,
	&queue_bell_met,
	&queue_bell_met_interrupt,
	&queue_bell_full,
	&queue_bell_mute,
	&queue_bell_mute_resigns,
	&addresses_two,
	&addresses_one_stack,
	&addresses_three,
	&addresses_sizes,
	&addresses_grow,
	&addresses_trim,
	&addresses_looked_at,
	&addresses_interrupt,
	&addresses_short_stacks,
	&addresses_short_stack,
	&addresses_one_page,
	&addresses_one_range,
	&addresses_two_words,
	&addresses_trim_short,
	&addresses_grow_three,
	&addresses_grow_whole,
	&addresses_again,
	&addresses_counted,
	&addresses_counted_second,
	&addresses_swept,
	&addresses_marks,
	&addresses_restored,
	&addresses_claimed,
	&addresses_makes_room,
	&faults_two_polls,
	&faults_look,
	&faults_missed,
	&faults_log,
	&tables_mapped,
	&tables_split,
	&tables_fresh,
	&tables_fresh_two,
	&domain_deferred,
	&domain_flush,
	&domain_strict,
	&domain_cold,
	&domain_mixed,
	&domain_trim,
	&domain_three,
	&domain_interrupt,
	&domain_rings_come,
	&domain_ring_brought,
	&domain_ring_brought_by_two,
	&domain_ring_flushed,
	&domain_round,
	&domain_round_mute,
	&domain_mute,
	&domain_tables,
	&domain_table_flushed,
	&domain_counted,
	&domain_two_flushes,
	&domain_guessed,
	&domain_guessed_pages,
	&domain_guessed_slow,
	&domain_guessed_bounded,
	&domain_guessed_alloc,
	&domain_guessed_no_fast_path,
	&domain_guessed_general,
	&domain_guessed_scattered,
	&domain_guessed_view,
	&stream_mapped,
	&stream_mapped_slowly,
	&stream_to_device,
	&stream_to_device_bounced,
	&stream_from_device,
	&stream_from_device_bounced,
	&stream_rearmed,
	&list_mapped,
	&list_to_device,
	&list_to_device_slowly,
	&list_buffer_to_device,
	&list_batch_to_device,
	&list_scattered_to_device,
	&list_scattered_to_device_slowly,
	&list_from_device,
	&list_from_device_slowly,
	&list_buffer_from_device,
	&list_batch_from_device,
	&list_scattered_from_device,
	&list_scattered_from_device_slowly,
	&list_bounced,
	&list_bounced_to_device,
	&list_bounced_from_device,
	&list_buffer_bounced,
	&list_rearmed,
	&list_scattered_rearmed,
	&unit_two_domains,
	&unit_one_domain,
	&unit_short,
	&unit_dead,
	&unit_left,
	&unit_polled,
	&unit_asked_for,
	&unit_probed,
	&entry_filled,
	&entry_swapped,
	&entry_stream,
	&entry_context,
	&entry_interrupts,
	&driver_head,
	&driver_event,
	&virtq_offered,
	&virtq_notified,
	&virtq_used,
	&record_strict,
	&record_looked_up,
	&pool_two,
	&pool_one_magazine,
	&pool_interrupt,
	&pool_last,
	&pool_reserve,
	&pool_full,
	&pool_twice,
	&pool_reclaimed,
	&pool_grows,
	&pool_empty,
	&counted_two,
	&counted_three,
	&counted_get,
	&counted_interrupt,
	&arena_two,
	&arena_full,
	&arena_interrupt,
	&arena_counted,
	&bounce_two,
	&bounce_cold,
	&bounce_interrupt,
};

static unsigned number(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 0) : otherwise;
}

#define PROTOCOLS 20u

/* What the names of programs begin with. */
struct protocol {
	char name[16];
	unsigned programs, least, most; /* preemptions */
	unsigned long long runs[2];	/* without old reads, with */
	unsigned long long drawn;
	unsigned cut_off;
};

/* Not a global: those are put back at each run. */
struct sum {
	unsigned failed, tests, nprotocols;
	unsigned long long total;
	struct protocol protocol[PROTOCOLS];
};

static struct protocol *protocol_of(struct sum *sum, const char *name)
{
	size_t length = strcspn(name, ":");
	unsigned i = 0;

	while (i < sum->nprotocols && (strncmp(sum->protocol[i].name, name, length) || sum->protocol[i].name[length]))
		i++;
	if (i == PROTOCOLS || length >= sizeof(sum->protocol[i].name))
		abort();
	if (i == sum->nprotocols) {
		memcpy(sum->protocol[sum->nprotocols++].name, name, length);
		sum->protocol[i].least = UINT_MAX;
	}
	return &sum->protocol[i];
}

static void count(struct sum *sum, const char *name, const struct explore_result *r, const struct explore_bounds *b)
{
	struct protocol *p = protocol_of(sum, name);

	sum->total += r->runs;
	if (b->seed) {
		p->drawn += r->runs;
		return;
	}
	p->runs[b->old_reads != 0] += r->runs;
	p->programs += b->old_reads != 0;
	p->least = b->preemptions < p->least ? b->preemptions : p->least;
	p->most = b->preemptions > p->most ? b->preemptions : p->most;
	p->cut_off += !r->complete;
}

static void print_table(const struct sum *sum)
{
	printf("#\n# | protocol | programs | preemptions | without old reads | with | cut off | drawn |\n");
	for (unsigned i = 0; i < sum->nprotocols; i++) {
		const struct protocol *p = &sum->protocol[i];

		printf("# | %s | %u | %u to %u | %llu | %llu | %u | %llu |\n", p->name, p->programs, p->least, p->most,
		       p->runs[0], p->runs[1], p->cut_off, p->drawn);
	}
}

static void one(struct sum *sum, const struct explore_program *p, const struct explore_bounds *b)
{
	struct explore_result r = explore(p, b);

	count(sum, p->name, &r, b);
	printf("%s %u - %s: %llu interleavings, %u preemptions, %u old reads%s\n", r.failed ? "not ok" : "ok",
	       ++sum->tests, p->name, (unsigned long long)r.runs, b->preemptions, b->old_reads,
	       r.failed || r.complete ? ""
	       : b->seed	      ? ", drawn"
				      : ", cut off");
	if (r.failed) {
		sum->failed++;
		printf("# %s\n", r.why);
		fflush(stdout);
		if (getenv("PRINT_PATH"))
			explore_print_path(p, b);
	}
	fflush(stdout);
}

/* What the command line asks for. */
struct wanted {
	bool first, weak, exactly;
	int ntexts;
	char **text;
};

static bool wants(const struct wanted *w, const char *name)
{
	for (int i = 0; i < w->ntexts; i++)
		if (w->exactly ? !strcmp(name, w->text[i]) : strstr(name, w->text[i]) != NULL)
			return true;
	return w->ntexts == 0;
}

int main(int argc, char **argv)
{
	struct wanted w = {false, false, false, argc - 1, argv + 1};
	struct sum sum = {0};

	for (; w.ntexts > 0 && !strncmp(w.text[0], "--", 2); w.ntexts--, w.text++) {
		w.first = w.first || !strcmp(w.text[0], "--first");
		w.weak = w.weak || !strcmp(w.text[0], "--weak");
		w.exactly = w.exactly || !strcmp(w.text[0], "--exactly");
	}
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]) && !(w.first && sum.failed); i++) {
		const struct explore_program *p = programs[i];
		unsigned preemptions = number("PREEMPTIONS", p->preemptions ? p->preemptions : 2);

		if (!wants(&w, p->name))
			continue;
		if (!w.weak)
			one(&sum, p,
			    &(struct explore_bounds){preemptions, 0, number("RUNS", CHECK_RUNS), number("SEED", 0)});
		if (!(w.first && sum.failed))
			one(&sum, p,
			    &(struct explore_bounds){preemptions < 2 ? preemptions : number("PREEMPTIONS", 2),
						     number("OLD_READS", p->old_reads ? p->old_reads : 1),
						     number("RUNS", CHECK_RUNS), number("SEED", 0)});
		if (!w.weak && !(w.first && sum.failed) && number("DRAWN", CHECK_DRAWN))
			one(&sum, p, &(struct explore_bounds){3, 2, number("DRAWN", CHECK_DRAWN), 1});
	}
	if (!sum.tests) {
		fprintf(stderr, "explore: no program has a name like that\n");
		return 2;
	}
	printf("1..%u\n# %llu interleavings\n", sum.tests, sum.total);
	print_table(&sum);
	return sum.failed != 0;
}
