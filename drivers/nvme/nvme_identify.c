/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the controller and its first namespace say about themselves. The device wrote it: each field is read once from
 * the stream into our own memory, then range-checked there (hazards 58 and 59).
 */
#include <dmastream/errors.h>

#include "nvme.h"

/* 5.17. One page at most: PRP1 alone. */
static int identify(struct nvme *n, enum nvme_cns cns, uint32_t nsid, const struct dma_stream *into)
{
	struct nvme_command command = {
		.opcode = NVME_ADMIN_IDENTIFY, .nsid = nsid, .prp1 = dma_stream_daddr(into).raw, .cdw10 = cns};
	int error = nvme_admin(n, &command, "identify");

	return error ? error : dma_stream_sync_from_device(into, 0, NVME_IDENTIFY_SIZE);
}

/* MDTS counts pages of MPSMIN (5.17.2.1). One list page a slot, never chained (4.1.1): with PRP1, one page more than
 * it has entries; half a page's worth is the round number below. */
static uint64_t max_transfer(const struct nvme *n, unsigned mdts)
{
	uint64_t by_list = ((uint64_t)1 << n->page_shift) / 8 << n->page_shift;
	unsigned shift = mdts + 12 + (unsigned)nvme_get(n->cap, NVME_CAP_MPSMIN);
	uint64_t by_controller = mdts && shift < 32 ? (uint64_t)1 << shift : UINT64_MAX;

	return by_list < by_controller ? by_list : by_controller;
}

/* What it calls itself, without the spaces that fill it up. */
static int learn_model(struct nvme *n, const struct dma_stream *data)
{
	size_t used = sizeof(n->block.model) - 1;
	int error = dma_stream_read_bytes(data, NVME_IDCTRL_MN, n->block.model, used);

	while (!error && used && n->block.model[used - 1] == ' ')
		used--;
	n->block.model[error ? 0 : used] = '\0';
	return error;
}

static int learn_controller(struct nvme *n, const struct dma_stream *data, uint64_t *transfer)
{
	uint8_t mdts, sqes, cqes;
	int error = identify(n, NVME_CNS_CONTROLLER, 0, data);

	if (!error)
		error = learn_model(n, data);
	if (!error)
		error = dma_stream_read_val(data, NVME_IDCTRL_MDTS, &mdts);
	if (!error)
		error = dma_stream_read_val(data, NVME_IDCTRL_SQES, &sqes);
	if (!error)
		error = dma_stream_read_val(data, NVME_IDCTRL_CQES, &cqes);
	if (error)
		return error;
	if ((sqes & 15) > NVME_COMMAND_SHIFT || sqes >> 4 < NVME_COMMAND_SHIFT || (cqes & 15) > NVME_COMPLETION_SHIFT ||
	    cqes >> 4 < NVME_COMPLETION_SHIFT)
		return nvme_fail(n, DMA_ENOTSUP, "the controller's queue entries have another size");
	*transfer = max_transfer(n, mdts);
	return *transfer < DMA_PAGE_SIZE ? nvme_fail(n, DMA_ENOTSUP, "the controller's transfers are below a page") : 0;
}

/* NVM 1.0, 4.1.5.1. The first active namespace is the disk. */
static int learn_namespace(struct nvme *n, const struct dma_stream *data, uint64_t transfer)
{
	uint8_t nlbaf, flbas, nsattr;
	unsigned format, shift;
	uint32_t lbaf;
	int error = identify(n, NVME_CNS_ACTIVE_NAMESPACES, 0, data);

	if (!error)
		error = dma_stream_read_val(data, 0, &n->nsid);
	if (error)
		return error;
	if (!n->nsid)
		return nvme_fail(n, DMA_ENODEV, "the controller has no namespace");
	error = identify(n, NVME_CNS_NAMESPACE, n->nsid, data);
	if (!error)
		error = dma_stream_read_val(data, NVME_IDNS_NSZE, &n->block.nblocks);
	if (!error)
		error = dma_stream_read_val(data, NVME_IDNS_NLBAF, &nlbaf);
	if (!error)
		error = dma_stream_read_val(data, NVME_IDNS_FLBAS, &flbas);
	if (!error)
		error = dma_stream_read_val(data, NVME_IDNS_NSATTR, &nsattr);
	if (error)
		return error;
	format = (flbas & 15u) | (flbas >> 1 & 0x30u);
	if (format > nlbaf)
		return nvme_fail(n, DMA_EIO, "the namespace uses a format that it does not have");
	error = dma_stream_read_val(data, NVME_IDNS_LBAF + 4 * format, &lbaf);
	if (error)
		return error;
	shift = (unsigned)nvme_get(lbaf, NVME_LBAF_LBADS);
	if (shift < 9 || shift > 12 || nvme_get(lbaf, NVME_LBAF_MS))
		return nvme_fail(n, DMA_ENOTSUP,
				 "the namespace has blocks that are not 512 to 4096 bytes, or metadata");
	if (!n->block.nblocks || n->block.nblocks > UINT64_MAX >> shift)
		return nvme_fail(n, DMA_EIO, "the namespace has an impossible size");
	n->block_shift = shift;
	n->block.block_size = 1u << shift;
	n->block.max_blocks = (uint32_t)(transfer >> shift);
	if (n->block.max_blocks > 65536) /* NLB is 16 bits, less one */
		n->block.max_blocks = 65536;
	n->block.read_only = nsattr & 1;
	return 0;
}

int nvme_learn(struct nvme *n)
{
	struct dma_stream data = {0};
	uint64_t transfer = 0;
	int error = dma_stream_alloc_uninit(&data, &n->dma, DMA_FROM_DEVICE, 1);

	if (error)
		return error;
	error = learn_controller(n, &data, &transfer);
	if (!error)
		error = learn_namespace(n, &data, transfer);
	if (error)
		nvme_halt(n, false); /* it may still hold the address */
	dma_stream_release(&data);
	return error;
}
