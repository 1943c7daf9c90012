/* SPDX-License-Identifier: MPL-2.0 */
/* Lines on the console, and the last one of all. */
#include "print.h"
#include "screen.h"
#include "spin.h"

static struct dma_lock lock;
static char said[4096];
static size_t said_used;

/* False: this CPU has the console already; what is printed is about an exception in the middle of a line. */
static bool console_lock(uintptr_t *state)
{
	if (__atomic_load_n(&lock.word, __ATOMIC_RELAXED) == machine_lock_owner())
		return false;
	*state = spin_lock(&lock);
	return true;
}

/* The serial port, and the screen where there is one. */
static void write_all(const char *text, size_t nbytes)
{
	machine_console_write(text, nbytes);
	screen_write(text, nbytes);
}

static void write_and_note(const char *text, size_t nbytes)
{
	for (size_t i = 0; i < nbytes && said_used < sizeof(said) - 1; i++)
		said[said_used++] = text[i];
	write_all(text, nbytes);
}

const char *print_said(void)
{
	return said;
}

void print_bytes(const char *text, size_t nbytes)
{
	uintptr_t state = 0;
	bool locked = console_lock(&state);

	write_all(text, nbytes);
	if (locked)
		spin_unlock(&lock, state);
}

void print_list(const char *format, va_list arguments)
{
	char buffer[128];
	uintptr_t state = 0;
	bool locked = console_lock(&state);

	format_and_flush(buffer, sizeof(buffer), write_and_note, format, arguments);
	if (locked)
		spin_unlock(&lock, state);
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
