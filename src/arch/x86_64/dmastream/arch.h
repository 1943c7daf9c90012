/* SPDX-License-Identifier: MPL-2.0 */
/*
 * x86-64. References: Intel SDM (order number 325462), AMD64 APM vol. 2 (24593) and 3 (24594).
 *
 * Almost every x86 device snoops, so the barriers matter most. RAM is cached write-back or uncached (UC, UC-),
 * registers are uncached: there, stores reach every observer in program order and so do loads (SDM vol. 3, "Memory
 * Ordering", 9.2), and all that is left to stop is the compiler. That includes what rep movs stored: its own stores
 * may pass one another, but no later store passes them (9.2.4).
 *
 * Write-combining memory keeps neither order. A host whose dma_host_kva_map() maps "uncached" as WC, or whose memcpy
 * uses non-temporal stores without an sfence after them, builds library and drivers with -DDMA_X86_WC=1.
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#include <dmastream/native.h>
#include <stdbool.h>

#ifndef DMA_X86_WC
#define DMA_X86_WC 0
#endif

static inline void dma_arch_publish(void)
{
#if DMA_X86_WC
	__asm__ volatile("sfence" : : : "memory"); /* empties the WC buffers: SDM vol. 3, 12.3.1 */
#else
	__asm__ volatile("" : : : "memory");
#endif
}

static inline void dma_arch_consume(void)
{
#if DMA_X86_WC
	__asm__ volatile("lfence" : : : "memory"); /* WC memory may be read speculatively: SDM vol. 3, 12.3 */
#else
	__asm__ volatile("" : : : "memory");
#endif
}

/* The one order that x86 does not keep by itself is a store before a later load (SDM vol. 3, 9.2.3.4); nor do WC memory
 * and registers keep each other's. MFENCE orders all of them (9.2.5). */
static inline void dma_arch_barrier(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

/* ---- What this CPU has ------------------------------------------------------------------------------- */

enum dma_x86_feature {
	DMA_X86_KNOWN = 1,
	DMA_X86_CLFLUSHOPT = 2,
	DMA_X86_CLWB = 4,
	DMA_X86_CX16 = 8,
};

struct dma_x86_regs {
	uint32_t a, b, c, d;
};

static inline struct dma_x86_regs dma_x86_cpuid(uint32_t leaf)
{
	struct dma_x86_regs r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "0"(leaf), "2"(0));
	return r;
}

/* Asked once in each source file that does maintenance (src/base/cache.c): CPUID costs a VM exit under a hypervisor.
 * CPUs that race here find the same answer. */
static __attribute__((unused)) unsigned char dma_x86_known;

static __attribute__((noinline, cold, unused)) unsigned dma_x86_ask_features(void)
{
	uint32_t b = dma_x86_cpuid(0).a >= 7 ? dma_x86_cpuid(7).b : 0;
	unsigned features = DMA_X86_KNOWN;

	if (b & (UINT32_C(1) << 23))
		features |= DMA_X86_CLFLUSHOPT;
	if (b & (UINT32_C(1) << 24))
		features |= DMA_X86_CLWB;
	if (dma_x86_cpuid(1).c & (UINT32_C(1) << 13))
		features |= DMA_X86_CX16;
	__atomic_store_n(&dma_x86_known, DMA_CAST(unsigned char, features), __ATOMIC_RELAXED);
	return features;
}

static inline unsigned dma_x86_features(void)
{
	unsigned features = __atomic_load_n(&dma_x86_known, __ATOMIC_RELAXED);

	return __builtin_expect(features != 0, 1) ? features : dma_x86_ask_features();
}

/* ---- Maintenance ------------------------------------------------------------------------------------- */
/*
 * clflushopt and clwb are ordered with older stores to the same line, and otherwise only by fences (SDM vol. 2,
 * CLFLUSHOPT, CLWB); clflush is in order on Intel, but on AMD before family 17h only mfence holds it (APM vol. 3,
 * CLFLUSH). Hence mfence on both sides, not sfence: before, so that the load which saw the device's completion is not
 * passed by the flush; after, because sfence does not stop later loads, which could be served from the line just
 * before it goes.
 */
