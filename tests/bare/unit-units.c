/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Several units on one machine (platform/bare/iommu/iommu_units.c): trees whose PCI hosts are behind two of them, from
 * the tree's bytes to the unit that each function's domain is made of. What starts a unit here only says that it did.
 */
#include "units_machine.h"

#include <dmastream/errors.h>
#include <dmastream/init.h>

enum {
	FIRST = 0x10,
	SECOND = 0x11,
	FIRST_REGISTERS = 0x3010000,
	SECOND_REGISTERS = 0x3020000,
};

static struct dma_iommu {
	const struct unit *unit;
	size_t ndoorbells;
	bool removed;
} started[FUNCTIONS];
static unsigned nstarted;
static uint64_t refused; /* the registers of a unit that does not start */
static const struct pci_function *unit_function;

/* ---- A kind of unit ---------------------------------------------------------------------------------------------- */

static uint32_t model_of(fdt_node node)
{
	return fdt_u32(&boot_tree, node, "phandle", 0) + 7;
}

static int find(void)
{
	int error = units_add_by_tree("riscv,iommu", true, model_of);

	for (struct unit *unit = units_first(); unit; unit = unit->next) {
		assert_true(unit->model == unit->name + 7 && unit->coherent == (unit->name == FIRST));
		if (unit->name == SECOND)
			unit->own = unit_function;
	}
	return error;
}

static int start(struct unit *unit, const struct dma_iommu_region *doorbells, size_t n)
{
	(void)doorbells;
	if (unit->registers == refused)
		return DMA_ENOTSUP;
	started[nstarted] = (struct dma_iommu){.unit = unit, .ndoorbells = n};
	unit->iommu = &started[nstarted++];
	return 0;
}

static int removed(struct dma_iommu *unit)
{
	unit->removed = true;
	return 0;
}

static const struct unit_kind kind = {"unit", find, units_route_by_tree, start, removed};

/* ---- Trees ------------------------------------------------------------------------------------------------------- */

static void unit_node(const char *name, uint32_t phandle, uint32_t registers)
{
	tree_begin(&tree, name);
	tree_text(&tree, "compatible", "riscv,iommu");
	TREE_CELLS(&tree, "reg", 0, registers, 0, 0x1000);
	TREE_CELLS(&tree, "phandle", phandle);
	TREE_CELLS(&tree, "#iommu-cells", 1);
	if (phandle == SECOND)
		tree_bytes(&tree, "dma-noncoherent", NULL, 0);
	tree_end(&tree);
}

/* Two functions of each of the buses 0, 1 and 2; two units; another that has no registers; the node of the host stays
 * open. */
static void two_units(void)
{
	for (unsigned i = 0; i < FUNCTIONS; i++) {
		functions[i] = (struct pci_function){.bus = (uint8_t)(i / 2), .devfn = (uint8_t)(8 * (i % 2))};
		groups[i] = &functions[i];
	}
	memset(started, 0, sizeof(started));
	nstarted = 0;
	refused = 0;
	unit_function = NULL;
	begin();
	unit_node("iommu@3010000", FIRST, FIRST_REGISTERS);
	tree_begin(&tree, "iommu@nowhere");
	tree_text(&tree, "compatible", "riscv,iommu");
	tree_end(&tree);
	unit_node("iommu@3020000", SECOND, SECOND_REGISTERS);
	host_begin("pci@30000000", 0x30000000, 0x10000000);
}

static int probed(void)
{
	tree_end(&tree);
	assert_int_equal(find_hosts(), 1);
	return units_probe(&kind);
}

/* The function's domain comes from the unit with those registers, which knows it by that number; 0: from none. */
static void goes_to(unsigned index, uint32_t registers, uint32_t id)
{
	struct bus_pci fn = bus_of(index);
	struct dma_device_config config = {0};
	uint64_t at = 0;

	domain_of = NULL;
	if (!registers) {
		assert_int_equal(units_domain_for(&fn, &config), DMA_ENODEV);
		assert_null(domain_of);
		assert_false(units_registers_of(&functions[index], &at));
		return;
	}
	assert_int_equal(units_domain_for(&fn, &config), 0);
	assert_int_equal(config.requester, id);
	assert_int_equal(domain_of->unit->registers, registers);
	assert_true(units_registers_of(&functions[index], &at) && at == registers);
	domain_of = NULL;
	units_domain_put(&fn, NULL);
	assert_int_equal(domain_of->unit->registers, registers);
}

