/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Each rule of the model of TDX's module, broken once.
 */
#include "cvm/tdx_module.h"
#include "guest.h"
#include "rules.h"

static void tdcall(uint64_t rax, uint64_t rcx, uint64_t r10, uint64_t r11, uint64_t r12, uint64_t r13)
{
	struct tdx_registers regs = {.r = {rax, rcx, 0, 0, 0, 0, 0, 0, 0, 0, r10, r11, r12, r13}};

	tdx_module_call(&regs);
}

#define SHARED_52 (UINT64_C(1) << 51)

static void map_gpa(uint64_t gpa, uint64_t size)
{
	tdcall(0, 0xfc00, 0, 0x10001, gpa, size);
}

static void tdx_leaf(void)
{
	tdcall(99, 0, 0, 0, 0, 0);
}
static void tdx_info(void)
{
	tdcall(0x10001, 0, 0, 0, 0, 0);
}
static void tdx_mask_low(void)
{
	tdcall(0, 0xfc10, 0, 0x10001, GUEST_BASE, 4096);
}
static void tdx_mask_reserved(void)
{
	tdcall(0, 0x1fc00, 0, 0x10001, GUEST_BASE, 4096);
}
static void tdx_mask_misses(void)
{
	tdcall(0, 0xdc00, 0, 0x10001, GUEST_BASE, 4096);
}
static void tdx_standard(void)
{
	tdcall(0, 0xfc00, 1, 0x10001, GUEST_BASE, 4096);
}
static void tdx_subfunction(void)
{
	tdcall(0, 0xfc00, 0, 0x10000, GUEST_BASE, 4096);
}
static void tdx_map_unaligned(void)
{
	map_gpa(SHARED_52 | GUEST_BASE | 0x10, 4096);
}
static void tdx_map_empty(void)
{
	map_gpa(SHARED_52 | GUEST_BASE, 0);
}
static void tdx_map_width(void)
{
	map_gpa(SHARED_52 - 4096, 8192);
}
static void tdx_map_twice(void)
{
	map_gpa(SHARED_52 | GUEST_BASE, 4096);
	map_gpa(SHARED_52 | GUEST_BASE, 8192);
}
static void request_mmio(uint64_t mask, uint64_t size, uint64_t direction, uint64_t gpa)
{
	struct tdx_registers regs = {.r = {0, mask, 0, 0, 0, 0, 0, 0, 0, 0, 0, 48, size, direction, gpa, 0}};

	tdx_module_call(&regs);
}

static void tdx_mmio_mask(void)
{
	request_mmio(0x3c00, 4, 0, SHARED_52 | 0xfe000000);
}
static void tdx_mmio_size(void)
{
	request_mmio(0xfc00, 3, 0, SHARED_52 | 0xfe000000);
}
static void tdx_mmio_direction(void)
{
	request_mmio(0xfc00, 4, 2, SHARED_52 | 0xfe000000);
}
static void tdx_mmio_private(void)
{
	request_mmio(0xfc00, 4, 1, 0xfe000000);
}
static void tdx_accept_reserved(void)
{
	tdcall(6, GUEST_BASE | 8, 0, 0, 0, 0);
}
static void tdx_accept_level(void)
{
	tdcall(6, GUEST_BASE | 2, 0, 0, 0, 0);
}
static void tdx_accept_unaligned(void)
{
	tdcall(6, (GUEST_BASE + 4096) | 1, 0, 0, 0, 0);
}
static void tdx_accept_shared(void)
{
	tdcall(6, GUEST_BASE | SHARED_52, 0, 0, 0, 0);
}
static void tdx_accept_unmapped(void)
{
	map_gpa(SHARED_52 | GUEST_BASE, 4096);
	tdcall(6, GUEST_BASE, 0, 0, 0, 0);
}

void (*const rules_tdx[TDX_NRULES])(void) = {
	[TDX_LEAF] = tdx_leaf,
	[TDX_INFO_OPERANDS] = tdx_info,
	[TDX_MASK_LOW] = tdx_mask_low,
	[TDX_MASK_RESERVED] = tdx_mask_reserved,
	[TDX_MASK_MISSES] = tdx_mask_misses,
	[TDX_VMCALL_STANDARD] = tdx_standard,
	[TDX_SUBFUNCTION] = tdx_subfunction,
	[TDX_MAP_UNALIGNED] = tdx_map_unaligned,
	[TDX_MAP_EMPTY] = tdx_map_empty,
	[TDX_MAP_WIDTH] = tdx_map_width,
	[TDX_MAP_TWICE] = tdx_map_twice,
	[TDX_MMIO_MASK] = tdx_mmio_mask,
	[TDX_MMIO_SIZE] = tdx_mmio_size,
	[TDX_MMIO_DIRECTION] = tdx_mmio_direction,
	[TDX_MMIO_PRIVATE] = tdx_mmio_private,
	[TDX_ACCEPT_RESERVED] = tdx_accept_reserved,
	[TDX_ACCEPT_LEVEL] = tdx_accept_level,
	[TDX_ACCEPT_UNALIGNED] = tdx_accept_unaligned,
	[TDX_ACCEPT_SHARED] = tdx_accept_shared,
	[TDX_ACCEPT_UNMAPPED] = tdx_accept_unmapped,
};
