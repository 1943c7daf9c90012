/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Requesters and groups of PCI functions on the host: chains of bridges of every kind, and what configuration space
 * says of them.
 */
#include "../../platform/bare/pci/pci_config.h"
#include "../../platform/bare/pci/pci_requester.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct pci_function functions[32];
static unsigned n;

static struct pci_function *add(uint8_t bus, unsigned device, unsigned function, unsigned port, bool isolates)
{
	functions[n] = (struct pci_function){
		.bus = bus, .devfn = (uint8_t)(device << 3 | function), .port = (uint8_t)port, .isolates = isolates};
	return &functions[n++];
}

static struct pci_function *add_bridge(uint8_t bus, unsigned device, unsigned function, unsigned port, bool isolates,
				       uint8_t secondary)
{
	struct pci_function *bridge = add(bus, device, function, port, isolates);

	bridge->bridge = true;
	bridge->secondary = secondary;
	return bridge;
}

static void requesters(const struct pci_function *fn, unsigned count, const uint16_t *wanted)
{
	uint16_t id = 0;

	for (unsigned i = 0; i < count; i++) {
		assert_true(pci_requester(functions, n, fn, i, &id));
		assert_int_equal(id, wanted[i]);
	}
	assert_false(pci_requester(functions, n, fn, count, &id));
}

static void alone(const struct pci_function *fn)
{
	assert_ptr_equal(pci_group(functions, n, fn), fn);
}

static void together(const struct pci_function *a, const struct pci_function *b)
{
	assert_ptr_equal(pci_group(functions, n, a), pci_group(functions, n, b));
}

/* PCI Express passes on whose request it is. */
static void express_passes_ids_on(void **state)
{
	const struct pci_function *deep, *other, *root;

	(void)state;
	n = 0;
	root = add(0, 3, 0, PCI_PORT_CONVENTIONAL, false);
	add_bridge(0, 4, 0, PCI_PORT_ROOT, true, 1);
	add_bridge(1, 0, 0, PCI_PORT_UPSTREAM, false, 2);
	add_bridge(2, 0, 0, PCI_PORT_DOWNSTREAM, true, 3);
	add_bridge(2, 1, 0, PCI_PORT_DOWNSTREAM, true, 4);
	deep = add(3, 0, 0, PCI_PORT_ENDPOINT, false);
	other = add(4, 0, 0, PCI_PORT_ENDPOINT, false);
	requesters(root, 1, (uint16_t[]){3 << 3});
	requesters(deep, 1, (uint16_t[]){0x300});
	requesters(other, 1, (uint16_t[]){0x400});
	alone(root);
	alone(deep);
	alone(other);
}

/* The bridge takes the transactions for its own: secondary bus, device 0, function 0. */
static void behind_a_bridge_to_pci(void **state)
{
	const struct pci_function *disk, *second, *nested, *bridge;

	(void)state;
	n = 0;
	add_bridge(0, 4, 0, PCI_PORT_ROOT, true, 1);
	bridge = add_bridge(1, 0, 0, PCI_PORT_EXPRESS_TO_PCI, false, 2);
	disk = add(2, 1, 0, PCI_PORT_CONVENTIONAL, false);
	second = add(2, 7, 0, PCI_PORT_CONVENTIONAL, false);
	add_bridge(2, 3, 0, PCI_PORT_CONVENTIONAL, false, 3); /* and a bridge of plain PCI behind it */
	nested = add(3, 5, 0, PCI_PORT_CONVENTIONAL, false);
	requesters(bridge, 1, (uint16_t[]){0x100}); /* its own messages */
	requesters(disk, 2, (uint16_t[]){0x200, 0x208});
	requesters(second, 2, (uint16_t[]){0x200, 0x238});
	requesters(nested, 3, (uint16_t[]){0x200, 0x218, 0x328});
	together(disk, second);
	together(disk, nested);
	assert_ptr_equal(pci_group(functions, n, disk), bridge);
	functions[0].isolates = false; /* with a root port that lets requests through there are more of them */
	assert_ptr_equal(pci_group(functions, n, disk), &functions[0]);
}

/* A bridge of plain PCI on the root bus: its own id. Two of them are two groups. */
static void behind_plain_bridges(void **state)
{
	const struct pci_function *disk, *deep, *other;

	(void)state;
	n = 0;
	add_bridge(0, 0x1e, 0, PCI_PORT_CONVENTIONAL, false, 1);
	disk = add(1, 2, 0, PCI_PORT_CONVENTIONAL, false);
	add_bridge(1, 3, 0, PCI_PORT_CONVENTIONAL, false, 2);
	deep = add(2, 4, 1, PCI_PORT_CONVENTIONAL, false);
	add_bridge(0, 0x1d, 0, PCI_PORT_PCI_TO_EXPRESS, false, 3);
	other = add(3, 0, 0, PCI_PORT_ENDPOINT, false);
	requesters(disk, 2, (uint16_t[]){0xf0, 0x110});
	requesters(deep, 3, (uint16_t[]){0xf0, 0x118, 0x221});
	requesters(other, 2, (uint16_t[]){0xe8, 0x300});
	together(disk, deep);
	assert_ptr_not_equal(pci_group(functions, n, disk), pci_group(functions, n, other));
}

