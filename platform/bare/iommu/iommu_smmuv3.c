/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMU=smmuv3: the units that the device tree names, or ACPI's IORT where there is ACPI; a domain for every
 * function. Options: iort=fw_cfg (IORT as QEMU would give it to a firmware), stage=1|2, stream_table=linear,
 * smmu_snoops=no (its tables are maintained as if it did not snoop), invalidation=deferred, big_pages=no.
 */
#include "iommu_smmuv3.h"

#include "../firmware/fdt_boot.h"
#include "../firmware/firmware.h"
#include "../firmware/fw_cfg.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../machine.h"
#include <dmastream/init.h>
#include <dmastream/smmuv3.h>

#include "../../../src/iommu/smmuv3/iort.h"

enum {
	UNITS = 8,
	REGIONS = 16,
	NO_UNIT = UNITS,
};

static struct unit {
	struct dma_iommu *iommu;
	uint64_t registers;
	uint32_t name; /* phandle, or the node in IORT */
	bool coherent_by_firmware;
} units[UNITS];
static unsigned unit_count;

static struct dma_iort iort;
static bool by_iort;

/* By index of pci_function(). */
static uint64_t faults_of[PCI_FUNCTIONS];
static uint64_t faults_elsewhere;

static fdt_node host_of(const struct pci_function *fn)
{
	struct pci_host hosts[PCI_HOSTS];
	fdt_node node = FDT_NONE;

	for (unsigned i = fdt_pci_hosts(hosts, PCI_HOSTS), k = 0; k < i; k++)
		if ((node = fdt_compatible(&boot_tree, node, "pci-host-ecam-generic")) != FDT_NONE &&
		    hosts[k].segment == fn->segment)
			return node;
	return FDT_NONE;
}

/* Which unit stands in front of a function, and by what stream id it knows it. NO_UNIT: none. */
static unsigned route(const struct pci_function *fn, uint32_t *stream)
{
	uint32_t requester = (uint32_t)fn->bus << 8 | fn->devfn, name;
	struct dma_iort_route way;

	if (by_iort) {
		if (!dma_iort_map(&iort, fn->segment, requester, &way))
			return NO_UNIT;
		name = way.smmu;
		*stream = way.stream_id;
	} else if (!fdt_map_id(&boot_tree, host_of(fn), "iommu-map", "iommu-map-mask", requester, &name, stream)) {
		return NO_UNIT;
	}
	for (unsigned i = 0; i < unit_count; i++)
		if (units[i].name == name)
			return i;
	return NO_UNIT;
}

static void on_fault(const struct dma_fault *fault, void *context)
{
	uint32_t stream;

	(void)context;
	for (unsigned i = 0; i < pci_count(); i++)
		if (route(pci_function(i), &stream) != NO_UNIT && stream == fault->requester) {
			faults_of[i]++;
			return;
		}
	faults_elsewhere++;
}

static void find_by_tree(void)
{
	fdt_node node = FDT_NONE;
	uint64_t size;

	while (unit_count < UNITS && (node = fdt_compatible(&boot_tree, node, "arm,smmu-v3")) != FDT_NONE) {
		struct unit *unit = &units[unit_count];

		if (!fdt_reg(&boot_tree, node, 0, &unit->registers, &size)) {
			print("device tree: %s: its reg makes no sense\n", fdt_name(&boot_tree, node));
			continue;
		}
		unit->name = fdt_u32(&boot_tree, node, "phandle", 0);
		unit->coherent_by_firmware = fdt_dma_coherent(&boot_tree, node, false);
		unit_count++;
	}
}

static int find_by_iort(void)
{
	struct dma_iort_smmu smmu;
	struct acpi_table table = {0};
	const uint8_t *bytes = NULL;
	size_t nbytes = 0;
	const char *wrong;

	if (boot_info.rsdp && !firmware_table("IORT", 0, &table)) {
		bytes = table.bytes;
		nbytes = table.nbytes;
	} else if (option_is("iort", "fw_cfg")) {
		bytes = fw_cfg_acpi_table("IORT", &nbytes);
	}
	if (!bytes) {
		print("IORT: there is none\n");
		return DMA_ENODEV;
	}
	wrong = dma_iort_open(&iort, bytes, nbytes);
	if (wrong) {
		print("IORT: %s\n", wrong);
		return DMA_EINVAL;
	}
	by_iort = true;
	while (unit_count < UNITS && dma_iort_smmu(&iort, unit_count, &smmu))
		units[unit_count++] = (struct unit){NULL, smmu.base, smmu.node, smmu.coherent};
	return 0;
}

