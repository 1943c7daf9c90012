/* SPDX-License-Identifier: MPL-2.0 */
/*
 * arm64: what the machine is, and from its device tree to the common code.
 */
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

void machine_start(uint64_t tree_paddr)
{
	const void *tree = vm_linear(tree_paddr);
	const char *wrong = "there is none";

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
	return fdt_pci_coherent(false);
}

unsigned machine_pci_hosts(struct pci_host *hosts, unsigned max)
{
	return fdt_pci_hosts(hosts, max);
}
