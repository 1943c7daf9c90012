/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A fuzzer with faults that its author knows: what kept.sh must report of each.
 */
#include "../claim.h"
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool begins_with(const uint8_t *bytes, size_t n, const char *word)
{
	return n >= strlen(word) && memcmp(bytes, word, strlen(word)) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	volatile uint8_t *copy = malloc(n ? n : 1);
	volatile int large = INT32_MAX;
	volatile bool forever = begins_with(bytes, n, "hangs");

	CLAIM(!begins_with(bytes, n, "claim"));
	if (begins_with(bytes, n, "reads beyond"))
		(void)copy[n];
	if (begins_with(bytes, n, "overflows"))
		large++;
	while (forever)
		;
	if (begins_with(bytes, n, "leaves"))
		exit(3);
	free((void *)(uintptr_t)copy);
	return 0;
}
