/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The controller: its registers, its two queue pairs, and its lies.
 */
#include "nvme_model.h"

#include <dmastream/errors.h>
#include <dmastream/platform.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "nvme/nvme_regs.h"

struct model_config model_config;

unsigned char model_disk[2048 * 4096];
unsigned model_commands, model_bad_prps, model_flushes;
bool model_master;

static struct {
	uint32_t cc, aqa;
	uint64_t asq, acq;
	struct queue {
		uint64_t sq, cq;
		uint32_t entries, sq_head, cq_tail;
		bool phase, made;
	} queue[2];
	uint32_t pending[64]; /* completions that wait: identifier | status << 16 */
	unsigned npending;
	unsigned admin;
	bool fatal, gone;
	uint64_t faults, time;
	uint64_t reach[64 * 130]; /* pages that commands without an answer name */
	unsigned nreach;
	bool interrupts, pending_interrupt; /* of the I/O queue */
	unsigned message;
} m;

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
	memset(&m, 0, sizeof(m));
	host_start();
	model_commands = model_bad_prps = model_flushes = 0;
	model_master = false;
	model_handlers = 0;
	memset(handlers, 0, sizeof(handlers));
}

/* ---- The controller --------------------------------------------------------------------------------------- */

static void *memory(uint64_t paddr, size_t nbytes)
{
	void *mem = host_memory(paddr, nbytes);

	model_bad_prps += !mem;
	return mem;
}

static void post(unsigned qid, uint32_t id, uint16_t status, uint32_t sq_id, uint32_t sq_head, bool right_phase)
{
	struct queue *q = &m.queue[qid];
	uint32_t *entry = memory(q->cq + 16 * q->cq_tail, 16);
	bool phase = !q->phase;

	if (!entry || !model_master)
		return;
	entry[2] = sq_head | sq_id << 16;
	entry[3] = id | (uint32_t)(right_phase ? phase : !phase) << 16 | (uint32_t)status << 17;
	m.pending_interrupt |= qid == 1 && m.interrupts && !model_config.loses_interrupts;
	if (right_phase && ++q->cq_tail == q->entries) {
		q->cq_tail = 0;
		q->phase = !q->phase;
	}
}

/* The n-th page of a transfer, by PRP1, PRP2 or the list. Only the first may begin inside its page, at a dword (NVM
 * Express Base 2.0, 4.1.1). */
static unsigned char *page_of(const struct nvme_command *c, unsigned n, unsigned total)
{
	uint64_t page = n == 0 ? c->prp1 : c->prp2;
	uint64_t *list;

	if (n > 0 && total > 2) {
		list = memory(c->prp2, 8 * total);
		page = list ? list[n - 1] : 0;
	}
	if (page & (n == 0 ? 3 : 4095))
		model_bad_prps++;
	m.reach[m.nreach++ % (64 * 130)] = page & ~(uint64_t)4095;
	return memory(page, 4096 - (page & 4095));
}

static uint16_t transfer(const struct nvme_command *c)
{
	unsigned shift = model_config.lbaf >> 16;
	size_t nbytes = (size_t)((c->cdw12 & 0xffff) + 1) << shift;
	unsigned char *disk = model_disk + ((size_t)c->cdw10 << shift);
	size_t offset = c->prp1 & 4095, at = 0;
	unsigned pages = (unsigned)((offset + nbytes + 4095) / 4096);

	if (c->cdw10 + (c->cdw12 & 0xffff) >= model_config.nsze || c->nsid != model_config.first_namespace)
		return 0x80;
	model_bad_prps += pages == 1 && c->prp2; /* reserved then */
	if (model_config.mdts && nbytes > (size_t)4096 << model_config.mdts)
		return 0x02;
	for (unsigned i = 0; i < pages; i++) {
		size_t room = i == 0 ? 4096 - offset : 4096, n = nbytes - at < room ? nbytes - at : room;
		unsigned char *page = page_of(c, i, pages);

		if (page && c->opcode == NVME_CMD_READ)
			memcpy(page, disk + at, n);
		else if (page)
			memcpy(disk + at, page, n);
		at += n;
	}
	return 0;
}

static void answer_io(uint32_t id, uint16_t status)
{
	post(1, id, status, 1, m.queue[1].sq_head, true);
	if (!m.npending)
		m.nreach = 0;
}

static void io(const struct nvme_command *c)
{
	uint16_t status = 0;
	bool now = ++model_commands == model_config.lie_at;
	enum model_lie lie = now ? model_config.lie : LIE_NONE;

	if (c->opcode == NVME_CMD_FLUSH)
		model_flushes++;
	else if (lie != LIE_IOMMU_FAULT)
		status = transfer(c);
	if (now && model_config.io_status)
		status = model_config.io_status;
	switch (lie) {
	case LIE_UNKNOWN_ID:
		post(1, c->command_id ^ 0x3f, 0, 1, m.queue[1].sq_head, true);
		return;
	case LIE_OLD_ID:
		post(1, c->command_id - 64u, 0, 1, m.queue[1].sq_head, true);
		return;
	case LIE_OTHER_QUEUE:
		post(1, c->command_id, 0, 2, m.queue[1].sq_head, true);
		return;
	case LIE_HEAD:
		post(1, c->command_id, 0, 1, 999, true);
		return;
	case LIE_WRONG_PHASE:
		post(1, c->command_id, 0, 1, m.queue[1].sq_head, false);
		return;
	case LIE_TWICE:
		answer_io(c->command_id, 0);
		break;
	case LIE_IOMMU_FAULT:
		m.faults++;
		break;
	case LIE_FATAL:
		m.fatal = true;
		return;
	case LIE_GONE:
		m.gone = true;
		return;
	case LIE_SILENCE:
		return;
	case LIE_NONE:
		break;
	}
	if (model_config.reorder)
		m.pending[m.npending++] = c->command_id | (uint32_t)status << 16;
	else
		answer_io(c->command_id, status);
}

