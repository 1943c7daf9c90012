/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The architecture of these tests: the processor's memory and what a table walker that does not snoop sees of it, which is what
 * line operations have brought there (host.c).
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#include <dmastream/native.h>
#include <stdbool.h>

void test_line_clean(const void *line);
void test_published(void);
bool test_can_write_past(void);
void test_write_past(uint64_t *at, uint64_t value);

static inline void dma_arch_publish(void)
{
	test_published();
}

static inline void dma_arch_consume(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void dma_arch_barrier(void)
{
	test_published();
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
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

#endif
