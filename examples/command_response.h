/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the mailbox's driver and its device know of each other.
 */
#ifndef EXAMPLES_COMMAND_RESPONSE_H
#define EXAMPLES_COMMAND_RESPONSE_H

#include <dmastream/dmastream.h>

#define MAILBOX_BYTES 64u /* of a command, and of a response */

/* Both may lie anywhere in the caller's memory, also in one cache line. */
struct mailbox_call {
	unsigned char command[MAILBOX_BYTES], response[MAILBOX_BYTES];
};

int mailbox_call(struct dma_device *dma, struct mailbox_call *call);

/* The hardware: fetches the command, and answers. */
int mailbox_go(dma_daddr_t command, dma_daddr_t response);

#endif
