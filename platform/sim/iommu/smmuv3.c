/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The SMMUv3 model's registers (IHI 0070, 6.3), and its place in the simulated machine.
 */
#include "smmuv3_model.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REGISTER_BYTES = 0x20000, SMMUEN = 1, EVENTQEN = 4, CMDQEN = 8 };

#define GBPA_UPDATE ((uint32_t)1 << 31)
#define GBPA_ABORT  ((uint32_t)1 << 20)

static struct sim_smmu *the_unit;

void smmu_violation(struct sim_smmu *unit, const char *what, uint64_t value)
{
	unit->seen.violations++;
	if (!sim_config()->quiet)
		printf("# smmuv3 model: the driver broke a rule: %s (0x%llx)\n", what, (unsigned long long)value);
}

bool smmu_whim(bool otherwise)
{
	return sim_choose(2) ? !otherwise : otherwise;
}

static uint32_t idr0(const struct sim_smmu_config *c)
{
	return (uint32_t)c->stage_2 | (uint32_t)c->stage_1 << 1 | 2u << 2 | (uint32_t)c->says_snoops << 4 |
	       (uint32_t)c->hypervisor << 9 | (uint32_t)c->wide_ids << 12 | (uint32_t)c->wide_ids << 18 | 2u << 21 |
	       (c->endless_stall ? 2u : 1u) << 24 | 1u << 26 | (uint32_t)c->two_level << 27;
}

static uint32_t value_at(const struct sim_smmu *unit, uint64_t offset)
{
	const struct sim_smmu_config *c = &unit->config;

	switch (offset) {
	case 0x00:
		return idr0(c);
	case 0x04:
		return c->stream_bits | c->queue_bits << 16 | c->queue_bits << 21;
	case 0x0c:
		return (uint32_t)c->range_invalidation << 10 | c->bbml << 11;
	case 0x14:
		return c->output_code | 1u << 4;
	case 0x20:
		return unit->cr0;
	case 0x24:
		return unit->cr0ack;
	case 0x44:
		return unit->gbpa;
	case 0x50:
	case 0x54:
		return unit->irq_ctrl;
	case 0x60:
		return unit->gerror;
	case 0x64:
		return unit->gerrorn;
	case 0x98:
		return unit->cmdq_prod;
	case 0x9c:
		return unit->cmdq_cons;
	case 0x100a8:
		return (unit->eventq_prod & 0x80000000u) |
		       ((unit->eventq_prod + unit->pretended) & ((2u << (unit->eventq & 31)) - 1));
	case 0x100ac:
		return unit->eventq_cons;
	default:
		return 0;
	}
}

/* What it was told takes effect now; before that, reads show the old state. */
static void settle(struct sim_smmu *unit)
{
	bool was_closed = unit->cr0ack & SMMUEN || unit->gbpa & GBPA_ABORT;

	unit->gbpa &= ~GBPA_UPDATE;
	if (unit->config.no_abort)
		unit->gbpa &= ~GBPA_ABORT;
	if (!unit->config.no_acknowledge)
		unit->cr0ack = unit->cr0;
	unit->protected = unit->protected || was_closed;
	if (unit->protected && was_closed && !(unit->cr0ack & SMMUEN) && !(unit->gbpa & GBPA_ABORT))
		unit->seen.opened++;
}

static uint64_t read_register(void *ctx, uint64_t offset, unsigned nbytes)
{
	struct sim_smmu *unit = ctx;
	uint64_t value;

	if (smmu_whim(true))
		settle(unit);
	smmu_work(unit, false);
	value = value_at(unit, offset);
	if (nbytes == 8)
		value |= (uint64_t)value_at(unit, offset + 4) << 32;
	return value;
}

/* 6.3: what may not be written while it is in use. */
static bool in_use(struct sim_smmu *unit, uint64_t offset)
{
	bool streams = offset == 0x80 || offset == 0x88 || offset == 0x28 || offset == 0x2c;
	bool commands = offset == 0x90 || offset == 0x9c, events = offset == 0xa0 || offset == 0x100a8;
	uint32_t on = unit->cr0 | unit->cr0ack;

	if (!((streams && on & SMMUEN) || (commands && on & CMDQEN) || (events && on & EVENTQEN)))
		return false;
	smmu_violation(unit, "a register is written while it is in use", offset);
	return true;
}

static void write_control(struct sim_smmu *unit, uint32_t value)
{
	if (unit->cr0 != unit->cr0ack)
		smmu_violation(unit, "CR0 is written before it was acknowledged", value);
	if (value & SMMUEN && !(unit->cr0 & SMMUEN) && unit->cr0ack & CMDQEN && unit->executed < 2)
		smmu_violation(unit, "translation goes on with old caches", value);
	unit->cr0 = value;
}

