/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device trees: addresses behind buses ("reg" and "ranges", Devicetree Specification v0.4, 2.3) and the PCI bindings.
 */
#include "fdt.h"

enum {
	PCI_ADDRESS_CELLS = 3, /* phys.hi, phys.mid, phys.lo (IEEE 1275 PCI binding, 2.2.1) */
	PCI_SIZE_CELLS = 2,
};

/* Cells of addresses and sizes of a bus's children; false where more than 64 bits are needed. */
static bool bus_cells(const struct fdt *t, fdt_node bus, uint32_t *address, uint32_t *size)
{
	*address = fdt_u32(t, bus, "#address-cells", 2);
	*size = fdt_u32(t, bus, "#size-cells", 1);
	return *address >= 1 && *address <= PCI_ADDRESS_CELLS && *size <= 2;
}

/* Takes *address of nbytes from the bus up to the bus above it, by its "ranges" or "dma-ranges". */
static bool translate_once(const struct fdt *t, fdt_node bus, fdt_node above, const char *name, uint64_t *address,
			   uint64_t nbytes)
{
	uint32_t address_cells, size_cells, parent_cells, unused;
	struct fdt_property ranges;
	uint64_t child, parent, length;

	if (!fdt_property(t, bus, name, &ranges))
		return *name == 'd'; /* nothing below it can be reached by the CPU; but devices reach what is above */
	if (!ranges.nbytes)
		return true; /* one to one */
	if (!bus_cells(t, bus, &address_cells, &size_cells) || !bus_cells(t, above, &parent_cells, &unused) ||
	    address_cells > 2 || parent_cells > 2 || !size_cells)
		return false;
	for (uint32_t row = 0;; row += address_cells + parent_cells + size_cells) {
		if (!fdt_cells(&ranges, row, address_cells, &child) ||
		    !fdt_cells(&ranges, row + address_cells, parent_cells, &parent) ||
		    !fdt_cells(&ranges, row + address_cells + parent_cells, size_cells, &length))
			return false; /* of all rows, those of size 0 included, none has it */
		if (*address >= child && *address - child < length && nbytes <= length - (*address - child))
			break;
	}
	if (*address - child > UINT64_MAX - parent)
		return false;
	*address = parent + (*address - child);
	return true;
}

/* From a bus's addresses to the root's, which are the CPU's. */
static bool translate(const struct fdt *t, fdt_node bus, const char *name, uint64_t *address, uint64_t nbytes)
{
	for (fdt_node above; (above = fdt_parent(t, bus)) != FDT_NONE; bus = above)
		if (!translate_once(t, bus, above, name, address, nbytes))
			return false;
	return nbytes && *address <= UINT64_MAX - (nbytes - 1);
}

/* Cells of a row of "reg"; 0: they are not understood. */
static uint32_t reg_cells(const struct fdt *t, fdt_node node, uint32_t *address_cells, uint32_t *size_cells)
{
	fdt_node bus = fdt_parent(t, node);

	if (bus == FDT_NONE || !bus_cells(t, bus, address_cells, size_cells) || *address_cells > 2 || !*size_cells)
		return 0;
	return *address_cells + *size_cells;
}

uint32_t fdt_reg_rows(const struct fdt *t, fdt_node node)
{
	uint32_t address_cells, size_cells, cells = reg_cells(t, node, &address_cells, &size_cells);
	struct fdt_property reg;

	return cells && fdt_property(t, node, "reg", &reg) ? reg.nbytes / 4 / cells : 0;
}

bool fdt_reg_untranslated(const struct fdt *t, fdt_node node, uint32_t index, uint64_t *address, uint64_t *nbytes)
{
	uint32_t address_cells, size_cells, cells = reg_cells(t, node, &address_cells, &size_cells);
	struct fdt_property reg;

	return index < fdt_reg_rows(t, node) && fdt_property(t, node, "reg", &reg) &&
	       fdt_cells(&reg, index * cells, address_cells, address) &&
	       fdt_cells(&reg, index * cells + address_cells, size_cells, nbytes) && *nbytes &&
	       *address <= UINT64_MAX - (*nbytes - 1);
}