/* Functions of one device reach each other, unless it says that it sends all upstream. */
static void functions_of_a_device(void **state)
{
	const struct pci_function *a, *b, *c, *d;

	(void)state;
	n = 0;
	c = add(0, 2, 0, PCI_PORT_ENDPOINT, true);
	a = add(0, 2, 3, PCI_PORT_ENDPOINT, false);
	b = add(0, 2, 5, PCI_PORT_ENDPOINT, false);
	d = add(0, 3, 0, PCI_PORT_ENDPOINT, false); /* another device on the root bus */
	alone(a);
	together(a, b);
	alone(c);
	alone(d);
	assert_ptr_not_equal(pci_group(functions, n, a), pci_group(functions, n, d));
	n = 0; /* what is behind ports that are functions of one device and let requests through */
	add_bridge(0, 0x1c, 0, PCI_PORT_ROOT, false, 1);
	add_bridge(0, 0x1c, 1, PCI_PORT_ROOT, false, 2);
	add_bridge(0, 0x1c, 2, PCI_PORT_ROOT, true, 3);
	a = add(1, 0, 0, PCI_PORT_ENDPOINT, false);
	b = add(2, 0, 0, PCI_PORT_ENDPOINT, false);
	c = add(3, 0, 0, PCI_PORT_ENDPOINT, false);
	together(a, b);
	alone(c);
}

/* Bus numbers that lead in a circle, into nothing, or into another segment. */
static void odd_bridges(void **state)
{
	const struct pci_function *disk;

	(void)state;
	n = 0;
	add_bridge(1, 0, 0, PCI_PORT_CONVENTIONAL, false, 1);
	add_bridge(1, 1, 0, PCI_PORT_CONVENTIONAL, false, 0);
	add_bridge(0, 2, 0, PCI_PORT_CONVENTIONAL, false, 0);
	add_bridge(0, 3, 0, PCI_PORT_CONVENTIONAL, false, 1)->segment = 7;
	disk = add(1, 4, 0, PCI_PORT_CONVENTIONAL, false);
	requesters(disk, 1, (uint16_t[]){0x120});
	alone(disk);
}

/* ---- Configuration space ----------------------------------------------------------------------------------------- */

static _Alignas(4096) uint8_t config[4096];

static void put(unsigned at, uint32_t value)
{
	memcpy(&config[at], &value, 4);
}

/* A function with PCI Express of that type and ACS of those capabilities (0: none). */
static struct pci_function read_function(unsigned type, uint32_t acs, bool bridge)
{
	struct pci_function fn = {.config = config, .bridge = bridge};

	memset(config, 0, sizeof(config));
	put(0x04, 1 << 20);
	put(0x34, 0x40);
	put(0x40, 0x5005); /* MSI, then */
	put(0x50, type << 20 | 0x10);
	put(0x18, 0x050400);
	put(0x100, 0x1501000b); /* something else, then */
	if (acs) {
		put(0x150, 0x0001000d);
		put(0x154, acs);
	} else {
		put(0x150, 0x10000001); /* a list that leads back */
	}
	pci_read_port(&fn);
	return fn;
}

static void ports_are_read(void **state)
{
	struct pci_function fn;

	(void)state;
	for (unsigned type = 0; type < 16; type++) {
		fn = read_function(type, 0, true);
		assert_int_equal(fn.port, type);
		assert_int_equal(fn.secondary, 4);
		assert_false(fn.isolates);
	}
	fn = read_function(PCI_PORT_ROOT, 0x1d, true);
	assert_true(fn.isolates);
	assert_int_equal(config[0x156], 0x1d);		     /* switched on */
	fn = read_function(PCI_PORT_DOWNSTREAM, 0x1c, true); /* without source validation */
	assert_false(fn.isolates);
	assert_int_equal(config[0x156], 0);
	fn = read_function(PCI_PORT_ENDPOINT, 0x0c, false);
	assert_true(fn.isolates);
	assert_int_equal(fn.secondary, 0);
	fn = read_function(PCI_PORT_ENDPOINT, 0x04, false);
	assert_false(fn.isolates);
	memset(config, 0, sizeof(config)); /* conventional: what lies at 0x100 is not its own */
	put(0x100, 0x0001000d);
	put(0x104, 0x0c);
	fn = (struct pci_function){.config = config};
	pci_read_port(&fn);
	assert_int_equal(fn.port, PCI_PORT_CONVENTIONAL);
	assert_false(fn.isolates);
	read_function(PCI_PORT_ENDPOINT, 0x0c, false); /* no extended space answers */
	put(0x100, UINT32_MAX);
	fn = (struct pci_function){.config = config};
	pci_read_port(&fn);
	assert_int_equal(fn.port, PCI_PORT_ENDPOINT);
	assert_false(fn.isolates);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(express_passes_ids_on), cmocka_unit_test(behind_a_bridge_to_pci),
		cmocka_unit_test(behind_plain_bridges),	 cmocka_unit_test(functions_of_a_device),
		cmocka_unit_test(odd_bridges),		 cmocka_unit_test(ports_are_read),
	};

	return cmocka_run_group_tests_name("pci", tests, NULL, NULL);
}
