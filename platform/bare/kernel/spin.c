/* SPDX-License-Identifier: MPL-2.0 */
/* Waiting for a lock: see spin.h. */
#include "spin.h"
#include "cpu.h"
#include "print.h"

/* An emulator leaves its translated code at each pause, and takes the lock that its devices need: a CPU that paused in
 * every round would slow down the one that it waits for, which may be telling a device something. */
enum { LOOKS = 1000 };

void spin_wait(struct dma_lock *lock, uintptr_t owner)
{
	uintptr_t holder;
	unsigned looks = 0;

	for (;;) {
		holder = 0;
		if (__atomic_compare_exchange_n(&lock->word, &holder, owner, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return;
		if (holder == owner)
			panic("lock %p: taken twice", (const void *)lock);
		while (__atomic_load_n(&lock->word, __ATOMIC_RELAXED)) {
			cpu_serve();
			if (++looks % LOOKS == 0)
				machine_relax();
		}
	}
}
