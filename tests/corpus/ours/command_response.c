/* SPDX-License-Identifier: MPL-2.0 */
/*
 * examples/command_response.c, instrumented.
 */
#include "../../../examples/command_response.h"
#include <dmacheck_models.h>
#include <dmastream/init.h>
#include <string.h>

static struct sim_device *box;

int mailbox_go(dma_daddr_t command, dma_daddr_t response)
{
	unsigned char bytes[MAILBOX_BYTES];

	DMACHECK(sim_device_read(box, command, bytes, sizeof(bytes)) == 0 && bytes[7] == 0x21);
	memset(bytes, 0x43, sizeof(bytes));
	DMACHECK(sim_device_write(box, response, bytes, sizeof(bytes)) == 0);
	return 0;
}

void dmacheck_main(void)
{
	static const size_t offsets[] = {0, 128, 131, 1000};
	unsigned char bytes[MAILBOX_BYTES];
	struct dma_device_config config;
	struct dma_segment seg = {0};
	struct dma_device dma;
	unsigned char *page;

	box = dmacheck_device("mailbox");
	config = sim_device_dma(box);
	DMACHECK(dma_device_init(&dma, &config) == 0 && dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0);
	page = dma_host_linear(seg.paddr, DMA_PAGE_SIZE);
	for (unsigned i = 0; page && i < 4; i++) {
		memset(bytes, 0x21, sizeof(bytes));
		dma_arch_copy(page + offsets[i], bytes, sizeof(bytes));
		DMACHECK(mailbox_call(&dma, (struct mailbox_call *)(void *)(page + offsets[i])) == 0);
		dma_arch_copy(bytes, page + offsets[i] + MAILBOX_BYTES, sizeof(bytes));
		DMACHECK(bytes[0] == 0x43 && bytes[MAILBOX_BYTES - 1] == 0x43);
	}
	dma_segment_drop(&seg);
	DMACHECK(dma_device_fini(&dma) == 0);
}
