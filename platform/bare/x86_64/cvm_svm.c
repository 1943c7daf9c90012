/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The other side of a TDX or SEV-SNP guest: the host of an SVM guest with nested paging (AMD APM vol. 2 (24593),
 * chapter 15), which QEMU emulates. TDCALL and PVALIDATE are undefined there, and VMGEXIT is VMMCALL with a prefix: all
 * of them, CPUID, and the two MSRs end the guest's run here, and go to the models.
 */
#include "cvm_svm.h"
#include "../../sim/cvm/snp_guest.h"
#include "../../sim/cvm/tdx_module.h"
#include "../cvm/cvm_guest.h"
#include "../cvm/cvm_mock.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/frames.h"
#include "../memory/vm.h"
#include "port.h"
#include "x86.h"
#include <dmastream/errors.h>

enum {
	MSR_EFER = (int)0xc0000080,
	MSR_HOST_SAVE = (int)0xc0010117,
	MSR_GHCB = (int)0xc0010130,
	MSR_SEV_STATUS = (int)0xc0010131,
	EFER_SVME = 1 << 12,
	CPUID_SVM = 1 << 2, /* 8000_0001, ECX */
	CPUID_NPT = 1 << 0, /* 8000_000A, EDX */
	UNDEFINED = 6,
	EXIT_UNDEFINED = 0x40 + UNDEFINED, /* appendix C */
	EXIT_CPUID = 0x72,
	EXIT_MSR = 0x7c,
	EXIT_VMMCALL = 0x81,
	EXIT_NESTED_FAULT = 0x400,
	RFLAGS_CARRY = 1,
	NESTED_LEAF = 7, /* present, writable, user */
	FLUSH_ALL = 1,
	ENTRIES = 512,
	ALIAS_BIT = 47,
};
#define EVENT_VALID	  (UINT64_C(1) << 31)
#define INTERCEPT_CPUID	  (UINT64_C(1) << 18)
#define INTERCEPT_MSR	  (UINT64_C(1) << 28)
#define INTERCEPT_VMRUN	  (UINT64_C(1) << 32)
#define INTERCEPT_VMMCALL (UINT64_C(1) << 33)

/* 256 MiB: the guest, the tables of this side, the guest's private memory; firmware's tables lie at the end. */
#define GUEST_END      (UINT64_C(112) << 20)
#define PRIVATE_OFFSET (UINT64_C(128) << 20)

static struct vmcb vmcb;
static uint8_t host_save[4096] __attribute__((aligned(4096)));
static uint8_t msr_map[8192] __attribute__((aligned(4096)));
static uint64_t window[ENTRIES] __attribute__((aligned(4096)));
static struct svm_registers regs;
static uint64_t next_table = GUEST_END;
static uint64_t nested_root;
static bool is_snp;

/* ---- Nested tables ---- */

static uint64_t *make_table(uint64_t *paddr)
{
	uint64_t *table = vm_linear(next_table);

	if (next_table == PRIVATE_OFFSET)
		mock_end("no room for nested tables", next_table);
	*paddr = next_table;
	next_table += DMA_PAGE_SIZE;
	__builtin_memset(table, 0, DMA_PAGE_SIZE);
	return table;
}

/* The entry of the page, or NULL where its tables are not there, unless they are to be made. */
static uint64_t *nested_entry(uint64_t gpa, bool making)
{
	uint64_t *table = vm_linear(nested_root);

	for (unsigned shift = 39;; shift -= 9) {
		uint64_t *entry = &table[gpa >> shift & (ENTRIES - 1)], paddr;

		if (shift == 12)
			return entry;
		if (!*entry) {
			if (!making)
				return NULL;
			(void)make_table(&paddr);
			*entry = paddr | NESTED_LEAF;
		}
		table = vm_linear(*entry & PTE_ADDRESS);
	}
}

static void nested_set(uint64_t gpa)
{
	uint64_t place = mock_place(gpa), *entry = nested_entry(gpa, place != 0);

	if (entry)
		*entry = place ? place | NESTED_LEAF : 0;
}