static void all_ended(void)
{
	assert_int_equal(units_end(), 0);
	for (unsigned i = 0; i < nstarted; i++)
		assert_true(started[i].removed);
	assert_null(units_first());
	assert_int_equal(npages, 0);
}

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

static void each_by_its_range(void **state)
{
	(void)state;
	two_units();
	TREE_CELLS(&tree, "iommu-map", 0, FIRST, 0x700, 0x100, 0x100, SECOND, 0x700, 0x100);
	assert_int_equal(probed(), 0);
	assert_int_equal(nstarted, 2);
	assert_non_null(strstr(said, "device tree: iommu@nowhere: its reg makes no sense\n"));
	assert_true(started[0].ndoorbells == 2 && started[1].ndoorbells == 2);
	for (unsigned i = 0; i < 2; i++) {
		goes_to(i, FIRST_REGISTERS, 0x700 + 8 * i);
		goes_to(2 + i, SECOND_REGISTERS, 0x700 + 8 * i);
		goes_to(4 + i, 0, 0); /* no row has bus 2 */
	}
	assert_non_null(strstr(said, "iommu: no unit that works stands in front of 2:1.0\n"));
	all_ended();
}

/* Both units know a function 0x708. */
static void faults_are_the_units(void **state)
{
	struct dma_fault fault = {.requester = 0x708, .registers = dma_paddr(SECOND_REGISTERS)};
	static const uint64_t wanted[FUNCTIONS] = {[3] = 1};

	(void)state;
	two_units();
	TREE_CELLS(&tree, "iommu-map", 0, FIRST, 0x700, 0x100, 0x100, SECOND, 0x700, 0x100);
	assert_int_equal(probed(), 0);
	handler(&fault, NULL);
	for (unsigned i = 0; i < FUNCTIONS; i++) {
		struct bus_pci fn = bus_of(i);

		assert_int_equal(units_faults(&fn), wanted[i]);
	}
	all_ended();
}

/* A host without a map: "iommus" has one number for all of them. */
static void one_number_for_a_host(void **state)
{
	(void)state;
	two_units();
	TREE_CELLS(&tree, "iommus", SECOND, 0x42);
	assert_int_equal(probed(), 0);
	for (unsigned i = 0; i < FUNCTIONS; i++) {
		goes_to(i, SECOND_REGISTERS, 0x42);
		assert_ptr_equal(units_leader_of(&functions[i]), &functions[0]);
	}
	all_ended();
}

static void a_map_before_a_number(void **state)
{
	(void)state;
	two_units();
	TREE_CELLS(&tree, "iommus", SECOND, 0x42);
	TREE_CELLS(&tree, "iommu-map", 0x100, FIRST, 0x100, 0x100);
	assert_int_equal(probed(), 0);
	goes_to(0, 0, 0);
	goes_to(2, FIRST_REGISTERS, 0x100);
	all_ended();
}

/* What names no unit, or not in the way that we know. */
static void odd_numbers(void **state)
{
	static const uint32_t odd[][4] = {{FIRST}, {0x99, 1}, {FIRST, 1, SECOND, 2}, {FIRST, 1, 2}};
	static const size_t cells[] = {1, 2, 4, 3};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		two_units();
		tree_cells(&tree, "iommus", cells[i], odd[i]);
		assert_int_equal(probed(), 0);
		goes_to(0, 0, 0);
		all_ended();
	}
}

/* Functions that the mask makes one, and those of a group, share a leader; so do the two together. */
static void who_shares(void **state)
{
	(void)state;
	two_units();
	groups[4] = groups[3] = &functions[3];
	TREE_CELLS(&tree, "iommu-map", 0, FIRST, 0, 0x100, 0x100, SECOND, 0, 0x200);
	TREE_CELLS(&tree, "iommu-map-mask", 0xff00); /* a number for each bus */
	assert_int_equal(probed(), 0);
	assert_ptr_equal(units_leader_of(&functions[0]), units_leader_of(&functions[1]));
	for (unsigned i = 2; i < 6; i++)
		assert_ptr_equal(units_leader_of(&functions[i]), units_leader_of(&functions[2]));
	assert_ptr_not_equal(units_leader_of(&functions[0]), units_leader_of(&functions[2]));
	all_ended();
}

