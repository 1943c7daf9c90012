/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The serial port that the tree's stdout-path names, or else the first: a 16550 (National Semiconductor PC16550D), as
 * the loader left it, polled with a bound: a console that never drains must not stop the machine.
 */
#include "loongarch.h"

enum {
	DATA = 0,
	LINE_STATUS = 5,
	LINE_STATUS_ROOM = 0x20, /* the transmit FIFO is empty */
	FIFO_BYTES = 16,
	POLLS = 1000000,
	REGISTERS = 8,
};

static volatile uint8_t *uart;

static void put(char character, bool wait)
{
	for (unsigned i = 0; i < POLLS && wait && !(uart[LINE_STATUS] & LINE_STATUS_ROOM); i++)
		machine_relax();
	uart[DATA] = (uint8_t)character;
}

void machine_console_write(const char *text, size_t nbytes)
{
	unsigned n = 0;

	for (size_t i = 0; i < nbytes && uart; i++) {
		if (text[i] == '\n')
			put('\r', n++ % FIFO_BYTES == 0);
		put(text[i], n++ % FIFO_BYTES == 0);
	}
}

void console_init(void)
{
	const char *path = fdt_string(&boot_tree, fdt_path(&boot_tree, "/chosen"), "stdout-path");
	fdt_node first = fdt_compatible(&boot_tree, FDT_NONE, "ns16550a"), node = first;
	fdt_node wanted = path ? fdt_path(&boot_tree, path) : FDT_NONE;
	uint64_t paddr, nbytes;

	while (node != FDT_NONE && node != wanted)
		node = fdt_compatible(&boot_tree, node, "ns16550a");
	if (node == FDT_NONE)
		node = first;
	if (node != FDT_NONE && fdt_reg(&boot_tree, node, 0, &paddr, &nbytes) && nbytes >= REGISTERS)
		uart = registers_at(paddr);
}
