/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What an architecture folder (platform/bare/<architecture>/) provides to the common files beside it, and what its boot
 * code hands over. A folder holds: boot code and linker script; machine_facts.h with the constants and inline functions
 * listed below; and definitions of the functions declared here.
 *
 * Address space: paddr + MACHINE_LINEAR_BASE is the linear map of all RAM, and the image is linked inside of it, so
 * that every kernel object has one address and one paddr. Mappings made later (uncached memory, registers) lie in
 * [MACHINE_KVA_BASE, MACHINE_KVA_BASE + MACHINE_KVA_SIZE).
 */
#ifndef BARE_MACHINE_H
#define BARE_MACHINE_H

#include <dmastream/platform.h>
#include <dmastream/types.h>

/* platform/bare/<architecture>/machine_facts.h:
 *
 *   MACHINE_LINEAR_BASE   first address of the linear map
 *   MACHINE_LINEAR_SIZE   bytes: RAM from that paddr on is ignored
 *   MACHINE_KVA_BASE, MACHINE_KVA_SIZE   multiples of 64 pages
 *   MACHINE_EARLY_LIMIT   the boot code's own page tables map RAM below this paddr, at its linear address
 *   MACHINE_FAST_UNALIGNED   1 if unaligned loads and stores are as good as aligned ones, else 0
 *
 *   uintptr_t machine_interrupts_off(void)        masks interrupts, returns the state before
 *   void machine_interrupts_restore(uintptr_t state)
 *   bool machine_interrupts_on(void)
 *   void machine_relax(void)                      a pause of a polling loop
 *   unsigned machine_cpu(void)                    the number of this CPU, 0 before there are others
 *   uintptr_t machine_lock_owner(void)            the same, plus 1
 *
 * and the page-table format; levels count from 0 (pages), an entry is 64 bits, a table is one page:
 *
 *   MACHINE_VM_LEVELS                             of the tables in use
 *   bool machine_vm_big(unsigned level)           may a leaf stand at this level (0: always)?
 *   uint64_t machine_vm_leaf(uint64_t paddr, unsigned level, unsigned attr)   attr: vm.h
 *   uint64_t machine_vm_table(uint64_t paddr)
 *   bool machine_vm_present(uint64_t entry)
 *   bool machine_vm_is_leaf(uint64_t entry, unsigned level)
 *   uint64_t machine_vm_paddr(uint64_t entry)     of a leaf or a table
 *   unsigned machine_vm_attr(uint64_t entry, unsigned level)   of a leaf: what machine_vm_leaf() was given; both
 *                                                 leave what is not the memory type to memory/rights.h
 *   void machine_vm_publish(void)                 entries stored before are seen by walks after
 *   void machine_tlb_flush_page(uintptr_t va)     of this CPU, complete when it returns, as is flush_all
 *   void machine_tlb_flush_all(void)
 *   MACHINE_TLB_IS_SHARED                         both do it on every CPU: no interrupt is needed
 *
 * and, where the time is a counter of a known frequency (kernel/ticks.h):
 *
 *   uint64_t machine_counter(void)
 */
#include "machine_facts.h"

/* ---- What boot code finds out ------------------------------------------------------------------------------ */

#define BOOT_RANGES	  256
#define BOOT_COMMAND_LINE 1024

struct boot_range {
	uint64_t base; /* paddr */
	uint64_t size; /* bytes, not 0 */
};

struct boot_ranges {
	struct boot_range range[BOOT_RANGES];
	unsigned count;
};

struct boot_info {
	struct boot_ranges ram;	     /* usable; made of whole pages, sorted and joined by boot_add() */
	struct boot_ranges taken;    /* inside RAM, but in use: the image, boot data, a device tree */
	struct boot_ranges firmware; /* memory, but not ours: firmware tables may lie there; mapped, never handed out */
	uint64_t rsdp;		     /* paddr of ACPI's root pointer; 0: none */
	uint64_t fdt;		     /* paddr of the device tree; 0: none */
	char command_line[BOOT_COMMAND_LINE];
};

extern struct boot_info boot_info;

/* boot.c. Adds a range, sorted and joined with its neighbours; RAM is rounded to whole pages inward, the others
 * outward. Ranges that wrap, are empty, or do not fit any more are left out (false). */
bool boot_add(struct boot_ranges *ranges, uint64_t base, uint64_t size);
/* The same for memory that nobody may use: nothing of it is left out. A range that does not fit any more is joined with
 * its nearest neighbour, and what is between them is not used either; one that wraps ends with the last page. False
 * only where not even that is possible. */
bool boot_reserve(struct boot_ranges *ranges, uint64_t base, uint64_t size);
/* Is the whole range inside one of these? */
bool boot_contains(const struct boot_ranges *ranges, uint64_t base, uint64_t size);
/* Does any byte lie in one of these? */
bool boot_overlaps(const struct boot_ranges *ranges, uint64_t base, uint64_t size);
void boot_set_command_line(const char *text); /* cut if too long */

