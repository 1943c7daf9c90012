/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A virtio device that is a PCI function (virtio 1.3, 3.1.1 and 4.1), whatever it is for: where its registers are,
 * reset, features, configuration, queues. In this order:
 *
 *	dma_virtio_locate()      the window in which its registers lie: the caller maps it, and sets `regs`
 *	dma_virtio_switch_on()   it decodes its registers, and may reach memory
 *	dma_virtio_negotiate()   resets it; it is ours, with these features
 *	dma_virtio_config(), dma_virtio_queue_find()
 *	dma_virtio_queue_start() for each queue, then dma_virtio_go()
 */
#ifndef DMASTREAM_SRC_IOMMU_VIRTIO_FUNCTION_H
#define DMASTREAM_SRC_IOMMU_VIRTIO_FUNCTION_H

#include "virtq.h"

/* The host's, as in virtioiommu.h. */
struct dma_virtio_access {
	uint32_t (*pci_read32)(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset);
	void (*pci_write32)(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset,
			    uint32_t value);
	uint32_t (*mmio_read)(void *context, const volatile void *reg, unsigned nbytes);
	void (*mmio_write)(void *context, volatile void *reg, unsigned nbytes, uint32_t value);
	void *context;
};

/* Structures of registers (4.1.4). */
enum dma_virtio_structure { DMA_VIRTIO_COMMON = 1, DMA_VIRTIO_NOTIFY, DMA_VIRTIO_ISR, DMA_VIRTIO_CONFIG };
enum { DMA_VIRTIO_STRUCTURES = 5 };

struct dma_virtio_function {
	const struct dma_virtio_access *access;
	uint32_t address; /* segment << 16 | bus << 8 | device << 3 | function */
	uint64_t timeout_ns;
	struct dma_virtio_place {
		uint64_t paddr; /* of a structure */
		uint32_t nbytes;
	} places[DMA_VIRTIO_STRUCTURES];
	uint32_t notify_step;
	uint64_t paddr, window; /* all of them */
	volatile char *regs;	/* that window, mapped */
	uint64_t features;	/* what was negotiated */
};

#define DMA_VIRTIO_FEATURE(bit) ((uint64_t)1 << (bit))

/* access and address are set. True if it is a function of that id, with all structures that it takes, each of which can
 * be used; config_bytes: of the least configuration. */
bool dma_virtio_locate(struct dma_virtio_function *f, uint32_t id, uint32_t config_bytes);
void dma_virtio_switch_on(const struct dma_virtio_function *f);
/* 0, DMA_ETIMEDOUT. */
int dma_virtio_reset(const struct dma_virtio_function *f);
/* Resets it, and accepts what it offers of `must` and `may`, features of its kind of device, and of those that every
 * device has and we keep to (6). 0; DMA_ENOTSUP, DMA_ETIMEDOUT: *why says it in words. */
int dma_virtio_negotiate(struct dma_virtio_function *f, uint64_t must, uint64_t may, const char **why);
/* Reads words of 4 bytes of the configuration into a structure that is laid out as it is: those that `which` names, all
 * from one state of it (2.5.3). False: it never holds still. */
bool dma_virtio_config(const struct dma_virtio_function *f, void *config, uint32_t which);
/* Fills in size and doorbell of the queue of that index, which is set; false: it is not there, or its doorbell lies
 * nowhere. */
bool dma_virtio_queue_find(const struct dma_virtio_function *f, struct dma_virtq *q);
/* Switches the queue on; ring and paddr are set. */
void dma_virtio_queue_start(const struct dma_virtio_function *f, struct dma_virtq *q);
void dma_virtio_go(const struct dma_virtio_function *f);
/* True if it says that only a reset helps, or is gone (2.1.2). Any context, as the next ones. */
bool dma_virtio_broken(const struct dma_virtio_function *f);
/* Notifies the device of what was offered, if it wants that. */
void dma_virtio_notify(const struct dma_virtio_function *f, struct dma_virtq *q);
/* A register of 1, 2 or 4 bytes. */
uint32_t dma_virtio_read(const struct dma_virtio_function *f, enum dma_virtio_structure which, unsigned reg,
			 unsigned nbytes);
void dma_virtio_write(const struct dma_virtio_function *f, enum dma_virtio_structure which, unsigned reg,
		      unsigned nbytes, uint32_t value);

#endif
