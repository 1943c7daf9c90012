/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The facts of no machine: for the parts of platform/bare that are tested on the host. Unaligned access counts as slow,
 * which no machine of ours that boots so far says.
 */
#ifndef BARE_HOST_MACHINE_FACTS_H
#define BARE_HOST_MACHINE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_LINEAR_BASE    0u
#define MACHINE_LINEAR_SIZE    (UINT64_C(1) << 40)
#define MACHINE_FAST_UNALIGNED 0

static inline void machine_relax(void)
{
}

#endif
