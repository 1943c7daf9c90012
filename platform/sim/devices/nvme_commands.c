/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the NVMe controller's commands do: identify, queues, reads and writes. Reserved values are refused.
 */
#include "nvme_controller.h"
#include <string.h>
#include <unistd.h>

enum { CREATE_SQ = 1, CREATE_CQ = 5, IDENTIFY = 6, SET_FEATURES = 9, FLUSH = 0, WRITE = 1, READ = 2, BLOCK = 512 };

/* 4.1.1: PRP1 may begin inside a page, at a dword; what follows are whole pages; PRP2 is the second page or a list,
 * whose last entry, if it does not suffice, leads to the next list. */
uint16_t nvme_pages(struct sim_nvme *n, struct sim_nvme_flight *f)
{
	uint32_t first = NVME_MPS - (uint32_t)(f->command.prp1 & (NVME_MPS - 1));
	unsigned left = f->bytes > first ? (f->bytes - first + NVME_MPS - 1) / NVME_MPS : 0;
	uint64_t at = f->command.prp2;

	if (f->command.prp1 & 3)
		return NVME_S_PRP_OFFSET;
	f->npages = 0;
	f->list[f->npages++] = f->command.prp1;
	if (left == 1) {
		f->list[f->npages++] = at;
		return at & (NVME_MPS - 1) ? NVME_S_PRP_OFFSET : NVME_S_OK;
	}
	if (left && at & 7)
		return NVME_S_PRP_OFFSET;
	while (left--) {
		uint64_t entry;

		if (sim_device_work_read(n->dma, dma_daddr(at), &entry, sizeof(entry)))
			return NVME_S_TRANSFER;
		at += sizeof(entry);
		if (left && (at & (NVME_MPS - 1)) == 0) { /* the last entry of a list page: the next list */
			at = entry;
			left++;
			continue;
		}
		if (entry & (NVME_MPS - 1))
			return NVME_S_PRP_OFFSET;
		f->list[f->npages++] = entry;
	}
	return NVME_S_OK;
}

static void put(uint8_t *data, unsigned at, uint64_t value, unsigned nbytes)
{
	for (unsigned i = 0; i < nbytes; i++)
		data[at + i] = (uint8_t)(value >> 8 * i);
}

/* 5.17; NVM 1.0, 4.1.5 */
static uint16_t identify(struct sim_nvme *n, struct sim_nvme_flight *f)
{
	uint8_t data[NVME_MPS] = {0};
	uint16_t status;
	uint32_t done = 0;

	f->bytes = sizeof(data);
	status = nvme_pages(n, f);
	if (status)
		return status;
	switch (f->command.cdw10 & 0xff) {
	case 0: /* namespace */
		if (f->command.nsid != 1)
			return NVME_S_NAMESPACE;
		put(data, 0, n->nblocks, 8);
		put(data, 8, n->nblocks, 8);
		put(data, 16, n->nblocks, 8);
		put(data, 99, n->read_only, 1);
		put(data, 128, 9u << 16, 4); /* blocks of 512 bytes */
		break;
	case 1: /* controller */
		put(data, 77, NVME_MDTS, 1);
		put(data, 80, 0x20000, 4);
		put(data, 512, 0x66, 1);
		put(data, 513, 0x44, 1);
		put(data, 516, 1, 4);
		put(data, 525, 1, 1); /* a volatile write cache: flush means something */
		break;
	case 2: /* active namespaces above NSID */
		put(data, 0, f->command.nsid < 1 ? 1 : 0, 4);
		break;
	default:
		return NVME_S_FIELD;
	}
	for (unsigned i = 0; i < f->npages; i++) {
		uint32_t room = NVME_MPS - (uint32_t)(f->list[i] & (NVME_MPS - 1)),
			 part = sizeof(data) - done < room ? (uint32_t)(sizeof(data) - done) : room;

		if (sim_device_work_write(n->dma, dma_daddr(f->list[i]), data + done, part))
			return NVME_S_TRANSFER;
		done += part;
	}
	f->bytes = 0;
	return NVME_S_OK;
}

