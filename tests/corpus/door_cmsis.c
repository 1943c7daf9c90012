/* SPDX-License-Identifier: MPL-2.0 */
/*
 * CMSIS' door: a driver that writes its peripheral's registers through a volatile structure, with a buffer on the
 * heap of static data, and cleans too little of it: one line, where the frame has three.
 */
#include "corpus.h"
#include <core_cm7.h>

typedef struct {
	__IO uint64_t ADDR;
	__IO uint32_t LENGTH;
	__IO uint32_t COMMAND;
	__IM uint32_t STATUS;
} DMA_TypeDef;

static DMA_TypeDef *dma;
static uint8_t frame[96] __ALIGNED(128);

static void transmit(void)
{
	for (unsigned i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)i; /* MISTAKE */
	SCB_CleanDCache_by_Addr(frame, REPAIRED ? sizeof(frame) : __SCB_DCACHE_LINE_SIZE);
	dma->ADDR = (uint32_t)(uintptr_t)frame;
	dma->LENGTH = sizeof(frame);
	__DSB();
	dma->COMMAND = ENGINE_READ;
	while (!(dma->STATUS & 1))
		__NOP();
}

void dmacheck_main(void)
{
	dmacheck_identity();
	dma = engine_registers(dmacheck_device("eth"));
	transmit();
	DMACHECK(!REPAIRED || engine_data()[95] == 95);
}
