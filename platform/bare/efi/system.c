/* SPDX-License-Identifier: MPL-2.0 */
/* UEFI's system table (2.10, 4.3, 4.6), whose pointers are paddrs. See system.h. */
#include "system.h"
#include "../memory/linear.h"
#include "uefi.h"

#define SIGNATURE UINT64_C(0x5453595320494249)
#define TABLES	  256 /* that are looked at */
#define CHECKED	  (MACHINE_LINEAR_SIZE - DMA_PAGE_SIZE)

uint64_t efi_system_tree(uint64_t system_paddr)
{
	static const struct efi_guid wanted = EFI_GUID_DEVICE_TREE;
	const struct efi_system *system = vm_linear(system_paddr);
	const struct efi_table *tables;

	if ((system_paddr & 7) || system_paddr > CHECKED || system->header.signature != SIGNATURE ||
	    ((uintptr_t)system->tables & 7) || (uintptr_t)system->tables > CHECKED)
		return 0;
	tables = vm_linear((uintptr_t)system->tables);
	for (uint64_t i = 0; i < system->ntables && i < TABLES; i++)
		if (!__builtin_memcmp(&tables[i].guid, &wanted, sizeof(wanted)))
			return (uintptr_t)tables[i].table;
	return 0;
}
