/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A program made by dmacheck cc: runs the harness on each machine under many seeds, each time in a process of its own,
 * and sums up what was found. Options: usage(). Exit status: 0 nothing found, 1 findings (errors or warnings), 2 it
 * could not be run.
 */
#include "runtime.h"
#include <dmastream/init.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct machine {
	const char *name, *words;
	bool iommu;
	const char *help;
} machines[] = {
	{"coherent", "coherent", false, "devices snoop the caches; no IOMMU, no bounces"},
	{"line64", "noncoherent,line=64", false, "devices do not snoop; cache lines of 64 bytes"},
	{"line32", "noncoherent,line=32", false, "the same, 32 bytes"},
	{"line128", "noncoherent,line=128", false, "the same, 128 bytes"},
	{"writethrough", "noncoherent,line=32,writethrough", false, "devices do not snoop, caches write through"},
	{"bounced", "coherent,mask=32", false, "devices reach 4 GiB: what lies above is copied"},
	{"bounced-line64", "noncoherent,line=64,mask=32", false, "the same, and they do not snoop"},
	{"confidential", "coherent,cvm", false, "a confidential VM: all is copied into shared pages"},
	{"iommu", "coherent", true, "behind an IOMMU"},
	{"iommu-line64", "noncoherent,line=64", true, "the same, and devices do not snoop"},
};
#define MACHINES (sizeof(machines) / sizeof(*machines))

static struct {
	uint64_t chosen; /* machines, a bit each */
	uint64_t seeds, seed;
	bool one_seed, each; /* each: all seeds on all machines, not in turn */
	enum format format;
	const char *output, *trace;
	unsigned timeout;
	bool quiet;
} options = {.seeds = 100, .timeout = 20};

const char *machine_name(uint64_t machine)
{
	return machines[machine].name;
}

static void usage(FILE *to)
{
	fputs("options of dmacheck run:\n"
	      "  --seeds N         runs on each machine, seeds 1 to N (100)\n"
	      "  --seed N          only that seed\n"
	      "  --machine NAME    only that machine; may be given more than once\n"
	      "  --format text|json|sarif   how the report is written (text)\n"
	      "  --output FILE     where to (standard output)\n"
	      "  --trace FILE      a trace of the first run, for Perfetto\n"
	      "  --timeout SECONDS of one run (20)\n"
	      "machines:\n",
	      to);
	for (size_t i = 0; i < MACHINES; i++)
		fprintf(to, "  %-16s  %s\n", machines[i].name, machines[i].help);
}

/* ---- One run ---- */

static const char too_late[] = "the run did not end in time";

static void crashed(int signal)
{
	struct finding *f = finding_new(CRASH, NULL, 0);

	if (signal == SIGALRM)
		finding_say(f, "%s", too_late);
	else
		finding_say(f, "the driver crashed (signal %d)", signal);
	finding_send(f);
	_exit(4);
}

static const struct sim_announcer announcer = {page_load, page_store, stack_enter, stack_leave, NULL};

static void fence(void)
{
	door();
	sim_publish();
	sim_consume();
}

