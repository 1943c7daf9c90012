/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IORT, on a simulated machine with each of the table's SMMUs in turn; MCFG and device trees, by their parsers.
 */
#include "../../platform/bare/firmware/acpi.h"
#include "../../platform/bare/firmware/fdt.h"
#include "corpus.h"
#include "iommu/sim_smmuv3.h"
#include <dmastream/dmastream.h>
#include <dmastream/iort.h>
#include <dmastream/platform.h>
#include <dmastream/smmuv3.h>

#include <stdio.h>
#include <string.h>

enum {
	REGIONS = 4096,
	CONTROL = 0x20, /* SMMU_CR0 (IHI 0070, 6.3.9) */
	ENABLED = 1,
	WINDOW = 0x20000,
};
#define REGISTERS ((uint64_t)0xe0000000) /* where the simulated machine has them, wherever the table says */

/* ---- IORT ------------------------------------------------------------------------------------------------------ */

static bool is_on(void)
{
	volatile void *at;
	bool on;

	if (dma_host_mmio_map(dma_paddr(REGISTERS), WINDOW, &at))
		return false;
	on = dma_host_mmio_read32((volatile char *)at + CONTROL) & ENABLED;
	dma_host_mmio_unmap(at, WINDOW);
	return on;
}

/* One SMMU on a machine of its own. */
static bool comes_up(const struct dma_iort *t, const struct dma_iort_smmu *smmu, unsigned *nregions)
{
	struct sim_smmu_config model = sim_smmu_config(REGISTERS);
	static struct dma_smmuv3_region regions[REGIONS];
	struct dma_smmuv3_config config = {
		.registers = dma_paddr(REGISTERS),
		.model = smmu->model,
		.walks = smmu->coherent ? DMA_SMMUV3_SNOOPS : DMA_SMMUV3_ASK,
		.regions = regions,
	};
	struct sim_config machine = sim_config_plain(NULL);
	struct dma_iommu *iommu;
	struct sim_smmu *unit;
	bool works;

	machine.quiet = true;
	sim_start(&machine);
	unit = sim_smmu_add(&model);
	while (config.nregions < REGIONS &&
	       dma_iort_region(t, smmu->node, (unsigned)config.nregions, &regions[config.nregions]))
		config.nregions++;
	*nregions += (unsigned)config.nregions;
	works = !dma_init() && !dma_smmuv3_probe(&config, &iommu) && is_on() && !sim_smmu_seen(unit).violations;
	works = works && !dma_smmuv3_remove(iommu) && !dma_fini();
	sim_smmu_remove_all();
	return works && !sim_stop();
}

/* How many requesters of segment 0 to 15 lead to an SMMUv3, to none, and to what has no driver. */
static void print_routes(const struct dma_iort *t)
{
	unsigned through = 0, beside = 0, undriven = 0;
	struct dma_iort_route route;

	for (uint16_t segment = 0; segment < 16; segment++)
		for (unsigned bus = 0; bus < 256; bus++) {
			int error = dma_iort_map(t, segment, (uint16_t)(bus << 8), &route);

			through += !error && route.smmu;
			beside += !error && !route.smmu;
			undriven += error == DMA_ENOTSUP;
		}
	printf(", PCI buses: %u behind an SMMUv3, %u behind nothing, %u behind what is not driven", through, beside,
	       undriven);
}

enum ending corpus_iort(const uint8_t *bytes, size_t nbytes)
{
	struct sim_config machine = sim_config_plain(NULL);
	unsigned units = 0, up = 0, regions = 0;
	struct dma_iort_smmu smmu;
	struct dma_iort t;
	int error;

	machine.quiet = true;
	sim_start(&machine);
	error = dma_iort_open(&t, bytes, nbytes);
	(void)!sim_stop();
	if (error) {
		printf("IORT: refused: %s", dma_strerror(error));
		return TABLE_REFUSED;
	}
	for (; dma_iort_smmu_at(&t, units, &smmu); units++)
		up += comes_up(&t, &smmu, &regions);
	if (!units)
		printf("IORT: read; no SMMUv3 in it, and SMMUv1 and v2 have no driver");
	else
		printf("IORT: %u SMMUv3 on, %u regions", up, regions);
	print_routes(&t);
	return up == units ? TABLE_WORKS : TABLE_WRONG;
}

/* ---- MCFG ------------------------------------------------------------------------------------------------------ */

static const uint8_t *nowhere(void *context, uint64_t paddr, uint64_t nbytes)
{
	(void)context, (void)paddr, (void)nbytes;
	return NULL;
}

static bool no_ram(void *context, uint64_t paddr, uint64_t nbytes)
{
	(void)context, (void)paddr, (void)nbytes;
	return false;
}

enum ending corpus_mcfg(const uint8_t *bytes, size_t nbytes)
{
	struct acpi acpi = {.memory = {.at = nowhere, .is_ram = no_ram}};
	struct acpi_table table = {.bytes = bytes, .nbytes = (uint32_t)nbytes};
	unsigned rows = 0, left_out = 0;
	struct acpi_ecam row;
	int error = acpi_check_table(&acpi, "MCFG", &table);

	if (error) {
		printf("MCFG: refused: %s", acpi.error);
		return TABLE_REFUSED;
	}
	if (acpi.error[0])
		corpus_say("%s", acpi.error);
	for (unsigned i = 0; (error = acpi_mcfg_row(&acpi, &table, i, &row)) != DMA_ENODEV; i++) {
		rows += !error;
		left_out += error != 0;
		if (acpi.error[0])
			corpus_say("%s", acpi.error);
	}
	printf("MCFG: %s%u rows, %u left out", rows ? "" : "refused: ", rows, left_out);
	return rows ? TABLE_WORKS : TABLE_REFUSED;
}

/* ---- Device trees ---------------------------------------------------------------------------------------------- */

enum ending corpus_tree(const uint8_t *bytes, size_t nbytes)
{
	const char *wrong;
	unsigned nodes = 0;
	struct fdt t;

	wrong = fdt_open(&t, bytes, nbytes);
	if (wrong) {
		printf("device tree: refused: %s", wrong);
		return TABLE_REFUSED;
	}
	for (fdt_node node = fdt_next(&t, FDT_NONE); node != FDT_NONE; node = fdt_next(&t, node))
		nodes++;
	printf("device tree: %u nodes", nodes);
	return TABLE_WORKS;
}
