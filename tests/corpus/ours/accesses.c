/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Each kind of store that a compiler makes, by KIND: what a driver writes into a mapped buffer without a sync to the
 * device. tests/corpus/accesses.sh.
 */
#include <dmacheck_models.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include <linux/string.h>

typedef int v4 __attribute__((vector_size(16)));
struct big {
	char c[48];
};
struct bits {
	unsigned a : 3, b : 9, c : 20;
};
struct __attribute__((packed)) odd {
	char x;
	unsigned long long y;
};
static struct big from = {"hello"};
static volatile unsigned five = 5;
static u32 was;

static void touch(u8 *p)
{
#if KIND == 0
	p[0] = 1; /* MISTAKE */
#elif KIND == 1
	*(volatile u32 *)p = 7; /* MISTAKE */
#elif KIND == 2
	__atomic_store_n((u32 *)p, 7, __ATOMIC_RELEASE); /* MISTAKE */
#elif KIND == 3
	memcpy(p, &from, sizeof(from)); /* MISTAKE */
#elif KIND == 4
	*(struct big *)p = from; /* MISTAKE */
#elif KIND == 5
	((struct bits *)p)->b = 77; /* MISTAKE */
#elif KIND == 6
	*(v4 *)p = (v4){1, 2, 3, five}; /* MISTAKE */
#elif KIND == 7
	__builtin_memcpy(p, &from, 16); /* MISTAKE */
#elif KIND == 8
	((struct odd *)p)->y = 0x1122334455667788ull; /* MISTAKE */
#elif KIND == 9
	__atomic_fetch_add((u64 *)p, 3, __ATOMIC_SEQ_CST); /* MISTAKE */
#elif KIND == 10
	__atomic_compare_exchange_n((u32 *)p, &was, 3, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); /* MISTAKE */
#elif KIND == 11
	memset(p, 3, (unsigned)five); /* MISTAKE */
#elif KIND == 12
	memmove(p, p + 3, (unsigned)five); /* MISTAKE */
#elif KIND == 13
	for (int i = 0; i < 13 * five; i++)
		p[i] = (u8)i; /* MISTAKE */
#elif KIND == 14
	strcpy((char *)p, from.c); /* MISTAKE */
#elif KIND == 15
	*(unsigned __int128 *)p = (unsigned __int128)five << 70; /* MISTAKE */
#elif KIND == 16
	*(u32 *)(p + 62) = 9; /* MISTAKE */
#elif KIND == 17
	__builtin_memset(p, 1, 64); /* MISTAKE */
#elif KIND == 18
	__sync_lock_test_and_set((u32 *)p, 5); /* MISTAKE */
#elif KIND == 19
	((u8 volatile *)p)[five] |= 1; /* MISTAKE */
#elif KIND == 20
	*(struct big *)p = (struct big){0}; /* MISTAKE */
#elif KIND == 21
	*(struct big *)p = (struct big){.c = {1, 2, 3}}; /* MISTAKE */
#elif KIND == 22
	__builtin_memmove(p, p + 16, 32); /* MISTAKE */
#elif KIND == 23
	__builtin_memcpy(p, &from, 48); /* MISTAKE */
#endif
}
void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("d");
	void *regs = engine_registers(dev->sim);
	u8 *p = kzalloc(256, GFP_KERNEL);
	dma_addr_t a = dma_map_single(dev, p, 256, DMA_BIDIRECTIONAL);

	(void)dma_mapping_error(dev, a);
	dma_sync_single_for_cpu(dev, a, 256, DMA_BIDIRECTIONAL);
	touch(p);
	engine_go(regs, ENGINE_READ, a, 256);
	dma_sync_single_for_device(dev, a, 256, DMA_BIDIRECTIONAL);
	dma_unmap_single(dev, a, 256, DMA_BIDIRECTIONAL);
}
