/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One SMMUv3 from whatever firmware or a previous kernel left running to "translates, and aborts what nobody mapped"
 * (IHI 0070, 3.11 and 6.3). Between the two everything is aborted: GBPA is set before SMMUEN falls, so that no moment
 * of bypass exists.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "../unit/unit_wait.h"
#include "smmuv3_driver.h"

static const uint8_t output_bits[] = {32, 36, 40, 42, 44, 48, 52};
static const uint64_t usual_timeout_ns = 1000000000;

enum { LPAE_BITS = 48, CODE_48 = 5 }; /* what the page-table format holds */

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
	if (!unit->base.reach.snoops && !dma_state.host.can_sync)
		return "it does not snoop, and the CPU has no cache maintenance";
	return NULL;
}

int dma_smmu_identify(struct smmu_unit *unit, const struct dma_smmuv3_config *config, const char **why)
{
	volatile void *regs;
	int error;

	*why = "its registers lie in memory, or are not aligned";
	unit->paddr = config->registers;
	unit->base.queue.name = "smmuv3";
	unit->base.queue.unit = unit->paddr.raw;
	unit->base.queue.timeout_ns = config->timeout_ns ? config->timeout_ns : usual_timeout_ns;
	if (unit->paddr.raw & 0xffff || dma_host_is_ram(unit->paddr, 1))
		return DMA_EINVAL;
	*why = "a stage other than 0, 1 and 2";
	if (config->stage > 2)
		return DMA_EINVAL;
	*why = "its registers cannot be mapped";
	/* Cavium's erratum 74: what belongs into the second page of registers is in the first. */
	unit->event_page = config->model == DMA_SMMUV3_CAVIUM_CN99XX ? 0 : SMMU_REGISTER_PAGE;
	unit->window = unit->event_page + SMMU_REGISTER_PAGE;
	error = dma_host_mmio_map(unit->paddr, unit->window, &regs);
	if (error)
		return error;
	unit->regs = regs;
	unit->idr0 = dma_smmu_read(unit, SMMU_IDR0);
	unit->idr1 = dma_smmu_read(unit, SMMU_IDR1);
	unit->idr3 = dma_smmu_read(unit, SMMU_IDR3);
	unit->idr5 = dma_smmu_read(unit, SMMU_IDR5);
	unit->base.reach.snoops = config->walks == DMA_SMMUV3_ASK ? (unit->idr0 & SMMU_IDR0_COHACC) != 0
								  : config->walks == DMA_SMMUV3_SNOOPS;
	*why = unusable(unit, config);
	if (*why)
		return DMA_ENOTSUP;
	unit->stage = (uint8_t)(config->stage ? config->stage : unit->idr0 & SMMU_IDR0_S2P ? 2 : 1);
	unit->output_code = (uint8_t)smmu_idr5_oas(unit->idr5);
	if (unit->output_code > CODE_48)
		unit->output_code = CODE_48;
	unit->output_bits = output_bits[unit->output_code];
	unit->base.reach.max_paddr = ((uint64_t)1 << unit->output_bits) - 1;
	return 0;
}

static int wait_value(struct smmu_unit *unit, enum smmu_register reg, uint32_t mask, uint32_t value)
{
	struct dma_deadline deadline = dma_deadline(unit->base.queue.timeout_ns);

	while ((dma_smmu_read(unit, reg) & mask) != value)
		if (dma_deadline_over(&deadline))
			return DMA_ETIMEDOUT;
	return 0;
}

static int set_control(struct smmu_unit *unit, uint32_t value)
{
	dma_smmu_write(unit, SMMU_CR0, value);
	return wait_value(unit, SMMU_CR0ACK, SMMU_CR0_SMMUEN | SMMU_CR0_EVENTQEN | SMMU_CR0_CMDQEN, value);
}

int dma_smmu_abort_all(struct smmu_unit *unit)
{
	int error = wait_value(unit, SMMU_GBPA, SMMU_GBPA_UPDATE, 0);

	if (error)
		return error;
	/* 6.3.14: written with UPDATE, in force when UPDATE has fallen. */
	dma_smmu_write(unit, SMMU_GBPA, SMMU_GBPA_UPDATE | SMMU_GBPA_ABORT);
	error = wait_value(unit, SMMU_GBPA, SMMU_GBPA_UPDATE, 0);
	if (error)
		return error;
	if (!(dma_smmu_read(unit, SMMU_GBPA) & SMMU_GBPA_ABORT))
		return DMA_EIO;
	return set_control(unit, 0);
}

/* Forgets whatever was cached before: configuration first, then translations. */
static int forget_all(struct smmu_unit *unit)
{
	struct dma_command commands[3] = {smmu_cfgi_all(), smmu_tlbi_all(SMMU_TLBI_NSNH_ALL),
					  smmu_tlbi_all(SMMU_TLBI_EL2_ALL)};

	return dma_smmu_run(unit, commands, unit->idr0 & SMMU_IDR0_HYP ? 3 : 2);
}

int dma_smmu_start_queues(struct smmu_unit *unit)
{
	uint64_t hint = unit->base.reach.snoops ? SMMU_BASE_RA : 0;
	uint32_t log_size = unit->stream_bits;
	int error;

	dma_smmu_write(unit, SMMU_IRQ_CTRL, 0); /* polled */
	error = wait_value(unit, SMMU_IRQ_CTRLACK, 7, 0);
	if (error)
		return error;
	dma_smmu_write(unit, SMMU_CR1, unit->base.reach.snoops ? SMMU_CR1_WRITE_BACK_INNER : SMMU_CR1_NOT_CACHED);
	/* 6.3.12: PTM is reserved where nothing is broadcast. */
	dma_smmu_write(unit, SMMU_CR2, SMMU_CR2_RECINVSID | (unit->idr0 & SMMU_IDR0_BTM ? SMMU_CR2_PTM : 0));
	dma_host_mmio_write64(unit->regs + SMMU_STRTAB_BASE, unit->streams_paddr.raw | hint);
	dma_smmu_write(unit, SMMU_STRTAB_BASE_CFG,
		       unit->two_level ? SMMU_STRTAB_2LEVEL | (uint32_t)unit->split << 6 | log_size : log_size);

	/* Errors that an earlier owner left are acknowledged; the queue would not move. */
	dma_smmu_write(unit, SMMU_GERRORN, dma_smmu_read(unit, SMMU_GERROR) & SMMU_GERROR_ALL);
	dma_host_mmio_write64(unit->regs + SMMU_CMDQ_BASE, unit->commands_paddr.raw | hint | SMMU_COMMAND_BITS);
	dma_smmu_write(unit, SMMU_CMDQ_PROD, 0);
	dma_smmu_write(unit, SMMU_CMDQ_CONS, 0);
	dma_smmu_queue_reset(unit);
	error = set_control(unit, SMMU_CR0_CMDQEN);
	if (!error)
		error = forget_all(unit);
	if (error)
		return error;

	dma_host_mmio_write64(unit->regs + SMMU_EVENTQ_BASE, unit->events_paddr.raw | hint | SMMU_EVENT_BITS);
	dma_host_mmio_write32(unit->regs + unit->event_page + SMMU_EVENTQ_PROD, 0);
	dma_host_mmio_write32(unit->regs + unit->event_page + SMMU_EVENTQ_CONS, 0);
	unit->event_head = 0;
	return set_control(unit, SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN);
}

int dma_smmu_enable(struct smmu_unit *unit)
{
	return set_control(unit, SMMU_CR0_CMDQEN | SMMU_CR0_EVENTQEN | SMMU_CR0_SMMUEN);
}
