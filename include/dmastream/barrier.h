/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The two orders that a driver needs. Sync uses them inside; on coherent memory they are the caller's.
 *
 *     write the descriptor;  dma_publish();  write its valid bit, or ring the doorbell
 *     read the valid bit, or the doorbell's answer;  dma_consume();  read what it announces
 */
#ifndef DMASTREAM_BARRIER_H
#define DMASTREAM_BARRIER_H

#include <dmastream/arch.h> /* src/arch/<architecture>/dmastream/arch.h */

#ifdef __cplusplus
extern "C" {
#endif

/* Every store to RAM before it is seen by devices before any store to RAM or MMIO after it.
 * x86-64: SDM vol. 3, 9.2.2 (stores stay in order). Arm: DDI 0487, B2.3.7 (DMB OSHST). RISC-V: unprivileged ISA,
 * 2.7 (FENCE w,ow). LoongArch: reference manual vol. 1, 2.2.8.1 (DBAR). Any context.
 *
 * Loads are ordered only as far as a store before it depends on them. Who gives a buffer back to the device reads it
 * into memory before (read_bytes does), or decides on what it read before: a value that is only looked at later may be
 * loaded later. */
static inline void dma_publish(void)
{
	dma_arch_publish();
}

/* Every load from RAM after it is at least as new as any load from RAM or MMIO before it.
 * Arm: DMB OSHLD. RISC-V: FENCE ir,r. Any context. */
static inline void dma_consume(void)
{
	dma_arch_consume();
}

#ifdef __cplusplus
}
#endif
#endif
