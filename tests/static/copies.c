/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What compilers make of dma_arch_copy() and dma_arch_fill() (hazard 59): copies.sh counts how often each function
 * touches what its first argument points to. PLAIN is the mistake: copies that the compiler sees through.
 */
#include <dmastream/arch.h>

#ifdef PLAIN
#define dma_arch_copy __builtin_memcpy
#define dma_arch_fill __builtin_memset
#endif

uint32_t checked(const unsigned char *shared);
void stored_twice(unsigned char *shared, uint32_t a, uint32_t b);
void filled_twice(unsigned char *shared);
uint32_t read_twice(const unsigned char *shared);

/* Once: the value that was checked is the value that is used. */
uint32_t checked(const unsigned char *shared)
{
	uint32_t n;

	dma_arch_copy(&n, shared, sizeof(n));
	return n < 8 ? n * n + 1 : 0;
}

/* Twice: the device may have looked between them. */
void stored_twice(unsigned char *shared, uint32_t a, uint32_t b)
{
	dma_arch_copy(shared, &a, sizeof(a));
	dma_arch_copy(shared, &b, sizeof(b));
}

void filled_twice(unsigned char *shared)
{
	dma_arch_fill(shared, 1, 4);
	dma_arch_fill(shared, 0, 4);
}

/* Twice: the device may have written between them. */
uint32_t read_twice(const unsigned char *shared)
{
	uint32_t a, b;

	dma_arch_copy(&a, shared, sizeof(a));
	dma_arch_copy(&b, shared, sizeof(b));
	return a == b ? a : b + 1;
}
