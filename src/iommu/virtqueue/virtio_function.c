/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The PCI transport of a virtio device, by the names of the specification (virtio 1.3, 2.1, 4.1.2 to 4.1.4).
 */
#include "virtio_function.h"
#include <dmastream/deadline.h>
#include <dmastream/errors.h>

enum {
	PCI_COMMAND_AT = 0x04,
	PCI_COMMAND_ON = 6, /* memory decoding, bus mastering */
	PCI_HAS_LIST = 1 << 20,
	PCI_BAR_AT = 0x10,
	PCI_LIST_AT = 0x34,
	PCI_VENDOR_CAPABILITY = 9,
	CAPABILITY_BYTES = 16,
	MOST_CAPABILITIES = 48, /* of 4 bytes at least: a longer list is a circle */
	MOST_BYTES = 1 << 16,	/* of a structure */
	MOST_WINDOW = 1 << 20,	/* of all of them */
	GENERATIONS = 16,	/* a configuration that changes more often while it is read makes no sense */
};

enum {
	OFFERED_SELECT = 0x00, /* 4 bytes, as the next three */
	OFFERED = 0x04,
	ACCEPTED_SELECT = 0x08,
	ACCEPTED = 0x0c,
	STATUS = 0x14,	     /* 1 byte */
	GENERATION = 0x15,   /* 1 byte */
	QUEUE_SELECT = 0x16, /* 2 bytes, as the next three */
	QUEUE_SIZE = 0x18,
	QUEUE_ENABLE = 0x1c,
	QUEUE_NOTIFY_OFF = 0x1e,
	QUEUE_AREAS = 0x20, /* 3 times 8 bytes: descriptors, the driver's, the device's */
	COMMON_BYTES = 0x38,
};

#define VERSION_1	DMA_VIRTIO_FEATURE(32)
#define ACCESS_PLATFORM DMA_VIRTIO_FEATURE(33) /* addresses are those of the platform */
#define ORDER_PLATFORM	DMA_VIRTIO_FEATURE(36) /* it is no software: barriers are for a device */

enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 64 };

/* ---- Accesses ---------------------------------------------------------------------------------------------------- */

static volatile char *at(const struct dma_virtio_function *f, enum dma_virtio_structure which, unsigned reg)
{
	return f->regs + (f->places[which].paddr - f->paddr) + reg;
}

uint32_t dma_virtio_read(const struct dma_virtio_function *f, enum dma_virtio_structure which, unsigned reg,
			 unsigned nbytes)
{
	return nbytes == 4 ? dma_host_mmio_read32(at(f, which, reg))
			   : f->access->mmio_read(f->access->context, at(f, which, reg), nbytes);
}

void dma_virtio_write(const struct dma_virtio_function *f, enum dma_virtio_structure which, unsigned reg,
		      unsigned nbytes, uint32_t value)
{
	if (nbytes == 4)
		dma_host_mmio_write32(at(f, which, reg), value);
	else
		f->access->mmio_write(f->access->context, at(f, which, reg), nbytes, value);
}

void dma_virtio_notify(const struct dma_virtio_function *f, struct dma_virtq *q)
{
	if (dma_virtq_notify(q))
		f->access->mmio_write(f->access->context, q->doorbell, 2, q->index);
}

static uint32_t get(const struct dma_virtio_function *f, unsigned reg, unsigned nbytes)
{
	return dma_virtio_read(f, DMA_VIRTIO_COMMON, reg, nbytes);
}

static void set(const struct dma_virtio_function *f, unsigned reg, unsigned nbytes, uint32_t value)
{
	dma_virtio_write(f, DMA_VIRTIO_COMMON, reg, nbytes, value);
}

static uint32_t pci_read(const struct dma_virtio_function *f, unsigned offset)
{
	return f->access->pci_read32(f->access->context, (uint16_t)(f->address >> 16), (uint8_t)(f->address >> 8),
				     (uint8_t)f->address, offset);
}

/* ---- Structures -------------------------------------------------------------------------------------------------- */

