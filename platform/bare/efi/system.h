/* SPDX-License-Identifier: MPL-2.0 */
/* For boot protocols that hand over UEFI's system table itself (Linux's on LoongArch), not a loader's handover. */
#ifndef BARE_EFI_SYSTEM_H
#define BARE_EFI_SYSTEM_H

#include <stdint.h>

/* The paddr of the device tree among its configuration tables; 0: there is none, or no such table at that paddr. */
uint64_t efi_system_tree(uint64_t system_paddr);

#endif
