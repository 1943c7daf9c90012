/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A reader of flattened device trees (Devicetree Specification v0.4, chapters 2 and 5): pure functions over bytes
 * that firmware wrote and that are not trusted. fdt_open() walks the whole tree once and refuses what is malformed;
 * the others look up, and check every offset again. Nothing is copied, nothing allocated; loops end with the blob.
 */
#ifndef PLATFORM_BARE_FDT_H
#define PLATFORM_BARE_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FDT_DEPTH	32	    /* nodes within nodes that are followed */
#define FDT_MAX_SIZE	(4u << 20)  /* bytes of the largest tree that is read */
#define FDT_HEADER_SIZE 40u	    /* bytes that fdt_total_size() needs to see */
#define FDT_NONE	0xffffffffu /* no such node */

struct fdt {
	const uint8_t *bytes;
	uint32_t structure, structure_end; /* offsets in bytes */
	uint32_t strings, strings_end;
	uint32_t reservations;
};

/* A node is named by the offset of its first token; the root is what fdt_next(t, FDT_NONE) gives. */
typedef uint32_t fdt_node;

struct fdt_property {
	const uint8_t *value;
	uint32_t nbytes;
};

/* How long the tree at bytes says it is, if its first FDT_HEADER_SIZE bytes look like one; else 0. */
uint32_t fdt_total_size(const void *bytes);

/* Checks the nbytes at bytes and fills *t. NULL, or what is wrong with it. */
const char *fdt_open(struct fdt *t, const void *bytes, size_t nbytes);

/* ---- Nodes ------------------------------------------------------------------------------------------- */

fdt_node fdt_next(const struct fdt *t, fdt_node node); /* the next one in the order of the text; FDT_NONE at the end */
fdt_node fdt_parent(const struct fdt *t, fdt_node node);		     /* FDT_NONE for the root */
fdt_node fdt_child(const struct fdt *t, fdt_node parent, fdt_node previous); /* the child after that one, or first */
const char *fdt_name(const struct fdt *t, fdt_node node); /* with its unit address; "" for the root */

/* True if neither the node nor a bus that it is on has a status other than "okay". */
bool fdt_available(const struct fdt *t, fdt_node node);
/* The first node after `after` (FDT_NONE: from the root) with that string in its list "compatible". Nodes that are not
 * available are passed over. */
fdt_node fdt_compatible(const struct fdt *t, fdt_node after, const char *compatible);
fdt_node fdt_phandle(const struct fdt *t, uint32_t phandle);
/* "/soc/serial@1000": whole names, as stdout-path has them; what stands behind a ':' is left out. An alias ("serial0")
 * is looked up in /aliases. */
fdt_node fdt_path(const struct fdt *t, const char *path);

/* ---- Properties --------------------------------------------------------------------------------------- */

bool fdt_property(const struct fdt *t, fdt_node node, const char *name, struct fdt_property *out);
/* The property as a string that ends within it, or NULL. */
const char *fdt_string(const struct fdt *t, fdt_node node, const char *name);
/* ncells (1 or 2) big-endian words from word `index` on; false where the property is shorter. */
bool fdt_cells(const struct fdt_property *property, uint32_t index, unsigned ncells, uint64_t *value);
/* The first word of the property, or otherwise. */
uint32_t fdt_u32(const struct fdt *t, fdt_node node, const char *name, uint32_t otherwise);
/* True if the node, or the nearest ancestor that says anything, is dma-coherent (and not dma-noncoherent). */
bool fdt_dma_coherent(const struct fdt *t, fdt_node node, bool otherwise);

/* ---- Addresses (fdt_bus.c) ------------------------------------------------------------------------------ */

/* Rows of "reg", whole ones; 0 where its cells are not understood. */
uint32_t fdt_reg_rows(const struct fdt *t, fdt_node node);
/* Row `index` of "reg", translated through the "ranges" of every bus above to the CPU's addresses. false: no such
 * row, one of size 0, no translation, or a range that wraps: rows behind it may make sense all the same. */
bool fdt_reg(const struct fdt *t, fdt_node node, uint32_t index, uint64_t *address, uint64_t *nbytes);
/* The same as it stands there. */
bool fdt_reg_untranslated(const struct fdt *t, fdt_node node, uint32_t index, uint64_t *address, uint64_t *nbytes);

/* One window of a PCI host: of its "ranges", what the CPU reaches of the bus; of its "dma-ranges", what devices on the
 * bus reach of memory. Translated to the CPU's addresses. */
struct fdt_pci_window {
	uint32_t space; /* 1 I/O, 2 memory below 4 GiB, 3 64-bit memory */
	bool prefetch;
	uint64_t bus, address, nbytes;
};
uint32_t fdt_pci_rows(const struct fdt *t, fdt_node node, const char *name);
/* Row `index`; false past the end or where it makes no sense, which says nothing about rows behind it. */
bool fdt_pci_window(const struct fdt *t, fdt_node node, const char *name, uint32_t index, struct fdt_pci_window *out);

/* Looks requester id `id` up in a map such as "iommu-map" with its "iommu-map-mask" (rows of: first id, phandle, output
 * base, length; PCI bindings). false: not in it, which for iommu-map means that no IOMMU stands in front. */
bool fdt_map_id(const struct fdt *t, fdt_node node, const char *map, const char *map_mask, uint32_t id,
		uint32_t *phandle, uint32_t *out);

/* The pair in "iommus" of a device that is known to one IOMMU by one number (bindings/iommu/iommu.txt). false: there is
 * none, there are several, or that IOMMU's "#iommu-cells" is not 1. */
bool fdt_iommus(const struct fdt *t, fdt_node node, uint32_t *phandle, uint32_t *out);

/* Memory that the firmware keeps: row `index` of the reservation block, which may be empty. false past its end. */
bool fdt_reservation(const struct fdt *t, uint32_t index, uint64_t *address, uint64_t *nbytes);

#endif
