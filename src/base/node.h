/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Nodes: the library's small objects (runs, what is owed), all of one size, cut from host pages.
 */
#ifndef DMASTREAM_SRC_NODE_H
#define DMASTREAM_SRC_NODE_H

#include <stdbool.h>
#include <stddef.h>

#define DMA_NODE_SIZE 48 /* bytes */

/* A node with arbitrary contents, aligned for any scalar; NULL if there is none and the host has no page, or
 * interrupts are off (then only what is in reserve is given). Any context. */
void *dma_node_alloc(void);
void dma_node_free(void *node); /* any context */

/* Gives all pages back; false if a node is in use: then nothing happens. Interrupts on. */
bool dma_node_fini(void);

#endif
