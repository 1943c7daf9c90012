/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Locks: the machine's own, which real threads take around everything simulated, and the host's, which the library
 * asks for. The thread sanitizer sees the second kind only: the first would order threads that the library does not.
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
}

void machine_unlock(void)
{
	if (--depth)
		return;
	__atomic_store_n(&owner, 0, __ATOMIC_RELEASE);
	if (AnnotateIgnoreSyncEnd) {
		AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
		AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
		AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
	}
}

static void count(enum sim_hook hook, int change)
{
	machine_lock();
	(void)hook_enter(hook, false, true);
	sim.locks += (uint64_t)(int64_t)change;
	machine_unlock();
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	uintptr_t off = sim_thread.interrupts_off, nobody = 0;

	count(SIM_HOOK_LOCK, 1);
	if (__atomic_load_n(&lock->word, __ATOMIC_RELAXED) == self())
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "a lock taken twice by one CPU: a deadlock");
	else
		while (!__atomic_compare_exchange_n(&lock->word, &nobody, self(), false, __ATOMIC_ACQUIRE,
						    __ATOMIC_RELAXED)) {
			nobody = 0;
			sched_yield();
		}
	sim_thread.interrupts_off = true;
	sim_thread.locks_held++;
	return off;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	count(SIM_HOOK_UNLOCK, -1);
	if (__atomic_load_n(&lock->word, __ATOMIC_RELAXED) != self())
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "unlock of a lock that this CPU does not hold");
	else
		__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
	sim_thread.locks_held--;
	sim_thread.interrupts_off = state;
}

bool sim_interrupts(bool on)
{
	bool before = !sim_thread.interrupts_off;

	sim_thread.interrupts_off = !on;
	return before;
}
