/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The PCI transport of virtio devices (Virtual I/O Device 1.2, 4.1): structures of registers, reset, features.
 */
#include <dmastream/barrier.h>
#include <dmastream/deadline.h>
#include <dmastream/domain.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "virtio.h"

enum {
	PCI_COMMAND_AT = 0x04,
	PCI_COMMAND_MEMORY = 2,
	PCI_STATUS_LIST = 1 << 20, /* in the upper half of that word */
	PCI_LIST_AT = 0x34,
	CAPABILITIES = 48,	/* more than fit: a list that goes in a circle */
	BAR_BYTES = 1 << 20,	/* of a BAR that are mapped: 250 doorbells with a page for each */
	GENERATIONS = 1000,	/* reads of a configuration that changes all the time */
	RESET_NS = 1000000000u, /* a device has this long to reset */
	GONE = 0xff,		/* a status that nobody answers for */
};

#define EVERY_QUEUE_CAN                                                                                                \
	(VIRTIO_F_INDIRECT | VIRTIO_F_EVENT_INDEX | VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM | VIRTIO_F_PACKED |  \
	 VIRTIO_F_ORDER_PLATFORM)

int virtio_fail(struct virtio *v, int error, const char *why)
{
	__atomic_store_n(&v->why, why, __ATOMIC_RELAXED); /* two queues of a device may meet something at once */
	return error;
}

/* ---- Registers -------------------------------------------------------------------------------------------- */

static volatile char *common(const struct virtio *v, unsigned reg)
{
	return v->structures[VIRTIO_COMMON] + reg;
}

uint32_t virtio_read(const struct virtio *v, unsigned reg, unsigned nbytes)
{
	return bus_register_read(common(v, reg), nbytes);
}

void virtio_write(const struct virtio *v, unsigned reg, unsigned nbytes, uint32_t value)
{
	bus_register_write(common(v, reg), nbytes, value);
}

int virtio_nth(unsigned kind, unsigned nth, struct bus_pci *out)
{
	uint16_t old = kind == VIRTIO_KIND_NET ? VIRTIO_PCI_OLD_NET : VIRTIO_PCI_OLD_BLOCK;
	struct bus_pci ids[2] = {0};
	unsigned at[2] = {0, 0};

	/* Modern ids and transitional ones, merged in bus order. */
	for (;;) {
		bool there[2];
		unsigned first;

		there[0] = !bus_pci_find_id(VIRTIO_PCI_VENDOR, (uint16_t)(VIRTIO_PCI_MODERN + kind), at[0], &ids[0]);
		there[1] = !bus_pci_find_id(VIRTIO_PCI_VENDOR, old, at[1], &ids[1]);
		if (!there[0] && !there[1])
			return DMA_ENODEV;
		first = !there[0] || (there[1] && bus_pci_place(&ids[1]) < bus_pci_place(&ids[0]));
		at[first]++;
		if (nth-- > 0)
			continue;
		*out = ids[first];
		return 0;
	}
}

/* ---- Structures ------------------------------------------------------------------------------------------- */

/* Maps the BAR, once; NULL if it cannot be. */
static const struct virtio_bar *map_bar(struct virtio *v, unsigned index)
{
	struct virtio_bar *bar = &v->bars[index];
	dma_paddr_t paddr;
	uint64_t nbytes;

	if (bar->regs)
		return bar;
	if (bus_pci_bar(&v->pci, index, &paddr, &nbytes))
		return NULL;
	bar->whole = nbytes;
	bar->nbytes = nbytes < BAR_BYTES ? (size_t)nbytes : BAR_BYTES;
	return dma_host_mmio_map(paddr, bar->nbytes, &bar->regs) ? NULL : bar;
}

/* A capability at that offset of configuration space: the first of its kind that can be used counts (4.1.4.1). */
static void look_at(struct virtio *v, unsigned at)
{
	static const uint8_t align[VIRTIO_STRUCTURES] = {1, 4, 2, 1, 4}; /* 4.1.4.3 to 4.1.4.6 */
	uint32_t head = bus_pci_read32(&v->pci, at);
	unsigned kind = head >> 24, length = head >> 16 & 0xff, index = bus_pci_read32(&v->pci, at + 4) & 0xff;
	uint32_t offset = bus_pci_read32(&v->pci, at + 8), nbytes = bus_pci_read32(&v->pci, at + 12);
	const struct virtio_bar *bar;

	if (kind == 0 || kind >= VIRTIO_STRUCTURES || v->structures[kind] || index >= VIRTIO_BARS ||
	    length < (kind == VIRTIO_NOTIFY ? VIRTIO_CAP_NOTIFY_BYTES : VIRTIO_CAP_BYTES) || offset % align[kind])
		return;
	bar = map_bar(v, index);
	if (!bar || offset >= bar->nbytes || !nbytes || nbytes > bar->whole - offset ||
	    (kind == VIRTIO_COMMON && (nbytes < VIRTIO_COMMON_BYTES || bar->nbytes - offset < VIRTIO_COMMON_BYTES)))
		return;
	v->structures[kind] = (volatile char *)bar->regs + offset;
	v->nbytes[kind] = nbytes < bar->nbytes - offset ? nbytes : bar->nbytes - offset; /* what is mapped of it */
	if (kind == VIRTIO_NOTIFY)
		v->notify_step = bus_pci_read32(&v->pci, at + VIRTIO_CAP_BYTES);
}

