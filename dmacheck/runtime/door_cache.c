/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Doors of APIs that are cache calls: Zephyr's sys_cache_*(), CMSIS' SCB_*(). The device uses the CPU's addresses.
 */
#include "runtime.h"

#define CALL(name, what)                                                                                               \
	int name(void *at, size_t nbytes);                                                                             \
	int name(void *at, size_t nbytes)                                                                              \
	{                                                                                                              \
		dmacheck_identity();                                                                                   \
		what(at, nbytes);                                                                                      \
		return 0;                                                                                              \
	}
CALL(dmacheck_cache_clean, layer_clean)
CALL(dmacheck_cache_invalidate, layer_invalidate)
CALL(dmacheck_cache_flush, layer_flush)

/* Orders earlier accesses before later ones, to memory and to devices. */
void dmacheck_barrier(void);
void dmacheck_barrier(void)
{
	door();
	sim_barrier();
}
