/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a fuzzer claims of every input: a claim that does not hold is printed, and ends the program, so that libFuzzer
 * keeps the input.
 */
#ifndef FUZZ_CLAIM_H
#define FUZZ_CLAIM_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void claimed(bool holds, const char *claim, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "claimed: %s:%d: %s\n", file, line, claim);
	abort();
}

/* A macro, since the report has the words of the claim. */
#define CLAIM(claim) claimed((claim), #claim, __FILE__, __LINE__)

#endif