/* Where a memory BAR lies; 0: it is none, or has no address. */
static uint64_t bar_address(const struct dma_virtio_function *f, unsigned bar)
{
	uint32_t low = pci_read(f, PCI_BAR_AT + 4 * bar);
	uint64_t address = low & ~(uint32_t)15;

	if (low & 1)
		return 0;
	if ((low >> 1 & 3) == 2 && bar < 5)
		address |= (uint64_t)pci_read(f, PCI_BAR_AT + 4 * bar + 4) << 32;
	return address;
}

/* The first structure of a kind that can be used counts (4.1.4.1). */
static void read_capability(struct dma_virtio_function *f, unsigned offset)
{
	uint32_t head = pci_read(f, offset), kind = head >> 24, bar = pci_read(f, offset + 4) & 0xff;
	uint32_t nbytes = pci_read(f, offset + 12);
	uint64_t base, paddr;

	if ((head & 0xff) != PCI_VENDOR_CAPABILITY || bar > 5 || (head >> 16 & 0xff) < CAPABILITY_BYTES || !nbytes ||
	    kind >= DMA_VIRTIO_STRUCTURES || f->places[kind].nbytes)
		return;
	base = bar_address(f, bar);
	paddr = base + pci_read(f, offset + 8);
	if (!base || paddr < base || paddr % (kind == DMA_VIRTIO_NOTIFY ? 2 : 4))
		return;
	f->places[kind] = (struct dma_virtio_place){paddr, nbytes < MOST_BYTES ? nbytes : MOST_BYTES};
	if (kind == DMA_VIRTIO_NOTIFY)
		f->notify_step = pci_read(f, offset + CAPABILITY_BYTES);
}

bool dma_virtio_locate(struct dma_virtio_function *f, uint32_t id, uint32_t config_bytes)
{
	const uint32_t least[DMA_VIRTIO_STRUCTURES] = {
		[DMA_VIRTIO_COMMON] = COMMON_BYTES, [DMA_VIRTIO_NOTIFY] = 2, [DMA_VIRTIO_CONFIG] = config_bytes};
	unsigned offset = 0;
	uint64_t end = 0;

	if (pci_read(f, 0) != id)
		return false;
	if (pci_read(f, PCI_COMMAND_AT) & PCI_HAS_LIST)
		offset = pci_read(f, PCI_LIST_AT) & 0xfc;
	for (unsigned i = 0; offset >= 0x40 && i < MOST_CAPABILITIES; i++) {
		read_capability(f, offset);
		offset = pci_read(f, offset) >> 8 & 0xfc;
	}
	f->paddr = UINT64_MAX;
	for (unsigned i = 0; i < DMA_VIRTIO_STRUCTURES; i++) {
		const struct dma_virtio_place *place = &f->places[i];

		if (!least[i])
			continue;
		if (place->nbytes < least[i])
			return false;
		f->paddr = place->paddr < f->paddr ? place->paddr : f->paddr;
		end = place->paddr + place->nbytes > end ? place->paddr + place->nbytes : end;
	}
	f->window = end - f->paddr;
	return f->window <= MOST_WINDOW;
}

/* The status half of the register is cleared by ones. */
void dma_virtio_switch_on(const struct dma_virtio_function *f)
{
	f->access->pci_write32(f->access->context, (uint16_t)(f->address >> 16), (uint8_t)(f->address >> 8),
			       (uint8_t)f->address, PCI_COMMAND_AT,
			       (pci_read(f, PCI_COMMAND_AT) & 0xffff) | PCI_COMMAND_ON);
}

/* ---- On and off -------------------------------------------------------------------------------------------------- */

static void add_status(const struct dma_virtio_function *f, unsigned bits)
{
	set(f, STATUS, 1, get(f, STATUS, 1) | bits);
}

int dma_virtio_reset(const struct dma_virtio_function *f)
{
	struct dma_deadline deadline = dma_deadline_after(f->timeout_ns);

	set(f, STATUS, 1, 0);
	while (get(f, STATUS, 1))
		if (dma_deadline_over(&deadline))
			return DMA_ETIMEDOUT;
	return 0;
}

