/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The library on the simulated machine behind a modelled virtio-iommu: set up, worked with, attacked, taken down.
 */
#ifndef TESTS_VIRTIO_WORLD_H
#define TESTS_VIRTIO_WORLD_H

#include "../iommu-unit/scene.h"
#include "iommu/sim_virtio.h"
#include "sim.h"
#include "viot_table.h"
#include <dmastream/dmastream.h>
#include <dmastream/virtioiommu.h>

#define WORLD_TIMEOUT_NS 10000000 /* of simulated time: every step of a wait is simulated, too */
#define WORLD_REGISTERS	 0xfed90000u

enum { WORLD_DEVICES = 2 };

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
	unsigned devices;		  /* 0: one */
	bool deferred, untrusted, shared; /* shared: one domain for both */
	bool by_host;			  /* no VIOT: the host says which functions */
	const struct pci_word *word;
};

struct world {
	const struct fixture *fixture;
	struct sim_virtio *unit;
	struct dma_iommu *iommu;
	struct sim_device *model[WORLD_DEVICES];
	struct dma_device dev[WORLD_DEVICES];
	struct dma_domain *domain[WORLD_DEVICES];
	struct viot_table table;
};

extern struct world world; /* of the scenarios of every driver, and of the cases of driver.c */

/* Device i is function 0 of slot 4 + i on bus 0. */
static inline uint32_t world_requester(unsigned i)
{
	return (4 + i) << 3;
}

void world_machine(struct world *w, const struct fixture *fixture); /* the machine's part, and the table */
int world_probe(struct world *w);
int world_attach(struct world *w, unsigned i); /* to its domain */
/* All of it. False: a check failed; take it down all the same. */
bool world_up(struct world *w, const struct fixture *fixture);
void world_down(struct world *w);

struct scene world_scene(struct world *w, unsigned i);
/* Where the device reaches; UINT64_MAX: nothing. */
uint64_t world_reach(struct world *w, unsigned i, uint64_t daddr, bool write);

#endif
