/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The scheduler: contexts that run one at a time, the choices of one run, and the enumeration of all runs.
 *
 * A run starts from the same memory each time: the library's globals as they were, an empty arena. So a path of choices
 * is enough to come to the same place again, and the next run is the last one with its last choice changed.
 *
 * Only events at addresses that two contexts use are places to switch: elsewhere the order makes no difference. Which
 * addresses those are is learned while running; whenever one more is found, the enumeration begins anew.
 */
#include "model.h"
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define INTERRUPT   EXPLORE_CPUS /* its context */
#define CONTEXTS    (EXPLORE_CPUS + 1)
#define HARDWARE    CONTEXTS /* that looks at words; it never runs */
#define STACK	    (128u << 10)
#define ARENA	    (1u << 20)
#define PATH	    (1u << 16)
#define USED	    (1u << 13) /* addresses, a power of two */
#define IGNORED	    32u
#define RETIRED	    64u
#define IDLE_ROUNDS 3000u
#define SPINS	    48u /* events at the same few addresses before they are taken for a loop that waits */
#define SPIN_WORDS  4u
#define LOOKS	    24u /* at the clock, in one go, before it is taken for a loop that waits */

enum state { ABSENT, READY, WAITING, BLOCKED, DONE };

struct context {
	ucontext_t place;
	void (*run)(void);
	enum state state;
	uintptr_t *wants; /* a lock */
	unsigned locks;	  /* held: interrupts are off */
};

struct used {
	uintptr_t address;
	unsigned by; /* a bit for each context */
};

/* Everything of the explorer's that changes lies here, outside the memory that a run starts from. */
struct explorer {
	struct context context[CONTEXTS];
	ucontext_t home;
	unsigned now; /* context */
	bool running, interrupted, alone;
	const struct explore_program *program;
	unsigned preemptions, old_reads;
	uint64_t drawn; /* the state of the random numbers; 0: paths are enumerated */
	unsigned rare;	/* one choice in so many is not the first one */
	unsigned idle, looks;
	uintptr_t spin_word[SPIN_WORDS];
	unsigned spins, spin_next;
	/* the path */
	unsigned char pick[PATH], width[PATH];
	size_t length, depth;
	/* what is known of addresses */
	struct used used[USED];
	bool learned;
	struct {
		uintptr_t start, end;
	} ignored[IGNORED];
	unsigned nignored;
	struct {
		uintptr_t start, end;
	} retired[RETIRED]; /* the first ones by start(), which all runs begin with */
	unsigned nretired, saved_retired;
	/* memory */
	size_t arena_used;
	char *pristine; /* the globals before any program */
	char *saved;	/* the globals, then the arena, when the program's start() is over */
	size_t globals_bytes, saved_arena;
	/* the outcome */
	bool failed;
	const char *why;
	sigjmp_buf crash;
	bool printing;
	char stack[CONTEXTS][STACK];
	char signal_stack[65536];
};

static struct explorer *x;
static char *arena;

extern char __data_start[], _edata[], __bss_start[], _end[]; /* of the linker */

/* ---- Memory that a run starts from ---- */

static char *globals(void)
{
	return __data_start;
}

static size_t globals_bytes(void)
{
	return (size_t)(_end - __data_start);
}

bool explore_is_program_memory(const void *address)
{
	const char *p = address;

	if (p >= arena && p < arena + ARENA)
		return true;
	if (p < __data_start || p >= _end)
		return false;
	for (unsigned i = 0; i < x->nignored; i++)
		if ((uintptr_t)p >= x->ignored[i].start && (uintptr_t)p < x->ignored[i].end)
			return false;
	return true;
}

void explore_ignore(const void *start, size_t nbytes)
{
	for (unsigned i = 0; i < x->nignored; i++)
		if (x->ignored[i].start == (uintptr_t)start)
			return;
	if (x->nignored == IGNORED) {
		fprintf(stderr, "explore: too many ranges to ignore\n");
		abort();
	}
	x->ignored[x->nignored].start = (uintptr_t)start;
	x->ignored[x->nignored++].end = (uintptr_t)start + nbytes;
}

void explore_retire(const void *start, size_t nbytes)
{
	if (x->nretired == RETIRED) {
		fprintf(stderr, "explore: too much goes\n");
		abort();
	}
	x->retired[x->nretired].start = (uintptr_t)start;
	x->retired[x->nretired++].end = (uintptr_t)start + nbytes;
}

static bool has_gone(uintptr_t address)
{
	for (unsigned i = 0; i < x->nretired; i++)
		if (address - x->retired[i].start < x->retired[i].end - x->retired[i].start)
			return true;
	return false;
}

