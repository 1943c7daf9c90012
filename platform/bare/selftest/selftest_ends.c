/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Ways for the machine to end, one a boot.
 */
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/frames.h"
#include "../memory/vm.h"
#include "selftest.h"
#include <dmastream/platform.h>

static int success(void)
{
	return 0;
}

static int failure(void)
{
	return 7;
}

static int out_of_range(void)
{
	return 1000;
}

static int panics(void)
{
	panic("as asked, %d", 42);
}

/* Not a constant, so that the compiler cannot know what it leads to. */
static volatile uintptr_t nowhere = 0x10;

static int reads_nothing(void)
{
	return *(volatile int *)nowhere;
}

static int writes_code(void)
{
	*(volatile char *)(uintptr_t)&writes_code = 0;
	return 0;
}

static int executes_data(void)
{
	static char data[16];
	int (*volatile function)(void) = (int (*)(void))(uintptr_t)data;

	return function();
}

static int overflows(void)
{
	volatile char frame[1024];

	frame[0] = (char)nowhere++;
	return nowhere ? overflows() + frame[0] : 0; /* not a tail call */
}

static int frees_twice(void)
{
	uint64_t paddr = 0;

	if (frames_alloc(4, UINT64_MAX, DMA_PAGE_SIZE, &paddr))
		return 1;
	frames_free(paddr + DMA_PAGE_SIZE, 1);
	frames_free(paddr, 4);
	return 1;
}

static int frees_the_image(void)
{
	frames_free(vm_linear_paddr(image_start), 1);
	return 1;
}

static int frees_no_ram(void)
{
	frames_free(MACHINE_LINEAR_SIZE, 1);
	return 1;
}

static int locks_twice(void)
{
	static struct dma_lock lock;

	(void)dma_host_lock(&lock);
	(void)dma_host_lock(&lock);
	return 1;
}

static int unmaps_twice(void)
{
	uint64_t paddr = 0;
	uintptr_t va = 0;

	if (frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &paddr) || kva_map(paddr, 1, VM_CACHED, &va))
		return 1;
	kva_unmap(va, 1);
	kva_unmap(va, 1);
	return 1;
}

static int uses_after_unmap(void)
{
	uint64_t paddr = 0;
	uintptr_t va = 0;

	if (frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &paddr) || kva_map(paddr, 1, VM_CACHED, &va))
		return 1;
	*(volatile int *)va = 1;
	kva_unmap(va, 1);
	kva_flush(va, 1);
	*(volatile int *)va = 2;
	return 1;
}

static const struct {
	const char *name;
	int (*end)(void);
} ends[] = {
	{"success", success},
	{"failure", failure},
	{"out-of-range", out_of_range},
	{"panic", panics},
	{"read-nothing", reads_nothing},
	{"write-code", writes_code},
	{"execute-data", executes_data},
	{"overflow", overflows},
	{"double-free", frees_twice},
	{"foreign-free", frees_the_image},
	{"free-no-ram", frees_no_ram},
	{"lock-twice", locks_twice},
	{"unmap-twice", unmaps_twice},
	{"use-after-unmap", uses_after_unmap},
};

int selftest_end(const char *name)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (text_equal(ends[i].name, name))
			return ends[i].end();
	print("selftest: there is no %s\n", name);
	return 100;
}
