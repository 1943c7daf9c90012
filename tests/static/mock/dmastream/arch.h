/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An architecture that writes down what is asked of it: line operations and fences, in order.
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#include <dmastream/native.h>
#include <stdbool.h>

enum mock_op {
	MOCK_PUBLISH,
	MOCK_CONSUME,
	MOCK_BARRIER,
	MOCK_BEGIN,
	MOCK_END,
	MOCK_CLEAN,
	MOCK_INVALIDATE,
	MOCK_FLUSH,
};

/* Defined by the test. */
void mock_record(enum mock_op op, uintptr_t line);

static inline void dma_arch_publish(void)
{
	mock_record(MOCK_PUBLISH, 0);
}

static inline void dma_arch_consume(void)
{
	mock_record(MOCK_CONSUME, 0);
}

static inline void dma_arch_barrier(void)
{
	mock_record(MOCK_BARRIER, 0);
}

static inline void dma_arch_maintenance_begin(void)
{
	mock_record(MOCK_BEGIN, 0);
}

static inline void dma_arch_maintenance_end(void)
{
	mock_record(MOCK_END, 0);
}

static inline void dma_arch_line_clean(const void *line)
{
	mock_record(MOCK_CLEAN, (uintptr_t)line);
}

static inline void dma_arch_line_invalidate(const void *line)
{
	mock_record(MOCK_INVALIDATE, (uintptr_t)line);
}

static inline void dma_arch_line_flush(const void *line)
{
	mock_record(MOCK_FLUSH, (uintptr_t)line);
}

static inline bool dma_arch_can_write_past(void)
{
	return false;
}

/* Never called. */
static inline void dma_arch_write_past(uint64_t *at, uint64_t value)
{
	dma_arch_write_once(at, value, 8);
}

static inline bool dma_arch_write_pair(uint64_t *at, uint64_t low, uint64_t high)
{
	(void)at, (void)low, (void)high;
	return false;
}

static inline bool dma_arch_can_sync(void)
{
	return true;
}

static inline bool dma_arch_cache_lines(size_t *step, size_t *align)
{
	*step = 64;
	*align = 64;
	return true;
}

#endif
