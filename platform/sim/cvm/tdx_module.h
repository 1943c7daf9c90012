/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A model of the Intel TDX module as a guest sees it: TDCALL's leaves that conversions need, after the module's base
 * architecture (348549), its ABI (348551) and the guest-hypervisor interface (348552), by section.
 */
#ifndef PLATFORM_SIM_TDX_MODULE_H
#define PLATFORM_SIM_TDX_MODULE_H

#include "cvm_world.h"

/* A line for each rule: name, document and section, what breaks it. */
#define TDX_RULES(R)                                                                                                   \
	R(TDX_LEAF, "ABI 5.4", "a leaf that no module has")                                                            \
	R(TDX_INFO_OPERANDS, "ABI 5.4.6", "TDG.VP.INFO with a version other than 0 in RAX")                            \
	R(TDX_MASK_LOW, "ABI 5.4.9", "TDG.VP.VMCALL: RCX passes RAX, RCX or RSP to the hypervisor")                    \
	R(TDX_MASK_RESERVED, "ABI 5.4.9", "TDG.VP.VMCALL: bits of RCX that are reserved")                              \
	R(TDX_MASK_MISSES, "GHCI 2.4.1", "TDG.VP.VMCALL: RCX does not pass R10 to R13, where the request stands")      \
	R(TDX_VMCALL_STANDARD, "GHCI 2.4.1", "R10 is not 0 for a standard sub-function")                               \
	R(TDX_SUBFUNCTION, "GHCI table 2-7", "a sub-function that is reserved")                                        \
	R(TDX_MAP_UNALIGNED, "GHCI 3.2", "MapGPA: R12 or R13 is not a multiple of 4 KiB")                              \
	R(TDX_MAP_EMPTY, "GHCI 3.2", "MapGPA of nothing")                                                              \
	R(TDX_MAP_WIDTH, "GHCI 3.2", "MapGPA beyond the guest's physical addresses, or across the shared bit")         \
	R(TDX_MAP_TWICE, "GHCI 3.2", "MapGPA to shared of a page that is shared, or with other bytes in its range")    \
	R(TDX_MMIO_MASK, "GHCI 3.7", "RequestMMIO: RCX does not pass R14 and R15")                                     \
	R(TDX_MMIO_SIZE, "GHCI 3.7", "RequestMMIO: a size other than 1, 2, 4 and 8 bytes")                             \
	R(TDX_MMIO_DIRECTION, "GHCI 3.7", "RequestMMIO: a direction other than 0 and 1")                               \
	R(TDX_MMIO_PRIVATE, "GHCI 3.7", "RequestMMIO of an address that is not shared, or is memory")                  \
	R(TDX_ACCEPT_RESERVED, "ABI 5.4.3", "TDG.MEM.PAGE.ACCEPT: bits 11:3 or 63:52 of RCX")                          \
	R(TDX_ACCEPT_LEVEL, "ABI 5.4.3", "TDG.MEM.PAGE.ACCEPT: a level other than 4 KiB and 2 MiB")                    \
	R(TDX_ACCEPT_UNALIGNED, "ABI 5.4.3", "TDG.MEM.PAGE.ACCEPT: an address that its level does not have")           \
	R(TDX_ACCEPT_SHARED, "ABI 5.4.3", "TDG.MEM.PAGE.ACCEPT: an address with the shared bit")                       \
	R(TDX_ACCEPT_UNMAPPED, "base 10.8", "TDG.MEM.PAGE.ACCEPT of a page that was not asked back from the hypervisor")

#define TDX_RULE(name, section, text) name,
enum tdx_rule { TDX_RULES(TDX_RULE) TDX_NRULES };
#undef TDX_RULE
extern const struct cvm_rule tdx_rules[TDX_NRULES];

/* The registers at TDCALL, by their numbers: RAX 0, RCX 1, RDX 2, RBX 3, RSP 4, RBP 5, RSI 6, RDI 7, R8 to R15. */
struct tdx_registers {
	uint64_t r[16];
};

extern unsigned tdx_width;	  /* of guest physical addresses in bits: 48 or 52 */
extern unsigned tdx_fails_vmcall; /* the n-th TDG.VP.VMCALL fails in the module; 0: none */

void tdx_module_call(struct tdx_registers *regs);

#endif
