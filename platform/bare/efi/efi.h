/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A machine that EFI firmware has started: memory as the firmware says, its screen, and its runtime services, which go
 * on working: reset, power off, variables.
 */
#ifndef BARE_EFI_H
#define BARE_EFI_H

#include "../machine.h"
#include "handover.h"

/* What the loader handed over; magic is 0 where other boot loaders started the machine. */
extern struct efi_handover efi_handover;

static inline bool efi_started(void)
{
	return efi_handover.magic == EFI_HANDOVER_MAGIC;
}

/* Is that the beginning of a handover? At least 8 bytes are there. */
bool efi_is_handover(const void *at);

/* Fills boot_info: RAM in whole blocks of block_size bytes, what firmware keeps, tables, options. For boot code, whose
 * tables map all that is handed over. */
void efi_boot(uint64_t paddr, uint64_t block_size);

/* Maps the memory of the runtime services at its own addresses, and the screen. With the final page tables on. */
void efi_init(void);

/* Ends the machine by the firmware. Returns where EFI has not started it, or the option exit=qemu asks for the way of
 * machines without firmware; elsewhere it prints the status and does not return. The option end=reset resets it, else
 * it is switched off. */
void efi_exit(int status);
void efi_end_by_reset(void); /* whatever the option says, unless a reset could start the same program for ever */
bool efi_may_reset(void);

/* A variable of our own (EFI_GUID_DMASTREAM), kept over the reset; nbytes 0 removes it. 0, DMA_ENOTSUP (no runtime
 * services), DMA_EIO (the firmware refused). Interrupts on. */
int efi_variable_write(const char *name, const void *bytes, size_t nbytes);

/* Keeps a report for the loader of the next boot (kept.h). 0, DMA_ENOTSUP, DMA_ENOSPC, DMA_EIO. */
int efi_report_keep(const void *bytes, size_t nbytes);

/* For an architecture's folder to define: what the CPU calls itself, the instructions of cache maintenance that it has,
 * and the hypervisor, as far as the CPU tells. */
void machine_cpu_facts(char *cpu, size_t cpu_size, char *instructions, size_t instructions_size, char *hypervisor,
		       size_t hypervisor_size);
bool machine_has_console(void);
/* As facts_tree_smmu(); machines without a device tree have none. */
bool machine_tree_smmu(unsigned index, uint64_t *registers, bool *coherent);
/* And: one page of firmware's at its own address, executable and writable, of that
 * type (vm.h). 0, DMA_ENOMEM. And what firmware's code needs of the CPU around a call: interrupts off, floating point
 * registers, writable pages that can be executed. */
int machine_firmware_map(uint64_t paddr, unsigned type);
uintptr_t machine_firmware_begin(void);
void machine_firmware_end(uintptr_t state);

#endif
