/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Serial ports that are there and never send (nobody has connected them, firmware has switched their clock off): a
 * survey writes some KiB to them, and must not wait at each byte. The drivers are compiled into this test, with ports
 * and registers of its own.
 */
#include "../../platform/bare/firmware/fdt_boot.h"
#include "../../platform/bare/machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM_TRIES_ALLOWED = 3000000 };

void pc_write(const char *text, size_t nbytes);
bool pc_has_console(void);
void arm_write(const char *text, size_t nbytes);
bool arm_has_console(void);

struct fdt boot_tree; /* of no machine */

static unsigned reads, sent;
static bool drains;

/* ---- A 16550 ---- */

#define BARE_X86_64_PORT_H
#define machine_console_write pc_write
#define machine_has_console   pc_has_console
#define console_init	      pc_console_init

static void out8(uint16_t port, uint8_t value)
{
	(void)value;
	sent += port == 0x3f8;
}

static uint8_t in8(uint16_t port)
{
	assert_int_equal(port, 0x3fd);
	reads++;
	return drains ? 0x60 : 0;
}

#include "../../platform/bare/x86_64/console.c"

#undef machine_console_write
#undef machine_has_console
#undef console_init

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
	pc_console_init(0);
	pc_write(text_of_zeroes, sizeof(text_of_zeroes));
	assert_true(reads < ROOM_TRIES_ALLOWED);
	assert_false(pc_has_console());
}

static void a_port_that_sends(void **state)
{
	(void)state;
	reads = sent = 0;
	drains = true;
	pc_console_init(0);
	sent = 0;
	pc_write(text_of_zeroes, sizeof(text_of_zeroes));
	assert_int_equal(sent, sizeof(text_of_zeroes));
	assert_true(pc_has_console());
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
		cmocka_unit_test(registers_that_stay_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
