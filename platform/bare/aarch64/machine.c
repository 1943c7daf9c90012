/* SPDX-License-Identifier: MPL-2.0 */
/*
 * arm64: what the machine is, and from its device tree to the common code.
 */
#include "../efi/efi.h"
#include "../firmware/fdt_boot.h"
#include "../iommu/iommu_smmuv3.h"
#include "../iommu/iommu_virtio.h"
#include "../kernel/cpu.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "console.h"
#include "mmu.h"

const char machine_name[] = "arm64";
const struct bare_iommu *const machine_iommus[] = {&bare_smmuv3, &bare_virtio, NULL};

/* What EFI says; a device tree beside it says what ACPI does elsewhere. */
static _Noreturn void start_by_efi(uint64_t paddr)
{
	const void *tree;

	efi_boot(paddr, EARLY_BLOCK);
	tree = efi_handover.tree ? vm_linear(efi_handover.tree) : NULL;
	if (tree && !fdt_open(&boot_tree, tree, fdt_total_size(tree)))
		(void)boot_add(&boot_info.taken, efi_handover.tree, fdt_total_size(tree));
	if (efi_handover.uart_kind == EFI_UART_PL011)
		console_init_at(efi_handover.uart);
	else
		console_init();
	early_map_ram();
	cpu_find_features();
	bare_start();
}

void machine_start(uint64_t tree_paddr)
{
	const void *tree = vm_linear(tree_paddr);
	const char *wrong = "there is none";

	if (tree_paddr && !(tree_paddr & 7) && efi_is_handover(tree))
		start_by_efi(tree_paddr);
	if (tree_paddr && !(tree_paddr & 7) && fdt_total_size(tree))
		wrong = boot_from_tree(tree, tree_paddr, fdt_total_size(tree), EARLY_BLOCK);
	if (!wrong || boot_tree.bytes)
		console_init();
	if (wrong)
		panic("device tree: %s", wrong);
	early_map_ram();
	cpu_find_features();
	bare_start();
}

bool machine_pci_coherent(void)
{
	/* With ACPI, firmware would say in its byte code (_CCA) what servers must be anyhow (Arm BSA, PCI_IC_18). */
	return boot_info.rsdp ? true : fdt_pci_coherent(false);
}

unsigned machine_pci_hosts(struct pci_host *hosts, unsigned max)
{
	unsigned count;

	if (boot_info.rsdp)
		return acpi_pci_hosts(hosts, max);
	count = fdt_pci_hosts(hosts, max);
	for (unsigned i = 0; i < count && efi_started(); i++)
		hosts[i].assign = false; /* firmware has; its screen lies where it has put it */
	return count;
}
