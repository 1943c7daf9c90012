/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Peers: registers of another device, for a device that may access them. Who may is the host's word; behind an IOMMU
 * they are mapped as what they are, a chain (src/memory/owed.h) of one run of registers.
 */
#include "../base/ram.h"
#include "../device/domain_ops.h"
#include "../device/reach.h"
#include "../memory/pieces.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>
#include <dmastream/peer.h>

static struct {
	struct dma_lock lock;
	dma_host_peer *call;
	void *context;
} peers;

void dma_peers_with(dma_host_peer *may, void *context)
{
	uintptr_t irq = dma_host_lock(&peers.lock);

	peers.call = may;
	peers.context = context;
	dma_host_unlock(&peers.lock, irq);
}

/* The host's word. */
static int ask(const struct dma_device *dev, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus)
{
	uintptr_t irq = dma_host_lock(&peers.lock);
	dma_host_peer *call = peers.call;
	void *context = peers.context;
	int error;

	dma_host_unlock(&peers.lock, irq);
	*bus = dma_daddr(registers.raw);
	error = call ? call(dev, registers, nbytes, bus, context) : DMA_ENOTSUP;
	if (!error)
		return 0;
	dma_log("dmastream: %s: access to registers at %x is refused: %s", dev->name, registers.raw,
		call ? "the host says that this device may not"
		     : "the host has not said which devices may (dma_peers_with())");
	return DMA_ENOTSUP;
}

/* Limits of what a device is told at once (hazard 83). */
static bool fits(const struct dma_device *dev, uint64_t first, size_t nbytes)
{
	uint64_t last = first + (nbytes - 1);

	return last >= first && last <= dev->mask && (first & (dev->min_align - 1)) == 0 &&
	       (!dev->boundary || (first ^ last) < dev->boundary) &&
	       (!dev->max_segment_size || nbytes <= dev->max_segment_size);
}

/* Whole pages behind an IOMMU, and the place in the first of them. */
static int connect(struct dma_peer *new, struct dma_device *dev, unsigned dir, dma_paddr_t registers)
{
	size_t offset = dma_page_offset(registers);
	struct dma_owed_node run = {.owed = {.paddr = dma_paddr(registers.raw - offset)}};
	struct dma_mapped mapped;

	if (!dev->trusted && ((registers.raw | new->nbytes) & (DMA_PAGE_SIZE - 1)) != 0)
		return DMA_ENOTSUP;
	new->npages = dma_pages_of(offset, new->nbytes);
	if (new->npages > UINT32_MAX || dma_device_takes(dev, new->npages))
		return DMA_ENOTSUP;
	run.owed.npages = (uint32_t) new->npages;
	mapped =
		dma_domain_ops_of(dev->domain)->map_chain(dev->domain, dev, &run, new->npages, dir | DMA_MAP_REGISTERS);
	new->daddr = dma_daddr(mapped.daddr.raw + offset);
	new->tag = mapped.tag;
	return mapped.error;
}

/* Ends the access: whatever the IOMMU says, there is no memory to keep. */
static void disconnect(const struct dma_peer *p)
{
	const dma_daddr_t page = dma_daddr(p->daddr.raw & ~(uint64_t)(DMA_PAGE_SIZE - 1));

	if (p->npages)
		(void)dma_domain_ops_of(p->dev->domain)->unmap(p->dev->domain, p->dev, page, p->npages, p->tag);
}

int dma_peer_map(struct dma_peer *p, struct dma_device *dev, unsigned dir, dma_paddr_t registers, size_t nbytes)
{
	const uint64_t page = ~(uint64_t)(DMA_PAGE_SIZE - 1), last = registers.raw + (nbytes - 1);
	struct dma_peer new = {.dev = dev, .nbytes = nbytes};
	int error;

	if (!dma_state.ready || p->dev || nbytes == 0 || nbytes > SIZE_MAX - DMA_PAGE_SIZE || last < registers.raw ||
	    dir - 1 > DMA_BIDIRECTIONAL - 1 || !dev || !dev->domain)
		return DMA_EINVAL;
	if (__atomic_load_n(&dev->blocked, __ATOMIC_RELAXED))
		return DMA_ENODEV;
	/* What lies between is the host's word: a window of gigabytes is not looked at page by page. */
	if (dma_is_ram(dma_paddr(registers.raw & page), 1) || dma_is_ram(dma_paddr(last & page), 1))
		return DMA_EFAULT;
	error = ask(dev, registers, nbytes, &new.daddr);
	if (!error && dma_domain_translates(dev->domain))
		error = connect(&new, dev, dir, registers);
	if (error)
		return error;
	if (!fits(dev, new.daddr.raw, nbytes)) {
		disconnect(&new);
		return DMA_ENOTSUP;
	}
	dma_ledger_begin(dev, new.daddr, new.npages != 0);
	dma_arch_handle_begins(dev, new.daddr.raw, new.tag, nbytes);
	*p = new;
	return 0;
}

void dma_peer_release(struct dma_peer *p)
{
	if (!p->dev)
		return;
	if (dma_arch_handle_ends(p->dev, p->daddr.raw, p->tag, p->nbytes)) {
		disconnect(p);
		dma_ledger_end(p->dev, p->daddr, p->npages != 0);
	}
	*p = (struct dma_peer){0};
}
