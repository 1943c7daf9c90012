/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices: a configuration is checked when the device is made, and only read from then on.
 */
#include "../base/state.h"
#include "domain_ops.h"
#include "reach.h"
#include <dmastream/errors.h>

static bool power_of_two_or_0(uint64_t value)
{
	return (value & (value - 1)) == 0;
}

static uint64_t last_of(uint64_t base, uint64_t size)
{
	return base + (size - 1);
}

/* ---- Configuration ---- */

/* A window keeps page offsets: the ledger, and every device that is given pages, rely on page aligned daddrs. */
static bool window_ok(const struct dma_window *w)
{
	return w->size > 0 && (w->daddr_base.raw - w->paddr_base.raw) % DMA_PAGE_SIZE == 0 &&
	       last_of(w->paddr_base.raw, w->size) >= w->paddr_base.raw &&
	       last_of(w->daddr_base.raw, w->size) >= w->daddr_base.raw;
}

static const char *wrong_field(const struct dma_device_config *config)
{
	if (!config->name)
		return "name";
	if ((config->mask & (config->mask + 1)) != 0 || config->mask < DMA_PAGE_SIZE - 1)
		return "mask";
	if (DMA_CONFIG_WINDOWS && (config->nwindows > DMA_DEVICE_WINDOWS || (config->nwindows > 0 && !config->windows)))
		return "nwindows";
	for (size_t i = 0; DMA_CONFIG_WINDOWS && i < config->nwindows; i++) {
		if (!window_ok(&config->windows[i]))
			return "windows";
	}
	/* With an alignment beyond the mask only address 0 would be left, which no stream has. */
	if (!power_of_two_or_0(config->min_align) || config->min_align > config->mask)
		return "min_align";
	/* A stream is one piece of whole pages: with a limit below a page, no stream could ever be made (hazard 83). */
	if (!DMA_CONFIG_LIMITS)
		return NULL;
	if (!power_of_two_or_0(config->boundary) || (config->boundary && config->boundary < DMA_PAGE_SIZE))
		return "boundary";
	if (config->max_segment_size && config->max_segment_size < DMA_PAGE_SIZE)
		return "max_segment_size";
	return NULL;
}

static void copy_name(char *to, const char *from)
{
	size_t i = 0;

	for (; i < DMA_DEVICE_NAME_SIZE - 1 && from[i]; i++)
		to[i] = from[i];
	to[i] = '\0';
}

/* 2^64 - 1 is where an empty segment seems to end, so it must lie beyond every limit. */
static uint64_t below_empty(uint64_t last)
{
	return last < UINT64_MAX ? last : UINT64_MAX - 1;
}

/* Sets the limits of map's fast paths, which serve one range of paddrs from 0 on, at one offset. A device that limits
 * the size of a piece has no fast path, since fast paths do not look at sizes. */
static void find_direct(struct dma_device *dev)
{
	uint64_t last = 0;

	if (!DMA_CONFIG_INLINE)
		return;
	dev->linear_base = dma_state.host.linear_base;
	if ((DMA_CONFIG_NONCOHERENT && !dev->coherent) || dma_is_cvm() || dev->boundary || dev->max_segment_size)
		return;
	if (dma_domain_translates(dev->domain) && dev->domain->features & DMA_DOMAIN_WINDOW) {
		if (!DMA_CONFIG_WINDOWS || !dev->nwindows) /* attach() has set it */
			return;
	} else if (dma_domain_translates(dev->domain)) {
		if (!dev->needs_slow_path)
			dev->translated_last = below_empty(dma_state.host.linear_last);
		return;
	}
	if (dev->min_align > DMA_PAGE_SIZE)
		return;
	if (!DMA_CONFIG_WINDOWS || dev->nwindows == 0) {
		last = dev->mask;
	} else if (dev->windows[0].paddr_base.raw == 0 && dev->windows[0].daddr_base.raw <= dev->mask) {
		uint64_t within_mask = dev->mask - dev->windows[0].daddr_base.raw;
		uint64_t within_window = dev->windows[0].size - 1;

		dev->direct_delta = dev->windows[0].daddr_base.raw;
		last = within_mask < within_window ? within_mask : within_window;
	}
	if (last > dma_state.host.linear_last)
		last = dma_state.host.linear_last;
	dev->direct_last = below_empty(last);
}

/* What the configuration of the library (config.h) promises that no device has. */
static const char *ruled_out(const struct dma_device_config *config, const struct dma_domain *domain)
{
	if (!DMA_CONFIG_IOMMU && domain->ops)
		return "domain (DMA_CONFIG_IOMMU is 0)";
	if (!DMA_CONFIG_NONCOHERENT && !config->coherent)
		return "coherent (DMA_CONFIG_NONCOHERENT is 0)";
	if (!DMA_CONFIG_WINDOWS && config->nwindows)
		return "nwindows (DMA_CONFIG_WINDOWS is 0)";
	if (!DMA_CONFIG_LIMITS && (config->min_align > DMA_PAGE_SIZE || config->boundary || config->max_segment_size))
		return "min_align, boundary, max_segment_size (DMA_CONFIG_LIMITS is 0)";
	return NULL;
}

