/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A serial port, a 16550 (National Semiconductor PC16550D), polled.
 */
#include "../efi/efi.h"
#include "port.h"
#include "x86.h"

enum {
	COM1 = 0x3f8,
	DATA = 0,
	INTERRUPT_ENABLE = 1,
	FIFO_CONTROL = 2,
	LINE_CONTROL = 3,
	MODEM_CONTROL = 4,
	LINE_STATUS = 5,
	LINE_CONTROL_8N1 = 0x03,
	LINE_CONTROL_DIVISOR = 0x80,
	LINE_STATUS_ROOM = 0x20, /* the transmit FIFO is empty */
	FIFO_BYTES = 16,
	FIFO_ON_AND_CLEAR = 0x07,
	MODEM_READY = 0x03,
	ROOM_TRIES = 1000000, /* a missing port must not hang the machine */
};

static uint16_t port = COM1;
static bool missing;

static void write_register(unsigned offset, uint8_t value)
{
	out8((uint16_t)(port + offset), value);
}

static uint8_t line_status(void)
{
	return in8((uint16_t)(port + LINE_STATUS));
}

void console_init(uint16_t wanted)
{
	if (wanted)
		port = wanted;
	write_register(INTERRUPT_ENABLE, 0);
	write_register(LINE_CONTROL, LINE_CONTROL_DIVISOR);
	write_register(DATA, 1); /* 115200 baud */
	write_register(INTERRUPT_ENABLE, 0);
	write_register(LINE_CONTROL, LINE_CONTROL_8N1);
	write_register(FIFO_CONTROL, FIFO_ON_AND_CLEAR);
	write_register(MODEM_CONTROL, MODEM_READY);
	missing = line_status() == 0xff;
}

void machine_console_write(const char *text, size_t nbytes)
{
	for (size_t i = 0; i < nbytes && !missing; i++) {
		unsigned tries = 0;

		while (i % FIFO_BYTES == 0 && !(line_status() & LINE_STATUS_ROOM) && ++tries < ROOM_TRIES)
			machine_relax();
		missing = tries == ROOM_TRIES; /* it sends nothing: nobody waits for it a second time */
		write_register(DATA, (uint8_t)text[i]);
	}
}

bool machine_has_console(void)
{
	return !missing;
}
