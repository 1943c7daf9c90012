/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The library on the simulated machine behind modelled units, whichever: set up, worked with, attacked, taken down. A
 * driver's folder has a world.h with its own struct fixture, and a world.c with what only its units have.
 */
#ifndef TESTS_IOMMU_UNIT_WORLD_H
#define TESTS_IOMMU_UNIT_WORLD_H

#include "run.h"
#include "scene.h"

#define WORLD_TIMEOUT_NS 10000000 /* of simulated time: every step of a wait is simulated, too */

enum { WORLD_DEVICES = 2 };

struct fixture; /* what a scenario wants: each driver has its own */

/* What every driver's fixture can ask for; zeroes are usual, but for the devices. */
struct world_wants {
	unsigned devices;
	uint32_t requester[WORLD_DEVICES];
	bool deferred, untrusted, no_big_pages;
	bool shared;			/* one domain, device 0's, for all */
	uint64_t mask;			/* of the devices; 0: all */
	struct dma_window hole;		/* device addresses not to be used */
	struct dma_iommu_region region; /* fixed, of device 0; nbytes 0: none */
	uint64_t granule;		/* bytes that a unit maps at least at once; 0: 4 KiB */
};

struct world {
	const struct fixture *fixture;
	unsigned n;			  /* devices */
	void *unit[WORLD_DEVICES];	  /* the model that device i is behind */
	struct dma_iommu *iommu, *second; /* second: of device 1, if its unit is an IOMMU of its own; else NULL */
	struct sim_device *model[WORLD_DEVICES];
	struct dma_device dev[WORLD_DEVICES];
	struct dma_domain *domain[WORLD_DEVICES];
};

extern struct world world; /* of the scenarios of every driver, and of the cases of driver.c */

/* ---- What a driver's world.c gives ---- */

struct world_wants world_wants(const struct fixture *fixture);
void world_models(struct world *w);   /* makes the units: w->unit[i] for each of the w->n devices */
void world_firmware(struct world *w); /* their devices, what a former kernel left, and the firmware's table */
int world_probe(struct world *w);
void world_lawful(struct world *w); /* no unit has seen the driver break a rule */
void world_remove_models(void);
extern const struct scene world_calls; /* the driver's remove(), and what its models can be asked */

/* The last three of these for a driver whose model is sim_NAME.h; behind the name, what else its world_calls has. */
#define WORLD_CALLS(name, ...)                                                                                         \
	static void land(void *unit)                                                                                   \
	{                                                                                                              \
		sim_##name##_land(unit);                                                                               \
	}                                                                                                              \
	static unsigned freed(void *unit)                                                                              \
	{                                                                                                              \
		return sim_##name##_seen(unit).freed;                                                                  \
	}                                                                                                              \
	static void dies(void *unit)                                                                                   \
	{                                                                                                              \
		sim_##name##_break(unit);                                                                              \
	}                                                                                                              \
	static void before_invalidation(void *unit, void (*call)(void *ctx), void *ctx)                                \
	{                                                                                                              \
		sim_##name##_before_invalidation(unit, call, ctx);                                                     \
	}                                                                                                              \
	void world_lawful(struct world *w)                                                                             \
	{                                                                                                              \
		for (unsigned i = 0; i < WORLD_DEVICES && w->unit[i]; i++)                                             \
			SIM_CHECK(sim_##name##_seen(w->unit[i]).violations == 0);                                      \
	}                                                                                                              \
	void world_remove_models(void)                                                                                 \
	{                                                                                                              \
		sim_##name##_remove_all();                                                                             \
	}                                                                                                              \
	const struct scene world_calls = {.look = sim_##name##_look,                                                   \
					  .post = sim_##name##_post,                                                   \
					  .land = land,                                                                \
					  .freed = freed,                                                              \
					  .dies = dies,                                                                \
					  .remove = dma_##name##_remove,                                               \
					  .before_invalidation = before_invalidation,                                  \
					  __VA_ARGS__}

/* ---- world.c ---- */

/* The machine's part, and the table. False: a check failed; take it down all the same. */
bool world_units(struct world *w, const struct fixture *fixture);
/* The same, then probes, and attaches every device to a domain of its own. */
bool world_up(struct world *w, const struct fixture *fixture);
void world_down(struct world *w);
int world_attach(struct world *w, unsigned i); /* device i, to a domain that is made for it */

/* Device i for the scenarios of every driver. */
struct scene world_scene(struct world *w, unsigned i);
/* Streams in all directions of device i, used as they may be and as they may not be. */
void world_traffic(struct world *w, unsigned i, size_t npages);
/* The device cannot reach that address, either way. */
void world_blocked(struct world *w, unsigned i, uint64_t daddr);
bool world_reaches(struct world *w, unsigned i, uint64_t daddr, bool write);
/* Where it reaches; UINT64_MAX: nothing. */
uint64_t world_reach(struct world *w, unsigned i, uint64_t daddr, bool write);

#endif