/* At once, not when the guest asks: no interrupt is lost for want of the page that it is delivered with. */
void machine_mock_changed(uint64_t paddr, unsigned npages)
{
	for (unsigned i = 0; i < npages; i++, paddr += DMA_PAGE_SIZE) {
		nested_set(paddr);
		nested_set(paddr | mock_plan.alias);
	}
	vmcb.tlb_control = FLUSH_ALL;
}

static void nested_fault(void)
{
	uint64_t gpa = vmcb.exit_info2, paddr;

	if (!mock_resolve(gpa, &paddr)) {
		print("cvm: at 0x%llx\n", (unsigned long long)vmcb.rip);
		mock_end("the guest's access goes nowhere", gpa);
	}
	*nested_entry(gpa, true) = paddr | NESTED_LEAF;
}

/* ---- Registers of the true machine ---- */

/* The 2 MiB around an address are mapped behind the first GiB, which the boot tables have. */
bool machine_mock_access(uint64_t paddr, unsigned nbytes, bool write, uint64_t *value)
{
	static uint64_t mapped = UINT64_MAX;
	const uint64_t large = UINT64_C(1) << 21;
	uintptr_t at = MACHINE_LINEAR_BASE + MACHINE_EARLY_LIMIT;
	volatile void *reg = (volatile void *)(at + paddr % large);

	if (paddr >= UINT64_C(1) << ALIAS_BIT || boot_overlaps(&boot_info.ram, paddr, nbytes))
		return false;
	if (mapped != paddr / large) {
		uint64_t root, *table;

		mapped = paddr / large;
		window[0] = (mapped * large) | PTE_PRESENT | PTE_WRITE | PTE_PCD | PTE_PWT | PTE_BIG;
		__asm__ volatile("mov %%cr3, %0" : "=r"(root));
		table = vm_linear(root & PTE_ADDRESS);
		table = vm_linear(table[at >> 39 & (ENTRIES - 1)] & PTE_ADDRESS);
		table[at >> 30 & (ENTRIES - 1)] = vm_linear_paddr(window) | PTE_PRESENT | PTE_WRITE;
		machine_tlb_flush_page(at);
		machine_tlb_flush_all();
	}
	switch (nbytes << 1 | write) {
	case 1 << 1:
		*value = *(volatile uint8_t *)reg;
		break;
	case 2 << 1:
		*value = *(volatile uint16_t *)reg;
		break;
	case 4 << 1:
		*value = *(volatile uint32_t *)reg;
		break;
	case 8 << 1:
		*value = *(volatile uint64_t *)reg;
		break;
	case 1 << 1 | 1:
		*(volatile uint8_t *)reg = (uint8_t)*value;
		break;
	case 2 << 1 | 1:
		*(volatile uint16_t *)reg = (uint16_t)*value;
		break;
	case 4 << 1 | 1:
		*(volatile uint32_t *)reg = (uint32_t)*value;
		break;
	default:
		*(volatile uint64_t *)reg = *value;
	}
	return true;
}

/* ---- Exits ---- */

/* The guest's own tables say where a linear address leads: without its alias bit. */
static bool guest_paddr(uint64_t va, uint64_t *paddr)
{
	uint64_t table = vmcb.cr3;

	for (unsigned shift = 39;; shift -= 9) {
		uint64_t entry, place;

		if (!mock_resolve((table & PTE_ADDRESS) + 8 * (va >> shift & (ENTRIES - 1)), &place))
			return false;
		entry = ((const uint64_t *)vm_linear(place))[va >> shift & (ENTRIES - 1)];
		if (!(entry & PTE_PRESENT))
			return false;
		if (shift == 12 || entry & PTE_BIG) {
			*paddr = (entry & PTE_ADDRESS & ~mock_plan.alias & ~((UINT64_C(1) << shift) - 1)) +
				 (va & ((UINT64_C(1) << shift) - 1));
			return true;
		}
		table = entry;
	}
}

static void tdcall(void)
{
	struct tdx_registers all;

	__builtin_memcpy(all.r, regs.r, sizeof(all.r));
	all.r[0] = vmcb.rax;
	tdx_module_call(&all);
	__builtin_memcpy(regs.r, all.r, sizeof(all.r));
	vmcb.rax = all.r[0];
}

