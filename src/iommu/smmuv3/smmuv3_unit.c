/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One SMMUv3 from whatever firmware or a previous kernel left running to "translates, and aborts what nobody mapped"
 * (IHI 0070, 3.11 and 6.3). Between the two everything is aborted: GBPA is set before SMMUEN falls, so that no moment
 * of bypass exists.
 */
#include <dmastream/errors.h>

#include "smmuv3_driver.h"

static const uint8_t output_bits[] = {32, 36, 40, 42, 44, 48, 52};

enum { CODE_48 = 5 }; /* of OAS: what the page-table format holds */

static const char *unusable(const struct smmu_unit *unit, const struct dma_smmuv3_config *config)
{
	bool stage_1 = unit->idr0 & SMMU_IDR0_S1P, stage_2 = unit->idr0 & SMMU_IDR0_S2P;

	if (unit->idr0 == ~0u || (!stage_1 && !stage_2))
		return "there is no unit at this address, or it cannot translate";
	if ((config->stage == 1 && !stage_1) || (config->stage == 2 && !stage_2))
		return "it does not have the stage that was asked for";
	if (!(unit->idr0 & SMMU_IDR0_AARCH64) || !(unit->idr5 & SMMU_IDR5_GRAN4K))
		return "it has no AArch64 tables of 4 KiB pages";
	if (smmu_idr0_endian(unit->idr0) == SMMU_ENDIAN_BIG)
		return "it reads big-endian tables only";
	if (smmu_idr0_stall(unit->idr0) == SMMU_STALL_ALWAYS)
		return "it stalls every faulting transaction";
	if (unit->idr1 & (SMMU_IDR1_QUEUES_PRESET | SMMU_IDR1_TABLES_PRESET))
		return "its tables or queues are fixed";
	if (smmu_idr1_command_bits(unit->idr1) < SMMU_COMMAND_BITS ||
	    smmu_idr1_event_bits(unit->idr1) < SMMU_EVENT_BITS)
		return "its queues are too short";
	if (smmu_idr5_oas(unit->idr5) >= sizeof(output_bits))
		return "its output address size is unknown";
	return NULL;
}

/* What the ID registers and the caller say. */
static void read_identity(struct smmu_unit *unit, const struct dma_smmuv3_config *config)
{
	struct dma_unit *base = &unit->base;

	unit->idr0 = dma_unit_read32(base, SMMU_IDR0);
	unit->idr1 = dma_unit_read32(base, SMMU_IDR1);
	unit->idr3 = dma_unit_read32(base, SMMU_IDR3);
	unit->idr5 = dma_unit_read32(base, SMMU_IDR5);
	unit->stage = (uint8_t)(config->stage ? config->stage : unit->idr0 & SMMU_IDR0_S2P ? 2 : 1);
	base->reach.snoops = config->walks == DMA_SMMUV3_ASK ? (unit->idr0 & SMMU_IDR0_COHACC) != 0
							     : config->walks == DMA_SMMUV3_SNOOPS;
	base->nids = unit->idr0 & (unit->stage == 2 ? SMMU_IDR0_VMID16 : SMMU_IDR0_ASID16) ? 65536 : 256;
}

static int set_control(struct dma_unit *base, uint32_t value)
{
	return dma_unit_order(base, SMMU_CR0, value, SMMU_CR0ACK, SMMU_CR0_SMMUEN | SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN,
			      value);
}

static int abort_all(struct dma_unit *base)
{
	/* 6.3.14: written with UPDATE, in force when UPDATE has fallen. */
	int error = dma_unit_update(base, SMMU_GBPA, SMMU_GBPA_UPDATE | SMMU_GBPA_ABORT, SMMU_GBPA_UPDATE);

	if (error)
		return error;
	return dma_unit_read32(base, SMMU_GBPA) & SMMU_GBPA_ABORT ? set_control(base, 0) : DMA_EIO;
}

