/* SPDX-License-Identifier: MPL-2.0 */
/* Cache lines of a range, for machine_flush_lines() of CPUs whose instructions go by address and reach memory. */
#ifndef BARE_LINES_H
#define BARE_LINES_H

#include <dmastream/arch.h>

/* Writes back and drops all lines of `step` bytes that the range touches. */
static inline void lines_flush(const void *va, size_t nbytes, size_t step)
{
	dma_arch_maintenance_begin();
	for (uintptr_t at = (uintptr_t)va & ~(uintptr_t)(step - 1); at < (uintptr_t)va + nbytes; at += step)
		dma_arch_line_flush((const void *)at);
	dma_arch_maintenance_end();
}

#endif
