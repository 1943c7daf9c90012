/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which domain stands in front of a PCI function: one row per kind of IOMMU, chosen by the option IOMMU=name.
 */
#ifndef BARE_IOMMU_H
#define BARE_IOMMU_H

#include "../../../drivers/bus.h"
#include "../pci/pci.h"

struct bare_iommu {
	const char *name;
	/* Finds and starts the units; once, before any other. 0, or an error after a line on the console. Interrupts
	 * on. */
	int (*probe)(void);
	/* The domain for a function, in config->domain, unless one stands there already; NULL: pass-through.
	 * config->requester is set, and changed where the IOMMU knows the function by another number. 0, or an error.
	 */
	int (*domain_for)(const struct bus_pci *fn, struct dma_device_config *config);
	/* The device is gone: the other end of domain_for(). */
	void (*domain_put)(const struct bus_pci *fn, struct dma_domain *domain);
	/* As bus_pci_faults(). */
	uint64_t (*faults)(const struct bus_pci *fn);
	/* Lets the function, and nobody else where the IOMMU can tell, send that message as interrupt `number`
	 * (interrupt.h), and changes it to what the function has to write. 0, DMA_ENOTSUP: it stays blocked; NULL:
	 * messages get through as they are. */
	int (*message)(const struct pci_function *fn, unsigned number, struct machine_message *message);
	void (*message_end)(unsigned number);
	/* The other end of probe(): the units go back to not translating, and the memory comes back. 0, or an error:
	 * they stay. */
	int (*end)(void);
	/* Where the registers of the unit in front of the function lie; false: no unit that works is. After probe();
	 * NULL: nobody asks. */
	bool (*registers_of)(const struct pci_function *fn, uint64_t *registers);
	/* The function that stands for all those which share a domain with fn: those of its group (pci_group()), and
	 * those that its unit cannot tell from them. NULL: the group alone. */
	const struct pci_function *(*leader_of)(const struct pci_function *fn);
};

/* Those that the architecture's machines may have, ending with NULL; "none" is there anyhow. Its folder defines them.
 * */
extern const struct bare_iommu *const machine_iommus[];

/* The one in use, never NULL after iommu_init(). */
extern const struct bare_iommu *iommu;

/* The domain for a function, as its row's domain_for(): made for the first of those that must share one (leader_of()),
 * and the same for the others. config->requester is set to the id that reaches the IOMMU. 0, or an error. Interrupts
 * on, one CPU at a time. */
int iommu_domain_for(const struct bus_pci *fn, struct dma_device_config *config);
/* The other end; the domain goes with the last of them. */
void iommu_domain_put(const struct bus_pci *fn, struct dma_domain *domain);

/* Shall a domain be deferred? As the option invalidation says: deferred, strict (without it), or mixed: every second
 * function's. */
bool iommu_deferred(const struct bus_pci *fn);

/* From now on domains are made deferred, or not, whatever the option says. */
void iommu_defer(bool deferred);
/* Starts that kind later than iommu_init(), which has started none. 0, DMA_ENOTSUP (not known here), or its error. */
int iommu_start(const char *name);

/* The other end: from then on "none" is in use. 0, or an error, and it still is. */
int iommu_end(void);

/* As the option IOMMU says ("none" without one); ends the machine with BARE_STATUS_SETUP if there is no such IOMMU. */
void iommu_init(void);

#endif
