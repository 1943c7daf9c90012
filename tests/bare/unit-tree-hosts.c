/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PCI hosts in the device tree: buses, domains, windows, and what devices behind them reach.
 */
#include "tree_boot.h"

static void buses_by_reg(void **state)
{
	static const struct {
		uint32_t nbytes, first, last; /* of bus-range; first 999: none */
		int wanted_first, wanted_last;
		const char *line;
	} cases[] = {
		{0x10000000, 999, 0, 0, 255, NULL},
		{0x1000000, 999, 0, 0, 15, NULL},
		{0x100000, 999, 0, 0, 0, NULL},
		{0x20000000, 999, 0, 0, 255, NULL},
		{0x10000000, 0, 255, 0, 255, NULL},
		{0x400000, 0x40, 0x43, 0x40, 0x43, NULL},
		{0x400000, 0x40, 0x7f, 0x40, 0x43, "no room for all of its bus-range"},
		{0x400000, 9, 3, 0, 3, "its bus-range makes no sense"},
		{0x400000, 0, 256, 0, 3, "its bus-range makes no sense"},
		{0xff000, 999, 0, -1, -1, "its reg makes no sense"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned n;

		begin();
		host_begin("pcie@3f000000", 0x3f000000, cases[i].nbytes);
		if (cases[i].first != 999)
			TREE_CELLS(&tree, "bus-range", cases[i].first, cases[i].last);
		tree_end(&tree);
		n = find_hosts();
		assert_int_equal(n, cases[i].wanted_first >= 0);
		if (n) {
			assert_int_equal(hosts[0].first_bus, cases[i].wanted_first);
			assert_int_equal(hosts[0].last_bus, cases[i].wanted_last);
			assert_int_equal(hosts[0].ecam, 0x3f000000);
		}
		if (cases[i].line)
			assert_non_null(strstr(said, cases[i].line));
		else
			assert_string_equal(said, "");
	}
	begin(); /* cut in the middle */
	host_begin("pcie@3f000000", 0x3f000000, 0x200000);
	TREE_CELLS(&tree, "bus-range", 1);
	tree_end(&tree);
	assert_int_equal(find_hosts(), 1);
	assert_int_equal(hosts[0].last_bus, 1);
	assert_non_null(strstr(said, "its bus-range makes no sense"));
}

static void domain_numbers(void **state)
{
	/* -1: none */
	static const int64_t given[] = {-1, 0, -1, 5, 5, 0x10000, 1, -1};
	static const unsigned wanted[] = {2, 0, 3, 5, 4, 6, 1, 7};

	(void)state;
	begin();
	for (unsigned i = 0; i < 8; i++) {
		host_begin("pcie", 0x10000000 * (i + 1), 0x1000000);
		if (given[i] >= 0)
			TREE_CELLS(&tree, "linux,pci-domain", (uint32_t)given[i]);
		tree_end(&tree);
	}
	host_begin("pcie", 0xa0000000, 0x1000000); /* the same domain, other buses */
	TREE_CELLS(&tree, "linux,pci-domain", 5);
	TREE_CELLS(&tree, "bus-range", 0x80, 0x8f);
	tree_end(&tree);
	host_begin("pcie", 0xb0000000, 0x1000000); /* not there */
	tree_text(&tree, "status", "disabled");
	TREE_CELLS(&tree, "linux,pci-domain", 9);
	tree_end(&tree);
	assert_int_equal(find_hosts(), 9);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(hosts[i].segment, wanted[i]);
	assert_int_equal(hosts[8].segment, 5);
	assert_non_null(strstr(said, "linux,pci-domain"));
}

static void windows(void **state)
{
	(void)state;
	begin();
	host_begin("pcie", 0x3f000000, 0x1000000);
	TREE_CELLS(&tree, "ranges", 0x01000000, 0, 0, 0, 0x3eff0000, 0, 0x10000, /* I/O */
		   0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x8000000,	 /* memory where the CPU sees it */
		   0x02000000, 0, 0x20000000, 0x80, 0x0, 0, 0x1000000,		 /* elsewhere */
		   0x02000000, 0, 0x30000000, 0, 0x30000000, 0, 0,		 /* empty */
		   0x43000000, 0x90, 0, 0x90, 0, 0x10, 0);
	TREE_CELLS(&tree, "dma-ranges", 0x03000000, 0x10, 0, 0, 0, 0x10, 0);
	tree_end(&tree);
	host_begin("second", 0x4f000000, 0x1000000); /* more windows than are kept apart */
	tree_cells(&tree, "ranges", 0, NULL);
	tree_bytes(&tree, "dma-ranges", NULL, 0); /* all of memory, where it is */
	tree_end(&tree);
	assert_int_equal(find_hosts(), 2);
	assert_int_equal(hosts[0].memory32.base, 0x10000000);
	assert_int_equal(hosts[0].memory32.size, 0x8000000);
	assert_int_equal(hosts[0].memory64.base, UINT64_C(0x9000000000));
	assert_int_equal(hosts[0].ndecoded, 3);
	assert_int_equal(hosts[0].decoded[1].base, 0x20000000);
	assert_int_equal(hosts[0].ndma, 1);
	assert_int_equal(hosts[0].dma[0].paddr_base.raw, 0);
	assert_int_equal(hosts[0].dma[0].daddr_base.raw, UINT64_C(0x1000000000));
	assert_int_equal(hosts[0].dma[0].size, UINT64_C(0x1000000000));
	assert_int_equal(hosts[1].ndma, 0);
	assert_non_null(strstr(said, "row 3 of its ranges is left out"));
}

static void many_windows(void **state)
{
	uint32_t cells[20 * 7], dma[6 * 7];

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		memcpy(&cells[7 * i],
		       (uint32_t[]){0x02000000, 0, 0x10000000 + 0x2000000 * i, 0, 0x10000000 + 0x2000000 * i, 0,
				    0x1000000},
		       28);
	for (uint32_t i = 0; i < 6; i++)
		memcpy(&dma[7 * i], (uint32_t[]){0x03000000, i, 0, i + 8, 0, 1, 0}, 28);
	begin();
	host_begin("pcie", 0x3f000000, 0x1000000);
	tree_cells(&tree, "ranges", 20 * 7, cells);
	tree_cells(&tree, "dma-ranges", 6 * 7, dma);
	tree_end(&tree);
	assert_int_equal(find_hosts(), 1);
	assert_int_equal(hosts[0].ndecoded, PCI_HOST_WINDOWS);
	for (uint32_t i = 0; i < 20; i++) {
		bool held = false;

		for (unsigned k = 0; k < hosts[0].ndecoded; k++)
			held |= hosts[0].decoded[k].base <= 0x10000000 + 0x2000000 * i &&
				hosts[0].decoded[k].base + hosts[0].decoded[k].size >= 0x11000000 + 0x2000000 * i;
		assert_true(held);
	}
	assert_int_equal(hosts[0].ndma, DMA_DEVICE_WINDOWS);
	assert_non_null(strstr(said, "row 4 of its dma-ranges is left out"));
	assert_non_null(strstr(said, "row 5 of its dma-ranges is left out"));
}

/* A bus between: its "dma-ranges" count, and where it has none devices reach what is above. */
static void dma_through_a_bus(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		begin();
		tree_begin(&tree, "soc");
		TREE_CELLS(&tree, "#address-cells", 2);
		TREE_CELLS(&tree, "#size-cells", 2);
		tree_bytes(&tree, "ranges", NULL, 0);
		if (i)
			TREE_CELLS(&tree, "dma-ranges", 0, 0, 8, 0, 4, 0);
		host_begin("pcie", 0x3f000000, 0x1000000);
		TREE_CELLS(&tree, "dma-ranges", 0x03000000, 0x10, 0, 1, 0, 2, 0);
		tree_end(&tree);
		tree_end(&tree);
		assert_int_equal(find_hosts(), 1);
		assert_int_equal(hosts[0].ndma, 1);
		assert_int_equal(hosts[0].dma[0].paddr_base.raw, UINT64_C(0x100000000) * (i ? 9 : 1));
	}
}