static void identify(const struct nvme_command *c)
{
	unsigned char *data = memory(c->prp1, 4096);

	if (!data)
		return;
	memset(data, 0, 4096);
	if (c->cdw10 == NVME_CNS_CONTROLLER) {
		data[NVME_IDCTRL_MDTS] = model_config.mdts;
		data[NVME_IDCTRL_SQES] = model_config.sqes;
		data[NVME_IDCTRL_CQES] = model_config.cqes;
	} else if (c->cdw10 == NVME_CNS_ACTIVE_NAMESPACES) {
		memcpy(data, &model_config.first_namespace, 4);
	} else {
		memcpy(data + NVME_IDNS_NSZE, &model_config.nsze, 8);
		data[NVME_IDNS_NLBAF] = model_config.nlbaf;
		data[NVME_IDNS_FLBAS] = model_config.flbas;
		data[NVME_IDNS_NSATTR] = model_config.nsattr;
		memcpy(data + NVME_IDNS_LBAF, &model_config.lbaf, 4);
	}
}

static void admin(const struct nvme_command *c)
{
	uint32_t entries = (c->cdw10 >> 16) + 1;

	m.admin++;
	if (c->opcode == NVME_ADMIN_IDENTIFY)
		identify(c);
	if (c->opcode == NVME_ADMIN_CREATE_CQ) {
		m.queue[1].cq = c->prp1;
		m.interrupts = c->cdw11 & NVME_QUEUE_INTERRUPTS;
		m.message = c->cdw11 >> NVME_QUEUE_VECTOR_SHIFT;
	}
	if (c->opcode == NVME_ADMIN_CREATE_SQ) {
		m.queue[1].sq = c->prp1;
		m.queue[1].entries = entries;
		m.queue[1].made = true;
	}
	if (m.admin == model_config.admin_silent || m.admin == model_config.admin_fatal) {
		m.fatal = m.admin == model_config.admin_fatal;
		m.reach[m.nreach++] = c->prp1; /* it may come to that yet */
		return;
	}
	post(0, m.admin == model_config.admin_lies ? c->command_id + 64u : c->command_id,
	     m.admin == model_config.admin_fails ? 2 : 0, 0, m.queue[0].sq_head, true);
}

static void doorbell(unsigned qid, uint32_t tail)
{
	struct queue *q = &m.queue[qid];

	while (model_master && m.cc & 1 && q->made && q->sq_head != tail && tail < q->entries) {
		struct nvme_command *c = memory(q->sq + 64 * q->sq_head, 64);

		q->sq_head = (q->sq_head + 1) % q->entries;
		if (c && qid)
			io(c);
		else if (c)
			admin(c);
	}
}

static void write_cc(uint32_t value)
{
	if (!(m.cc & 1) && value & 1) {
		memset(m.queue, 0, sizeof(m.queue));
		m.queue[0] = (struct queue){.sq = m.asq, .cq = m.acq, .entries = (m.aqa & 0xfff) + 1, .made = true};
	}
	if (m.cc & 1 && !(value & 1))
		m.nreach = m.npending = 0;
	m.cc = value;
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
	bool ready = (m.cc & 1 && !model_config.never_ready) || (model_config.never_stops && m.cc);

	if (m.gone)
		return UINT32_MAX;
	switch (offset_of(reg)) {
	case NVME_REG_CC:
		return m.cc;
	case NVME_REG_CSTS:
		return ready | (uint32_t)(m.fatal || model_config.ready_with_fatal) << 1 | (m.cc >> 14 & 1) << 3;
	default:
		return 0;
	}
}

uint64_t dma_host_mmio_read64(const volatile void *reg)
{
	return m.gone ? UINT64_MAX : offset_of(reg) == NVME_REG_CAP ? model_config.cap : 0;
}

void dma_host_mmio_write32(volatile void *reg, uint32_t value)
{
	switch (offset_of(reg)) {
	case NVME_REG_CC:
		write_cc(value);
		break;
	case NVME_REG_AQA:
		m.aqa = value;
		break;
	case NVME_REG_DOORBELLS:
		doorbell(0, value);
		break;
	case NVME_REG_DOORBELLS + 8:
		doorbell(1, value);
		break;
	}
}

void dma_host_mmio_write64(volatile void *reg, uint64_t value)
{
	*(offset_of(reg) == NVME_REG_ASQ ? &m.asq : &m.acq) = value;
}

uint64_t dma_host_time_ns(void)
{
	return m.time += 100000;
}

void bus_relax(void)
{
	while (m.npending) {
		uint32_t c = m.pending[--m.npending];

		answer_io(c & 0xffff, (uint16_t)(c >> 16));
	}
	if (m.pending_interrupt && m.message < MESSAGES && handlers[m.message].call) {
		m.pending_interrupt = false;
		host_interrupts(false);
		handlers[m.message].call(handlers[m.message].context);
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
	return m.cc & 1;
}

uint64_t model_faults(void)
{
	return m.faults;
}

bool model_reaches(uint64_t page)
{
	if (!model_master || !(m.cc & 1 || model_config.never_stops))
		return false;
	for (unsigned q = 0; q < 2; q++) {
		uint64_t sq = m.queue[q].sq, cq = m.queue[q].cq;

		if (m.queue[q].made && (page == (sq & ~4095ull) || page == (cq & ~4095ull)))
			return true;
	}
	for (unsigned i = 0; i < m.nreach && i < 64 * 130; i++) {
		if (page == m.reach[i])
			return true;
	}
	return false;
}
