/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The other side of a TDX or SEV-SNP guest: the host of an SVM guest with nested paging (AMD APM vol. 2 (24593),
 * chapter 15), which QEMU emulates. TDCALL and PVALIDATE are undefined there, and VMGEXIT is VMMCALL with a prefix:
 * they end the guest's run, and cvm_svm_exits.c has the models answer them. Here: the memory that the guest sees,
 * and the switch to it.
 */
#include "cvm_svm.h"
#include "../../sim/cvm/snp_guest.h"
#include "../../sim/cvm/tdx_module.h"
#include "../cvm/cvm_guest.h"
#include "../cvm/cvm_mock.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "port.h"
#include "x86.h"

enum {
	MSR_EFER = (int)0xc0000080,
	MSR_HOST_SAVE = (int)0xc0010117,
	EFER_SVME = 1 << 12,
	CPUID_SVM = 1 << 2,	   /* 8000_0001, ECX */
	CPUID_NPT = 1 << 0,	   /* 8000_000A, EDX */
	EXIT_NESTED_FAULT = 0x400, /* appendix C */
	NESTED_LEAF = 7,	   /* present, writable, user */
	FLUSH_ALL = 1,
};
#define EVENT_VALID	  (UINT64_C(1) << 31)
#define INTERCEPT_CPUID	  (UINT64_C(1) << 18)
#define INTERCEPT_MSR	  (UINT64_C(1) << 28)
#define INTERCEPT_VMRUN	  (UINT64_C(1) << 32)
#define INTERCEPT_VMMCALL (UINT64_C(1) << 33)

/* 256 MiB: the guest, the tables of this side, the guest's private memory; firmware's tables lie at the end. */
#define GUEST_END      (UINT64_C(112) << 20)
#define PRIVATE_OFFSET (UINT64_C(128) << 20)

static struct svm_guest guest;
static uint8_t host_save[4096] __attribute__((aligned(4096)));
static uint8_t msr_map[8192] __attribute__((aligned(4096)));
static uint64_t window[SVM_ENTRIES] __attribute__((aligned(4096)));
static uint64_t next_table = GUEST_END;
static uint64_t nested_root;

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
		uint64_t *entry = &table[gpa >> shift & (SVM_ENTRIES - 1)], paddr;

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
	guest.vmcb.tlb_control = FLUSH_ALL;
}

