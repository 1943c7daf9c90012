/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The machine's own lock, which real threads take around everything simulated. The thread sanitizer does not see it: it
 * would order threads that the library does not.
 */
#include "sim_machine.h"
#include <sched.h>

_Thread_local struct sim_thread sim_thread = {.label = SIM_OWN};

void AnnotateIgnoreReadsBegin(const char *file, int line) __attribute__((weak));
void AnnotateIgnoreReadsEnd(const char *file, int line) __attribute__((weak));
void AnnotateIgnoreWritesBegin(const char *file, int line) __attribute__((weak));
void AnnotateIgnoreWritesEnd(const char *file, int line) __attribute__((weak));
void AnnotateIgnoreSyncBegin(const char *file, int line) __attribute__((weak));
void AnnotateIgnoreSyncEnd(const char *file, int line) __attribute__((weak));

static uintptr_t owner;
static unsigned depth;

static uintptr_t self(void)
{
	return (uintptr_t)&sim_thread;
}

void machine_lock(void)
{
	uintptr_t nobody = 0;

	if (__atomic_load_n(&owner, __ATOMIC_RELAXED) == self()) {
		depth++;
		return;
	}
	if (AnnotateIgnoreSyncBegin) {
		AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
		AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
		AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
	}
	while (!__atomic_compare_exchange_n(&owner, &nobody, self(), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		nobody = 0;
		sched_yield();
	}
	depth = 1;
	if (sim.event_begins)
		sim.event_begins();
}

void machine_unlock(void)
{
	if (depth == 1 && sim.event_ends)
		sim.event_ends();
	if (--depth)
		return;
	__atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
	if (AnnotateIgnoreSyncEnd) {
		AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
		AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
		AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
	}
}
