/* SPDX-License-Identifier: MPL-2.0 */
/* What the files of the growth program share: the domain and its device, over an IOMMU that is always done, or behind
 * the machine's own. */
#ifndef GROWTH_WORLD_H
#define GROWTH_WORLD_H
#include "../../src/iommu/space/space.h"
#include "growth.h"
#include <dmastream/dmastream.h>
#include <dmastream/errors.h>

enum { GROWTH_MIX = 6 };
extern const size_t growth_mix[GROWTH_MIX]; /* pages of the mappings of a mix */

extern struct dma_space space; /* over the IOMMU that is always done */
extern bool behind_unit;       /* option unit=1: the device stands behind the machine's IOMMU instead */
extern struct dma_device dev;
extern struct dma_stream *streams; /* of all lanes, or other memory for a cell */
extern uint64_t overhead;	   /* of reading the ticks */

/* A domain of that many bits, and one with the device in it. False: it has been said. */
bool make_space(bool deferred, const struct dma_reserved *reserved, size_t nreserved, uint64_t bits);
bool start(bool deferred, uint64_t bits);
void stop(void);
/* Pages that the library has for itself. */
uint64_t own_pages(void);

/* ---- Cells of edges: growth_edges.c ---- */
void no_room(uint64_t bits);
void holes(void);
void cutting(uint64_t mib);

/* ---- growth_torn.c ---- */
void torn_spaces(void);
void many_reserved(void);

#endif