/* 5.4, 5.5: contiguous queues only (CAP.CQR). */
static uint16_t create_queue(struct sim_nvme *n, const struct sim_nvme_command *c)
{
	uint32_t id = c->cdw10 & 0xffff, size = (c->cdw10 >> 16) + 1, other = c->cdw11 >> 16;
	bool submission = c->opcode == CREATE_SQ;
	struct sim_nvme_queue *q;

	if (!id || id >= NVME_QUEUES)
		return NVME_S_QUEUE_ID;
	q = submission ? &n->submission[id] : &n->completion[id];
	if (q->size)
		return NVME_S_QUEUE_ID;
	if (size < 2 || size > NVME_ENTRIES)
		return NVME_S_QUEUE_SIZE;
	if (!(c->cdw11 & 1) || c->prp1 & (NVME_MPS - 1))
		return NVME_S_FIELD;
	if (submission && (other >= NVME_QUEUES || !other || !n->completion[other].size))
		return NVME_S_CQ_INVALID;
	*q = (struct sim_nvme_queue){.base = c->prp1, .size = size, .completion = (uint16_t)other, .phase = true};
	return NVME_S_OK;
}

uint16_t nvme_admin_begin(struct sim_nvme *n, struct sim_nvme_flight *f)
{
	switch (f->command.opcode) {
	case IDENTIFY:
		return identify(n, f);
	case CREATE_CQ:
	case CREATE_SQ:
		return create_queue(n, &f->command);
	case SET_FEATURES: /* 5.27.1.5: as many queues as were asked for, or fewer */
		return (f->command.cdw10 & 0xff) == 7 ? NVME_S_OK : NVME_S_FIELD;
	default:
		return NVME_S_OPCODE;
	}
}

uint16_t nvme_io_begin(struct sim_nvme *n, struct sim_nvme_flight *f)
{
	const struct sim_nvme_command *c = &f->command;
	uint64_t lba = c->cdw10 | (uint64_t)c->cdw11 << 32, blocks = (c->cdw12 & 0xffff) + 1;

	if (c->flags) /* fused, or SGLs, which it does not have */
		return NVME_S_FIELD;
	if (c->nsid != 1 && !(c->opcode == FLUSH && c->nsid == UINT32_MAX))
		return NVME_S_NAMESPACE;
	if (c->opcode == FLUSH)
		return fdatasync(n->file) ? NVME_S_MEDIA_WRITE : NVME_S_OK;
	if (c->opcode != READ && c->opcode != WRITE)
		return NVME_S_OPCODE;
	if (lba >= n->nblocks || blocks > n->nblocks - lba)
		return NVME_S_LBA;
	if (c->opcode == WRITE && n->read_only)
		return NVME_S_READ_ONLY;
	if (blocks * BLOCK > (uint64_t)NVME_MPS << NVME_MDTS)
		return NVME_S_FIELD;
	f->bytes = (uint32_t)(blocks * BLOCK);
	return nvme_pages(n, f);
}

void nvme_piece(struct sim_nvme *n, struct sim_nvme_flight *f)
{
	uint64_t lba = f->command.cdw10 | (uint64_t)f->command.cdw11 << 32;
	uint32_t first = NVME_MPS - (uint32_t)(f->list[0] & (NVME_MPS - 1)), from, to;
	uint8_t bytes[NVME_MPS];
	unsigned index = f->backwards ? f->npages - 1 - f->done : f->done;
	size_t part;

	f->done++;
	from = index ? first + (index - 1) * NVME_MPS : 0;
	to = index ? from + NVME_MPS : first;
	to = to < f->bytes ? to : f->bytes;
	part = to - from;
	if (f->command.opcode == READ) {
		if (pread(n->file, bytes, part, (off_t)(lba * BLOCK + from)) != (ssize_t)part)
			f->status = NVME_S_MEDIA_READ;
		else if (sim_device_work_write(n->dma, dma_daddr(f->list[index]), bytes, part))
			f->status = NVME_S_TRANSFER;
	} else if (sim_device_work_read(n->dma, dma_daddr(f->list[index]), bytes, part)) {
		f->status = NVME_S_TRANSFER;
	} else if (pwrite(n->file, bytes, part, (off_t)(lba * BLOCK + from)) != (ssize_t)part) {
		f->status = NVME_S_MEDIA_WRITE;
	}
}
