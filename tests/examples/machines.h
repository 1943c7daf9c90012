/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The machines that the examples run on, plainly and under the adversary.
 */
#ifndef TESTS_EXAMPLES_MACHINES_H
#define TESTS_EXAMPLES_MACHINES_H

#include "sim.h"
#include <dmastream/dmastream.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EXAMPLE_SEEDS 3

/* Runs the scene on each of them; the failures. */
static inline unsigned example_run(sim_scenario scene)
{
	static const char *const words[] = {
		"low=2,high=2",
		"low=2,high=2,untrusted",
		"low=2,high=2,mask=32",
		"low=2,high=2,noncoherent",
		"low=2,high=2,noncoherent,line=128",
		"low=2,high=2,noncoherent,nosync",
		"low=2,high=2,cvm",
	};
	unsigned failures = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words) && !failures; i++) {
		struct sim_config plain = sim_config_plain(words[i]), hostile = sim_config_hostile(words[i]);

		plain.linear_by_offset = hostile.linear_by_offset = true;
		failures = sim_run(&plain, scene, NULL);
		if (!failures)
			failures = sim_random(&hostile, scene, NULL, EXAMPLE_SEEDS);
	}
	return failures;
}

static inline unsigned char example_byte(unsigned seed, size_t off)
{
	return (unsigned char)(seed * 37 + off * 5 + (off >> 8) + 1);
}

static inline void example_fill(unsigned char *bytes, unsigned seed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = example_byte(seed, i);
}

static inline bool example_is(const unsigned char *bytes, unsigned seed, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != example_byte(seed, i))
			return false;
	}
	return true;
}

#endif
