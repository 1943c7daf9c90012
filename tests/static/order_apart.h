/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The operations of an arch.h as functions of another source file, which link-time optimisation brings back.
 */
#ifndef TESTS_STATIC_ORDER_APART_H
#define TESTS_STATIC_ORDER_APART_H

#include <dmastream/barrier.h>

void apart_publish(void);
void apart_consume(void);
void apart_barrier(void);
void apart_begin(void);
void apart_end(void);
void apart_clean(const void *line);
void apart_invalidate(const void *line);
void apart_flush(const void *line);
uint64_t apart_read_once(const void *src, size_t nbytes);
void apart_write_once(void *dst, uint64_t value, size_t nbytes);

#ifdef ORDER_APART
#define dma_publish		   apart_publish
#define dma_consume		   apart_consume
#define dma_barrier		   apart_barrier
#define dma_arch_maintenance_begin apart_begin
#define dma_arch_maintenance_end   apart_end
#define dma_arch_line_clean	   apart_clean
#define dma_arch_line_invalidate   apart_invalidate
#define dma_arch_line_flush	   apart_flush
#define dma_arch_read_once	   apart_read_once
#define dma_arch_write_once	   apart_write_once
#endif

#endif