static void find_structures(struct virtio *v)
{
	unsigned at = 0;

	if (bus_pci_read32(&v->pci, PCI_COMMAND_AT) & PCI_STATUS_LIST)
		at = bus_pci_read32(&v->pci, PCI_LIST_AT) & 0xfc;
	for (unsigned i = 0; at >= 0x40 && i < CAPABILITIES; i++) {
		uint32_t head = bus_pci_read32(&v->pci, at);

		if ((head & 0xff) == VIRTIO_CAP_ID)
			look_at(v, at);
		at = head >> 8 & 0xfc;
	}
}

static void unmap(struct virtio *v)
{
	for (unsigned i = 0; i < VIRTIO_BARS; i++) {
		if (v->bars[i].regs)
			dma_host_mmio_unmap(v->bars[i].regs, v->bars[i].nbytes);
		v->bars[i].regs = NULL;
	}
}

/* ---- Life ------------------------------------------------------------------------------------------------- */

/* 4.1.4.3.2: the device is reset when the status reads 0. One that is gone is not waited for: this may be an interrupt
 * handler. */
static bool reset(const struct virtio *v)
{
	struct dma_deadline deadline = dma_deadline_after(RESET_NS);
	uint32_t status;

	virtio_write(v, VIRTIO_STATUS, 1, 0);
	while ((status = virtio_read(v, VIRTIO_STATUS, 1)) != 0) {
		if (status == GONE || dma_deadline_over(&deadline))
			return false;
		bus_relax();
	}
	return true;
}

