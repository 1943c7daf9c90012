/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Messages of devices: a bridge (PCH-MSI) turns the number that a device writes into one of 256 extended I/O
 * interrupts, which are routed to cores by IOCSR (Loongson 3A5000 Processor Reference Manual, 11.2, "extended I/O
 * interrupts"). Without an IOMMU nothing keeps a device from writing another's number.
 */
#include "../kernel/cpu.h"
#include "../kernel/interrupt.h"
#include "../kernel/spin.h"
#include "../pci/pci.h"
#include "loongarch.h"

enum {
	MISC_FUNCTION = 0x420,
	NODE_MAP = 0x14a0, /* 16 bits: the nodes that a route's upper half stands for */
	PIN_MAP = 0x14c0,  /* 8 bits for each 32 interrupts: the hardware interrupts that they raise, bit by bit */
	ENABLE = 0x1600,
	BOUNCE = 0x1680,
	PENDING = 0x1800, /* of this core; writing a bit clears it */
	ROUTE = 0x1c00,	  /* 8 bits each: cores of a node, bit by bit, and the index of the node */
	VECTORS = 256,
	CORES_OF_NODE = 4,
	PIN = 2, /* hardware interrupt 1 */
};
#define MISC_EXTENDED (UINT64_C(1) << 48) /* extended I/O interrupts are in use */

static uint64_t doorbell;
static uint32_t base; /* the vector of number 0 of interrupt.h */
static struct dma_lock lock;

bool machine_messages_find(uint64_t *paddr, uint64_t *nbytes)
{
	fdt_node bridge = fdt_compatible(&boot_tree, FDT_NONE, "loongson,pch-msi-1.0");
	base = fdt_u32(&boot_tree, bridge, "loongson,msi-base-vec", VECTORS);
	if (bridge != FDT_NONE &&
	    (base > VECTORS - INTERRUPTS || fdt_u32(&boot_tree, bridge, "loongson,msi-num-vecs", 0) < INTERRUPTS ||
	     !fdt_reg(&boot_tree, bridge, 0, &doorbell, nbytes)))
		bridge = FDT_NONE;
	if (bridge == FDT_NONE)
		return false;
	*paddr = doorbell & ~(uint64_t)(DMA_PAGE_SIZE - 1);
	*nbytes = DMA_PAGE_SIZE;
	iocsr_write64(MISC_FUNCTION, iocsr_read64(MISC_FUNCTION) | MISC_EXTENDED);
	for (uint32_t i = 0; i < VECTORS / 32; i++) {
		iocsr_write(NODE_MAP + 4 * i, UINT32_C(1) << (2 * i + 1) << 16 | UINT32_C(1) << (2 * i));
		iocsr_write(BOUNCE + 4 * i, 0);
		iocsr_write(ENABLE + 4 * i, 0);
	}
	for (uint32_t i = 0; i < VECTORS / 32 / 4; i++)
		iocsr_write(PIN_MAP + 4 * i, PIN * 0x01010101u);
	for (uint32_t i = base; i < base + INTERRUPTS; i++)
		iocsr_write(ENABLE + i / 32 * 4, iocsr_read(ENABLE + i / 32 * 4) | UINT32_C(1) << i % 32);
	return true;
}

void eiointc_cpu_init(void)
{
	for (uint32_t i = 0; i < VECTORS / 32; i++)
		iocsr_write(PENDING + 4 * i, ~UINT32_C(0)); /* what came before */
}

void eiointc_interrupt(void)
{
	for (uint32_t i = 0; i < VECTORS / 32; i++) {
		uint32_t pending = iocsr_read(PENDING + 4 * i);

		/* Cleared first: a message that comes meanwhile is taken once more. */
		iocsr_write(PENDING + 4 * i, pending);
		for (; pending; pending &= pending - 1)
			interrupt_on_message(32 * i + (unsigned)__builtin_ctz(pending) - base);
	}
}

/* Only the cores of the first node are reached: 3A5000s have four each, and QEMU's controller routes to no others. */
bool machine_message_to(unsigned number, unsigned cpu, struct machine_message *message)
{
	uint32_t vector = base + number, at = ROUTE + (vector & ~UINT32_C(3)), shift = 8 * (vector & 3);
	uintptr_t state;

	if (cpus[cpu].hardware_id >= CORES_OF_NODE)
		cpu = 0;
	message->target = (uint32_t)cpus[cpu].hardware_id;
	state = spin_lock(&lock);
	iocsr_write(at, (iocsr_read(at) & ~(UINT32_C(0xff) << shift)) | UINT32_C(1) << cpus[cpu].hardware_id << shift);
	spin_unlock(&lock, state);
	message->address = doorbell;
	message->data = vector;
	return true;
}
