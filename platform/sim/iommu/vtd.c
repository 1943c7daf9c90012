/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d model's place in the simulated machine.
 */
#include "../machine/sim_machine.h"
#include "vtd_model.h"
#include <dmastream/errors.h>
#include <stdlib.h>
#include <string.h>

static struct sim_vtd *units[UNITS];
static unsigned nunits;

struct sim_vtd *vtd_unit_of(uint32_t requester)
{
	for (unsigned i = 0; i < nunits; i++)
		for (unsigned k = 0; k < units[i]->ncovered; k++)
			if (units[i]->covered[k] == requester)
				return units[i];
	return nunits ? units[0] : NULL;
}

static uint64_t read_register(void *ctx, uint64_t offset, unsigned nbytes)
{
	struct sim_vtd *unit = ctx;

	if (vtd_whim(true))
		vtd_carry_out(unit);
	vtd_work(unit, false);
	return vtd_register_read(unit, offset, nbytes);
}

static void write_register(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	struct sim_vtd *unit = ctx;

	vtd_register_write(unit, offset, value, nbytes);
	vtd_work(unit, unit->config.eager);
}

static int translator(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	uint32_t requester = sim_device_config(dev)->requester;
	struct sim_vtd *unit = vtd_unit_of(requester);

	(void)ctx;
	if (!unit) {
		*paddr = daddr;
		return 0;
	}
	if (vtd_whim(false))
		vtd_carry_out(unit);
	vtd_work(unit, false);
	return vtd_translate(unit, (uint16_t)requester, daddr, write, false, paddr);
}

struct sim_vtd_config sim_vtd_config(uint64_t registers)
{
	return (struct sim_vtd_config){.registers = registers,
				       .coherent = true,
				       .zero_length_reads = true,
				       .root_invalidates = true,
				       .snoop_control = true,
				       .page_selective = true,
				       .sagaw = 2 | 4,
				       .width = 48,
				       .host_width = 39,
				       .handle_mask = 15,
				       .big_pages = 3,
				       .domain_bits = 16,
				       .address_mask = 18,
				       .fault_records = 8,
				       .fault_offset = 0x400,
				       .iotlb_offset = 0x500,
				       .eager = true};
}

/* Pages up to the last register (11.4: fault records and IOTLB registers lie where FRO and IRO say). */
static uint64_t window_of(const struct sim_vtd_config *config)
{
	uint64_t faults = config->fault_offset + 16 * (uint64_t)config->fault_records;
	uint64_t end = faults > config->iotlb_offset + 16 ? faults : config->iotlb_offset + 16;

	return (end + 4095) & ~(uint64_t)4095;
}

struct sim_vtd *sim_vtd_add(const struct sim_vtd_config *config)
{
	struct sim_vtd *unit = calloc(1, sizeof(*unit));

	if (!unit || nunits == UNITS)
		abort();
	unit->config = *config;
	vtd_registers_reset(unit);
	units[nunits++] = unit;
	sim_mmio_register(config->registers, window_of(config), read_register, write_register, unit);
	sim_set_translator(translator, NULL);
	return unit;
}

void sim_vtd_cover(struct sim_vtd *unit, uint32_t requester)
{
	if (unit->ncovered == COVERED)
		abort();
	unit->covered[unit->ncovered++] = requester;
}

/* What a former kernel left: a device whose accesses all go through, out of the caches alone. */
void sim_vtd_leave_on(struct sim_vtd *unit, uint32_t requester, unsigned id)
{
	struct context context = {.used = true,
				  .present = true,
				  .source = (uint16_t)requester,
				  .id = (uint16_t)id,
				  .low = 1,
				  .high = 1 | (uint64_t)id << 8};

	unit->gsts = TE | QIE | SRTP | (unit->config.interrupt_remap ? IRE : 0);
	unit->pmen = unit->config.protected_memory ? 0x80000001u : 0;
	unit->root = unit->rtaddr = SIM_LOW_RAM | (unit->config.former_mode ? 0x400 : 0); /* whatever lies there */
	unit->iqa = SIM_LOW_RAM + 4096;
	unit->iqh = unit->iqt = 0x40;
	unit->root_set = unit->table_set = unit->last_was_wait = true;
	if (unit->config.former_stuck) {
		unit->iqh = 0;
		unit->config.hang_at = 1;
	}
	vtd_context_remember(unit, &context);
	for (uint64_t at = 0; at < 64; at++)
		vtd_leaf_remember(unit, &(struct leaf){.used = true,
						       .present = true,
						       .id = (uint16_t)id,
						       .shift = 21,
						       .daddr = at << 21,
						       .paddr = at << 21,
						       .read = true,
						       .write = true,
						       .snoop = true});
}

int sim_vtd_post(struct sim_device *dev, uint64_t daddr, const void *bytes, size_t n)
{
	uint32_t requester = sim_device_config(dev)->requester;
	struct sim_vtd *unit = vtd_unit_of(requester);
	struct posted *posted = &unit->posted[unit->nposted % POSTED];
	int error = DMA_EINVAL;

	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]);
	if (unit->nposted < POSTED && n <= sizeof(posted->bytes))
		error = vtd_translate(unit, (uint16_t)requester, daddr, true, false, &posted->paddr);
	if (!error) {
		memcpy(posted->bytes, bytes, n);
		posted->n = n;
		unit->nposted++;
	}
	machine_unlock();
	return error;
}

int sim_vtd_zero_read(struct sim_device *dev, uint64_t daddr)
{
	uint32_t requester = sim_device_config(dev)->requester;
	uint64_t paddr;
	int error;

	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]);
	error = vtd_translate(vtd_unit_of(requester), (uint16_t)requester, daddr, false, true, &paddr);
	machine_unlock();
	return error;
}

void sim_vtd_before_invalidation(struct sim_vtd *unit, void (*call)(void *ctx), void *ctx)
{
	unit->before = call;
	unit->before_ctx = ctx;
}

void sim_vtd_forget(struct sim_vtd *unit)
{
	machine_lock();
	memset(unit->contexts, 0, sizeof(unit->contexts));
	memset(unit->inners, 0, sizeof(unit->inners));
	memset(unit->leaves, 0, sizeof(unit->leaves));
	machine_unlock();
}

void sim_vtd_break(struct sim_vtd *unit)
{
	unit->config.hang_at = 1;
}

int sim_vtd_look(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	uint32_t requester = sim_device_config(dev)->requester;
	int error;

	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]); /* the caller stands for the doorbell */
	error = vtd_translate(vtd_unit_of(requester), (uint16_t)requester, daddr, write, false, paddr);
	machine_unlock();
	return error;
}

struct sim_vtd_seen sim_vtd_seen(const struct sim_vtd *unit)
{
	return unit->seen;
}

void sim_vtd_remove_all(void)
{
	while (nunits)
		free(units[--nunits]);
}
