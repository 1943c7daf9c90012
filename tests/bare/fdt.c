/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The device-tree reader: what a tree says, and trees that say nonsense.
 */
#include "../../platform/bare/firmware/fdt.h"

#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A machine with buses in buses: addresses of 1 and 2 cells, a PCI host, an SMMU. */
static void board(struct tree *t)
{
	*t = (struct tree){0};
	tree_reserve(t, 0x48000000, 0x1000);
	tree_begin(t, "");
	TREE_CELLS(t, "#address-cells", 2);
	TREE_CELLS(t, "#size-cells", 2);
	tree_bytes(t, "dma-coherent", NULL, 0);
	tree_begin(t, "memory@40000000");
	tree_text(t, "device_type", "memory");
	TREE_CELLS(t, "reg", 0, 0x40000000, 0, 0x10000000, 8, 0, 1, 0);
	tree_end(t);
	tree_begin(t, "soc");
	TREE_CELLS(t, "#address-cells", 1);
	TREE_CELLS(t, "#size-cells", 1);
	TREE_CELLS(t, "ranges", 0x0, 0x1, 0x0, 0x1000000, 0x80000000, 0, 0x80000000, 0x1000);
	tree_bytes(t, "dma-noncoherent", NULL, 0);
	tree_begin(t, "serial@9000");
	tree_bytes(t, "compatible", "vendor,uart\0arm,pl011", 22);
	TREE_CELLS(t, "reg", 0x9000, 0x1000);
	tree_end(t);
	tree_begin(t, "serial@a000");
	tree_text(t, "compatible", "arm,pl011");
	tree_text(t, "status", "disabled");
	TREE_CELLS(t, "reg", 0xfffffff, 0x1000);
	tree_end(t);
	tree_end(t);
	tree_begin(t, "pcie@10000000");
	tree_text(t, "compatible", "pci-host-ecam-generic");
	TREE_CELLS(t, "#address-cells", 3);
	TREE_CELLS(t, "#size-cells", 2);
	TREE_CELLS(t, "reg", 0x40, 0x10000000, 0, 0x10000000);
	TREE_CELLS(t, "ranges", 0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x2eff0000, 0x43000000, 0x80, 0, 0x80, 0,
		   0x80, 0);
	TREE_CELLS(t, "iommu-map", 0, 5, 0x1000, 0x100, 0x100, 5, 0xffffff00, 0x200);
	TREE_CELLS(t, "iommu-map-mask", 0xffff);
	tree_end(t);
	tree_begin(t, "smmu");
	TREE_CELLS(t, "phandle", 5);
	tree_end(t);
	tree_begin(t, "aliases");
	tree_text(t, "serial0", "/soc/serial@9000");
	tree_end(t);
	tree_begin(t, "chosen");
	tree_text(t, "stdout-path", "serial0:115200n8");
	tree_bytes(t, "bootargs", "no end", 6);
	tree_end(t);
	tree_end(t);
	tree_finish(t);
}

static void test_nodes(void **state)
{
	static struct tree tree;
	struct fdt t;
	fdt_node soc, serial, root;

	(void)state;
	board(&tree);
	assert_null(fdt_open(&t, tree.blob, tree.nblob));
	assert_int_equal(fdt_total_size(tree.blob), tree.nblob);
	root = fdt_next(&t, FDT_NONE);
	soc = fdt_path(&t, "/soc");
	serial = fdt_path(&t, "/soc/serial@9000");
	assert_true(soc != FDT_NONE && serial != FDT_NONE);
	assert_true(fdt_parent(&t, serial) == soc && fdt_parent(&t, soc) == root && fdt_parent(&t, root) == FDT_NONE);
	assert_string_equal(fdt_name(&t, serial), "serial@9000");
	assert_true(fdt_child(&t, soc, FDT_NONE) == serial);
	assert_string_equal(fdt_name(&t, fdt_child(&t, soc, serial)), "serial@a000");
	assert_true(fdt_child(&t, soc, fdt_child(&t, soc, serial)) == FDT_NONE);
	assert_true(fdt_child(&t, root, soc) == fdt_path(&t, "/pcie@10000000"));
	assert_true(fdt_path(&t, "/soc/serial") == FDT_NONE && fdt_path(&t, "nothing") == FDT_NONE);
	assert_true(fdt_path(&t, fdt_string(&t, fdt_path(&t, "/chosen"), "stdout-path")) == serial);
	assert_true(fdt_compatible(&t, FDT_NONE, "arm,pl011") == serial);
	assert_true(fdt_compatible(&t, serial, "arm,pl011") == FDT_NONE); /* disabled */
	assert_true(fdt_compatible(&t, FDT_NONE, "arm,pl0") == FDT_NONE);
	assert_true(fdt_phandle(&t, 5) == fdt_path(&t, "/smmu") && fdt_phandle(&t, 6) == FDT_NONE);
	assert_null(fdt_string(&t, fdt_path(&t, "/chosen"), "bootargs")); /* it does not end */
	assert_true(fdt_dma_coherent(&t, fdt_path(&t, "/smmu"), false) && !fdt_dma_coherent(&t, serial, true));
}

