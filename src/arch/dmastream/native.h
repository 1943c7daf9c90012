/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Block copies and single accesses on every real machine: what each arch.h includes. (The simulated machine's arch.h
 * brings its own, so that each access passes its caches.)
 *
 * No C library's function is declared, since a kernel has its own, perhaps as macros: copies of constant length are
 * compiler builtins, others call the symbols memcpy and memset. The memory belongs to the caller too, who sees it as
 * whatever it is: every access here aliases every type, under link-time optimisation as well (hazard 84).
 */
#ifndef DMASTREAM_ARCH_NATIVE_H
#define DMASTREAM_ARCH_NATIVE_H

#include <dmastream/types.h>
#include <dmastream/watch.h>
#include <stdbool.h>

/* A symbol as the assembler knows it. */
#define DMA_ARCH_TEXT(name)		#name
#define DMA_ARCH_PREFIXED(prefix, name) DMA_ARCH_TEXT(prefix) DMA_ARCH_TEXT(name)
#define DMA_ARCH_SYMBOL(name)		DMA_ARCH_PREFIXED(__USER_LABEL_PREFIX__, name)

#ifdef __cplusplus
extern "C" {
#endif

typedef uint16_t __attribute__((__may_alias__)) dma_alias16_t;
typedef uint32_t __attribute__((__may_alias__)) dma_alias32_t;
typedef uint64_t __attribute__((__may_alias__)) dma_alias64_t;

/* The symbol memcpy under a name of our own, which says nothing about its arguments: no bytes may lie at NULL. (C's
 * memcpy may not be given a NULL even then, and compilers conclude from a call that there is none.) */
void *dma_arch_memcpy(void *dst, const void *src, size_t n) __asm__(DMA_ARCH_SYMBOL(memcpy));

/* Copies n bytes that a device may be changing. The first line hands both addresses to code that the compiler cannot
 * see, the last may have changed all that such code knows of: so the compiler can neither read the source a second
 * time for a decision nor drop a store (hazard 59). The addresses are not wanted behind the copy, which would keep
 * two registers. As a builtin, short constant lengths become plain loads and stores in freestanding builds, too.
 * Either pointer may be NULL where n is 0. */
static inline void dma_arch_copy(void *dst, const void *src, size_t n)
{
	__asm__ volatile("" : : "r"(dst), "r"(src));
	if (!__builtin_constant_p(n))
		(void)dma_arch_memcpy(dst, src, n);
	else if (n > 0)
		__builtin_memcpy(dst, src, n);
	__asm__ volatile("" : : : "memory");
}

/* dst is not NULL. */
static inline void dma_arch_fill(void *dst, unsigned char value, size_t n)
{
	__asm__ volatile("" : : "r"(dst));
	__builtin_memset(dst, value, n);
	__asm__ volatile("" : : : "memory");
}

/* p is wanted here already: computed later, beside a check, it costs a register and a move where instructions
 * overwrite an operand. */
static inline void dma_arch_now(const void *p)
{
	__asm__ volatile("" : : "r"(p));
}

/* The value, computed here and as the source says: in a run of stores the compiler otherwise computes several ahead,
 * and registers run out. */
static inline uint64_t dma_arch_computed(uint64_t value)
{
	__asm__ volatile("" : "+r"(value));
	return value;
}

/* One access of 1, 2, 4 or 8 bytes, naturally aligned: the caller has checked. */
static inline uint64_t dma_arch_read_once(const void *src, size_t nbytes)
{
	switch (nbytes) {
	case 1:
		return *DMA_CAST(const volatile uint8_t *, src);
	case 2:
		return *DMA_CAST(const volatile dma_alias16_t *, src);
	case 4:
		return *DMA_CAST(const volatile dma_alias32_t *, src);
	default:
		return *DMA_CAST(const volatile dma_alias64_t *, src);
	}
}

static inline void dma_arch_write_once(void *dst, uint64_t value, size_t nbytes)
{
	switch (nbytes) {
	case 1:
		*DMA_CAST(volatile uint8_t *, dst) = DMA_CAST(uint8_t, value);
		break;
	case 2:
		*DMA_CAST(volatile dma_alias16_t *, dst) = DMA_CAST(uint16_t, value);
		break;
	case 4:
		*DMA_CAST(volatile dma_alias32_t *, dst) = DMA_CAST(uint32_t, value);
		break;
	default:
		*DMA_CAST(volatile dma_alias64_t *, dst) = value;
		break;
	}
}

/* Two words of 8 bytes side by side, aligned to 8: each is stored at once, and either may be first. Gives the place
 * behind them. An arch.h that has one instruction for both says so, and brings its own. */
#ifndef DMA_ARCH_WRITES_TWO
static inline uint64_t *dma_arch_write_two(uint64_t *at, uint64_t first, uint64_t second)
{
	dma_arch_write_once(at, first, 8);
	dma_arch_write_once(at + 1, second, 8);
	return at + 2;
}
#endif

/* Where plain code finds coherent memory of nbytes: a simulated machine has to make that place first. */
static inline void *dma_arch_pointer(void *memory, size_t nbytes)
{
	(void)nbytes;
	return memory;
}

/* What lies where the frame pointer names, in words: the caller's frame, and the address in the caller. RISC-V and
 * LoongArch have them below that place (their psABIs), the others at it (System V AMD64 psABI, 3.2.2; AAPCS64,
 * 6.4.6). */
#if defined(__riscv) || defined(__loongarch__)
#define DMA_ARCH_FRAME_NEXT   (-2)
#define DMA_ARCH_FRAME_CALLER (-1)
#else
#define DMA_ARCH_FRAME_NEXT   0
#define DMA_ARCH_FRAME_CALLER 1
#endif

/*
 * What a machine that looks after drivers is told of streams, lists and coherent memory: the simulated one
 * (platform/sim), and a real one that keeps the ledger of watch.h. Elsewhere no instruction comes of it. view is where
 * the CPU has the first of nbytes, cpu and device the paddrs of the first byte of either view, the same unless the
 * bytes bounce; dir is that of the data, 0 for coherent memory.
 */
#define DMA_ARCH_PIECE 0x80 /* with dir: a piece of a list */
#if DMA_CONFIG_WATCH
#define DMA_ARCH_TOLD 1 /* syncs must not take a fast path that does not say so */
#else
#define DMA_ARCH_TOLD 0
#endif

static inline void dma_arch_stream_begins(const void *dev, const void *view, uint64_t cpu, uint64_t device,
					  uint64_t daddr, size_t nbytes, unsigned dir)
{
	if (DMA_CONFIG_WATCH)
		dma_ledger_stream_begins(dev, view, daddr, nbytes, dir, cpu != device);
}

/* False: no such stream lives, a copy of its handle was released before; the release does nothing then. */
static inline bool dma_arch_stream_ends(const void *view, uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes)
{
	(void)cpu, (void)device;
	return !DMA_CONFIG_WATCH || dma_ledger_stream_ends(view, daddr, nbytes);
}

/* The stream turns out to be coherent memory. */
static inline void dma_arch_stream_coherent(const void *dev, const void *view, uint64_t cpu, uint64_t daddr,
					    size_t nbytes)
{
	if (dma_arch_stream_ends(view, cpu, cpu, daddr, nbytes))
		dma_arch_stream_begins(dev, view, cpu, cpu, daddr, nbytes, 0);
}

/* So many pages are about to be allocated, or made a segment of, and were counted by a plain number, perhaps by one of
 * bytes (checked.h); 0: they were not. */
static inline void dma_arch_pages_plain(size_t npages)
{
	(void)npages;
}

/* A stream or coherent memory is used, known by where it begins. False: none lives there, only a copy of a handle. */
static inline bool dma_arch_stream_lives(uint64_t cpu, uint64_t daddr)
{
	(void)cpu, (void)daddr;
	return true;
}

/* Such a copy is refused. */
static inline void dma_arch_stream_stale(uint64_t cpu)
{
	(void)cpu;
}

/* nbytes of a view, where both are the same, were handed to the device or taken back from it (dir). */
static inline void dma_arch_stream_synced(const void *view, size_t nbytes, unsigned dir)
{
	if (DMA_CONFIG_WATCH)
		dma_ledger_stream_synced(view, nbytes, dir);
}

/* The same where they are copied between the views: `device` is the CPU's address of the device's. */
static inline void dma_arch_stream_copied(const void *view, const void *device, size_t nbytes, unsigned dir)
{
	(void)device;
	if (DMA_CONFIG_WATCH)
		dma_ledger_stream_synced(view, nbytes, dir);
}

/* A list, buffer, peer or scattered memory is mapped, or a pool or arena made. Together the arguments name its handle,
 * wherever that lies: at is where its pieces stand, or the paddr of its first byte. Pools and arenas, which stay where
 * they are, are named by daddr, their own address. */
static inline void dma_arch_handle_begins(const void *dev, uint64_t daddr, uint64_t at, uint64_t nbytes)
{
	(void)dev, (void)daddr, (void)at, (void)nbytes;
}

/* The same at its release. False: a copy of the handle was released before; the release does nothing then. */
static inline bool dma_arch_handle_ends(const void *dev, uint64_t daddr, uint64_t at, uint64_t nbytes)
{
	(void)dev, (void)daddr, (void)at, (void)nbytes;
	return true;
}

/* A handle is used, whatever its at is. False: none of that name lives, only a copy; the call is refused. */
static inline bool dma_arch_handle_lives(const void *dev, uint64_t daddr, uint64_t nbytes)
{
	(void)dev, (void)daddr, (void)nbytes;
	return true;
}

/* Frames that the library keeps for later, mapped and perhaps shared, belong to no stream: whoever touches them has a
 * handle, a reader or an address that outlived its release. From taken on they are somebody's again. */
static inline void dma_arch_frames_kept(uint64_t paddr, size_t npages)
{
	(void)paddr, (void)npages;
}

static inline void dma_arch_frames_taken(uint64_t paddr, size_t npages)
{
	(void)paddr, (void)npages;
}

/* A sync was refused. */
static inline void dma_arch_stream_refused(const void *view, size_t off, size_t nbytes, unsigned dir, int error)
{
	if (DMA_CONFIG_WATCH)
		dma_ledger_stream_refused(view, off, nbytes, dir, error);
}

/* A device ends while streams of its own live. */
static inline void dma_arch_streams_left(const void *dev)
{
	if (DMA_CONFIG_WATCH)
		(void)dma_watch_left(dev);
}

#ifdef __cplusplus
}
#endif
#endif
