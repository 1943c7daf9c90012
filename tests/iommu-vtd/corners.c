/* SPDX-License-Identifier: MPL-2.0 */
/*
 * VT-d units that lack something.
 */
#include "world.h"
#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void run(const char *words, sim_scenario body)
{
	struct sim_config machine = sim_config_plain(words);

	assert_int_equal(sim_run(&machine, body, NULL), 0);
}

static int probe(const struct fixture *fixture)
{
	struct dma_vtd_config config;

	(void)world_units(&world, fixture);
	config = world_config(&world);
	return dma_vtd_probe(&config, &world.iommu);
}

static void unsnooped(struct sim_vtd_config *c)
{
	c->coherent = false;
}

static void no_remapping(struct sim_vtd_config *c)
{
	c->interrupt_remap = false;
}

static void lacking(void *arg)
{
	static const struct fixture cannot_flush = {.name = "tables that nobody can flush", .unit = unsnooped},
				    cannot_block = {
					    .name = "interrupts", .unit = no_remapping, .block_interrupts = true};

	(void)arg;
	if (!sim_config()->can_sync) {
		SIM_CHECK(probe(&cannot_flush) == DMA_ENOTSUP);
		return;
	}
	/* A polling host does without, as vtd.h says. */
	SIM_CHECK(probe(&cannot_block) == 0 && dma_vtd_remove(world.iommu) == 0);
}

static void units_that_lack_something(void **state)
{
	(void)state;
	run("nosync", lacking);
	run(NULL, lacking);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_that_lack_something),
	};

	return cmocka_run_group_tests_name("corners", tests, NULL, NULL);
}
