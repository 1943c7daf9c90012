/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host's locks, which the library asks for, and the CPUs' interrupts.
 */
#include "../machine/sim_machine.h"
#include <sched.h>

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
	if (__atomic_load_n(&lock->word, __ATOMIC_RELAXED) == (uintptr_t)&sim_thread)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "a lock taken twice by one CPU: a deadlock");
	else
		while (!__atomic_compare_exchange_n(&lock->word, &nobody, (uintptr_t)&sim_thread, false,
						    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
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
	if (__atomic_load_n(&lock->word, __ATOMIC_RELAXED) != (uintptr_t)&sim_thread)
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
