/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From a device tree's bytes to units: trees that name two RISC-V IOMMUs, a device of the platform and a PCI function,
 * which know two functions by one number. The bare machine's own code reads the tree, finds the units and makes the
 * domains; the units are those of the simulated machine, each in front of one function, whatever the tree says. A tree
 * that makes no sense leaves out what it speaks of, with a line, and nothing else.
 */
#include "../../platform/bare/firmware/firmware.h"
#include "../../platform/bare/iommu/iommu_riscv.h"
#include "../../platform/bare/iommu/iommu_units.h"
#include "../../platform/bare/pci/msix.h"
#include "../bare/functions.h"
#include "world.h"
#include <dmastream/errors.h>

enum {
	UNITS = 2,
	PLATFORM = 0x10, /* phandles */
	FUNCTION = 0x11,
	NOBODYS = 0x99,
	DEVICE = 0x708, /* the number of each device at its unit */
	UNIT_SLOT = 0x10,
	UNIT_CLASS = 0x080600,
	THE_UNIT = 2, /* in functions[] */
};

/* A tree, and what it comes to. */
struct firmware {
	bool two_hosts;	  /* a segment for each device; else a bus for each */
	uint32_t map[2];  /* the phandles in front of the devices */
	bool behind;	  /* the function that is a unit is behind the other one */
	bool nowhere;	  /* its node names a slot where nothing is */
	uint64_t bar;	  /* its registers; 0: the model's */
	bool no_bar;	  /* it has none */
	const char *line; /* said of the second device, which is then left out; NULL: both work */
};

static struct sim_riscv *units[UNITS];
static struct sim_device *models[UNITS];
static struct dma_device devices[UNITS];
static struct dma_domain *domains[UNITS];
static const struct firmware *now;

/* ---- What the sources under test call ---------------------------------------------------------------------------- */

const char machine_name[] = "two units";
const struct bare_iommu *const machine_iommus[] = {&bare_riscv, NULL};

int bus_pci_find_class(uint32_t class_code, unsigned index, struct bus_pci *out)
{
	for (unsigned i = 0; i < FUNCTIONS; i++)
		if (functions[i].class_code == class_code && !index--) {
			*out = bus_of(i);
			return 0;
		}
	return DMA_ENODEV;
}

int bus_pci_bar(const struct bus_pci *fn, unsigned bar, dma_paddr_t *paddr, uint64_t *nbytes)
{
	const struct pci_function *function = fn->priv;

	*paddr = dma_paddr(function->bar[bar].paddr);
	*nbytes = function->bar[bar].size;
	return paddr->raw ? 0 : DMA_ENODEV;
}

void bus_pci_enable(const struct bus_pci *fn)
{
	SIM_CHECK(fn->class_code == UNIT_CLASS);
}

bool machine_pci_coherent(void)
{
	return true;
}

bool machine_doorbell(uint64_t *paddr, uint64_t *nbytes)
{
	(void)paddr, (void)nbytes;
	return false;
}

bool msix_has(const struct pci_function *fn)
{
	(void)fn;
	return false;
}

/* ---- Trees ------------------------------------------------------------------------------------------------------- */

static void unit_begin(const char *name, const char *compatible, uint32_t phandle)
{
	tree_begin(&tree, name);
	tree_text(&tree, "compatible", compatible);
	TREE_CELLS(&tree, "phandle", phandle);
	TREE_CELLS(&tree, "#iommu-cells", 1);
}

static void build(const struct firmware *f)
{
	uint32_t slot = (uint32_t)(f->nowhere ? 0x78 : UNIT_SLOT) << 8, above = f->behind ? 0x100 : UNIT_SLOT;

	begin();
	unit_begin("iommu@feb80000", "riscv,iommu", PLATFORM);
	TREE_CELLS(&tree, "reg", 0, WORLD_REGISTERS(0), 0, 0x1000);
	tree_end(&tree);
	host_begin("pci@30000000", 0x30000000, 0x10000000);
	TREE_CELLS(&tree, "linux,pci-domain", 0);
	if (f->two_hosts) {
		TREE_CELLS(&tree, "iommu-map", 0, f->map[0], DEVICE - 0x08, 0x10000);
		tree_end(&tree);
		host_begin("pci@20000000", 0x20000000, 0x10000000);
		TREE_CELLS(&tree, "linux,pci-domain", 1);
		TREE_CELLS(&tree, "iommu-map", 0, f->map[1], DEVICE - 0x08, UNIT_SLOT);
	} else {
		TREE_CELLS(&tree, "iommu-map", 0, f->map[0], DEVICE - 0x08, above, 0x100, f->map[1], DEVICE - 0x08,
			   0x100);
	}
	unit_begin("iommu@2,0", "riscv,pci-iommu", FUNCTION);
	TREE_CELLS(&tree, "reg", slot, 0, 0, 0, 0);
	tree_end(&tree);
	tree_end(&tree);
	SIM_CHECK(find_hosts() == (f->two_hosts ? 2 : 1));
}

/* ---- The world --------------------------------------------------------------------------------------------------- */

/* The devices are the functions 0 and 1: slot 1 of two buses, or of two segments. */
static void plug(const struct firmware *f)
{
	for (unsigned i = 0; i < FUNCTIONS; i++) {
		functions[i] = (struct pci_function){.bus = 0xff, .devfn = (uint8_t)i};
		groups[i] = &functions[i];
	}
	for (unsigned i = 0; i < UNITS; i++)
		functions[i] = (struct pci_function){
			.segment = f->two_hosts ? (uint16_t)i : 0, .bus = f->two_hosts ? 0 : (uint8_t)i, .devfn = 0x08};
	functions[THE_UNIT] =
		(struct pci_function){.segment = f->two_hosts, .devfn = UNIT_SLOT, .class_code = UNIT_CLASS};
	if (!f->no_bar)
		functions[THE_UNIT].bar[0] =
			(struct pci_bar){.paddr = f->bar ? f->bar : WORLD_REGISTERS(1), .size = 4096};
}

