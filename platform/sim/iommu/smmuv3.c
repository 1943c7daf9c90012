/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The SMMUv3 model's place in the simulated machine.
 */
#include "../machine/sim_machine.h"
#include "smmuv3_model.h"
#include <dmastream/errors.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_BYTES = 0x10000, UNITS = 2 };

static struct sim_smmu *units[UNITS];
static unsigned nunits;

static struct sim_smmu *unit_of(const struct sim_device *dev)
{
	for (unsigned i = 0; i < nunits; i++)
		if (units[i]->covered == dev)
			return units[i];
	return units[0];
}

/* What it was told takes effect now; before that, reads show the old state. */
void smmu_settle(struct sim_smmu *unit)
{
	bool was_closed = unit->cr0ack & SMMUEN || unit->gbpa & GBPA_ABORT;

	unit->gbpa &= ~GBPA_UPDATE;
	if (unit->config.no_abort)
		unit->gbpa &= ~GBPA_ABORT;
	if (!unit->config.no_acknowledge) {
		bool starts = unit->cr0 & ~unit->cr0ack & SMMUEN;

		unit->cr0ack = unit->cr0;
		if (starts)
			smmu_snapshots_start(unit);
	}
	unit->irq_ctrlack = unit->irq_ctrl;
	unit->protected = unit->protected || was_closed;
	if (unit->protected && was_closed && !(unit->cr0ack & SMMUEN) && !(unit->gbpa & GBPA_ABORT))
		unit->seen.opened++;
}

static uint64_t read_register(void *ctx, uint64_t offset, unsigned nbytes)
{
	struct sim_smmu *unit = ctx;

	if (smmu_whim(true))
		smmu_settle(unit);
	smmu_work(unit, false);
	if (smmu_whim(false)) /* 3.21.3: it may fetch what it can reach at any moment */
		sim_smmu_begin_fetch(unit, unit->last_stream);
	return smmu_register_read(unit, offset, nbytes);
}

static void write_register(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	struct sim_smmu *unit = ctx;

	smmu_register_write(unit, offset, value, nbytes);
	if (unit->config.eager)
		smmu_settle(unit);
	smmu_work(unit, unit->config.eager);
}

static int translator(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct sim_smmu *unit = unit_of(dev);

	(void)ctx;
	smmu_work(unit, false);
	return smmu_translate(unit, sim_device_config(dev)->requester, daddr, write, paddr);
}

struct sim_smmu_config sim_smmu_config(uint64_t registers)
{
	return (struct sim_smmu_config){.registers = registers,
					.stage_1 = true,
					.stage_2 = true,
					.snoops = true,
					.says_snoops = true,
					.two_level = true,
					.wide_ids = true,
					.range_invalidation = true,
					.bbml = 2,
					.stream_bits = 16,
					.output_code = 4,
					.queue_bits = 19,
					.eager = true};
}

struct sim_smmu *sim_smmu_add(const struct sim_smmu_config *config)
{
	struct sim_smmu *unit = calloc(1, sizeof(*unit));

	if (!unit || nunits == UNITS)
		abort();
	unit->config = *config;
	smmu_registers_reset(unit);
	units[nunits++] = unit;
	sim_mmio_register(config->registers, config->one_page ? PAGE_BYTES : 2 * PAGE_BYTES, read_register,
			  write_register, unit);
	sim_set_translator(translator, NULL);
	return unit;
}

void sim_smmu_cover(struct sim_smmu *unit, const struct sim_device *dev)
{
	unit->covered = dev;
}

void sim_smmu_leave_on(struct sim_smmu *unit, uint32_t stream)
{
	struct configuration config = {.used = true, .stream = stream};
	struct tag former = {
		.stage = unit->config.stage_2 ? 2 : 1, .vmid = unit->config.stage_2, .asid = !unit->config.stage_2};
	unsigned width = smmu_output_bits(unit) < 39 ? smmu_output_bits(unit) : 39;

	unit->cr0 = unit->cr0ack = SMMUEN | EVENTQEN | CMDQEN;
	unit->gerror = 1;
	unit->strtab = SIM_LOW_RAM; /* whatever lies there */
	unit->strtab_cfg = 6;
	unit->cmdq = (SIM_LOW_RAM + 4096) | 4;
	unit->eventq = (SIM_LOW_RAM + 8192) | 4;
	unit->cmdq_prod = 3;
	unit->eventq_prod = 2;
	unit->cmdq_prod_set = unit->cmdq_cons_set = unit->eventq_prod_set = unit->eventq_cons_set = true;
	config.ste[0] = 1 | (uint64_t)(unit->config.stage_2 ? 6 : 5) << 1;
	if (unit->config.stage_2)
		config.ste[2] =
			1 | (uint64_t)(64 - width) << 32 | (uint64_t)1 << 38 | (uint64_t)1 << 51 | (uint64_t)1 << 58;
	config.cd[0] = 25 | (uint64_t)3 << 30 | (uint64_t)1 << 41 | (uint64_t)3 << 46 | (uint64_t)1 << 48;
	smmu_config_remember(unit, &config);
	for (uint64_t at = 0; at < 64; at++)
		smmu_leaf_remember(unit, &(struct leaf){.used = true,
							.tag = former,
							.shift = 21,
							.daddr = at << 21,
							.paddr = at << 21,
							.read = true,
							.write = true,
							.cacheable = true});
}

int sim_smmu_post(struct sim_device *dev, uint64_t daddr, const void *bytes, size_t n)
{
	struct sim_smmu *unit = unit_of(dev);
	struct posted *posted = &unit->posted[unit->nposted];
	int error;

	if (unit->nposted == POSTED || n > sizeof(posted->bytes))
		return DMA_EINVAL;
	error = smmu_translate(unit, sim_device_config(dev)->requester, daddr, true, &posted->paddr);
	if (error)
		return error;
	memcpy(posted->bytes, bytes, n);
	posted->n = n;
	unit->nposted++;
	return 0;
}

int sim_smmu_look(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	int error;

	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]); /* the caller stands for the doorbell */
	error = smmu_translate(unit_of(dev), sim_device_config(dev)->requester, daddr, write, paddr);
	machine_unlock();
	return error;
}

struct sim_smmu_seen sim_smmu_seen(const struct sim_smmu *unit)
{
	return unit->seen;
}

void sim_smmu_remove_all(void)
{
	while (nunits) {
		free(units[--nunits]);
		units[nunits] = NULL;
	}
}
