/* SPDX-License-Identifier: MPL-2.0 */
/*
 * drivers/bus.h in a process: the devices that were named on the command line, in that order.
 */
#include "app.h"
#include <bus.h>
#include <dmastream/errors.h>
#include <dmastream/init.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	struct dma_linux_device *dev;
	unsigned segment, bus, slot, function;
	uint32_t id, class_code;
} functions[APP_DEVICES];
static unsigned nfunctions;

int app_add_device(const char *name, struct dma_linux_device *dev)
{
	if (nfunctions == APP_DEVICES ||
	    /* NOLINTNEXTLINE(cert-err34-c): a name of a device, as is_name() has found */
	    sscanf(name, "%x:%x:%x.%x", &functions[nfunctions].segment, &functions[nfunctions].bus,
		   &functions[nfunctions].slot, &functions[nfunctions].function) != 4)
		return DMA_ENOMEM;
	functions[nfunctions].dev = dev;
	functions[nfunctions].id = dma_linux_config_read32(dev, 0);
	functions[nfunctions].class_code = dma_linux_config_read32(dev, 8) >> 8;
	nfunctions++;
	return 0;
}

void app_close_devices(void)
{
	while (nfunctions > 0)
		dma_linux_device_close(functions[--nfunctions].dev);
}

static struct dma_linux_device *device_of(const struct bus_pci *fn)
{
	return fn->priv;
}

static int find(uint32_t class_code, uint32_t id, unsigned index, struct bus_pci *out)
{
	for (unsigned i = 0; i < nfunctions; i++) {
		if ((class_code != UINT32_MAX && functions[i].class_code != class_code) ||
		    (id != UINT32_MAX && functions[i].id != id) || index-- > 0)
			continue;
		*out = (struct bus_pci){
			.segment = (uint16_t)functions[i].segment,
			.bus = (uint8_t)functions[i].bus,
			.devfn = (uint8_t)(functions[i].slot << 3 | functions[i].function),
			.vendor = (uint16_t)functions[i].id,
			.device = (uint16_t)(functions[i].id >> 16),
			.class_code = functions[i].class_code,
			.priv = functions[i].dev,
		};
		return 0;
	}
	return DMA_ENODEV;
}

int bus_pci_find_class(uint32_t class_code, unsigned index, struct bus_pci *out)
{
	return find(class_code, UINT32_MAX, index, out);
}

int bus_pci_find_id(uint16_t vendor, uint16_t device, unsigned index, struct bus_pci *out)
{
	return find(UINT32_MAX, vendor | (uint32_t)device << 16, index, out);
}

uint32_t bus_pci_read32(const struct bus_pci *fn, unsigned offset)
{
	return dma_linux_config_read32(device_of(fn), offset);
}

void bus_pci_write32(const struct bus_pci *fn, unsigned offset, uint32_t value)
{
	dma_linux_config_write32(device_of(fn), offset, value);
}

int bus_pci_bar(const struct bus_pci *fn, unsigned bar, dma_paddr_t *paddr, uint64_t *nbytes)
{
	return dma_linux_bar(device_of(fn), bar, paddr, nbytes);
}

void bus_pci_enable(const struct bus_pci *fn)
{
	dma_linux_device_enable(device_of(fn));
}

void bus_pci_disable(const struct bus_pci *fn)
{
	dma_linux_device_disable(device_of(fn));
}

int bus_pci_dma_init(const struct bus_pci *fn, struct dma_device *dev, struct dma_device_config *config)
{
	config->trusted = strcmp(bus_option("trusted", "yes"), "no") != 0;
	return dma_linux_device_attach(device_of(fn), dev, config);
}

int bus_pci_dma_fini(const struct bus_pci *fn, struct dma_device *dev)
{
	return dma_linux_device_detach(device_of(fn), dev);
}

/* The kernel keeps what the IOMMU reports to itself (and writes it to its log). */
uint64_t bus_pci_faults(const struct bus_pci *fn)
{
	(void)fn;
	return 0;
}

int bus_pci_interrupt(const struct bus_pci *fn, unsigned message, unsigned cpu, void (*handler)(void *context),
		      void *context)
{
	(void)cpu;
	if (strcmp(bus_option("interrupts", "on"), "off") == 0)
		return DMA_ENOTSUP;
	return dma_linux_interrupt(device_of(fn), message, handler, context);
}

void bus_pci_interrupt_end(const struct bus_pci *fn, unsigned message)
{
	dma_linux_interrupt_end(device_of(fn), message);
}

uint32_t bus_register_read(const volatile void *reg, unsigned nbytes)
{
	if (nbytes == 4)
		return dma_host_mmio_read32(reg);
	return nbytes == 1 ? *(const volatile uint8_t *)reg : *(const volatile uint16_t *)reg;
}

void bus_register_write(volatile void *reg, unsigned nbytes, uint32_t value)
{
	if (nbytes == 4)
		dma_host_mmio_write32(reg, value);
	else if (nbytes == 1)
		*(volatile uint8_t *)reg = (uint8_t)value;
	else
		*(volatile uint16_t *)reg = (uint16_t)value;
}

uintptr_t bus_lock(struct dma_lock *lock)
{
	return dma_host_lock(lock);
}

void bus_unlock(struct dma_lock *lock, uintptr_t state)
{
	dma_host_unlock(lock, state);
}

const char *bus_machine(void)
{
	return "linux";
}

const char *bus_iommu(void)
{
	return bus_option("iommu", "vfio");
}

void bus_write(const char *text, size_t nbytes)
{
	while (nbytes > 0) {
		ssize_t n = write(STDOUT_FILENO, text, nbytes);

		if (n <= 0)
			return;
		text += n;
		nbytes -= (size_t)n;
	}
}

uint64_t bus_frames_in_use(void)
{
	struct dma_linux_stats linux_stats;
	struct dma_stats stats;

	dma_linux_stats_get(&linux_stats);
	dma_stats(&stats);
	return linux_stats.frames_in_use - stats.pages_own;
}

uint64_t bus_ticks(void)
{
	return dma_host_time_ns();
}

/* A device may need the CPU that polls it, in a virtual machine. */
void bus_relax(void)
{
	(void)sched_yield();
}

void bus_wait(bool (*ready)(void *context), void *context)
{
	uint64_t seen = dma_linux_interrupts();

	(void)dma_reclaim();
	if (!ready(context))
		dma_linux_wait(seen);
}

/* One program, one CPU as far as it is concerned: its threads are its own business. */
unsigned bus_cpus(void)
{
	return 1;
}

bool bus_cpu_run(unsigned cpu, void (*work)(void *context), void *context)
{
	(void)cpu, (void)work, (void)context;
	return false;
}

bool bus_cpu_busy(unsigned cpu)
{
	(void)cpu;
	return false;
}

bool bus_cpu_interrupt(unsigned cpu, void (*call)(void *context), void *context)
{
	(void)cpu, (void)call, (void)context;
	return false;
}
