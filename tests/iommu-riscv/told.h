/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the library reports of blocked messages and page requests.
 */
#ifndef TESTS_IOMMU_RISCV_TOLD_H
#define TESTS_IOMMU_RISCV_TOLD_H

#include "world.h"

struct told {
	unsigned n;
	struct dma_fault last;
};
extern struct told told;

/* From now on, with nothing of before; until the scene ends. */
void told_begin(void);
void told_end(void);

#endif