static void add_models(void)
{
	world_remove_models(); /* an earlier run's */
	for (unsigned i = 0; i < UNITS; i++) {
		struct sim_riscv_config hardware = sim_riscv_config(WORLD_REGISTERS(i));
		struct sim_device_config device = sim_config()->device;

		hardware.eager = !sim_config()->adversary;
		hardware.busy = i;
		units[i] = sim_riscv_add(&hardware);
		device.name = i ? "second" : "first";
		device.coherent = device.trusted = true;
		device.requester = DEVICE;
		models[i] = sim_device_new(&device);
		sim_riscv_cover(units[i], models[i]);
	}
}

static int attach(unsigned i)
{
	struct dma_device_config config = sim_device_dma(models[i]);
	struct bus_pci fn = bus_of(i);
	int error = iommu_domain_for(&fn, &config);

	if (error)
		return error;
	SIM_CHECK(config.requester == DEVICE);
	domains[i] = config.domain;
	return dma_device_init(&devices[i], &config);
}

/* The IOMMU of the unit with those registers; NULL: it was not found, or does not work. */
static struct dma_iommu *iommu_at(uint64_t registers)
{
	const struct unit *unit = units_first();

	while (unit && unit->registers != registers)
		unit = unit->next;
	return unit ? unit->iommu : NULL;
}

static bool up(const void *fixture, struct scene scenes[2])
{
	now = fixture;
	add_models();
	plug(now);
	build(now);
	if (!SIM_CHECK(iommu_start("riscv") == 0))
		return false;
	for (unsigned i = 0; i < UNITS; i++) {
		scenes[i] = world_calls;
		scenes[i].iommu = iommu_at(WORLD_REGISTERS(i));
		scenes[i].dev = &devices[i];
		scenes[i].domain = &domains[i];
		scenes[i].device = models[i];
		scenes[i].requester = DEVICE;
		scenes[i].unit = units[i];
		if (!SIM_CHECK(attach(i) == (i && now->line ? DMA_ENODEV : 0)))
			return false;
	}
	scenes[0].next = &scenes[1];
	return true;
}

static void down(void)
{
	for (unsigned i = 0; i < UNITS; i++) {
		struct bus_pci fn = bus_of(i);

		SIM_CHECK(dma_device_fini(&devices[i]) == 0);
		if (domains[i])
			iommu_domain_put(&fn, domains[i]);
		domains[i] = NULL;
		SIM_CHECK(sim_riscv_seen(units[i]).violations == 0);
	}
	SIM_CHECK(iommu_end() == 0);
}

const struct unit_world unit_world = {up, down, NULL, dma_riscv_remove, world_remove_models};

/* ---- Wrong trees ------------------------------------------------------------------------------------------------- */

static unsigned times_said(const char *line)
{
	unsigned n = 0;

	for (const char *at = said; (at = strstr(at, line)) != NULL; at++)
		n++;
	return n;
}

/* The first device works through its unit, and the second one reaches nothing. */
static void left_out(const struct scene *w)
{
	SIM_CHECK(times_said(now->line) == 1);
	scene_blocked(w->next, 0x10000);
	scene_traffic(w, 2, 1);
	scene_blocked(w->next, 0x10000);
}

static const struct firmware two_ranges = {.map = {PLATFORM, FUNCTION}},
			     two_segments = {.two_hosts = true, .map = {PLATFORM, FUNCTION}},
			     nobody = {.map = {PLATFORM, NOBODYS},
				       .line = "iommu: no RISC-V IOMMU that works stands in front of 1:1.0\n"},
			     one_address = {.map = {PLATFORM, FUNCTION},
					    .bar = WORLD_REGISTERS(0),
					    .line = "iommu: the RISC-V IOMMU at 0xfeb80000 does not work: busy\n"},
			     behind = {.map = {PLATFORM, FUNCTION},
				       .behind = true,
				       .line = "iommu: the RISC-V IOMMU at 0xfeb90000 is itself behind the one at "
					       "0xfeb80000\n"},
			     nowhere = {.map = {PLATFORM, FUNCTION},
					.nowhere = true,
					.line = "device tree: iommu@2,0: there is no such function\n"},
			     no_bar = {.map = {PLATFORM, FUNCTION},
				       .no_bar = true,
				       .line = "iommu: the RISC-V IOMMU at 0:2.0 has no registers: no such device"};

int main(int argc, char **argv)
{
	static const struct unit_scenario all[] = {
		{"two ranges: each through its own unit", NULL, &two_ranges, scene_own_unit, NULL, 4},
		{"two ranges: one number of two units", NULL, &two_ranges, scene_apart, NULL, 2},
		{"two segments: each through its own unit", NULL, &two_segments, scene_own_unit, NULL, 4},
		{"two segments: one number of two units", NULL, &two_segments, scene_apart, NULL, 2},
		{"a range that names no unit", NULL, &nobody, left_out, NULL, 0},
		{"two units at one address", NULL, &one_address, left_out, NULL, 0},
		{"a unit behind the other", NULL, &behind, left_out, NULL, 0},
		{"a unit in a slot where nothing is", NULL, &nowhere, left_out, NULL, 0},
		{"a unit without registers", NULL, &no_bar, left_out, NULL, 0},
	};

	return unit_scenarios_main(all, sizeof(all) / sizeof(all[0]), 4096, argc, argv);
}
