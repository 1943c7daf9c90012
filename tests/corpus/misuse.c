/* SPDX-License-Identifier: MPL-2.0 */
/*
 * 31 misuses of Linux's DMA API, one a run: MISUSE=number in the environment. Behind each: the rule that reports
 * it, whether Linux's own dma-debug does (6.12, strict IOMMU mode), and what becomes of it in a driver of this library
 * on a real machine: the case of tests/watch/ledger.c in which the ledger reports it; or handle, type: there is no
 * such call, since the handle knows, or has another type; compiler: it warns; refused: an error is returned; safe:
 * it is no mistake there. misuse.sh reads these comments.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/slab.h>
#include <stdlib.h>

static struct device *dev;
static void *regs;
static u8 *buffer; /* 4096 bytes, a page of its own */
static u8 own_data[256] __aligned(128);

static dma_addr_t map(void *at, size_t n, enum dma_data_direction dir)
{
	dma_addr_t addr = dma_map_single(dev, at, n, dir);

	(void)dma_mapping_error(dev, addr);
	return addr;
}

static void unmap(dma_addr_t addr, size_t n, enum dma_data_direction dir)
{
	dma_unmap_single(dev, addr, n, dir);
}

static void several(unsigned n, size_t apart, size_t nbytes, enum dma_data_direction first, enum dma_data_direction dir)
{
	dma_addr_t addr[9];

	for (unsigned i = 0; i < n; i++)
		addr[i] = map(buffer + i * apart, nbytes, i ? dir : first);
	for (unsigned i = 0; i < n; i++)
		unmap(addr[i], nbytes, i ? dir : first);
}

static void list(void)
{
	struct scatterlist sg[3];

	sg_init_table(sg, 3);
	for (unsigned i = 0; i < 3; i++)
		sg_set_buf(&sg[i], buffer + 1024 * i, 512);
	(void)dma_map_sg(dev, sg, 3, DMA_TO_DEVICE);
	dma_unmap_sg(dev, sg, 2, DMA_TO_DEVICE);
}

static void coherent(size_t nbytes, size_t off)
{
	dma_addr_t addr;
	char *at = dma_alloc_coherent(dev, 4096, &addr, GFP_KERNEL);

	dma_free_coherent(dev, nbytes, at + off, addr);
}

static void pool_twice(void)
{
	struct dma_pool *pool = dma_pool_create("pool", dev, 64, 64, 0);
	dma_addr_t addr;
	void *block = dma_pool_alloc(pool, GFP_KERNEL, &addr);

	dma_pool_free(pool, block, addr);
	dma_pool_free(pool, block, addr);
	dma_pool_destroy(pool);
}

