/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio-iommu model under bad drivers: one breach a run; and what it does by itself.
 */
#include "virtio_bench.h"
#include "virtio_breaches.h"

static void lawful(void)
{
	uint64_t paddr;

	attached();
	w(CONFIG + 36, 0, 1);
	SIM_CHECK(map(DOMAIN, 0x10000, 0x10fff, 3) == 0);
	SIM_CHECK(sim_virtio_look(bench.device, 0x10010, true, &paddr) == 0 && paddr == bench.frame[DATA] + 0x10);
	SIM_CHECK(unmap(DOMAIN, 0x10000, 0x2ffff, 0) == 0); /* it may spill over */
	SIM_CHECK(sim_virtio_look(bench.device, 0x10010, true, &paddr) != 0);
	SIM_CHECK(detach(DOMAIN, ENDPOINT, 0) == 0);
	SIM_CHECK(attach(DOMAIN + 1, 0x999, 0, 0) == 6); /* no such endpoint */
	SIM_CHECK(unmap(DOMAIN, 0, 0xfff, 0) == 6);	 /* no such domain */
	w(STATUS, 0, 1);
	(void)r(STATUS, 1);
}

/* ---- What the model does by itself ---- */

/* A domain goes with its last endpoint, and its mappings with it. */
static void domain_goes(const struct breach *breach)
{
	(void)breach;
	attached();
	SIM_CHECK(map(DOMAIN, 0, 0xfff, 3) == 0);
	SIM_CHECK(detach(DOMAIN, ENDPOINT, 0) == 0);
	SIM_CHECK(sim_virtio_seen(the_unit).mappings == 0);
	SIM_CHECK(attach(DOMAIN, ENDPOINT, 0, 0) == 0);
	SIM_CHECK(map(DOMAIN, 0, 0xfff, 3) == 0);
}

/* The bypass lets pass who is attached to nothing, and stays as it is over a reset. */
static void bypass_stays(const struct breach *breach)
{
	uint64_t paddr;

	(void)breach;
	SIM_CHECK(sim_virtio_look(bench.device, 0x123000, true, &paddr) == 0 && paddr == 0x123000);
	on(ALL);
	w(CONFIG + 36, 0, 1);
	SIM_CHECK(sim_virtio_look(bench.device, 0x123000, true, &paddr) != 0);
	w(STATUS, 0, 1);
	SIM_CHECK(r(CONFIG + 36, 1) == 0 && r(STATUS, 1) == 0);
	SIM_CHECK(sim_virtio_look(bench.device, 0x123000, true, &paddr) != 0);
}

static const struct breach behaviours[] = {
	{0, "a domain goes with its last endpoint, and with its mappings", domain_goes, 0, 0, 0, 0},
	{0, "bypass passes what is not attached, and outlives a reset", bypass_stays, 0, 0, 0, 0},
};
static const size_t nbehaviours = sizeof(behaviours) / sizeof(behaviours[0]);

/* ---- The model ---- */

static void part(const struct breach *breach)
{
	(void)breach;
	attached();
	(void)map(DOMAIN, 0x1000, 0x3fff, 3);
	(void)unmap(DOMAIN, 0x1000, 0x1fff, 0);
}

static const struct breach strict = {VIRTIO_UNMAP_PART, "a part", part, 0, 0, 0, STRICT};

static void add_unit(unsigned kind)
{
	struct sim_virtio_config config = sim_virtio_config(REGISTERS);

	config.only_counts = kind != STRICT;
	if (kind == RESERVES) {
		config.reserved_first = 0x8001000;
		config.reserved_last = 0x8001fff;
	}
	sim_virtio_remove_all();
	the_unit = sim_virtio_add(&config);
	sim_virtio_cover(the_unit, REQUESTER);
}

static unsigned broken(unsigned rule)
{
	return sim_virtio_broken(the_unit, rule);
}

const struct model the_model = {
	.name = "virtio-iommu",
	.rules = sim_virtio_rules,
	.breaches = {virtio_register_breaches, virtio_request_breaches},
	.counts = {&virtio_nregister_breaches, &virtio_nrequest_breaches},
	.behaviours = behaviours,
	.nbehaviours = &nbehaviours,
	.strict = &strict,
	.requester = REQUESTER,
	.registers = REGISTERS,
	.window = SIM_VIRTIO_BYTES,
	.add_unit = add_unit,
	.lawful = lawful,
	.broken = broken,
};
