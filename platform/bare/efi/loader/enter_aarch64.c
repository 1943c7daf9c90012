/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Into the image on AArch64, as a boot loader enters a Linux arm64 Image, but that translation and caches are still
 * on: its first instructions turn them off. So all that it reads before it has tables of its own is written back.
 */
#include "loader.h"

const uint64_t enter_limit = UINT64_MAX;
const uint64_t enter_align = UINT64_C(2) << 20;

uint64_t enter_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
}

bool enter_prepare(void)
{
	return true;
}

static void to_memory(uint64_t base, uint64_t nbytes)
{
	uint64_t type, step;

	__asm__("mrs %0, ctr_el0" : "=r"(type));
	step = UINT64_C(4) << (type >> 16 & 15); /* DminLine, in words */
	for (uint64_t at = base & ~(step - 1); at < base + nbytes; at += step)
		__asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
	__asm__ volatile("dsb sy" : : : "memory");
}

/* Of a flattened device tree: its second word, in big endian. */
static uint64_t tree_bytes(uint64_t tree)
{
	uint32_t nbytes = __builtin_bswap32(((const uint32_t *)(uintptr_t)tree)[1]);

	return nbytes < UINT32_C(2) << 20 ? nbytes : UINT32_C(2) << 20;
}

void enter(uint64_t image, uint64_t image_bytes, struct efi_handover *handover)
{
	register uint64_t x0 __asm__("x0") = (uintptr_t)handover;

	__asm__ volatile("msr daifset, #15" : : : "memory");
	to_memory((uintptr_t)handover, handover->nbytes);
	if (handover->tree)
		to_memory(handover->tree, tree_bytes(handover->tree));
	to_memory(image, image_bytes);
	__asm__ volatile("ic ialluis; dsb sy; isb; br %0" : : "r"(image), "r"(x0) : "memory");
	__builtin_unreachable();
}
