/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An IVRS table on a simulated machine that has the units it names: they must come up, block the devices that the
 * table names, and let their regions through.
 */
#include "corpus.h"
#include "iommu/amdvi/ivrs.h"
#include "iommu/sim_amdvi.h"
#include <dmastream/amdvi.h>
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>

#include <stdio.h>

enum {
	UNITS = 128,
	LOOKS = 40,	/* devices that are tried: the machine has room for so many */
	BLOCKS = 48,	/* where the table's blocks begin (48882, 5.2.1) */
	CONTROL = 0x18, /* of the unit (3.4) */
	ENABLED = 1,
	WINDOW = 0x4000,
};
#define REGISTERS ((uint64_t)0xe0000000) /* for units whose registers this machine cannot have where the table says */

static struct dma_ivrs ivrs; /* read once more, to know what to look at */
static struct sim_amdvi *models[UNITS];
static struct dma_ivrs_unit *found[UNITS];
static unsigned nmodels;

/* Each unit's capability block, where the table says that it is. */
static uint32_t read32(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	(void)context;
	for (unsigned i = 0; i < nmodels; i++)
		if (found[i]->segment == segment && found[i]->id == (bus << 8 | devfn) &&
		    offset >= found[i]->capability)
			return sim_amdvi_capability(models[i], offset - found[i]->capability);
	return ~(uint32_t)0;
}

/* ---- The machine ------------------------------------------------------------------------------------------------- */

static uint64_t field(const uint8_t *at, unsigned nbytes)
{
	uint64_t value = 0;

	while (nbytes--)
		value = value << 8 | at[nbytes];
	return value;
}

/* Registers that this machine has RAM at, or cannot map, are moved, in all blocks that describe the unit. */
static void move_units(uint8_t *bytes, size_t nbytes)
{
	uint64_t old[UNITS];
	unsigned moved = 0;

	for (size_t at = BLOCKS, length; at + 24 <= nbytes; at += length) {
		uint64_t base = field(bytes + at + 8, 8);
		unsigned i = 0;

		length = field(bytes + at + 2, 2);
		if (length < 4)
			return;
		if ((bytes[at] != 0x10 && bytes[at] != 0x11 && bytes[at] != 0x40) || base == 0 || base % WINDOW ||
		    (base >> 34 == 0 && !dma_host_is_ram(dma_paddr(base), 1)))
			continue;
		while (i < moved && old[i] != base)
			i++;
		if (i == UNITS)
			return;
		old[i] = base;
		moved += i == moved;
		for (unsigned byte = 0; byte < 8; byte++)
			bytes[at + 8 + byte] = (uint8_t)((REGISTERS + 0x10000 * i) >> 8 * byte);
	}
}

/* False: more than the simulated machine has. */
static bool add_units(void)
{
	for (struct dma_ivrs_unit *unit = ivrs.units; unit; unit = unit->next) {
		struct sim_amdvi_config config = sim_amdvi_config(unit->registers);

		if (!unit->registers)
			continue;
		if (nmodels == UNITS)
			return false;
		config.absent_cached = true;
		config.width = ivrs.width;
		found[nmodels] = unit;
		models[nmodels++] = sim_amdvi_add(&config);
	}
	return true;
}

/* ---- Looks ------------------------------------------------------------------------------------------------------- */

static bool is_on(uint64_t registers)
{
	volatile void *at;
	bool on;

	if (dma_host_mmio_map(dma_paddr(registers), WINDOW, &at))
		return false;
	on = dma_host_mmio_read64((volatile char *)at + CONTROL) & ENABLED;
	dma_host_mmio_unmap(at, WINDOW);
	return on;
}

/* NULL: a unit without registers. */
static struct sim_amdvi *model_of(const struct dma_ivrs_unit *unit)
{
	for (unsigned i = 0; i < nmodels; i++)
		if (found[i] == unit)
			return models[i];
	return NULL;
}

/* A device whose requests have that id. */
static struct sim_device *device(const struct dma_ivrs_unit *unit, uint32_t requester)
{
	struct sim_device_config config = sim_config()->device;

	config.requester = requester;
	sim_amdvi_cover(model_of(unit), requester);
	return sim_device_new(&config);
}

/* Regions that the driver rightly does not map: this machine has RAM there, or nobody would believe them. */
static bool believable(const struct dma_ivrs_region *region)
{
	bool fine = region->limit - region->base < (uint64_t)4 << 30 &&
		    (region->limit < 0xfee00000 || region->base > 0xfeefffff);

	for (uint64_t at = region->base; fine && at < region->limit; at += 4096)
		fine = !dma_host_is_ram(dma_paddr(at), 1);
	return fine;
}

static bool all_believable(uint32_t requester)
{
	for (const struct dma_ivrs_region *region = ivrs.regions; region; region = region->next)
		if (requester >= region->first && requester <= region->last && !believable(region))
			return false;
	return true;
}

