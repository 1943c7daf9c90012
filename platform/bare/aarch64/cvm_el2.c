/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The other side of a realm (Arm CCA): EL2 of a machine that has it (QEMU: virt,virtualization=on). SMC of EL1 traps
 * there (HCR_EL2.TSC) and goes to the model of the realm monitor; the second stage of translation (Arm ARM DDI 0487,
 * D8) has the protected half of the address space and the shared one, which lie apart in the machine's memory, so
 * that a device reaches shared pages at the addresses that it is told of, with the top bit, and nothing else.
 *
 *     IPA                                       physical
 *     0x00000000  registers, the kernel's own   the same
 *     0x40000000  protected memory              0x80000000 (private_offset), or the same while it is lent
 *     0x80000000  registers, shared             less the top bit
 *     0xc0000000  shared memory                 the same (shared_offset)
 */
#include "../../sim/cvm/realm_monitor.h"
#include "../cvm/cvm_guest.h"
#include "../cvm/cvm_mock.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/linear.h"
#include "console.h"
#include "mmu.h"
#include <dmastream/errors.h>

enum {
	WIDTH = 32, /* of IPAs */
	ENTRIES = 512,
	EC_HVC = 0x16, /* ESR_EL2.EC */
	EC_SMC = 0x17,
	EC_INSTRUCTION_ABORT = 0x20,
	EC_DATA_ABORT = 0x24,
	CALL = 0x4d4f, /* the immediate of HVC: mock_call() */
	RSI_FIRST = 0x190,
	RSI_LAST = 0x1ff,
};
#define TOP	       (UINT64_C(1) << (WIDTH - 1))
#define GUEST_BYTES    (UINT64_C(160) << 20) /* with the device tree, which QEMU puts at 128 MiB */
#define TABLE_BYTES    (UINT64_C(16) << 20)  /* behind them */
#define PRIVATE_OFFSET (UINT64_C(1) << 30)
#define SHARED_OFFSET  TOP
#define GIB	       (UINT64_C(1) << 30)

#define HCR_VM	       UINT64_C(1)
#define HCR_TSC	       (UINT64_C(1) << 19)
/* from level 1 on */
#define VTCR	       (UINT64_C(1) << 31 | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 1 << 6 | (64 - WIDTH))
#define STAGE2_TABLE   UINT64_C(3)
#define STAGE2_MEMORY  (UINT64_C(3) | 0xf << 2 | 3 << 6 | 3 << 8 | 1 << 10)
#define STAGE2_DEVICE  (UINT64_C(3) | 1 << 2 | 3 << 6 | 1 << 10)
#define STAGE2_ADDRESS UINT64_C(0x0000fffffffff000)

/* cvm_el2_entry.S, boot.S */
extern const char el2_take[];
extern uint64_t boot_level; /* CurrentEL at the first instruction */
void el2_host(void);
void el2_exception(uint64_t *x);
_Noreturn void el2_unexpected_exception(uint64_t syndrome, uint64_t at, uint64_t address);

static uint64_t next_table, tables_end, root;

/* ---- The second stage ---- */

static uint64_t make_table(void)
{
	uint64_t paddr = next_table;

	if (next_table == tables_end)
		mock_end("no room for tables", next_table);
	next_table += DMA_PAGE_SIZE;
	__builtin_memset(vm_linear(paddr), 0, DMA_PAGE_SIZE);
	return paddr;
}

static uint64_t *entry_of(uint64_t ipa, bool making)
{
	uint64_t *table = vm_linear(root);

	for (unsigned shift = 30;; shift -= 9) {
		uint64_t *entry = &table[ipa >> shift & (ENTRIES - 1)];

		if (shift == 12)
			return entry;
		if (!*entry) {
			if (!making)
				return NULL;
			*entry = make_table() | STAGE2_TABLE;
		}
		table = vm_linear(*entry & STAGE2_ADDRESS);
	}
}

static void flush(void)
{
	__asm__ volatile("dsb ishst; tlbi vmalls12e1is; dsb ish; isb" : : : "memory");
}

static void set(uint64_t ipa)
{
	uint64_t place = mock_place(ipa), *entry = entry_of(ipa, place != 0);

	if (entry)
		*entry = place ? place | STAGE2_MEMORY : 0;
}

void machine_mock_changed(uint64_t paddr, unsigned npages)
{
	for (unsigned i = 0; i < npages; i++, paddr += DMA_PAGE_SIZE) {
		set(paddr);
		set(paddr | TOP);
	}
	flush();
}

static void fault(uint64_t ipa, uint64_t at)
{
	uint64_t place = ipa & ~TOP & ~(uint64_t)(DMA_PAGE_SIZE - 1);

	/* Registers stand below the guest's memory, and in the shared half. */
	if ((!(ipa & TOP) || place >= mock_plan.base) && !mock_resolve(ipa, &place)) {
		print("cvm: at 0x%llx\n", (unsigned long long)at);
		mock_end("the guest's access goes nowhere", ipa);
	}
	*entry_of(ipa, true) = place | STAGE2_DEVICE;
	flush();
}

/* ---- Exceptions of the guest ---- */

static uint64_t firmware_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
			   "memory");
	return x0;
}

static void smc(uint64_t *x)
{
	struct rsi_registers regs;

	if ((x[0] & ~UINT64_C(0xfff)) != UINT64_C(0xc4000000) || (x[0] & 0xfff) < RSI_FIRST ||
	    (x[0] & 0xfff) > RSI_LAST) {
		x[0] = firmware_call(x[0], x[1], x[2], x[3]); /* PSCI */
		return;
	}
	__builtin_memcpy(regs.x, x, sizeof(regs.x));
	realm_monitor_call(&regs);
	__builtin_memcpy(x, regs.x, sizeof(regs.x));
	for (unsigned i = 5; i < 18; i++)
		x[i] = ~UINT64_C(0); /* a monitor may leave anything there */
}

