/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMU=smmuv3: the units that the device tree names, or ACPI's IORT where there is ACPI; a domain for every
 * function. Options: iort=fw_cfg (IORT as QEMU would give it to a firmware), stage=1|2, stream_table=linear,
 * smmu_snoops=no (its tables are maintained as if it did not snoop), invalidation=deferred, big_pages=no.
 */
#include "iommu_smmuv3.h"
#include "iommu_requester.h"

#include "../firmware/fdt_boot.h"
#include "../firmware/firmware.h"
#include "../firmware/fw_cfg.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../machine.h"
#include <dmastream/init.h>
#include <dmastream/iort.h>
#include <dmastream/smmuv3.h>

/* A page each, for ever. */
static struct unit {
	struct unit *next;
	struct dma_iommu *iommu; /* NULL: it does not work */
	uint64_t registers;
	uint32_t name;	/* phandle, or the node in IORT */
	uint32_t model; /* enum dma_smmuv3_model */
	bool coherent_by_firmware;
} * units;

static struct dma_iort iort;
static bool by_iort;

/* By index of pci_function(). */
static uint64_t faults_of[PCI_FUNCTIONS];
static uint64_t faults_elsewhere;

/* Appends a unit that firmware names. */
static int add_unit(struct unit found)
{
	struct unit **link = &units;

	while (*link)
		link = &(*link)->next;
	*link = dma_host_page_alloc();
	if (!*link)
		return DMA_ENOMEM;
	**link = found;
	return 0;
}

/* Which unit stands in front of a function, and by what stream id it knows it. NULL: none that we know. */
static struct unit *route(const struct pci_function *fn, uint32_t *stream)
{
	uint32_t requester = pci_requester_of(fn), name;
	struct dma_iort_route way;
	struct unit *unit = units;

	if (by_iort) {
		if (dma_iort_map(&iort, fn->segment, (uint16_t)requester, &way))
			return NULL;
		name = way.smmu;
		*stream = way.stream_id;
	} else if (!fdt_map_id(&boot_tree, pci_host_of(fn)->node, "iommu-map", "iommu-map-mask", requester, &name,
			       stream)) {
		return NULL;
	}
	while (unit && unit->name != name)
		unit = unit->next;
	return unit;
}

static void on_fault(const struct dma_fault *fault, void *context)
{
	uint32_t stream;
	bool known = false;

	(void)context;
	for (unsigned i = 0; i < pci_count(); i++) { /* several may have one stream: it was any of them */
		if (!route(pci_function(i), &stream) || stream != fault->requester)
			continue;
		__atomic_add_fetch(&faults_of[i], 1, __ATOMIC_RELAXED);
		known = true;
	}
	if (!known)
		__atomic_add_fetch(&faults_elsewhere, 1, __ATOMIC_RELAXED);
}

/* The bindings name by properties what IORT has a number for. */
static enum dma_smmuv3_model model_of(fdt_node node)
{
	struct fdt_property property;

	if (fdt_property(&boot_tree, node, "cavium,cn9900-broken-page1-regspace", &property))
		return DMA_SMMUV3_CAVIUM_CN99XX;
	if (fdt_property(&boot_tree, node, "hisilicon,broken-prefetch-cmd", &property))
		return DMA_SMMUV3_HISILICON_HI161X;
	return DMA_SMMUV3_GENERIC;
}

