/* SPDX-License-Identifier: MPL-2.0 */
/* The kinds of IOMMU: see iommu.h. A new kind is a row of its machines' table. */
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../machine.h"
#include "../pci/pci.h"
#include "bare_iommu.h"
#include <dmastream/errors.h>

static int none_probe(void)
{
	return 0;
}

static int none_domain_for(const struct bus_pci *fn, struct dma_device_config *config)
{
	(void)fn;
	config->domain = NULL;
	return 0;
}

static void none_domain_put(const struct bus_pci *fn, struct dma_domain *domain)
{
	(void)fn, (void)domain;
}

static uint64_t none_faults(const struct bus_pci *fn)
{
	(void)fn;
	return 0;
}

static int none_end(void)
{
	return 0;
}

static const struct bare_iommu none = {
	"none", none_probe, none_domain_for, none_domain_put, none_faults, NULL, NULL, none_end, NULL, NULL};

const struct bare_iommu *iommu;

/* Domains that exist, by the function that stands for all that share one. */
static struct group {
	const struct pci_function *leader; /* NULL: free */
	struct dma_domain *domain;
	unsigned users;
} groups[PCI_FUNCTIONS];

static const struct pci_function *leader_of(const struct bus_pci *fn)
{
	return iommu->leader_of ? iommu->leader_of(fn->priv) : pci_group_of(fn->priv);
}

static struct group *group_of(const struct pci_function *leader)
{
	for (unsigned i = 0; i < PCI_FUNCTIONS; i++)
		if (groups[i].leader == leader)
			return &groups[i];
	return NULL;
}

int iommu_domain_for(const struct bus_pci *fn, struct dma_device_config *config)
{
	const struct pci_function *leader = leader_of(fn);
	struct group *group = group_of(leader);
	struct dma_domain *made;
	int error;

	config->requester = (uint32_t)fn->segment << 16 | pci_requester_of(fn->priv);
	config->domain = group ? group->domain : NULL;
	error = iommu->domain_for(fn, config);
	made = config->domain;
	if (error || !made || group)
		goto out;
	group = group_of(NULL); /* as many as there are functions: one is free */
	*group = (struct group){leader, made, 0};
out:
	if (!error && group)
		group->users++;
	return error;
}

void iommu_domain_put(const struct bus_pci *fn, struct dma_domain *domain)
{
	struct group *group = group_of(leader_of(fn));

	if (!group || --group->users)
		return;
	iommu->domain_put(fn, domain);
	group->leader = NULL;
}

static int deferred = -1; /* as the option says */

void iommu_defer(bool wanted)
{
	deferred = wanted;
}

bool iommu_deferred(const struct bus_pci *fn)
{
	if (deferred >= 0)
		return deferred;
	if (!option_is("invalidation", "mixed"))
		return option_is("invalidation", "deferred");
	for (unsigned i = 0; i < pci_count(); i++)
		if (pci_function(i) == fn->priv)
			return i & 1;
	return false;
}

int iommu_start(const char *name)
{
	const struct bare_iommu *kind = &none;
	int error;

	for (size_t i = 0; kind && !text_equal(kind->name, name); i++)
		kind = machine_iommus[i];
	if (!kind) {
		print("iommu: IOMMU=%s is not known on %s\n", name, machine_name);
		return DMA_ENOTSUP;
	}
	error = kind->probe();
	if (!error)
		iommu = kind;
	return error;
}

int iommu_end(void)
{
	int error = iommu->end();

	if (!error)
		iommu = &none;
	return error;
}

void iommu_init(void)
{
	if (iommu_start(option("IOMMU", "none")))
		machine_exit(BARE_STATUS_SETUP);
}
