/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How long locks are held: the linker puts these around the host's hooks (--wrap).
 */
#include "growth.h"
#include <dmastream/platform.h>

uintptr_t __real_dma_host_lock(struct dma_lock *lock);
void __real_dma_host_unlock(struct dma_lock *lock, uintptr_t state);
uintptr_t __wrap_dma_host_lock(struct dma_lock *lock);
void __wrap_dma_host_unlock(struct dma_lock *lock, uintptr_t state);

static uint64_t taken, longest; /* by whoever runs alone */

uintptr_t __wrap_dma_host_lock(struct dma_lock *lock)
{
	uintptr_t state = __real_dma_host_lock(lock);

	taken = bus_ticks();
	return state;
}

void __wrap_dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	uint64_t ticks = bus_ticks() - taken;

	longest = ticks > longest ? ticks : longest;
	__real_dma_host_unlock(lock, state);
}

uint64_t growth_longest_lock(void)
{
	uint64_t ticks = longest;

	longest = 0;
	return ticks;
}
