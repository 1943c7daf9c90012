/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Nodes: the library's small objects (runs, what is owed), all of one size, cut from host pages.
 */
#ifndef DMASTREAM_SRC_NODE_H
#define DMASTREAM_SRC_NODE_H

#include <stdbool.h>
#include <stddef.h>

#define DMA_NODE_SIZE 48 /* bytes */

/* Brings the pages of a reserve of so many nodes. False: the host has not enough, and all are given back. Interrupts
 * on. */
bool dma_node_init(size_t reserve);

/* A node with arbitrary contents, aligned for any scalar; NULL if there is none and the host has no page, or
 * interrupts are off (then what is in reserve is given). Any context. */
void *dma_node_alloc(void);
void dma_node_free(void *node); /* any context */

/* The same without a page of the host, and without the reserve: may be called with a lock held. */
void *dma_node_take(void);

/* Fills the reserve again, as far as the host has pages. Any context; with interrupts off it does nothing. */
void dma_node_refill(void);

/* Gives all pages back; false if a node is in use: then nothing happens. Interrupts on. */
bool dma_node_fini(void);

#endif