static void write_register(void *ctx, uint64_t offset, uint64_t wide, unsigned nbytes)
{
	struct sim_smmu *unit = ctx;
	uint32_t value = (uint32_t)wide;

	if (in_use(unit, offset))
		return;
	if ((nbytes == 8) != (offset == 0x80 || offset == 0x90 || offset == 0xa0))
		smmu_violation(unit, "a register is written in the wrong width", offset);
	switch (offset) {
	case 0x20:
		write_control(unit, value);
		break;
	case 0x28:
		unit->cr1 = value;
		break;
	case 0x2c:
		unit->cr2 = value;
		break;
	case 0x44:
		if (unit->gbpa & GBPA_UPDATE || !(value & GBPA_UPDATE))
			smmu_violation(unit, "GBPA is written without, or during, an update", value);
		unit->gbpa = value;
		break;
	case 0x50:
		unit->irq_ctrl = value & 7;
		break;
	case 0x64:
		unit->gerrorn = value;
		break;
	case 0x80:
		unit->strtab = wide;
		break;
	case 0x88:
		unit->strtab_cfg = value;
		break;
	case 0x90:
		unit->cmdq = wide;
		break;
	case 0x98:
		if (value & ~((2u << (unit->cmdq & 31)) - 1))
			smmu_violation(unit, "CMDQ_PROD beyond the queue", value);
		if (((value - unit->cmdq_cons) & ((2u << (unit->cmdq & 31)) - 1)) > 1u << (unit->cmdq & 31))
			smmu_violation(unit, "more commands than the queue holds", value);
		unit->cmdq_prod = value;
		break;
	case 0x9c:
		unit->cmdq_cons = value;
		break;
	case 0xa0:
		unit->eventq = wide;
		break;
	case 0x100a8:
		unit->eventq_prod = value;
		break;
	case 0x100ac:
		unit->eventq_cons = value;
		break;
	default:
		smmu_violation(unit, "a register that the model does not know", offset);
	}
	if (unit->config.eager)
		settle(unit);
	smmu_work(unit, unit->config.eager);
}

static int translator(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct sim_smmu *unit = ctx;

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

	if (!unit || the_unit)
		abort();
	unit->config = *config;
	the_unit = unit;
	sim_mmio_register(config->registers, REGISTER_BYTES, read_register, write_register, unit);
	sim_set_translator(translator, unit);
	return unit;
}

void sim_smmu_leave_on(struct sim_smmu *unit, uint32_t stream)
{
	struct configuration config = {.used = true, .stream = stream};

	unit->cr0 = unit->cr0ack = SMMUEN | EVENTQEN | CMDQEN;
	unit->gerror = 1;
	unit->strtab = SIM_LOW_RAM; /* whatever lies there */
	unit->strtab_cfg = 6;
	unit->cmdq = (SIM_LOW_RAM + 4096) | 4;
	unit->eventq = (SIM_LOW_RAM + 8192) | 4;
	unit->cmdq_prod = 3;
	unit->eventq_prod = 2;
	config.ste[0] = 1 | (uint64_t)(unit->config.stage_2 ? 6 : 5) << 1;
	config.ste[2] = 1 | (uint64_t)25 << 32 | (uint64_t)1 << 38 | (uint64_t)1 << 51 | (uint64_t)1 << 58;
	config.cd[0] = 25 | (uint64_t)3 << 30 | (uint64_t)1 << 41 | (uint64_t)3 << 46 | (uint64_t)1 << 48;
	smmu_config_remember(unit, &config);
	for (uint64_t at = 0; at < 64; at++)
		smmu_leaf_remember(unit, &(struct leaf){.used = true,
							.tag = {unit->config.stage_2 ? 2 : 1, 1},
							.shift = 21,
							.daddr = at << 21,
							.paddr = at << 21,
							.read = true,
							.write = true,
							.cacheable = true});
}

int sim_smmu_post(struct sim_device *dev, uint64_t daddr, const void *bytes, size_t n)
{
	struct posted *posted = &the_unit->posted[the_unit->nposted];
	int error;

	if (the_unit->nposted == POSTED || n > sizeof(posted->bytes))
		return DMA_EINVAL;
	error = smmu_translate(the_unit, sim_device_config(dev)->requester, daddr, true, &posted->paddr);
	if (error)
		return error;
	memcpy(posted->bytes, bytes, n);
	posted->n = n;
	the_unit->nposted++;
	return 0;
}

struct sim_smmu_seen sim_smmu_seen(const struct sim_smmu *unit)
{
	return unit->seen;
}

void sim_smmu_remove(void)
{
	free(the_unit);
	the_unit = NULL;
}
