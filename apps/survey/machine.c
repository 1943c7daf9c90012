/* SPDX-License-Identifier: MPL-2.0 */
/* What the machine is, which tables its firmware gives, and its PCI functions. */
#include "survey.h"

#include "text.h"

enum {
	COMMAND = 0x04,
	COMMAND_MASTER = 4,
	FUNCTIONS = 1024,
	ROWS = 64, /* of functions in a report: a server has hundreds, and what comes behind them matters more */
};

void machine_report(void)
{
	struct facts_machine machine;

	facts_machine(&machine);
	report_object("machine");
	report_string("port", bus_machine());
	report_string("cpu", machine.cpu);
	report_number("cpus", bus_cpus());
	report_string("firmware", machine.firmware);
	report_string("tables_by", machine.tables_by);
	report_string("hypervisor", machine.hypervisor);
	report_bool("emulated", machine.hypervisor[0] || text_same(machine.tables_by, "BOCHS"));
	report_number("memory_mib", machine.memory_bytes >> 20);
	report_number("firmware_mib", machine.firmware_bytes >> 20);
	if (machine.width) {
		report_row("screen");
		report_number("width", machine.width);
		report_number("height", machine.height);
		report_end();
	}
	report_bool("serial", machine.serial);
	report_end();
}

void tables_report(void)
{
	char name[5], all[200];
	struct text t = text_in(all, sizeof(all));

	for (unsigned i = 0; facts_table_name(i, name); i++) {
		text_put(&t, i ? " " : "");
		text_put(&t, name);
	}
	report_string("tables", all);
}

/* ---- PCI ---- */

static void put_digits(struct text *t, unsigned value, unsigned digits)
{
	static const char all[] = "0123456789abcdef";
	char one[2] = {0};

	while (digits-- > 0) {
		one[0] = all[value >> 4 * digits & 15];
		text_put(t, one);
	}
}

/* segment:bus:device.function */
static void put_place(struct text *t, const struct bus_pci *pci)
{
	put_digits(t, pci->segment, 4);
	text_put(t, ":");
	put_digits(t, pci->bus, 2);
	text_put(t, ":");
	put_digits(t, pci->devfn >> 3, 2);
	text_put(t, ".");
	put_digits(t, pci->devfn & 7, 1);
}

static void report_place(const char *name, const struct bus_pci *pci)
{
	char buffer[16];
	struct text t = text_in(buffer, sizeof(buffer));

	put_place(&t, pci);
	report_string(name, buffer);
}

/* Parts of the processor that are functions by name alone: counters, registers of memory controllers. */
static bool is_dull(const struct facts_function *fn)
{
	enum { SYSTEM = 0x08, COUNTERS = 0x11, OTHER = 0x80 };
	unsigned class = fn->pci.class_code >> 16, sub = fn->pci.class_code >> 8 & 0xff;

	return class == COUNTERS || (class == SYSTEM && sub == OTHER);
}

void functions_report(void)
{
	struct facts_function fn, leader;
	unsigned n = 0, rows = 0;
	char buffer[16];

	while (facts_function(n, &fn))
		n++;
	report_number("pci_functions", n);
	report_array("pci");
	for (unsigned i = 0; rows < ROWS && facts_function(i, &fn); i++) {
		struct text t = text_in(buffer, sizeof(buffer));

		if (n > ROWS && is_dull(&fn))
			continue;
		rows++;
		report_row(NULL);
		report_place("at", &fn.pci);
		put_digits(&t, fn.pci.vendor, 4);
		text_put(&t, ":");
		put_digits(&t, fn.pci.device, 4);
		report_string("id", buffer);
		t = text_in(buffer, sizeof(buffer));
		put_digits(&t, fn.pci.class_code, 6);
		report_string("class", buffer);
		report_bool("master", bus_pci_read32(&fn.pci, COMMAND) & COMMAND_MASTER);
		if (fn.bridge)
			report_number("bridge_to", fn.secondary);
		if (fn.requester != (fn.pci.bus << 8 | fn.pci.devfn))
			report_hex("requester", fn.requester, 4);
		if (fn.group != i && facts_function(fn.group, &leader))
			report_place("shares_with", &leader.pci);
		report_end();
	}
	report_end();
}

static uint8_t had_master[FUNCTIONS / 8];
static bool quiet;

/* A bridge without that right would stop what is behind it, and an IOMMU its own reads of tables. */
static bool is_device(const struct facts_function *fn)
{
	enum { BRIDGES = 0x06, IOMMU = 0x0806 };

	return !fn->bridge && fn->pci.class_code >> 16 != BRIDGES && fn->pci.class_code >> 8 != IOMMU;
}

unsigned functions_quiet(void)
{
	struct facts_function fn;
	unsigned n = 0;

	quiet = true;
	for (unsigned i = 0; i < FUNCTIONS && facts_function(i, &fn); i++) {
		if (!is_device(&fn) || !(bus_pci_read32(&fn.pci, COMMAND) & COMMAND_MASTER))
			continue;
		bus_pci_disable(&fn.pci);
		had_master[i / 8] |= (uint8_t)(1u << i % 8);
		n++;
	}
	return n;
}

void functions_put_back(void)
{
	struct facts_function fn;

	for (unsigned i = 0; quiet && i < FUNCTIONS && facts_function(i, &fn); i++) {
		uint32_t command =
			bus_pci_read32(&fn.pci, COMMAND) & 0xffff; /* the status beside it is cleared by ones */
		uint32_t before = command & ~(uint32_t)COMMAND_MASTER;

		before |= had_master[i / 8] >> i % 8 & 1 ? COMMAND_MASTER : 0;
		if (is_device(&fn) && command != before)
			bus_pci_write32(&fn.pci, COMMAND, before);
	}
}
