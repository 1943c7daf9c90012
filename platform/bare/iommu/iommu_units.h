/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Several units of one kind, as firmware names them: each function goes to the one that translates it. A unit that
 * cannot be driven takes none of the others down; the functions behind it are refused, and named in a line.
 */
#ifndef BARE_IOMMU_UNITS_H
#define BARE_IOMMU_UNITS_H

#include "../firmware/fdt.h"
#include "bare_iommu.h"
#include <dmastream/iommu.h>

struct unit {
	struct unit *next;
	struct dma_iommu *iommu; /* NULL: it does not work */
	uint64_t registers;
	uint32_t name;			/* as routes say it: a phandle, a node of IORT */
	const struct pci_function *own; /* the function that the unit is; NULL: it is a device of the platform */
	bool coherent;			/* says firmware */
	uint32_t model;			/* the kind's */
	uint32_t last_id;		/* the highest by which it knows a function */
};

/* What a kind has of its own. */
struct unit_kind {
	const char *name; /* for lines */
	/* Finds the units (units_add()). 0: there is one at least; or an error. */
	int (*find)(void);
	/* The unit that firmware names in front of the function, and what that calls it. NULL: none, or one that is not
	 * known. */
	struct unit *(*route)(const struct pci_function *fn, uint32_t *id);
	/* Starts one: sets unit->iommu, and says what it is in a line. The regions are doorbells of messages. 0, or an
	 * error. */
	int (*start)(struct unit *unit, const struct dma_iommu_region *doorbells, size_t n);
	int (*remove)(struct dma_iommu *iommu);
};

/* Adds a unit, behind those that are there. 0, DMA_ENOMEM. */
int units_add(struct unit found);
/* Adds all devices of the platform that the tree has of that kind. coherent: those that say nothing of it are;
 * model_of: gives unit->model (NULL: 0). 0, or an error; a node that makes no sense is left out with a line. */
int units_add_by_tree(const char *compatible, bool coherent, uint32_t (*model_of)(fdt_node node));
/* The first; the others are behind its `next`. NULL: none. */
struct unit *units_first(void);
/* The unit with that name; NULL: none that was added. */
struct unit *units_named(uint32_t name);
/* For route(): by the "iommu-map" of the function's PCI host, or by its "iommus", which then names all its functions by
 * one number. */
struct unit *units_route_by_tree(const struct pci_function *fn, uint32_t *id);
/* Does the tree say for the function's PCI host what translates its functions? */
bool units_in_tree(const struct pci_function *fn);

/* As struct bare_iommu's probe(): finds the units, takes the routes of all functions, and starts the units. 0: at least
 * one works; or an error, after a line. */
int units_probe(const struct unit_kind *kind);

/* As the functions of struct bare_iommu, on the units of the kind that was probed last. */
int units_domain_for(const struct bus_pci *fn, struct dma_device_config *config);
void units_domain_put(const struct bus_pci *fn, struct dma_domain *domain);
uint64_t units_faults(const struct bus_pci *fn);
bool units_registers_of(const struct pci_function *fn, uint64_t *registers);
const struct pci_function *units_leader_of(const struct pci_function *fn);
int units_end(void);

#endif
