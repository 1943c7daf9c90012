/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Entries of requesters (src/iommu/unit/unit_tables.c, and the drivers that write their own): a unit that fetches
 * one at any moment finds it as it was, or new and whole, and what it leads to. CPU 1 is the unit.
 */
#include "../../src/iommu/amdvi/amdvi_driver.h"
#include "../../src/iommu/riscv/riscv_driver.h"
#include "../../src/iommu/smmuv3/smmuv3_driver.h"
#include "programs.h"
#include "world.h"
#include <dmastream/arch.h>

#define REQUESTER 3u
#define PRESENT	  1u
#define SECOND	  0x102u
#define ADDRESS	  (~(uint64_t)0xfff)
#define WRITTEN	  7u /* the domain's own table: a word in it */

static uint64_t *domain_table;

static void start_world(void)
{
	world_start(2);
	domain_table = explore_memory(DMA_PAGE_SIZE, DMA_PAGE_SIZE);
}

static void finish(void)
{
	explore_check(dma_fini() == 0, "a page is lost");
}

/* What an entry leads to has arrived, for who comes by it. */
static void goes_on(void)
{
	dma_arch_consume(); /* a unit reads a table after the entry that leads there */
	explore_check(*domain_table == WRITTEN, "an entry leads to a table that has not arrived");
}

/* ---- Of two words, below two levels or one ---- */

static struct dma_unit unit;
static uint64_t *first_level;
static uint64_t second_level[2]; /* words of the entry, where there is one level */

static void start_two_levels(void)
{
	start_world();
	first_level = explore_memory(DMA_PAGE_SIZE, DMA_PAGE_SIZE);
	unit = (struct dma_unit){.reach = {.snoops = true, .max_paddr = UINT64_MAX}};
	unit.tables = (struct dma_unit_tables){.mask = 0xffff,
					       .entry = 16,
					       .used = PRESENT,
					       .words = 2,
					       .shift = 8,
					       .stride = 16,
					       .address = ADDRESS,
					       .valid = PRESENT,
					       .requesters = 1u << 16,
					       .first = first_level};
}

static void fills(void)
{
	uint64_t words[DMA_UNIT_ENTRY_WORDS] = {(uintptr_t)domain_table | PRESENT, SECOND};

	*domain_table = WRITTEN;
	explore_check(dma_unit_entry_set(&unit, REQUESTER, words) == 0, "set");
}

static void fetches_by_two_levels(void)
{
	uint64_t slot = dma_arch_read_once(first_level, 8), low;
	const uint64_t *words;

	if (!(slot & PRESENT))
		return;
	dma_arch_consume();
	words = (const uint64_t *)(uintptr_t)(slot & ADDRESS) + (size_t)2 * REQUESTER;
	low = dma_arch_read_once(&words[0], 8);
	explore_check(low == 0 || low == ((uintptr_t)domain_table | PRESENT), "an entry holds what was there before");
	if (!low)
		return;
	dma_arch_consume();
	explore_check(dma_arch_read_once(&words[1], 8) == SECOND, "an entry is present, and is not whole");
	goes_on();
}

static void finish_two_levels(void)
{
	dma_unit_tables_free_all(&unit.tables);
	finish();
}

const struct explore_program entry_filled = {
	.name = "entry: filled, in a table that comes with it",
	.start = start_two_levels,
	.cpu = {fills, fetches_by_two_levels},
	.finish = finish_two_levels,
	.preemptions = 2,
};

static void start_swap(void)
{
	start_world();
	unit = (struct dma_unit){.reach = {.snoops = true}};
	unit.tables = (struct dma_unit_tables){
		.mask = 0, .entry = 16, .used = PRESENT, .shift = 32, .requesters = 1, .first = second_level};
	second_level[0] = PRESENT;
}

static void swaps(void)
{
	uint64_t former;

	*domain_table = WRITTEN;
	explore_check(dma_unit_entry_swap(&unit, 0, (uintptr_t)domain_table | PRESENT, SECOND, &former),
		      "no store of two words");
}

static void fetches(void)
{
	if (dma_arch_read_once(&second_level[0], 8) == ((uintptr_t)domain_table | PRESENT))
		goes_on();
}

const struct explore_program entry_swapped = {
	.name = "entry: swapped",
	.start = start_swap,
	.cpu = {swaps, fetches},
	.finish = finish,
	.preemptions = 2,
};