int dma_virtio_negotiate(struct dma_virtio_function *f, uint64_t must, uint64_t may, const char **why)
{
	*why = "it does not answer";
	if (dma_virtio_reset(f))
		return DMA_ETIMEDOUT;
	add_status(f, ACKNOWLEDGE);
	add_status(f, DRIVER);
	f->features = 0;
	for (unsigned half = 0; half < 2; half++) {
		set(f, OFFERED_SELECT, 4, half);
		f->features |= (uint64_t)get(f, OFFERED, 4) << 32 * half;
	}
	must |= VERSION_1;
	f->features &= must | may | ACCESS_PLATFORM | ORDER_PLATFORM;
	*why = "it does not offer what it takes";
	if ((f->features & must) != must)
		return DMA_ENOTSUP;
	for (unsigned half = 0; half < 2; half++) {
		set(f, ACCEPTED_SELECT, 4, half);
		set(f, ACCEPTED, 4, (uint32_t)(f->features >> 32 * half));
	}
	add_status(f, FEATURES_OK);
	*why = "it refuses the features that it offers";
	return get(f, STATUS, 1) & FEATURES_OK ? 0 : DMA_ENOTSUP;
}

bool dma_virtio_config(const struct dma_virtio_function *f, void *config, uint32_t which)
{
	for (unsigned i = 0; i < GENERATIONS; i++) {
		uint32_t before = get(f, GENERATION, 1);

		for (uint32_t left = which; left; left &= left - 1) {
			unsigned at = 4 * (unsigned)__builtin_ctz(left);
			uint32_t word = dma_virtio_read(f, DMA_VIRTIO_CONFIG, at, 4);

			dma_arch_copy((char *)config + at, &word, sizeof(word));
		}
		if (get(f, GENERATION, 1) == before)
			return true;
	}
	return false;
}

void dma_virtio_go(const struct dma_virtio_function *f)
{
	add_status(f, DRIVER_OK);
}

bool dma_virtio_broken(const struct dma_virtio_function *f)
{
	return get(f, STATUS, 1) & NEEDS_RESET;
}

/* ---- Queues ------------------------------------------------------------------------------------------------------ */

bool dma_virtio_queue_find(const struct dma_virtio_function *f, struct dma_virtq *q)
{
	unsigned size;
	uint64_t offset;

	set(f, QUEUE_SELECT, 2, q->index);
	size = get(f, QUEUE_SIZE, 2);
	offset = (uint64_t)get(f, QUEUE_NOTIFY_OFF, 2) * f->notify_step;
	if (!size || size & (size - 1) || offset + 2 > f->places[DMA_VIRTIO_NOTIFY].nbytes || offset % 2)
		return false;
	q->size = (uint16_t)(size < DMA_VIRTQ_MOST ? size : DMA_VIRTQ_MOST);
	q->doorbell = at(f, DMA_VIRTIO_NOTIFY, (unsigned)offset);
	return true;
}

void dma_virtio_queue_start(const struct dma_virtio_function *f, struct dma_virtq *q)
{
	const size_t areas[] = {0, dma_virtq_available(q), dma_virtq_used(q)};

	dma_arch_write_once(q->ring + dma_virtq_available(q), DMA_VIRTQ_QUIET, 2);
	dma_publish();
	set(f, QUEUE_SELECT, 2, q->index);
	set(f, QUEUE_SIZE, 2, q->size);
	for (unsigned i = 0; i < 3; i++) { /* 4.1.3.1: two halves, the low one first */
		uint64_t paddr = q->paddr.raw + areas[i];

		set(f, QUEUE_AREAS + 8 * i, 4, (uint32_t)paddr);
		set(f, QUEUE_AREAS + 8 * i + 4, 4, (uint32_t)(paddr >> 32));
	}
	set(f, QUEUE_ENABLE, 2, 1);
}
