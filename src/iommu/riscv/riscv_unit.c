/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One RISC-V IOMMU from whatever firmware or a previous kernel left running to "translates, and blocks what nobody
 * mapped" (RISC-V IOMMU 1.0, "Guidelines for initialization"). Between the two it is Off, and nothing passes.
 */
#include <dmastream/errors.h>

#include "riscv_driver.h"

static const char *unusable(const struct riscv_unit *unit)
{
	if (unit->capabilities == ~(uint64_t)0 || RISCV_CAP_MAJOR(unit->capabilities) != 1)
		return "there is no unit at this address, or of another version than 1";
	if (!unit->base.formats[0])
		return "it has no tables that we know";
	if (RISCV_CAP_PAS(unit->capabilities) < 32 || RISCV_CAP_PAS(unit->capabilities) > 56)
		return "its physical address size is unknown";
	return NULL;
}

/* What the unit's domains are made of. Second-stage tables rather than those of the first: their addresses have 41 bits
 * and are not sign-extended, and one word of a context names table and domain. Three levels where they reach far
 * enough. */
static void describe_domains(struct riscv_unit *unit)
{
	static const struct {
		uint64_t capability;
		const struct dma_format *format;
	} stages[2][DMA_UNIT_FORMATS] = {
		{{RISCV_CAP_SV39X4, &dma_format_sv39x4}, {RISCV_CAP_SV48X4, &dma_format_sv48x4}},
		{{RISCV_CAP_SV39, &dma_format_sv39},
		 {RISCV_CAP_SV48, &dma_format_sv48},
		 {RISCV_CAP_SV57, &dma_format_sv57}}};
	unsigned n = 0;

	unit->base.space.unit = &dma_riscv_domain;
	unit->first = !(unit->capabilities & (RISCV_CAP_SV39X4 | RISCV_CAP_SV48X4));
	for (unsigned i = 0; i < DMA_UNIT_FORMATS; i++)
		if (unit->capabilities & stages[unit->first][i].capability)
			unit->base.formats[n++] = stages[unit->first][i].format;
	unit->base.nids = 65536; /* GSCID has 16 bits; PSCID has 20, of which the unit layer uses as many */
}

/* ---- ddtp -------------------------------------------------------------------------------------------------------- */

/* 0, DMA_ENOTSUP (it takes no directory of so many levels), DMA_ETIMEDOUT. */
static int set_directory(struct dma_unit *base, unsigned mode, dma_paddr_t root)
{
	uint64_t kept = mode == RISCV_DDTP_OFF ? RISCV_BASE_WPRI | RISCV_PPN_MASK : RISCV_BASE_WPRI;
	int error = dma_unit_wait(base, RISCV_DDTP, RISCV_DDTP_BUSY, 0);

	if (error)
		return error;
	dma_unit_write64(base, RISCV_DDTP, (dma_unit_read64(base, RISCV_DDTP) & kept) | RISCV_PPN(root.raw) | mode);
	error = dma_unit_wait(base, RISCV_DDTP, RISCV_DDTP_BUSY, 0);
	if (error)
		return error;
	return (dma_unit_read32(base, RISCV_DDTP) & RISCV_DDTP_MODE) == mode ? 0 : DMA_ENOTSUP;
}

/* "ddtp": what was under way comes to its end by the old tables, and where others see it. PPN must not change now. */
static int off(struct dma_unit *base)
{
	return set_directory(base, RISCV_DDTP_OFF, dma_paddr(0));
}

static int identify(struct dma_unit *base, const void *with, const char **why)
{
	struct riscv_unit *unit = dma_riscv_unit_of(base);
	const struct dma_riscv_config *config = with;
	int error;

	*why = "its registers are not aligned";
	if (base->paddr.raw % RISCV_WINDOW)
		return DMA_EINVAL;
	error = dma_unit_map(base, RISCV_WINDOW, why);
	if (error)
		return error;
	unit->capabilities = dma_unit_read64(base, RISCV_CAPABILITIES);
	base->reach.snoops = config->coherent;
	describe_domains(unit);
	*why = unusable(unit);
	if (*why)
		return DMA_ENOTSUP;
	base->reach.max_paddr = ((uint64_t)1 << RISCV_CAP_PAS(unit->capabilities)) - 1;
	*why = "no memory";
	unit->root = dma_unit_take(base, 1, DMA_PAGE_SIZE, &unit->root_paddr);
	return unit->root ? 0 : DMA_ENOMEM;
}

/* ---- Queues ------------------------------------------------------------------------------------------------------ */

