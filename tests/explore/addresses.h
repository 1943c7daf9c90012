/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The space that the programs of addresses*.c use, and the harness's books of it.
 */
#ifndef TESTS_EXPLORE_ADDRESSES_H
#define TESTS_EXPLORE_ADDRESSES_H

#include "../../src/iommu/iova/iova_books.h"
#include "programs.h"
#include "world.h"

extern struct dma_iova addresses_space;

void addresses_start(unsigned cpus); /* no books yet */
void addresses_start_with(unsigned cpus, uint64_t end_page);
void addresses_no_stacks(void); /* of one range each: what is freed soon goes back into the bitmap */

/* Takes pages, and gives back their index in the harness's books; 0: none. */
uint64_t addresses_take(size_t npages);
uint64_t addresses_take_up_to(size_t npages, uint64_t last); /* addresses */
void addresses_give(uint64_t index, size_t npages);
void addresses_give_to_the_bitmap(uint64_t index, size_t npages); /* past the stack */
void addresses_take_and_give(size_t npages);

/* What the books of a chunk say is what its bits say. */
void addresses_chunk_is_right(const struct dma_iova_chunk *chunk);
/* So do all books, nothing is lost, and all are given back. */
void addresses_finish(void);

#endif
