/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The stream table (IHI 0070, 3.3.1 and 5.2), linear or of two levels: which stream is translated by which domain.
 * What has no valid entry is aborted and recorded.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "smmuv3_driver.h"

enum {
	STREAMS_PER_TABLE = 1 << SMMU_SPLIT,
	TABLE_BYTES = STREAMS_PER_TABLE * (int)sizeof(struct smmu_ste),
	USUAL_BITS = 16,
	MAX_BITS = 25, /* a first level of 1 MiB */
};

static size_t pages_of(size_t nbytes)
{
	return (nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
}

/* The second-level table behind an entry of the first level; 0: none yet. */
static dma_paddr_t second_level_paddr(const struct smmu_unit *unit, uint32_t index)
{
	uint64_t entry = dma_arch_read_once((const uint64_t *)unit->streams + index, 8);

	return dma_paddr(entry & SMMU_BASE_ADDRESS & ~(uint64_t)63);
}

static struct smmu_ste *second_level(const struct smmu_unit *unit, uint32_t index)
{
	dma_paddr_t paddr = second_level_paddr(unit, index);

	return paddr.raw ? dma_host_linear(paddr, TABLE_BYTES) : NULL;
}

/* The stream's entry; NULL where there is no table for it. */
static struct smmu_ste *entry_of(const struct smmu_unit *unit, uint32_t stream)
{
	struct smmu_ste *table = unit->streams;

	if (stream >> unit->stream_bits)
		return NULL;
	if (!unit->two_level)
		return &table[stream];
	table = second_level(unit, stream >> SMMU_SPLIT);
	return table ? &table[stream % STREAMS_PER_TABLE] : NULL;
}

int dma_smmu_streams_make(struct smmu_unit *unit, const struct dma_smmuv3_config *config)
{
	unsigned most = smmu_idr1_stream_bits(unit->idr1), bits = USUAL_BITS;
	size_t nbytes, align;

	if (config->last_stream)
		bits = 32u - (unsigned)__builtin_clz(config->last_stream);
	for (size_t i = 0; i < config->nregions; i++)
		while (bits < 32 && config->regions[i].stream >> bits)
			bits++;
	bits = bits < most ? bits : most;
	if (bits > MAX_BITS)
		return DMA_ENOTSUP;
	unit->stream_bits = (uint8_t)bits;
	unit->two_level = smmu_idr0_two_level(unit->idr0) && bits > SMMU_SPLIT && !config->linear_table;
	nbytes = unit->two_level ? sizeof(uint64_t) << (bits - SMMU_SPLIT) : sizeof(struct smmu_ste) << bits;
	/* 6.3.23: aligned to its size. */
	for (align = DMA_PAGE_SIZE; align < nbytes; align <<= 1)
		;
	unit->streams_pages = pages_of(nbytes);
	unit->streams = dma_smmu_pages(unit, unit->streams_pages, align, &unit->streams_paddr);
	return unit->streams ? 0 : DMA_ENOMEM;
}

void dma_smmu_streams_free(struct smmu_unit *unit)
{
	if (!unit->streams)
		return;
	for (uint32_t i = 0; unit->two_level && i < 1u << (unit->stream_bits - SMMU_SPLIT); i++)
		if (second_level(unit, i))
			dma_host_frames_free(second_level_paddr(unit, i), pages_of(TABLE_BYTES));
	dma_host_frames_free(unit->streams_paddr, unit->streams_pages);
	unit->streams = NULL;
}

/* Makes the stream's second-level table if it needs one. Interrupts on. */
static int make_table(struct smmu_unit *unit, uint32_t stream)
{
	uint64_t *entry = (uint64_t *)unit->streams + (stream >> SMMU_SPLIT);
	dma_paddr_t paddr;
	uintptr_t state;
	bool used = false;

	if (stream >> unit->stream_bits)
		return DMA_ENOTSUP;
	if (!unit->two_level || entry_of(unit, stream))
		return 0;
	if (!dma_smmu_pages(unit, pages_of(TABLE_BYTES), TABLE_BYTES, &paddr))
		return DMA_ENOMEM;
	state = dma_host_lock(&unit->table_lock);
	if (!second_level(unit, stream >> SMMU_SPLIT)) {
		dma_publish();
		dma_arch_write_once(entry, paddr.raw | SMMU_L1_SPAN, 8);
		dma_smmu_clean(unit, entry, sizeof(*entry));
		used = true;
	}
	dma_host_unlock(&unit->table_lock, state);
	if (!used) /* somebody else was faster */
		dma_host_frames_free(paddr, pages_of(TABLE_BYTES));
	return 0;
}

/* What the entry of a stream of that domain holds. */
static void fill(const struct smmu_unit *unit, const struct smmu_domain *domain, bool coherent, struct smmu_ste *ste)
{
	const struct dma_table *table = &domain->space.table;
	unsigned levels = table->format->levels, bits = dma_format_width(table->format);

	*ste = (struct smmu_ste){0};
	ste->word[0] = SMMU_STE_V;
	ste->word[1] = SMMU_STE_SH_INCOMING | SMMU_STE_UNPRIVILEGED_DATA | (coherent ? 0 : SMMU_STE_NORMAL_NC);
	if (unit->stage == 1) {
		ste->word[0] |= SMMU_STE_STAGE_1 | domain->context.raw;
		ste->word[1] |= unit->snoops ? SMMU_STE_S1_CACHED : SMMU_STE_S1_UNCACHED;
		if (smmu_idr0_stall(unit->idr0) == SMMU_STALL_AND_TERMINATE)
			ste->word[1] |= SMMU_STE_S1STALLD;
		return;
	}
	bits = bits < unit->output_bits ? bits : unit->output_bits;
	ste->word[0] |= SMMU_STE_STAGE_2;
	/* S2SL0 counts from the leaf's side: 3 levels 1, 4 levels 2. */
	ste->word[2] = smmu_ste_s2(domain->id, 64 - bits, levels - 2, unit->output_code) |
		       (unit->snoops ? SMMU_STE_S2_CACHED : SMMU_STE_S2_UNCACHED);
	ste->word[3] = table->root.raw;
}

int dma_smmu_stream_set(struct smmu_unit *unit, uint32_t stream, const struct smmu_domain *domain, bool coherent)
{
	struct dma_command forget = smmu_cfgi_ste(stream);
	struct smmu_ste new, *entry;
	uintptr_t state;
	int error;

	fill(unit, domain, coherent, &new);
	for (;;) {
		error = make_table(unit, stream);
		if (error)
			return error;
		state = dma_host_lock(&unit->table_lock);
		entry = entry_of(unit, stream);
		if (entry)
			break;
		dma_host_unlock(&unit->table_lock, state); /* a neighbour's end took the table away again */
	}
	/* 3.21.3.1: an invalid entry is filled from the end, its first word with V last: the unit may look at any
	 * moment. */
	for (unsigned i = 7; i > 0; i--)
		dma_arch_write_once(&entry->word[i], new.word[i], 8);
	dma_publish();
	dma_arch_write_once(&entry->word[0], new.word[0], 8);
	dma_smmu_clean(unit, entry, sizeof(*entry));
	dma_host_unlock(&unit->table_lock, state);
	return dma_smmu_run(unit, &forget, 1);
}

int dma_smmu_stream_clear(struct smmu_unit *unit, uint32_t stream)
{
	struct dma_command forget = smmu_cfgi_ste(stream);
	uintptr_t state = dma_host_lock(&unit->table_lock);
	struct smmu_ste *entry = entry_of(unit, stream);

	if (entry) {
		dma_arch_write_once(&entry->word[0], 0, 8);
		dma_smmu_clean(unit, entry, sizeof(*entry));
	}
	dma_host_unlock(&unit->table_lock, state);
	return entry ? dma_smmu_run(unit, &forget, 1) : 0;
}

void dma_smmu_stream_trim(struct smmu_unit *unit, uint32_t stream)
{
	struct dma_command forget = smmu_cfgi_ste(stream);
	uint64_t *first = (uint64_t *)unit->streams + (stream >> SMMU_SPLIT);
	struct smmu_ste *table;
	dma_paddr_t paddr;
	uintptr_t state;
	bool used = false;

	if (!unit->two_level || stream >> unit->stream_bits)
		return;
	state = dma_host_lock(&unit->table_lock);
	table = second_level(unit, stream >> SMMU_SPLIT);
	paddr = second_level_paddr(unit, stream >> SMMU_SPLIT);
	for (unsigned i = 0; table && i < STREAMS_PER_TABLE; i++)
		used = used || dma_arch_read_once(&table[i].word[0], 8);
	if (table && !used) {
		dma_arch_write_once(first, 0, 8);
		dma_smmu_clean(unit, first, sizeof(*first));
	}
	dma_host_unlock(&unit->table_lock, state);
	/* A unit that does not forget the table may go on reading it: then it is lost. */
	if (table && !used && !dma_smmu_run(unit, &forget, 1))
		dma_host_frames_free(paddr, pages_of(TABLE_BYTES));
}
