/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Block copies and single accesses on every real machine: what each arch.h includes. (The simulated machine's arch.h
 * brings its own, so that each access passes its caches.)
 */
#ifndef DMASTREAM_ARCH_NATIVE_H
#define DMASTREAM_ARCH_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#else
/* The two functions that the host's C library, or the host itself, has. */
void *memcpy(void *, const void *, size_t);
void *memset(void *, int, size_t);
#endif

/* Copies n bytes that a device may be changing. The first line hands both addresses to code that the compiler cannot
 * see, the last may have changed all that such code knows of: so the compiler can neither read the source a second time
 * for a decision nor drop a store (hazard 59). The addresses are not wanted behind the copy, which would keep two
 * registers. As a builtin, short constant lengths become plain loads and stores in freestanding builds, too. */
static inline void dma_arch_copy(void *dst, const void *src, size_t n)
{
	__asm__ volatile("" : : "r"(dst), "r"(src));
	__builtin_memcpy(dst, src, n);
	__asm__ volatile("" : : : "memory");
}

static inline void dma_arch_fill(void *dst, unsigned char value, size_t n)
{
	__asm__ volatile("" : : "r"(dst));
	__builtin_memset(dst, value, n);
	__asm__ volatile("" : : : "memory");
}

/* p is wanted here already: computed later, beside a check, it costs a register and a move where instructions overwrite
 * an operand. */
static inline void dma_arch_now(const void *p)
{
	__asm__ volatile("" : : "r"(p));
}

/* One access of 1, 2, 4 or 8 bytes, naturally aligned: the caller has checked. */
static inline uint64_t dma_arch_read_once(const void *src, size_t nbytes)
{
	switch (nbytes) {
	case 1:
		return *(const volatile uint8_t *)src;
	case 2:
		return *(const volatile uint16_t *)src;
	case 4:
		return *(const volatile uint32_t *)src;
	default:
		return *(const volatile uint64_t *)src;
	}
}

static inline void dma_arch_write_once(void *dst, uint64_t value, size_t nbytes)
{
	switch (nbytes) {
	case 1:
		*(volatile uint8_t *)dst = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)dst = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)dst = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)dst = value;
		break;
	}
}

#ifdef __cplusplus
}
#endif
#endif
