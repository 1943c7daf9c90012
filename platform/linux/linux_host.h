/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The parts of platform/linux among themselves. What users call stands in dmastream/linux.h.
 *
 * Physical addresses of this host are offsets from the arena: paddr 0 is its first byte, and memory that lies elsewhere
 * in the process has the address that the same subtraction gives it, modulo 2^64. So one comparison tells arena memory
 * from all other memory, and the linear map is one addition.
 */
#ifndef PLATFORM_LINUX_HOST_H
#define PLATFORM_LINUX_HOST_H

#include <dmastream/linux.h>
#include <dmastream/platform.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- host/say.c: one line to standard error ---- */

/* Adds a line to *why, if why is there; gives `error`. */
int dma_linux_fail(struct dma_linux_why *why, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- host/arena.c ---- */

/* Somebody who maps all that the arena has, and will have: a container. */
struct dma_linux_arena_user {
	int (*map)(struct dma_linux_arena_user *user, uint64_t offset, uint64_t nbytes, struct dma_linux_why *why);
	void (*unmap)(struct dma_linux_arena_user *user, uint64_t offset, uint64_t nbytes);
	struct dma_linux_arena_user *next;
};

/* Reserves addresses for the arena, once. 0, DMA_ENOMEM. */
int dma_linux_arena_start(void);
char *dma_linux_arena_base(void);
uint64_t dma_linux_arena_size(void);
uint64_t dma_linux_arena_grown(void);
uint64_t dma_linux_arena_frames_in_use(void);
void dma_linux_arena_no_huge_pages(void);
/* The fields of the arena. */
void dma_linux_arena_stats(struct dma_linux_stats *out);
/* The beginning of the arena lies at physical addresses from *paddr on, *nbytes of it: physical.c's, at the first call.
 * DMA_ENOTSUP: the arena has begun with other memory. */
DMA_MUST_CHECK int dma_linux_arena_physical(uint64_t *paddr, uint64_t *nbytes, struct dma_linux_why *why);
/* All of the arena is mapped for that user from now on. 0, or an error, and nothing of it is mapped. */
int dma_linux_arena_join(struct dma_linux_arena_user *user, struct dma_linux_why *why);
/* Ends that; it is not unmapped: the user's container goes. */
void dma_linux_arena_leave(struct dma_linux_arena_user *user);

static inline void *dma_linux_va(dma_paddr_t paddr)
{
	return dma_linux_arena_base() + paddr.raw;
}

static inline dma_paddr_t dma_linux_paddr(const void *va)
{
	return dma_paddr((uintptr_t)va - (uintptr_t)dma_linux_arena_base());
}

/* ---- host/physical.c ---- */

/* Maps at `base` memory whose physical addresses follow one another: *nbytes from *paddr on. 0 or an error. */
DMA_MUST_CHECK int dma_linux_physical_fill(char *base, uint64_t *paddr, uint64_t *nbytes, struct dma_linux_why *why);

/* ---- host/hooks.c: the library's own pages that live ---- */

uint64_t dma_linux_pages(void);

/* ---- host/lock.c ---- */

/* The calling thread is an interrupt handler from now on, or no longer. */
void dma_linux_in_interrupt(bool in);
/* CPU numbers that there are. */
unsigned dma_linux_cpus(void);

/* ---- host/gone.c: registers of devices that are gone ---- */

/* Reads of the registers at that address give all ones when the device is gone, instead of a signal. 0, DMA_ENOMEM. */
int dma_gone_watch(void *registers, size_t nbytes);
void dma_gone_forget(const void *registers);
/* Whether these are registers. */
bool dma_gone_has(const void *at, size_t nbytes);
/* The device is gone: all ones from now on. */
void dma_gone_now(void *registers);

#endif
