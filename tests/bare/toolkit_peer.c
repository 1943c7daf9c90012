/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Registers of another device as target: edu and the disk reach the shared memory of an ivshmem function (its BAR 2),
 * through the IOMMU, as far as the mapping allows, and no longer than it lives.
 */
#include "../../drivers/edu.h"
#include "toolkit.h"
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>

enum { IVSHMEM_VENDOR = 0x1af4, IVSHMEM_DEVICE = 0x1110, IVSHMEM_MEMORY = 2 };

static struct edu edu;
static volatile unsigned char *window; /* the CPU's mapping of the other device's memory */
static dma_paddr_t target;

static void fill_window(unsigned char value)
{
	for (size_t i = 0; i < DMA_PAGE_SIZE; i++)
		window[i] = value;
	dma_barrier();
}

/* edu stores 64 bytes of what it has: do they arrive at the other device? */
static bool arrives(dma_daddr_t daddr)
{
	fill_window(0x5a);
	if (edu_store(&edu, daddr, 0, 64))
		return false;
	dma_consume();
	return window[0] == 0xa5 && window[63] == 0xa5 && window[64] == 0x5a;
}

/* Puts 64 bytes of 0xa5 into edu's buffer. */
static bool load_edu(void)
{
	struct dma_stream s = {0};
	bool good = !dma_stream_alloc(&s, &edu.dma, DMA_TO_DEVICE, 1) && !dma_stream_fill(&s, 0, 0xa5, 64) &&
		    !dma_stream_sync_to_device(&s, 0, 64) && !edu_fetch(&edu, dma_stream_daddr(&s), 0, 64);

	dma_stream_release(&s);
	return good;
}

static void by_edu(void)
{
	bool translated = (edu.dma.domain->features & DMA_DOMAIN_TRANSLATES) != 0;
	struct dma_peer peer = {0};
	dma_daddr_t daddr;

	check(load_edu(), "peer: edu's buffer is loaded");
	check(!dma_peer_map(&peer, &edu.dma, DMA_FROM_DEVICE, target, DMA_PAGE_SIZE), "peer: mapped for stores");
	daddr = dma_peer_daddr(&peer);
	check(arrives(daddr), "peer: what edu stores arrives in the other device");
	dma_peer_release(&peer);
	if (!translated)
		return; /* nothing would stop it */
	check(!arrives(daddr), "peer: after the release it does not");
	check(!dma_peer_map(&peer, &edu.dma, DMA_TO_DEVICE, target, DMA_PAGE_SIZE) && !arrives(dma_peer_daddr(&peer)),
	      "peer: nor where only loads are allowed");
	fill_window(0xa5);
	check(!edu_fetch(&edu, dma_peer_daddr(&peer), 1024, 64), "peer: edu loads from the other device");
	dma_peer_release(&peer);
	check(!dma_peer_map(&peer, &edu.dma, DMA_FROM_DEVICE, target, DMA_PAGE_SIZE), "peer: mapped for stores again");
	fill_window(0x5a);
	check(!edu_store(&edu, dma_peer_daddr(&peer), 1024, 64) && window[0] == 0xa5 && window[63] == 0xa5,
	      "peer: and had what was there");
	dma_peer_release(&peer);
}

static void by_disk(struct block *disk)
{
	struct dma_peer peer = {0};

	fill_window(0);
	check(!dma_peer_map(&peer, disk->dma, DMA_FROM_DEVICE, target, DMA_PAGE_SIZE), "peer: mapped for the disk");
	check(!transfer(disk, BLOCK_READ, 0, dma_peer_daddr(&peer), DMA_PAGE_SIZE), "peer: the disk reads into it");
	dma_consume();
	check(window[0] == '0' && window[8 + 6] == '1' && window[DMA_PAGE_SIZE - 2] == '1', "peer: its data are there");
	dma_peer_release(&peer);
}

static void refused(void)
{
	struct dma_peer peer = {0};
	dma_paddr_t ram = dma_paddr(0);

	check(!dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &ram) &&
		      dma_peer_map(&peer, &edu.dma, DMA_FROM_DEVICE, ram, 64) == DMA_EFAULT,
	      "peer: RAM is refused");
	dma_host_frames_free(ram, 1);
	check(dma_peer_map(&peer, &edu.dma, DMA_FROM_DEVICE, dma_paddr(0xfffffffffffff000u), 64) == DMA_ENOTSUP,
	      "peer: what is no BAR is refused");
}

void test_peers(struct block *disk)
{
	struct dma_peer peer = {0};
	struct bus_pci other;
	volatile void *mapped = NULL;
	uint64_t nbytes;

	if (bus_pci_find_id(IVSHMEM_VENDOR, IVSHMEM_DEVICE, 0, &other) || edu_open(&edu, 0, "edu")) {
		check(false, "peer: edu and ivshmem");
		return;
	}
	bus_pci_enable(&other);
	check(!bus_pci_bar(&other, IVSHMEM_MEMORY, &target, &nbytes) &&
		      !dma_host_mmio_map(target, DMA_PAGE_SIZE, &mapped),
	      "peer: %lu bytes of another device's", (unsigned long)nbytes);
	window = mapped;
	if (bus_option("peers", "no")[0] == 'y') {
		by_edu();
		by_disk(disk);
		refused();
	} else {
		check(dma_peer_map(&peer, &edu.dma, DMA_FROM_DEVICE, target, 64) == DMA_ENOTSUP,
		      "peer: refused where nobody has said that accesses arrive");
	}
	dma_host_mmio_unmap(mapped, DMA_PAGE_SIZE);
	check(!edu_close(&edu), "peer: edu is closed");
}
