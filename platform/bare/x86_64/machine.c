/* SPDX-License-Identifier: MPL-2.0 */
/*
 * q35: what the machine is.
 */
#include "../efi/efi.h"
#include "../iommu/iommu_amdvi.h"
#include "../iommu/iommu_virtio.h"
#include "../iommu/iommu_vtd.h"
#include "../pci/pci.h"
#include "x86.h"

const char machine_name[] = "q35";
const struct bare_iommu *const machine_iommus[] = {&bare_vtd, &bare_amdvi, &bare_virtio, NULL};

_Static_assert(DMA_PAGE_SHIFT == 12, "x86-64 has pages of 4 KiB");

void machine_init(void)
{
	time_init();
	efi_init();
}

bool machine_pci_coherent(void)
{
	return true;
}

unsigned machine_pci_hosts(struct pci_host *hosts, unsigned max)
{
	return acpi_pci_hosts(hosts, max);
}
