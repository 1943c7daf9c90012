/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a machine takes from its device tree: memory, and what is reserved in it. The trees are as firmware writes them,
 * and not always as the specification wants them. (PCI hosts: unit-tree-hosts.c.)
 */
#include "tree_boot.h"

static void reserved_begin(bool ranges)
{
	tree_begin(&tree, "reserved-memory");
	TREE_CELLS(&tree, "#address-cells", 2);
	TREE_CELLS(&tree, "#size-cells", 2);
	if (ranges)
		tree_bytes(&tree, "ranges", NULL, 0);
}

static void reserved_without_ranges(void **state)
{
	(void)state;
	for (unsigned no_map = 0; no_map < 2; no_map++) {
		begin();
		reserved_begin(false);
		tree_begin(&tree, "fw@50000000");
		TREE_CELLS(&tree, "reg", 0, 0x50000000, 0, 0x200000);
		if (no_map)
			tree_bytes(&tree, "no-map", NULL, 0);
		tree_end(&tree);
		tree_end(&tree);
		assert_null(boot());
		assert_true(is_ram(0x4fe00000, BLOCK) && is_ram(0x50200000, BLOCK));
		assert_true(is_ram(0x50000000, BLOCK) == !no_map);
		assert_true(boot_contains(&boot_info.taken, 0x50000000, BLOCK) == !no_map);
	}
}

static void rows_of_size_0(void **state)
{
	(void)state;
	begin();
	tree_reserve(&tree, 0x41000000, 0); /* nothing, and not the end */
	tree_reserve(&tree, 0x42000000, 0x1000);
	tree_begin(&tree, "memory@80000000");
	tree_text(&tree, "device_type", "memory");
	TREE_CELLS(&tree, "reg", 0, 0x80000000, 0, 0, 0, 0x90000000, 0, 0x10000000);
	tree_end(&tree);
	reserved_begin(true);
	tree_begin(&tree, "fw@50000000");
	TREE_CELLS(&tree, "reg", 0, 0x4f000000, 0, 0, 0, 0x50000000, 0, 0x200000);
	tree_bytes(&tree, "no-map", NULL, 0);
	tree_end(&tree);
	tree_end(&tree);
	assert_null(boot());
	assert_true(is_ram(0x90000000, 0x10000000));
	assert_false(is_ram(0x80000000, 0x10000000));
	assert_false(is_ram(0x50000000, BLOCK));
	assert_true(is_ram(0x4f000000, BLOCK));
	assert_true(boot_contains(&boot_info.taken, 0x42000000, 0x1000));
	assert_non_null(strstr(said, "memory@80000000: row 0 of its reg is left out\n"));
	assert_non_null(strstr(said, "fw@50000000: row 0 of its reg is left out\n"));
}

/* However many there are, none of them becomes RAM. */
static void many_reserved(void **state)
{
	static const unsigned counts[] = {70, 200, 300, 480};

	(void)state;
	for (unsigned k = 0; k < 8; k++) {
		unsigned n = counts[k / 2];
		uint32_t first = k % 2 ? 0x40000000 : 0x50000000 - (n > 150 ? 0x10000000 : 0);

		begin();
		reserved_begin(true);
		for (unsigned i = 0; i < n; i++) {
			tree_begin(&tree, "r");
			TREE_CELLS(&tree, "reg", 0, first + 0x400000 * (i % 240) + 0x1000 * (i / 240), 0, 0x800);
			tree_bytes(&tree, "no-map", NULL, 0);
			tree_end(&tree);
		}
		for (unsigned i = 0; i < n; i++) { /* and as many that are mapped, every other page */
			tree_begin(&tree, "m");
			TREE_CELLS(&tree, "reg", 0, 0x7c000000 + 0x2000 * i, 0, 0x1000);
			tree_end(&tree);
		}
		tree_end(&tree);
		assert_null(boot());
		assert_true(boot_info.ram.count > 60);
		for (unsigned i = 0; i < n; i++) {
			assert_false(is_ram(first + 0x400000 * (i % 240) + 0x1000 * (i / 240), 0x800));
			assert_true(boot_contains(&boot_info.taken, 0x7c000000 + 0x2000 * i, 0x1000));
		}
	}
}

static void memory_that_is_not_okay(void **state)
{
	static const char *const words[] = {"okay", "ok", "disabled", "fail", "fail-sss", "reserved", ""};

	(void)state;
	for (unsigned i = 0; i < 9; i++) {
		begin();
		if (i == 8) { /* a bus above it is not */
			tree_begin(&tree, "bus");
			TREE_CELLS(&tree, "#address-cells", 2);
			TREE_CELLS(&tree, "#size-cells", 2);
			tree_bytes(&tree, "ranges", NULL, 0);
			tree_text(&tree, "status", "disabled");
		}
		tree_begin(&tree, "secram@e000000");
		tree_text(&tree, "device_type", "memory");
		if (i < 7)
			tree_text(&tree, "status", words[i]);
		else if (i == 7)
			tree_bytes(&tree, "status", NULL, 0);
		tree_text(&tree, "secure-status", "okay");
		TREE_CELLS(&tree, "reg", 0, 0xe000000, 0, 0x1000000);
		tree_end(&tree);
		if (i == 8)
			tree_end(&tree);
		assert_null(boot());
		assert_true(is_ram(0xe000000, 0x1000000) == (i < 2));
	}
	begin(); /* a reserved node that is not in use */
	reserved_begin(true);
	tree_begin(&tree, "fw@50000000");
	TREE_CELLS(&tree, "reg", 0, 0x50000000, 0, 0x200000);
	tree_text(&tree, "status", "disabled");
	tree_bytes(&tree, "no-map", NULL, 0);
	tree_end(&tree);
	tree_end(&tree);
	assert_null(boot());
	assert_true(is_ram(0x50000000, BLOCK));
}

/* The one that stdout-path names, else the first of that kind; not one with too few registers. */
static void consoles(void **state)
{
	static const char *const paths[] = {"/serial@9010000", "/serial@9000000", "/nothing", NULL};
	static const uint32_t wanted[] = {0x9010000, 0x9000000, 0x9000000, 0x9000000};
	uint64_t paddr;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		begin();
		for (uint32_t at = 0x9000000; at <= 0x9010000; at += 0x10000) {
			tree_begin(&tree, at == 0x9000000 ? "serial@9000000" : "serial@9010000");
			tree_text(&tree, "compatible", "ns16550a");
			TREE_CELLS(&tree, "reg", 0, at, 0, 8);
			tree_end(&tree);
		}
		tree_begin(&tree, "chosen");
		if (paths[i])
			tree_text(&tree, "stdout-path", paths[i]);
		tree_end(&tree);
		assert_null(boot());
		assert_true(fdt_console("ns16550a", 8, &paddr));
		assert_int_equal(paddr, wanted[i]);
		assert_false(fdt_console("ns16550a", 9, &paddr));
		assert_false(fdt_console("arm,pl011", 8, &paddr));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reserved_without_ranges),
		cmocka_unit_test(rows_of_size_0),
		cmocka_unit_test(many_reserved),
		cmocka_unit_test(memory_that_is_not_okay),
		cmocka_unit_test(consoles),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
