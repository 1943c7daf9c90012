/* SPDX-License-Identifier: MPL-2.0 */
/* Exceptions that nobody handles: one line on the console, and the end. */
#ifndef BARE_END_H
#define BARE_END_H

#include "print.h"
#include <dmastream/types.h>

/* Prints that as a line, and ends the machine; in the end of the machine, or in another exception's: ends it at once.
 */
_Noreturn void end_by_exception(const char *format, ...) DMA_PRINTF(1, 2);
/* The name of an exception, out of n; "unknown". */
const char *end_cause(const char *const *names, size_t n, uint64_t code);

#endif
