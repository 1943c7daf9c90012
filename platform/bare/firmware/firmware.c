/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The firmware's tables: acpi.h over the linear map; and the PCI host bridges that MCFG names.
 */
#include "firmware.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "../pci/pci.h"

static struct acpi acpi;

static const uint8_t *firmware_at(void *context, uint64_t paddr, uint64_t nbytes)
{
	(void)context;
	if (!boot_contains(&boot_info.firmware, paddr, nbytes) && !boot_contains(&boot_info.ram, paddr, nbytes))
		return NULL;
	return vm_linear(paddr);
}

static bool overlaps_ram(void *context, uint64_t paddr, uint64_t nbytes)
{
	(void)context;
	return boot_overlaps(&boot_info.ram, paddr, nbytes) || boot_overlaps(&boot_info.firmware, paddr, nbytes);
}

static void say(void *context, const char *line)
{
	(void)context;
	print("acpi: %s\n", line);
}

void firmware_init(void)
{
	static const struct acpi_memory memory = {.at = firmware_at, .is_ram = overlaps_ram, .odd = say};

	if (boot_info.rsdp && acpi_open(&acpi, &memory, boot_info.rsdp)) {
		print("acpi: %s\n", acpi.error);
		machine_exit(BARE_STATUS_SETUP); /* whatever else was missing would only be guessed at */
	}
}

int firmware_table(const char *signature, unsigned index, struct acpi_table *out)
{
	int error = acpi_find_table(&acpi, signature, index, out);

	if (error == DMA_EINVAL)
		print("acpi: %s\n", acpi.error);
	return error;
}

bool firmware_table_name(unsigned index, char name[5], char oem[7])
{
	return boot_info.rsdp && acpi_table_name(&acpi, index, name, oem);
}

unsigned acpi_pci_hosts(struct pci_host *hosts, unsigned max)
{
	struct acpi_table mcfg = {0};
	struct acpi_ecam row;
	unsigned count = 0;
	int error = firmware_table("MCFG", 0, &mcfg);

	if (error == DMA_ENODEV)
		print("pci: no MCFG table, so no configuration space\n");
	for (unsigned i = 0; error != DMA_ENODEV && mcfg.bytes; i++) {
		error = acpi_mcfg_row(&acpi, &mcfg, i, &row);
		if (error == DMA_EINVAL)
			print("acpi: %s\n", acpi.error);
		if (error)
			continue;
		if (count == max) { /* devices that nobody knows of must not be left running */
			print("pci: more than %u host bridges\n", max);
			machine_exit(BARE_STATUS_SETUP);
		}
		hosts[count++] = (struct pci_host){
			.segment = row.segment,
			.first_bus = row.first_bus,
			.last_bus = row.last_bus,
			.ecam = row.base + ((uint64_t)row.first_bus << 20),
		};
	}
	if (count == 0)
		machine_exit(BARE_STATUS_SETUP); /* said above: no device can be reached */
	return count;
}
