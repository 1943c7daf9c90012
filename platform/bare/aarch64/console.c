/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PL011 output. UARTFR (3.3.3) is polled with a bound: a console that never drains must not stop the machine.
 */
#include "console.h"

#include "../efi/efi.h"
#include "../firmware/fdt_boot.h"
#include "mmu.h"

enum {
	UARTDR = 0x00,
	UARTFR = 0x18,
	UARTFR_FULL = 1 << 5,
	POLLS = 1000000,
	REGISTERS = 0x1000,
};

static volatile uint8_t *uart;

static void put(uint32_t character)
{
	unsigned polls = 0;

	while (polls < POLLS && (*(volatile uint32_t *)(uart + UARTFR) & UARTFR_FULL)) {
		machine_relax();
		polls++;
	}
	*(volatile uint32_t *)(uart + UARTDR) = character;
	if (polls == POLLS) /* it sends nothing: nobody waits for it a second time */
		uart = NULL;
}

void machine_console_write(const char *text, size_t nbytes)
{
	if (!uart)
		return;
	for (size_t i = 0; i < nbytes && uart; i++) {
		if (text[i] == '\n')
			put('\r');
		if (uart)
			put((unsigned char)text[i]);
	}
}

void console_init_at(uint64_t paddr)
{
	if (paddr && !(paddr & 3))
		uart = early_map_registers(paddr);
}

uint64_t console_paddr(void)
{
	return (uint64_t)(uintptr_t)uart; /* mapped there */
}

void console_init(void)
{
	uint64_t paddr;

	if (fdt_console("arm,pl011", REGISTERS, &paddr))
		console_init_at(paddr);
}

bool machine_has_console(void)
{
	return uart != NULL;
}
