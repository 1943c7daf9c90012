/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Locks that a CPU holds with its interrupts off. The word is 0, or the owner's number + 1, so that a CPU that takes a
 * lock twice is told so instead of waiting for ever.
 */
#ifndef BARE_SPIN_H
#define BARE_SPIN_H

#include "../machine.h"

/* Waits until the lock is free, serving TLB shoot-downs meanwhile. */
void spin_wait(struct dma_lock *lock, uintptr_t owner);

/* Returns what spin_unlock() takes. Any context. */
static inline uintptr_t spin_lock(struct dma_lock *lock)
{
	uintptr_t state = machine_interrupts_off(), owner = machine_lock_owner(), unlocked = 0;

	if (__builtin_expect(!__atomic_compare_exchange_n(&lock->word, &unlocked, owner, false, __ATOMIC_ACQUIRE,
							  __ATOMIC_RELAXED),
			     0))
		spin_wait(lock, owner);
	return state;
}

static inline void spin_unlock(struct dma_lock *lock, uintptr_t state)
{
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
	machine_interrupts_restore(state);
}

#endif