/* From the linker script: the image, in this order, each part page aligned. */
extern char image_start[], image_text_end[], image_rodata_end[], image_end[];
/* The page below the boot stack, left unmapped (part of the image). */
extern char image_stack_guard[];

/* The boot code, with boot_info filled, the early page tables on, the console and exception vectors ready and
 * interrupts off, calls this (main.c) on its stack. */
_Noreturn void bare_start(void);

/* ---- What the architecture defines ------------------------------------------------------------------------- */

extern const char machine_name[]; /* "q35", "arm64", … */

/* Once, with the final page tables on, before anything below the console is used: time, interrupt controller. */
void machine_init(void);

/* ---- CPUs and interrupts ----------------------------------------------------------------------------------------- */

/* Once, after firmware tables and PCI are there: finds the interrupt controller and makes it ready for CPU 0. What
 * cannot be used is said in a line; then machine_has_interrupts() is false, devices are polled, and there is one CPU.
 */
void machine_interrupts_init(void);
bool machine_has_interrupts(void);

/* The hardware ids of the CPUs, this one first, at most max; how many. */
unsigned machine_cpus(uint64_t *ids, unsigned max);
struct cpu;
/* Starts a CPU that takes over cpu_start (cpu.h) and calls cpu_main(). False: the firmware or the hardware refused. It
 * need not be running when this returns. */
bool machine_cpu_start(struct cpu *cpu);

/* Interrupts a CPU, which calls cpu_on_ipi(); stores before it are seen there. Any context. */
void machine_ipi(unsigned cpu);
/* Interrupts this CPU once, that long from now, and not at any moment that was asked for before. Interrupts off. */
void machine_timer(uint64_t ns);
/* Waits for an interrupt, with interrupts off before and after; one that is pending is taken before it returns. */
void machine_wait(void);

/* What a device writes, and where, to interrupt a CPU with a number of interrupt.h. */
struct machine_message {
	uint64_t address;
	uint32_t data;
	uint32_t target; /* the CPU's hardware id */
};
/* Are hardware ids more than 8 bits wide to whoever turns messages into interrupts (q35: x2APIC)? */
bool machine_has_wide_ids(void);
struct pci_function;
/* The message with which fn interrupts that CPU. 0, DMA_ENOTSUP, DMA_ENOMEM, DMA_ETIMEDOUT. Interrupts on. */
int machine_message(const struct pci_function *fn, unsigned number, unsigned cpu, struct machine_message *message);
/* The message counts for nothing any more. */
void machine_message_end(const struct pci_function *fn, unsigned number);
/* The registers that messages are written to, which lie behind an IOMMU on some machines: nbytes at paddr. False: not
 * behind one. */
bool machine_doorbell(uint64_t *paddr, uint64_t *nbytes);

/* Makes the table at this paddr the one in use, and flushes the TLB. */
void machine_vm_activate(uint64_t root_paddr);
/* Big pages of the linear map are broken up while code, stack and tables lie in them: replaces a live leaf by a table
 * that maps the same, and flushes (memory/break.c; Arm: break before make, or FEAT_BBM). Other CPUs may use the leaf
 * meanwhile: where it must not be live then, machine_vm_big() allows no big pages once there are several. */
void machine_vm_break(uint64_t *entry, uint64_t table_entry, uintptr_t va);

void machine_console_write(const char *text, size_t nbytes);

uint64_t machine_time_ns(void);
/* The counter that measurements are made with, in its own unit. */
uint64_t machine_ticks(void);

/* can_sync, uncached_ok, line_step and line_align of this CPU. */
void machine_cache_info(struct dma_host_info *info);
/* Writes back and drops every line of the range, to the point where devices read and write; does nothing where the CPU
 * cannot. */
void machine_flush_lines(const void *va, size_t nbytes);
/* Do PCI devices snoop the caches? */
bool machine_pci_coherent(void);

/* The PCI host bridges: from ACPI (acpi_pci_hosts() in pci.h), or the machine's own device tree. How many; 0 with a
 * line on the console why. */
struct pci_host;
unsigned machine_pci_hosts(struct pci_host *hosts, unsigned max);

/* Ends the machine with this status for the host: 0 to 100 the application's, or one of these. How each machine tells
 * QEMU is written in the README. */
#define BARE_STATUS_SETUP     101 /* cannot be set up as the command line asks, or of these tables; a line said why */
#define BARE_STATUS_PANIC     110 /* the kernel found itself in a state that cannot be */
#define BARE_STATUS_EXCEPTION 111 /* the CPU did */
_Noreturn void machine_exit(int status); /* kernel/end.c */
/* Tells the host this status, which may end the machine. Once. */
void machine_tell(int status);
/* Switches the machine off, as far as it can. */
_Noreturn void machine_off(void);

#endif