void *explore_memory(size_t nbytes, size_t align)
{
	size_t at = (x->arena_used + align - 1) & ~(align - 1);

	if (at + nbytes > ARENA) {
		fprintf(stderr, "explore: a program wants more memory than there is\n");
		abort();
	}
	x->arena_used = at + nbytes;
	return arena + at;
}

static void set_up(void)
{
	if (x)
		return;
	x = mmap(NULL, sizeof(*x), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (x == MAP_FAILED || arena == MAP_FAILED)
		abort();
	memory_begin();
}

/* ---- Choices ---- */

static uint64_t next_drawn(void)
{
	x->drawn ^= x->drawn << 13;
	x->drawn ^= x->drawn >> 7;
	x->drawn ^= x->drawn << 17;
	return x->drawn;
}

/* Choices that cost nothing are drawn evenly, the others seldom: else the budgets would be gone at once. */
static unsigned char draw(unsigned n, bool costs)
{
	if (costs && next_drawn() % x->rare)
		return 0;
	return (unsigned char)(costs ? 1 + next_drawn() % (n - 1) : next_drawn() % n);
}

unsigned explore_choose(unsigned n, unsigned *budget)
{
	unsigned pick;

	if (n <= 1 || (budget && *budget == 0) || !x->running)
		return 0;
	if (x->depth == PATH) {
		explore_check(false, "the path is too long: something goes round for ever");
		return 0;
	}
	if (x->depth == x->length) {
		x->pick[x->length] = x->drawn ? draw(n, budget != NULL) : 0;
		x->width[x->length++] = (unsigned char)n;
	}
	pick = x->pick[x->depth++];
	if (pick && budget)
		--*budget;
	return pick;
}

unsigned *explore_old_reads(void)
{
	return &x->old_reads;
}

/* The next path; false: that was the last. */
static bool next_path(void)
{
	size_t at = x->length;

	while (at > 0 && x->pick[at - 1] + 1u >= x->width[at - 1])
		at--;
	if (at == 0)
		return false;
	x->pick[at - 1]++;
	x->length = at;
	return true;
}

/* ---- Contexts ---- */

unsigned explore_cpu(void)
{
	return x->now == INTERRUPT ? 0 : x->now;
}

bool explore_running(void)
{
	return x && x->running;
}

void explore_reached(void)
{
	explore_check(!explore_running(), "reached");
}

bool explore_in_interrupt(void)
{
	return x->running && x->now == INTERRUPT;
}

bool explore_interrupts_on(void)
{
	return !x->running || (x->now != INTERRUPT && x->context[x->now].locks == 0);
}

static void go_home(void)
{
	if (x->now < CONTEXTS)
		swapcontext(&x->context[x->now].place, &x->home);
}

void explore_check(bool claim, const char *what)
{
	if (claim || !x || x->failed)
		return;
	x->failed = true;
	x->why = what;
	if (x->running) {
		memory_settle();
		go_home();
	}
}

static bool runnable(unsigned i)
{
	const struct context *c = &x->context[i];

	if (c->state == BLOCKED)
		return *c->wants == 0 && !(i == 0 && x->interrupted);
	if (c->state != READY)
		return false;
	if (i == INTERRUPT) /* to start: CPU 0 must let it in; started already: it goes on */
		return x->interrupted || (x->context[0].locks == 0 && x->context[0].state != BLOCKED);
	return !(i == 0 && x->interrupted);
}

static void switch_to(unsigned i)
{
	unsigned from = x->now;

	if (i == INTERRUPT)
		x->interrupted = true;
	x->now = i;
	x->looks = 0;
	x->spins = 0;
	swapcontext(from < CONTEXTS ? &x->context[from].place : &x->home, &x->context[i].place);
}

/* Others that could go on. */
static unsigned others(unsigned list[CONTEXTS])
{
	unsigned n = 0;

	for (unsigned i = 0; i < CONTEXTS; i++)
		if (i != x->now && runnable(i))
			list[n++] = i;
	return n;
}

/* Somebody has done something: who waits may look again. */
static void progress(void)
{
	for (unsigned i = 0; i < CONTEXTS; i++)
		if (i != x->now && x->context[i].state == WAITING)
			x->context[i].state = READY;
	x->idle = 0;
}

/* The context goes round at a few words, and waits for one of them to change: then the others go on first. */
static bool spins_at(uintptr_t address)
{
	for (unsigned i = 0; i < SPIN_WORDS; i++)
		if (x->spin_word[i] == address)
			return ++x->spins > SPINS;
	x->spin_word[x->spin_next++ % SPIN_WORDS] = address;
	x->spins = 0;
	return false;
}

bool explore_event(const void *address, const char *what)
{
	unsigned list[CONTEXTS], n, pick;

	(void)what;
	if (!x->running || x->alone)
		return false;
	memory_settle();
	explore_check(!has_gone((uintptr_t)address), "touches what has gone");
	if (!explore_shared(address))
		return false;
	if (spins_at((uintptr_t)address)) {
		x->spins = 0;
		explore_wait();
	}
	progress();
	n = others(list);
	pick = explore_choose(n + 1, &x->preemptions);
	if (pick)
		switch_to(list[pick - 1]);
	return true;
}

/* The context cannot go on: one of the others does, which costs nothing. */
static void leave(void)
{
	unsigned list[CONTEXTS], n = others(list);

	if (n == 0) {
		for (unsigned i = 0; i < CONTEXTS; i++)
			if (x->context[i].state == WAITING)
				x->context[i].state = READY;
		n = others(list);
	}
	if (n == 0 && x->context[x->now].state == READY)
		return; /* it alone waits: for hardware, or time */
	if (n == 0) {
		explore_check(x->context[x->now].state == DONE, "deadlock: nobody can go on");
		go_home();
		return;
	}
	switch_to(list[explore_choose(n, NULL)]);
}

void explore_wait(void)
{
	if (!x->running || x->alone)
		return;
	memory_settle();
	if (++x->idle > IDLE_ROUNDS) {
		explore_check(false, "nobody comes forward: everybody waits");
		return;
	}
	if (x->now == INTERRUPT) /* what it waits for must come without CPU 0, but other CPUs go on */
		;
	x->context[x->now].state = WAITING;
	leave();
	x->context[x->now].state = READY;
}

void explore_look(void)
{
	if (x->running && !x->alone && ++x->looks > LOOKS)
		explore_wait();
}

static uint64_t taken(uint64_t old, uint64_t unused)
{
	(void)unused;
	return old + 1;
}

void explore_lock(uintptr_t *word)
{
	if (!x->running || x->alone)
		return;
	(void)explore_event(word, "lock");
	while (*word) {
		x->context[x->now].state = BLOCKED;
		x->context[x->now].wants = word;
		leave();
		x->context[x->now].state = READY;
	}
	x->context[x->now].locks++;
	(void)memory_update(word, sizeof(*word), taken, 0, ORDER_ACQUIRE);
}

void explore_unlock(uintptr_t *word)
{
	if (!x->running || x->alone)
		return;
	(void)explore_event(word, "unlock");
	explore_check(*word != 0, "unlocks what is not locked");
	memory_store(word, sizeof(*word), 0, ORDER_RELEASE);
	x->context[x->now].locks--;
	progress();
}

/* ---- Addresses that contexts share ---- */

bool explore_shared(const void *address)
{
	uintptr_t word = (uintptr_t)address & ~(uintptr_t)7;
	size_t slot = (word >> 3) % USED;
	unsigned bit = 1u << x->now;

	while (x->used[slot].address && x->used[slot].address != word)
		slot = (slot + 1) % USED;
	x->used[slot].address = word;
	if (!(x->used[slot].by & bit)) {
		if (x->used[slot].by)
			x->learned = true;
		x->used[slot].by |= bit;
	}
	return (x->used[slot].by & (x->used[slot].by - 1)) != 0;
}

bool explore_watched(const void *address)
{
	unsigned now = x->now;
	bool before, known;

	x->now = HARDWARE;
	before = x->learned;
	(void)explore_shared(address);
	known = before || !x->learned;
	x->now = now;
	return known;
}

/* ---- One run ---- */

static void entry(unsigned i)
{
	x->context[i].run();
	memory_settle();
	x->context[i].state = DONE;
	if (i == INTERRUPT)
		x->interrupted = false;
	explore_check(x->context[i].locks == 0, "ends with a lock");
	progress();
	leave();
	go_home();
}

static void prepare(unsigned i, void (*run)(void))
{
	struct context *c = &x->context[i];

	c->run = run;
	c->state = run ? READY : ABSENT;
	c->locks = 0;
	if (!run)
		return;
	(void)getcontext(&c->place);
	c->place.uc_stack.ss_sp = x->stack[i];
	c->place.uc_stack.ss_size = STACK;
	c->place.uc_link = &x->home;
	makecontext(&c->place, (void (*)(void))entry, 1, i);
}

static void alone(void (*run)(void))
{
	x->alone = true;
	x->now = CONTEXTS;
	if (run)
		run();
	x->alone = false;
}

static void on_crash(int signal)
{
	(void)signal;
	siglongjmp(x->crash, 1);
}

static void one_run(const struct explore_program *p, const struct explore_bounds *b)
{
	memcpy(globals(), x->saved, x->globals_bytes);
	memcpy(arena, x->saved + x->globals_bytes, x->saved_arena);
	memset(arena + x->saved_arena, 0, x->arena_used > x->saved_arena ? x->arena_used - x->saved_arena : 0);
	x->arena_used = x->saved_arena;
	x->depth = 0;
	x->preemptions = b->preemptions;
	x->old_reads = b->old_reads;
	x->failed = x->interrupted = x->learned = false;
	x->idle = x->spins = x->spin_next = 0;
	memset(x->spin_word, 0, sizeof(x->spin_word));
	x->nretired = x->saved_retired;
	memory_begin();
	if (sigsetjmp(x->crash, 1)) {
		x->failed = true;
		x->why = "a wrong address is used (crash)";
		x->running = false;
		return;
	}
	for (unsigned i = 0; i < EXPLORE_CPUS; i++)
		prepare(i, p->cpu[i]);
	prepare(INTERRUPT, p->interrupt);
	x->running = true;
	x->now = CONTEXTS;
	leave();
	x->running = false;
	for (unsigned i = 0; i < EXPLORE_CPUS && !x->failed; i++)
		explore_check(x->context[i].state == DONE || x->context[i].state == ABSENT, "a CPU never ends");
	if (!x->failed)
		alone(p->finish);
}

static void catch_crashes(bool on)
{
	stack_t stack = {.ss_sp = x->signal_stack, .ss_size = sizeof(x->signal_stack)};
	struct sigaction action = {.sa_flags = SA_ONSTACK | SA_NODEFER};

	action.sa_handler = on ? on_crash : SIG_DFL;
	(void)sigaltstack(&stack, NULL);
	(void)sigaction(SIGSEGV, &action, NULL);
	(void)sigaction(SIGBUS, &action, NULL);
	(void)sigaction(SIGILL, &action, NULL);
	(void)sigaction(SIGTRAP, &action, NULL);
}

/* Runs start() once, and keeps the memory that it leaves: each run begins there. */
static bool start_once(const struct explore_program *p)
{
	if (!x->pristine) {
		x->globals_bytes = globals_bytes();
		x->pristine = malloc(x->globals_bytes);
		x->saved = malloc(x->globals_bytes + ARENA);
		memcpy(x->pristine, globals(), x->globals_bytes);
	}
	memcpy(globals(), x->pristine, x->globals_bytes);
	memset(arena, 0, ARENA);
	x->arena_used = 0;
	x->failed = false;
	x->nretired = 0;
	alone(p->start);
	x->saved_retired = x->nretired;
	memcpy(x->saved, globals(), x->globals_bytes);
	x->saved_arena = x->arena_used;
	memcpy(x->saved + x->globals_bytes, arena, x->saved_arena);
	return !x->failed;
}

struct explore_result explore(const struct explore_program *program, const struct explore_bounds *bounds)
{
	struct explore_result r = {0};

	set_up();
	r.failed = !start_once(program);
	if (r.failed) {
		r.why = x->why;
		return r;
	}
	memset(x->used, 0, sizeof(x->used));
	x->length = 0;
	x->drawn = bounds->seed;
	catch_crashes(true);
	for (;;) {
		x->rare = 2u << r.runs % 7;
		one_run(program, bounds);
		r.runs++;
		r.path_length = x->depth > r.path_length ? x->depth : r.path_length;
		if (x->failed &&
		    !x->learned) { /* else: stores at addresses that were taken for private were not followed */
			r.failed = true;
			r.why = x->why;
			break;
		}
		if (bounds->runs && r.runs >= bounds->runs)
			break;
		if (x->learned || x->drawn) {
			x->length = 0;
		} else if (!next_path()) {
			r.complete = true;
			break;
		}
	}
	catch_crashes(false);
	return r;
}

/* ---- The path that failed ---- */

void explore_note(const char *what, const void *address, uint64_t value)
{
	if (x->printing)
		fprintf(stderr, "#   %s%u %-12s %p %llx\n", x->now == INTERRUPT ? "interrupt of CPU " : "CPU ",
			explore_cpu(), what, address, (unsigned long long)value);
}

void explore_print_path(const struct explore_program *program, const struct explore_bounds *bounds)
{
	x->length = x->depth; /* the same choices again, within the same bounds: without a budget there is no choice */
	x->printing = true;
	catch_crashes(true);
	one_run(program, bounds);
	catch_crashes(false);
	x->printing = false;
}
