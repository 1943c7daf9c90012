/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices: they see device addresses only, and reach RAM through a translator, or their windows; coherent ones snoop
 * the cache, but not the store buffers.
 */
#include "../machine/sim_machine.h"

struct dma_device_config sim_device_dma(const struct sim_device *dev)
{
	struct dma_device_config config = {
		.name = dev->config.name,
		.mask = dev->config.mask,
		.windows = dev->config.nwindows ? dev->config.windows : NULL,
		.nwindows = dev->config.nwindows,
		.coherent = dev->config.coherent,
		.trusted = dev->config.trusted,
		.zero_length_reads = dev->config.zero_length_reads,
		.requester = dev->config.requester,
	};

	return config;
}

void sim_set_translator(sim_translator translate, void *ctx)
{
	sim.translate = translate;
	sim.translate_ctx = ctx;
}

static bool through_windows(const struct sim_device_config *config, uint64_t daddr, uint64_t *paddr)
{
	*paddr = daddr;
	for (size_t i = 0; i < config->nwindows; i++) {
		const struct dma_window *w = &config->windows[i];

		if (daddr >= w->daddr_base.raw && daddr - w->daddr_base.raw < w->size) {
			*paddr = w->paddr_base.raw + (daddr - w->daddr_base.raw);
			return true;
		}
	}
	return config->nwindows == 0;
}

/* Where an address of the device's leads. */
static int translated(const struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	if (daddr > dev->config.mask)
		return DMA_EFAULT;
	if (sim.translate)
		return sim.translate(sim.translate_ctx, (struct sim_device *)(uintptr_t)dev, daddr, write, paddr);
	return through_windows(&dev->config, daddr, paddr) ? 0 : DMA_EFAULT;
}

static int reach_ram(uint64_t paddr, uint64_t *offset)
{
	if (!ram_offset(paddr, 1, offset))
		return DMA_EFAULT;
	if (sim.config.cvm && !(sim.pages[*offset >> DMA_PAGE_SHIFT].flags & PAGE_SHARED))
		return DMA_EFAULT;
	return 0;
}

int device_reach(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *offset)
{
	uint64_t paddr;

	return translated(dev, daddr, write, &paddr) ? DMA_EFAULT : reach_ram(paddr, offset);
}

void device_line_read(uint64_t offset, void *data, void *label, unsigned n, bool snoop)
{
	uint64_t number = offset >> sim.line_shift;
	bool cached;

	store_settle(number);
	operation_settle(number);
	cached = snoop && line_at(number)->state != LINE_INVALID;
	if (!snoop && line_at(number)->state == LINE_DIRTY && sim_choose(2))
		cache_write_back(number); /* evicted in time: the mistake stays unseen */
	memcpy(data, (cached ? sim.cache : sim.ram) + offset, n);
	memcpy(label, (cached ? sim.cache_label : sim.ram_label) + offset, n);
}

void device_line_write(uint64_t offset, const void *data, unsigned n, bool snoop)
{
	uint64_t number = offset >> sim.line_shift;
	struct line *line = line_at(number);
	uint8_t label[LINE_MAX];

	memset(label, SIM_PUBLIC, n);
	store_settle(number);
	operation_settle(number);
	early_record(number);
	if (snoop) {
		cache_evict(number);
		ram_store(offset, data, label, n);
		return;
	}
	if (line->state == LINE_INVALID && page_cacheable(offset) && sim_choose(2))
		cache_fill(number); /* speculation, just before */
	if (line->state == LINE_DIRTY && sim_choose(2))
		cache_evict(number);
	ram_store(offset, data, label, n);
	if (line->state == LINE_DIRTY && sim_choose(2))
		cache_evict(number); /* over what the device wrote */
}

static unsigned part_of(uint64_t daddr, size_t n)
{
	unsigned size = 1u << sim.line_shift, room = size - (unsigned)(daddr & (size - 1));

	return n < room ? (unsigned)n : room;
}

/* A free frame is nobody's, nor is one that the library keeps: reaching it is the mistake of whoever let the device go
 * on. */
static void check_alive(const struct sim_device *dev, uint64_t offset, bool checked)
{
	uint8_t flags = sim.pages[offset >> DMA_PAGE_SHIFT].flags;

	if (checked && !(flags & PAGE_ALLOCATED))
		sim_fail_at(SIM_USE_AFTER_FREE, offset, "device %s touched a free frame", dev->config.name);
	else if (checked && flags & PAGE_KEPT)
		sim_fail_at(SIM_USE_AFTER_FREE, offset,
			    "device %s touched memory that was released and that the library keeps: stop the device "
			    "before the release",
			    dev->config.name);
	page_use(offset >> DMA_PAGE_SHIFT);
}

/* Nothing is there: so the device fails, as it should. */
static void check_address(const struct sim_device *dev, uint64_t daddr, bool checked)
{
	if (checked && daddr >= DMA_ADDRESS_NONE)
		sim_fail(SIM_MISUSE, SIM_NOWHERE,
			 "device %s was given the address of an empty stream: ask for the address while the stream "
			 "lives",
			 dev->config.name);
}

enum { DOORBELL = 1, CHECKED = 2 };

