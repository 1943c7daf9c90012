/* SPDX-License-Identifier: MPL-2.0 */
/* Attributes of a leaf of the kernel's page tables. */
#ifndef BARE_VM_ATTR_H
#define BARE_VM_ATTR_H

enum vm_attr {
	VM_CACHED = 0,	 /* normal memory, write-back */
	VM_UNCACHED = 1, /* normal memory that no cache holds */
	VM_DEVICE = 2,	 /* registers: uncached, unreordered, no speculation */
	VM_TYPE = 3,	 /* mask of the three above */
	VM_SHARED = 4,	 /* visible to the host of a confidential VM (a software bit where there is none) */
	VM_READ_ONLY = 8,
	VM_EXECUTABLE = 16,
};

#endif
