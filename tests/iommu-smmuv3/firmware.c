/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From firmware's bytes to units: an IORT and a device tree that name two SMMUv3s, which know two PCI functions by one
 * stream. What the parsers make of them is given to two units of the simulated machine, each in front of one function;
 * a unit, a stream or a flag that is read wrongly blocks that function, or breaks a rule of its unit.
 */
#include "../../platform/bare/firmware/fdt.h"
#include "../bare/tree.h"
#include "../iommu-unit/run.h"
#include "iort_table.h"
#include "setup.h"

enum { UNITS = 2, STREAM = 0x508 };

/* The hardware: where each unit's registers are, whether it snoops, and which function it is in front of. */
static const struct truth {
	uint64_t registers;
	bool snoops;
	uint16_t requester;
} truth[UNITS] = {{SMMU_REGISTERS, true, 0x08}, {SMMU_REGISTERS + 0x100000, false, 0x108}};

/* What firmware says of a unit. */
struct found {
	uint64_t registers;
	uint32_t name;
	enum dma_smmuv3_walks walks;
};

static struct machine machines[UNITS];
static struct found found[UNITS];
static struct attached devices[UNITS];

/* A parser. */
struct source {
	unsigned (*units)(void); /* fills found[]: how many */
	bool (*route)(uint16_t requester, uint32_t *name, uint32_t *stream);
};

/* The reader of IORT logs by the library here. */
void lines_begin(int pages)
{
	(void)pages;
}

unsigned lines_count(void)
{
	return 0;
}

bool lines_have(const char *words)
{
	(void)words;
	return true;
}

void lines_print(void)
{
}

/* ---- IORT -------------------------------------------------------------------------------------------------------- */

static unsigned units_of_iort(void)
{
	struct dma_iort_smmu unit;
	uint32_t first, second, at;
	unsigned n = 0;

	begin();
	first = smmu((uint32_t)truth[0].registers, truth[0].snoops);
	second = smmu((uint32_t)truth[1].registers, truth[1].snoops);
	at = root(0, 2);
	mapping(at, 0, 0, 0x100, STREAM - 0x08, first, 0);
	mapping(at, 1, 0x100, 0x100, STREAM - 0x08, second, 0);
	SIM_CHECK(open_table() == 0);
	for (; n < UNITS && dma_iort_smmu_at(&t, n, &unit); n++)
		found[n] = (struct found){unit.registers, unit.node,
					  unit.coherent ? DMA_SMMUV3_SNOOPS : DMA_SMMUV3_SNOOPS_NOT};
	return n;
}

static bool route_of_iort(uint16_t requester, uint32_t *name, uint32_t *stream)
{
	struct dma_iort_route way;

	if (dma_iort_map(&t, 0, requester, &way))
		return false;
	*name = way.smmu;
	*stream = way.stream_id;
	return true;
}

/* ---- A device tree ----------------------------------------------------------------------------------------------- */

static struct tree tree;
static struct fdt fdt;

static void unit_node(uint32_t phandle, const struct truth *unit)
{
	tree_begin(&tree, phandle == 1 ? "iommu@9050000" : "iommu@9150000");
	tree_text(&tree, "compatible", "arm,smmu-v3");
	TREE_CELLS(&tree, "reg", 0, (uint32_t)unit->registers, 0, 0x20000);
	TREE_CELLS(&tree, "phandle", phandle);
	TREE_CELLS(&tree, "#iommu-cells", 1);
	if (unit->snoops)
		tree_bytes(&tree, "dma-coherent", NULL, 0);
	tree_end(&tree);
}

