/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the survey (apps/survey) asks of a platform beyond bus.h: what the machine is, what its firmware says, which
 * IOMMUs it could use, and a place where a report outlives a reset. Machines that EFI firmware starts implement it.
 */
#ifndef DRIVERS_FACTS_H
#define DRIVERS_FACTS_H

#include "bus.h"

struct facts_machine {
	char cpu[64];		 /* the CPU's own name, or its identification registers */
	char instructions[64];	 /* of cache maintenance that it has, by their names */
	char hypervisor[16];	 /* as it names itself; "" on real hardware, or where it hides */
	char firmware[32];	 /* "EFI 2.70", or "none" */
	char tables_by[8];	 /* who made the firmware's tables (ACPI's OEM id) */
	uint64_t memory_bytes;	 /* that the kernel uses */
	uint64_t firmware_bytes; /* that stays the firmware's */
	unsigned width, height;	 /* of the screen, pixels; 0: none */
	bool serial;		 /* there is a serial port */
};
void facts_machine(struct facts_machine *out);

/* The signature of the index-th table of ACPI's root table; false past the last. */
bool facts_table_name(unsigned index, char name[5]);
/* The index-th table of that signature, its header included. 0, DMA_ENODEV, DMA_EINVAL. */
int facts_table(const char *signature, unsigned index, const uint8_t **bytes, size_t *nbytes);

/* The index-th SMMUv3 of the device tree, where the machine has no ACPI: its registers, and whether the tree says that
 * its walks snoop. False past the last. */
bool facts_tree_smmu(unsigned index, uint64_t *registers, bool *coherent);

/* What the platform and the library have said so far, line by line: what of the firmware's tables is odd, and what of
 * the hardware. Cut at a few KiB. */
const char *facts_lines(void);

/* A PCI function, and what its DMA looks like to an IOMMU. */
struct facts_function {
	struct bus_pci pci;
	bool bridge;
	uint8_t secondary;  /* bridge: the bus behind it */
	uint16_t requester; /* bus << 8 | devfn, as the IOMMU sees it */
	unsigned group;	    /* index of the function that stands for all that must share a domain */
};
bool facts_function(unsigned index, struct facts_function *out);

/* Takes the IOMMUs of that kind over ("vtd", "amdvi", "smmuv3", "virtio"): from then on bus_pci_dma_init() gives every
 * device a domain of its own there. Once. 0, or an error after a line. */
int facts_iommu_start(const char *kind);
/* Where the registers of the unit in front of the index-th function lie; false: no unit that was taken over is. */
bool facts_unit_of(unsigned index, uint64_t *registers);
/* Gives them back: they translate nothing any more. 0, or an error: they stay taken. */
int facts_iommu_end(void);
/* Releases of domains that are made from now on wait for others, and are invalidated together. */
void facts_iommu_deferred(bool deferred);

/* Calls late() in an interrupt handler, unless it is called again within that time; 0: not any more. False: the machine
 * has no interrupts, and nothing watches. */
bool facts_alarm(uint64_t ns, void (*late)(void));

/* To the serial port alone: the screen has the same as text. */
void facts_serial(const char *text, size_t nbytes);

/* Keeps a report over the reset, from where the next boot writes it to a file. 0, DMA_ENOTSUP (there is no such
 * place), DMA_ENOSPC (too long), DMA_EIO. Any context. */
int facts_keep(const void *bytes, size_t nbytes);
/* False: facts_end() switches the machine off where a reset is asked for, since the next boot could start the same
 * program without a report, again and again. */
bool facts_resets(void);
/* Ends the machine, by a reset or for good. */
_Noreturn void facts_end(int status, bool reset);

#endif
