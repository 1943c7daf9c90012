/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices of a unit (src/iommu/unit): attaching and detaching take turns, with the driver's table changed in between;
 * an IOMMU that joins the list is whole for who goes through it.
 */
#include "../../src/iommu/unit/unit.h"
#include "../../src/iommu/unit/unit_faults.h"
#include "programs.h"
#include "world.h"

#define REQUESTER 5u

static const struct dma_unit_regions no_regions;
static struct dma_unit unit;
static struct dma_unit_domain domain[2];
static struct dma_device dev[2];
/* Of the requester, in the driver's table: the turn keeps it, and nothing else. Each of its stores counts. */
static const struct dma_unit_domain *volatile entry;
static bool no_memory; /* change() fails */

static bool mine(const struct dma_unit *u, uint32_t requester)
{
	(void)u;
	return requester == REQUESTER;
}

static int change(struct dma_unit *u, uint32_t requester, struct dma_unit_domain *former, struct dma_unit_domain *d,
		  const uint64_t *words)
{
	(void)u, (void)requester, (void)words;
	explore_check(entry == former, "the table leads elsewhere than it did");
	entry = d;
	if (no_memory)
		entry = NULL;
	return no_memory ? DMA_ENOMEM : 0;
}

static int clear(struct dma_unit *u, uint32_t requester)
{
	static const struct dma_unit_domain half;

	(void)u, (void)requester;
	entry = &half; /* a driver takes several steps */
	entry = NULL;
	return 0;
}

static const struct dma_unit_entry_ops entries = {.change = change, .clear = clear};
static const struct dma_unit_driver driver = {.mine = mine, .entries = &entries};

static void start(void)
{
	world_start(2);
	unit = (struct dma_unit){.driver = &driver, .queue = {.name = "unit"}, .regions = &no_regions};
	for (unsigned i = 0; i < 2; i++) {
		domain[i] = (struct dma_unit_domain){.unit = &unit, .id = (uint16_t)(i + 1)};
		domain[i].next = unit.domains;
		unit.domains = &domain[i];
		dev[i] = (struct dma_device){.requester = REQUESTER, .coherent = true, .name = "device"};
	}
}

static void start_short(void)
{
	start();
	no_memory = true;
}

/* Two domains: who is first has it. */
static void comes_and_goes(unsigned i)
{
	if (dma_unit_attach(&domain[i].space, &dev[i]) == 0) {
		explore_check(entry == &domain[i], "attached, and the table leads elsewhere");
		dma_unit_detach(&domain[i].space, &dev[i]);
	}
}

static void comes_0(void)
{
	comes_and_goes(0);
}

static void comes_1(void)
{
	comes_and_goes(1);
}

/* Both in one domain: the requester leaves with the last. */
static void joins_1(void)
{
	explore_check(dma_unit_attach(&domain[0].space, &dev[1]) == 0, "attach");
	explore_check(entry == &domain[0], "attached, and the table leads elsewhere");
	dma_unit_detach(&domain[0].space, &dev[1]);
}

static void finish(void)
{
	explore_check(entry == NULL && !domain[0].devices && !domain[1].devices && !unit.turn, "a device has not left");
}

