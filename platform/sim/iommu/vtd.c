/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d model's registers and commands (specification, 11.4), and its place in the simulated machine.
 */
#include "../machine/sim_machine.h"
#include "vtd_model.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sim_vtd *units[UNITS];
static unsigned nunits;

enum {
	GCMD_ONE_SHOT = 1 << 30 | 1 << 29 | 1 << 27 | 1 << 24,
	WBF = 1 << 27,
	QIE = 1 << 26,
	IRE = 1 << 25,
	SIRTP = 1 << 24,
	CFI = 1 << 23
};
#define TE   ((uint32_t)1 << 31)
#define SRTP ((uint32_t)1 << 30)

void vtd_violation(struct sim_vtd *unit, const char *what, uint64_t value)
{
	unit->seen.violations++;
	if (!sim_config()->quiet)
		printf("# vtd model: the driver broke a rule: %s (0x%llx)\n", what, (unsigned long long)value);
}

bool vtd_whim(bool otherwise)
{
	return sim_choose(2) ? !otherwise : otherwise;
}

struct sim_vtd *vtd_unit_of(uint32_t requester)
{
	for (unsigned i = 0; i < nunits; i++)
		for (unsigned k = 0; k < units[i]->ncovered; k++)
			if (units[i]->covered[k] == requester)
				return units[i];
	return nunits ? units[0] : NULL;
}

static uint64_t cap(const struct sim_vtd_config *c)
{
	return (uint64_t)((c->domain_bits - 4) / 2) | (uint64_t)c->write_buffer << 4 |
	       (uint64_t)c->protected_memory << 5 | (uint64_t)c->protected_memory << 6 |
	       (uint64_t)c->caching_mode << 7 | (uint64_t)c->sagaw << 8 | (uint64_t)(c->width - 1) << 16 |
	       (uint64_t)c->zero_length_reads << 22 | (uint64_t)(c->fault_offset / 16) << 24 |
	       (uint64_t)c->big_pages << 34 | (uint64_t)c->page_selective << 39 |
	       (uint64_t)(c->fault_records - 1) << 40 | (uint64_t)c->address_mask << 48 | (uint64_t)3 << 54 |
	       (uint64_t)c->root_invalidates << 63;
}

static uint64_t ecap(const struct sim_vtd_config *c)
{
	return (uint64_t)c->coherent | (uint64_t)!c->no_queue << 1 | (uint64_t)c->interrupt_remap << 3 |
	       (uint64_t)c->snoop_control << 7 | (uint64_t)(c->iotlb_offset / 16) << 8;
}

static uint32_t fsts(const struct sim_vtd *unit)
{
	for (unsigned i = 0; i < unit->config.fault_records; i++) {
		unsigned first = (unit->next_record + i) % unit->config.fault_records;

		if (unit->records[first][1] >> 63)
			return unit->fsts | 2 | first << 8;
	}
	return unit->fsts;
}

/* 64-bit registers and the fault records, as bytes would be read. */
static uint64_t value_at(const struct sim_vtd *unit, uint64_t offset)
{
	uint64_t record = offset - unit->config.fault_offset;

	if (offset >= unit->config.fault_offset && record < 16 * (uint64_t)unit->config.fault_records)
		return unit->records[record / 16][record / 8 % 2];
	switch (offset) {
	case 0x00:
		return 0x10; /* version 1.0 */
	case 0x08:
		return cap(&unit->config);
	case 0x10:
		return ecap(&unit->config);
	case 0x18:
		return (uint64_t)unit->gsts << 32; /* GCMD reads as 0 */
	case 0x20:
		return unit->rtaddr;
	case 0x30:
		return (uint64_t)fsts(unit) << 32;
	case 0x38:
		return unit->fectl;
	case 0x60:
		return (uint64_t)unit->pmen << 32;
	case 0x80:
		return unit->iqh;
	case 0x88:
		return unit->iqt;
	case 0x90:
		return unit->iqa;
	case 0xb8:
		return unit->irta;
	default:
		return 0;
	}
}

static uint64_t read_register(void *ctx, uint64_t offset, unsigned nbytes)
{
	struct sim_vtd *unit = ctx;

	vtd_work(unit, false);
	return value_at(unit, offset & ~(uint64_t)7) >> 8 * (offset & 7) & (nbytes == 8 ? ~(uint64_t)0 : 0xffffffff);
}

static void set_root(struct sim_vtd *unit)
{
	unit->root = unit->rtaddr;
	unit->gsts |= SRTP;
	if (unit->rtaddr & 0xc00)
		vtd_violation(unit, "root table of another mode", unit->rtaddr);
	if (unit->config.root_invalidates)
		vtd_forget_all(unit);
}

/* 11.4.4: one change at a time. */
static void command(struct sim_vtd *unit, uint32_t asked_for)
{
	uint32_t value = (asked_for & ~unit->config.deaf) | (unit->gsts & unit->config.deaf & ~(uint32_t)GCMD_ONE_SHOT);
	uint32_t changed = (value & ~(uint32_t)GCMD_ONE_SHOT) ^ (unit->gsts & ~(uint32_t)GCMD_ONE_SHOT);
	uint32_t asked = changed | (value & (uint32_t)GCMD_ONE_SHOT);

	if (asked & (asked - 1))
		vtd_violation(unit, "more than one command at once", asked);
	if (value & SRTP)
		set_root(unit);
	if (value & WBF)
		vtd_memory_flushed(unit);
	if (value & SIRTP) {
		unit->interrupt_table = unit->irta;
		unit->gsts |= SIRTP;
	}
	if (changed & QIE && !(value & QIE) && unit->iqh != unit->iqt)
		vtd_violation(unit, "queue switched off while it works", unit->iqh);
	if (changed & QIE)
		unit->iqh = value & QIE ? 0 : unit->iqh;
	if (changed & TE && !(value & TE))
		unit->seen.opened++;
	unit->gsts = (unit->gsts & (SRTP | SIRTP)) | (value & (TE | QIE | IRE | CFI));
}

/* F and the error bits are cleared by ones (hazard 31): zeros do nothing. */
static void write_low(struct sim_vtd *unit, uint64_t offset, uint32_t value)
{
	uint64_t record = offset - unit->config.fault_offset;

	if (offset >= unit->config.fault_offset && record < 16 * (uint64_t)unit->config.fault_records) {
		if (record % 16 == 12 && value >> 31)
			unit->records[record / 16][1] &= ~((uint64_t)1 << 63);
		return;
	}
	switch (offset) {
	case 0x18:
		command(unit, value);
		break;
	case 0x34:
		unit->fsts &= ~(value & 0x71);
		break;
	case 0x38:
		unit->fectl = value & 0x80000000u;
		break;
	case 0x64:
		unit->pmen = value & 0x80000000u ? 0x80000001u : 0;
		break;
	case 0x88:
		if (value & ~(uint32_t)0x7fff0 || value >= (uint32_t)4096 << (unit->iqa & 7))
			vtd_violation(unit, "queue tail beyond the queue", value);
		unit->iqt = value & 0x7fff0;
		break;
	default:
		break;
	}
}

static void write_register(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	struct sim_vtd *unit = ctx;

	if (nbytes == 8 && offset == 0x20)
		unit->rtaddr = value;
	else if (nbytes == 8 && offset == 0x90)
		unit->iqa = value;
	else if (nbytes == 8 && offset == 0xb8)
		unit->irta = value;
	else
		write_low(unit, offset, (uint32_t)value);
	if (nbytes == 8 && offset >= unit->config.fault_offset)
		write_low(unit, offset + 4, (uint32_t)(value >> 32));
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
