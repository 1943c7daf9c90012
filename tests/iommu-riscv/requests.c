/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Page requests behind the RISC-V IOMMU ("PCIe ATS Page Request handling", "Page-Request-Queue"): no context lets a
 * device make one, so that the unit refuses them. Of a unit that puts them into the queue all the same, the library
 * takes them out, reports them, and tells the device that nobody answers.
 *
 *   requests            all scenarios; requests NAME one
 */
#include "../iommu-unit/run.h"
#include "told.h"

enum { SUCCESS = 0, INVALID = 1, FAILURE = 15, NOBODY = 99, REFUSED = 260, ENTRIES = 256, PASID = 0xfedcb };

static const struct sim_riscv_request usual = {.daddr = 0x7654321000, .read = true, .last = true, .group = 0x155},
				      with_pasid = {.daddr = 0x5000,
						    .write = true,
						    .last = true,
						    .group = 7,
						    .has_pasid = true,
						    .privileged = true,
						    .execute = true,
						    .pasid = PASID},
				      not_last = {.daddr = 0x6000, .read = true, .group = 3},
				      stop_marker = {.last = true, .has_pasid = true, .pasid = PASID, .group = 4};

/* The next answer to a device: its code, or NOBODY. */
static unsigned answer(unsigned device, struct sim_riscv_response *response)
{
	return sim_riscv_response(world.model[device], response) ? response->code : NOBODY;
}

/* The device asks, and the library reports it: once, with that address. */
static void asks(unsigned device, const struct sim_riscv_request *request, enum dma_fault_access access)
{
	told_begin();
	sim_riscv_request(world.model[device], request);
	SIM_CHECK(dma_iommu_poll_all() == 1 && told.n == 1 && told.last.code == REFUSED && told.last.reason);
	SIM_CHECK(told.last.requester == world_wants(world.fixture).requester[device]);
	SIM_CHECK(told.last.dev == &world.dev[device] && told.last.access == access);
	SIM_CHECK(dma_iommu_poll_all() == 0);
	told_end();
}

/* By the unit, as its contexts say: an "Invalid Request", and a fault of its own. */
static void refused(const void *unused)
{
	struct sim_riscv_response response;

	(void)unused;
	asks(0, &usual, DMA_FAULT_OTHER);
	SIM_CHECK(answer(0, &response) == INVALID && response.by_unit && response.group == usual.group);
	asks(0, &stop_marker, DMA_FAULT_OTHER);
	SIM_CHECK(answer(0, &response) == NOBODY);
	world_traffic(&world, 0, 3);
}

/* Out of the queue, once around it and more. */
static void drained(const void *unused)
{
	struct sim_riscv_response response;

	(void)unused;
	for (unsigned i = 0; i < ENTRIES / 3; i++) {
		unsigned device = i & 1;

		asks(device, &usual, DMA_FAULT_READ);
		SIM_CHECK(told.last.daddr.raw == usual.daddr);
		SIM_CHECK(answer(device, &response) == FAILURE && !response.by_unit && !response.has_pasid);
		SIM_CHECK(response.group == usual.group);
		asks(device, &with_pasid, DMA_FAULT_WRITE);
		SIM_CHECK(told.last.daddr.raw == with_pasid.daddr);
		SIM_CHECK(answer(device, &response) == FAILURE && !response.by_unit && response.has_pasid);
		SIM_CHECK(response.group == with_pasid.group && response.pasid == PASID);
		asks(device, &not_last, DMA_FAULT_READ);
		SIM_CHECK(answer(device, &response) == NOBODY);
		asks(device, &stop_marker, DMA_FAULT_OTHER);
		SIM_CHECK(answer(device, &response) == NOBODY);
	}
}

/* More than the queue has room for: the device is to ask the others again, and the queue goes on. */
static void overflows(const void *unused)
{
	struct sim_riscv_response response;

	(void)unused;
	for (unsigned turn = 0; turn < 2; turn++) {
		told_begin();
		for (unsigned i = 0; i < ENTRIES - 1; i++)
			sim_riscv_request(world.model[0], &not_last);
		sim_riscv_request(world.model[0], &usual);
		SIM_CHECK(answer(0, &response) == SUCCESS && response.by_unit);
		SIM_CHECK(dma_iommu_poll_all() == ENTRIES && told.n == ENTRIES - 1); /* and that one was lost */
		told_end();
		asks(0, &usual, DMA_FAULT_READ);
		SIM_CHECK(answer(0, &response) == FAILURE && !response.by_unit);
	}
}

/* One that cannot be stored: the unit answers by itself, and the queue goes on. */
static void not_stored(const void *unused)
{
	struct sim_riscv_response response;

	(void)unused;
	asks(0, &usual, DMA_FAULT_READ);
	SIM_CHECK(answer(0, &response) == FAILURE && !response.by_unit);
	told_begin();
	sim_riscv_request(world.model[0], &usual);
	SIM_CHECK(answer(0, &response) == FAILURE && response.by_unit);
	SIM_CHECK(dma_iommu_poll_all() == 1 && told.n == 0); /* lost */
	told_end();
	asks(0, &usual, DMA_FAULT_READ);
	SIM_CHECK(answer(0, &response) == FAILURE && !response.by_unit);
}

/* An answer that the unit takes for illegal, once: that request has none, and no other device gets it. */
static void answer_refused(const void *unused)
{
	struct sim_riscv_response response;
	unsigned answered = 0;

	(void)unused;
	for (unsigned i = 0; i < 40; i++) {
		asks(0, &usual, DMA_FAULT_READ);
		while (answer(0, &response) == FAILURE) /* twice, if the fence behind it was refused */
			answered++;
	}
	SIM_CHECK(answered >= 39 && sim_riscv_seen(world.unit[0]).responses == answered);
	world_traffic(&world, 0, 3);
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

static void with_ats(struct sim_riscv_config *c)
{
	c->ats = true;
}

static void stray(struct sim_riscv_config *c)
{
	c->ats = c->stray = true;
}

static void stray_slow(struct sim_riscv_config *c)
{
	stray(c);
	c->busy = true;
}

static void second_is_lost(struct sim_riscv_config *c)
{
	stray_slow(c);
	c->lose_request_at = 2;
}

/* An answer or its fence, by turns of two runs: it is called for each of the world's two devices. */
static void refuses(struct sim_riscv_config *c)
{
	static unsigned calls;

	stray(c);
	c->refuse_at = 60 + calls++ / 2 % 2;
}

#define WITH(...) (&(const struct fixture){__VA_ARGS__})

static const struct unit_scenario scenarios[] = {
	{"refused_by_the_unit", NULL, WITH(.unit = with_ats), NULL, refused, 8},
	{"drained", NULL, WITH(.unit = stray, .both = true), NULL, drained, 2},
	{"drained_slow", NULL, WITH(.unit = stray_slow, .both = true), NULL, drained, 2},
	{"queue_of_before", NULL, WITH(.unit = stray, .left_on = true), NULL, overflows, 2},
	{"overflow", NULL, WITH(.unit = stray), NULL, overflows, 2},
	{"overflow_slow", NULL, WITH(.unit = stray_slow), NULL, overflows, 2},
	{"not_stored", NULL, WITH(.unit = second_is_lost), NULL, not_stored, 4},
	{"answer_refused", NULL, WITH(.unit = refuses), NULL, answer_refused, 4},
	{"life", NULL, WITH(.unit = with_ats, .both = true), scene_life, NULL, 4},
};

int main(int argc, char **argv)
{
	return unit_scenarios_main(scenarios, sizeof(scenarios) / sizeof(scenarios[0]), 16384, argc, argv);
}
