/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Options: the KEY=VALUE words of the command line.
 */
#ifndef BARE_OPTIONS_H
#define BARE_OPTIONS_H

#include <dmastream/types.h>

/* Cuts boot_info.command_line into words; the last of equal keys counts. */
void options_init(void);
/* The value of key, or otherwise; lives for ever. */
const char *option(const char *key, const char *otherwise);
bool option_is(const char *key, const char *value);
/* The value as a decimal number up to 999999999, or otherwise. */
unsigned option_number(const char *key, unsigned otherwise);

bool text_equal(const char *a, const char *b);

#endif
