/* SPDX-License-Identifier: MPL-2.0 */
/* What lwIP names of <stdlib.h>, in a function that nobody calls, and that the linker leaves out. */
#ifndef APP_LWIP_STDLIB_H
#define APP_LWIP_STDLIB_H

int atoi(const char *text);

#endif
