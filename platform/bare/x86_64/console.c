/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The console: a serial port, at I/O ports.
 */
#include "../efi/efi.h"
#include "../firmware/uart_16550.h"
#include "port.h"
#include "x86.h"

enum { COM1 = 0x3f8 };

static uint16_t port = COM1;

static uint8_t read_port(enum uart_16550_register reg)
{
	return in8((uint16_t)(port + reg));
}

static void write_port(enum uart_16550_register reg, uint8_t value)
{
	out8((uint16_t)(port + reg), value);
}

static struct uart_16550 uart = {.read = read_port, .write = write_port};

void console_init(uint16_t wanted)
{
	if (wanted)
		port = wanted;
	uart_16550_init(&uart, true);
}

void machine_console_write(const char *text, size_t nbytes)
{
	uart_16550_print(&uart, text, nbytes);
}

bool machine_has_console(void)
{
	return uart.there;
}
