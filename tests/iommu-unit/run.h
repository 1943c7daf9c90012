/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Programs that run scenarios and cases of a unit driver, whichever.
 */
#ifndef TESTS_IOMMU_UNIT_RUN_H
#define TESTS_IOMMU_UNIT_RUN_H

#include "scene.h"

/* What a driver's tests give, once. The fixture is the driver's own: what a scenario wants of its machine. */
struct unit_world {
	/* The machine's part, the probe, and each device in a domain of its own: fills in up to two scenes. False: a
	 * check failed; it is taken down all the same. */
	bool (*up)(const void *fixture, struct scene scenes[2]);
	void (*down)(void); /* and no unit has seen the driver break a rule */
	/* Machine and probe alone: iommu, device and requester of *scene are filled in. 0, or the probe's error. */
	int (*probe)(const void *fixture, struct scene *scene);
	int (*remove)(struct dma_iommu *iommu);
	void (*remove_models)(void);
};
extern const struct unit_world unit_world;

/* ---- Scenarios, under every schedule that is tried ---- */

struct unit_scenario {
	const char *name;
	const char *machine; /* words for sim_config_parse(); NULL: the usual one */
	const void *fixture;
	void (*scene)(const struct scene *w); /* the first device's; NULL: run */
	void (*run)(const void *fixture);     /* what only this driver has, in a world that is up */
	unsigned seeds;			      /* of the adversary; 0: the plain machine only */
};

/* Runs them all, or that of argv[1]; SEEDS of the environment: so many each. Where a page has more than most_page
 * bytes, an eighth of the seeds. */
int unit_scenarios_main(const struct unit_scenario *scenarios, unsigned n, size_t most_page, int argc, char **argv);

/* ---- Cases, each in a process of its own, since some leave the library with memory that it must keep for ever ---- */

struct unit_case {
	const char *name;
	void (*run)(void);
	unsigned (*whole)(void); /* in place of run: brings its own machines */
	/* in place of run: a scene in a world that is up, of which something may be left */
	void (*dead)(const struct scene *w);
	const void *fixture; /* for dead */
};
int unit_cases_main(const struct unit_case *cases, unsigned n, int argc, char **argv);
/* Another machine, plain and empty; failures on the one before count. */
void unit_fresh(void);

/* A case: a life of devices in which the n-th command goes wrong, for each of the first 23, and nothing is left: at(n)
 * is called before, and the fixture makes such a unit. */
void unit_survives_each(const void *fixture, void (*at)(unsigned n));
/* A case: a probe and a whole life of devices, in which the unit stops at the n-th command, for each n: at(n) is called
 * before, and the fixture makes such a unit. */
unsigned unit_stops_anywhere(const void *fixture, void (*at)(unsigned n));
/* A case: the same, on machines that are paused for minutes at the n-th look at the clock, for each n, and whose CPUs
 * have clocks that differ: it all goes well (hazard 72). */
unsigned unit_odd_clocks(const void *fixture);
/* A case: a probe of units whose devices have the regions of scene_regions.c: one line in the log says that some of
 * them are opened wider than they ask for. */
unsigned unit_says_that_regions_meet(const void *fixture);
/* ---- cases_regions.c: fixed regions ---- */

/* What the host names, in place of what the fixture says, where unit_nhost_regions is not 0: for each probe(). */
extern const struct dma_iommu_region *unit_host_regions;
extern size_t unit_nhost_regions;

struct unit_regions {
	const void *usual; /* a fixture without regions */
	const void
		*region; /* firmware names 64 KiB at 2 GiB for the device; `usual`: it names none, and the host does */
	const void *whole; /* the unit is in front of all requesters of segment 0 */
	uint32_t requester;
	uint64_t window; /* an address of which nothing can be a region; 0: there is none */
};
/* A case: firmware's region, one that it forgot, and a doorbell for all, at every step of three drivers (hazard 74). */
void unit_regions_at_any_time(const struct unit_regions *of);
/* A case: any number of them, for any number of requesters (hazard 76). */
void unit_many_regions(const struct unit_regions *of);
/* A case: the fixture has a region of the requester's over the kernel's memory: that device stays blocked, and no
 * domain is made for it; others are not concerned. */
void unit_region_in_ram(const void *fixture, uint32_t requester, uint32_t other);

/* A case: a probe and a whole life of a device, with each hook failing at each call. */
unsigned unit_every_hook_fails(const void *fixture);

#endif