static unsigned units_of_tree(void)
{
	fdt_node node = FDT_NONE;
	uint64_t nbytes;
	unsigned n = 0;

	tree = (struct tree){0};
	tree_begin(&tree, "");
	TREE_CELLS(&tree, "#address-cells", 2);
	TREE_CELLS(&tree, "#size-cells", 2);
	unit_node(1, &truth[0]);
	unit_node(2, &truth[1]);
	tree_begin(&tree, "pcie");
	TREE_CELLS(&tree, "iommu-map", 0, 1, STREAM - 0x08, 0x100, 0x100, 2, STREAM - 0x08, 0x100);
	tree_end(&tree);
	tree_end(&tree);
	tree_finish(&tree);
	SIM_CHECK(fdt_open(&fdt, tree.blob, tree.nblob) == NULL);
	for (; n < UNITS && (node = fdt_compatible(&fdt, node, "arm,smmu-v3")) != FDT_NONE; n++) {
		SIM_CHECK(fdt_reg(&fdt, node, 0, &found[n].registers, &nbytes));
		found[n].name = fdt_u32(&fdt, node, "phandle", 0);
		found[n].walks = fdt_dma_coherent(&fdt, node, false) ? DMA_SMMUV3_SNOOPS : DMA_SMMUV3_SNOOPS_NOT;
	}
	return n;
}

static bool route_of_tree(uint16_t requester, uint32_t *name, uint32_t *stream)
{
	return fdt_map_id(&fdt, fdt_path(&fdt, "/pcie"), "iommu-map", "iommu-map-mask", requester, name, stream);
}

/* ---- The world --------------------------------------------------------------------------------------------------- */

static unsigned freed(void *unit)
{
	struct sim_smmu_seen seen = sim_smmu_seen(unit);

	return seen.freed + seen.opened + seen.bypassed;
}

static bool open_units(void)
{
	for (unsigned i = 0; i < UNITS; i++) {
		struct sim_smmu_config hardware = sim_smmu_config(truth[i].registers);

		hardware.snoops = hardware.says_snoops = truth[i].snoops;
		machines[i] = (struct machine){.kind = &kinds[0], .unit = sim_smmu_add(&hardware)};
	}
	for (unsigned i = 0; i < UNITS; i++) {
		struct dma_smmuv3_config driver = kind_driver(&kinds[0]);

		driver.registers = dma_paddr(found[i].registers);
		driver.walks = found[i].walks;
		if (!SIM_CHECK(dma_smmuv3_probe(&driver, &machines[i].iommu) == 0))
			return false;
	}
	return true;
}

static bool up(const void *fixture, struct scene scenes[2])
{
	const struct source *source = fixture;

	if (!SIM_CHECK(source->units() == UNITS) || !open_units())
		return false;
	for (unsigned i = 0; i < UNITS; i++) {
		uint32_t name, stream;
		unsigned at = 0;

		if (!SIM_CHECK(source->route(truth[i].requester, &name, &stream)))
			return false;
		while (at < UNITS && found[at].name != name)
			at++;
		if (!SIM_CHECK(at < UNITS && found[at].registers == truth[i].registers && stream == STREAM) ||
		    !SIM_CHECK(attach_device(&machines[at], &devices[i], stream, true) == 0))
			return false;
		scenes[i] = (struct scene){
			.iommu = machines[at].iommu,
			.dev = &devices[i].dev,
			.domain = &devices[i].domain,
			.device = devices[i].model,
			.requester = stream,
			.unit = machines[i].unit,
			.look = sim_smmu_look,
			.freed = freed,
			.aborts = true,
			.remove = dma_smmuv3_remove,
		};
	}
	scenes[0].next = &scenes[1];
	return true;
}

static void down(void)
{
	for (unsigned i = 0; i < UNITS; i++) {
		SIM_CHECK(detach_device(&machines[i], &devices[i]) == 0);
		devices[i] = (struct attached){0};
	}
	machine_stop(&machines[1]);
	machine_close(&machines[0]);
}

const struct unit_world unit_world = {up, down, NULL, dma_smmuv3_remove, sim_smmu_remove_all};

int main(int argc, char **argv)
{
	static const struct source iort = {units_of_iort, route_of_iort}, by_tree = {units_of_tree, route_of_tree};
	static const struct unit_scenario all[] = {
		{"IORT: each through its own unit", "low=6,high=1", &iort, scene_own_unit, NULL, 2},
		{"IORT: one stream of two units", "low=6,high=1", &iort, scene_apart, NULL, 1},
		{"tree: each through its own unit", "low=6,high=1", &by_tree, scene_own_unit, NULL, 2},
		{"tree: one stream of two units", "low=6,high=1", &by_tree, scene_apart, NULL, 1},
	};

	return unit_scenarios_main(all, sizeof(all) / sizeof(all[0]), 4096, argc, argv);
}