/* ---- SMMUv3: eight words, the first of which says that the others count ---- */

static struct smmu_unit smmu;
static uint64_t ste[SMMU_STE_BYTES / 8];
static const struct dma_unit_driver smmu_driver = {.entries = &dma_smmu_entries};

static void start_smmu(void)
{
	start_world();
	smmu.base = (struct dma_unit){.driver = &smmu_driver, .reach = {.snoops = true}};
	smmu.base.tables = (struct dma_unit_tables){.entry = sizeof(ste),
						    .used = SMMU_STE_V,
						    .filling = SMMU_STE_FILLING,
						    .words = DMA_UNIT_ENTRY_WORDS,
						    .shift = 32,
						    .requesters = 1,
						    .first = ste};
	ste[1] = ~(uint64_t)0; /* of an earlier domain */
}

static void sets_a_stream(void)
{
	explore_check(dma_unit_entry_change(&smmu.base, 0, NULL, NULL, true) == 0, "set");
}

static void fetches_a_stream(void)
{
	if (!(dma_arch_read_once(&ste[0], 8) & SMMU_STE_V))
		return;
	dma_arch_consume();
	explore_check(dma_arch_read_once(&ste[1], 8) == SMMU_STE_SH_INCOMING, "an entry is valid, and is not whole");
}

const struct explore_program entry_stream = {
	.name = "entry: a stream of an SMMU is set",
	.start = start_smmu,
	.cpu = {sets_a_stream, fetches_a_stream},
	.finish = finish,
	.preemptions = 2,
};

/* ---- RISC-V: a context whose iohgatp becomes another one ---- */

static struct riscv_unit riscv;
static const struct dma_unit_driver riscv_driver = {.entries = &dma_riscv_entries};
static uint64_t context[8];
static struct dma_unit_domain domain;

static void start_riscv(void)
{
	start_world();
	riscv.base = (struct dma_unit){.driver = &riscv_driver, .reach = {.snoops = true}};
	riscv.base.tables = (struct dma_unit_tables){
		.entry = sizeof(context), .used = RISCV_TC_V, .shift = 32, .requesters = 1, .first = context};
	context[RISCV_DC_TC] = RISCV_TC_V;
	domain = (struct dma_unit_domain){.id = 1};
	domain.space.table.format = &dma_format_sv39x4;
	domain.space.table.root = dma_paddr((uintptr_t)domain_table);
}

static void changes_a_context(void)
{
	*domain_table = WRITTEN;
	explore_check(dma_unit_entry_change(&riscv.base, 0, NULL, &domain, true) == 0, "change");
}

static void fetches_a_context(void)
{
	if (dma_arch_read_once(&context[RISCV_DC_IOHGATP], 8))
		goes_on();
}

const struct explore_program entry_context = {
	.name = "entry: a context of a RISC-V unit changes",
	.start = start_riscv,
	.cpu = {changes_a_context, fetches_a_context},
	.finish = finish,
	.preemptions = 2,
};

/* ---- AMD: the host's interrupt table, to which a word of the entry leads ---- */

static struct amdvi_unit amdvi;
static struct dma_iommu iommu;
static const struct dma_unit_driver driver;
static struct amdvi_entry amd_entry;

static void start_amdvi(void)
{
	start_world();
	amdvi.base = (struct dma_unit){.driver = &driver, .reach = {.snoops = true}, .last = 1};
	amdvi.base.tables = (struct dma_unit_tables){
		.entry = sizeof(amd_entry), .used = AMDVI_ENTRY_V, .shift = 32, .requesters = 1, .first = &amd_entry};
	iommu.units = &amdvi.base;
}

static void sets_interrupts(void)
{
	*domain_table = WRITTEN;
	explore_check(dma_amdvi_interrupts_set(&iommu, 0, (uintptr_t)domain_table) == 0, "set");
}

static void fetches_interrupts(void)
{
	if (dma_arch_read_once(&amd_entry.word[2], 8))
		goes_on();
}

const struct explore_program entry_interrupts = {
	.name = "entry: the interrupt table of a requester of an AMD unit",
	.start = start_amdvi,
	.cpu = {sets_interrupts, fetches_interrupts},
	.finish = finish,
	.preemptions = 2,
};