int virtio_open(struct virtio *v)
{
	int error = 0;

	/* Memory decoding alone: what firmware left running must not meet its domain before it was reset. */
	bus_pci_write32(&v->pci, PCI_COMMAND_AT,
			(bus_pci_read32(&v->pci, PCI_COMMAND_AT) & 0xffff) | PCI_COMMAND_MEMORY);
	find_structures(v);
	if (!v->structures[VIRTIO_COMMON] || !v->structures[VIRTIO_NOTIFY])
		error = virtio_fail(v, DMA_ENOTSUP, "its capabilities name no registers of virtio 1 that can be used");
	else if (!reset(v))
		error = virtio_fail(v, DMA_ETIMEDOUT, "it does not reset");
	if (error) {
		unmap(v);
		return error;
	}
	virtio_write(v, VIRTIO_STATUS, 1, VIRTIO_ACKNOWLEDGE);
	virtio_write(v, VIRTIO_STATUS, 1, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
	return 0;
}

uint64_t virtio_offered(const struct virtio *v)
{
	uint64_t low;

	virtio_write(v, VIRTIO_OFFERED_SELECT, 4, 0);
	low = virtio_read(v, VIRTIO_OFFERED, 4);
	virtio_write(v, VIRTIO_OFFERED_SELECT, 4, 1);
	return low | (uint64_t)virtio_read(v, VIRTIO_OFFERED, 4) << 32;
}

int virtio_negotiate(struct virtio *v, uint64_t wanted)
{
	uint32_t status = VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK;

	v->features = virtio_offered(v) & (wanted | EVERY_QUEUE_CAN);
	if (!(v->features & VIRTIO_F_VERSION_1))
		return virtio_fail(v, DMA_ENOTSUP, "it is older than virtio 1");
	for (uint32_t i = 0; i < 2; i++) {
		virtio_write(v, VIRTIO_ACCEPTED_SELECT, 4, i);
		virtio_write(v, VIRTIO_ACCEPTED, 4, (uint32_t)(v->features >> 32 * i));
	}
	virtio_write(v, VIRTIO_STATUS, 1, status);
	if (!(virtio_read(v, VIRTIO_STATUS, 1) & VIRTIO_FEATURES_OK))
		return virtio_fail(v, DMA_ENOTSUP, "it refuses the features that it offers");
	return 0;
}

int virtio_config(struct virtio *v, size_t offset, void *to, size_t nbytes, unsigned width)
{
	const volatile char *from = v->structures[VIRTIO_CONFIG];
	unsigned char *bytes = to;
	uint32_t before, after;
	unsigned turns = 0;

	if (!from || offset > v->nbytes[VIRTIO_CONFIG] || nbytes > v->nbytes[VIRTIO_CONFIG] - offset)
		return virtio_fail(v, DMA_EIO, "its configuration is too short");
	do {
		before = virtio_read(v, VIRTIO_GENERATION, 1);
		for (size_t i = 0; i < nbytes; i += width) {
			uint32_t value = bus_register_read(from + offset + i, width);

			for (size_t k = 0; k < width; k++)
				bytes[i + k] = (unsigned char)(value >> 8 * k);
		}
		after = virtio_read(v, VIRTIO_GENERATION, 1);
	} while (before != after && ++turns < GENERATIONS);
	return before == after ? 0 : virtio_fail(v, DMA_EIO, "its configuration changes all the time");
}

static bool translated(const struct dma_device *dev)
{
	if (dev->domain && dev->domain != &dma_domain_passthrough)
		return true;
	for (unsigned i = 0; i < dev->nwindows; i++)
		if (dev->windows[i].daddr_base.raw != dev->windows[i].paddr_base.raw)
			return true;
	return false;
}

/* 6.1: without the feature the device uses the addresses of the CPU: no IOMMU is asked, and what a confidential VM's
 * memory is, private or shared, is not known to it. NULL: these addresses are the platform's. */
static const char *out_of_reach(const struct virtio *v, bool cvm)
{
	if (v->features & VIRTIO_F_ACCESS_PLATFORM)
		return NULL;
	if (cvm)
		return "it knows no shared memory of this confidential VM (VIRTIO_F_ACCESS_PLATFORM is not offered)";
	return translated(&v->dma) || !v->dma.coherent
		       ? "it bypasses what is between it and memory (VIRTIO_F_ACCESS_PLATFORM is not offered)"
		       : NULL;
}

int virtio_attach(struct virtio *v, struct dma_device_config *config)
{
	struct dma_host_info host = {0};
	const char *why;
	int error = dma_host_info(&host);

	if (!error)
		error = bus_pci_dma_init(&v->pci, &v->dma, config);
	if (error)
		return virtio_fail(v, error, dma_strerror(error));
	v->attached = true;
	why = out_of_reach(v, host.cvm);
	if (why)
		return virtio_fail(v, DMA_ENOTSUP, why);
	bus_pci_enable(&v->pci);
	v->faults = bus_pci_faults(&v->pci);
	return 0;
}

int virtio_go(struct virtio *v)
{
	uint32_t status = VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK;

	dma_publish();
	virtio_write(v, VIRTIO_STATUS, 1, status);
	return virtio_sick(v) ? virtio_fail(v, DMA_EIO, virtio_sick(v)) : 0;
}

const char *virtio_sick(const struct virtio *v)
{
	uint32_t status = virtio_read(v, VIRTIO_STATUS, 1);

	if (status == GONE)
		return "the device is gone";
	if (status & VIRTIO_NEEDS_RESET)
		return "the device reports an error that only a reset ends";
	return status & VIRTIO_DRIVER_OK ? NULL : "the device has stopped working";
}

bool virtio_blocked(const struct virtio *v)
{
	return bus_pci_faults(&v->pci) != v->faults;
}

/* 2.2.1, 3.1.1: whoever gives a device up says so, before the reset that ends its accesses. One that has been reset
 * behind our back, or is gone, has no status to add to. */
static void give_up(const struct virtio *v)
{
	uint32_t status = virtio_read(v, VIRTIO_STATUS, 1);

	if (status && status != GONE)
		virtio_write(v, VIRTIO_STATUS, 1, status | VIRTIO_FAILED);
}

void virtio_halt(struct virtio *v, bool orderly)
{
	bool quiet;

	if (v->halted)
		return;
	v->halted = true;
	if (!orderly)
		give_up(v);
	quiet = reset(v);
	bus_pci_disable(&v->pci);
	if ((!quiet || !orderly) && v->attached)
		(void)dma_device_block(&v->dma); /* without an IOMMU, bus mastering off has to do */
}

int virtio_close(struct virtio *v)
{
	int error = v->attached ? bus_pci_dma_fini(&v->pci, &v->dma) : 0;

	if (error)
		return error;
	v->attached = false;
	unmap(v);
	return 0;
}
