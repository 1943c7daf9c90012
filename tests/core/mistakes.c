/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Mistakes that compile (hazards 35 to 39, 60): each is reported by the simulated machine, on every machine where it
 * does harm, with a line that says what to do; the same driver without the mistake is not. And addresses, double
 * releases and double drops that are refused.
 */
#include "mistakes.h"
#include <stdio.h>

struct core_device mistaken;
struct dma_stream mistaken_stream;
unsigned char mistaken_out[LEN], mistaken_in[LEN];

bool mistaken_mapped(unsigned dir, size_t npages)
{
	mistaken_stream = (struct dma_stream){0};
	memset(mistaken_out, 0x5a, LEN);
	return core_stream(&mistaken_stream, &mistaken, dir, npages, true, 1);
}

void mistaken_device_writes(size_t off)
{
	SIM_CHECK(sim_device_write(mistaken.sim, dma_daddr(dma_stream_daddr(&mistaken_stream).raw + off), mistaken_out,
				   LEN) == 0);
	dma_consume();
}

static const struct {
	const char *words;
	bool bounces, unmaps;
} machines[] = {
	{"low=1,high=1", false, false},
	{"low=1,high=1,offset,line=32", false, false},
	{"low=1,high=1,noncoherent,line=128", false, false},
	{"low=1,high=1,mask=32", true, false},
	{"low=1,high=1,mask=32,noncoherent,line=32", true, false},
	{"low=1,high=1,cvm", true, false},
	{"low=1,high=1,cvm,noncoherent", true, false},
	{"low=1,high=1,noncoherent,nosync", true, true},
};

static bool expected(enum where where, size_t m)
{
	return (where != BOUNCED || machines[m].bounces) && (where != LINEAR || !machines[m].unmaps);
}

struct attempt {
	const struct mistake *mistake;
	bool right;
};

static void attempt(void *arg)
{
	const struct attempt *a = arg;

	core_open(&mistaken);
	a->mistake->driver(a->right);
	core_close(&mistaken);
}

static unsigned failed_tests(const struct mistake *mistake, const char *words, bool expected, unsigned seed)
{
	struct sim_config machine = sim_config_frames(seed ? sim_config_hostile(words) : sim_config_plain(words));
	struct attempt a = {mistake, true};
	unsigned failures;

	machine.seed = seed;
	failures = sim_run(&machine, attempt, &a);
	if (failures) {
		printf("# the right driver fails: %s, SIM=%s\n", mistake->name, words);
		return failures;
	}
	a.right = false;
	machine.quiet = true;
	(void)sim_run(&machine, attempt, &a);
	if (!expected || (sim_failures_of(mistake->kind) > 0 && strstr(sim_report(), mistake->advice)))
		return 0;
	printf("# not reported: %s, SIM=%s seed %u: %s\n", mistake->name, words, seed, sim_report());
	return 1;
}

static void each_is_reported_and_says_what_to_do(const struct mistake *mistakes, size_t n)
{
	unsigned failures = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < sizeof(machines) / sizeof(*machines); m++)
			for (unsigned seed = 0; seed < 4; seed++)
				failures += failed_tests(&mistakes[i], machines[m].words,
							 expected(mistakes[i].where, m), seed);
	assert_int_equal(failures, 0);
}

static void of_syncs(void **state)
{
	(void)state;
	each_is_reported_and_says_what_to_do(mistakes_of_syncs, nmistakes_of_syncs);
}

static void with_handles(void **state)
{
	(void)state;
	each_is_reported_and_says_what_to_do(mistakes_with_handles, nmistakes_with_handles);
}

static void of_pages(void **state)
{
	(void)state;
	each_is_reported_and_says_what_to_do(mistakes_of_pages, nmistakes_of_pages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_syncs),
		cmocka_unit_test(with_handles),
		cmocka_unit_test(of_pages),
	};

	return cmocka_run_group_tests_name("mistakes", tests, NULL, NULL);
}