/* The memory that firmware goes on using through streams of the unit. */
static size_t regions_of(const struct unit *unit, struct dma_smmuv3_region *regions)
{
	struct dma_iort_route way;
	uint64_t base, nbytes;
	size_t n = 0;

	for (unsigned i = 0; by_iort && i < pci_count(); i++) {
		const struct pci_function *fn = pci_function(i);

		if (!dma_iort_map(&iort, fn->segment, (uint32_t)fn->bus << 8 | fn->devfn, &way) ||
		    way.smmu != unit->name)
			continue;
		for (unsigned k = 0; n < REGIONS && dma_iort_reserved(&iort, &way, k, &base, &nbytes); k++)
			regions[n++] = (struct dma_smmuv3_region){way.stream_id, base, nbytes};
	}
	return n;
}

static int start(struct unit *unit)
{
	struct dma_smmuv3_region regions[REGIONS];
	struct dma_smmuv3_config config = {
		.registers = dma_paddr(unit->registers),
		.walks = unit->coherent_by_firmware ? DMA_SMMUV3_SNOOPS
			 : by_iort		    ? DMA_SMMUV3_ASK
						    : DMA_SMMUV3_SNOOPS_NOT,
		.stage = option_is("stage", "1")   ? 1
			 : option_is("stage", "2") ? 2
						   : 0,
		.linear_table = option_is("stream_table", "linear"),
		.regions = regions,
		.nregions = regions_of(unit, regions),
	};
	struct dma_smmuv3_facts facts;
	int error;

	if (option_is("smmu_snoops", "no"))
		config.walks = DMA_SMMUV3_SNOOPS_NOT;
	error = dma_smmuv3_probe(&config, &unit->iommu);
	if (error)
		return error;
	dma_smmuv3_facts(unit->iommu, &facts);
	print("smmuv3: %sstage %u, %s stream table of %u bits, %s, invalidation by %s, splits %s\n",
	      by_iort ? "by IORT, " : "", facts.stage, facts.two_level ? "two-level" : "linear", facts.stream_bits,
	      facts.snoops ? "snoops" : "does not snoop", facts.range_invalidation ? "range" : "page",
	      facts.splits_in_place ? "in place" : "with a break");
	return 0;
}

static int probe(void)
{
	int error = boot_info.rsdp || option_is("iort", "fw_cfg") ? find_by_iort() : 0;

	if (!error && !by_iort)
		find_by_tree();
	if (!error && !unit_count)
		error = DMA_ENODEV;
	if (!error)
		error = dma_init();
	if (!error)
		dma_iommu_on_fault(on_fault, NULL);
	for (unsigned i = 0; i < unit_count && !error; i++)
		error = start(&units[i]);
	if (error)
		print("iommu: no SMMUv3 to protect memory with: %s\n", dma_strerror(error));
	return error;
}

static int domain_for(const struct bus_pci *fn, struct dma_device_config *config)
{
	struct pci_host hosts[PCI_HOSTS];
	unsigned nhosts = machine_pci_hosts(hosts, PCI_HOSTS), unit = route(fn->priv, &config->requester);
	struct dma_window reserved[2 * PCI_HOSTS];
	struct dma_iommu_domain_config wanted = {
		.requester = config->requester,
		.deferred = option_is("invalidation", "deferred"),
		.no_big_pages = option_is("big_pages", "no"),
		.reserved = reserved,
	};

	if (unit == NO_UNIT) {
		print("iommu: no SMMUv3 stands in front of %x:%x.%x\n", (unsigned)fn->bus, (unsigned)fn->devfn >> 3,
		      (unsigned)fn->devfn & 7);
		return DMA_ENODEV;
	}
	/* What a bridge decodes never reaches the SMMU. */
	for (unsigned i = 0; i < nhosts; i++) {
		const struct boot_range *windows[2] = {&hosts[i].memory32, &hosts[i].memory64};

		for (unsigned k = 0; k < 2; k++)
			if (windows[k]->size)
				reserved[wanted.nreserved++] = (struct dma_window){
					dma_paddr(windows[k]->base), dma_daddr(windows[k]->base), windows[k]->size};
	}
	return dma_iommu_domain_create(units[unit].iommu, &wanted, &config->domain);
}

static void domain_put(const struct bus_pci *fn, struct dma_domain *domain)
{
	uint32_t stream;
	int error = dma_iommu_domain_destroy(units[route(fn->priv, &stream)].iommu, domain);

	if (error)
		print("iommu: the domain of %x:%x.%x stays: %s\n", (unsigned)fn->bus, (unsigned)fn->devfn >> 3,
		      (unsigned)fn->devfn & 7, dma_strerror(error));
}

static uint64_t faults(const struct bus_pci *fn)
{
	(void)dma_iommu_poll_all();
	for (unsigned i = 0; i < pci_count(); i++)
		if (pci_function(i) == fn->priv)
			return faults_of[i];
	return faults_elsewhere;
}

const struct bare_iommu bare_smmuv3 = {"smmuv3", probe, domain_for, domain_put, faults};
