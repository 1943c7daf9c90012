/* SPDX-License-Identifier: MPL-2.0 */
/* Counting and printing tests: see selftest.h. */
#include "../kernel/print.h"
#include "selftest.h"

static unsigned tests, failures;

void check(bool good, const char *format, ...)
{
	va_list arguments;

	tests++;
	failures += !good;
	va_start(arguments, format);
	print("%s %u - ", good ? "ok" : "not ok", tests);
	print_list(format, arguments);
	print("\n");
	va_end(arguments);
}

int check_end(void)
{
	print("1..%u\n", tests);
	return failures > 0;
}
