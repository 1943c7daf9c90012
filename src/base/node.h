/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Nodes: the library's small objects (runs, what is owed), all of one size, cut from host pages.
 */
#ifndef DMASTREAM_SRC_NODE_H
#define DMASTREAM_SRC_NODE_H

#include <stdbool.h>
#include <stddef.h>

#define DMA_NODE_SIZE 48 /* bytes */

/* Allocates the pages for a reserve of that many nodes. False: the host does not have enough, and all of them are given
 * back. Interrupts on. */
bool dma_node_init(size_t reserve);

/* Allocates a node with arbitrary contents, aligned for any scalar. NULL: no node is free, and the host has no page or
 * interrupts are off. With interrupts off the reserve is used. Any context. */
void *dma_node_alloc(void);
void dma_node_free(void *node); /* any context */

/* The same from the free nodes above the reserve alone, without asking the host: may be called with a lock held. */
void *dma_node_take(void);

/* Fills the reserve again, as far as the host has pages. Any context; with interrupts off it does nothing. */
void dma_node_refill(void);

/* Gives all pages back. False: a node is in use, and nothing has changed. Interrupts on. */
bool dma_node_fini(void);

#endif
