/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The controller: its registers, its interrupts, and what it may still reach.
 */
#include "nvme_model_own.h"

#include <dmastream/errors.h>
#include <dmastream/platform.h>
#include <string.h>

#include "bus.h"
#include "nvme/nvme_regs.h"

struct model_config model_config;
struct model_state model;
bool model_master;

enum { MESSAGES = 2 };
static struct handler {
	void (*call)(void *context);
	void *context;
} handlers[MESSAGES];
unsigned model_handlers;

struct model_config model_good(void)
{
	return (struct model_config){
		.cap = 63 | (uint64_t)1 << 24 | (uint64_t)1 << 37 | (uint64_t)4 << 52,
		.mdts = 7,
		.sqes = 0x66,
		.cqes = 0x44,
		.first_namespace = 1,
		.nsze = 2048,
		.lbaf = 9 << 16,
		.bar_size = 0x4000,
	};
}

void model_start(const struct model_config *c)
{
	model_config = *c;
	memset(&model, 0, sizeof(model));
	host_start();
	model_commands = model_bad_prps = model_flushes = 0;
	model_master = false;
	model_handlers = 0;
	memset(handlers, 0, sizeof(handlers));
}

static void write_cc(uint32_t value)
{
	if (!(model.cc & 1) && value & 1) {
		memset(model.queue, 0, sizeof(model.queue));
		model.queue[0] = (struct model_queue){
			.sq = model.asq, .cq = model.acq, .entries = (model.aqa & 0xfff) + 1, .made = true};
	}
	if (model.cc & 1 && !(value & 1))
		model.nreach = model.npending = 0;
	model.cc = value;
}

/* ---- Hooks: registers and time ------------------------------------------------------------------------------ */

static char registers[0x10000];

int dma_host_mmio_map(dma_paddr_t paddr, size_t nbytes, volatile void **regs)
{
	if (paddr.raw != MODEL_BAR || nbytes > sizeof(registers))
		return DMA_EINVAL;
	*regs = registers;
	return 0;
}

void dma_host_mmio_unmap(volatile void *regs, size_t nbytes)
{
	(void)regs, (void)nbytes;
}

static size_t offset_of(const volatile void *reg)
{
	return (size_t)((const volatile char *)reg - registers);
}

uint32_t dma_host_mmio_read32(const volatile void *reg)
{
	bool ready = (model.cc & 1 && !model_config.never_ready) || (model_config.never_stops && model.cc);

	if (model.gone)
		return UINT32_MAX;
	switch (offset_of(reg)) {
	case NVME_REG_CC:
		return model.cc;
	case NVME_REG_CSTS:
		return ready | (uint32_t)(model.fatal || model_config.ready_with_fatal) << 1 |
		       (model.cc >> 14 & 1) << 3;
	default:
		return 0;
	}
}

uint64_t dma_host_mmio_read64(const volatile void *reg)
{
	return model.gone ? UINT64_MAX : offset_of(reg) == NVME_REG_CAP ? model_config.cap : 0;
}

void dma_host_mmio_write32(volatile void *reg, uint32_t value)
{
	switch (offset_of(reg)) {
	case NVME_REG_CC:
		write_cc(value);
		break;
	case NVME_REG_AQA:
		model.aqa = value;
		break;
	case NVME_REG_DOORBELLS:
		model_doorbell(0, value);
		break;
	case NVME_REG_DOORBELLS + 8:
		model_doorbell(1, value);
		break;
	}
}

void dma_host_mmio_write64(volatile void *reg, uint64_t value)
{
	*(offset_of(reg) == NVME_REG_ASQ ? &model.asq : &model.acq) = value;
}

uint64_t dma_host_time_ns(void)
{
	return model.time += 100000;
}

void bus_relax(void)
{
	while (model.npending) {
		uint32_t c = model.pending[--model.npending];

		model_answer(c & 0xffff, (uint16_t)(c >> 16));
	}
	if (model.pending_interrupt && model.message < MESSAGES && handlers[model.message].call) {
		model.pending_interrupt = false;
		host_interrupts(false);
		handlers[model.message].call(handlers[model.message].context);
		host_interrupts(true);
	}
}

int model_interrupt(unsigned message, void (*handler)(void *context), void *context)
{
	if (!model_config.messages)
		return DMA_ENOTSUP;
	if (message >= model_config.messages)
		return DMA_EINVAL;
	model_handlers++;
	handlers[message] = (struct handler){handler, context};
	return 0;
}

void model_interrupt_end(unsigned message)
{
	model_handlers--;
	handlers[message] = (struct handler){NULL, NULL};
}

bool model_enabled(void)
{
	return model.cc & 1;
}

uint64_t model_faults(void)
{
	return model.faults;
}

bool model_reaches(uint64_t page)
{
	if (!model_master || !(model.cc & 1 || model_config.never_stops))
		return false;
	for (unsigned q = 0; q < 2; q++) {
		uint64_t sq = model.queue[q].sq, cq = model.queue[q].cq;

		if (model.queue[q].made && (page == (sq & ~4095ull) || page == (cq & ~4095ull)))
			return true;
	}
	for (unsigned i = 0; i < model.nreach && i < 64 * 130; i++) {
		if (page == model.reach[i])
			return true;
	}
	return false;
}
