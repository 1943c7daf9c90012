/* SPDX-License-Identifier: MPL-2.0 */
/* Lines on the console, and the last one of all. */
#include "print.h"
#include "../machine.h"

void print_list(const char *format, va_list arguments)
{
	char buffer[128];

	format_and_flush(buffer, sizeof(buffer), machine_console_write, format, arguments);
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_list(format, arguments);
	va_end(arguments);
}

void panic(const char *format, ...)
{
	va_list arguments;

	machine_interrupts_off();
	va_start(arguments, format);
	print("panic: ");
	print_list(format, arguments);
	print("\n");
	va_end(arguments);
	machine_exit(BARE_STATUS_PANIC);
}
