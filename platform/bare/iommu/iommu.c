/* SPDX-License-Identifier: MPL-2.0 */
/* The kinds of IOMMU: see iommu.h. A new kind is a row of its machines' table. */
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../machine.h"
#include "bare_iommu.h"

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

static const struct bare_iommu none = {"none", none_probe, none_domain_for, none_domain_put, none_faults, true};

const struct bare_iommu *iommu;

void iommu_init(void)
{
	const char *name = option("IOMMU", "none");
	const struct bare_iommu *kind = &none;

	for (size_t i = 0; kind && !text_equal(kind->name, name); i++)
		kind = machine_iommus[i];
	if (!kind)
		print("iommu: IOMMU=%s is not known on %s\n", name, machine_name);
	if (!kind || kind->probe())
		machine_exit(BARE_STATUS_SETUP);
	iommu = kind;
}
