/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One unit on and off (virtio 1.3, 5.13.4 and 5.13.5).
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "../unit/unit_registers.h"
#include "virtio_driver.h"

/* ---- What it is -------------------------------------------------------------------------------------------------- */

/* NULL: nothing is wrong. */
static const char *unusable(const struct virtio_unit *unit, const struct virtio_config *config)
{
	const struct dma_virtio_function *f = &unit->function;

	if (!config->page_sizes)
		return "it has no page size";
	if ((config->page_sizes & (0 - config->page_sizes)) > DMA_PAGE_SIZE)
		return "its pages are larger than those of the library";
	if (config->input_last <= config->input_first)
		return "its range of addresses is empty";
	if (config->last_domain <= config->first_domain) /* ours begin behind the first */
		return "its range of domains has none, or one";
	if (config->probe_bytes > 1 << 20)
		return "it probes by the megabyte";
	if (f->features & VIRTIO_BYPASS_CONFIG && f->places[DMA_VIRTIO_CONFIG].nbytes <= VIRTIO_BYPASS)
		return "its configuration is too short for what it can do";
	return NULL;
}

static int read_configuration(struct virtio_unit *unit, const char **why)
{
	const struct dma_virtio_function *f = &unit->function;
	struct virtio_config config = {.input_last = UINT64_MAX, .last_domain = UINT32_MAX};
	uint32_t which = VIRTIO_CONFIG_PAGES | (f->features & VIRTIO_INPUT_RANGE ? VIRTIO_CONFIG_INPUT : 0) |
			 (f->features & VIRTIO_DOMAIN_RANGE ? VIRTIO_CONFIG_DOMAINS : 0) |
			 (f->features & VIRTIO_PROBE ? VIRTIO_CONFIG_PROBE : 0);
	uint64_t smallest;

	*why = "its configuration changes while it is read";
	if (!dma_virtio_config(f, &config, which))
		return DMA_ENOTSUP;
	*why = unusable(unit, &config);
	if (*why)
		return DMA_ENOTSUP;
	smallest = config.page_sizes & (0 - config.page_sizes);
	if (smallest > unit->base.granule)
		unit->base.granule = smallest;
	unit->input_first = config.input_first;
	unit->input_last = config.input_last;
	unit->first_domain = config.first_domain;
	unit->probe_bytes = config.probe_bytes;
	unit->base.nids = config.last_domain - config.first_domain;
	unit->base.nids = unit->base.nids < 65535 ? unit->base.nids + 1 : 65536;
	return 0;
}

static void given_up(void *unit, const char *why)
{
	dma_queue_give_up(&((struct virtio_unit *)unit)->base.queue, why);
}

static int identify(struct dma_unit *base, const void *config, const char **why)
{
	const uint64_t may =
		VIRTIO_INPUT_RANGE | VIRTIO_DOMAIN_RANGE | VIRTIO_PROBE | VIRTIO_MMIO | VIRTIO_BYPASS_CONFIG;
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	struct dma_virtio_function *f = &unit->function;
	const struct dma_viot_unit *found = base->found;
	int error;

	(void)config;
	*f = (struct dma_virtio_function){.access = &dma_virtio_of(base->iommu)->access,
					  .address = found->function,
					  .timeout_ns = base->queue.timeout_ns};
	*why = "its structures of registers make no sense, or are too short";
	if (!dma_virtio_locate(f, VIRTIO_PCI_ID, VIRTIO_BYPASS) || f->paddr != base->paddr.raw)
		return DMA_ENOTSUP;
	dma_virtio_switch_on(f);
	error = dma_unit_map(base, (size_t)f->window, why);
	f->regs = base->regs;
	if (!error)
		error = dma_virtio_negotiate(f, VIRTIO_MAP_UNMAP, may, why);
	if (!error)
		error = read_configuration(unit, why);
	if (error)
		return error;
	*why = "one of its queues is too small, or nowhere";
	unit->requests.queue.index = VIRTIO_REQUEST_QUEUE;
	unit->reports.queue.index = VIRTIO_EVENT_QUEUE;
	if (!dma_virtio_queue_find(f, &unit->requests.queue) || unit->requests.queue.size < 4 ||
	    !dma_virtio_queue_find(f, &unit->reports.queue))
		return DMA_ENOTSUP;
	unit->reports.function = unit->requests.function = f;
	unit->requests.answered = dma_virtio_unmapped;
	unit->requests.given_up = given_up;
	unit->requests.owner = unit;
	base->reach = (struct dma_unit_reach){.max_paddr = UINT64_MAX, .snoops = true};
	dma_viot_span(&dma_virtio_of(base->iommu)->viot, found, &base->first, &base->last);
	base->no_bypass = !(f->features & VIRTIO_BYPASS_CONFIG);
	dma_virtio_domains_describe(unit);
	return 0;
}

int dma_virtio_memory(struct dma_unit *base)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	const uint32_t writable = unit->probe_bytes + DMA_VIRTIO_TAIL_BYTES;
	size_t nbytes = DMA_VIRTIO_REPORTS_BYTES + DMA_VIRTIO_REQUESTS_BYTES + VIRTIO_PROBE_BYTES + writable;
	dma_paddr_t paddr;
	char *memory = dma_unit_take(base, (nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT, DMA_PAGE_SIZE, &paddr);

	if (!memory)
		return DMA_ENOMEM;
	dma_virtio_reports_init(&unit->reports, memory, paddr);
	memory += DMA_VIRTIO_REPORTS_BYTES;
	dma_virtio_requests_init(&unit->requests, memory, dma_paddr(paddr.raw + DMA_VIRTIO_REPORTS_BYTES),
				 VIRTIO_PROBE_BYTES, writable);
	unit->probe = memory + DMA_VIRTIO_REQUESTS_BYTES + VIRTIO_PROBE_BYTES;
	return dma_unit_attached_make(base);
}

/* ---- On and off -------------------------------------------------------------------------------------------------- */

static int take_over(struct dma_unit *base)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);

	dma_virtio_queue_start(&unit->function, &unit->requests.queue);
	dma_virtio_queue_start(&unit->function, &unit->reports.queue);
	dma_virtio_go(&unit->function);
	dma_virtio_reports_offer(&unit->reports, VIRTIO_FAULT_BYTES);
	base->running = true;
	return 0;
}

/* Who is attached to nothing is blocked, if the field reads as it was written (5.13.4.1). */
static int close(struct dma_unit *base)
{
	const struct dma_virtio_function *f = &dma_virtio_unit_of(base)->function;

	if (!(f->features & VIRTIO_BYPASS_CONFIG))
		return 0;
	dma_virtio_write(f, DMA_VIRTIO_CONFIG, VIRTIO_BYPASS, 1, 0);
	if (!(dma_virtio_read(f, DMA_VIRTIO_CONFIG, VIRTIO_BYPASS, 1) & 1))
		return 0;
	dma_log("virtio: unit at %x: it goes on letting through who is attached to nothing", base->paddr.raw);
	return DMA_EIO;
}

/* After a reset no endpoint is attached to anything, and the bypass stays as it is (5.13.4.2, 5.13.5): all are
 * blocked. */
static int stop(struct dma_unit *base)
{
	int error = close(base);

	return dma_virtio_reset(&dma_virtio_unit_of(base)->function) ? DMA_ETIMEDOUT : error;
}

/* The homes of regions are attached while everything still gets through (take_over), and the door is closed behind them
 * (start): hazard 74. */
const struct dma_unit_power_ops dma_virtio_power = {identify, take_over, close, stop, stop};
