/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What is found in configuration space (pci.c), on the host: several segments, functions that hide, BARs above 4 GiB,
 * BARs that lie on others, and functions whose BARs nobody may size.
 */
#include "../../platform/bare/kernel/print.h"
#include "../../platform/bare/memory/vm.h"
#include "../../platform/bare/pci/pci_config.h"
#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BUSES = 3, HOSTS = 2, BUS_BYTES = 1 << 20, BAR = 0xfe000000 };
#define HOST_BRIDGE  UINT32_C(0x060000)
#define NVME	     UINT32_C(0x010802)
#define FIRST_ECAM   UINT64_C(0xe0000000)
#define FIRST_BUS_OF 5 /* the second segment's */

/* One bus of each host; a byte that nobody answers for is 0xff. */
static _Alignas(4096) uint8_t space[HOSTS][BUSES * BUS_BYTES];
static unsigned exits, lines;

/* ---- The machine ---- */

unsigned machine_pci_hosts(struct pci_host *hosts, unsigned max)
{
	assert_true(max >= HOSTS);
	hosts[0] = (struct pci_host){.segment = 0, .first_bus = 0, .last_bus = BUSES - 1, .ecam = FIRST_ECAM};
	hosts[1] = (struct pci_host){.segment = 7,
				     .first_bus = FIRST_BUS_OF,
				     .last_bus = FIRST_BUS_OF + BUSES - 1,
				     .ecam = FIRST_ECAM + sizeof(space[0])};
	return HOSTS;
}

int vm_mmio_map_for_ever(uint64_t paddr, size_t nbytes, volatile void **regs)
{
	assert_int_equal(nbytes, sizeof(space[0]));
	*regs = space[(paddr - FIRST_ECAM) / sizeof(space[0])];
	return 0;
}

void machine_exit(int status)
{
	(void)status;
	exits++;
	abort();
}

void print(const char *format, ...)
{
	(void)format;
	lines++;
}

void pci_number_buses(const struct pci_host *host, volatile uint8_t *ecam)
{
	(void)host, (void)ecam;
	fail(); /* firmware has */
}

void pci_place_bars(const struct pci_host *host, struct pci_function *functions, unsigned n)
{
	(void)host, (void)functions, (void)n;
	fail();
}

/* ---- Functions ---- */

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static uint8_t *function(unsigned host, unsigned bus, unsigned device, unsigned fn, uint32_t class_code)
{
	uint8_t *config = &space[host][bus * (size_t)BUS_BYTES + (device << 15) + (fn << 12)];

	memset(config, 0, 4096);
	put32(config + PCI_ID, 0x12345678);
	put32(config + PCI_CLASS, class_code << 8);
	return config;
}

static unsigned scan(void)
{
	pci_init();
	return pci_count();
}

static const struct pci_function *at(uint16_t segment, unsigned bus, unsigned devfn)
{
	for (unsigned i = 0; i < pci_count(); i++) {
		const struct pci_function *fn = pci_function(i);

		if (fn->segment == segment && fn->bus == bus && fn->devfn == devfn)
			return fn;
	}
	return NULL;
}

static void what_is_found(void **state)
{
	uint8_t *config;

	(void)state;
	memset(space, 0xff, sizeof(space));
	boot_info.ram.count = 1;
	boot_info.ram.range[0] = (struct boot_range){0x100000, 0x40000000};
	/* The host bridge: without its decoding, memory of many is gone. */
	config = function(0, 0, 0, 0, HOST_BRIDGE);
	put32(config + PCI_COMMAND, PCI_COMMAND_DECODE | PCI_COMMAND_MASTER);
	put32(config + PCI_BAR0, BAR);
	/* A BAR of 64 bits above 4 GiB. */
	config = function(0, 0, 1, 0, NVME);
	put32(config + PCI_COMMAND, PCI_COMMAND_DECODE | PCI_COMMAND_MASTER);
	put32(config + PCI_BAR0, 0x00000000 | PCI_BAR_64 | PCI_BAR_PREFETCHABLE);
	put32(config + PCI_BAR0 + 4, 0x38);
	/* Function 0 hides: what stands behind it is nobody's to find. */
	(void)function(0, 0, 2, 1, NVME);
	/* Function 0 alone, and one that has more. */
	(void)function(0, 1, 0, 0, NVME);
	(void)function(0, 1, 0, 1, NVME);
	config = function(0, 1, 1, 0, NVME);
	config[PCI_HEADER + 2] = PCI_HEADER_MULTI;
	(void)function(0, 1, 1, 7, NVME);
	/* The same place in another segment. */
	(void)function(1, 0, 1, 0, NVME);
	/* A BAR in the midst of RAM. */
	config = function(1, 2, 31, 0, NVME);
	put32(config + PCI_BAR0, 0x200000);

	assert_int_equal(scan(), 7);
	assert_null(at(0, 0, 2 << 3 | 1));
	assert_null(at(0, 1, 1));
	assert_non_null(at(0, 1, 1 << 3 | 7));
	assert_int_equal(at(7, FIRST_BUS_OF, 1 << 3)->class_code, NVME);
	assert_int_equal(pci_host_of(at(7, FIRST_BUS_OF, 1 << 3))->segment, 7);
	assert_true(at(0, 0, 1 << 3)->bar[0].paddr == UINT64_C(0x3800000000));
	assert_int_equal(at(7, FIRST_BUS_OF + 2, 31 << 3)->bar[0].paddr, 0);
	assert_true(lines > 0);
	assert_int_equal(exits, 0);
}

static void a_host_bridge_goes_on_decoding(void **state)
{
	(void)state;
	assert_int_equal(at(0, 0, 0)->class_code, HOST_BRIDGE);
	assert_int_equal(at(0, 0, 0)->bar[0].size, 0); /* its BARs have not been sized */
	assert_int_equal(pci_read32(at(0, 0, 0)->config, PCI_BAR0), BAR);
}

static void commands_are_as_before(void **state)
{
	(void)state;
	assert_int_equal(pci_read32(at(0, 0, 1 << 3)->config, PCI_COMMAND), PCI_COMMAND_DECODE | PCI_COMMAND_MASTER);
	assert_int_equal(pci_read32(at(0, 0, 1 << 3)->config, PCI_BAR0 + 4), 0x38);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found),
		cmocka_unit_test(a_host_bridge_goes_on_decoding),
		cmocka_unit_test(commands_are_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