static void run(size_t machine, uint64_t seed, int fd)
{
	static struct sim_announcer with_fence;
	char words[128];
	struct sim_config config;
	static char stack[65536];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_handler = crashed, .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND)};

	/* RAM above 4 GiB where the machine's devices do not reach it, which is copied then; elsewhere all of it is
	 * within the 32 bits that a driver may count on which has set no mask. */
	snprintf(words, sizeof(words), "%s,offset,%s", machines[machine].words,
		 strstr(machines[machine].words, "mask=32") ? "low=16,high=64" : "low=80,high=0");
	config = sim_config_hostile(words);
	config.seed = seed;
	config.quiet = true;
	finding_start(fd, machine, seed);
	sigaltstack(&alternate, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
	sigaction(SIGABRT, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm(options.timeout);
	judge_watch();
	sim_start(&config);
	judge_start();
	pages_start();
	layer_start();
	iommu_watch(machines[machine].iommu);
	if (options.trace)
		trace_start(options.trace);
	if (dma_init()) /* not weak: then an archive would leave it out */
		_exit(2);
	with_fence = announcer;
	with_fence.fence = fence;
	sim_announcer = &with_fence;
	dmacheck_main();
	door();
	sim_announcer = NULL;
	ledger_finish();
	(void)!dma_fini();
	if (options.trace)
		trace_end();
	_exit(0);
}

/* ---- All runs ---- */

static struct seen *seen;
static size_t nseen, room;

static unsigned late_runs[MACHINES]; /* that did not end in time */

static bool same(const struct finding *a, const struct finding *b)
{
	return a->rule == b->rule && a->access.pc == b->access.pc && a->made.pc == b->made.pc &&
	       (a->access.pc || strcmp(a->text, b->text) == 0);
}

static void add(const struct finding *f, uint64_t run)
{
	static uint64_t last_run[4096];

	for (size_t i = 0; i < nseen; i++)
		if (same(&seen[i].first, f)) {
			if (i < 4096 && last_run[i] != run)
				seen[i].runs++;
			if (i < 4096)
				last_run[i] = run;
			seen[i].machines |= (uint64_t)1 << f->machine;
			return;
		}
	if (nseen == room) {
		room = room ? 2 * room : 32;
		seen = realloc(seen, room * sizeof(*seen));
		if (!seen)
			exit(2);
	}
	if (nseen < 4096)
		last_run[nseen] = run;
	seen[nseen++] = (struct seen){*f, 1, (uint64_t)1 << f->machine};
}

/* Reads findings until the child has closed its end. */
static void collect(int fd, uint64_t run_number)
{
	struct finding f;
	size_t have = 0;

	for (;;) {
		ssize_t n = read(fd, (char *)&f + have, sizeof(f) - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
		if (have < sizeof(f))
			continue;
		have = 0;
		if (f.rule == CRASH && strcmp(f.text, too_late) == 0)
			late_runs[f.machine]++;
		add(&f, run_number);
	}
}

static bool one(size_t machine, uint64_t seed, uint64_t number)
{
	int pipe_ends[2], status = 0;
	pid_t child;

	if (pipe(pipe_ends))
		return false;
	fflush(NULL);
	child = fork();
	if (child < 0)
		return false;
	if (child == 0) {
		close(pipe_ends[0]);
		run(machine, seed, pipe_ends[1]);
	}
	close(pipe_ends[1]);
	collect(pipe_ends[0], number);
	close(pipe_ends[0]);
	(void)waitpid(child, &status, 0);
	if (WIFSIGNALED(status)) {
		struct finding f = {.rule = CRASH, .machine = machine, .seed = seed};

		snprintf(f.text, sizeof(f.text), "the run ended with signal %d", WTERMSIG(status));
		add(&f, number);
	}
	return WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 4);
}

static bool number(const char *text, uint64_t *value)
{
	char *end;

	*value = text ? strtoull(text, &end, 0) : 0;
	return text && *text && !*end;
}

static bool machine_option(const char *name)
{
	for (size_t i = 0; name && i < MACHINES; i++)
		if (strcmp(machines[i].name, name) == 0) {
			options.chosen |= (uint64_t)1 << i;
			return true;
		}
	return false;
}

static bool parse(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *value = argv[i + 1];
		uint64_t n = 0;
		bool fine = true;

		if (strcmp(name, "--help") == 0) {
			usage(stdout);
			exit(0);
		}
		if (strcmp(name, "--seeds") == 0)
			fine = number(value, &options.seeds);
		else if (strcmp(name, "--seed") == 0)
			fine = options.one_seed = number(value, &options.seed);
		else if (strcmp(name, "--machine") == 0)
			fine = machine_option(value);
		else if (strcmp(name, "--output") == 0)
			fine = (options.output = value) != NULL;
		else if (strcmp(name, "--trace") == 0)
			fine = (options.trace = value) != NULL;
		else if (strcmp(name, "--timeout") == 0)
			fine = number(value, &n), options.timeout = (unsigned)n;
		else if (strcmp(name, "--format") == 0 && value)
			options.format = strcmp(value, "json") == 0    ? FORMAT_JSON
					 : strcmp(value, "sarif") == 0 ? FORMAT_SARIF
								       : FORMAT_TEXT;
		else
			fine = false;
		if (!fine) {
			fprintf(stderr, "dmacheck: '%s%s%s' makes no sense\n", name, value ? " " : "",
				value ? value : "");
			usage(stderr);
			return false;
		}
		i++;
	}
	if (!options.chosen)
		options.chosen = ((uint64_t)1 << MACHINES) - 1;
	return true;
}

int main(int argc, char **argv)
{
	struct outcome outcome = {.program = argv[0]};
	struct timespec from, to;
	FILE *file = stdout;
	bool bad = false;

	if (!parse(argc, argv))
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (uint64_t i = options.one_seed ? options.seed : 1; i <= (options.one_seed ? options.seed : options.seeds);
	     i++)
		for (size_t m = 0; m < MACHINES; m++) {
			if (!(options.chosen >> m & 1))
				continue;
			outcome.unfinished += !one(m, i, ++outcome.runs);
			if (late_runs[m] == 2) /* it would take all day: what was found is what there is to see */
				options.chosen &= ~((uint64_t)1 << m);
			options.trace = NULL;
		}
	clock_gettime(CLOCK_MONOTONIC, &to);
	outcome.seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	outcome.seen = seen;
	outcome.nseen = nseen;
	if (options.output)
		file = fopen(options.output, "w");
	if (!file) {
		perror(options.output);
		return 2;
	}
	report_print(&outcome, options.format, file);
	if (file != stdout && fclose(file)) {
		perror(options.output);
		return 2;
	}
	for (size_t i = 0; i < nseen; i++)
		bad |= rule_words[seen[i].first.rule].level != NOTE;
	return bad ? 1 : outcome.unfinished ? 2 : 0;
}
