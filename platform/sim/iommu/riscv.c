/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The RISC-V IOMMU model's place in the simulated machine.
 */
#include "../machine/sim_machine.h"
#include "riscv_model.h"
#include <dmastream/errors.h>
#include <stdlib.h>
#include <string.h>

enum { UNITS = 2 };

static struct sim_riscv *units[UNITS];
static unsigned nunits;

static struct sim_riscv *unit_of(const struct sim_device *dev)
{
	for (unsigned i = 0; i < nunits; i++)
		if (units[i]->covered == dev)
			return units[i];
	return units[0];
}

static uint64_t read_register(void *ctx, uint64_t offset, unsigned nbytes)
{
	riscv_work(ctx, false);
	riscv_look_ahead(ctx);
	return riscv_register_read(ctx, offset, nbytes);
}

static void write_register(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	struct sim_riscv *unit = ctx;

	riscv_look_ahead(unit);
	riscv_register_write(unit, offset, value, nbytes);
	riscv_work(unit, unit->config.eager);
}

/* While software waits, and before each register is read. */
static bool tick(void *ctx)
{
	struct sim_riscv *unit = ctx;
	unsigned before = unit->executed;

	riscv_work(unit, false);
	return unit->executed != before;
}

static int translator(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct sim_riscv *unit = unit_of(dev);

	(void)ctx;
	riscv_work(unit, false);
	return riscv_translate(unit, sim_device_config(dev)->requester, daddr, write, paddr);
}

struct sim_riscv_config sim_riscv_config(uint64_t registers)
{
	return (struct sim_riscv_config){
		.registers = registers, .levels = 1 << 1 | 1 << 2 | 1 << 3, .width = 46, .eager = true};
}

struct sim_riscv *sim_riscv_add(const struct sim_riscv_config *config)
{
	struct sim_riscv *unit = calloc(1, sizeof(*unit));

	if (!unit || nunits == UNITS)
		abort();
	unit->config = *config;
	riscv_registers_reset(unit);
	units[nunits++] = unit;
	sim_mmio_register(config->registers, 4096, read_register, write_register, unit);
	sim_on_tick(tick, unit);
	sim_set_translator(translator, NULL);
	return unit;
}

void sim_riscv_cover(struct sim_riscv *unit, const struct sim_device *dev)
{
	unit->covered = dev;
}

void sim_riscv_leave_on(struct sim_riscv *unit, uint32_t device, unsigned id)
{
	struct context context = {.used = true, .device = device, .word = {1}};

	if (unit->config.first) {
		context.word[2] = (uint64_t)id << 12;
		context.word[3] = (uint64_t)8 << 60;
	} else {
		context.word[1] = (uint64_t)8 << 60 | (uint64_t)id << 44;
	}

	unit->ddtp = (unit->ddtp & UINT64_C(0xffc00000000003e0)) | SIM_LOW_RAM >> 12 << 10 | 4;
	for (unsigned i = 0; i < (unit->config.ats ? CSRS : PAGE_CSR); i++) {
		unit->csr[i] |= ENABLE | ON;
		unit->queue[i] = (struct queue){SIM_LOW_RAM >> 12 << 10 | 6, 5 + 4 * i, 5 + 4 * i, true};
	}
	unit->contexts[unit->ncontexts++] = context;
	for (uint64_t at = 0; at < 64; at++)
		riscv_leaf_remember(unit, &(struct leaf){.used = true,
							 .id = id,
							 .shift = 21,
							 .daddr = at << 21,
							 .paddr = at << 21,
							 .write = true});
}

int sim_riscv_post(struct sim_device *dev, uint64_t daddr, const void *bytes, size_t n)
{
	struct sim_riscv *unit = unit_of(dev);
	struct posted *posted = &unit->posted[unit->nposted % POSTED];
	int error = DMA_EINVAL;

	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]);
	if (unit->nposted < POSTED && n <= sizeof(posted->bytes))
		error = riscv_translate(unit, sim_device_config(dev)->requester, daddr, true, &posted->paddr);
	if (!error) {
		memcpy(posted->bytes, bytes, n);
		posted->n = n;
		unit->nposted++;
	}
	machine_unlock();
	return error;
}

void sim_riscv_before_invalidation(struct sim_riscv *unit, void (*call)(void *ctx), void *ctx)
{
	unit->before = call;
	unit->before_ctx = ctx;
}

void sim_riscv_break(struct sim_riscv *unit)
{
	unit->config.hang_at = 1;
}

int sim_riscv_look(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	int error;

	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]); /* the caller stands for the doorbell */
	error = riscv_translate(unit_of(dev), sim_device_config(dev)->requester, daddr, write, paddr);
	machine_unlock();
	return error;
}

enum sim_riscv_completion sim_riscv_ask(struct sim_device *dev, uint64_t daddr, struct sim_riscv_translation *answer)
{
	struct access access = {TRANSLATION_REQUEST, sim_device_config(dev)->requester, daddr, false, 0, false};
	enum sim_riscv_completion how;

	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]);
	how = riscv_ask(unit_of(dev), &access, answer);
	machine_unlock();
	return how;
}

int sim_riscv_translated(struct sim_device *dev, uint64_t paddr, bool write)
{
	struct access access = {
		write ? TRANSLATED_WRITE : TRANSLATED_READ, sim_device_config(dev)->requester, paddr, write, 0, false};
	int error;

	machine_lock();
	error = riscv_translated(unit_of(dev), &access);
	machine_unlock();
	return error;
}

void sim_riscv_request(struct sim_device *dev, const struct sim_riscv_request *request)
{
	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]);
	riscv_page_request(unit_of(dev), sim_device_config(dev)->requester, request);
	machine_unlock();
}

bool sim_riscv_response(struct sim_device *dev, struct sim_riscv_response *response)
{
	struct sim_riscv *unit = unit_of(dev);
	bool found = false;

	machine_lock();
	for (unsigned i = 0; i < unit->nanswers && !found; i++) {
		found = unit->answers[i].device == sim_device_config(dev)->requester;
		if (!found)
			continue;
		*response = unit->answers[i].response;
		memmove(&unit->answers[i], &unit->answers[i + 1], (--unit->nanswers - i) * sizeof(unit->answers[0]));
	}
	machine_unlock();
	return found;
}

struct sim_riscv_seen sim_riscv_seen(const struct sim_riscv *unit)
{
	return unit->seen;
}

void sim_riscv_remove_all(void)
{
	while (nunits) {
		free(units[--nunits]);
		units[nunits] = NULL;
	}
}
