/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Accesses between devices: see pci_peer.h. No register tells whether a root complex forwards requests from one of its
 * ports to another (PCI Express base specification 5.0, 1.3.1: it may, and need not), so the option peers=yes says it.
 * What it cannot say is looked at: the target is one memory BAR of one PCI function, so it is neither RAM nor an
 * interrupt controller's or an IOMMU's.
 */
#include "pci_peer.h"
#include "../kernel/options.h"
#include "pci.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>

static bool holds(const struct pci_bar *bar, uint64_t paddr, size_t nbytes)
{
	return bar->paddr && paddr >= bar->paddr && paddr - bar->paddr < bar->size &&
	       nbytes <= bar->size - (paddr - bar->paddr);
}

static int may(const struct dma_device *dev, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus, void *context)
{
	(void)dev, (void)bus, (void)context; /* the bus address is the paddr: struct pci_host */
	for (unsigned i = 0; i < pci_count(); i++)
		for (unsigned bar = 0; bar < 6; bar++)
			if (holds(&pci_function(i)->bar[bar], registers.raw, nbytes))
				return 0;
	return DMA_ENODEV;
}

void pci_peer_init(void)
{
	if (option_is("peers", "yes"))
		dma_peers_with(may, NULL);
}
