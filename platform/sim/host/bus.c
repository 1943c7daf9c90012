/* SPDX-License-Identifier: MPL-2.0 */
/*
 * drivers/bus.h on the simulated machine: what the bus knows of a function's DMA, the program's surroundings.
 */
#include "../devices/sim_pci.h"
#include "../machine/sim_machine.h"
#include <bus.h>
#include <dmastream/errors.h>
#include <dmastream/init.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct sim_iommu iommu;

void sim_set_iommu(const struct sim_iommu *new_iommu)
{
	iommu = new_iommu ? *new_iommu : (struct sim_iommu){0};
}

int bus_pci_dma_init(const struct bus_pci *fn, struct dma_device *dev, struct dma_device_config *config)
{
	struct sim_device *model = sim_pci_device(fn->priv);
	struct dma_device_config bus = sim_device_dma(model);
	int error;

	config->domain = NULL;
	config->mask &= bus.mask;
	config->windows = bus.windows;
	config->nwindows = bus.nwindows;
	config->coherent = bus.coherent;
	config->trusted = bus.trusted;
	config->requester = bus.requester;
	if (iommu.open) {
		error = iommu.open(iommu.ctx, bus.requester, config);
		if (error)
			return error;
	}
	error = dma_device_init(dev, config);
	if (error && iommu.close)
		(void)iommu.close(iommu.ctx, bus.requester);
	return error;
}

int bus_pci_dma_fini(const struct bus_pci *fn, struct dma_device *dev)
{
	int error = dma_device_fini(dev);

	if (error || !iommu.close)
		return error;
	return iommu.close(iommu.ctx, sim_device_config(sim_pci_device(fn->priv))->requester);
}

uint64_t bus_pci_faults(const struct bus_pci *fn)
{
	return iommu.faults ? iommu.faults(iommu.ctx, sim_device_config(sim_pci_device(fn->priv))->requester) : 0;
}

uint32_t bus_register_read(const volatile void *reg, unsigned nbytes)
{
	return (uint32_t)(sim_register_read(reg, nbytes) & (UINT64_MAX >> (64 - 8 * nbytes)));
}

void bus_register_write(volatile void *reg, unsigned nbytes, uint32_t value)
{
	sim_register_write(reg, value, nbytes);
}

static char *const *options;
static unsigned noptions;

void sim_options(char *const *keys_and_values, unsigned n)
{
	options = keys_and_values;
	noptions = n;
}

const char *bus_option(const char *key, const char *otherwise)
{
	size_t n = strlen(key);

	for (unsigned i = noptions; i-- > 0;) /* the last one counts */
		if (strncmp(options[i], key, n) == 0 && options[i][n] == '=')
			return options[i] + n + 1;
	return otherwise;
}

const char *bus_machine(void)
{
	return "sim";
}

const char *bus_iommu(void)
{
	return iommu.name ? iommu.name : "none";
}

void bus_write(const char *text, size_t nbytes)
{
	(void)fwrite(text, 1, nbytes, stdout);
	(void)fflush(stdout);
}

uint64_t bus_frames_in_use(void)
{
	return sim.frames;
}

uint64_t bus_ticks(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void bus_relax(void)
{
	sim_relax();
}

/* The simulated devices interrupt nobody, and there is one CPU. */
int bus_pci_interrupt(const struct bus_pci *fn, unsigned message, unsigned cpu, void (*handler)(void *context),
		      void *context)
{
	(void)fn, (void)message, (void)cpu, (void)handler, (void)context;
	return DMA_ENOTSUP;
}

void bus_pci_interrupt_end(const struct bus_pci *fn, unsigned message)
{
	(void)fn, (void)message;
}

void bus_wait(bool (*ready)(void *context), void *context)
{
	(void)ready, (void)context;
	(void)dma_reclaim();
	sim_relax();
}

/* As host_lock.c's, but none of the library's: it is not counted, and hooks may be called under it. */
uintptr_t bus_lock(struct dma_lock *lock)
{
	uintptr_t on = sim_interrupts(false), nobody = 0;

	if (__atomic_load_n(&lock->word, __ATOMIC_RELAXED) == (uintptr_t)&sim_thread)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "a driver's lock taken twice by one CPU: a deadlock");
	while (!__atomic_compare_exchange_n(&lock->word, &nobody, (uintptr_t)&sim_thread, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED) &&
	       nobody != (uintptr_t)&sim_thread) {
		nobody = 0;
		sched_yield();
	}
	return on;
}

void bus_unlock(struct dma_lock *lock, uintptr_t state)
{
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
	(void)sim_interrupts(state);
}

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
