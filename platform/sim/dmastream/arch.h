/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The simulated machine as an architecture: every copy, access, barrier and line operation is a call into the
 * simulator, which passes it through its caches and store buffers. Ordinary host memory is told by its address and
 * goes straight through. Each function's contract is in src/arch/generic/dmastream/arch.h.
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The range of the simulated kernel's virtual addresses (linear map, mappings, registers). No host memory is there: a
 * plain load or store of the library's or a driver's crashes at once. */
extern uintptr_t sim_kernel_base;
#define SIM_KERNEL_SIZE ((uintptr_t)1 << 36)

void sim_copy(void *dst, const void *src, size_t n);
void sim_fill(void *dst, unsigned char value, size_t n);
uint64_t sim_read_once(const void *src, size_t nbytes);
void sim_write_once(void *dst, uint64_t value, size_t nbytes);
void sim_publish(void);
void sim_consume(void);
void sim_barrier(void);
enum sim_line_op { SIM_LINE_CLEAN, SIM_LINE_INVALIDATE, SIM_LINE_FLUSH };
void sim_line_operation(const void *line, enum sim_line_op operation);
void sim_maintenance_begin(void);
void sim_maintenance_end(void);
bool sim_can_write_past(void);
void sim_write_past(uint64_t *at, uint64_t value);
bool sim_write_pair(uint64_t *at, uint64_t low, uint64_t high);
bool sim_can_sync(void);
bool sim_cache_lines(size_t *step, size_t *align);

void *sim_pointer(void *memory, size_t nbytes);
void sim_stream_begins(uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes, unsigned dir);
void sim_stream_coherent(uint64_t cpu, uint64_t daddr, size_t nbytes);
void sim_pages_plain(size_t npages);
bool sim_stream_lives(uint64_t cpu, uint64_t daddr);
void sim_stream_stale(uint64_t cpu);
bool sim_stream_ends(uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes);
void sim_stream_synced(const void *view, size_t nbytes, unsigned dir);
void sim_handle_begins(const void *dev, uint64_t daddr, uint64_t at, uint64_t nbytes);
bool sim_handle_ends(const void *dev, uint64_t daddr, uint64_t at, uint64_t nbytes);
bool sim_handle_lives(const void *dev, uint64_t daddr, uint64_t nbytes);
void sim_frames_kept(uint64_t paddr, size_t npages, bool kept);

static inline bool sim_is_kernel(const void *at)
{
	return (uintptr_t)at - sim_kernel_base < SIM_KERNEL_SIZE;
}

static inline void dma_arch_copy(void *dst, const void *src, size_t n)
{
	if (sim_is_kernel(dst) || sim_is_kernel(src))
		sim_copy(dst, src, n);
	else if (n > 0) /* no bytes may lie at NULL */
		__builtin_memcpy(dst, src, n);
}

static inline void dma_arch_fill(void *dst, unsigned char value, size_t n)
{
	if (sim_is_kernel(dst))
		sim_fill(dst, value, n);
	else
		__builtin_memset(dst, value, n);
}

static inline void dma_arch_now(const void *p)
{
	(void)p;
}

static inline uint64_t dma_arch_computed(uint64_t value)
{
	return value;
}

static inline uint64_t dma_arch_read_once(const void *src, size_t nbytes)
{
	return sim_read_once(src, nbytes);
}

static inline void dma_arch_write_once(void *dst, uint64_t value, size_t nbytes)
{
	sim_write_once(dst, value, nbytes);
}

static inline void dma_arch_publish(void)
{
	sim_publish();
}

static inline void dma_arch_consume(void)
{
	sim_consume();
}

static inline void dma_arch_barrier(void)
{
	sim_barrier();
}

static inline void dma_arch_line_clean(const void *line)
{
	sim_line_operation(line, SIM_LINE_CLEAN);
}

static inline void dma_arch_line_invalidate(const void *line)
{
	sim_line_operation(line, SIM_LINE_INVALIDATE);
}

static inline void dma_arch_line_flush(const void *line)
{
	sim_line_operation(line, SIM_LINE_FLUSH);
}

