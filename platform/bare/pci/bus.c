/* SPDX-License-Identifier: MPL-2.0 */
/*
 * drivers/bus.h on the bare machine.
 */
#include "../../../drivers/bus.h"
#include "../cvm/cvm_guest.h"
#include "../iommu/bare_iommu.h"
#include "../kernel/cpu.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../machine.h"
#include "../memory/frames.h"
#include "msix.h"
#include "pci_config.h"
#include "pci_cut_off.h"
#include <dmastream/errors.h>
#include <dmastream/init.h>
#include <dmastream/platform.h>

#define CONFIG_BYTES 4096

static struct pci_function *function_of(const struct bus_pci *fn)
{
	return fn->priv;
}

static bool is_class(const struct pci_function *function, uint32_t class_code)
{
	return function->class_code == class_code;
}

static bool is_id(const struct pci_function *function, uint32_t id)
{
	return function->vendor == (id & 0xffff) && function->device == id >> 16;
}

static int find(bool (*matches)(const struct pci_function *, uint32_t), uint32_t what, unsigned index,
		struct bus_pci *out)
{
	for (unsigned i = 0; i < pci_count(); i++) {
		struct pci_function *function = pci_function(i);

		if (!matches(function, what) || index-- > 0)
			continue;
		*out = (struct bus_pci){
			.segment = function->segment,
			.bus = function->bus,
			.devfn = function->devfn,
			.vendor = function->vendor,
			.device = function->device,
			.class_code = function->class_code,
			.priv = function,
		};
		return 0;
	}
	return DMA_ENODEV;
}

int bus_pci_find_class(uint32_t class_code, unsigned index, struct bus_pci *out)
{
	return find(is_class, class_code, index, out);
}

int bus_pci_find_id(uint16_t vendor, uint16_t device, unsigned index, struct bus_pci *out)
{
	return find(is_id, vendor | (uint32_t)device << 16, index, out);
}

uint32_t bus_pci_read32(const struct bus_pci *fn, unsigned offset)
{
	if (offset % 4 || offset >= CONFIG_BYTES)
		return UINT32_MAX;
	return pci_read32(function_of(fn)->config, offset);
}

void bus_pci_write32(const struct bus_pci *fn, unsigned offset, uint32_t value)
{
	if (offset % 4 == 0 && offset < CONFIG_BYTES)
		pci_write32(function_of(fn)->config, offset, value);
}

int bus_pci_bar(const struct bus_pci *fn, unsigned bar, dma_paddr_t *paddr, uint64_t *nbytes)
{
	const struct pci_function *function = function_of(fn);

	if (bar > 5)
		return DMA_EINVAL;
	if (function->bar[bar].paddr == 0)
		return DMA_ENODEV;
	*paddr = dma_paddr(function->bar[bar].paddr);
	*nbytes = function->bar[bar].size;
	return 0;
}

/* The command register alone: the status bits beside it are cleared by ones. */
static void change_command(const struct bus_pci *fn, uint32_t clear, uint32_t set)
{
	uint32_t command = bus_pci_read32(fn, PCI_COMMAND) & 0xffff;

	bus_pci_write32(fn, PCI_COMMAND, (command & ~clear) | set);
}

