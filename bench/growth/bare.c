/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The program on a bare machine: its lanes are the machine's CPUs, its unit is the machine's IOMMU.
 */
#include "../../platform/bare/iommu/bare_iommu.h"
#include "../../platform/bare/kernel/cpu.h"
#include "../../platform/bare/machine.h"
#include "growth.h"

#define MOST 8u

static void (*lane_of_all)(unsigned number);
static unsigned waiting; /* lanes that are not there yet: spun on, so that all start at once */

static void run(void *context)
{
	__atomic_sub_fetch(&waiting, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&waiting, __ATOMIC_ACQUIRE))
		machine_relax();
	lane_of_all(*(const unsigned *)context);
}

bool growth_lanes(unsigned n, void (*lane)(unsigned number))
{
	static const unsigned number[MOST] = {0, 1, 2, 3, 4, 5, 6, 7};

	if (n > cpu_count() || n > MOST)
		return false;
	lane_of_all = lane;
	__atomic_store_n(&waiting, n, __ATOMIC_RELEASE);
	for (unsigned i = 1; i < n; i++)
		if (!cpu_run(i, run, (void *)(uintptr_t)&number[i]))
			return false;
	run((void *)(uintptr_t)&number[0]);
	for (unsigned i = 1; i < n; i++)
		while (cpu_busy(i))
			machine_relax();
	return true;
}

/* ---- The unit ---- */

#define NVME_CLASS 0x010802u

static struct bus_pci function;

int growth_unit_begin(struct dma_device *dev, struct dma_device_config *config, bool deferred)
{
	int error = bus_pci_find_class(NVME_CLASS, 0, &function);

	iommu_defer(deferred);
	return error ? error : bus_pci_dma_init(&function, dev, config);
}

int growth_unit_end(struct dma_device *dev)
{
	return bus_pci_dma_fini(&function, dev);
}
