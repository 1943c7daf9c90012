/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The architecture of these tests: the processor's memory and what a table walker that does not snoop sees of it,
 * which is what line operations have brought there (host.c).
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#ifdef __SANITIZE_THREAD__
#define dma_arch_read_once  native_read_once
#define dma_arch_write_once native_write_once
#define DMA_ARCH_WRITES_TWO /* so that both stores are seen */
#endif
#include <dmastream/native.h>
#include <stdbool.h>

/* Under the thread sanitizer single accesses are atomic ones, in the order that the barriers beside them give them,
 * which it does not know: so it sees table entries, and what is written before them and read behind them. */
#ifdef __SANITIZE_THREAD__
#undef dma_arch_read_once
#undef dma_arch_write_once

static inline uint64_t dma_arch_read_once(const void *src, size_t nbytes)
{
	return nbytes == 8 ? __atomic_load_n((const dma_alias64_t *)src, __ATOMIC_ACQUIRE)
			   : native_read_once(src, nbytes);
}

static inline void dma_arch_write_once(void *dst, uint64_t value, size_t nbytes)
{
	if (nbytes == 8)
		__atomic_store_n((dma_alias64_t *)dst, value, __ATOMIC_RELEASE);
	else
		native_write_once(dst, value, nbytes);
}

static inline uint64_t *dma_arch_write_two(uint64_t *at, uint64_t first, uint64_t second)
{
	dma_arch_write_once(at, first, 8);
	dma_arch_write_once(at + 1, second, 8);
	return at + 2;
}
#endif

void test_line_clean(const void *line);
void test_published(void);
bool test_can_write_past(void);
void test_write_past(uint64_t *at, uint64_t value);

static inline void dma_arch_publish(void)
{
#ifndef __SANITIZE_THREAD__ /* its counter would order everything */
	test_published();
#endif
}

static inline void dma_arch_consume(void)
{
#ifndef __SANITIZE_THREAD__
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

static inline void dma_arch_barrier(void)
{
#ifndef __SANITIZE_THREAD__
	test_published();
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

static inline void dma_arch_line_clean(const void *line)
{
	test_line_clean(line);
}

static inline void dma_arch_line_invalidate(const void *line)
{
	(void)line;
}

static inline void dma_arch_line_flush(const void *line)
{
	test_line_clean(line);
}

static inline void dma_arch_maintenance_begin(void)
{
	dma_arch_publish();
}

static inline void dma_arch_maintenance_end(void)
{
	dma_arch_publish();
}

static inline bool dma_arch_can_write_past(void)
{
	return test_can_write_past();
}

static inline void dma_arch_write_past(uint64_t *at, uint64_t value)
{
	test_write_past(at, value);
}

static inline bool dma_arch_write_pair(uint64_t *at, uint64_t low, uint64_t high)
{
	(void)at, (void)low, (void)high;
	return false;
}

#endif