void el2_exception(uint64_t *x)
{
	uint64_t syndrome, at, address, ipa;

	__asm__ volatile("mrs %0, esr_el2" : "=r"(syndrome));
	__asm__ volatile("mrs %0, elr_el2" : "=r"(at));
	__asm__ volatile("mrs %0, far_el2" : "=r"(address));
	__asm__ volatile("mrs %0, hpfar_el2" : "=r"(ipa));
	switch (syndrome >> 26 & 63) {
	case EC_SMC: /* trapped: the address is its own */
		smc(x);
		__asm__ volatile("msr elr_el2, %0" : : "r"(at + 4));
		return;
	case EC_HVC:
		if ((syndrome & 0xffff) != CALL)
			mock_end("a hypervisor call that does not exist", syndrome & 0xffff);
		x[0] = mock_call((enum mock_call)x[0], x[1], x[2]);
		return;
	case EC_INSTRUCTION_ABORT:
	case EC_DATA_ABORT:
		fault((ipa >> 4 & UINT64_C(0xffffffffff)) << 12 | (address & 0xfff), at);
		return;
	default:
		el2_unexpected_exception(syndrome, at, address);
	}
}

void el2_unexpected_exception(uint64_t syndrome, uint64_t at, uint64_t address)
{
	print("cvm: at 0x%llx, address 0x%llx\n", (unsigned long long)at, (unsigned long long)address);
	mock_end("an exception that nobody expects", syndrome);
}

/* ---- The split ---- */

static void write_config(uint64_t paddr, uint64_t value)
{
	uint64_t *config = vm_linear(mock_place(paddr) + paddr % DMA_PAGE_SIZE);

	*config = value;
}

void el2_host(void)
{
	uint64_t hcr;

	rsi_write = write_config;
	rsi_width = WIDTH;
	root = make_table();
	mock_split();
	__asm__ volatile("msr vtcr_el2, %0; msr vttbr_el2, %1; isb" : : "r"(VTCR), "r"(root) : "memory");
	machine_mock_changed(mock_plan.base, (unsigned)((mock_plan.end - mock_plan.base) >> DMA_PAGE_SHIFT));
	__asm__ volatile("mrs %0, hcr_el2" : "=r"(hcr));
	__asm__ volatile("msr hcr_el2, %0; isb; tlbi alle1; dsb ish; isb" : : "r"(hcr | HCR_VM | HCR_TSC) : "memory");
}

void machine_mock_trim(const char *technology)
{
	struct boot_ranges *ram = &boot_info.ram;

	(void)technology;
	if (ram->count == 0)
		return;
	ram->count = 1;
	if (ram->range[0].size > GUEST_BYTES)
		ram->range[0].size = GUEST_BYTES;
}

bool machine_mock_start(const char *technology)
{
	uint64_t base = boot_info.ram.range[0].base, features;
	register uint64_t x0 __asm__("x0");

	if (!text_equal(technology, "cca"))
		return false;
	__asm__("mrs %0, id_aa64mmfr1_el1" : "=r"(features));
	if (boot_level != 2 << 2 || !(features >> 8 & 15) || base != GIB ||
	    boot_info.ram.range[0].size != GUEST_BYTES) {
		print("cvm: the emulated machine needs EL2 with FEAT_VHE, and 3 GiB of memory from 1 GiB on\n");
		return false;
	}
	if (!early_map_memory(base + PRIVATE_OFFSET, GUEST_BYTES) ||
	    !early_map_memory(base + SHARED_OFFSET, GUEST_BYTES))
		return false;
	mock_plan = (struct mock_plan){.base = base,
				       .end = base + GUEST_BYTES,
				       .private_offset = PRIVATE_OFFSET,
				       .shared_offset = SHARED_OFFSET,
				       .alias = TOP,
				       .accept_zeroes = true,
				       .liars_rule = RSI_SET_AGAIN,
				       .name = "CCA"};
	next_table = base + GUEST_BYTES;
	tables_end = next_table + TABLE_BYTES;
	mock_begin();
	(void)mock_call(MOCK_OWN, console_paddr(), DMA_PAGE_SIZE);
	x0 = vm_linear_paddr(el2_take);
	__asm__ volatile("hvc #0"
			 : "+r"(x0)
			 :
			 : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
			   "x15", "x16", "x17", "x18", "memory", "cc");
	return x0 == 1;
}

bool machine_mock_access(uint64_t paddr, unsigned nbytes, bool write, uint64_t *value)
{
	(void)paddr, (void)nbytes, (void)write, (void)value;
	return false; /* a realm's registers are not trapped */
}

/* ---- In the guest ---- */

uint64_t machine_mock_call(enum mock_call call, uint64_t a, uint64_t b)
{
	register uint64_t x0 __asm__("x0") = call;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;

	__asm__ volatile("hvc #0x4d4f" : "+r"(x0) : "r"(x1), "r"(x2) : "memory");
	return x0;
}

int machine_cvm_find(struct dma_cvm *cvm)
{
	static uint8_t config[4096] __attribute__((aligned(4096)));

	return dma_cvm_cca(cvm, config, dma_paddr(vm_linear_paddr(config)));
}

void machine_cvm_finish(struct dma_cvm *cvm)
{
	(void)cvm;
}
