/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A DMAR table on a simulated machine that has the units it names, and a PCI bus on which each of its paths leads
 * somewhere: the units must come up, block the devices that the table names, and let their regions through.
 */
#include "corpus.h"
#include "iommu/sim_vtd.h"
#include "iommu/vtd/dmar.h"
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>
#include <dmastream/vtd.h>

#include <stdio.h>
#include <string.h>

enum {
	UNITS = 128,
	BRIDGES = 512,
	LOOKS = 40,    /* devices that are tried: the machine has room for so many */
	STATUS = 0x1c, /* GSTS (VT-d specification, 11.4.5) */
};
#define TRANSLATES ((uint32_t)1 << 31)
#define REGISTERS  ((uint64_t)0xe0000000) /* for units whose registers this machine cannot have where the table says */

/* ---- The bus ----------------------------------------------------------------------------------------------------- */

static struct {
	uint16_t segment;
	uint8_t bus, devfn, secondary;
} bridges[BRIDGES];
static unsigned nbridges;

static uint32_t read32(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	(void)context;
	for (unsigned i = 0; i < nbridges; i++)
		if (bridges[i].segment == segment && bridges[i].bus == bus && bridges[i].devfn == devfn)
			return offset == 0x0c ? 0x010000 : (uint32_t)bridges[i].secondary * 0x010100;
	return 0;
}

/* The bus behind a bridge that is there from now on. */
static uint8_t bridge_to(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	uint32_t buses = read32(NULL, segment, bus, devfn, 0x18);

	if (buses)
		return (uint8_t)(buses >> 8);
	if (nbridges == BRIDGES || bus == 0xff)
		return 0;
	bridges[nbridges].segment = segment;
	bridges[nbridges].bus = bus;
	bridges[nbridges].devfn = devfn;
	bridges[nbridges].secondary = (uint8_t)(bus + 1 + nbridges % (255u - bus));
	return bridges[nbridges++].secondary;
}

static void build_path(const uint8_t *scope, uint16_t segment)
{
	unsigned hops = scope[1] < 6 ? 0 : (scope[1] - 6u) / 2;
	uint8_t bus = scope[5];

	for (unsigned hop = 0; hop < hops; hop++)
		if (hop + 1 < hops || scope[0] == 2)
			bus = bridge_to(segment, bus, (uint8_t)(scope[6 + 2 * hop] << 3 | (scope[7 + 2 * hop] & 7)));
}

/* Makes a bridge of everything that a path of a unit or a region goes through. */
static void build_bus(const uint8_t *bytes, size_t nbytes)
{
	for (size_t at = 48; at + 4 <= nbytes;) {
		size_t length = bytes[at + 2] | (size_t)bytes[at + 3] << 8, fixed = bytes[at] ? 24 : 16;
		size_t end = length > nbytes - at ? nbytes : at + length;

		if (length < 4)
			return;
		for (size_t scope = at + fixed;
		     bytes[at] < 2 && scope + 6 <= end && bytes[scope + 1] >= 6 && scope + bytes[scope + 1] <= end;
		     scope += bytes[scope + 1])
			build_path(bytes + scope, (uint16_t)(bytes[at + 6] | bytes[at + 7] << 8));
		at += length;
	}
}

/* ---- The machine ------------------------------------------------------------------------------------------------- */

static struct dma_dmar dmar; /* read once more, to know what to look at */
static struct sim_vtd *models[UNITS];

/* Registers that this machine has RAM at, or cannot map, are moved, in the table too. */
static void move_units(uint8_t *bytes, size_t nbytes)
{
	unsigned moved = 0;

	for (size_t at = 48, length; at + 16 <= nbytes; at += length) {
		uint64_t base = 0;

		length = bytes[at + 2] | (size_t)bytes[at + 3] << 8;
		if (length < 4)
			return;
		for (unsigned i = 0; i < 8; i++)
			base |= (uint64_t)bytes[at + 8 + i] << 8 * i;
		if (bytes[at] || bytes[at + 1] || base == 0 || base % 4096 ||
		    (base >> 34 == 0 && !dma_host_is_ram(dma_paddr(base), 1)))
			continue;
		base = REGISTERS + 0x10000 * moved++;
		for (unsigned i = 0; i < 8; i++)
			bytes[at + 8 + i] = (uint8_t)(base >> 8 * i);
	}
}

static unsigned add_units(void)
{
	unsigned n = 0;

	for (struct dma_dmar_unit *unit = dmar.units; unit; unit = unit->next) {
		struct sim_vtd_config config = sim_vtd_config(unit->registers);

		if (!unit->registers)
			continue;
		if (n == UNITS)
			return UNITS + 1;
		models[n++] = sim_vtd_add(&config);
	}
	return n;
}

/* NULL: it has none, since the table gives no address of its registers that can be. */
static struct sim_vtd *model_of(const struct dma_dmar_unit *unit)
{
	unsigned n = 0;

	for (const struct dma_dmar_unit *before = dmar.units; before != unit; before = before->next)
		n += before->registers != 0;
	return unit->registers ? models[n] : NULL;
}

static bool is_on(uint64_t registers)
{
	volatile void *at;
	bool on;

	if (dma_host_mmio_map(dma_paddr(registers), 4096, &at))
		return false;
	on = dma_host_mmio_read32((volatile char *)at + STATUS) & TRANSLATES;
	dma_host_mmio_unmap(at, 4096);
	return on;
}