static void misuse(int number)
{
	u8 on_stack[64] = {0};
	dma_addr_t addr = 0;

	switch (number) {
	case 1: /* double unmap | double-unmap | dma-debug | released_twice */
		addr = map(buffer, 64, DMA_TO_DEVICE);
		unmap(addr, 64, DMA_TO_DEVICE);
		unmap(addr, 64, DMA_TO_DEVICE);
		break;
	case 2: /* unmap of a smaller size | unmap-mismatch | dma-debug | handle */
		unmap(map(buffer, 128, DMA_TO_DEVICE), 64, DMA_TO_DEVICE);
		break;
	case 3: /* unmap in another direction | unmap-mismatch | dma-debug | handle */
		unmap(map(buffer, 64, DMA_TO_DEVICE), 64, DMA_FROM_DEVICE);
		break;
	case 4: /* coherent memory unmapped | unmap-mismatch | dma-debug | type */
		(void)dma_alloc_coherent(dev, 4096, &addr, GFP_KERNEL);
		unmap(addr, 4096, DMA_BIDIRECTIONAL);
		break;
	case 5: /* unmap of what was never mapped | unmap-mismatch | dma-debug | handle */
		unmap(0x12345000, 64, DMA_TO_DEVICE);
		break;
	case 6: /* map error not asked for | unchecked-mapping | dma-debug | compiler */
		unmap(dma_map_single(dev, buffer, 64, DMA_TO_DEVICE), 64, DMA_TO_DEVICE);
		break;
	case 7: /* sync of what was never mapped | sync-mismatch | dma-debug | synced_when_empty */
		dma_sync_single_for_cpu(dev, 0x12345000, 64, DMA_FROM_DEVICE);
		break;
	case 8: /* sync past the end | sync-mismatch | dma-debug | out_of_range */
		addr = map(buffer, 64, DMA_FROM_DEVICE);
		dma_sync_single_for_cpu(dev, addr, 128, DMA_FROM_DEVICE);
		unmap(addr, 64, DMA_FROM_DEVICE);
		break;
	case 9: /* sync in another direction | sync-mismatch | dma-debug | wrong_direction */
		addr = map(buffer, 64, DMA_FROM_DEVICE);
		dma_sync_single_for_device(dev, addr, 64, DMA_TO_DEVICE);
		unmap(addr, 64, DMA_FROM_DEVICE);
		break;
	case 10: /* sync from the device of a mapping to it | sync-mismatch | dma-debug | wrong_direction */
		addr = map(buffer, 64, DMA_TO_DEVICE);
		dma_sync_single_for_cpu(dev, addr, 64, DMA_FROM_DEVICE);
		unmap(addr, 64, DMA_TO_DEVICE);
		break;
	case 11: /* two mappings with one first line | overlapping-mappings | dma-debug | overlapping */
		several(2, 0, 64, DMA_FROM_DEVICE, DMA_FROM_DEVICE);
		break;
	case 12: /* nine mappings with one first line | overlapping-mappings | dma-debug | overlapping */
		several(9, 0, 64, DMA_FROM_DEVICE, DMA_FROM_DEVICE);
		break;
	case 13: /* map of the stack | not-dma-memory | dma-debug | refused */
		(void)map(on_stack, 64, DMA_TO_DEVICE);
		break;
	case 14: /* map of vmalloc() memory | not-dma-memory | dma-debug | refused */
		(void)map(vmalloc(4096), 4096, DMA_TO_DEVICE);
		break;
	case 15: /* two mappings from the device in one line | overlapping-mappings | dma-debug | line_shared */
		several(2, 16, 16, DMA_FROM_DEVICE, DMA_FROM_DEVICE);
		break;
	case 16: /* unmap of the tail | unmap-mismatch | dma-debug | handle */
		addr = map(buffer, 256, DMA_TO_DEVICE);
		unmap(addr + 128, 128, DMA_TO_DEVICE);
		break;
	case 17: /* unmap of a list with fewer entries | unmap-mismatch | dma-debug | handle */
		list();
		break;
	case 18: /* coherent memory freed with another size | unmap-mismatch | dma-debug | handle */
		coherent(2048, 0);
		break;
	case 19: /* coherent memory freed with another CPU address | unmap-mismatch | dma-debug | handle */
		coherent(4096, 64);
		break;
	case 20: /* never unmapped | leaked-mapping | dma-debug | left */
		(void)map(buffer, 64, DMA_TO_DEVICE);
		break;
	case 21: /* overlapping mappings from the device, first lines apart | overlapping-mappings | | overlapping */
		several(2, 256, 512, DMA_FROM_DEVICE, DMA_FROM_DEVICE);
		break;
	case 22: /* a mapping to the device over one from it | overlapping-mappings | | overlapping */
		several(2, 0, 64, DMA_FROM_DEVICE, DMA_TO_DEVICE);
		break;
	case 23: /* map of the program's code | not-dma-memory | | */
		(void)map((void *)(uintptr_t)misuse, 64, DMA_TO_DEVICE);
		break;
	case 24: /* a mapping from the device that begins in a line | unaligned-mapping | | safe */
		unmap(map(own_data + 8, 64, DMA_FROM_DEVICE), 64, DMA_FROM_DEVICE);
		break;
	case 25: /* a second mapping in the last line of the first | overlapping-mappings | | line_shared */
		addr = map(buffer, 272, DMA_FROM_DEVICE);
		unmap(map(buffer + 320, 64, DMA_FROM_DEVICE), 64, DMA_FROM_DEVICE);
		unmap(addr, 272, DMA_FROM_DEVICE);
		break;
	case 26: /* the CPU writes while the device owns | unsynced-write | | unsynced */
		addr = map(buffer, 64, DMA_TO_DEVICE);
		engine_start(regs, ENGINE_READ, addr, 64);
		buffer[8] = 1;
		while (!engine_done(regs))
			cpu_relax();
		unmap(addr, 64, DMA_TO_DEVICE);
		break;
	case 27: /* the CPU reads without a sync | missing-sync-to-cpu | | */
		addr = map(buffer, 64, DMA_FROM_DEVICE);
		engine_go(regs, ENGINE_WRITE, addr, 64);
		own_data[0] = READ_ONCE(buffer[5]);
		unmap(addr, 64, DMA_FROM_DEVICE);
		break;
	case 28: /* synced for the CPU twice, which is legal | double-sync | | */
		addr = map(buffer, 64, DMA_FROM_DEVICE);
		dma_sync_single_for_cpu(dev, addr, 64, DMA_FROM_DEVICE);
		dma_sync_single_for_cpu(dev, addr, 64, DMA_FROM_DEVICE);
		unmap(addr, 64, DMA_FROM_DEVICE);
		break;
	case 29: /* freed while mapped | freed-while-mapped | | */
		addr = map(buffer, 64, DMA_TO_DEVICE);
		kfree(buffer);
		unmap(addr, 64, DMA_TO_DEVICE);
		break;
	case 30: /* a block given back to its pool twice | double-free | | refused */
		pool_twice();
		break;
	case 31: /* no bytes mapped | empty-mapping | | refused */
		(void)map(buffer, 0, DMA_TO_DEVICE);
		break;
	default:
		break;
	}
}

void dmacheck_main(void)
{
	const char *number = getenv("MISUSE");

	dev = dmacheck_linux_device("misuse");
	regs = engine_registers(dev->sim);
	buffer = kmalloc(4096, GFP_KERNEL);
	own_data[0] = 1;
	misuse(number ? atoi(number) : 0);
}
