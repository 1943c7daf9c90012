/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Exceptions (SDM vol. 3, chapter 6): each ends the machine with one line, on a stack of its own, so that a stack
 * overflow is reported, too. Interrupts go on to apic.c; one that nobody expects is reported like an exception.
 */
#include "../kernel/cpu.h"
#include "../kernel/end.h"
#include "port.h"
#include "x86.h"

struct trap_frame {
	uint64_t vector;
	uint64_t error;
	uint64_t rip;
	uint64_t cs;
	uint64_t rflags;
	uint64_t rsp;
	uint64_t ss;
};

_Noreturn void trap_report(const struct trap_frame *frame);
void interrupt_handle(const struct trap_frame *frame);
extern const char trap_stubs[];

enum {
	STUB_BYTES = 16,
	SELECTOR_CODE = 0x08,
	SELECTOR_TSS = 0x18,
	VECTOR_INTERRUPTS = 32, /* exceptions are below */
	GATE_INTERRUPT = 0x8e,
	TSS_AVAILABLE = 0x89,
	PIC1_MASK = 0x21,
	PIC2_MASK = 0xa1,
};

/* In the first pages of the image's data: they are used before it is known that all of the image is in RAM. */
#define EARLY __attribute__((section(".bss.pages")))

static struct task_state {
	uint32_t reserved0;
	uint32_t rsp[6];
	uint32_t reserved1[2];
	uint32_t ist[14]; /* seven, low half first */
	uint32_t reserved2[2];
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed)) tss[BARE_CPUS] EARLY;

static uint64_t gdts[BARE_CPUS][5] EARLY;

static struct {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
} idt[256] EARLY;

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static const char *const names[] = {
	"divide error",
	"debug",
	"NMI",
	"breakpoint",
	"overflow",
	"bound",
	"invalid opcode",
	"no FPU",
	"double fault",
	"FPU segment",
	"invalid TSS",
	"segment not present",
	"stack segment",
	"general protection",
	"page fault",
	"reserved",
	"FPU error",
	"alignment check",
	"machine check",
	"SIMD error",
};

void trap_report(const struct trap_frame *frame)
{
	uint64_t cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	end_by_exception("%s (vector %lu): error 0x%lx, rip 0x%lx, cr2 0x%lx, rsp 0x%lx",
			 end_cause(names, sizeof(names) / sizeof(names[0]), frame->vector), frame->vector, frame->error,
			 frame->rip, cr2, frame->rsp);
}

void interrupt_handle(const struct trap_frame *frame)
{
	if (!apic_interrupt(frame->vector))
		trap_report(frame);
}

static void idt_init(void)
{
	for (unsigned i = 0; i < 256; i++) {
		uint64_t stub = (uint64_t)trap_stubs + (uint64_t)i * STUB_BYTES;

		idt[i].offset_low = (uint16_t)stub;
		idt[i].offset_middle = (uint16_t)(stub >> 16);
		idt[i].offset_high = (uint32_t)(stub >> 32);
		idt[i].selector = SELECTOR_CODE;
		idt[i].ist = i < VECTOR_INTERRUPTS;
		idt[i].type = GATE_INTERRUPT;
	}
	out8(PIC1_MASK, 0xff);
	out8(PIC2_MASK, 0xff);
}

void traps_init(void)
{
	unsigned cpu = machine_cpu();
	uint64_t *gdt = gdts[cpu], at = (uint64_t)&tss[cpu];
	uint64_t stack = cpus[cpu].trap_stack;
	struct table_pointer gdt_pointer = {sizeof(gdts[cpu]) - 1, (uint64_t)gdt};
	struct table_pointer idt_pointer = {sizeof(idt) - 1, (uint64_t)idt};

	if (cpu == 0)
		idt_init();
	tss[cpu].ist[0] = (uint32_t)stack;
	tss[cpu].ist[1] = (uint32_t)(stack >> 32);
	tss[cpu].io_map = sizeof(tss[cpu]);
	gdt[1] = 0x00af9b000000ffff; /* 64-bit code */
	gdt[2] = 0x00cf93000000ffff; /* data */
	gdt[3] = (sizeof(tss[cpu]) - 1) | (at & 0xffffff) << 16 | (uint64_t)TSS_AVAILABLE << 40 |
		 (at >> 24 & 0xff) << 56;
	gdt[4] = at >> 32;
	__asm__ volatile("lgdt %0; lidt %1; ltr %w2"
			 :
			 : "m"(gdt_pointer), "m"(idt_pointer), "r"(SELECTOR_TSS)
			 : "memory");
}