static void pvalidate(void)
{
	uint64_t paddr;
	bool carry = false;

	if (!guest_paddr(vmcb.rax, &paddr))
		mock_end("PVALIDATE of an address that is not mapped", vmcb.rax);
	vmcb.rax = snp_pvalidate(paddr, (uint32_t)regs.r[1], (uint32_t)regs.r[2], &carry);
	vmcb.rflags = (vmcb.rflags & ~(uint64_t)RFLAGS_CARRY) | carry;
}

static bool is_at_rip(const uint8_t *bytes)
{
	return !__builtin_memcmp((const void *)vmcb.rip, bytes, 4);
}

static void undefined(void)
{
	static const uint8_t tdcall_bytes[4] = {0x66, 0x0f, 0x01, 0xcc}, pvalidate_bytes[4] = {0xf2, 0x0f, 0x01, 0xff},
			     vmgexit_bytes[4] = {0xf3, 0x0f, 0x01, 0xd9};

	/* The image's code is the same on both sides. */
	if (vmcb.rip < (uint64_t)image_start || vmcb.rip >= (uint64_t)image_text_end)
		mock_end("an undefined instruction", vmcb.rip);
	if (!is_snp && is_at_rip(tdcall_bytes))
		tdcall();
	else if (is_snp && is_at_rip(pvalidate_bytes))
		pvalidate();
	else if (is_snp && is_at_rip(vmgexit_bytes))
		snp_vmgexit();
	else
		mock_end("an undefined instruction", vmcb.rip);
	vmcb.rip += 4;
}

static void vmmcall(void)
{
	if (*(const uint8_t *)vmcb.rip == 0xf3) {
		undefined();
		return;
	}
	vmcb.rax = mock_call((enum mock_call)vmcb.rax, regs.r[7], regs.r[6]);
	vmcb.rip += 3;
}

static void cpuid_exit(void)
{
	uint32_t leaf = (uint32_t)vmcb.rax, subleaf = (uint32_t)regs.r[1];
	struct cpuid id = cpuid(leaf, subleaf);

	if (!is_snp && leaf == 0 && id.eax < 0x21)
		id.eax = 0x21;
	if (!is_snp && leaf == 0x21) /* "IntelTDX    " */
		id = (struct cpuid){0, 0x65746e49, 0x20202020, 0x5844546c};
	if (is_snp && leaf == 0x80000000 && id.eax < 0x8000001f)
		id.eax = 0x8000001f;
	if (is_snp && leaf == 0x8000001f)
		id = (struct cpuid){0x1a, ALIAS_BIT, 0, 0}; /* SEV, SEV-ES, SEV-SNP */
	vmcb.rax = id.eax;
	regs.r[3] = id.ebx;
	regs.r[1] = id.ecx;
	regs.r[2] = id.edx;
	vmcb.rip += 2;
}

static void msr_exit(void)
{
	uint32_t msr = (uint32_t)regs.r[1];
	uint64_t value = (uint32_t)vmcb.rax | regs.r[2] << 32;

	if (!is_snp || (vmcb.exit_info1 && msr != (uint32_t)MSR_GHCB))
		mock_end("an MSR that this guest does not have", msr);
	if (vmcb.exit_info1) {
		snp_cpu.msr = value;
	} else {
		value = msr == (uint32_t)MSR_GHCB ? snp_cpu.msr : 7; /* SEV_STATUS: SEV, SEV-ES, SEV-SNP */
		vmcb.rax = (uint32_t)value;
		regs.r[2] = value >> 32;
	}
	vmcb.rip += 2;
}

/* ---- The split ---- */

/* The boot code's tables, as the boot code of a SEV-SNP guest would have made them. In the copy that the guest gets. */
static void set_c_bit(uint64_t table, unsigned level)
{
	uint64_t *entries = vm_linear((table & PTE_ADDRESS) + PRIVATE_OFFSET);

	for (unsigned i = 0; i < ENTRIES; i++) {
		if (!(entries[i] & PTE_PRESENT) || entries[i] & mock_plan.alias)
			continue;
		if (level > 0 && !(entries[i] & PTE_BIG))
			set_c_bit(entries[i], level - 1);
		entries[i] ^= mock_plan.alias;
	}
}