int dma_device_init(struct dma_device *dev, const struct dma_device_config *config)
{
	struct dma_domain *domain = config->domain ? config->domain : &dma_domain_passthrough;
	const char *wrong = wrong_field(config);
	const struct dma_bypass_ops *bypass;
	int error;

	if (!dma_state.ready)
		return DMA_EINVAL;
	if (wrong) {
		dma_log("dmastream: device %s: %s is out of range", config->name ? config->name : "?", wrong);
		return DMA_EINVAL;
	}
	wrong = ruled_out(config, domain);
	if (wrong) {
		dma_log("dmastream: device %s: this build has no code for its %s", config->name, wrong);
		return DMA_ENOTSUP;
	}
	*dev = (struct dma_device){
		.domain = domain,
		.mask = config->mask,
		.boundary = config->boundary,
		.max_segment_size = config->max_segment_size,
		.min_align = config->min_align ? config->min_align : 1,
		.max_segments = config->max_segments,
		.coherent = config->coherent,
		.trusted = config->trusted,
		.zero_length_reads = config->zero_length_reads,
		.deferred = config->trusted && (domain->features & DMA_DOMAIN_DEFERRED) != 0,
		.needs_slow_path = config->zero_length_reads || config->min_align > DMA_PAGE_SIZE,
		.nwindows = (uint8_t)config->nwindows,
		.requester = config->requester,
	};
	for (size_t i = 0; DMA_CONFIG_WINDOWS && i < config->nwindows; i++)
		dev->windows[i] = config->windows[i];
	copy_name(dev->name, config->name);
	bypass = dma_bypass_ops();
	error = dma_domain_translates(domain) ? domain->ops->attach(domain, dev)
		: bypass		      ? bypass->begin(dev, config->domain != NULL)
					      : 0;
	if (error) {
		*dev = (struct dma_device){0};
		return error;
	}
	(void)__atomic_fetch_add(&domain->devices, 1, __ATOMIC_RELAXED);
	find_direct(dev);
	return 0;
}

size_t dma_device_line(const struct dma_device *dev)
{
	size_t unit = 1;

	if (!dev->domain)
		return 0;
	if (!dev->trusted)
		unit = DMA_PAGE_SIZE; /* hazard 56 */
	else if (DMA_CONFIG_NONCOHERENT && !dev->coherent)
		unit = dma_state.host.line_align; /* hazards 45, 81 */
	return unit > dev->min_align ? unit : dev->min_align;
}

/* ---- End ---- */

static size_t count_of(uint64_t word)
{
	return word & (((uint64_t)1 << DMA_LEDGER_COUNT_BITS) - 1);
}

static uint64_t page_of(uint64_t word)
{
	return word >> DMA_LEDGER_COUNT_BITS;
}

size_t dma_device_live(const struct dma_device *dev)
{
	size_t live = 0;

	for (size_t i = 0; DMA_CONFIG_LEDGER && i < DMA_LEDGER_WORDS; i++)
		live += count_of(dma_load(&dev->ledger[i]));
	return live;
}

/* Logs which streams live. False: none does. */
static bool name_live(const struct dma_device *dev)
{
	bool any = false, translated = dev->domain->ops != NULL;

	for (size_t i = 0; DMA_CONFIG_LEDGER && i < DMA_LEDGER_WORDS; i++) {
		uint64_t word = dma_load(&dev->ledger[i]);

		if (word == 0)
			continue;
		any = true;
		if (count_of(word) == 1)
			dma_log("dmastream: device %s: a stream lives at %x", dev->name,
				page_of(word) << DMA_PAGE_SHIFT);
		else
			dma_log("dmastream: device %s: %u streams live at pages whose bits %s are %x", dev->name,
				(unsigned)count_of(word), translated ? "6 to 10" : "0 to 3",
				(uint64_t)(translated ? i : i / 2));
	}
	return any;
}

int dma_device_fini(struct dma_device *dev)
{
	struct dma_domain *domain = dev->domain;
	const struct dma_bypass_ops *bypass;

	if (!domain)
		return 0;
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	if (name_live(dev)) {
		dma_arch_streams_left(dev);
		return DMA_EBUSY;
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE); /* every release that the ledger has counted is over */
	bypass = dma_bypass_ops();
	if (dma_domain_translates(domain))
		domain->ops->detach(domain, dev);
	else if (bypass)
		bypass->end(dev);
	(void)__atomic_fetch_sub(&domain->devices, 1, __ATOMIC_RELAXED);
	*dev = (struct dma_device){0};
	return 0;
}

int dma_device_block(struct dma_device *dev)
{
	struct dma_domain *domain = dev->domain;
	const struct dma_bypass_ops *bypass;

	if (!domain)
		return DMA_EINVAL;
	dma_store(&dev->direct_last, 0);
	dma_store(&dev->translated_last, 0);
	__atomic_store_n(&dev->blocked, 1, __ATOMIC_RELAXED);
	bypass = dma_bypass_ops();
	return dma_domain_translates(domain) ? domain->ops->block(domain, dev)
	       : bypass			     ? bypass->block(dev)
					     : DMA_ENOTSUP;
}
