/* SPDX-License-Identifier: MPL-2.0 */
#include "run.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Scenarios ---- */

static void scenario(void *arg)
{
	const struct unit_scenario *s = arg;
	struct scene scenes[2] = {{0}, {0}};

	if (unit_world.up(s->fixture, scenes)) {
		if (s->scene)
			s->scene(&scenes[0]);
		else
			s->run(s->fixture);
	}
	unit_world.down();
}

int unit_scenarios_main(const struct unit_scenario *scenarios, unsigned n, size_t most_page, int argc, char **argv)
{
	const char *more = getenv("SEEDS");
	unsigned failed = 0, ran = 0;

	printf("1..%u\n", argc > 1 ? 1 : n);
	for (unsigned i = 0; i < n; i++) {
		struct unit_scenario s = scenarios[i];
		struct sim_config plain = sim_config_frames(sim_config_plain(s.machine)),
				  hostile = sim_config_frames(sim_config_hostile(s.machine));
		unsigned seeds = more ? (unsigned)atoi(more) : DMA_PAGE_SIZE > most_page ? s.seeds / 8 : s.seeds, bad;

		if (argc > 1 && strcmp(argv[1], s.name) != 0)
			continue;
		bad = sim_run(&plain, scenario, &s);
		if (!bad && s.seeds && seeds)
			bad = sim_random(&hostile, scenario, &s, seeds);
		printf("%s %u - %s: the plain machine and %u schedules\n", bad ? "not ok" : "ok", ++ran, s.name,
		       s.seeds ? seeds : 0);
		fflush(stdout);
		failed += bad != 0;
	}
	unit_world.remove_models();
	return failed || !ran;
}

/* ---- Cases ---- */

static unsigned failures; /* on earlier machines of the same case */

void unit_fresh(void)
{
	struct sim_config config = sim_config_frames(sim_config_plain(NULL));
	bool ended = dma_fini() == 0; /* its reserve is of the machine that goes */

	failures += sim_stop();
	sim_start(&config);
	if (ended)
		SIM_CHECK(dma_init() == 0);
}

static void in_world(const void *fixture, void (*scene)(const struct scene *w))
{
	static struct scene scenes[2];

	SIM_CHECK(dma_init() == 0);
	if (SIM_CHECK(unit_world.up(fixture, scenes)))
		scene(&scenes[0]);
}

static int run_case(const struct unit_case *c)
{
	struct sim_config config = sim_config_frames(sim_config_plain(NULL));

	if (c->whole)
		return c->whole() != 0;
	sim_start(&config);
	if (c->dead)
		in_world(c->fixture, c->dead);
	else
		c->run();
	return failures + sim_stop() != 0;
}

int unit_cases_main(const struct unit_case *cases, unsigned n, int argc, char **argv)
{
	unsigned failed = 0;

	printf("1..%u\n", argc > 1 ? 1 : n);
	for (unsigned i = 0; i < n; i++) {
		int status = -1;
		pid_t child;

		if (argc > 1 && strcmp(cases[i].name, argv[1]))
			continue;
		fflush(stdout);
		child = fork();
		if (child == 0) {
			int bad = run_case(&cases[i]);

			fflush(stdout);
			_exit(bad); /* memory that is kept for ever is no leak */
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			status = -1;
		printf("%s %u - %s\n", status ? "not ok" : "ok", i + 1, cases[i].name);
		failed += status != 0;
	}
	return failed != 0;
}

void unit_survives_each(const void *fixture, void (*at)(unsigned n))
{
	for (unsigned n = 1; n < 24; n++) {
		unit_fresh();
		at(n);
		in_world(fixture, scene_life);
		unit_world.down();
		SIM_CHECK(dma_fini() == 0);
		SIM_CHECK(sim_check_clean(0));
	}
}

/* ---- Hosts that fail ---- */

static const void *fixture_of_life;

static int life(void *unused)
{
	struct dma_iommu_domain_config domain = {0};
	struct dma_domain *made = NULL;
	struct dma_device_config config;
	struct dma_device dev = {0};
	struct dma_stream s = {0};
	struct scene scene = {0};
	int error = unit_world.probe(fixture_of_life, &scene);

	(void)unused;
	if (error)
		return error;
	domain.requester = scene.requester;
	error = dma_iommu_domain_create(scene.iommu, &domain, &made);
	if (error)
		goto no_domain;
	config = sim_device_dma(scene.device);
	config.domain = made;
	error = dma_device_init(&dev, &config);
	if (error)
		goto no_device;
	error = dma_stream_alloc(&s, &dev, DMA_BIDIRECTIONAL, 2);
	if (!error)
		dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&dev) == 0);
no_device:
	SIM_CHECK(dma_iommu_domain_destroy(scene.iommu, made) == 0);
no_domain:
	SIM_CHECK(unit_world.remove(scene.iommu) == 0);
	return error;
}

unsigned unit_every_hook_fails(const void *fixture)
{
	struct sim_config config = sim_config_plain(NULL);
	unsigned runs, bad;

	fixture_of_life = fixture;
	bad = sim_for_each_failure(&config, life, NULL, &runs);
	printf("# %u runs\n", runs);
	return bad;
}

/* ---- Clocks as machines have them (hazard 72) ---- */

struct odd_clock {
	const void *fixture;
	unsigned at, looks;
	uint64_t behind_ns;
};

static void with_odd_clock(void *arg)
{
	struct odd_clock *c = arg;

	sim_odd_clock(c->at, (uint64_t)300000000000, c->behind_ns);
	fixture_of_life = c->fixture;
	SIM_CHECK(life(NULL) == 0);
	c->looks = sim_clock_looks();
}

unsigned unit_odd_clocks(const void *fixture)
{
	struct sim_config config = sim_config_frames(sim_config_hostile(NULL)); /* units take their time */
	struct odd_clock c = {.fixture = fixture};
	unsigned failed = 0, runs = 0;

	for (; !failed && c.at <= c.looks; c.at += 1 + c.at / 32, runs++) {
		c.behind_ns = runs % 2 ? 5000 : 0;
		failed = sim_random(&config, with_odd_clock, &c, 2);
		if (failed)
			printf("# the machine is paused at look %u, clocks are %u ns behind\n", c.at,
			       (unsigned)c.behind_ns);
	}
	printf("# %u runs, %u looks at the clock\n", runs, c.looks);
	unit_world.remove_models();
	return failed;
}