void svm_host(struct vmcb *unused)
{
	(void)unused;
	mock_split();
	machine_mock_changed(0, (unsigned)(GUEST_END >> DMA_PAGE_SHIFT));
	if (is_snp) {
		set_c_bit(vmcb.cr3, MACHINE_VM_LEVELS - 1);
		vmcb.cr3 |= mock_plan.alias;
	}
	for (;;) {
		vmcb.tlb_control = vmcb.tlb_control ? FLUSH_ALL : 0;
		svm_run(vm_linear_paddr(&vmcb), &regs);
		vmcb.tlb_control = 0;
		if (vmcb.exit_interrupt & EVENT_VALID) /* 15.7.2: it would have to be delivered again */
			mock_end("an exit while an interrupt is delivered", vmcb.exit_interrupt);
		switch (vmcb.exit_code) {
		case EXIT_NESTED_FAULT:
			nested_fault();
			break;
		case EXIT_UNDEFINED:
			undefined();
			break;
		case EXIT_VMMCALL:
			vmmcall();
			break;
		case EXIT_CPUID:
			cpuid_exit();
			break;
		case EXIT_MSR:
			msr_exit();
			break;
		default:
			print("cvm: at 0x%llx\n", (unsigned long long)vmcb.rip);
			mock_end("an exit that nobody expects", vmcb.exit_code);
		}
	}
}

static void intercept_msr(uint32_t msr) /* 15.11: two bits each, from C001_0000 on in the third 2 KiB */
{
	unsigned bit = (msr & 0x1fff) * 2;

	msr_map[0x1000 + bit / 8] |= (uint8_t)(3 << bit % 8);
}

static void save_state(void)
{
	struct table {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) gdt, idt;

	__asm__ volatile("sgdt %0; sidt %1" : "=m"(gdt), "=m"(idt));
	vmcb.gdtr = (struct svm_segment){.limit = gdt.limit, .base = gdt.base};
	vmcb.idtr = (struct svm_segment){.limit = idt.limit, .base = idt.base};
	vmcb.cs = (struct svm_segment){8, 0xa9b, UINT32_MAX, 0};
	vmcb.ss = vmcb.ds = vmcb.es = (struct svm_segment){16, 0xc93, UINT32_MAX, 0};
	__asm__ volatile("mov %%cr0, %0" : "=r"(vmcb.cr0));
	__asm__ volatile("mov %%cr3, %0" : "=r"(vmcb.cr3));
	__asm__ volatile("mov %%cr4, %0" : "=r"(vmcb.cr4));
	vmcb.efer = read_msr((uint32_t)MSR_EFER);
	vmcb.dr6 = 0xffff0ff0;
	vmcb.dr7 = 0x400;
	vmcb.pat = read_msr(0x277);
	__asm__ volatile("vmsave %0" : : "a"(vm_linear_paddr(&vmcb)) : "memory"); /* FS, GS, TR, LDTR */
}

static uint8_t *ghcb_at(uint64_t paddr)
{
	return vm_linear(paddr);
}

void machine_mock_trim(const char *technology)
{
	struct boot_ranges *ram = &boot_info.ram;
	unsigned n = 0;

	(void)technology;
	for (unsigned i = 0; i < ram->count; i++) {
		struct boot_range range = ram->range[i];

		if (range.base >= GUEST_END)
			continue;
		if (range.size > GUEST_END - range.base)
			range.size = GUEST_END - range.base;
		ram->range[n++] = range;
	}
	ram->count = n;
}

