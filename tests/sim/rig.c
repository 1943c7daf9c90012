/* SPDX-License-Identifier: MPL-2.0 */
#include "rig.h"

unsigned rig_seen[4];

void rig_open(struct rig *rig, size_t npages)
{
	rig->dev = sim_device_new(NULL);
	rig->npages = npages;
	assert_int_equal(dma_host_frames_alloc(npages, UINT64_MAX, PAGE, &rig->paddr), 0);
	rig->cpu = dma_host_linear(rig->paddr, npages * PAGE);
	assert_non_null(rig->cpu);
	rig->daddr = dma_daddr(rig->paddr.raw);
	if (sim_config()->can_sync)
		rig_flush(rig->cpu, npages * PAGE);
}

void rig_close(struct rig *rig)
{
	dma_host_frames_free(rig->paddr, rig->npages);
}

static void operate(const void *at, size_t n, void (*operation)(const void *line))
{
	const unsigned char *first = at;
	size_t line = sim_config()->line;

	dma_arch_maintenance_begin();
	for (size_t i = 0; i < n; i += line)
		operation(first + i);
	dma_arch_maintenance_end();
}

static void clean(const void *line)
{
	dma_arch_line_clean(line);
}

static void invalidate(const void *line)
{
	dma_arch_line_invalidate(line);
}

static void flush(const void *line)
{
	dma_arch_line_flush(line);
}

void rig_clean(const void *at, size_t n)
{
	operate(at, n, clean);
}

void rig_invalidate(const void *at, size_t n)
{
	operate(at, n, invalidate);
}

void rig_flush(const void *at, size_t n)
{
	operate(at, n, flush);
}

void rig_store(unsigned char *at, unsigned char value)
{
	dma_arch_write_once(at, value, 1);
}

unsigned char rig_load(const unsigned char *at)
{
	return (unsigned char)dma_arch_read_once(at, 1);
}

unsigned char rig_device_load(const struct rig *rig, size_t at)
{
	unsigned char value = 0;

	assert_int_equal(sim_device_read(rig->dev, dma_daddr(rig->daddr.raw + at), &value, 1), 0);
	return value;
}

void rig_device_store(const struct rig *rig, size_t at, unsigned char value)
{
	assert_int_equal(sim_device_write(rig->dev, dma_daddr(rig->daddr.raw + at), &value, 1), 0);
}

static unsigned count(struct sim_config config, sim_scenario scenario, enum sim_failure kind, unsigned seeds)
{
	unsigned caught = 0;

	config.quiet = true;
	memset(rig_seen, 0, sizeof(rig_seen));
	for (unsigned i = 0; i < seeds; i++, config.seed++) {
		(void)sim_run(&config, scenario, NULL);
		caught += sim_failures_of(kind) > 0;
	}
	return caught;
}

unsigned rig_caught(const char *words, sim_scenario scenario, enum sim_failure kind)
{
	return count(sim_config_hostile(words), scenario, kind, SEEDS);
}

unsigned rig_caught_plain(const char *words, sim_scenario scenario, enum sim_failure kind)
{
	return count(sim_config_plain(words), scenario, kind, 1);
}

void rig_fine(const char *words, sim_scenario scenario)
{
	struct sim_config plain = sim_config_plain(words), hostile = sim_config_hostile(words);

	memset(rig_seen, 0, sizeof(rig_seen));
	assert_int_equal(sim_run(&plain, scenario, NULL), 0);
	assert_int_equal(sim_random(&hostile, scenario, NULL, SEEDS), 0);
}
