/* SPDX-License-Identifier: MPL-2.0 */
/*
 * CMSIS-Core's cache calls and barriers (SCB_*DCache*(), __DSB(), …), for dmacheck. Written from the CMSIS
 * documentation. What a device is given is the pointer itself; static data of programs built by dmacheck cc lies
 * below 4 GiB.
 */
#ifndef DMACHECK_CMSIS_H
#define DMACHECK_CMSIS_H

#include <dmacheck.h>
#include <stdint.h>
#include <string.h>

#define __I		       volatile const
#define __O		       volatile
#define __IO		       volatile
#define __IM		       volatile const
#define __OM		       volatile
#define __IOM		       volatile
#define __STATIC_INLINE	       static inline
#define __STATIC_FORCEINLINE   static inline __attribute__((always_inline))
#define __ALIGNED(n)	       __attribute__((aligned(n)))
#define __PACKED	       __attribute__((packed))
#define __WEAK		       __attribute__((weak))
#define __SCB_DCACHE_LINE_SIZE 32U
#define __DCACHE_PRESENT       1U

int dmacheck_cache_clean(void *at, size_t nbytes);
int dmacheck_cache_invalidate(void *at, size_t nbytes);
int dmacheck_cache_flush(void *at, size_t nbytes);
void dmacheck_barrier(void);

#define SCB_CleanDCache_by_Addr(at, n)		 ((void)dmacheck_cache_clean((void *)(at), (size_t)(n)))
#define SCB_InvalidateDCache_by_Addr(at, n)	 ((void)dmacheck_cache_invalidate((void *)(at), (size_t)(n)))
#define SCB_CleanInvalidateDCache_by_Addr(at, n) ((void)dmacheck_cache_flush((void *)(at), (size_t)(n)))
#define SCB_EnableDCache()			 ((void)0)
#define SCB_EnableICache()			 ((void)0)
#define __DSB()					 dmacheck_barrier()
#define __DMB()					 dmacheck_barrier()
#define __ISB()					 ((void)0)
#define __NOP()					 dmacheck_wait()
#define __WFI()					 dmacheck_wait()
#define __disable_irq()				 ((void)0)
#define __enable_irq()				 ((void)0)

#endif