static void test_addresses(void **state)
{
	struct fdt_pci_window window;
	uint32_t phandle, id;
	uint64_t address, nbytes;
	static struct tree tree;
	struct fdt t;
	fdt_node pcie, memory;

	(void)state;
	board(&tree);
	assert_null(fdt_open(&t, tree.blob, tree.nblob));
	pcie = fdt_path(&t, "/pcie@10000000");
	memory = fdt_path(&t, "/memory@40000000");
	assert_true(fdt_reg(&t, memory, 1, &address, &nbytes) && address == UINT64_C(8) << 32 &&
		    nbytes == UINT64_C(1) << 32);
	assert_false(fdt_reg(&t, memory, 2, &address, &nbytes));
	assert_true(fdt_reg(&t, fdt_path(&t, "/soc/serial@9000"), 0, &address, &nbytes));
	assert_true(address == 0x100009000 && nbytes == 0x1000);
	assert_false(fdt_reg(&t, fdt_path(&t, "/soc/serial@a000"), 0, &address, &nbytes)); /* beyond the ranges */
	assert_true(fdt_pci_window(&t, pcie, "ranges", 0, &window) && window.space == 2 && window.bus == 0x10000000 &&
		    window.address == 0x10000000 && window.nbytes == 0x2eff0000 && !window.prefetch);
	assert_true(fdt_pci_window(&t, pcie, "ranges", 1, &window) && window.space == 3 && window.prefetch &&
		    window.nbytes == UINT64_C(0x80) << 32);
	assert_false(fdt_pci_window(&t, pcie, "ranges", 2, &window));
	assert_true(fdt_map_id(&t, pcie, "iommu-map", "iommu-map-mask", 0xab0008, &phandle, &id) && phandle == 5 &&
		    id == 0x1008);
	assert_true(fdt_map_id(&t, pcie, "iommu-map", "iommu-map-mask", 0x1ff, &phandle, &id) && id == 0xffffffff);
	assert_false(fdt_map_id(&t, pcie, "iommu-map", "iommu-map-mask", 0x200, &phandle, &id)); /* wraps */
	assert_false(fdt_map_id(&t, pcie, "iommu-map", "iommu-map-mask", 0x300, &phandle, &id));
	assert_false(fdt_map_id(&t, memory, "iommu-map", "iommu-map-mask", 0, &phandle, &id));
	assert_true(fdt_reservation(&t, 0, &address, &nbytes) && address == 0x48000000);
	assert_false(fdt_reservation(&t, 1, &address, &nbytes));
}