bool fdt_reg(const struct fdt *t, fdt_node node, uint32_t index, uint64_t *address, uint64_t *nbytes)
{
	return fdt_reg_untranslated(t, node, index, address, nbytes) &&
	       translate(t, fdt_parent(t, node), "ranges", address, *nbytes);
}

/* Cells of an address above a PCI host; 0: its cells, or those above, are not understood. */
static uint32_t cells_above(const struct fdt *t, fdt_node node)
{
	fdt_node bus = fdt_parent(t, node);
	uint32_t address_cells, size_cells;

	if (bus == FDT_NONE || fdt_u32(t, node, "#address-cells", 0) != PCI_ADDRESS_CELLS ||
	    fdt_u32(t, node, "#size-cells", 0) != PCI_SIZE_CELLS || !bus_cells(t, bus, &address_cells, &size_cells) ||
	    address_cells > 2)
		return 0;
	return address_cells;
}

uint32_t fdt_pci_rows(const struct fdt *t, fdt_node node, const char *name)
{
	uint32_t above = cells_above(t, node);
	struct fdt_property ranges;

	return above && fdt_property(t, node, name, &ranges)
		       ? ranges.nbytes / 4 / (PCI_ADDRESS_CELLS + above + PCI_SIZE_CELLS)
		       : 0;
}

bool fdt_pci_window(const struct fdt *t, fdt_node node, const char *name, uint32_t index, struct fdt_pci_window *out)
{
	uint32_t above = cells_above(t, node), row = index * (PCI_ADDRESS_CELLS + above + PCI_SIZE_CELLS);
	struct fdt_property ranges;
	uint64_t space;

	if (index >= fdt_pci_rows(t, node, name) || !fdt_property(t, node, name, &ranges) ||
	    !fdt_cells(&ranges, row, 1, &space) || !fdt_cells(&ranges, row + 1, 2, &out->bus) ||
	    !fdt_cells(&ranges, row + PCI_ADDRESS_CELLS, above, &out->address) ||
	    !fdt_cells(&ranges, row + PCI_ADDRESS_CELLS + above, PCI_SIZE_CELLS, &out->nbytes))
		return false;
	out->space = space >> 24 & 3;
	out->prefetch = space >> 30 & 1;
	return out->nbytes && out->bus <= UINT64_MAX - (out->nbytes - 1) &&
	       translate(t, fdt_parent(t, node), name, &out->address, out->nbytes);
}

bool fdt_map_id(const struct fdt *t, fdt_node node, const char *map_name, const char *mask_name, uint32_t id,
		uint32_t *phandle, uint32_t *out)
{
	uint64_t first, target, base, length;
	struct fdt_property map;

	if (!fdt_property(t, node, map_name, &map))
		return false;
	id &= fdt_u32(t, node, mask_name, 0xffffffff);
	for (uint32_t row = 0;; row += 4) {
		if (!fdt_cells(&map, row, 1, &first) || !fdt_cells(&map, row + 1, 1, &target) ||
		    !fdt_cells(&map, row + 2, 1, &base) || !fdt_cells(&map, row + 3, 1, &length))
			return false;
		if (id < first || id - first >= length)
			continue;
		if (base + (id - first) > 0xffffffff)
			return false;
		*phandle = (uint32_t)target;
		*out = (uint32_t)(base + (id - first));
		return true;
	}
}

bool fdt_iommus(const struct fdt *t, fdt_node node, uint32_t *phandle, uint32_t *out)
{
	struct fdt_property pairs;
	uint64_t unit, id;

	if (!fdt_property(t, node, "iommus", &pairs) || pairs.nbytes != 8 || !fdt_cells(&pairs, 0, 1, &unit) ||
	    !fdt_cells(&pairs, 1, 1, &id) || fdt_u32(t, fdt_phandle(t, (uint32_t)unit), "#iommu-cells", 0) != 1)
		return false;
	*phandle = (uint32_t)unit;
	*out = (uint32_t)id;
	return true;
}
