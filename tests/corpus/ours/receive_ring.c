/* SPDX-License-Identifier: MPL-2.0 */
/*
 * examples/receive_ring.c, instrumented, with a card that fills one entry after the other, at any time.
 */
#include "../../../examples/receive_ring.h"
#include <dmacheck_models.h>
#include <dmastream/init.h>
#include <string.h>

static struct sim_device *card;
static struct nic nic;
static unsigned at, due, sent, delivered;

/* Half a frame arrives: first its bytes and length, then, at another time, whose entry it is. The card looks whose it
 * is before it looks at the rest. */
static bool card_receives(void *context)
{
	static bool written;
	dma_daddr_t entry = dma_ring_entry_daddr(&nic.ring, at);
	uint32_t length = 64 + sent % 64, owner = 0;
	unsigned char frame[128];
	struct nic_descriptor d;

	(void)context;
	if (written) {
		DMACHECK(sim_device_work_write(card, dma_daddr(entry.raw + NIC_OWNER), &owner, 4) == 0);
		written = false;
		sent++;
		at = (at + 1) % NIC_RING;
		return true;
	}
	if (sent == due || sim_device_work_read(card, dma_daddr(entry.raw + NIC_OWNER), &owner, 4) ||
	    owner != NIC_DEVICE)
		return false;
	DMACHECK(sim_device_work_read(card, entry, &d, sizeof(d)) == 0);
	memset(frame, (int)(sent & 0xff), sizeof(frame));
	DMACHECK(sim_device_work_write(card, dma_daddr(d.daddr), frame, length) == 0);
	DMACHECK(sim_device_work_write(card, dma_daddr(entry.raw + NIC_LENGTH), &length, 4) == 0);
	written = true;
	return true;
}

/* First it is faster than the driver: mostly it waits for the entry that comes next. Later it gets one frame at a time,
 * and works between two accesses of the driver alone, so that the driver looks at the entry that is being filled. */
static bool is_fast(void)
{
	return sent < NIC_RING + 20;
}

static bool between; /* two accesses of the driver */

static bool works(void *context)
{
	return (is_fast() || (between && sent == delivered)) && card_receives(context);
}

static void at_any_time(void *context)
{
	(void)context;
	between = true;
	for (unsigned steps = sim_choose(4); steps > 1; steps--)
		sim_models_work();
	between = false;
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
	sim_on_tick(works, NULL);
	sim_watch(at_any_time, NULL);
	due = 2 * NIC_RING + 40; /* more than once around, so that entries come back to the card */
	for (unsigned polls = 0; delivered < due && polls < 100000; polls++) {
		nic_interrupt(&nic);
		dmacheck_wait();
	}
	sim_watch(NULL, NULL);
	DMACHECK(delivered == due);
	nic_close(&nic);
	DMACHECK(dma_device_fini(&dma) == 0);
}