static int read_from(struct sim_device *dev, uint64_t daddr, uint8_t *buf, size_t n, unsigned how)
{
	bool checked = how & CHECKED;
	uint8_t label[LINE_MAX];
	int error = 0;

	machine_lock();
	check_address(dev, daddr, checked);
	if (how & DOORBELL)
		store_drain_published(&sim.cpus[sim_thread.cpu]);
	while (n) {
		unsigned part = part_of(daddr, n);
		uint64_t offset, paddr;

		error = translated(dev, daddr, false, &paddr);
		if (!error && mmio_peer(paddr, buf, part, false)) {
			buf += part;
			daddr += part;
			n -= part;
			continue;
		}
		if (!error)
			error = reach_ram(paddr, &offset);
		if (error && sim_observer && checked)
			sim_observer->device_lost(dev, daddr, n, false);
		if (error)
			break;
		event(checked ? "device reads" : "hostile device reads", offset, part);
		adversary_touch(offset >> sim.line_shift);
		sim.step();
		check_alive(dev, offset, checked);
		if (sim_observer && checked)
			sim_observer->device(dev, daddr, offset, part, false);
		device_line_read(offset, buf, label, part, dev->config.coherent);
		if (checked)
			ownership_device_read(dev, offset, part);
		else
			ownership_device_try(offset);
		oracle_device_read(dev, offset, part, label, checked);
		buf += part;
		daddr += part;
		n -= part;
	}
	machine_unlock();
	return error;
}

static int write_to(struct sim_device *dev, uint64_t daddr, const uint8_t *buf, size_t n, unsigned how)
{
	bool checked = how & CHECKED;
	int error = 0;

	machine_lock();
	check_address(dev, daddr, checked);
	if (how & DOORBELL)
		store_drain_published(&sim.cpus[sim_thread.cpu]);
	while (n) {
		unsigned part = part_of(daddr, n);
		uint64_t offset, paddr;

		error = translated(dev, daddr, true, &paddr);
		if (!error && mmio_peer(paddr, (uint8_t *)(uintptr_t)buf, part, true)) {
			buf += part;
			daddr += part;
			n -= part;
			continue;
		}
		if (!error)
			error = reach_ram(paddr, &offset);
		if (error && sim_observer && checked)
			sim_observer->device_lost(dev, daddr, n, true);
		if (error)
			break;
		event(checked ? "device writes" : "hostile device writes", offset, part);
		adversary_touch(offset >> sim.line_shift);
		sim.step();
		check_alive(dev, offset, checked);
		if (sim_observer && checked)
			sim_observer->device(dev, daddr, offset, part, true);
		if (checked)
			ownership_device_write(offset, part);
		else
			ownership_device_try(offset);
		oracle_device_write(dev, offset, part, checked);
		device_line_write(offset, buf, part, dev->config.coherent);
		buf += part;
		daddr += part;
		n -= part;
	}
	machine_unlock();
	return error;
}

int sim_device_read(struct sim_device *dev, dma_daddr_t daddr, void *buf, size_t n)
{
	return read_from(dev, daddr.raw, buf, n, DOORBELL | CHECKED);
}

int sim_device_write(struct sim_device *dev, dma_daddr_t daddr, const void *buf, size_t n)
{
	return write_to(dev, daddr.raw, buf, n, DOORBELL | CHECKED);
}

int sim_device_work_read(struct sim_device *dev, dma_daddr_t daddr, void *buf, size_t n)
{
	return read_from(dev, daddr.raw, buf, n, CHECKED);
}

int sim_device_work_write(struct sim_device *dev, dma_daddr_t daddr, const void *buf, size_t n)
{
	return write_to(dev, daddr.raw, buf, n, CHECKED);
}

int sim_device_probe(struct sim_device *dev, dma_daddr_t daddr, void *buf, size_t n)
{
	return read_from(dev, daddr.raw, buf, n, 0);
}

int sim_device_poke(struct sim_device *dev, dma_daddr_t daddr, const void *buf, size_t n)
{
	return write_to(dev, daddr.raw, buf, n, 0);
}

size_t sim_device_foreign(struct sim_device *dev, dma_daddr_t daddr, size_t n)
{
	size_t foreign = 0;

	machine_lock();
	for (size_t i = 0; i < n; i++) {
		uint64_t offset;
		bool cached;

		if (device_reach(dev, daddr.raw + i, false, &offset))
			continue;
		cached = dev->config.coherent && line_at(offset >> sim.line_shift)->state != LINE_INVALID;
		foreign += !oracle_may_see(dev, (cached ? sim.cache_label : sim.ram_label) + offset, 1);
	}
	machine_unlock();
	return foreign;
}

/* ---- Units beside the CPU ---- */

static int ram_access(uint64_t paddr, uint8_t *buf, size_t n, bool snoop, bool write)
{
	int error = 0;
	uint8_t label[LINE_MAX];

	machine_lock();
	while (n) {
		unsigned part = part_of(paddr, n);
		uint64_t offset;

		if (!ram_offset(paddr, part, &offset)) {
			error = DMA_EFAULT;
			break;
		}
		event(write ? "unit writes" : "unit reads", offset, part);
		if (write)
			device_line_write(offset, buf, part, snoop);
		else
			device_line_read(offset, buf, label, part, snoop);
		buf += part;
		paddr += part;
		n -= part;
	}
	machine_unlock();
	return error;
}

int sim_ram_read(uint64_t paddr, void *buf, size_t n, bool snoop)
{
	return ram_access(paddr, buf, n, snoop, false);
}

int sim_ram_write(uint64_t paddr, const void *buf, size_t n, bool snoop)
{
	uint8_t *bytes;

	memcpy(&bytes, &buf, sizeof(bytes)); /* only read through */
	return ram_access(paddr, bytes, n, snoop, true);
}

bool sim_is_free(uint64_t paddr)
{
	uint64_t offset;

	return ram_offset(paddr, 8, &offset) && !(sim.pages[offset >> DMA_PAGE_SHIFT].flags & PAGE_ALLOCATED);
}