/* A device that the model puts behind that unit. */
static struct sim_device *device(struct dma_dmar_unit *unit, uint16_t segment, const struct dma_dmar_scope *scope)
{
	struct sim_device_config config = sim_config()->device;

	config.requester = (uint32_t)segment << 16 | (uint32_t)scope->bus << 8 | scope->devfn;
	sim_vtd_cover(model_of(unit), config.requester);
	return sim_device_new(&config);
}

/* Regions that the driver rightly does not map: this machine has RAM there, or nobody would believe them. */
static bool believable(const struct dma_dmar_region *region)
{
	bool fine = region->limit - region->base < (uint64_t)4 << 30 &&
		    (region->limit < 0xfee00000 || region->base > 0xfeefffff);

	for (uint64_t at = region->base; fine && at < region->limit; at += 4096)
		fine = !dma_host_is_ram(dma_paddr(at), 1);
	return fine;
}

/* True if all regions of the device are mapped: one that is not believed leaves it blocked. */
static bool trusted_regions(uint16_t segment, const struct dma_dmar_scope *scope)
{
	for (const struct dma_dmar_region *region = dmar.regions; region; region = region->next)
		if (region->segment == segment && dma_dmar_names(region->scopes, scope->bus, scope->devfn) &&
		    !believable(region))
			return false;
	return true;
}

/* Looks at each device of the region: it reaches all of the region, and nothing else. */
static unsigned look_at_region(const struct dma_dmar_region *region, unsigned *looks)
{
	unsigned wrong = 0;
	uint64_t paddr;

	for (const struct dma_dmar_scope *scope = region->scopes; scope && *looks < LOOKS; scope = scope->next) {
		struct dma_dmar_unit *unit = dma_dmar_unit_of(&dmar, region->segment, scope->bus, scope->devfn);
		struct sim_device *dev;

		if (!unit || !model_of(unit) || !trusted_regions(region->segment, scope))
			continue;
		if (!region->segment && !scope->bus && !scope->devfn)
			continue; /* the simulated machine has no device there */
		dev = device(unit, region->segment, scope);
		(*looks)++;
		if (sim_vtd_look(dev, region->base, true, &paddr) || paddr != region->base ||
		    sim_vtd_look(dev, region->limit, false, &paddr) || paddr != region->limit) {
			corpus_say("WRONG: bus %u devfn %u does not reach its region at 0x%llx", scope->bus,
				   scope->devfn, (unsigned long long)region->base);
			wrong++;
		}
		if (!sim_vtd_look(dev, SIM_LOW_RAM, true, &paddr)) {
			corpus_say("WRONG: bus %u devfn %u reaches memory", scope->bus, scope->devfn);
			wrong++;
		}
	}
	return wrong;
}

static unsigned look_at_unit(struct dma_dmar_unit *unit, unsigned *looks)
{
	unsigned wrong = 0;
	uint64_t paddr;

	if (unit->registers && !is_on(unit->registers)) {
		corpus_say("WRONG: the unit at 0x%llx is off", (unsigned long long)unit->registers);
		wrong++;
	}
	for (const struct dma_dmar_scope *scope = unit->scopes; scope && model_of(unit) && *looks < LOOKS;
	     scope = scope->next, (*looks)++)
		if (!sim_vtd_look(device(unit, unit->segment, scope), SIM_LOW_RAM, true, &paddr)) {
			corpus_say("WRONG: bus %u devfn %u reaches memory", scope->bus, scope->devfn);
			wrong++;
		}
	return wrong;
}

/* The table once more, without its lines. */
static int read_quietly(const uint8_t *bytes, size_t nbytes)
{
	struct dma_dmar_bus bus = {read32, NULL};
	int error;

	sim_on_log(NULL);
	error = dma_dmar_parse(bytes, nbytes, &bus, &dmar);
	corpus_keep_lines();
	return error;
}

enum ending corpus_dmar(uint8_t *bytes, size_t nbytes)
{
	struct dma_vtd_config config = {
		.dmar = bytes, .dmar_nbytes = nbytes, .pci_read32 = read32, .timeout_ns = 10000000};
	struct sim_config machine = sim_config_plain(NULL);
	unsigned units = 0, regions = 0, wrong = 0, looks = 0;
	struct dma_iommu *iommu;
	int error;

	machine.quiet = true;
	sim_start(&machine);
	build_bus(bytes, nbytes);
	move_units(bytes, nbytes);
	if (!read_quietly(bytes, nbytes))
		units = add_units();
	if (units > UNITS) {
		printf("skipped: more units than the simulated machine has");
		return TABLE_SKIPPED;
	}
	error = dma_init();
	if (!error)
		error = dma_vtd_probe(&config, &iommu);
	if (error) {
		printf("DMAR: refused: %s", dma_strerror(error));
		return TABLE_REFUSED;
	}
	for (const struct dma_dmar_region *region = dmar.regions; region; region = region->next, regions++)
		wrong += look_at_region(region, &looks);
	for (struct dma_dmar_unit *unit = dmar.units; unit; unit = unit->next)
		wrong += look_at_unit(unit, &looks);
	for (unsigned i = 0; i < units; i++)
		wrong += sim_vtd_seen(models[i]).violations != 0;
	printf("DMAR: %u units on, %u regions mapped, %u devices tried, %u lines about what is odd", units, regions,
	       looks, dmar.store.odd);
	return wrong ? TABLE_WRONG : TABLE_WORKS;
}