static int find_by_tree(void)
{
	fdt_node node = FDT_NONE;
	uint64_t size;
	int error = 0;

	while (!error && (node = fdt_compatible(&boot_tree, node, "arm,smmu-v3")) != FDT_NONE) {
		struct unit unit = {0};

		if (!fdt_reg(&boot_tree, node, 0, &unit.registers, &size)) {
			print("device tree: %s: its reg makes no sense\n", fdt_name(&boot_tree, node));
			continue;
		}
		unit.name = fdt_u32(&boot_tree, node, "phandle", 0);
		unit.model = model_of(node);
		unit.coherent_by_firmware = fdt_dma_coherent(&boot_tree, node, false);
		error = add_unit(unit);
	}
	return error;
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
		error = add_unit((struct unit){
			.registers = smmu.registers,
			.name = smmu.node,
			.model = smmu.model,
			.coherent_by_firmware = smmu.coherent,
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

static bool id_of(const void *unit, const struct pci_function *fn, uint32_t *id)
{
	return route(fn, id) == unit;
}

static int start(struct unit *unit)
{
	static struct dma_iommu_region host_regions[PCI_FUNCTIONS];
	struct regions regions;
	struct dma_smmuv3_config config = {
		.registers = dma_paddr(unit->registers),
		.model = unit->model,
		.walks = unit->coherent_by_firmware ? DMA_SMMUV3_SNOOPS
			 : by_iort		    ? DMA_SMMUV3_ASK
						    : DMA_SMMUV3_SNOOPS_NOT,
		.stage = option_is("stage", "1")   ? 1
			 : option_is("stage", "2") ? 2
						   : 0,
		.linear_table = option_is("stream_table", "linear"),
	};
	struct dma_smmuv3_facts facts;
	int error = regions_get(unit, &regions);

	config.host_regions = host_regions;
	config.nhost_regions = requester_doorbells(host_regions, id_of, unit);
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

/* The functions behind a unit that does not work. */
static void say_unprotected(const struct unit *unit)
{
	uint32_t stream;

	for (unsigned i = 0; i < pci_count(); i++) {
		const struct pci_function *fn = pci_function(i);

		if (route(fn, &stream) == unit)
			print("iommu: not protected: %x:%x.%x\n", (unsigned)fn->bus, (unsigned)fn->devfn >> 3,
			      (unsigned)fn->devfn & 7);
	}
}

/* One unit that cannot be driven does not take the others down. 0: at least one works. */
static int start_all(void)
{
	int result = DMA_ENODEV;
	bool any = false;

	for (struct unit *unit = units; unit; unit = unit->next) {
		int error = start(unit);

		any = any || !error;
		result = error ? error : result;
		if (error) {
			print("iommu: the SMMUv3 at 0x%llx does not work: %s\n", (unsigned long long)unit->registers,
			      dma_strerror(error));
			say_unprotected(unit);
		}
	}
	return any ? 0 : result;
}

static int probe(void)
{
	int error = boot_info.rsdp || option_is("iort", "fw_cfg") ? find_by_iort() : find_by_tree();

	if (!error)
		error = dma_init();
	if (!error)
		dma_iommu_on_fault(on_fault, NULL);
	if (!error)
		error = start_all();
	if (error)
		print("iommu: no SMMUv3 to protect memory with: %s\n", dma_strerror(error));
	return error;
}

static int domain_for(const struct bus_pci *fn, struct dma_device_config *config)
{
	const struct pci_host *host = pci_host_of(fn->priv);
	const struct unit *unit = route(fn->priv, &config->requester);
	struct dma_window reserved[PCI_HOST_WINDOWS];
	struct dma_iommu_domain_config wanted = {
		.requester = config->requester,
		.deferred = iommu_deferred(fn),
		.no_big_pages = option_is("big_pages", "no"),
		.reserved = reserved,
	};

	if (!unit || !unit->iommu) {
		print("iommu: no SMMUv3 that works stands in front of %x:%x.%x\n", (unsigned)fn->bus,
		      (unsigned)fn->devfn >> 3, (unsigned)fn->devfn & 7);
		return DMA_ENODEV;
	}
	if (config->domain)
		return 0;
	/* What a bridge decodes never reaches the SMMU. */
	for (unsigned i = 0; i < host->ndecoded; i++)
		reserved[wanted.nreserved++] = (struct dma_window){
			dma_paddr(host->decoded[i].base), dma_daddr(host->decoded[i].base), host->decoded[i].size};
	return dma_iommu_domain_create(unit->iommu, &wanted, &config->domain);
}

static void domain_put(const struct bus_pci *fn, struct dma_domain *domain)
{
	uint32_t stream;
	int error = dma_iommu_domain_destroy(route(fn->priv, &stream)->iommu, domain);

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

static bool registers_of(const struct pci_function *fn, uint64_t *registers)
{
	uint32_t stream;
	const struct unit *unit = route(fn, &stream);

	if (!unit || !unit->iommu)
		return false;
	*registers = unit->registers;
	return true;
}

/* Units stay aborted, not open: what their devices do meanwhile reaches no memory. */
static int end(void)
{
	int result = 0;

	for (struct unit *unit = units; unit; unit = unit->next) {
		int error = unit->iommu ? dma_smmuv3_remove(unit->iommu) : 0;

		if (!error)
			unit->iommu = NULL;
		else
			result = error;
	}
	return result;
}

const struct bare_iommu bare_smmuv3 = {"smmuv3", probe, domain_for, domain_put, faults, NULL, NULL, end, registers_of};
