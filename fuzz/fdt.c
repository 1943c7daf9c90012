/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fuzzer: the device-tree reader over any bytes. What fdt_open() accepts is asked everything that a machine asks at
 * boot.
 */
#include "../platform/bare/firmware/fdt.h"
#include "claim.h"

#include <stdlib.h>
#include <string.h>

static void ask(const struct fdt *t, fdt_node node)
{
	struct fdt_pci_window window;
	uint64_t address, nbytes;
	uint32_t phandle, out;
	unsigned children = 0;

	for (uint32_t row = 0; row < 3; row++) {
		fdt_reg(t, node, row, &address, &nbytes);
		fdt_pci_window(t, node, "ranges", row, &window);
		fdt_pci_window(t, node, "dma-ranges", row, &window);
		fdt_reg_untranslated(t, node, row, &address, &nbytes);
	}
	fdt_map_id(t, node, "iommu-map", "iommu-map-mask", 8, &phandle, &out);
	fdt_dma_coherent(t, node, false);
	fdt_string(t, node, "device_type");
	fdt_phandle(t, fdt_u32(t, node, "interrupt-parent", 1));
	for (fdt_node child = fdt_child(t, node, FDT_NONE); child != FDT_NONE && children++ < 4;
	     child = fdt_child(t, node, child))
		CLAIM(fdt_parent(t, child) == node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1); /* so that the sanitizer sees one byte too far */
	uint64_t address, nbytes;
	const char *text;
	unsigned asked = 0;
	struct fdt t;

	memcpy(exact, data, size);
	if (!fdt_open(&t, exact, size)) {
		for (fdt_node node = fdt_next(&t, FDT_NONE); node != FDT_NONE && asked++ < 24;
		     node = fdt_next(&t, node))
			ask(&t, node);
		for (uint32_t row = 0; fdt_reservation(&t, row, &address, &nbytes) && row < 8; row++)
			;
		fdt_compatible(&t, FDT_NONE, "pci-host-ecam-generic");
		text = fdt_string(&t, fdt_path(&t, "/chosen"), "stdout-path");
		if (text)
			fdt_path(&t, text);
	}
	free(exact);
	return 0;
}
