/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The controller's two queue pairs: the commands that it executes, and its lies about them.
 */
#include "nvme_model_own.h"

#include <string.h>

#include "nvme/nvme_regs.h"

unsigned char model_disk[2048 * 4096];
unsigned model_commands, model_bad_prps, model_flushes;

static void *memory(uint64_t paddr, size_t nbytes)
{
	void *mem = host_memory(paddr, nbytes);

	model_bad_prps += !mem;
	return mem;
}

static void post(unsigned qid, uint32_t id, uint16_t status, uint32_t sq_id, uint32_t sq_head, bool right_phase)
{
	struct model_queue *q = &model.queue[qid];
	uint32_t *entry = memory(q->cq + 16 * q->cq_tail, 16);
	bool phase = !q->phase;

	if (!entry || !model_master)
		return;
	entry[2] = sq_head | sq_id << 16;
	entry[3] = id | (uint32_t)(right_phase ? phase : !phase) << 16 | (uint32_t)status << 17;
	model.pending_interrupt |= qid == 1 && model.interrupts && !model_config.loses_interrupts;
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
	model.reach[model.nreach++ % (64 * 130)] = page & ~(uint64_t)4095;
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

void model_answer(uint32_t id, uint16_t status)
{
	post(1, id, status, 1, model.queue[1].sq_head, true);
	if (!model.npending)
		model.nreach = 0;
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
		post(1, c->command_id ^ 0x3f, 0, 1, model.queue[1].sq_head, true);
		return;
	case LIE_OLD_ID:
		post(1, c->command_id - 64u, 0, 1, model.queue[1].sq_head, true);
		return;
	case LIE_OTHER_QUEUE:
		post(1, c->command_id, 0, 2, model.queue[1].sq_head, true);
		return;
	case LIE_HEAD:
		post(1, c->command_id, 0, 1, 999, true);
		return;
	case LIE_WRONG_PHASE:
		post(1, c->command_id, 0, 1, model.queue[1].sq_head, false);
		return;
	case LIE_TWICE:
		model_answer(c->command_id, 0);
		break;
	case LIE_IOMMU_FAULT:
		model.faults++;
		break;
	case LIE_FATAL:
		model.fatal = true;
		return;
	case LIE_GONE:
		model.gone = true;
		return;
	case LIE_SILENCE:
		return;
	case LIE_NONE:
		break;
	}
	if (model_config.reorder)
		model.pending[model.npending++] = c->command_id | (uint32_t)status << 16;
	else
		model_answer(c->command_id, status);
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

	model.admin++;
	if (c->opcode == NVME_ADMIN_IDENTIFY)
		identify(c);
	if (c->opcode == NVME_ADMIN_CREATE_CQ) {
		model.queue[1].cq = c->prp1;
		model.interrupts = c->cdw11 & NVME_QUEUE_INTERRUPTS;
		model.message = c->cdw11 >> NVME_QUEUE_VECTOR_SHIFT;
	}
	if (c->opcode == NVME_ADMIN_CREATE_SQ) {
		model.queue[1].sq = c->prp1;
		model.queue[1].entries = entries;
		model.queue[1].made = true;
	}
	if (model.admin == model_config.admin_silent || model.admin == model_config.admin_fatal) {
		model.fatal = model.admin == model_config.admin_fatal;
		model.reach[model.nreach++] = c->prp1; /* it may come to that yet */
		return;
	}
	post(0, model.admin == model_config.admin_lies ? c->command_id + 64u : c->command_id,
	     model.admin == model_config.admin_fails ? 2 : 0, 0, model.queue[0].sq_head, true);
}

void model_doorbell(unsigned qid, uint32_t tail)
{
	struct model_queue *q = &model.queue[qid];

	while (model_master && model.cc & 1 && q->made && q->sq_head != tail && tail < q->entries) {
		struct nvme_command *c = memory(q->sq + 64 * q->sq_head, 64);

		q->sq_head = (q->sq_head + 1) % q->entries;
		if (c && qid)
			io(c);
		else if (c)
			admin(c);
	}
}
