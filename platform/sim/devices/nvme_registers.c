/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The NVMe controller's registers (3.1.3). A doorbell that makes no sense ends in CSTS.CFS, as does a register that is
 * changed while the controller is enabled and must not be.
 */
#include "nvme_controller.h"
#include <string.h>

enum {
	CAP = 0,
	VS = 8,
	INTMS = 0xc,
	INTMC = 0x10,
	CC = 0x14,
	CSTS = 0x1c,
	AQA = 0x24,
	ASQ = 0x28,
	ACQ = 0x30,
	DOORBELLS = 0x1000
};
enum { CC_EN = 1, CSTS_RDY = 1, CSTS_CFS = 2, CSTS_SHST_DONE = 2 << 2 };

static uint64_t cap(void)
{
	return (uint64_t)(NVME_ENTRIES - 1) | 1u << 16 /* CQR */ | 20u << 24 /* TO */ |
	       (uint64_t)1 << 37 /* NVM command set */;
}

void nvme_fatal(struct sim_nvme *n)
{
	n->csts |= CSTS_CFS;
	n->nflight = 0;
}

uint64_t nvme_register_read(void *ctx, uint64_t offset, unsigned nbytes)
{
	const struct sim_nvme *n = ctx;
	uint64_t value = 0;

	switch (offset & ~(uint64_t)7) {
	case CAP:
		value = cap();
		break;
	case VS: /* and INTMS */
		value = 0x20000;
		break;
	case INTMC: /* and CC */
		value = (uint64_t)n->cc << 32;
		break;
	case 0x18: /* and CSTS */
		value = (uint64_t)n->csts << 32;
		break;
	case 0x20: /* and AQA */
		value = (uint64_t)n->aqa << 32;
		break;
	case ASQ:
		value = n->asq;
		break;
	case ACQ:
		value = n->acq;
		break;
	default:
		break;
	}
	return nbytes == 8 ? value : value >> 8 * (offset & 7) & 0xffffffff;
}

/* 3.5.1: what must hold when EN goes from 0 to 1. */
static void enable(struct sim_nvme *n)
{
	uint32_t sq = (n->aqa & 0xfff) + 1, cq = (n->aqa >> 16 & 0xfff) + 1;

	memset(n->submission, 0, sizeof(n->submission));
	memset(n->completion, 0, sizeof(n->completion));
	n->nflight = 0;
	n->csts = 0;
	/* MPS 0 (4 KiB), CSS 0, entries of 64 and 16 bytes, queues on pages. */
	if (n->cc >> 7 & 0xf || n->cc >> 4 & 7 || (n->cc >> 16 & 0xf) > 6 || (n->cc >> 20 & 0xf) > 4 || sq < 2 ||
	    cq < 2 || n->asq & 0xfff || n->acq & 0xfff) {
		nvme_fatal(n);
		return;
	}
	n->submission[0] = (struct sim_nvme_queue){.base = n->asq, .size = sq};
	n->completion[0] = (struct sim_nvme_queue){.base = n->acq, .size = cq, .phase = true};
	n->csts = CSTS_RDY;
}

static void doorbell(struct sim_nvme *n, uint64_t offset, uint32_t value)
{
	uint64_t index = (offset - DOORBELLS) / 4;
	struct sim_nvme_queue *q;

	if (!(n->csts & CSTS_RDY) || n->csts & CSTS_CFS)
		return;
	q = index / 2 >= NVME_QUEUES ? NULL : index & 1 ? &n->completion[index / 2] : &n->submission[index / 2];
	if (!q || !q->size || value >= q->size || offset & 3) { /* 7.4: an invalid doorbell write */
		nvme_fatal(n);
		return;
	}
	if (index & 1)
		q->head = value;
	else
		q->tail = value;
}

static void half(uint64_t *value, uint64_t offset, uint32_t part)
{
	unsigned shift = offset & 4 ? 32 : 0;

	*value = (*value & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)part << shift;
}

static void write32(struct sim_nvme *n, uint64_t offset, uint32_t value)
{
	bool enabled = n->cc & CC_EN;

	if (offset >= DOORBELLS) {
		doorbell(n, offset, value);
		return;
	}
	switch (offset) {
	case CC:
		n->cc = value;
		if (value >> 14 & 3)
			n->csts |= CSTS_SHST_DONE;
		if (value & CC_EN && !enabled)
			enable(n);
		else if (!(value & CC_EN))
			n->csts = 0, n->nflight = 0;
		return;
	case INTMS:
	case INTMC:
		return;
	case AQA:
	case ASQ:
	case ASQ + 4:
	case ACQ:
	case ACQ + 4:
		break;
	default:
		return;
	}
	if (enabled) { /* 3.1.3.8 to 10: not while EN is 1 */
		nvme_fatal(n);
		return;
	}
	if (offset == AQA)
		n->aqa = value;
	else
		half(offset < ACQ ? &n->asq : &n->acq, offset, value);
}

void nvme_register_write(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	struct sim_nvme *n = ctx;

	write32(n, offset, (uint32_t)value);
	if (nbytes == 8)
		write32(n, offset + 4, (uint32_t)(value >> 32));
}
