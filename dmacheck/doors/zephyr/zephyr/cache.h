/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Zephyr's cache API, for dmacheck. Written from Zephyr's documentation of sys_cache_*(). What a device is given is the
 * pointer itself.
 */
#ifndef DMACHECK_ZEPHYR_CACHE_H
#define DMACHECK_ZEPHYR_CACHE_H

#include <dmacheck_zephyr.h>

int dmacheck_cache_clean(void *at, size_t nbytes);
int dmacheck_cache_invalidate(void *at, size_t nbytes);
int dmacheck_cache_flush(void *at, size_t nbytes);

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

#endif
