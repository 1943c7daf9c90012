/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What TDCALL does. Status codes: ABI 3.1 ("completion status"); the lower half names the operand.
 */
#include "tdx_module.h"

#define TDX_TEXT(name, section, text) {#name, section, text},
const struct cvm_rule tdx_rules[TDX_NRULES] = {TDX_RULES(TDX_TEXT)};
#undef TDX_TEXT

enum { RAX, RCX, RDX, R8 = 8, R10 = 10, R11, R12, R13, R14, R15 };

#define OPERAND_INVALID	 UINT64_C(0xc000010000000000)
#define SIZE_MISMATCH	 UINT64_C(0xc0000b0b00000001)
#define ALREADY_ACCEPTED UINT64_C(0x00000b0a00000001)
#define VMCALL_INVALID	 UINT64_C(0x8000000000000000)
#define VMCALL_ALIGN	 UINT64_C(0x8000000000000002)

unsigned tdx_width = 52;
unsigned tdx_fails_vmcall;

static uint64_t shared_bit(void)
{
	return UINT64_C(1) << (tdx_width - 1);
}

/* ---- The hypervisor's side of MapGPA ---- */

static void note_repeats(uint64_t gpa, uint64_t size, bool share)
{
	for (uint64_t at = gpa; share && at < gpa + size; at += 4096) {
		const uint8_t *page = cvm_page_at(at);

		if (!page || *page == CVM_SHARED) {
			cvm_breach(TDX_MAP_TWICE, at);
			return;
		}
	}
}

static void answer(struct tdx_registers *regs, struct cvm_said said, uint64_t start, uint64_t size)
{
	uint64_t bit = start & shared_bit();

	regs->r[R10] = 0;
	regs->r[R11] = 0;
	switch (said.mood) {
	case CVM_OBEYS:
	case CVM_SAYS_DONE:
		return;
	case CVM_BUSY:
	case CVM_PARTS:
		regs->r[R10] = 1;
		regs->r[R11] = start + (uint64_t)said.pieces * 4096;
		return;
	case CVM_SAYS_MORE:
		regs->r[R10] = 1;
		regs->r[R11] = start + size + 4096;
		return;
	case CVM_SAYS_ELSEWHERE:
		regs->r[R10] = 1;
		regs->r[R11] = bit | UINT64_C(0x7000000000);
		return;
	case CVM_SAYS_BACKWARDS:
		regs->r[R10] = 1;
		regs->r[R11] = start - 4096;
		return;
	case CVM_SAYS_UNALIGNED:
		regs->r[R10] = 1;
		regs->r[R11] = start + 8;
		return;
	case CVM_SAYS_NONSENSE: /* the other half of the address space */
		regs->r[R10] = 1;
		regs->r[R11] = (start ^ bit) | (bit ^ shared_bit());
		return;
	case CVM_FAILS_THERE:
		regs->r[R10] = VMCALL_INVALID;
		regs->r[R11] = start + (uint64_t)said.pieces * 4096;
		return;
	default:
		regs->r[R10] = VMCALL_INVALID;
		regs->r[R11] = start;
	}
}

static void map_gpa(struct tdx_registers *regs)
{
	uint64_t start = regs->r[R12], size = regs->r[R13], gpa = start & ~shared_bit();
	bool share = (start & shared_bit()) != 0;
	struct cvm_said said;

	if (start % 4096 || size % 4096) {
		cvm_breach(TDX_MAP_UNALIGNED, start | size);
		regs->r[R10] = VMCALL_ALIGN;
		return;
	}
	regs->r[R10] = VMCALL_INVALID;
	if (size == 0) {
		cvm_breach(TDX_MAP_EMPTY, start);
		return;
	}
	if (start >> tdx_width || gpa + size > shared_bit() || gpa + size < gpa) {
		cvm_breach(TDX_MAP_WIDTH, start);
		return;
	}
	note_repeats(gpa, size, share);
	said = cvm_hypervisor((unsigned)(size / 4096));
	cvm_turn(gpa, said.pieces, share, CVM_PENDING);
	answer(regs, said, start, size);
}