/* Each head field spoilt, each message. */
static void test_headers(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *message;
	} spoils[] = {
		{0, 0, "the magic number is missing"},
		{4, 0x7fffffff, "the total size makes no sense"},
		{4, 39, "the total size makes no sense"},
		{8, 57, "the structure block lies outside the tree"},
		{8, 0xfffffff0, "the structure block lies outside the tree"},
		{12, 0xfffffff0, "the strings block lies outside the tree"},
		{16, 0xfffffff8, "the reservation block lies outside the tree"},
		{16, 41, "the reservation block lies outside the tree"},
		{20, 16, "the version is not supported"},
		{24, 18, "the version is not supported"},
		{32, 0, "a property's name lies outside the strings block"},
		{36, 8, "the structure block ends without FDT_END"},
	};
	static struct tree tree;
	struct fdt t;

	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		board(&tree);
		tree_patch(&tree, spoils[i].at, spoils[i].value);
		assert_string_equal(fdt_open(&t, tree.blob, tree.nblob), spoils[i].message);
	}
	board(&tree);
	assert_string_equal(fdt_open(&t, tree.blob, 39), "it is shorter than a header");
	assert_string_equal(fdt_open(&t, tree.blob, tree.nblob - 1), "the total size makes no sense");
}

static const char *open_text(void (*write)(struct tree *t))
{
	static struct tree tree;
	struct fdt t;

	tree = (struct tree){0};
	write(&tree);
	tree_finish(&tree);
	return fdt_open(&t, tree.blob, tree.nblob);
}

static void empty(struct tree *t)
{
	(void)t;
}

static void two_roots(struct tree *t)
{
	tree_begin(t, "");
	tree_end(t);
	tree_begin(t, "");
	tree_end(t);
}

static void open_end(struct tree *t)
{
	tree_begin(t, "");
}

static void early_end(struct tree *t)
{
	tree_end(t);
}

static void late_property(struct tree *t)
{
	tree_begin(t, "");
	tree_begin(t, "a");
	tree_end(t);
	tree_text(t, "b", "c");
	tree_end(t);
}

static void unknown_token(struct tree *t)
{
	tree_word(t, 7);
}

static void deep(struct tree *t)
{
	for (unsigned i = 0; i <= FDT_DEPTH; i++)
		tree_begin(t, "");
	for (unsigned i = 0; i <= FDT_DEPTH; i++)
		tree_end(t);
}

static void long_property(struct tree *t)
{
	tree_begin(t, "");
	tree_word(t, 3);
	tree_word(t, 0x7ffffff0);
	tree_word(t, 0);
}

static void test_structures(void **state)
{
	(void)state;
	assert_string_equal(open_text(empty), "there is no root");
	assert_string_equal(open_text(two_roots), "there are two roots");
	assert_string_equal(open_text(open_end), "nodes do not end");
	assert_string_equal(open_text(early_end), "a node ends that never began");
	assert_string_equal(open_text(late_property), "a property stands outside or behind its node's children");
	assert_string_equal(open_text(unknown_token), "a token is unknown");
	assert_string_equal(open_text(deep), "nodes are nested too deep");
	assert_string_equal(open_text(long_property), "a property reaches past the structure block");
}

/* Every byte changed, on copies of the exact size: an answer, and the sanitizers have nothing to say. */
static void test_any_byte(void **state)
{
	struct fdt_pci_window window;
	uint64_t address, nbytes;
	uint32_t phandle, id;
	static struct tree tree;
	struct fdt t;

	(void)state;
	board(&tree);
	for (size_t i = 0; i < tree.nblob; i++)
		for (unsigned value = 0; value < 256; value += 51) {
			uint8_t *copy = malloc(tree.nblob);
			unsigned asked = 0;

			assert_non_null(copy);
			memcpy(copy, tree.blob, tree.nblob);
			copy[i] = (uint8_t)value;
			if (!fdt_open(&t, copy, tree.nblob))
				for (fdt_node node = fdt_next(&t, FDT_NONE); node != FDT_NONE && asked++ < 20;
				     node = fdt_next(&t, node)) {
					(void)fdt_reg(&t, node, 0, &address, &nbytes);
					(void)fdt_pci_window(&t, node, "ranges", 1, &window);
					(void)fdt_map_id(&t, node, "iommu-map", "iommu-map-mask", 0x108, &phandle, &id);
					(void)fdt_iommus(&t, node, &phandle, &id);
					(void)fdt_dma_coherent(&t, node, true);
				}
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),	   cmocka_unit_test(test_addresses), cmocka_unit_test(test_headers),
		cmocka_unit_test(test_structures), cmocka_unit_test(test_any_byte),
	};

	return cmocka_run_group_tests_name("fdt", tests, NULL, NULL);
}