static inline void dma_arch_maintenance_begin(void)
{
	sim_maintenance_begin();
}

static inline void dma_arch_maintenance_end(void)
{
	sim_maintenance_end();
}

static inline bool dma_arch_can_write_past(void)
{
	return sim_can_write_past();
}

static inline uint64_t *dma_arch_write_two(uint64_t *at, uint64_t first, uint64_t second)
{
	dma_arch_write_once(at, first, 8);
	dma_arch_write_once(at + 1, second, 8);
	return at + 2;
}

static inline void dma_arch_write_past(uint64_t *at, uint64_t value)
{
	sim_write_past(at, value);
}

static inline bool dma_arch_write_pair(uint64_t *at, uint64_t low, uint64_t high)
{
	return sim_write_pair(at, low, high);
}

static inline bool dma_arch_can_sync(void)
{
	return sim_can_sync();
}

static inline bool dma_arch_cache_lines(size_t *step, size_t *align)
{
	return sim_cache_lines(step, align);
}

static inline void *dma_arch_pointer(void *memory, size_t nbytes)
{
	return sim_pointer(memory, nbytes);
}

#define DMA_ARCH_FRAME_NEXT   0 /* the ledger of real machines: nobody calls it here */
#define DMA_ARCH_FRAME_CALLER 1

#define DMA_ARCH_TOLD  1
#define DMA_ARCH_PIECE 0x80

static inline void dma_arch_stream_begins(const void *dev, const void *view, uint64_t cpu, uint64_t device,
					  uint64_t daddr, size_t nbytes, unsigned dir)
{
	(void)dev, (void)view;
	sim_stream_begins(cpu, device, daddr, nbytes, dir);
}

static inline bool dma_arch_stream_ends(const void *view, uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes)
{
	(void)view;
	return sim_stream_ends(cpu, device, daddr, nbytes);
}

static inline void dma_arch_stream_coherent(const void *dev, const void *view, uint64_t cpu, uint64_t daddr,
					    size_t nbytes)
{
	(void)dev, (void)view;
	sim_stream_coherent(cpu, daddr, nbytes);
}

static inline void dma_arch_pages_plain(size_t npages)
{
	sim_pages_plain(npages);
}

static inline bool dma_arch_stream_lives(uint64_t cpu, uint64_t daddr)
{
	return sim_stream_lives(cpu, daddr);
}

static inline void dma_arch_stream_stale(uint64_t cpu)
{
	sim_stream_stale(cpu);
}

static inline void dma_arch_stream_synced(const void *view, size_t nbytes, unsigned dir)
{
	sim_stream_synced(view, nbytes, dir);
}

static inline void dma_arch_handle_begins(const void *dev, uint64_t daddr, uint64_t at, uint64_t nbytes)
{
	sim_handle_begins(dev, daddr, at, nbytes);
}

static inline bool dma_arch_handle_ends(const void *dev, uint64_t daddr, uint64_t at, uint64_t nbytes)
{
	return sim_handle_ends(dev, daddr, at, nbytes);
}

static inline bool dma_arch_handle_lives(const void *dev, uint64_t daddr, uint64_t nbytes)
{
	return sim_handle_lives(dev, daddr, nbytes);
}

static inline void dma_arch_frames_kept(uint64_t paddr, size_t npages)
{
	sim_frames_kept(paddr, npages, true);
}

static inline void dma_arch_frames_taken(uint64_t paddr, size_t npages)
{
	sim_frames_kept(paddr, npages, false);
}

static inline void dma_arch_stream_copied(const void *view, const void *device, size_t nbytes, unsigned dir)
{
	(void)view;
	sim_stream_synced(device, nbytes, dir);
}

static inline void dma_arch_stream_refused(const void *view, size_t off, size_t nbytes, unsigned dir, int error)
{
	(void)view, (void)off, (void)nbytes, (void)dir, (void)error; /* tests do so on purpose */
}

static inline void dma_arch_streams_left(const void *dev)
{
	(void)dev;
}

#ifdef __cplusplus
}
#endif
#endif
