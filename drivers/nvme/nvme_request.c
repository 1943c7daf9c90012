/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A request becomes a command, and its memory PRP entries: one for each page of the controller's that it touches.
 *
 * PRP1 is the first, and may begin inside its page, at a dword. PRP2 is nothing, the second, or the address of a list
 * of all but the first (NVM Express Base 2.0, 4.1.1). So the memory of a request may be a list of pieces of any
 * length, as long as they meet at page boundaries, wherever they lie.
 */
#include <dmastream/errors.h>

#include "nvme.h"

enum { AT_ONCE = 64 }; /* entries that are written to a list together */

/* PRP entries as they come. */
struct prps {
	struct nvme *n;
	struct nvme_command *command;
	unsigned slot;
	uint64_t end;	/* of the memory so far; 0: none yet */
	size_t count;	/* entries but the first */
	size_t written; /* of these, to the slot's list */
	uint64_t entries[AT_ONCE];
};

static size_t page_size(const struct nvme *n)
{
	return (size_t)1 << n->page_shift;
}

/* Writes what was gathered to the slot's list, which is a page of the pool's from the first time on. */
static int write_list(struct prps *p)
{
	struct dma_block **list = &p->n->list[p->slot];
	size_t at = p->written * sizeof(p->entries[0]), count = p->count - p->written;
	int error;

	if (p->count * sizeof(p->entries[0]) > page_size(p->n))
		return DMA_EINVAL; /* max_blocks keeps requests that small, unless their pieces are tiny */
	error = *list ? 0 : dma_pool_get(&p->n->lists, list);
	if (error)
		return error;
	p->written = p->count;
	return dma_slice_write_bytes(&(*list)->slice, at, p->entries, count * sizeof(p->entries[0]));
}

static int add_page(struct prps *p, uint64_t daddr)
{
	int error = p->count - p->written == AT_ONCE ? write_list(p) : 0;

	p->entries[(p->count - p->written) % AT_ONCE] = daddr;
	p->count++;
	return error;
}

/* nbytes at daddr, which follow what was there. */
static int add(struct prps *p, uint64_t daddr, uint64_t nbytes)
{
	uint64_t mask = page_size(p->n) - 1, end = daddr + nbytes, page;
	int error = 0;

	/* Only the first may begin, and only the last may end, inside a page. */
	if (p->end ? ((daddr | p->end) & mask) != 0 : (daddr & 3) != 0)
		return DMA_EINVAL;
	page = daddr;
	if (!p->end) {
		p->command->prp1 = daddr;
		page = (daddr | mask) + 1;
	}
	p->end = end;
	for (; page < end && !error; page += mask + 1)
		error = add_page(p, page);
	return error;
}

/* PRP2, once all is there. */
static int finish(struct prps *p)
{
	int error;

	if (p->count == 1)
		p->command->prp2 = p->entries[0];
	if (p->count <= 1)
		return 0;
	error = write_list(p);
	if (!error)
		p->command->prp2 = dma_block_daddr(p->n->list[p->slot]).raw;
	return error;
}

void nvme_request_done(struct nvme *n, unsigned slot)
{
	if (n->list[slot])
		(void)dma_pool_put(&n->lists, n->list[slot]);
	n->list[slot] = NULL;
}

static int describe(struct nvme *n, unsigned slot, const struct block_request *request, struct nvme_command *command)
{
	struct prps p; /* its entries are written before they are read: no time for zeroing 512 bytes of them */
	uint64_t left = (uint64_t)request->nblocks << n->block_shift;
	struct dma_list_walk walk;
	struct dma_list_entry entry;
	int error = 0;

	p.n = n;
	p.command = command;
	p.slot = slot;
	p.end = 0;
	p.count = p.written = 0;
	if (!request->list) {
		error = add(&p, request->daddr.raw, left);
		return error ? error : finish(&p);
	}
	walk = dma_list_begin(request->list);
	while (!error && left > 0 && dma_list_next(&walk, &entry)) {
		uint64_t nbytes = entry.len < left ? entry.len : left;

		error = add(&p, entry.daddr.raw, nbytes);
		left -= nbytes;
	}
	if (!error && left > 0)
		error = DMA_EINVAL; /* the list is not mapped */
	return error ? error : finish(&p);
}

int nvme_request(struct nvme *n, struct block_request *request)
{
	static const uint8_t opcodes[] = {NVME_CMD_READ, NVME_CMD_WRITE, NVME_CMD_FLUSH};
	struct nvme_command command = {0};
	int slot, error = 0;

	if (n->ending.stopped)
		return DMA_ENODEV;
	slot = inflight_take(&n->io.commands, request);
	if (slot < 0)
		return DMA_EBUSY;
	command.opcode = opcodes[request->op];
	command.nsid = n->nsid;
	if (request->op != BLOCK_FLUSH) { /* NVM 1.0, 3.2.4 and 3.2.6 */
		command.cdw10 = (uint32_t)request->lba;
		command.cdw11 = (uint32_t)(request->lba >> 32);
		command.cdw12 = request->nblocks - 1;
		error = describe(n, (unsigned)slot, request, &command);
	}
	request->slot = (uint16_t)slot;
	request->done = false;
	if (!error)
		error = nvme_queue_submit(&n->io, (unsigned)slot, &command);
	if (error) {
		nvme_request_done(n, (unsigned)slot);
		inflight_give(&n->io.commands, (unsigned)slot);
	}
	return error;
}
