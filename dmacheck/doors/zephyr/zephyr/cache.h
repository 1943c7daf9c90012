/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Zephyr's cache API, and the little around it that a data path needs, for dmacheck. Written from Zephyr's
 * documentation of sys_cache_*(). What a device is given is the pointer itself.
 */
#ifndef DMACHECK_ZEPHYR_CACHE_H
#define DMACHECK_ZEPHYR_CACHE_H

#include <dmacheck.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

int dmacheck_cache_clean(void *at, size_t nbytes);
int dmacheck_cache_invalidate(void *at, size_t nbytes);
int dmacheck_cache_flush(void *at, size_t nbytes);
void dmacheck_barrier(void);

#define CONFIG_CACHE_MANAGEMENT 1
#define CONFIG_DCACHE		1
#define CONFIG_DCACHE_LINE_SIZE 128 /* the largest of the machines */
static inline size_t sys_cache_data_line_size_get(void)
{
	return CONFIG_DCACHE_LINE_SIZE;
}
#define sys_cache_data_flush_range(at, n)	   dmacheck_cache_clean((void *)(at), n)
#define sys_cache_data_invd_range(at, n)	   dmacheck_cache_invalidate((void *)(at), n)
#define sys_cache_data_flush_and_invd_range(at, n) dmacheck_cache_flush((void *)(at), n)
#define arch_dcache_flush_range(at, n)		   dmacheck_cache_clean((void *)(at), n)
#define arch_dcache_invd_range(at, n)		   dmacheck_cache_invalidate((void *)(at), n)

#define __aligned(n)		   __attribute__((aligned(n)))
#define __packed		   __attribute__((packed))
#define ARG_UNUSED(x)		   ((void)(x))
#define BIT(n)			   (1ul << (n))
#define ROUND_UP(x, to)		   (((x) + (to)-1) / (to) * (to))
#define MIN(a, b)		   ((a) < (b) ? (a) : (b))
#define MAX(a, b)		   ((a) > (b) ? (a) : (b))
#define ARRAY_SIZE(a)		   (sizeof(a) / sizeof((a)[0]))
#define POINTER_TO_UINT(p)	   ((uintptr_t)(p))
#define UINT_TO_POINTER(u)	   ((void *)(uintptr_t)(u))
#define k_busy_wait(us)		   ((void)(us), dmacheck_wait())
#define k_yield()		   dmacheck_wait()
#define k_msleep(ms)		   ((void)(ms), dmacheck_wait())
#define barrier_dsync_fence_full() dmacheck_barrier()
#define barrier_dmem_fence_full()  dmacheck_barrier()
#define sys_read32(at)		   (*(volatile uint32_t *)(uintptr_t)(at))
#define sys_write32(value, at)	   (*(volatile uint32_t *)(uintptr_t)(at) = (value))
#define sys_read8(at)		   (*(volatile uint8_t *)(uintptr_t)(at))
#define sys_write8(value, at)	   (*(volatile uint8_t *)(uintptr_t)(at) = (value))
typedef uintptr_t mem_addr_t;

#endif
