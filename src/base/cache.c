/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Cache maintenance of byte ranges.
 *
 * Maintenance steps by the smallest line of any CPU, so that no line is passed over, and starts at a multiple of it
 * (hazard 3). Whether a range covers a line as a whole is decided with the largest line, since some CPU's line may be
 * that long.
 */
#include "cache.h"
#include "state.h"
#include <dmastream/arch.h>

static uintptr_t down(uintptr_t address, size_t line)
{
	return address & ~(uintptr_t)(line - 1);
}

/* How many lines the range touches. It is a count, since the range may end at the last address, which has no address
 * past it. */
static size_t touched(uintptr_t first, size_t nbytes, size_t line)
{
	return (down(first + (nbytes - 1), line) - down(first, line)) / line + 1;
}

void dma_cache_clean_lines(const void *start, size_t nbytes)
{
	size_t step = dma_state.host.line_step;
	uintptr_t line = down((uintptr_t)start, step);

	if (nbytes == 0)
		return;
	for (size_t n = touched((uintptr_t)start, nbytes, step); n > 0; n--, line += step)
		dma_arch_line_clean((const void *)line);
}

void dma_cache_flush_lines(void *start, size_t nbytes)
{
	size_t step = dma_state.host.line_step;
	uintptr_t line = down((uintptr_t)start, step);

	if (nbytes == 0)
		return;
	for (size_t n = touched((uintptr_t)start, nbytes, step); n > 0; n--, line += step)
		dma_arch_line_flush((const void *)line);
}

void dma_cache_invalidate_lines(void *start, size_t nbytes)
{
	size_t step = dma_state.host.line_step, align = dma_state.host.line_align;
	uintptr_t first = (uintptr_t)start, line = down(first, step);
	size_t before = (size_t)-first & (align - 1); /* bytes before the first whole line */
	uintptr_t whole = first + before;
	size_t whole_bytes = nbytes > before ? down(nbytes - before, align) : 0;

	if (nbytes == 0)
		return;
	for (size_t n = touched(first, nbytes, step); n > 0; n--, line += step) {
		if (line - whole < whole_bytes) /* false before the first whole line, too: it wraps */
			dma_arch_line_invalidate((const void *)line);
		else
			dma_arch_line_flush((const void *)line);
	}
}

void dma_cache_clean(const void *start, size_t nbytes)
{
	if (nbytes == 0)
		return;
	dma_arch_maintenance_begin();
	dma_cache_clean_lines(start, nbytes);
	dma_arch_maintenance_end();
}

void dma_cache_flush(void *start, size_t nbytes)
{
	if (nbytes == 0)
		return;
	dma_arch_maintenance_begin();
	dma_cache_flush_lines(start, nbytes);
	dma_arch_maintenance_end();
}

void dma_cache_invalidate(void *start, size_t nbytes)
{
	if (nbytes == 0)
		return;
	dma_arch_maintenance_begin();
	dma_cache_invalidate_lines(start, nbytes);
	dma_arch_maintenance_end();
}
