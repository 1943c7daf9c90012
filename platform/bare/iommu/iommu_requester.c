/* SPDX-License-Identifier: MPL-2.0 */
/* Units that know a function by its requester: see iommu_requester.h. */
#include "iommu_requester.h"

#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../machine.h"
#include "../pci/msix.h"
#include "../pci/pci_config.h"
#include <dmastream/errors.h>

static uint64_t faults_of[PCI_FUNCTIONS];
static uint64_t faults_elsewhere;

uint32_t requester_read32(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	(void)context;
	for (unsigned i = 0; i < pci_count(); i++) {
		const struct pci_function *fn = pci_function(i);

		if (fn->segment == segment && fn->bus == bus && fn->devfn == devfn)
			return pci_read32(fn->config, offset);
	}
	return ~(uint32_t)0;
}

void requester_on_fault(const struct dma_fault *fault, void *context)
{
	bool known = false;

	(void)context;
	for (unsigned i = 0; i < pci_count(); i++) { /* several may have one requester: it was any of them */
		const struct pci_function *fn = pci_function(i);

		if (((uint32_t)fn->segment << 16 | pci_requester_of(fn)) != fault->requester)
			continue;
		__atomic_add_fetch(&faults_of[i], 1, __ATOMIC_RELAXED);
		known = true;
	}
	if (!known)
		__atomic_add_fetch(&faults_elsewhere, 1, __ATOMIC_RELAXED);
}

enum { WINDOWS = PCI_HOST_WINDOWS + 2 };

/* What a bridge decodes, and where registers lie, below 4 GiB and above: a bridge may claim an address in there before
 * the unit sees it, so none is given to a device. */
static size_t register_windows(const struct pci_host *host, struct dma_window windows[WINDOWS])
{
	uint64_t first[2] = {UINT64_MAX, UINT64_MAX}, end[2] = {0, 0};
	size_t n = 0;

	for (unsigned i = 0; i < pci_count(); i++)
		for (unsigned k = 0; k < 6; k++) {
			const struct pci_bar *bar = &pci_function(i)->bar[k];
			unsigned high = bar->paddr >> 32 != 0;

			if (!bar->paddr || !bar->size)
				continue;
			first[high] = bar->paddr < first[high] ? bar->paddr : first[high];
			end[high] = bar->paddr + bar->size > end[high] ? bar->paddr + bar->size : end[high];
		}
	for (unsigned high = 0; high < 2; high++)
		if (end[high])
			windows[n++] = (struct dma_window){dma_paddr(first[high]), dma_daddr(first[high]),
							   end[high] - first[high]};
	for (unsigned i = 0; i < host->ndecoded; i++)
		windows[n++] = (struct dma_window){dma_paddr(host->decoded[i].base), dma_daddr(host->decoded[i].base),
						   host->decoded[i].size};
	return n;
}

int requester_domain_for(struct dma_iommu *units, const struct bus_pci *fn, struct dma_device_config *config)
{
	struct dma_window windows[WINDOWS];
	struct dma_iommu_domain_config wanted = {
		.reserved = windows,
		.nreserved = register_windows(pci_host_of(fn->priv), windows),
		.requester = config->requester,
		.deferred = iommu_deferred(fn),
		.no_big_pages = option_is("big_pages", "no"),
	};

	if (config->domain)
		return 0;
	return dma_iommu_domain_create(units, &wanted, &config->domain);
}

void requester_domain_put(struct dma_iommu *units, const struct bus_pci *fn, struct dma_domain *domain)
{
	int error = dma_iommu_domain_destroy(units, domain);

	if (error)
		print("iommu: the domain of %x:%x.%x stays: %s\n", (unsigned)fn->bus, (unsigned)fn->devfn >> 3,
		      (unsigned)fn->devfn & 7, dma_strerror(error));
}

bool requester_registers(const struct dma_iommu *units, uint32_t requester, uint64_t *registers)
{
	dma_paddr_t at;

	if (!dma_iommu_registers_of(units, requester, &at))
		return false;
	*registers = at.raw;
	return true;
}

uint64_t requester_faults(struct dma_iommu *units, const struct bus_pci *fn)
{
	const struct pci_function *function = fn->priv;

	(void)dma_iommu_poll(units);
	for (unsigned i = 0; i < pci_count(); i++)
		if (pci_function(i) == function)
			return faults_of[i];
	return faults_elsewhere;
}

size_t requester_doorbells(struct dma_iommu_region *regions,
			   bool (*id_of)(const void *unit, const struct pci_function *fn, uint32_t *id),
			   const void *unit)
{
	uint64_t base, nbytes;
	uint32_t id;
	size_t n = 0;

	if (!machine_doorbell(&base, &nbytes))
		return 0;
	for (unsigned i = 0; i < pci_count(); i++)
		if (msix_has(pci_function(i)) && id_of(unit, pci_function(i), &id))
			regions[n++] = (struct dma_iommu_region){
				.first = id,
				.last = id,
				.base = dma_paddr(base),
				.nbytes = nbytes,
				.dir = DMA_FROM_DEVICE,
				.type = DMA_REGION_DEVICE,
			};
	return n;
}
