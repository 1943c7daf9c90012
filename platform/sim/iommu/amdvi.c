/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The AMD-Vi model's place in the simulated machine.
 */
#include "../machine/sim_machine.h"
#include "amdvi_model.h"
#include <dmastream/errors.h>
#include <stdlib.h>
#include <string.h>

static struct sim_amdvi *units[UNITS];
static unsigned nunits;

struct sim_amdvi *amdvi_unit_of(uint32_t requester)
{
	for (unsigned i = 0; i < nunits; i++)
		for (unsigned k = 0; k < units[i]->ncovered; k++)
			if (units[i]->covered[k] == requester)
				return units[i];
	return nunits ? units[0] : NULL;
}

static uint64_t read_register(void *ctx, uint64_t offset, unsigned nbytes)
{
	struct sim_amdvi *unit = ctx;

	amdvi_work(unit, false);
	return amdvi_register_read(unit, offset, nbytes);
}

static void write_register(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	struct sim_amdvi *unit = ctx;

	amdvi_register_write(unit, offset, value, nbytes);
	amdvi_work(unit, unit->config.eager);
}

/* While software waits, and before each register is read. */
static bool tick(void *ctx)
{
	bool busy = false;

	(void)ctx;
	for (unsigned i = 0; i < nunits; i++) {
		unsigned before = units[i]->executed;

		busy = busy || units[i]->nlate;
		amdvi_work(units[i], false);
		amdvi_log_late(units[i]);
		busy = busy || units[i]->executed != before;
	}
	return busy;
}

static int translator(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	uint32_t requester = sim_device_config(dev)->requester;
	struct sim_amdvi *unit = amdvi_unit_of(requester);

	(void)ctx;
	if (!unit) {
		*paddr = daddr;
		return 0;
	}
	amdvi_work(unit, false);
	return amdvi_translate(unit, (uint16_t)requester, daddr, write, paddr);
}

struct sim_amdvi_config sim_amdvi_config(uint64_t registers)
{
	return (struct sim_amdvi_config){.registers = registers,
					 .invalidates_all = true,
					 .levels = 6,
					 .width = 40,
					 .virtual_width = 64,
					 .eager = true};
}

struct sim_amdvi *sim_amdvi_add(const struct sim_amdvi_config *config)
{
	struct sim_amdvi *unit = calloc(1, sizeof(*unit));

	if (!unit || nunits == UNITS)
		abort();
	unit->config = *config;
	amdvi_registers_reset(unit);
	units[nunits++] = unit;
	sim_mmio_register(config->registers, 0x4000, read_register, write_register, unit);
	if (nunits == 1)
		sim_on_tick(tick, NULL);
	sim_set_translator(translator, NULL);
	return unit;
}

void sim_amdvi_cover(struct sim_amdvi *unit, uint32_t requester)
{
	if (unit->ncovered == COVERED)
		abort();
	unit->covered[unit->ncovered++] = requester;
}

/* What a former kernel left: a device whose accesses all go through, out of the caches alone. */
void sim_amdvi_leave_on(struct sim_amdvi *unit, uint32_t requester, unsigned id)
{
	struct entry entry = {.used = true,
			      .source = (uint16_t)requester,
			      .word = {SIM_LOW_RAM | 3 | BIT(61) | BIT(62) | 4 << 9, id, 0, 0}};

	unit->control = IOMMU_EN | EVENT_LOG_EN | COMMAND_EN | COHERENT;
	unit->status = EVENT_RUN | COMMAND_RUN;
	if (unit->config.former_logs) {
		unit->control |= FORMER_LOGS_EN;
		unit->status |= FORMER_LOGS_RUN;
	}
	unit->devtab = SIM_LOW_RAM; /* whatever lies there */
	unit->combase = (SIM_LOW_RAM + 4096) | (uint64_t)8 << 56;
	unit->eventbase = (SIM_LOW_RAM + 8192) | (uint64_t)8 << 56;
	unit->comhead = unit->comtail = 0x40;
	unit->eventhead = unit->eventtail = 0x80;
	unit->devtab_set = unit->combase_set = unit->eventbase_set = true;
	amdvi_entry_remember(unit, &entry);
	for (uint64_t at = 0; at < 64; at++)
		amdvi_leaf_remember(unit, &(struct leaf){.used = true,
							 .present = true,
							 .id = (uint16_t)id,
							 .shift = 21,
							 .daddr = at << 21,
							 .paddr = at << 21,
							 .read = true,
							 .write = true,
							 .coherent = true});
}

int sim_amdvi_post(struct sim_device *dev, uint64_t daddr, const void *bytes, size_t n)
{
	uint32_t requester = sim_device_config(dev)->requester;
	struct sim_amdvi *unit = amdvi_unit_of(requester);
	struct posted *posted = &unit->posted[unit->nposted % POSTED];
	int error = DMA_EINVAL;

	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]);
	if (unit->nposted < POSTED && n <= sizeof(posted->bytes))
		error = amdvi_translate(unit, (uint16_t)requester, daddr, true, &posted->paddr);
	if (!error) {
		memcpy(posted->bytes, bytes, n);
		posted->n = n;
		unit->nposted++;
	}
	machine_unlock();
	return error;
}

void sim_amdvi_before_invalidation(struct sim_amdvi *unit, void (*call)(void *ctx), void *ctx)
{
	unit->before = call;
	unit->before_ctx = ctx;
}

void sim_amdvi_forget(struct sim_amdvi *unit)
{
	machine_lock();
	memset(unit->entries, 0, sizeof(unit->entries));
	memset(unit->inners, 0, sizeof(unit->inners));
	memset(unit->leaves, 0, sizeof(unit->leaves));
	machine_unlock();
}

void sim_amdvi_break(struct sim_amdvi *unit)
{
	unit->config.hang_at = 1;
}

int sim_amdvi_look(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	uint32_t requester = sim_device_config(dev)->requester;
	int error;

	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]); /* the caller stands for the doorbell */
	error = amdvi_translate(amdvi_unit_of(requester), (uint16_t)requester, daddr, write, paddr);
	machine_unlock();
	return error;
}

struct sim_amdvi_seen sim_amdvi_seen(const struct sim_amdvi *unit)
{
	return unit->seen;
}

void sim_amdvi_remove_all(void)
{
	while (nunits)
		free(units[--nunits]);
}
