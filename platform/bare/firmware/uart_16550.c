/* SPDX-License-Identifier: MPL-2.0 */
/* See uart_16550.h. */
#include "uart_16550.h"
#include "../machine.h"

enum {
	LINE_CONTROL_8N1 = 0x03,
	LINE_CONTROL_DIVISOR = 0x80,
	LINE_STATUS_ROOM = 0x20, /* the transmit FIFO is empty */
	FIFO_BYTES = 16,
	FIFO_ON_AND_CLEAR = 0x07,
	MODEM_READY = 0x03,
	ROOM_TRIES = 1000000, /* a missing port must not hang the machine */
};

void uart_16550_init(struct uart_16550 *uart, bool set_up)
{
	if (set_up) {
		uart->write(UART_INTERRUPT_ENABLE, 0);
		uart->write(UART_LINE_CONTROL, LINE_CONTROL_DIVISOR);
		uart->write(UART_DATA, 1); /* 115200 baud */
		uart->write(UART_INTERRUPT_ENABLE, 0);
		uart->write(UART_LINE_CONTROL, LINE_CONTROL_8N1);
		uart->write(UART_FIFO_CONTROL, FIFO_ON_AND_CLEAR);
		uart->write(UART_MODEM_CONTROL, MODEM_READY);
	}
	uart->room = 0;
	uart->there = uart->read(UART_LINE_STATUS) != 0xff;
}

static void put(struct uart_16550 *uart, char character)
{
	unsigned tries = 0;

	if (!uart->there)
		return;
	while (uart->room == 0 && !(uart->read(UART_LINE_STATUS) & LINE_STATUS_ROOM) && ++tries < ROOM_TRIES)
		machine_relax();
	uart->room = (uart->room ? uart->room : FIFO_BYTES) - 1;
	uart->there = tries < ROOM_TRIES;
	uart->write(UART_DATA, (uint8_t)character);
}

void uart_16550_print(struct uart_16550 *uart, const char *text, size_t nbytes)
{
	for (size_t i = 0; i < nbytes && uart->there; i++) {
		if (text[i] == '\n')
			put(uart, '\r');
		put(uart, text[i]);
	}
}
