/* SPDX-License-Identifier: MPL-2.0 */
/* What went wrong, as one line. */
#include "../linux_host.h"

int dma_linux_fail(struct dma_linux_why *why, int error, const char *format, ...)
{
	va_list args;

	if (!why)
		return error;
	va_start(args, format);
	(void)vsnprintf(why->line, sizeof(why->line), format, args);
	va_end(args);
	return error;
}
