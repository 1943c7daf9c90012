/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A command and its response, side by side in the caller's structure: where a line of the cache has both, the buffer
 * bounces, and neither side's bytes are lost.
 */
#include "command_response.h"

int mailbox_call(struct dma_device *dma, struct mailbox_call *call)
{
	struct dma_buffer_to_device command = {0};
	struct dma_buffer_from_device response = {0};
	int error = dma_buffer_map(&command, dma, 0, call->command, MAILBOX_BYTES);

	if (!error)
		error = dma_buffer_map(&response, dma, 0, call->response, MAILBOX_BYTES);
	if (!error)
		error = mailbox_go(dma_buffer_daddr(&command), dma_buffer_daddr(&response));
	if (!error)
		error = dma_buffer_sync_from_device(&response, 0, MAILBOX_BYTES);
	dma_buffer_release(&response);
	dma_buffer_release(&command);
	return error;
}
