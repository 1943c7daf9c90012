/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the EFI program (platform/bare/efi/loader) hands to the image that it carries: one structure at the beginning
 * of a page, and behind it the firmware's memory map. Both lie in loader memory, below MACHINE_EARLY_LIMIT where
 * there is such a limit.
 */
#ifndef BARE_EFI_HANDOVER_H
#define BARE_EFI_HANDOVER_H

#include <stdint.h>

#define EFI_HANDOVER_MAGIC   UINT32_C(0x49464564) /* "dEFI"; a device tree begins with 0xd00dfeed in big endian */
#define EFI_HANDOVER_OPTIONS 1024

enum efi_uart {
	EFI_UART_NONE = 0,
	EFI_UART_PL011 = 1, /* registers in memory */
	EFI_UART_PORT = 2,  /* a 16550 at an I/O port */
};

struct efi_handover {
	uint32_t magic;
	uint32_t nbytes; /* of all that is handed over, from here on */
	uint64_t map;	 /* paddr of the first struct efi_memory */
	uint32_t map_bytes;
	uint32_t descriptor_bytes; /* from one to the next: more than the structure has */
	uint64_t runtime;	   /* paddr of struct efi_runtime; 0: none */
	uint64_t rsdp;		   /* 0: none */
	uint64_t tree;		   /* the device tree; 0: none */
	uint64_t uart;		   /* registers or port */
	uint32_t uart_kind;	   /* enum efi_uart */
	uint32_t format;	   /* enum efi_pixels */
	uint64_t framebuffer;	   /* paddr; 0: there is no screen */
	uint64_t framebuffer_bytes;
	uint32_t width, height; /* pixels */
	uint32_t pixels_per_line;
	uint32_t ticks_per_ms; /* of the CPU's counter, measured against the firmware's clock; 0: not measured */
	uint32_t revision;     /* of the specification that the firmware follows: 2.70 is 0x20046 */
	uint32_t ink;	       /* a pixel of text */
	uint32_t no_reset;     /* 1: a reset could start this program again and again; the machine is switched off */
	char options[EFI_HANDOVER_OPTIONS];
};

#endif
