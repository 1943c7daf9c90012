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
#include "explore_own.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

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

void explore_alone(void (*run)(void))
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
	start_again();
	x->depth = 0;
	x->preemptions = b->preemptions;
	x->old_reads = b->old_reads;
	x->failed = x->interrupted = x->learned = false;
	x->idle = x->spins = x->spin_next = 0;
	memset(x->spin_word, 0, sizeof(x->spin_word));
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
		explore_alone(p->finish);
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
