/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The first serial port, a 16550 (National Semiconductor PC16550D), polled.
 */
#include "port.h"
#include "x86.h"

enum {
	COM1 = 0x3f8,
	DATA = COM1,
	INTERRUPT_ENABLE = COM1 + 1,
	FIFO_CONTROL = COM1 + 2,
	LINE_CONTROL = COM1 + 3,
	MODEM_CONTROL = COM1 + 4,
	LINE_STATUS = COM1 + 5,
	LINE_CONTROL_8N1 = 0x03,
	LINE_CONTROL_DIVISOR = 0x80,
	LINE_STATUS_ROOM = 0x20, /* the transmit FIFO is empty */
	FIFO_BYTES = 16,
	FIFO_ON_AND_CLEAR = 0x07,
	MODEM_READY = 0x03,
	ROOM_TRIES = 1000000, /* a missing port must not hang the machine */
};

static bool missing;

void console_init(void)
{
	out8(INTERRUPT_ENABLE, 0);
	out8(LINE_CONTROL, LINE_CONTROL_DIVISOR);
	out8(DATA, 1); /* 115200 baud */
	out8(INTERRUPT_ENABLE, 0);
	out8(LINE_CONTROL, LINE_CONTROL_8N1);
	out8(FIFO_CONTROL, FIFO_ON_AND_CLEAR);
	out8(MODEM_CONTROL, MODEM_READY);
	missing = in8(LINE_STATUS) == 0xff;
}

void machine_console_write(const char *text, size_t nbytes)
{
	for (size_t i = 0; i < nbytes && !missing; i++) {
		unsigned tries = 0;

		while (i % FIFO_BYTES == 0 && !(in8(LINE_STATUS) & LINE_STATUS_ROOM) && ++tries < ROOM_TRIES)
			machine_relax();
		out8(DATA, (uint8_t)text[i]);
	}
}
