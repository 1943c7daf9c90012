/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio-iommu model's place in the simulated machine.
 */
#include "../machine/sim_machine.h"
#include "virtio_model.h"
#include <dmastream/errors.h>
#include <stdlib.h>
#include <string.h>

static struct sim_virtio *units[UNITS];
static unsigned nunits;

struct sim_virtio *virtio_unit_of(uint32_t requester)
{
	for (unsigned i = 0; i < nunits; i++)
		if (virtio_endpoint(units[i], units[i]->config.first_endpoint + requester))
			return units[i];
	return nunits ? units[0] : NULL;
}

static bool tick(void *ctx)
{
	struct sim_virtio *unit = ctx;

	virtio_work(unit, false);
	return unit->nheld > 0;
}

static uint64_t read_register(void *ctx, uint64_t offset, unsigned nbytes)
{
	virtio_work(ctx, false);
	return virtio_register_read(ctx, offset, nbytes);
}

static void write_register(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	struct sim_virtio *unit = ctx;

	virtio_register_write(unit, offset, value, nbytes);
	virtio_work(unit, unit->config.eager);
}

static int translate(struct sim_virtio *unit, uint32_t requester, uint64_t daddr, bool write, uint64_t *paddr)
{
	uint32_t number = unit->config.first_endpoint + requester;
	const struct endpoint *endpoint = virtio_endpoint(unit, number);
	const struct mapping *mapping;
	uint64_t page;

	if (endpoint && unit->config.reserved_kind == 1 && daddr >= unit->config.reserved_first &&
	    daddr <= unit->config.reserved_last) {
		*paddr = daddr; /* a doorbell of messages */
		return 0;
	}
	if (!endpoint || !endpoint->attached) {
		if (unit->bypass && unit->config.features & F_BYPASS_CONFIG) {
			*paddr = daddr;
			return 0;
		}
		return virtio_blocked(unit, number, daddr, write, 1);
	}
	if (endpoint->bypass) {
		*paddr = daddr;
		return 0;
	}
	mapping = virtio_mapping(unit, endpoint->domain, daddr);
	if (!mapping || !(mapping->flags & (write ? 2 : 1)))
		return virtio_blocked(unit, number, daddr, write, 2);
	*paddr = mapping->paddr + (daddr - mapping->first);
	page = *paddr & ~(uint64_t)0xfff;
	if (sim_is_free(page))
		unit->seen.freed++;
	return 0;
}

static int translator(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	uint32_t requester = sim_device_config(dev)->requester;
	struct sim_virtio *unit = virtio_unit_of(requester);

	(void)ctx;
	if (!unit) {
		*paddr = daddr;
		return 0;
	}
	virtio_work(unit, false);
	return translate(unit, requester, daddr, write, paddr);
}

struct sim_virtio_config sim_virtio_config(uint64_t registers)
{
	return (struct sim_virtio_config){
		.registers = registers,
		.features = F_INPUT_RANGE | F_DOMAIN_RANGE | F_MAP_UNMAP | F_PROBE | F_MMIO | F_BYPASS_CONFIG |
			    F_VERSION_1 | F_PLATFORM | (uint64_t)1 << 28 |
			    (uint64_t)1 << 29, /* indirect descriptors, event index */
		.page_size_mask = ~(uint64_t)0xfff,
		.input_last = ((uint64_t)1 << 40) - 1,
		.first_domain = 7,
		.last_domain = 7 + 200,
		.probe_size = 256,
		.first_endpoint = 0x100,
		.bypass = 1,
		.queue_size = 256,
		.notify_off = 3,
		.eager = true,
	};
}

struct sim_virtio *sim_virtio_add(const struct sim_virtio_config *config)
{
	struct sim_virtio *unit = calloc(1, sizeof(*unit));

	if (!unit || nunits == UNITS)
		abort();
	unit->config = *config;
	unit->bypass = config->bypass;
	virtio_registers_reset(unit);
	sim_mmio_register(config->registers, SIM_VIRTIO_BYTES, read_register, write_register, unit);
	sim_on_tick(tick, unit);
	sim_set_translator(translator, NULL);
	units[nunits++] = unit;
	return unit;
}

void sim_virtio_cover(struct sim_virtio *unit, uint32_t requester)
{
	if (unit->nendpoints == ENDPOINTS)
		abort();
	unit->endpoints[unit->nendpoints++] = (struct endpoint){.number = unit->config.first_endpoint + requester};
}

void sim_virtio_left_on(struct sim_virtio *unit, uint32_t requester, uint64_t daddr, uint64_t paddr, uint64_t ring)
{
	struct endpoint *endpoint = virtio_endpoint(unit, unit->config.first_endpoint + requester);

	unit->accepted = unit->config.features;
	unit->status = FOUND | KNOWN | OK_DRIVER | OK_FEATURES;
	unit->bypass = 0;
	for (unsigned i = 0; i < QUEUES; i++) {
		struct queue *queue = &unit->queue[i];

		queue->size = 4;
		queue->enabled = true;
		for (unsigned k = 0; k < 3; k++)
			queue->areas[k] = ring + 1024 * i + 256 * k;
	}
	endpoint->attached = true;
	endpoint->domain = unit->config.last_domain;
	unit->mappings[0] = (struct mapping){true, endpoint->domain, 3, daddr, daddr + 4095, paddr};
}

void sim_virtio_remove_all(void)
{
	while (nunits)
		free(units[--nunits]);
}

int sim_virtio_look(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	uint32_t requester = sim_device_config(dev)->requester;
	int error;

	machine_lock();
	store_drain_published(&sim.cpus[sim_thread.cpu]); /* the caller stands for the doorbell */
	error = translate(virtio_unit_of(requester), requester, daddr, write, paddr);
	machine_unlock();
	return error;
}

void sim_virtio_break(struct sim_virtio *unit)
{
	unit->config.hang_at = 1;
}

void sim_virtio_before_unmap(struct sim_virtio *unit, void (*call)(void *ctx), void *ctx)
{
	unit->before = call;
	unit->before_ctx = ctx;
}

struct sim_virtio_seen sim_virtio_seen(const struct sim_virtio *unit)
{
	struct sim_virtio_seen seen = unit->seen;

	for (unsigned i = 0; i < MAPPINGS; i++)
		seen.mappings += unit->mappings[i].used;
	for (unsigned i = 0; i < unit->nendpoints; i++)
		seen.attached += unit->endpoints[i].attached;
	return seen;
}
