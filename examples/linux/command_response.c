// SPDX-License-Identifier: MPL-2.0
// The same driver against Linux's DMA API: text to compare with, not part of any build. The caller's structure
// may share a line of the cache, so the transfer goes through memory of its own from kmalloc(), which keeps
// lines apart.
#include "command_response.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

int mailbox_call(struct device *dev, struct mailbox_call *call)
{
	u8 *command = kmemdup(call->command, MAILBOX_BYTES, GFP_KERNEL);
	u8 *response = kmalloc(MAILBOX_BYTES, GFP_KERNEL);
	dma_addr_t to, from;
	int error = -ENOMEM;

	if (!command || !response)
		goto free;
	to = dma_map_single(dev, command, MAILBOX_BYTES, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, to))
		goto free;
	from = dma_map_single(dev, response, MAILBOX_BYTES, DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, from))
		goto unmap;
	error = mailbox_go(to, from);
	dma_unmap_single(dev, from, MAILBOX_BYTES, DMA_FROM_DEVICE);
	if (!error)
		memcpy(call->response, response, MAILBOX_BYTES);
unmap:
	dma_unmap_single(dev, to, MAILBOX_BYTES, DMA_TO_DEVICE);
free:
	kfree(response);
	kfree(command);
	return error;
}
