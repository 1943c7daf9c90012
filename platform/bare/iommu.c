/* SPDX-License-Identifier: MPL-2.0 */
/* The kinds of IOMMU: see iommu.h. A new kind is a row of the table. */
#include "iommu.h"
#include "machine.h"
#include "options.h"
#include "print.h"

static int none_probe(void)
{
	return 0;
}

static int none_domain_for(const struct bus_pci *fn, const struct dma_device_config *config, struct dma_domain **domain)
{
	(void)fn, (void)config;
	*domain = NULL;
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

static const struct bare_iommu none = {"none", none_probe, none_domain_for, none_domain_put, none_faults};

static const struct bare_iommu *const kinds[] = {
	&none,
};

const struct bare_iommu *iommu;

void iommu_init(void)
{
	const char *name = option("IOMMU", "none");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!text_equal(kinds[i]->name, name))
			continue;
		if (kinds[i]->probe())
			machine_exit(BARE_STATUS_SETUP);
		iommu = kinds[i];
		return;
	}
	print("iommu: IOMMU=%s is not known on %s\n", name, machine_name);
	machine_exit(BARE_STATUS_SETUP);
}
