/* SPDX-License-Identifier: MPL-2.0 */
/*
 * examples/receive_ring.c, instrumented, with a card that fills one entry after the other.
 */
#include "../../../examples/receive_ring.h"
#include <dmacheck_models.h>
#include <dmastream/init.h>
#include <string.h>

static struct sim_device *card;
static struct nic nic;
static unsigned at, sent, delivered;

static void card_receives(unsigned n)
{
	for (; n > 0; n--, sent++, at = (at + 1) % NIC_RING) {
		dma_daddr_t entry = dma_ring_entry_daddr(&nic.ring, at);
		uint32_t length = 64 + sent % 64, owner = 0;
		unsigned char frame[128];
		struct nic_descriptor d;

		DMACHECK(sim_device_work_read(card, entry, &d, sizeof(d)) == 0 && d.owner == NIC_DEVICE);
		memset(frame, (int)(sent & 0xff), sizeof(frame));
		DMACHECK(sim_device_work_write(card, dma_daddr(d.daddr), frame, length) == 0);
		DMACHECK(sim_device_work_write(card, dma_daddr(entry.raw + NIC_LENGTH), &length, 4) == 0);
		DMACHECK(sim_device_work_write(card, dma_daddr(entry.raw + NIC_OWNER), &owner, 4) == 0);
	}
}

void nic_deliver(struct nic *from, struct dma_block_from_device *frame, size_t length)
{
	unsigned char bytes[128];

	DMACHECK(length == 64 + delivered % 64);
	DMACHECK(dma_slice_read_bytes(&frame->slice, 0, bytes, length) == 0 && bytes[length - 1] == (delivered & 0xff));
	delivered++;
	DMACHECK(dma_pool_put(&from->pool, frame) == 0);
}

void dmacheck_main(void)
{
	struct dma_device_config config;
	struct dma_device dma;

	card = dmacheck_device("card");
	config = sim_device_dma(card);
	DMACHECK(dma_device_init(&dma, &config) == 0);
	DMACHECK(nic_open(&nic, &dma) == 0);
	for (unsigned round = 0; round < 30; round++) {
		unsigned before = delivered;

		card_receives(1 + round % 12);
		for (unsigned polls = 0; delivered < sent && polls < 100; polls++) {
			nic_interrupt(&nic);
			dmacheck_wait();
		}
		DMACHECK(delivered == sent || before == delivered);
	}
	nic_close(&nic);
	DMACHECK(dma_device_fini(&dma) == 0);
}
