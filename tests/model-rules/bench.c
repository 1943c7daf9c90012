/* SPDX-License-Identifier: MPL-2.0 */
#include "bench.h"

struct bench bench;
unsigned outcomes;

uint32_t r32(uint64_t offset)
{
	return dma_host_mmio_read32((volatile char *)bench.regs + offset);
}

uint64_t r64(uint64_t offset)
{
	return dma_host_mmio_read64((volatile char *)bench.regs + offset);
}

void w32(uint64_t offset, uint64_t value)
{
	dma_host_mmio_write32((volatile char *)bench.regs + offset, (uint32_t)value);
}

void w64(uint64_t offset, uint64_t value)
{
	dma_host_mmio_write64((volatile char *)bench.regs + offset, value);
}

uint64_t load(unsigned frame, unsigned index)
{
	uint64_t value = 0;

	SIM_CHECK(sim_ram_read(bench.frame[frame] + 8 * (uint64_t)index, &value, sizeof(value), true) == 0);
	return value;
}

void store(unsigned frame, unsigned index, uint64_t value)
{
	SIM_CHECK(sim_ram_write(bench.frame[frame] + 8 * (uint64_t)index, &value, sizeof(value), true) == 0);
}

/* ---- One breach a run ---- */

struct run {
	const struct model *model;
	const struct breach *breach;
};

static void scenario(void *arg)
{
	const struct run *run = arg;
	struct sim_device_config device = sim_config()->device;
	dma_paddr_t frame;

	if (run->breach && run->breach->kind == SHUFFLED)
		(void)sim_explore(false); /* what is explored, the steps say */
	bench = (struct bench){0};
	run->model->add_unit(run->breach ? run->breach->kind : USUAL);
	device.requester = run->model->requester;
	bench.device = sim_device_new(&device);
	for (unsigned i = 0; i < BENCH_FRAMES; i++) {
		if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, 4096, &frame) == 0))
			return;
		bench.frame[i] = frame.raw;
		for (unsigned k = 0; k < 512; k++)
			store(i, k, 0);
	}
	if (!SIM_CHECK(dma_host_mmio_map(dma_paddr(run->model->registers), run->model->window, &bench.regs) == 0))
		return;
	if (run->breach)
		run->breach->steps(run->breach);
	else
		run->model->lawful();
	dma_host_mmio_unmap(bench.regs, run->model->window);
	for (unsigned i = 0; i < BENCH_FRAMES; i++)
		dma_host_frames_free(dma_paddr(bench.frame[i]), 1);
}

unsigned bench_run(const struct model *model, const struct breach *breach)
{
	struct sim_config machine = sim_config_plain("low=64,high=64");
	struct run run = {model, breach};

	machine.quiet = breach && breach->kind == STRICT;
	if (breach && breach->kind == SHUFFLED) {
		struct sim_explored all;

		outcomes = 0;
		all = sim_exhaust(&machine, scenario, &run, 0);
		return all.failures + !all.complete + (outcomes != breach->a);
	}
	return sim_run(&machine, scenario, &run);
}
