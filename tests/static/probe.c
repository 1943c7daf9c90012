/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One function per operation of arch.h, for arch-encoding.sh to look at.
 */
#include <dmastream/barrier.h>

void probe_publish(void);
void probe_consume(void);
void probe_barrier(void);
void probe_clean(const void *line);
void probe_past(uint64_t *at, uint64_t value);
bool probe_pair(uint64_t *at, uint64_t low, uint64_t high);
void probe_invalidate(const void *line);
void probe_flush(const void *line);
void probe_begin(void);
void probe_end(void);
bool probe_host(size_t *step, size_t *align);

void probe_publish(void)
{
	dma_publish();
}

void probe_consume(void)
{
	dma_consume();
}

void probe_barrier(void)
{
	dma_barrier();
}

void probe_clean(const void *line)
{
	dma_arch_line_clean(line);
}

void probe_past(uint64_t *at, uint64_t value)
{
	if (dma_arch_can_write_past())
		dma_arch_write_past(at, value);
}

bool probe_pair(uint64_t *at, uint64_t low, uint64_t high)
{
	return dma_arch_write_pair(at, low, high);
}

void probe_invalidate(const void *line)
{
	dma_arch_line_invalidate(line);
}

void probe_flush(const void *line)
{
	dma_arch_line_flush(line);
}

void probe_begin(void)
{
	dma_arch_maintenance_begin();
}

void probe_end(void)
{
	dma_arch_maintenance_end();
}

bool probe_host(size_t *step, size_t *align)
{
	return dma_arch_can_sync() && dma_arch_cache_lines(step, align);
}
