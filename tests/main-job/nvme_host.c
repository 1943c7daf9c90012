/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host around the controller: frames that are watched, and a bus with one function.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "nvme/nvme_regs.h"
#include "nvme_model.h"

enum { PAGES = 1024, BASE = 0x100000 };

static unsigned char ram[PAGES * 4096] __attribute__((aligned(4096)));
static bool used[PAGES];

unsigned model_devices, model_frames, model_reached, model_allocations;

void host_start(void)
{
	memset(used, 0, sizeof(used));
	model_devices = model_frames = model_reached = model_allocations = 0;
}

void *host_memory(uint64_t paddr, size_t nbytes)
{
	if (paddr < BASE || paddr - BASE + nbytes > sizeof(ram) || !used[(paddr - BASE) / 4096])
		return NULL;
	return ram + (paddr - BASE);
}

/* ---- Hooks: memory ---------------------------------------------------------------------------------------------- */

int dma_host_info(struct dma_host_info *info)
{
	*info = (struct dma_host_info){.page_shift = 12, .cpus = 1, .line_step = 64, .line_align = 64};
	return 0;
}

void *dma_host_page_alloc(void)
{
	return aligned_alloc(4096, 4096);
}

void dma_host_page_free(void *page)
{
	free(page);
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	size_t run = 0;

	(void)max_paddr, (void)align;
	if (++model_allocations == model_config.frames_fail_at)
		return DMA_ENOMEM;
	for (size_t i = 0; i < PAGES; i++) {
		run = used[i] ? 0 : run + 1;
		if (run < npages)
			continue;
		memset(&used[i + 1 - npages], true, npages);
		model_frames += (unsigned)npages;
		*out = dma_paddr(BASE + 4096 * (i + 1 - npages));
		return 0;
	}
	return DMA_ENOMEM;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	for (size_t i = 0; i < npages; i++) {
		size_t index = (paddr.raw - BASE) / 4096 + i;

		if (!used[index])
			abort();
		used[index] = false;
		model_frames--;
		model_reached += model_reaches(paddr.raw + 4096 * i);
	}
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	return paddr.raw >= BASE && paddr.raw - BASE + npages * 4096 <= sizeof(ram);
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)nbytes;
	return ram + (paddr.raw - BASE);
}

static bool interrupts = true;
unsigned host_locks;

void host_interrupts(bool on)
{
	interrupts = on;
}

bool dma_host_interrupts_on(void)
{
	return interrupts && !host_locks;
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	if (lock->word) /* taken twice */
		abort();
	lock->word = 1;
	host_locks++;
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	(void)state;
	lock->word = 0;
	host_locks--;
}

void dma_host_log(const char *line)
{
	(void)line;
}

/* ---- The bus ----------------------------------------------------------------------------------------------------- */

int bus_pci_find_class(uint32_t class_code, unsigned index, struct bus_pci *out)
{
	if (class_code != NVME_CLASS_CODE || index)
		return DMA_ENODEV;
	*out = (struct bus_pci){.class_code = class_code};
	return 0;
}

int bus_pci_find_id(uint16_t vendor, uint16_t device, unsigned index, struct bus_pci *out)
{
	(void)vendor, (void)device, (void)index, (void)out;
	return DMA_ENODEV;
}

uintptr_t bus_lock(struct dma_lock *lock)
{
	return dma_host_lock(lock);
}

void bus_unlock(struct dma_lock *lock, uintptr_t state)
{
	dma_host_unlock(lock, state);
}

uint32_t bus_pci_read32(const struct bus_pci *fn, unsigned offset)
{
	(void)fn, (void)offset;
	return UINT32_MAX;
}

void bus_pci_write32(const struct bus_pci *fn, unsigned offset, uint32_t value)
{
	(void)fn, (void)offset, (void)value;
}

/* The controller has no register of another width than platform.h's hooks. */
uint32_t bus_register_read(const volatile void *reg, unsigned nbytes)
{
	(void)nbytes;
	return dma_host_mmio_read32(reg);
}

void bus_register_write(volatile void *reg, unsigned nbytes, uint32_t value)
{
	(void)nbytes;
	dma_host_mmio_write32(reg, value);
}

int bus_pci_bar(const struct bus_pci *fn, unsigned bar, dma_paddr_t *paddr, uint64_t *nbytes)
{
	(void)fn, (void)bar;
	*paddr = dma_paddr(MODEL_BAR);
	*nbytes = model_config.bar_size;
	return model_config.bar_size ? 0 : DMA_ENODEV;
}

void bus_pci_enable(const struct bus_pci *fn)
{
	(void)fn;
	model_master = true;
}

void bus_pci_disable(const struct bus_pci *fn)
{
	(void)fn;
	model_master = false;
}

int bus_pci_dma_init(const struct bus_pci *fn, struct dma_device *dev, struct dma_device_config *c)
{
	(void)fn;
	c->coherent = c->trusted = true;
	model_devices++;
	return dma_device_init(dev, c);
}

int bus_pci_dma_fini(const struct bus_pci *fn, struct dma_device *dev)
{
	int error = dma_device_fini(dev);

	(void)fn;
	model_devices -= error == 0;
	return error;
}

uint64_t bus_pci_faults(const struct bus_pci *fn)
{
	(void)fn;
	return model_faults();
}

const char *bus_option(const char *key, const char *otherwise)
{
	(void)key;
	return otherwise;
}

int bus_pci_interrupt(const struct bus_pci *fn, unsigned message, unsigned cpu, void (*handler)(void *context),
		      void *context)
{
	(void)fn, (void)cpu;
	return model_interrupt(message, handler, context);
}

void bus_pci_interrupt_end(const struct bus_pci *fn, unsigned message)
{
	(void)fn;
	model_interrupt_end(message);
}
