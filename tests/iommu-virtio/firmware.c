/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From a device tree's bytes to units: trees that name two virtio-iommus, each a function of one of two PCI hosts. The
 * bare machine's own code reads the tree; the units are those of the simulated machine, each in front of one function,
 * whatever the tree says. A tree that makes no sense leaves a function out, and nothing else. (VIOT's bytes are what
 * the world of all other scenarios is made of.)
 */
#include "../../platform/bare/firmware/firmware.h"
#include "../../platform/bare/iommu/virtio_find.h"
#include "../bare/functions.h"
#include "world.h"
#include <dmastream/errors.h>

enum {
	UNIT_SLOT = 0x10, /* as world.c has them */
	FIRST_ENDPOINT = 0x100,
	FIRST_UNIT = 0x20, /* phandles */
	SECOND_UNIT = 0x21,
	NOBODYS = 0x99,
};

/* ---- What the source under test calls ---------------------------------------------------------------------------- */

/* There is no ACPI. */
int firmware_table(const char *signature, unsigned index, struct acpi_table *table)
{
	(void)signature, (void)index, (void)table;
	return DMA_ENODEV;
}

/* ---- Trees ------------------------------------------------------------------------------------------------------- */

/* The host of that segment, with its unit; `map` is the phandle in front of its functions. */
static void host(uint32_t segment, uint32_t map, bool no_reg)
{
	const uint32_t first = (segment << 16) + FIRST_ENDPOINT, behind = UNIT_SLOT + 1;

	host_begin(segment ? "pci@20000000" : "pci@30000000", segment ? 0x20000000 : 0x30000000, 0x10000000);
	TREE_CELLS(&tree, "linux,pci-domain", segment);
	TREE_CELLS(&tree, "iommu-map", 0, map, first, UNIT_SLOT, behind, map, first + behind, 0xff);
	tree_begin(&tree, "iommu@2,0");
	tree_text(&tree, "compatible", "virtio,pci-iommu");
	if (!no_reg)
		TREE_CELLS(&tree, "reg", UNIT_SLOT << 8, 0, 0, 0, 0);
	TREE_CELLS(&tree, "phandle", segment ? SECOND_UNIT : FIRST_UNIT);
	TREE_CELLS(&tree, "#iommu-cells", 1);
	tree_end(&tree);
	tree_end(&tree);
}

/* Two functions of each segment, and the unit's own. */
static int read_tree(struct dma_virtio_iommu_config *config, uint32_t first, uint32_t second, bool no_reg)
{
	begin();
	host(0, first, false);
	host(1, second, no_reg);
	SIM_CHECK(find_hosts() == 2);
	for (unsigned i = 0; i < FUNCTIONS; i++)
		functions[i] = (struct pci_function){.segment = i % 2,
						     .devfn = (uint8_t)(i < 4 ? world_requester(i / 2) : UNIT_SLOT)};
	return virtio_find(config);
}

static int two_units(struct dma_virtio_iommu_config *config)
{
	return read_tree(config, FIRST_UNIT, SECOND_UNIT, false);
}

static int crosswise(struct dma_virtio_iommu_config *config)
{
	return read_tree(config, SECOND_UNIT, FIRST_UNIT, false);
}

static int names_nobody(struct dma_virtio_iommu_config *config)
{
	return read_tree(config, FIRST_UNIT, NOBODYS, false);
}

static int without_reg(struct dma_virtio_iommu_config *config)
{
	return read_tree(config, FIRST_UNIT, SECOND_UNIT, true);
}

static const struct fixture apart = {.devices = 2, .segments = true, .find = two_units},
			    crossed = {.devices = 2, .segments = true, .crossed = true, .find = crosswise},
			    nobody = {.segments = true, .find = names_nobody},
			    no_reg = {.segments = true, .find = without_reg};

/* ---- Wrong trees ------------------------------------------------------------------------------------------------- */

/* The first device works through its unit; for that of the other segment there is no domain, and a line says why. */
static void left_out(const struct scene *w, const char *line)
{
	struct dma_iommu_domain_config other = {.requester = 1 << 16 | world_requester(0)};
	const char *at = strstr(said, line);
	struct dma_domain *none;

	SIM_CHECK(at && !strstr(at + 1, line));
	SIM_CHECK(dma_iommu_domain_create(w->iommu, &other, &none) == DMA_ENODEV);
	scene_traffic(w, 2, 1);
}

static void range_of_nobody(const struct scene *w)
{
	left_out(w, "iommu: not protected: 0:4.0: its iommu-map names no virtio-iommu\n");
}

static void unit_without_reg(const struct scene *w)
{
	left_out(w, "iommu: not protected: 0:4.0: its iommu-map names a virtio-iommu that is not there\n");
}

int main(int argc, char **argv)
{
	static const struct unit_scenario all[] = {
		{"two segments: each through its own unit", NULL, &apart, scene_own_unit, NULL, 4},
		{"two segments: the same bits 15:0", NULL, &apart, scene_apart, NULL, 2},
		{"each behind the unit of the other's segment", NULL, &crossed, scene_own_unit, NULL, 4},
		{"a range that names no unit", NULL, &nobody, range_of_nobody, NULL, 0},
		{"a unit whose node has no reg", NULL, &no_reg, unit_without_reg, NULL, 0},
	};

	return unit_scenarios_main(all, sizeof(all) / sizeof(all[0]), 4096, argc, argv);
}