/* What all regions of the requester together allow at that address: where they share pages and differ, all of it. */
static unsigned allowed_at(uint32_t requester, uint64_t daddr)
{
	unsigned dir = 0;

	for (const struct dma_ivrs_region *region = ivrs.regions; region; region = region->next)
		if (requester >= region->first && requester <= region->last && daddr >= region->base &&
		    daddr <= region->limit)
			dir |= region->dir;
	return dir;
}

/* The first device of the region that is behind a unit: it reaches all of the region, and nothing else. */
static unsigned look_at_region(struct dma_iommu *iommu, const struct dma_ivrs_region *region, unsigned *looks)
{
	uint32_t requester = region->first;
	struct dma_ivrs_unit *unit = dma_ivrs_unit_of(&ivrs, requester, NULL);
	bool write = allowed_at(requester, region->base) & DMA_FROM_DEVICE;
	bool read = allowed_at(requester, region->limit) & DMA_TO_DEVICE;
	struct sim_device *dev;
	uint64_t paddr;
	unsigned wrong = 0;

	if (!unit || !model_of(unit) || !all_believable(requester) || *looks >= LOOKS)
		return 0;
	(*looks)++;
	dev = device(unit, dma_amdvi_requester(iommu, requester));
	if ((sim_amdvi_look(dev, region->base, true, &paddr) == 0) != write ||
	    (sim_amdvi_look(dev, region->limit, false, &paddr) == 0) != read ||
	    (region->dir & DMA_TO_DEVICE &&
	     (sim_amdvi_look(dev, region->base, false, &paddr) || paddr != region->base))) {
		corpus_say("WRONG: requester 0x%x does not reach its region at 0x%llx", requester,
			   (unsigned long long)region->base);
		wrong++;
	}
	if (!sim_amdvi_look(dev, SIM_LOW_RAM, true, &paddr)) {
		corpus_say("WRONG: requester 0x%x reaches memory", requester);
		wrong++;
	}
	return wrong;
}

static unsigned look_at_unit(struct dma_ivrs_unit *unit, unsigned *looks)
{
	unsigned wrong = 0;
	uint64_t paddr;

	if (unit->registers && !is_on(unit->registers)) {
		corpus_say("WRONG: the unit at 0x%llx is off", (unsigned long long)unit->registers);
		wrong++;
	}
	for (const struct dma_ivrs_devices *devices = unit->devices; devices && model_of(unit) && *looks < LOOKS;
	     devices = devices->next) {
		uint32_t segment = (uint32_t)unit->segment << 16, requester = segment | devices->first;

		if (dma_ivrs_unit_of(&ivrs, requester, NULL) != unit)
			continue;
		(*looks)++;
		if (!sim_amdvi_look(device(unit, requester), SIM_LOW_RAM, true, &paddr)) {
			corpus_say("WRONG: requester 0x%x reaches memory", requester);
			wrong++;
		}
	}
	return wrong;
}

/* ---- The table ------------------------------------------------------------------------------------------------- */

/* Once more, without its lines. */
static int read_quietly(const uint8_t *bytes, size_t nbytes)
{
	int error;

	sim_on_log(NULL);
	error = dma_ivrs_parse(bytes, nbytes, &ivrs);
	corpus_keep_lines();
	return error;
}

enum ending corpus_ivrs(uint8_t *bytes, size_t nbytes)
{
	struct dma_amdvi_config config = {
		.ivrs = bytes, .ivrs_nbytes = nbytes, .pci_read32 = read32, .timeout_ns = 10000000};
	struct sim_config machine = sim_config_plain("low=64,high=64"); /* 2 MiB a unit */
	unsigned regions = 0, wrong = 0, looks = 0;
	struct dma_iommu *iommu;
	int error;

	machine.quiet = true;
	sim_start(&machine);
	move_units(bytes, nbytes);
	if (!read_quietly(bytes, nbytes) && !add_units()) {
		printf("skipped: more units than the simulated machine has");
		return TABLE_SKIPPED;
	}
	error = dma_init();
	if (!error)
		error = dma_amdvi_probe(&config, &iommu);
	if (error) {
		printf("IVRS: refused: %s", dma_strerror(error));
		return TABLE_REFUSED;
	}
	for (const struct dma_ivrs_region *region = ivrs.regions; region; region = region->next, regions++)
		wrong += look_at_region(iommu, region, &looks);
	for (struct dma_ivrs_unit *unit = ivrs.units; unit; unit = unit->next)
		wrong += look_at_unit(unit, &looks);
	for (unsigned i = 0; i < nmodels; i++)
		wrong += sim_amdvi_seen(models[i]).violations != 0;
	printf("IVRS: %u units on, %u regions, %u devices tried", nmodels, regions, looks);
	if (dma_amdvi_remove(iommu)) {
		corpus_say("WRONG: the units cannot be removed");
		wrong++;
	}
	return wrong ? TABLE_WRONG : TABLE_WORKS;
}
