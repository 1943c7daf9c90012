/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Serial ports that are there and never send (nobody has connected them, firmware has switched their clock off): a
 * survey writes some KiB to them, and must not wait at each byte. The drivers are compiled into this test, with ports
 * and registers of its own.
 */
#include "../../platform/bare/firmware/fdt_boot.h"
#include "../../platform/bare/firmware/uart_16550.h"
#include "../../platform/bare/machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM_TRIES_ALLOWED = 3000000 };

void arm_write(const char *text, size_t nbytes);
bool arm_has_console(void);

bool fdt_console(const char *compatible, uint64_t nbytes, uint64_t *paddr) /* a tree without one: unit-tree.c */
{
	(void)compatible, (void)nbytes, (void)paddr;
	return false;
}

static unsigned reads, sent;
static bool drains;

/* ---- A 16550 ---- */

static char last_sent[4]; /* the last bytes, in order */

static void write_register(enum uart_16550_register reg, uint8_t value)
{
	if (reg != UART_DATA)
		return;
	sent++;
	memmove(last_sent, last_sent + 1, sizeof(last_sent) - 1);
	last_sent[sizeof(last_sent) - 1] = (char)value;
}

static uint8_t read_register(enum uart_16550_register reg)
{
	assert_int_equal(reg, UART_LINE_STATUS);
	reads++;
	return drains ? 0x60 : 0;
}

static struct uart_16550 pc = {.read = read_register, .write = write_register};

/* ---- A PL011: registers in memory ---- */

#define machine_console_write arm_write
#define machine_has_console   arm_has_console
#define console_init	      arm_console_init
#define machine_relax	      count_poll

static void count_poll(void);

#include "../../platform/bare/aarch64/console.c"

static uint32_t pl011[0x400];

static void count_poll(void)
{
	reads++;
}

volatile void *early_map_registers(uint64_t paddr)
{
	(void)paddr;
	return pl011;
}

/* ---- Tests ---- */

static const char text_of_zeroes[16 * 1024];

static void a_port_that_never_sends(void **state)
{
	(void)state;
	reads = sent = 0;
	drains = false;
	uart_16550_init(&pc, true);
	uart_16550_print(&pc, text_of_zeroes, sizeof(text_of_zeroes));
	assert_true(reads < ROOM_TRIES_ALLOWED);
	assert_false(pc.there);
}

static void a_port_that_sends(void **state)
{
	(void)state;
	reads = sent = 0;
	drains = true;
	uart_16550_init(&pc, true);
	sent = reads = 0;
	uart_16550_print(&pc, text_of_zeroes, sizeof(text_of_zeroes));
	assert_int_equal(sent, sizeof(text_of_zeroes));
	assert_int_equal(reads, sizeof(text_of_zeroes) / 16); /* one look for each FIFO that is filled */
	assert_true(pc.there);
	uart_16550_print(&pc, "a\nb", 3);
	assert_memory_equal(last_sent, "a\r\nb", 4);
}

static void a_port_that_is_left_as_it_is(void **state)
{
	(void)state;
	sent = 0;
	drains = true;
	uart_16550_init(&pc, false);
	assert_int_equal(sent, 0);
	assert_true(pc.there);
}

static void registers_that_stay_full(void **state)
{
	(void)state;
	reads = 0;
	console_init_at(0x1000);
	pl011[0x18 / 4] = 1 << 5;
	arm_write(text_of_zeroes, sizeof(text_of_zeroes));
	assert_true(reads < ROOM_TRIES_ALLOWED);
	assert_false(arm_has_console());
	console_init_at(0x1000);
	pl011[0x18 / 4] = 0;
	arm_write("x", 1);
	assert_int_equal(pl011[0], 'x');
	assert_true(arm_has_console());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_that_never_sends),
		cmocka_unit_test(a_port_that_sends),
		cmocka_unit_test(a_port_that_is_left_as_it_is),
		cmocka_unit_test(registers_that_stay_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
