/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions while a requester goes from its home to a driver's domain and back (hazard 74): at each step of the
 * driver the device reaches its region. For the register-level models of every unit driver.
 */
#ifndef TESTS_IOMMU_UNIT_HANDOVER_H
#define TESTS_IOMMU_UNIT_HANDOVER_H

#include "sim.h"
#include <dmastream/dmastream.h>
#include <dmastream/iommu.h>

enum handover_kind {
	HANDOVER_ALONE,	      /* the domain has no other device */
	HANDOVER_INCOHERENT,  /* the same, and the device does not snoop */
	HANDOVER_SHARED,      /* another device works in the domain */
	HANDOVER_OTHERS,      /* the same, and the domain was made for the other device */
	HANDOVER_SMALL_PAGES, /* the domain has no big pages */
	HANDOVER_BYPASS,      /* the device bypasses the unit */
	HANDOVER_KINDS
};

struct handover {
	struct dma_iommu *iommu; /* probed: device and neighbour are behind it */
	struct sim_device *device, *neighbour;
	uint64_t region; /* fixed, of the device alone, 2 MiB, and no RAM is there */
	unsigned (*faults)(void);
	void (*forget)(void); /* the unit empties its caches, as it may at any moment; NULL: it has none */
	/* The hardware leaves no way: the device may be blocked for a moment, on its way to the driver's domain, or
	 * back. */
	bool (*gap)(enum handover_kind kind, bool back);
	bool (*able)(enum handover_kind kind); /* false: the unit cannot do that at all */
};

/* Attaches and detaches the device in each way; the unit empties its caches never, at each step in turn, and always. */
void handover_run(const struct handover *handover);

/* A kind of unit on which that is run. */
struct handover_unit {
	const char *name;
	const char *machine; /* words for sim_config_parse() besides the size of its memory; NULL: none */
	const void *fixture; /* the driver's */
};

/* Runs `scenario` (whose argument is the unit) on each, or on that of argv[1]: plain, and under so many schedules. */
int handover_main(const struct handover_unit *units, size_t n, sim_scenario scenario, unsigned seeds, int argc,
		  char **argv);
/* What most of them do: device and neighbour (of that requester) behind the unit of the world, which begins empty. */
void handover_device(struct handover *handover, struct dma_iommu *iommu, struct sim_device *device, uint32_t neighbour);

#endif