static void nested_fault(void)
{
	uint64_t gpa = guest.vmcb.exit_info2, paddr;

	if (!mock_resolve(gpa, &paddr)) {
		print("cvm: at 0x%llx\n", (unsigned long long)guest.vmcb.rip);
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

	if (paddr >= UINT64_C(1) << SVM_ALIAS_BIT || boot_overlaps(&boot_info.ram, paddr, nbytes))
		return false;
	if (mapped != paddr / large) {
		uint64_t root, *table;

		mapped = paddr / large;
		window[0] = (mapped * large) | PTE_PRESENT | PTE_WRITE | PTE_PCD | PTE_PWT | PTE_BIG;
		__asm__ volatile("mov %%cr3, %0" : "=r"(root));
		table = vm_linear(root & PTE_ADDRESS);
		table = vm_linear(table[at >> 39 & (SVM_ENTRIES - 1)] & PTE_ADDRESS);
		table[at >> 30 & (SVM_ENTRIES - 1)] = vm_linear_paddr(window) | PTE_PRESENT | PTE_WRITE;
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

/* ---- The split ---- */

/* The boot code's tables, as the boot code of a SEV-SNP guest would have made them. In the copy that the guest gets. */
static void set_c_bit(uint64_t table, unsigned level)
{
	uint64_t *entries = vm_linear((table & PTE_ADDRESS) + PRIVATE_OFFSET);

	for (unsigned i = 0; i < SVM_ENTRIES; i++) {
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
	if (guest.is_snp) {
		set_c_bit(guest.vmcb.cr3, MACHINE_VM_LEVELS - 1);
		guest.vmcb.cr3 |= mock_plan.alias;
	}
	for (;;) {
		guest.vmcb.tlb_control = guest.vmcb.tlb_control ? FLUSH_ALL : 0;
		svm_run(vm_linear_paddr(&guest.vmcb), &guest.regs);
		guest.vmcb.tlb_control = 0;
		if (guest.vmcb.exit_interrupt & EVENT_VALID) /* 15.7.2: it would have to be delivered again */
			mock_end("an exit while an interrupt is delivered", guest.vmcb.exit_interrupt);
		if (guest.vmcb.exit_code == EXIT_NESTED_FAULT)
			nested_fault();
		else
			svm_exit(&guest);
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
	guest.vmcb.gdtr = (struct svm_segment){.limit = gdt.limit, .base = gdt.base};
	guest.vmcb.idtr = (struct svm_segment){.limit = idt.limit, .base = idt.base};
	guest.vmcb.cs = (struct svm_segment){8, 0xa9b, UINT32_MAX, 0};
	guest.vmcb.ss = guest.vmcb.ds = guest.vmcb.es = (struct svm_segment){16, 0xc93, UINT32_MAX, 0};
	__asm__ volatile("mov %%cr0, %0" : "=r"(guest.vmcb.cr0));
	__asm__ volatile("mov %%cr3, %0" : "=r"(guest.vmcb.cr3));
	__asm__ volatile("mov %%cr4, %0" : "=r"(guest.vmcb.cr4));
	guest.vmcb.efer = read_msr((uint32_t)MSR_EFER);
	guest.vmcb.dr6 = 0xffff0ff0;
	guest.vmcb.dr7 = 0x400;
	guest.vmcb.pat = read_msr(0x277);
	__asm__ volatile("vmsave %0" : : "a"(vm_linear_paddr(&guest.vmcb)) : "memory"); /* FS, GS, TR, LDTR */
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
	guest.is_snp = text_equal(technology, "snp");
	if (!guest.is_snp && !text_equal(technology, "tdx"))
		return false;
	if (!(cpuid(0x80000001, 0).ecx & CPUID_SVM) || !(cpuid(0x8000000a, 0).edx & CPUID_NPT) ||
	    (cpuid(0x80000008, 0).eax & 0xff) <= SVM_ALIAS_BIT) {
		print("cvm: the emulated CPU needs SVM, nested paging and physical addresses of 48 bits\n");
		return false;
	}
	mock_plan = (struct mock_plan){.end = GUEST_END,
				       .private_offset = PRIVATE_OFFSET,
				       .alias = UINT64_C(1) << SVM_ALIAS_BIT,
				       .alias_is_private = guest.is_snp,
				       .accept_zeroes = !guest.is_snp,
				       .liars_rule = guest.is_snp ? (unsigned)SNP_PV_UNASSIGNED
								  : (unsigned)TDX_ACCEPT_UNMAPPED,
				       .name = guest.is_snp ? "SEV-SNP" : "TDX"};
	mock_begin();
	tdx_width = SVM_ALIAS_BIT + 1;
	snp_c_bit = SVM_ALIAS_BIT;
	snp_cpu.page = ghcb_at;
	(void)make_table(&nested_root);
	(void)mock_call(MOCK_OWN, 0xa0000, 0x60000); /* below 1 MiB: firmware's tables */
	write_msr((uint32_t)MSR_EFER, read_msr((uint32_t)MSR_EFER) | EFER_SVME);
	write_msr((uint32_t)MSR_HOST_SAVE, vm_linear_paddr(host_save));
	intercept_msr((uint32_t)SVM_MSR_GHCB);
	intercept_msr((uint32_t)SVM_MSR_SEV_STATUS);
	save_state();
	guest.vmcb.exceptions = 1u << SVM_UNDEFINED;
	guest.vmcb.intercepts = INTERCEPT_CPUID | INTERCEPT_MSR | INTERCEPT_VMRUN | INTERCEPT_VMMCALL;
	guest.vmcb.msr_map = vm_linear_paddr(msr_map);
	guest.vmcb.asid = 1;
	guest.vmcb.tlb_control = FLUSH_ALL;
	guest.vmcb.nested = 1;
	guest.vmcb.nested_root = nested_root;
	svm_split(&guest.vmcb);
	return true;
}
