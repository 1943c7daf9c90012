/* SPDX-License-Identifier: MPL-2.0 */
/* The linear map: all RAM at one offset (machine.h). */
#ifndef BARE_LINEAR_H
#define BARE_LINEAR_H

#include "../machine.h"

static inline void *vm_linear(uint64_t paddr)
{
	return (void *)(uintptr_t)(MACHINE_LINEAR_BASE + paddr);
}

static inline uint64_t vm_linear_paddr(const void *linear)
{
	return (uint64_t)(uintptr_t)linear - MACHINE_LINEAR_BASE;
}

#endif