static void hosts_under_a_bus_that_is_not_okay(void **state)
{
	(void)state;
	begin();
	tree_begin(&tree, "soc");
	TREE_CELLS(&tree, "#address-cells", 2);
	TREE_CELLS(&tree, "#size-cells", 2);
	tree_bytes(&tree, "ranges", NULL, 0);
	tree_text(&tree, "status", "disabled");
	host_begin("pcie", 0x3f000000, 0x1000000);
	tree_end(&tree);
	tree_end(&tree);
	assert_int_equal(find_hosts(), 0);
}

/* More than there is room for end the boot. */
static void too_many_hosts(void **state)
{
	(void)state;
	for (volatile unsigned n = PCI_HOSTS; n <= PCI_HOSTS + 1; n++) {
		begin();
		for (unsigned i = 0; i < n; i++) {
			host_begin("pcie", 0x1000000 * (i + 1), 0x1000000);
			tree_end(&tree);
		}
		if (setjmp(ended)) {
			assert_int_equal(n, PCI_HOSTS + 1);
			assert_non_null(strstr(said, "more than 32 PCI hosts"));
			return;
		}
		assert_int_equal(find_hosts(), PCI_HOSTS);
	}
	fail();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(buses_by_reg),	     cmocka_unit_test(domain_numbers),
		cmocka_unit_test(windows),	     cmocka_unit_test(many_windows),
		cmocka_unit_test(dma_through_a_bus), cmocka_unit_test(hosts_under_a_bus_that_is_not_okay),
		cmocka_unit_test(too_many_hosts),
	};

	return cmocka_run_group_tests_name("tree-hosts", tests, NULL, NULL);
}
