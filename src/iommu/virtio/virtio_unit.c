/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One unit on and off (virtio 1.3, 3.1.1 and 5.13.5).
 */
#include <dmastream/deadline.h>
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "virtio_driver.h"

enum { GENERATIONS = 16 }; /* a configuration that changes more often while it is read makes no sense */

static uint8_t status_of(const struct virtio_unit *unit)
{
	return (uint8_t)dma_virtio_read(unit, unit->common + VIRTIO_STATUS, 1);
}

static void add_status(struct virtio_unit *unit, unsigned bits)
{
	dma_virtio_write(unit, unit->common + VIRTIO_STATUS, 1, status_of(unit) | bits);
}

static int reset(struct virtio_unit *unit)
{
	struct dma_deadline deadline = dma_deadline_after(unit->base.queue.timeout_ns);

	dma_virtio_write(unit, unit->common + VIRTIO_STATUS, 1, 0);
	while (status_of(unit))
		if (dma_deadline_over(&deadline))
			return DMA_ETIMEDOUT;
	return 0;
}

/* ---- What it is ------------------------------------------------------------------------------------------------ */

static uint64_t features_offered(const struct virtio_unit *unit)
{
	uint64_t offered = 0;

	for (unsigned half = 0; half < 2; half++) {
		dma_virtio_write(unit, unit->common + VIRTIO_OFFERED_SELECT, 4, half);
		offered |= (uint64_t)dma_virtio_read(unit, unit->common + VIRTIO_OFFERED, 4) << 32 * half;
	}
	return offered;
}

static int negotiate(struct virtio_unit *unit, const char **why)
{
	uint64_t must = VIRTIO_VERSION_1 | VIRTIO_MAP_UNMAP;

	add_status(unit, VIRTIO_ACKNOWLEDGE);
	add_status(unit, VIRTIO_DRIVER);
	unit->features =
		features_offered(unit) & (must | VIRTIO_INPUT_RANGE | VIRTIO_DOMAIN_RANGE | VIRTIO_PROBE | VIRTIO_MMIO |
					  VIRTIO_BYPASS_CONFIG | VIRTIO_ACCESS_PLATFORM | VIRTIO_ORDER_PLATFORM);
	*why = "it does not offer what it takes to map and unmap";
	if ((unit->features & must) != must)
		return DMA_ENOTSUP;
	for (unsigned half = 0; half < 2; half++) {
		dma_virtio_write(unit, unit->common + VIRTIO_ACCEPTED_SELECT, 4, half);
		dma_virtio_write(unit, unit->common + VIRTIO_ACCEPTED, 4, (uint32_t)(unit->features >> 32 * half));
	}
	add_status(unit, VIRTIO_FEATURES_OK);
	*why = "it refuses the features that it offers";
	return status_of(unit) & VIRTIO_FEATURES_OK ? 0 : DMA_ENOTSUP;
}

/* 2.5.3: read again if it has changed meanwhile. */
static bool read_configuration(struct virtio_unit *unit)
{
	const volatile char *config = unit->device;

	for (unsigned i = 0; i < GENERATIONS; i++) {
		uint32_t before = dma_virtio_read(unit, unit->common + VIRTIO_GENERATION, 1);

		unit->page_sizes = dma_virtio_read64(unit, config + VIRTIO_PAGE_SIZE_MASK);
		unit->input_first = 0;
		unit->input_last = UINT64_MAX;
		if (unit->features & VIRTIO_INPUT_RANGE) {
			unit->input_first = dma_virtio_read64(unit, config + VIRTIO_INPUT_START);
			unit->input_last = dma_virtio_read64(unit, config + VIRTIO_INPUT_END);
		}
		unit->first_domain = 0;
		unit->domains = UINT32_MAX;
		if (unit->features & VIRTIO_DOMAIN_RANGE) {
			unit->first_domain = dma_virtio_read(unit, config + VIRTIO_DOMAIN_START, 4);
			unit->domains = dma_virtio_read(unit, config + VIRTIO_DOMAIN_END, 4) - unit->first_domain;
		}
		unit->probe_bytes = 0;
		if (unit->features & VIRTIO_PROBE)
			unit->probe_bytes = dma_virtio_read(unit, config + VIRTIO_PROBE_SIZE, 4);
		if (dma_virtio_read(unit, unit->common + VIRTIO_GENERATION, 1) == before)
			return true;
	}
	return false;
}

/* The largest size of the queue; 0: one of them is not there, or its doorbell lies nowhere. */
static unsigned queue_size(struct virtio_unit *unit, unsigned index)
{
	unsigned size;
	uint64_t at;

	dma_virtio_write(unit, unit->common + VIRTIO_QUEUE_SELECT, 2, index);
	size = dma_virtio_read(unit, unit->common + VIRTIO_QUEUE_SIZE, 2);
	at = (uint64_t)dma_virtio_read(unit, unit->common + VIRTIO_QUEUE_NOTIFY_OFF, 2) * unit->notify_step;
	if (at + 2 > unit->notify_bytes || at % 2 || (size & (size - 1)))
		return 0;
	unit->doorbell[index] = unit->notify + at;
	return size < DMA_VIRTQ_MOST ? size : DMA_VIRTQ_MOST;
}

