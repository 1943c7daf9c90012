/* SPDX-License-Identifier: MPL-2.0 */
/* Waiting for a lock: see spin.h. */
#include "spin.h"
#include "cpu.h"
#include "print.h"

void spin_wait(struct dma_lock *lock, uintptr_t owner)
{
	uintptr_t holder;

	for (;;) {
		holder = 0;
		if (__atomic_compare_exchange_n(&lock->word, &holder, owner, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return;
		if (holder == owner)
			panic("lock %p: taken twice", (const void *)lock);
		while (__atomic_load_n(&lock->word, __ATOMIC_RELAXED)) {
			cpu_serve();
			machine_relax();
		}
	}
}
