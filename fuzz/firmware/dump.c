/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Prints the machine's real tables over the console, a line of hexadecimal each: seeds for the fuzzers.
 */
#include "../../drivers/bus.h"
#include "../../platform/bare/firmware/firmware.h"
#include "../../platform/bare/kernel/print.h"

int app_main(void)
{
	static const char *const signatures[] = {"DMAR", "MCFG", "FACP", "APIC", "WAET", "HPET"};

	for (unsigned i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		struct acpi_table table;

		if (firmware_table(signatures[i], 0, &table))
			continue;
		print("@table %s ", signatures[i]);
		for (uint32_t k = 0; k < table.nbytes; k++)
			print("%02x", table.bytes[k]);
		print("\n");
	}
	return 0;
}