int dma_riscv_csr(struct dma_unit *base, enum riscv_register reg, uint32_t bits)
{
	uint32_t kept = dma_unit_read32(base, reg) & RISCV_WPRI(reg);
	int error = dma_unit_update(base, reg, bits | kept, RISCV_CSR_BUSY);

	return error ? error : dma_unit_wait(base, reg, RISCV_CSR_ON, bits & RISCV_CSR_ENABLE ? RISCV_CSR_ON : 0);
}

/* Page requests are answered by the unit itself while their queue is off, or where it has none. */
static int stop(struct dma_unit *base)
{
	int error = off(base);

	for (unsigned reg = RISCV_CQCSR; reg <= RISCV_PQCSR && !error; reg += 4)
		error = dma_riscv_csr(base, (enum riscv_register)reg, 0);
	return error;
}

/* False: the base register does not take as many entries as we have. */
static bool set_base(struct dma_unit *base, enum riscv_register reg, dma_paddr_t paddr, unsigned entries)
{
	uint64_t value = RISCV_PPN(paddr.raw) | (unsigned)__builtin_ctz(entries / 2);

	dma_unit_write64(base, reg, (dma_unit_read64(base, reg) & RISCV_BASE_WPRI) | value);
	return (dma_unit_read64(base, reg) & ~RISCV_BASE_WPRI) == value;
}

/* "fctl" may change only while the unit is Off and its queues are. */
static bool little_endian(struct dma_unit *base)
{
	const uint32_t wrong = RISCV_FCTL_BE | RISCV_FCTL_GXL;

	dma_unit_write32(base, RISCV_FCTL, dma_unit_read32(base, RISCV_FCTL) & ~wrong);
	return !(dma_unit_read32(base, RISCV_FCTL) & wrong);
}

/* What goes into a ring that the unit writes: off to on. `reg` is that of its base. */
static int log_on(struct dma_unit *base, const struct dma_unit_log *log, enum riscv_register reg,
		  enum riscv_register control)
{
	if (!log->count)
		return 0;
	if (!set_base(base, reg, log->paddr, log->count))
		return DMA_ENOTSUP;
	dma_unit_write32(base, log->head_register, 0);
	return dma_riscv_csr(base, control, RISCV_CSR_ENABLE);
}

/* Off, with nothing cached, and its command queue runs. */
static int forget_all(struct dma_unit *base)
{
	const struct dma_command commands[] = {riscv_all(RISCV_INVAL_DDT), riscv_fence(), riscv_all(RISCV_IOTINVAL_VMA),
					       riscv_all(RISCV_IOTINVAL_GVMA)};
	int error = stop(base);

	if (error)
		return error;
	if (!little_endian(base) || !set_base(base, RISCV_CQB, base->queue.paddr, DMA_QUEUE_SLOTS))
		return DMA_ENOTSUP;
	dma_queue_reset(&base->queue);
	/* The unit resets its own index of each queue when that goes on; ours may be anything before. */
	dma_unit_write32(base, RISCV_CQT, 0);
	error = dma_riscv_csr(base, RISCV_CQCSR, RISCV_CSR_ENABLE);
	return error ? error : dma_riscv_run(base, commands, dma_riscv_unit_of(base)->first ? 3 : 4);
}

/* Which levels it takes, it is asked with a directory that has nothing in it, and with nothing cached: what a former
 * kernel's tables said would hold again. */
int dma_riscv_ask_levels(struct dma_unit *base)
{
	struct riscv_unit *unit = dma_riscv_unit_of(base);
	int error = stop(base);

	if (error)
		return error; /* it was given nothing */
	error = forget_all(base);
	for (unsigned levels = 1; levels <= 3 && !error; levels++) {
		error = set_directory(base, RISCV_DDTP_LEVELS(levels), unit->root_paddr);
		unit->takes |= (uint8_t)(!error << levels);
		error = error == DMA_ENOTSUP ? 0 : error ? error : off(base);
	}
	if (!stop(base))
		return error;
	base->pieces[0].npages = 0; /* it may look into what it was given for ever */
	return DMA_ETIMEDOUT;
}

static int take_over(struct dma_unit *base)
{
	int error = forget_all(base);

	error = error ? error : log_on(base, &base->log, RISCV_FQB, RISCV_FQCSR);
	return error ? error : log_on(base, &base->requests, RISCV_PQB, RISCV_PQCSR);
}

static int start(struct dma_unit *base)
{
	const struct riscv_unit *unit = dma_riscv_unit_of(base);

	base->running = true;
	return set_directory(base, RISCV_DDTP_LEVELS(unit->levels),
			     unit->levels == 3 ? unit->root_paddr : base->tables.paddr);
}

const struct dma_unit_power_ops dma_riscv_power = {identify, take_over, start, stop, off};
