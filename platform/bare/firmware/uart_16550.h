/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A 16550 (National Semiconductor PC16550D) as a console, polled with a bound. How its registers are reached is the
 * machine's.
 */
#ifndef BARE_UART_16550_H
#define BARE_UART_16550_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum uart_16550_register {
	UART_DATA = 0,
	UART_INTERRUPT_ENABLE = 1,
	UART_FIFO_CONTROL = 2,
	UART_LINE_CONTROL = 3,
	UART_MODEM_CONTROL = 4,
	UART_LINE_STATUS = 5,
	UART_REGISTERS = 8,
};

struct uart_16550 {
	uint8_t (*read)(enum uart_16550_register reg);
	void (*write)(enum uart_16550_register reg, uint8_t value);
	bool there;    /* as far as we know: what sends nothing is not waited for a second time */
	unsigned room; /* bytes that may be written before the next look */
};

/* read and write are set, and work from now on: it stays as firmware has left it, or is set up to 115200 baud. */
void uart_16550_init(struct uart_16550 *uart, bool set_up);
/* Lines end as terminals want it. Bytes for one that is not there are lost. */
void uart_16550_print(struct uart_16550 *uart, const char *text, size_t nbytes);

#endif