bool machine_mock_start(const char *technology)
{
	is_snp = text_equal(technology, "snp");
	if (!is_snp && !text_equal(technology, "tdx"))
		return false;
	if (!(cpuid(0x80000001, 0).ecx & CPUID_SVM) || !(cpuid(0x8000000a, 0).edx & CPUID_NPT) ||
	    (cpuid(0x80000008, 0).eax & 0xff) <= ALIAS_BIT) {
		print("cvm: the emulated CPU needs SVM, nested paging and physical addresses of 48 bits\n");
		return false;
	}
	mock_plan =
		(struct mock_plan){.end = GUEST_END,
				   .private_offset = PRIVATE_OFFSET,
				   .alias = UINT64_C(1) << ALIAS_BIT,
				   .alias_is_private = is_snp,
				   .accept_zeroes = !is_snp,
				   .liars_rule = is_snp ? (unsigned)SNP_PV_UNASSIGNED : (unsigned)TDX_ACCEPT_UNMAPPED,
				   .name = is_snp ? "SEV-SNP" : "TDX"};
	mock_begin();
	tdx_width = ALIAS_BIT + 1;
	snp_c_bit = ALIAS_BIT;
	snp_cpu.page = ghcb_at;
	(void)make_table(&nested_root);
	(void)mock_call(MOCK_OWN, 0xa0000, 0x60000); /* below 1 MiB: firmware's tables */
	write_msr((uint32_t)MSR_EFER, read_msr((uint32_t)MSR_EFER) | EFER_SVME);
	write_msr((uint32_t)MSR_HOST_SAVE, vm_linear_paddr(host_save));
	intercept_msr((uint32_t)MSR_GHCB);
	intercept_msr((uint32_t)MSR_SEV_STATUS);
	save_state();
	vmcb.exceptions = 1u << UNDEFINED;
	vmcb.intercepts = INTERCEPT_CPUID | INTERCEPT_MSR | INTERCEPT_VMRUN | INTERCEPT_VMMCALL;
	vmcb.msr_map = vm_linear_paddr(msr_map);
	vmcb.asid = 1;
	vmcb.tlb_control = FLUSH_ALL;
	vmcb.nested = 1;
	vmcb.nested_root = nested_root;
	svm_split(&vmcb);
	return true;
}

/* ---- In the guest ---- */

uint64_t machine_mock_call(enum mock_call call, uint64_t a, uint64_t b)
{
	uint64_t rax = call;

	__asm__ volatile("vmmcall" : "+a"(rax) : "D"(a), "S"(b) : "memory");
	return rax;
}

int machine_cvm_find(struct dma_cvm *cvm)
{
	return dma_cvm_tdx(cvm) ? dma_cvm_snp(cvm, NULL) : 0;
}

static void *ghcb;
static uint64_t ghcb_paddr;

static void *this_ghcb(uint64_t *paddr)
{
	*paddr = ghcb_paddr;
	return ghcb;
}

/* GHCB specification, 2.3.2. */
static bool register_ghcb(void)
{
	write_msr((uint32_t)MSR_GHCB, ghcb_paddr | 0x012);
	__asm__ volatile(".byte 0xf3, 0x0f, 0x01, 0xd9" : : : "memory");
	return read_msr((uint32_t)MSR_GHCB) == (ghcb_paddr | 0x013);
}

/* The first page is shared by the MSR protocol. */
void machine_cvm_finish(struct dma_cvm *cvm)
{
	uintptr_t va;
	size_t done;

	if (cvm->pte_bit_shares)
		return;
	ghcb_paddr = frames_take();
	if (!ghcb_paddr || dma_cvm_share(cvm, dma_paddr(ghcb_paddr), 1, &done) ||
	    kva_map(ghcb_paddr, 1, VM_CACHED | VM_SHARED, &va) || !register_ghcb())
		panic("cvm: no GHCB page");
	ghcb = (void *)va;
	if (dma_cvm_snp(cvm, this_ghcb))
		panic("cvm: the technology is gone");
}

void machine_reroute(void (*from)(void), void (*to)(void))
{
	unsigned char *at = (unsigned char *)(uintptr_t)from;
	int32_t distance = (int32_t)((intptr_t)to - ((intptr_t)from + 5));

	at[0] = 0xe9; /* JMP rel32 */
	for (unsigned i = 0; i < 4; i++)
		at[1 + i] = (unsigned char)((uint32_t)distance >> 8 * i);
}