/* Two of a group cannot have one domain of two units. */
static void a_group_behind_two(void **state)
{
	struct dma_device_config config = {.domain = (struct dma_domain *)&started};
	struct bus_pci fn;

	(void)state;
	two_units();
	groups[2] = &functions[0];
	TREE_CELLS(&tree, "iommu-map", 0, FIRST, 0, 0x100, 0x100, SECOND, 0x100, 0x100);
	assert_int_equal(probed(), 0);
	fn = bus_of(2);
	domain_of = NULL;
	assert_int_equal(units_domain_for(&fn, &config), DMA_ENOTSUP);
	assert_null(domain_of);
	assert_non_null(strstr(said, "iommu: 1:0.0 shares a domain with a function behind another unit\n"));
	all_ended();
}

static void one_that_does_not_start(void **state)
{
	(void)state;
	two_units();
	refused = FIRST_REGISTERS;
	TREE_CELLS(&tree, "iommu-map", 0, FIRST, 0, 0x100, 0x100, SECOND, 0x100, 0x200);
	assert_int_equal(probed(), 0);
	goes_to(0, 0, 0);
	goes_to(2, SECOND_REGISTERS, 0x100);
	assert_non_null(strstr(said, "iommu: the unit at 0x3010000 does not work: not supported\n"
				     "iommu: not protected: 0:0.0\niommu: not protected: 0:1.0\n"));
	all_ended();
	two_units();
	refused = SECOND_REGISTERS;
	unit_function = NULL;
	TREE_CELLS(&tree, "iommu-map", 0, FIRST, 0, 0x10000);
	assert_int_equal(probed(), 0);
	goes_to(5, FIRST_REGISTERS, 0x208);
	all_ended();
}

/* The second unit is the function 0:1.0: it is behind nobody, least of all itself; or behind the first. */
static void a_unit_that_is_a_function(void **state)
{
	(void)state;
	two_units();
	unit_function = &functions[1];
	TREE_CELLS(&tree, "iommu-map", 0, FIRST, 0, 8, 8, SECOND, 8, 0x300);
	assert_int_equal(probed(), 0);
	assert_int_equal(nstarted, 2);
	goes_to(0, FIRST_REGISTERS, 0);
	goes_to(1, 0, 0);
	goes_to(2, SECOND_REGISTERS, 0x100);
	all_ended();

	two_units();
	unit_function = &functions[1];
	TREE_CELLS(&tree, "iommu-map", 0, FIRST, 0, 0x100, 0x100, SECOND, 0x100, 0x200);
	assert_int_equal(probed(), 0);
	assert_int_equal(nstarted, 1);
	assert_non_null(strstr(said, "iommu: the unit at 0x3020000 is itself behind the one at 0x3010000\n"));
	goes_to(2, 0, 0);
	all_ended();
}

static void none(void **state)
{
	(void)state;
	two_units();
	refused = FIRST_REGISTERS;
	unit_function = &functions[0];
	TREE_CELLS(&tree, "iommu-map", 0, FIRST, 0, 0x10000);
	assert_int_equal(probed(), DMA_ENOTSUP);
	assert_non_null(strstr(said, "iommu: no unit to protect memory with: not supported\n"));
	assert_int_equal(npages, 0); /* nothing is left for the next try, which finds each unit once */
	refused = 0;
	unit_function = NULL;
	assert_int_equal(units_probe(&kind), 0);
	assert_int_equal(nstarted, 2);
	all_ended();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_by_its_range),
		cmocka_unit_test(faults_are_the_units),
		cmocka_unit_test(one_number_for_a_host),
		cmocka_unit_test(a_map_before_a_number),
		cmocka_unit_test(odd_numbers),
		cmocka_unit_test(who_shares),
		cmocka_unit_test(a_group_behind_two),
		cmocka_unit_test(one_that_does_not_start),
		cmocka_unit_test(a_unit_that_is_a_function),
		cmocka_unit_test(none),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
