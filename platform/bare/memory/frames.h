/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The frame allocator: physically contiguous frames with a highest address and an alignment; any part of what was given
 * can be freed. What the library holds is counted apart from the bitmaps; frames that are freed twice, or were never
 * given out, are a panic that names them.
 */
#ifndef BARE_FRAMES_H
#define BARE_FRAMES_H

#include "../machine.h"

/* Takes over boot_info.ram, except what is taken. */
void frames_init(void);

/* npages frames whose last byte is at or below max_paddr, the first a multiple of align (a power of two) and, with
 * _within, at or above min_paddr. 0, DMA_ENOMEM. Any context. */
int frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align, uint64_t *paddr);
int frames_alloc(size_t npages, uint64_t max_paddr, size_t align, uint64_t *paddr);
void frames_free(uint64_t paddr, size_t npages);

/* How many frames_alloc() has given out and not got back. */
uint64_t frames_in_use(void);

/* One frame for the kernel itself (page tables), for ever; not counted as in use. 0: none left. */
uint64_t frames_take(void);
/* Until vm_init() has mapped all RAM, frames come from below MACHINE_EARLY_LIMIT. */
void frames_all_mapped(void);

/* Frames that are free. */
uint64_t frames_free_count(void);

#endif
