/* SPDX-License-Identifier: MPL-2.0 */
/* Options of the command line: see options.h. */
#include "options.h"
#include "../machine.h"

#define OPTIONS 64

static struct {
	const char *key;
	const char *value;
} options[OPTIONS];
static unsigned count;

bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Keys are found in either case: IOMMU=none is what the operator types. */
static bool same_key(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Words without `=` are options with an empty value. */
void options_init(void)
{
	char *at = boot_info.command_line;

	count = 0;
	while (count < OPTIONS) {
		char *value = NULL;

		while (*at == ' ')
			at++;
		if (!*at)
			return;
		options[count].key = at;
		for (; *at && *at != ' '; at++) {
			if (*at == '=' && !value) {
				*at = '\0';
				value = at + 1;
			}
		}
		options[count++].value = value ? value : at;
		if (*at)
			*at++ = '\0';
	}
}

const char *option(const char *key, const char *otherwise)
{
	for (unsigned i = count; i-- > 0;)
		if (same_key(options[i].key, key))
			return options[i].value;
	return otherwise;
}

bool option_is(const char *key, const char *value)
{
	return text_equal(option(key, ""), value);
}

unsigned option_number(const char *key, unsigned otherwise)
{
	const char *digit = option(key, "");
	unsigned value = 0;

	if (!*digit)
		return otherwise;
	for (; *digit; digit++) {
		if (*digit < '0' || *digit > '9' || value > 100000000)
			return otherwise;
		value = value * 10 + (unsigned)(*digit - '0');
	}
	return value;
}
