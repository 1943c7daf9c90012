/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Small functions around the operations of an arch.h, for arch-order.sh to look at: what the compiler may drop, join or
 * move shows in the accesses that it emits. Plain accesses on purpose: volatile ones would stay where they are without
 * any barrier.
 */
#include <dmastream/barrier.h>

/* For link-time optimisation: each operation lies in another source file, order_apart.c. */
#ifdef ORDER_APART
#include "order_apart.h"
#endif

void order_publish(uint32_t *a, uint32_t *b);
uint32_t order_consume(const uint32_t *a, const uint32_t *b);
uint32_t order_barrier(uint32_t *a, const uint32_t *b);
uint32_t order_barrier_loads(const uint32_t *a, uint32_t *b);
uint32_t order_begin(uint32_t *a, const uint32_t *b);
uint32_t order_end(uint32_t *a, const uint32_t *b);
uint32_t order_clean(uint32_t *a, const uint32_t *b);
uint32_t order_invalidate(uint32_t *a, const uint32_t *b);
uint32_t order_flush(uint32_t *a, const uint32_t *b);
void order_maintenance(uint32_t *a, uint32_t *b);
void order_lines(const char *a);
void order_write_once(uint32_t *a, uint32_t *b);
uint32_t order_read_once(const uint32_t *a);
void order_copy(unsigned char *a, unsigned char *b);
unsigned order_copy_decides(const unsigned char *a);
void order_fill(unsigned char *a);
void order_past(uint64_t *a);

/* A store that a later one covers, one elsewhere between them. */
void order_publish(uint32_t *a, uint32_t *b)
{
	*a = 1;
	dma_publish();
	*b = 2;
	dma_publish();
	*a = 3;
}

/* A load whose value is known already. */
uint32_t order_consume(const uint32_t *a, const uint32_t *b)
{
	uint32_t sum = *a;

	dma_consume();
	sum += *b;
	dma_consume();
	return sum + *a;
}

uint32_t order_barrier(uint32_t *a, const uint32_t *b)
{
	uint32_t sum;

	*a = 1;
	dma_barrier();
	sum = *b;
	dma_barrier();
	*a = 2;
	return sum;
}

uint32_t order_barrier_loads(const uint32_t *a, uint32_t *b)
{
	uint32_t sum = *a;

	dma_barrier();
	*b = 1;
	dma_barrier();
	*b = 2;
	dma_barrier();
	return sum + *a;
}

/* Accesses beside the byte that names the line stay on their sides of an operation, and both stores stay. */
#define AROUND(name, operation)                                                                                        \
	uint32_t order_##name(uint32_t *a, const uint32_t *b)                                                          \
	{                                                                                                              \
		uint32_t sum = *b;                                                                                     \
                                                                                                                       \
		a[1] = 1;                                                                                              \
		operation;                                                                                             \
		a[1] = 2;                                                                                              \
		return sum + *b;                                                                                       \
	}
AROUND(begin, dma_arch_maintenance_begin())
AROUND(end, dma_arch_maintenance_end())
AROUND(clean, dma_arch_line_clean(a))
AROUND(invalidate, dma_arch_line_invalidate(a))
AROUND(flush, dma_arch_line_flush(a))

void order_maintenance(uint32_t *a, uint32_t *b)
{
	*a = 1;
	dma_arch_maintenance_begin();
	dma_arch_line_clean(a);
	dma_arch_maintenance_end();
	*b = 2;
}

/* Each line is named by its own address. */
void order_lines(const char *a)
{
	dma_arch_line_clean(a);
	dma_arch_line_invalidate(a + 64);
	dma_arch_line_flush(a + 128);
}

void order_write_once(uint32_t *a, uint32_t *b)
{
	dma_arch_write_once(a, 1, 4);
	dma_arch_write_once(b, 2, 4);
	dma_arch_write_once(a, 3, 4);
}

uint32_t order_read_once(const uint32_t *a)
{
	return (uint32_t)dma_arch_read_once(a, 4) + (uint32_t)dma_arch_read_once(a, 4);
}

void order_copy(unsigned char *a, unsigned char *b)
{
	const unsigned char one = 1, two = 2;

	dma_arch_copy(a, &one, 1);
	dma_arch_copy(b, &two, 1);
	dma_arch_copy(a, &two, 1);
}

/* One look, however often the value is used. */
unsigned order_copy_decides(const unsigned char *a)
{
	unsigned char value;

	dma_arch_copy(&value, a, 1);
	return value < 10 ? value * 3u + 1 : value;
}

void order_fill(unsigned char *a)
{
	dma_arch_fill(a, 1, 1);
	dma_arch_fill(a, 2, 1);
}

void order_past(uint64_t *a)
{
	if (!dma_arch_can_write_past())
		return;
	dma_arch_maintenance_begin();
	dma_arch_write_past(a, 1);
	dma_arch_write_past(a, 2);
	dma_arch_maintenance_end();
}
