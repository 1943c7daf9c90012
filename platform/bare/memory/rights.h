/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Attributes of a leaf (vm.h) that every page-table format has: shared, read-only, executable. machine_facts.h includes
 * this behind its bits: PTE_SHARED, and of each pair the one that the format has, the other 0:
 *
 *   PTE_WRITE, PTE_READ_ONLY   set where stores may go, or may not
 *   PTE_EXECUTE, PTE_NX        set where fetches may, or may not
 */
#ifndef BARE_RIGHTS_H
#define BARE_RIGHTS_H

#include "vm_attr.h"
#include <stdint.h>

static inline uint64_t rights_bits(unsigned attr)
{
	return (attr & VM_SHARED ? PTE_SHARED : 0) | (attr & VM_READ_ONLY ? PTE_READ_ONLY : PTE_WRITE) |
	       (attr & VM_EXECUTABLE ? PTE_EXECUTE : PTE_NX);
}

static inline unsigned rights_of(uint64_t entry)
{
	return (entry & PTE_SHARED ? VM_SHARED : 0) |
	       ((entry & (PTE_WRITE | PTE_READ_ONLY)) == PTE_READ_ONLY ? VM_READ_ONLY : 0) |
	       ((entry & (PTE_EXECUTE | PTE_NX)) == PTE_EXECUTE ? VM_EXECUTABLE : 0);
}

#endif
