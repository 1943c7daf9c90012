/* SPDX-License-Identifier: MPL-2.0 */
/*
 * drivers/facts.h on machines that EFI firmware can start.
 */
#include "../../drivers/facts.h"
#include "efi/efi.h"
#include "firmware/firmware.h"
#include "iommu/bare_iommu.h"
#include "kernel/cpu.h"
#include "kernel/print.h"
#include <dmastream/errors.h>

static uint64_t bytes_of(const struct boot_ranges *ranges)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < ranges->count; i++)
		sum += ranges->range[i].size;
	return sum;
}

void facts_machine(struct facts_machine *out)
{
	char name[5], oem[7];

	*out = (struct facts_machine){
		.memory_bytes = bytes_of(&boot_info.ram),
		.firmware_bytes = bytes_of(&boot_info.firmware),
		.width = efi_handover.framebuffer ? efi_handover.width : 0,
		.height = efi_handover.framebuffer ? efi_handover.height : 0,
		.serial = machine_has_console(),
	};
	machine_cpu_facts(out->cpu, sizeof(out->cpu), out->instructions, sizeof(out->instructions), out->hypervisor,
			  sizeof(out->hypervisor));
	if (efi_started())
		format_text(out->firmware, sizeof(out->firmware), "EFI %u.%02u", efi_handover.revision >> 16,
			    efi_handover.revision & 0xffff);
	else
		format_text(out->firmware, sizeof(out->firmware), "none");
	if (firmware_table_name(0, name, oem))
		format_text(out->tables_by, sizeof(out->tables_by), "%s", oem);
}

bool facts_table_name(unsigned index, char name[5])
{
	char oem[7];

	return firmware_table_name(index, name, oem);
}

int facts_table(const char *signature, unsigned index, const uint8_t **bytes, size_t *nbytes)
{
	struct acpi_table table = {0};
	int error = boot_info.rsdp ? firmware_table(signature, index, &table) : DMA_ENODEV;

	if (!error) {
		*bytes = table.bytes;
		*nbytes = table.nbytes;
	}
	return error;
}

bool facts_tree_smmu(unsigned index, uint64_t *registers, bool *coherent)
{
	return !boot_info.rsdp && machine_tree_smmu(index, registers, coherent);
}

const char *facts_lines(void)
{
	return print_said();
}

bool facts_function(unsigned index, struct facts_function *out)
{
	struct pci_function *fn = pci_function(index);

	if (!fn)
		return false;
	*out = (struct facts_function){
		.pci = {.segment = fn->segment,
			.bus = fn->bus,
			.devfn = fn->devfn,
			.vendor = fn->vendor,
			.device = fn->device,
			.class_code = fn->class_code,
			.priv = fn},
		.bridge = fn->bridge,
		.secondary = fn->secondary,
		.requester = pci_requester_of(fn),
		.group = (unsigned)(pci_group_of(fn) - pci_function(0)),
	};
	return true;
}

int facts_iommu_start(const char *kind)
{
	return iommu_start(kind);
}

bool facts_unit_of(unsigned index, uint64_t *registers)
{
	const struct pci_function *fn = pci_function(index);

	return fn && iommu->registers_of && iommu->registers_of(fn, registers);
}

int facts_iommu_end(void)
{
	return iommu_end();
}

void facts_iommu_deferred(bool deferred)
{
	iommu_defer(deferred);
}

bool facts_alarm(uint64_t ns, void (*late)(void))
{
	if (!machine_has_interrupts())
		return false;
	cpu_alarm(ns, late);
	return true;
}

void facts_serial(const char *text, size_t nbytes)
{
	machine_console_write(text, nbytes);
}

int facts_keep(const void *bytes, size_t nbytes)
{
	return efi_report_keep(bytes, nbytes);
}

bool facts_resets(void)
{
	return efi_may_reset();
}

void facts_end(int status, bool reset)
{
	if (reset)
		efi_end_by_reset();
	machine_exit(status);
}
