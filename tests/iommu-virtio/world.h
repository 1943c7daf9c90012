/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of the virtio-iommu scenarios: one or two devices behind one unit; with `segments`, each in a segment
 * of its own, behind a unit of its own.
 */
#ifndef TESTS_VIRTIO_WORLD_H
#define TESTS_VIRTIO_WORLD_H

#include "../iommu-unit/world.h"
#include "iommu/sim_virtio.h"
#include "viot_table.h"
#include <dmastream/virtioiommu.h>

#define WORLD_REGISTERS 0xfed90000u /* of the first unit */

/* A word of the unit's configuration space that reads otherwise than it should. */
struct pci_word {
	const char *name;
	unsigned offset;
	uint32_t value;
};

/* What a scenario wants; zeroes are usual. */
struct fixture {
	const char *name;
	void (*unit)(struct sim_virtio_config *config); /* changes the unit */
	const struct dma_iommu_region *regions;		/* the host's */
	size_t nregions;
	uint64_t granule;		  /* of the unit, as struct world_wants has it */
	unsigned devices;		  /* 0: one */
	bool deferred, untrusted, shared; /* shared: one domain for both */
	bool segments;
	bool crossed; /* each device behind the unit of the other's segment; the host says so */
	bool by_host; /* no VIOT: the host says which functions */
	/* no VIOT: finds out which functions, and says it in the configuration; NULL: by the other two */
	int (*find)(struct dma_virtio_iommu_config *config);
	const struct pci_word *word;
};

/* Device i is function 0 of slot 4 + i on bus 0. */
static inline uint32_t world_requester(unsigned i)
{
	return (4 + i) << 3;
}

#endif