/* One that was cut off while this ran is no bus master when both have returned. */
void bus_pci_enable(const struct bus_pci *fn)
{
	change_command(fn, 0, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	if (__atomic_load_n(&function_of(fn)->cut_off, __ATOMIC_SEQ_CST))
		change_command(fn, PCI_COMMAND_MASTER, 0);
}

void bus_pci_disable(const struct bus_pci *fn)
{
	change_command(fn, PCI_COMMAND_MASTER, 0);
}

/* Which function a device is, for cut_off(). */
static struct {
	struct dma_device *dev; /* NULL: free */
	struct pci_function *fn;
} attached[PCI_FUNCTIONS];

/* dma_iommu_cut_off_with(): an IOMMU does not answer, and may let the device through for ever. */
static int cut_off(struct dma_device *dev, void *context)
{
	(void)context;
	for (unsigned i = 0; i < PCI_FUNCTIONS; i++)
		if (__atomic_load_n(&attached[i].dev, __ATOMIC_ACQUIRE) == dev)
			return pci_cut_off(attached[i].fn);
	return DMA_ENODEV;
}

void bus_init(void)
{
	dma_iommu_cut_off_with(cut_off, NULL);
}

static void remember(struct dma_device *dev, struct pci_function *fn)
{
	for (unsigned i = 0; i < PCI_FUNCTIONS; i++)
		if (!attached[i].dev) {
			attached[i].fn = fn;
			__atomic_store_n(&attached[i].dev, dev, __ATOMIC_RELEASE);
			return;
		}
}

static void forget(const struct dma_device *dev)
{
	for (unsigned i = 0; i < PCI_FUNCTIONS; i++)
		if (attached[i].dev == dev)
			__atomic_store_n(&attached[i].dev, NULL, __ATOMIC_RELEASE);
}

int bus_pci_dma_init(const struct bus_pci *fn, struct dma_device *dev, struct dma_device_config *config)
{
	static struct dma_window shared_half;
	int error;

	shared_half = (struct dma_window){dma_paddr(0), dma_daddr(bare_cvm.device_bit), bare_cvm.device_bit};
	error = iommu_domain_for(fn, config);
	if (error)
		return error;
	config->coherent = machine_pci_coherent() && !option_is("coherent", "no");
	config->trusted = !option_is("trusted", "no");
	config->windows = pci_host_of(function_of(fn))->dma;
	config->nwindows = pci_host_of(function_of(fn))->ndma;
	if (bare_cvm.device_bit && !config->nwindows) { /* CCA: shared pages, as devices see them */
		config->windows = &shared_half;
		config->nwindows = 1;
	}
	remember(dev, function_of(fn)); /* before the device is attached: from then on it may have to be cut off */
	error = dma_device_init(dev, config);
	if (error)
		forget(dev);
	if (error && config->domain)
		iommu_domain_put(fn, config->domain);
	return error;
}

int bus_pci_dma_fini(const struct bus_pci *fn, struct dma_device *dev)
{
	struct dma_domain *domain = dev->domain;
	int error = dma_device_fini(dev);

	if (error == 0)
		forget(dev);
	if (error == 0 && domain && domain != &dma_domain_passthrough)
		iommu_domain_put(fn, domain);
	return error;
}

uint64_t bus_pci_faults(const struct bus_pci *fn)
{
	return iommu->faults(fn);
}

uint32_t bus_register_read(const volatile void *reg, unsigned nbytes)
{
	return register_read(reg, nbytes);
}

void bus_register_write(volatile void *reg, unsigned nbytes, uint32_t value)
{
	register_write(reg, nbytes, value);
}

int bus_pci_interrupt(const struct bus_pci *fn, unsigned message, unsigned cpu, void (*handler)(void *context),
		      void *context)
{
	return msix_take(function_of(fn), message, cpu % cpu_count(), handler, context);
}

void bus_pci_interrupt_end(const struct bus_pci *fn, unsigned message)
{
	msix_give(function_of(fn), message);
}

const char *bus_option(const char *key, const char *otherwise)
{
	return option(key, otherwise);
}

const char *bus_machine(void)
{
	return machine_name;
}

const char *bus_iommu(void)
{
	return iommu->name;
}

void bus_write(const char *text, size_t nbytes)
{
	print_bytes(text, nbytes);
}

uint64_t bus_frames_in_use(void)
{
	struct dma_stats stats;

	dma_stats(&stats);
	return frames_in_use() - stats.pages_own;
}

void bus_relax(void)
{
	cpu_serve();
	machine_relax();
}

void bus_wait(bool (*ready)(void *context), void *context)
{
	(void)dma_reclaim();
	cpu_sleep(ready, context);
}

uintptr_t bus_lock(struct dma_lock *lock)
{
	return dma_host_lock(lock);
}

void bus_unlock(struct dma_lock *lock, uintptr_t state)
{
	dma_host_unlock(lock, state);
}

unsigned bus_cpus(void)
{
	return cpu_count();
}

bool bus_cpu_run(unsigned cpu, void (*work)(void *context), void *context)
{
	return cpu_run(cpu, work, context);
}

bool bus_cpu_busy(unsigned cpu)
{
	return cpu_busy(cpu);
}

bool bus_cpu_interrupt(unsigned cpu, void (*call)(void *context), void *context)
{
	if (!machine_has_interrupts() || cpu >= cpu_count())
		return false;
	cpu_interrupt(cpu, call, context);
	return true;
}

uint64_t bus_ticks(void)
{
	return machine_ticks();
}
