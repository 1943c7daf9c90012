/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMU=smmuv3: the units that the device tree names, or ACPI's IORT where there is ACPI; a domain for every
 * function. Options: iort=fw_cfg (IORT as QEMU would give it to a firmware), stage=1|2, stream_table=linear,
 * smmu_snoops=no (its tables are maintained as if it did not snoop), invalidation=deferred, big_pages=no.
 */
#include "iommu_smmuv3.h"
#include "iommu_units.h"

#include "../firmware/fdt_boot.h"
#include "../firmware/firmware.h"
#include "../firmware/fw_cfg.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../machine.h"
#include <dmastream/errors.h>
#include <dmastream/iort.h>
#include <dmastream/smmuv3.h>

static struct dma_iort iort;
static bool by_iort;

static struct unit *route(const struct pci_function *fn, uint32_t *stream)
{
	struct dma_iort_route way;

	if (!by_iort)
		return units_route_by_tree(fn, stream);
	if (dma_iort_map(&iort, fn->segment, pci_requester_of(fn), &way))
		return NULL;
	*stream = way.stream_id;
	return units_named(way.smmu);
}

/* The bindings name by properties what IORT has a number for. */
static uint32_t model_of(fdt_node node)
{
	struct fdt_property property;

	if (fdt_property(&boot_tree, node, "cavium,cn9900-broken-page1-regspace", &property))
		return DMA_SMMUV3_CAVIUM_CN99XX;
	if (fdt_property(&boot_tree, node, "hisilicon,broken-prefetch-cmd", &property))
		return DMA_SMMUV3_HISILICON_HI161X;
	return DMA_SMMUV3_GENERIC;
}

static int find_by_iort(void)
{
	struct dma_iort_smmu smmu;
	struct acpi_table table = {0};
	const uint8_t *bytes = NULL;
	size_t nbytes = 0;
	int error;

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
	error = dma_iort_open(&iort, bytes, nbytes);
	if (error)
		return error; /* said by the library */
	by_iort = true;
	for (unsigned i = 0; !error && dma_iort_smmu_at(&iort, i, &smmu); i++)
		error = units_add((struct unit){
			.registers = smmu.registers,
			.name = smmu.node,
			.model = smmu.model,
			.coherent = smmu.coherent,
		});
	return error;
}

/* Memory that firmware goes on using through streams of a unit, in frames of ours. */
struct regions {
	dma_paddr_t frames;
	size_t npages;
	struct dma_smmuv3_region *at;
	size_t n;
};

static int regions_get(const struct unit *unit, struct regions *regions)
{
	struct dma_smmuv3_region region;
	size_t n = 0;
	int error;

	*regions = (struct regions){0};
	while (by_iort && dma_iort_region(&iort, unit->name, (unsigned)n, &region))
		n++;
	if (!n)
		return 0;
	regions->npages = (n * sizeof(region) + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
	error = dma_host_frames_alloc(regions->npages, UINT64_MAX, DMA_PAGE_SIZE, &regions->frames);
	if (error)
		return error;
	regions->at = dma_host_linear(regions->frames, regions->npages << DMA_PAGE_SHIFT);
	while (regions->at && regions->n < n &&
	       dma_iort_region(&iort, unit->name, (unsigned)regions->n, &regions->at[regions->n]))
		regions->n++;
	return regions->at ? 0 : DMA_ENOMEM;
}

static void regions_put(const struct regions *regions)
{
	if (regions->npages && regions->frames.raw)
		dma_host_frames_free(regions->frames, regions->npages);
}

static int start(struct unit *unit, const struct dma_iommu_region *doorbells, size_t n)
{
	struct regions regions;
	struct dma_smmuv3_config config = {
		.registers = dma_paddr(unit->registers),
		.model = unit->model,
		.walks = unit->coherent ? DMA_SMMUV3_SNOOPS
			 : by_iort	? DMA_SMMUV3_ASK
					: DMA_SMMUV3_SNOOPS_NOT,
		.stage = option_is("stage", "1")   ? 1
			 : option_is("stage", "2") ? 2
						   : 0,
		.linear_table = option_is("stream_table", "linear"),
	};
	struct dma_smmuv3_facts facts;
	int error = regions_get(unit, &regions);

	config.host_regions = doorbells;
	config.nhost_regions = n;
	config.regions = regions.at;
	config.nregions = regions.n;
	if (option_is("smmu_snoops", "no"))
		config.walks = DMA_SMMUV3_SNOOPS_NOT;
	if (!error)
		error = dma_smmuv3_probe(&config, &unit->iommu);
	regions_put(&regions);
	if (error)
		return error;
	dma_smmuv3_facts(unit->iommu, &facts);
	print("smmuv3: %sstage %u, %s stream table of %u bits, %s, invalidation by %s, splits %s\n",
	      by_iort ? "by IORT, " : "", facts.stage, facts.two_level ? "two-level" : "linear", facts.stream_bits,
	      facts.snoops ? "snoops" : "does not snoop", facts.range_invalidation ? "range" : "page",
	      facts.splits_in_place ? "in place" : "with a break");
	return 0;
}

static int find(void)
{
	return boot_info.rsdp || option_is("iort", "fw_cfg") ? find_by_iort()
							     : units_add_by_tree("arm,smmu-v3", false, model_of);
}

static int probe(void)
{
	static const struct unit_kind kind = {"SMMUv3", find, route, start, dma_smmuv3_remove};

	return units_probe(&kind);
}

const struct bare_iommu bare_smmuv3 = {"smmuv3", probe, units_domain_for, units_domain_put,   units_faults,
				       NULL,	 NULL,	units_end,	  units_registers_of, units_leader_of};