static int judge_configuration(struct virtio_unit *unit, const char **why)
{
	*why = "its configuration changes while it is read";
	if (!read_configuration(unit))
		return DMA_ENOTSUP;
	*why = "its pages are larger than those of the library, or its ranges are empty, or it probes by the megabyte";
	if (!(unit->page_sizes & (((uint64_t)DMA_PAGE_SIZE << 1) - 1)) || unit->input_last <= unit->input_first ||
	    (unit->features & VIRTIO_DOMAIN_RANGE &&
	     (unit->domains == 0 || unit->first_domain + unit->domains < unit->first_domain)) ||
	    unit->probe_bytes > 1 << 20 ||
	    (unit->features & VIRTIO_BYPASS_CONFIG && unit->device_bytes <= VIRTIO_BYPASS))
		return DMA_ENOTSUP;
	*why = "one of its queues is too small, or nowhere";
	unit->requests.queue.size = (uint16_t)queue_size(unit, VIRTIO_REQUEST_QUEUE);
	unit->event_queue.size = (uint16_t)queue_size(unit, VIRTIO_EVENT_QUEUE);
	return unit->requests.queue.size < 4 || !unit->event_queue.size ? DMA_ENOTSUP : 0;
}

static int identify(struct dma_unit *base, const void *config, const char **why)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	int error = dma_virtio_pci_map(unit, why);

	(void)config;
	if (error)
		return error;
	*why = "it does not answer";
	error = reset(unit);
	if (!error)
		error = negotiate(unit, why);
	if (!error)
		error = judge_configuration(unit, why);
	if (error)
		return error;
	base->reach = (struct dma_unit_reach){.max_paddr = UINT64_MAX, .snoops = true};
	base->nids = unit->domains < 65535 ? unit->domains + 1 : 65536;
	dma_viot_span(&dma_virtio_of(base->iommu)->viot, base->found, &base->first, &base->last);
	base->no_bypass = !(unit->features & VIRTIO_BYPASS_CONFIG);
	dma_virtio_domains_describe(unit);
	return 0;
}

int dma_virtio_memory(struct dma_unit *base)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	size_t probe_bytes = VIRTIO_PROBE_BYTES + unit->probe_bytes + VIRTIO_TAIL_BYTES;

	for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
		unit->ring[i] = dma_unit_take(base, 1, DMA_PAGE_SIZE, &unit->ring_paddr[i]);
		if (!unit->ring[i])
			return DMA_ENOMEM;
	}
	unit->requests.memory = dma_unit_take(base, 1, DMA_PAGE_SIZE, &unit->requests.memory_paddr);
	unit->events = dma_unit_take(base, 1, DMA_PAGE_SIZE, &unit->events_paddr);
	if (!unit->requests.memory || !unit->events)
		return DMA_ENOMEM;
	if (!unit->probe_bytes)
		return 0;
	unit->probe = dma_unit_take(base, (probe_bytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT, DMA_PAGE_SIZE,
				    &unit->probe_paddr);
	return unit->probe ? 0 : DMA_ENOMEM;
}

/* ---- On and off ------------------------------------------------------------------------------------------------ */

static void enable(struct virtio_unit *unit, unsigned index, const struct dma_virtq *queue)
{
	volatile char *common = unit->common;

	dma_virtio_write(unit, common + VIRTIO_QUEUE_SELECT, 2, index);
	dma_virtio_write(unit, common + VIRTIO_QUEUE_SIZE, 2, queue->size);
	dma_virtio_write64(unit, common + VIRTIO_QUEUE_DESC, queue->paddr.raw);
	dma_virtio_write64(unit, common + VIRTIO_QUEUE_DRIVER, queue->paddr.raw + dma_virtq_available(queue));
	dma_virtio_write64(unit, common + VIRTIO_QUEUE_DEVICE, queue->paddr.raw + dma_virtq_used(queue));
	dma_virtio_write(unit, common + VIRTIO_QUEUE_ENABLE, 2, 1);
}

static int take_over(struct dma_unit *base)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);

	dma_virtio_requests_init(unit);
	dma_virtq_init(&unit->event_queue, unit->ring[VIRTIO_EVENT_QUEUE], unit->ring_paddr[VIRTIO_EVENT_QUEUE],
		       unit->event_queue.size);
	dma_publish();
	enable(unit, VIRTIO_REQUEST_QUEUE, &unit->requests.queue);
	enable(unit, VIRTIO_EVENT_QUEUE, &unit->event_queue);
	add_status(unit, VIRTIO_DRIVER_OK);
	dma_virtio_events_offer(unit);
	base->running = true;
	return 0;
}

/* Who is attached to nothing is blocked, if the field reads as it was written (5.13.4.1). */
static int close(struct dma_unit *base)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);

	if (!(unit->features & VIRTIO_BYPASS_CONFIG))
		return 0;
	dma_virtio_write(unit, unit->device + VIRTIO_BYPASS, 1, 0);
	if (!(dma_virtio_read(unit, unit->device + VIRTIO_BYPASS, 1) & 1))
		return 0;
	dma_log("virtio: unit at %x: it goes on letting through who is attached to nothing", base->paddr.raw);
	return DMA_EIO;
}

/* After a reset no endpoint is attached to anything, and the bypass stays as it is (5.13.4.2, 5.13.5): all are
 * blocked. */
static int stop(struct dma_unit *base)
{
	int error = close(base);

	return reset(dma_virtio_unit_of(base)) ? DMA_ETIMEDOUT : error;
}

/* The homes of regions are attached while everything still gets through (take_over), and the door is closed behind them
 * (start): hazard 74. */
const struct dma_unit_power_ops dma_virtio_power = {identify, take_over, close, stop, stop};