const struct explore_program unit_two_domains = {
	.name = "unit: two devices with one requester, in two domains",
	.start = start,
	.cpu = {comes_0, comes_1},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program unit_one_domain = {
	.name = "unit: two devices with one requester join and leave",
	.start = start,
	.cpu = {comes_0, joins_1},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program unit_short = {
	.name = "unit: devices that fail to attach",
	.start = start_short,
	.cpu = {comes_0, comes_1},
	.finish = finish,
	.preemptions = 2,
};

/* ---- The space dies while a device comes: it is blocked by one of the two ---- */

static void dies(void)
{
	__atomic_store_n(&domain[0].space.dead, 1, __ATOMIC_RELAXED);
	(void)dma_unit_block(&domain[0].space, NULL);
}

static void comes_to_stay(void)
{
	(void)dma_unit_attach(&domain[0].space, &dev[0]);
}

static void finish_dead(void)
{
	explore_check(entry == NULL, "a device reaches what it could in a domain that was given up");
}

const struct explore_program unit_dead = {
	.name = "unit: a device comes while its domain dies",
	.start = start,
	.cpu = {comes_to_stay, dies},
	.finish = finish_dead,
	.preemptions = 3,
};

/* ---- A device leaves, and its memory goes, while its domain's devices are blocked one after the other ---- */

static unsigned char blocked[2]; /* by device; no event */

static bool mine_both(const struct dma_unit *u, uint32_t requester)
{
	(void)u;
	return requester - REQUESTER < 2;
}

static int change_nothing(struct dma_unit *u, uint32_t requester, struct dma_unit_domain *former,
			  struct dma_unit_domain *d, const uint64_t *words)
{
	(void)u, (void)requester, (void)former, (void)d, (void)words;
	return 0;
}

static int blocks(struct dma_unit *u, uint32_t requester)
{
	(void)u;
	blocked[requester - REQUESTER] = 1;
	return 0;
}

static const struct dma_unit_entry_ops two_entries = {.change = change_nothing, .clear = blocks};
static const struct dma_unit_driver two = {.mine = mine_both, .entries = &two_entries};

static void start_attached(void)
{
	start();
	explore_ignore(blocked, sizeof(blocked));
	unit.driver = &two;
	for (unsigned i = 0; i < 2; i++) {
		dev[i].requester = REQUESTER + i;
		blocked[i] = 0;
		explore_check(dma_unit_attach(&domain[0].space, &dev[i]) == 0, "attach");
	}
}

static void leaves(void)
{
	dma_unit_detach(&domain[0].space, &dev[0]);
	explore_retire(&dev[0], sizeof(dev[0]));
}

static void finish_left(void)
{
	explore_check(domain[0].devices == &dev[1] && blocked[1], "a device that stayed was not blocked");
}

const struct explore_program unit_left = {
	.name = "unit: a device leaves while its domain is blocked",
	.start = start_attached,
	.cpu = {leaves, dies},
	.finish = finish_left,
	.preemptions = 3,
};

/* ---- An IOMMU comes while others are polled ---- */

static struct dma_iommu iommu;
/* What the IOMMU's list of units begins with before it is made: who sees that, sees an IOMMU that is not whole. */
static struct dma_unit not_yet;

static unsigned pending(struct dma_unit *u, unsigned *first)
{
	explore_check(u == &unit, "an IOMMU on the list is not whole");
	*first = 0;
	return 0;
}

static bool mine_whole(const struct dma_unit *u, uint32_t requester)
{
	explore_check(u == &unit, "an IOMMU on the list is not whole");
	return requester == REQUESTER;
}

static const struct dma_unit_fault_ops fault_ops = {.pending = pending};
static const struct dma_unit_driver whole = {.mine = mine_whole, .entries = &entries, .faults = &fault_ops};

static void start_iommu(void)
{
	start();
	unit.driver = not_yet.driver = &whole;
	iommu.units = &not_yet;
}

static void registers(void)
{
	iommu.units = &unit;
	dma_iommu_register(&iommu);
}

static void polls(void)
{
	(void)dma_iommu_poll_all();
}

/* A device that names no domain: whether a unit stands in front of it is asked by the list. */
static void comes_by_name(void)
{
	const struct dma_device_config config = {
		.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true, .requester = REQUESTER};

	if (dma_device_init(&dev[0], &config) == 0)
		explore_check(dma_device_fini(&dev[0]) == 0, "dma_device_fini");
}

static void unregister(void)
{
	dma_iommu_unregister(&iommu);
}

const struct explore_program unit_polled = {
	.name = "unit: an IOMMU comes while all are polled",
	.start = start_iommu,
	.cpu = {registers, polls},
	.finish = unregister,
	.preemptions = 3,
};
const struct explore_program unit_asked_for = {
	.name = "unit: an IOMMU comes while a device does",
	.start = start_iommu,
	.cpu = {registers, comes_by_name},
	.finish = unregister,
	.preemptions = 3,
};

/* ---- A driver with state of its own is probed by several CPUs: one at a time has it ---- */

static uint8_t probed;
static volatile uint64_t own_state; /* of the driver: 0 between two probes */

static int finds_nothing(struct dma_iommu *found, const void *config)
{
	(void)found, (void)config;
	explore_check(own_state == 0, "a driver is probed while another probe has it");
	own_state = 1;
	own_state = 0;
	return DMA_EINVAL;
}

static const struct dma_unit_driver once = {
	.name = "once", .iommu_bytes = sizeof(struct dma_iommu), .probed = &probed, .find = finds_nothing};

static void start_probe(void)
{
	world_start(3);
	world_refuse_pages_on(1);
}

static void probes(void)
{
	struct dma_iommu *found;
	int error = dma_iommu_probe(&once, &found, NULL, NULL, 0, 0);

	explore_check(error == DMA_EINVAL || error == DMA_EBUSY || (error == DMA_ENOMEM && explore_cpu() == 1),
		      "a probe finds something else");
}

static void finish_probe(void)
{
	explore_check(!probed && own_state == 0, "a probe has not ended");
}

const struct explore_program unit_probed = {
	.name = "unit: probed by three CPUs, of which one finds no page",
	.start = start_probe,
	.cpu = {probes, probes, probes},
	.finish = finish_probe,
	.preemptions = 2,
	.old_reads = 2,
};
