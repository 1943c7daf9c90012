/* SPDX-License-Identifier: MPL-2.0 */
/* The end: by a status, or by an exception. See machine.h and end.h. */
#include "end.h"
#include "../machine.h"
#include "print.h"

static int ending = -1; /* the status that machine_exit() was given */

void machine_exit(int status)
{
	if (ending < 0) {
		ending = status;
		machine_tell(status);
	}
	print("@status %d\n", ending); /* where nothing took it */
	machine_off();
}

void end_by_exception(const char *format, ...)
{
	static bool again;
	va_list arguments;

	if (!again && ending < 0) { /* else the report, or the end, is what failed */
		again = true;
		va_start(arguments, format);
		print("exception: ");
		print_list(format, arguments);
		print("\n");
		va_end(arguments);
	}
	machine_exit(BARE_STATUS_EXCEPTION);
}

const char *end_cause(const char *const *names, size_t n, uint64_t code)
{
	return code < n && names[code] ? names[code] : "unknown";
}
