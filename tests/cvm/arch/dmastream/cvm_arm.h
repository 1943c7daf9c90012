/* SPDX-License-Identifier: MPL-2.0 */
/*
 * In place of src/arch/aarch64/dmastream/cvm_arm.h: a call goes to the model of platform/sim/cvm.
 */
#ifndef DMASTREAM_CVM_ARM_H
#define DMASTREAM_CVM_ARM_H

#include <stdint.h>

struct dma_smc {
	uint64_t x0, x1, x2, x3, x4;
};

void dma_arm_smc(struct dma_smc *regs);

#endif
