/* SPDX-License-Identifier: MPL-2.0 */
#include "order_apart.h"

void apart_publish(void)
{
	dma_publish();
}

void apart_consume(void)
{
	dma_consume();
}

void apart_barrier(void)
{
	dma_barrier();
}

void apart_begin(void)
{
	dma_arch_maintenance_begin();
}

void apart_end(void)
{
	dma_arch_maintenance_end();
}

void apart_clean(const void *line)
{
	dma_arch_line_clean(line);
}

void apart_invalidate(const void *line)
{
	dma_arch_line_invalidate(line);
}

void apart_flush(const void *line)
{
	dma_arch_line_flush(line);
}

uint64_t apart_read_once(const void *src, size_t nbytes)
{
	return dma_arch_read_once(src, nbytes);
}

void apart_write_once(void *dst, uint64_t value, size_t nbytes)
{
	dma_arch_write_once(dst, value, nbytes);
}