static int identify(struct dma_unit *base, const void *with, const char **why)
{
	struct smmu_unit *unit = dma_smmu_unit_of(base);
	const struct dma_smmuv3_config *config = with;
	int error;

	*why = "its registers are not aligned, or a stage other than 0, 1 and 2 is asked for";
	if (base->paddr.raw & 0xffff || config->stage > 2)
		return DMA_EINVAL;
	/* Cavium's erratum 74: what belongs into the second page of registers is in the first. */
	unit->event_page = config->model == DMA_SMMUV3_CAVIUM_CN99XX ? 0 : SMMU_REGISTER_PAGE;
	error = dma_unit_map(base, unit->event_page + SMMU_REGISTER_PAGE, why);
	if (error)
		return error;
	read_identity(unit, config);
	*why = unusable(unit, config);
	if (*why)
		return DMA_ENOTSUP;
	unit->output_code = (uint8_t)(smmu_idr5_oas(unit->idr5) < CODE_48 ? smmu_idr5_oas(unit->idr5) : CODE_48);
	unit->output_bits = output_bits[unit->output_code];
	base->reach.max_paddr = ((uint64_t)1 << unit->output_bits) - 1;
	dma_smmu_domains_describe(unit);
	*why = "it does not abort what it should";
	return abort_all(base);
}

/* Forgets whatever was cached before: configuration first, then translations. */
static int forget_all(struct smmu_unit *unit)
{
	struct dma_command commands[3] = {smmu_cfgi_all(), smmu_command(SMMU_TLBI_NSNH_ALL),
					  smmu_command(SMMU_TLBI_EL2_ALL)};

	return dma_smmu_run(&unit->base, commands, unit->idr0 & SMMU_IDR0_HYP ? 3 : 2);
}

static int take_over(struct dma_unit *base)
{
	struct smmu_unit *unit = dma_smmu_unit_of(base);
	uint64_t hint = base->reach.snoops ? SMMU_BASE_RA : 0;
	uint32_t format = dma_smmu_two_level(unit) ? SMMU_STRTAB_2LEVEL | base->tables.shift << 6 : 0;
	int error = dma_unit_order(base, SMMU_IRQ_CTRL, 0, SMMU_IRQ_CTRLACK, 7, 0); /* polled */

	if (error)
		return error;
	dma_unit_write32(base, SMMU_CR1, base->reach.snoops ? SMMU_CR1_WRITE_BACK_INNER : SMMU_CR1_NOT_CACHED);
	/* 6.3.12: PTM is reserved where nothing is broadcast. */
	dma_unit_write32(base, SMMU_CR2, SMMU_CR2_RECINVSID | (unit->idr0 & SMMU_IDR0_BTM ? SMMU_CR2_PTM : 0));
	dma_unit_write64(base, SMMU_STRTAB_BASE, base->tables.paddr.raw | hint);
	dma_unit_write32(base, SMMU_STRTAB_BASE_CFG, format | unit->stream_bits);

	/* Errors that an earlier owner left are acknowledged; the queue would not move. */
	dma_unit_write32(base, SMMU_GERRORN, dma_unit_read32(base, SMMU_GERROR) & SMMU_GERROR_ALL);
	dma_queue_reset(&base->queue);
	dma_unit_write64(base, SMMU_CMDQ_BASE, base->queue.paddr.raw | hint | SMMU_COMMAND_BITS);
	dma_unit_write32(base, SMMU_CMDQ_PROD, 0);
	dma_unit_write32(base, SMMU_CMDQ_CONS, 0);
	error = set_control(base, SMMU_CR0_CMDQEN);
	if (!error)
		error = forget_all(unit);
	if (error)
		return error;

	dma_unit_write64(base, SMMU_EVENTQ_BASE, base->log.paddr.raw | hint | SMMU_EVENT_BITS);
	dma_unit_write32(base, unit->event_page + SMMU_EVENTQ_PROD, 0);
	dma_unit_write32(base, unit->event_page + SMMU_EVENTQ_CONS, 0);
	return set_control(base, SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN);
}

static int start(struct dma_unit *base)
{
	base->running = true;
	return set_control(base, SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN | SMMU_CR0_SMMUEN);
}

const struct dma_unit_power_ops dma_smmu_power = {identify, take_over, start, abort_all, abort_all};