static inline volatile char *dma_x86_line(const void *line)
{
	return DMA_ADDRESS(volatile char *, DMA_ADDRESS(uintptr_t, line));
}

static inline void dma_arch_line_flush(const void *line)
{
	if (dma_x86_features() & DMA_X86_CLFLUSHOPT)
		__asm__ volatile("clflushopt %0" : "+m"(*dma_x86_line(line)) : : "memory");
	else
		__asm__ volatile("clflush %0" : "+m"(*dma_x86_line(line)) : : "memory");
}

static inline void dma_arch_line_clean(const void *line)
{
	if (dma_x86_features() & DMA_X86_CLWB)
		__asm__ volatile("clwb %0" : "+m"(*dma_x86_line(line)) : : "memory");
	else
		dma_arch_line_flush(line);
}

/* Nothing drops one line without writing it back; the caller cleaned it at the hand-over, so there is nothing to
 * write. */
static inline void dma_arch_line_invalidate(const void *line)
{
	dma_arch_line_flush(line);
}

static inline void dma_arch_maintenance_begin(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

static inline void dma_arch_maintenance_end(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

/* ---- Stores past the caches -------------------------------------------------------------------------- */
/*
 * MOVNTI drops the line where a cache has it and goes to memory through the write-combining buffers, which a fence
 * empties; no later than that it is there (SDM vol. 1, 10.4.6.2). The same section knows old CPUs that change a line in
 * the cache in place: none of them has CLWB. Such a store may pass older ones, hence the fence before, too.
 */
static inline bool dma_arch_can_write_past(void)
{
	return (dma_x86_features() & DMA_X86_CLWB) != 0;
}

static inline void dma_arch_write_past(uint64_t *at, uint64_t value)
{
	__asm__ volatile("movnti %1, %0" : "=m"(*DMA_CAST(volatile dma_alias64_t *, at)) : "r"(value));
}

/* ---- Two words at once ------------------------------------------------------------------------------- */

/* A locked CMPXCHG16B is one access of 16 aligned bytes for every observer (SDM vol. 3, 9.1.2.2; vol. 2, CMPXCHG16B).
 * True if `old` stood there; else it says what does. */
static inline bool dma_x86_swap_pair(uint64_t *at, uint64_t *old, uint64_t low, uint64_t high)
{
	bool done;

	__asm__ volatile("lock; cmpxchg16b %0"
			 : "+m"(*DMA_CAST(volatile dma_alias64_t *, at)), "+a"(old[0]), "+d"(old[1]), "=@ccz"(done)
			 : "b"(low), "c"(high)
			 : "memory");
	return done;
}

/* All x86-64 CPUs but the first have it. */
static inline bool dma_arch_write_pair(uint64_t *at, uint64_t low, uint64_t high)
{
	uint64_t old[2] = {dma_arch_read_once(at, 8), dma_arch_read_once(at + 1, 8)};

	if (!(dma_x86_features() & DMA_X86_CX16))
		return false;
	while (!dma_x86_swap_pair(at, old, low, high))
		;
	return true;
}

/* ---- For hosts --------------------------------------------------------------------------------------- */

static inline bool dma_arch_can_sync(void)
{
	return dma_x86_cpuid(1).d >> 19 & 1; /* CLFSH */
}

static inline bool dma_arch_cache_lines(size_t *step, size_t *align)
{
	size_t line = dma_x86_cpuid(1).b >> 8 & 0xff;

	line *= 8;
	if (!dma_arch_can_sync() || line < 16 || (line & (line - 1)))
		return false;
	*step = line;
	*align = line;
	return true;
}

#endif
