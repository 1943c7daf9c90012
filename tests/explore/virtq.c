/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A virtqueue (src/iommu/virtqueue/virtq.h): what is offered is whole for who sees its index, what the device has
 * done with is read after its index, and a device that goes to sleep is woken. CPU 1 is the device.
 */
#include "../../src/iommu/virtqueue/virtq.h"
#include "programs.h"
#include "world.h"
#include <dmastream/arch.h>

#define SIZE   8u
#define HEAD   3u
#define PADDR  UINT64_C(0x1234000)
#define NBYTES 64u

static struct dma_virtq queue;
static char *ring; /* as the device has it */
static bool notified, woken;

static char *available(void)
{
	return ring + (size_t)16 * SIZE;
}

static char *used(void)
{
	return ring + dma_virtq_used(&(const struct dma_virtq){.size = SIZE});
}

static void start(void)
{
	world_start(2);
	explore_ignore(&notified, sizeof(notified));
	explore_ignore(&woken, sizeof(woken));
	notified = woken = false;
	ring = explore_memory(DMA_PAGE_SIZE, DMA_PAGE_SIZE);
	queue = (struct dma_virtq){.ring = ring, .paddr = dma_paddr((uintptr_t)ring), .size = SIZE};
}

static void offers(void)
{
	dma_virtq_describe(&queue, HEAD, PADDR, NBYTES, 0, 0);
	dma_virtq_offer(&queue, HEAD);
}

static void offers_and_notifies(void)
{
	offers();
	notified = dma_virtq_notify(&queue);
}

static void device_takes(void)
{
	if (dma_arch_read_once(available() + 2, 2) == 0)
		return;
	dma_arch_consume();
	explore_check(dma_arch_read_once(available() + 4, 2) == HEAD, "the device finds an index, and no head");
	dma_arch_consume();
	explore_check(dma_arch_read_once(ring + (size_t)16 * HEAD, 8) == PADDR &&
			      (uint32_t)dma_arch_read_once(ring + (size_t)16 * HEAD + 8, 8) == NBYTES,
		      "the device finds a head, and no descriptor");
}

static void finish(void)
{
	explore_check(dma_fini() == 0, "a page is lost");
}

const struct explore_program virtq_offered = {
	.name = "virtq: a chain is offered",
	.start = start,
	.cpu = {offers, device_takes},
	.finish = finish,
	.preemptions = 3,
};

/* ---- The device goes to sleep ---- */

static void start_awake(void)
{
	start();
	dma_arch_write_once(used(), 1, 2); /* it wants no notification */
}

static void device_sleeps(void)
{
	dma_arch_write_once(used(), 0, 2);
	dma_arch_barrier(); /* then it looks once more (2.7.10) */
	woken = dma_arch_read_once(available() + 2, 2) == 1;
}

static void finish_awake(void)
{
	explore_check(notified || woken, "a device sleeps over a chain");
	finish();
}

const struct explore_program virtq_notified = {
	.name = "virtq: the device goes to sleep",
	.start = start_awake,
	.cpu = {offers_and_notifies, device_sleeps},
	.finish = finish_awake,
	.preemptions = 3,
	.old_reads = 2,
};

/* ---- The device has done with a chain ---- */

static void start_offered(void)
{
	start();
	offers();
}

static void device_uses(void)
{
	dma_arch_write_once(used() + 4, HEAD, 4);
	dma_arch_write_once(used() + 8, NBYTES, 4);
	dma_arch_publish(); /* its writes arrive in order */
	dma_arch_write_once(used() + 2, 1, 2);
}

static void takes(void)
{
	uint32_t head, nbytes;
	int taken = dma_virtq_take(&queue, &head, &nbytes);

	explore_check(taken >= 0, "the device counts what it never got");
	explore_check(!taken || (head == HEAD && nbytes == NBYTES), "an element is read before it is there");
}

const struct explore_program virtq_used = {
	.name = "virtq: a chain is used",
	.start = start_offered,
	.cpu = {takes, device_uses},
	.finish = finish,
	.preemptions = 3,
};