static void request_mmio(struct tdx_registers *regs)
{
	uint64_t size = regs->r[R12], gpa = regs->r[R14], value = regs->r[R15];

	regs->r[R10] = VMCALL_INVALID;
	if ((regs->r[RCX] & 0xc000) != 0xc000)
		cvm_breach(TDX_MMIO_MASK, regs->r[RCX]);
	else if (size != 1 && size != 2 && size != 4 && size != 8)
		cvm_breach(TDX_MMIO_SIZE, size);
	else if (regs->r[R13] > 1)
		cvm_breach(TDX_MMIO_DIRECTION, regs->r[R13]);
	else if (!(gpa & shared_bit()) || gpa >> tdx_width || cvm_page_at(gpa & ~shared_bit()))
		cvm_breach(TDX_MMIO_PRIVATE, gpa);
	else if (cvm_access(gpa & ~shared_bit(), (unsigned)size, regs->r[R13] == 1, &value)) {
		regs->r[R10] = 0;
		regs->r[R11] = regs->r[R13] ? 0 : value;
	}
}

static void vmcall(struct tdx_registers *regs)
{
	static unsigned calls;
	uint64_t mask = regs->r[RCX];

	regs->r[RAX] = OPERAND_INVALID | RCX;
	if (mask & 0x13) {
		cvm_breach(TDX_MASK_LOW, mask);
		return;
	}
	if (mask >> 16) {
		cvm_breach(TDX_MASK_RESERVED, mask);
		return;
	}
	if (!tdx_fails_vmcall)
		calls = 0;
	else if (++calls == tdx_fails_vmcall)
		return;
	regs->r[RAX] = 0;
	if ((mask & 0x3c00) != 0x3c00) {
		cvm_breach(TDX_MASK_MISSES, mask);
	} else if (regs->r[R10] != 0) {
		cvm_breach(TDX_VMCALL_STANDARD, regs->r[R10]);
	} else if (regs->r[R11] == 48) {
		request_mmio(regs);
		return;
	} else if (regs->r[R11] != 0x10001) {
		cvm_breach(TDX_SUBFUNCTION, regs->r[R11]);
	} else {
		map_gpa(regs);
		return;
	}
	regs->r[R10] = VMCALL_INVALID;
}

/* ---- The module's own ---- */

static uint64_t accept_pages(uint64_t gpa, unsigned n)
{
	unsigned pending = 0;

	for (unsigned i = 0; i < n; i++) {
		const uint8_t *page = cvm_page_at(gpa + (uint64_t)i * 4096);

		if (!page || *page == CVM_SHARED) {
			/* On hardware an EPT violation: the hypervisor has to map a page first, and may never. */
			cvm_breach(TDX_ACCEPT_UNMAPPED, gpa);
			return OPERAND_INVALID | RCX;
		}
		pending += *page == CVM_PENDING;
		if (*page == CVM_PENDING && (n > 1) != cvm_world.large[page - cvm_world.page])
			return SIZE_MISMATCH;
	}
	if (cvm_module_fails())
		return OPERAND_INVALID | RCX;
	if (pending == 0)
		return ALREADY_ACCEPTED;
	for (unsigned i = 0; i < n; i++)
		*cvm_page_at(gpa + (uint64_t)i * 4096) = CVM_PRIVATE;
	cvm_tell(gpa, n);
	return 0;
}

static uint64_t accept(uint64_t rcx)
{
	uint64_t level = rcx & 7, gpa = rcx & ~UINT64_C(0xfff);

	if (rcx & 0xff8 || rcx >> 52)
		cvm_breach(TDX_ACCEPT_RESERVED, rcx);
	else if (level > 1)
		cvm_breach(TDX_ACCEPT_LEVEL, rcx);
	else if (gpa & shared_bit() || gpa >> tdx_width)
		cvm_breach(TDX_ACCEPT_SHARED, rcx);
	else if (level == 1 && gpa % 0x200000)
		cvm_breach(TDX_ACCEPT_UNALIGNED, rcx);
	else
		return accept_pages(gpa, level ? 512 : 1);
	return OPERAND_INVALID | RCX;
}

void tdx_module_call(struct tdx_registers *regs)
{
	switch (regs->r[RAX] & 0xffff) {
	case 0:
		vmcall(regs);
		return;
	case 1:
		if (regs->r[RAX] >> 16) {
			cvm_breach(TDX_INFO_OPERANDS, regs->r[RAX]);
			regs->r[RAX] = OPERAND_INVALID;
			return;
		}
		regs->r[RAX] = 0;
		regs->r[RCX] = tdx_width;
		regs->r[RDX] = 0;
		regs->r[R8] = 1;
		return;
	case 6:
		regs->r[RAX] = accept(regs->r[RCX]);
		return;
	default:
		cvm_breach(TDX_LEAF, regs->r[RAX]);
		regs->r[RAX] = OPERAND_INVALID;
	}
}
