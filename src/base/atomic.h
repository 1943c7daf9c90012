/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The few atomic operations that the core needs, on plain 64-bit words (public structs are C++, too, which has no
 * _Atomic).
 */
#ifndef DMASTREAM_SRC_ATOMIC_H
#define DMASTREAM_SRC_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#define dma_likely(x)	__builtin_expect(!!(x), 1)
#define dma_unlikely(x) __builtin_expect(!!(x), 0)

/* Marks a slow path: it is kept out of line, so that the fast path that may call it saves no registers. */
#define dma_cold __attribute__((noinline, cold))

static inline uint64_t dma_load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline uint64_t dma_load_acquire(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Loads an address that the caller then reads through. What was written before the address was stored is visible there,
 * since the second load depends on the first. (The thread sanitizer does not know dependencies: for it, an acquire.) */
static inline uint64_t dma_load_address(const uint64_t *word)
{
#ifdef __SANITIZE_THREAD__
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
#else
	return __atomic_load_n(word, __ATOMIC_RELAXED);
#endif
}

static inline void dma_store(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* Counters: relaxed, since nobody concludes anything from one count about other memory. */
static inline void dma_add(uint64_t *word, uint64_t value)
{
	(void)__atomic_fetch_add(word, value, __ATOMIC_RELAXED);
}

static inline void dma_sub(uint64_t *word, uint64_t value)
{
	(void)__atomic_fetch_sub(word, value, __ATOMIC_RELAXED);
}

/* As dma_swap_if() with a weaker order: the caller's comment says why that is enough. */
static inline bool dma_swap_if_relaxed(uint64_t *word, uint64_t *expected, uint64_t desired)
{
	return __atomic_compare_exchange_n(word, expected, desired, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static inline bool dma_swap_if_acquire(uint64_t *word, uint64_t *expected, uint64_t desired)
{
	return __atomic_compare_exchange_n(word, expected, desired, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline bool dma_swap_if_release(uint64_t *word, uint64_t *expected, uint64_t desired)
{
	return __atomic_compare_exchange_n(word, expected, desired, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* Stores desired if *word is *expected, and returns true; otherwise sets *expected to what *word is. It may also fail
 * by chance, so callers loop. Acquire and release. */
static inline bool dma_swap_if(uint64_t *word, uint64_t *expected, uint64_t desired)
{
	return __atomic_compare_exchange_n(word, expected, desired, true, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* Waits for the turn, and takes it: one caller has it at a time, and sees all that the caller before it has done.
 * Interrupts must be on: then no caller waits for one that its own CPU has interrupted. */
static inline void dma_turn_take(uint8_t *turn)
{
	while (__atomic_exchange_n(turn, 1, __ATOMIC_ACQUIRE))
		;
}

static inline void dma_turn_give(uint8_t *turn)
{
	__atomic_store_n(turn, 0, __ATOMIC_RELEASE);
}

#endif
