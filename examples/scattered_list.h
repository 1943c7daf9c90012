/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the driver of the scattered transfer and its device know of each other.
 */
#ifndef EXAMPLES_SCATTERED_LIST_H
#define EXAMPLES_SCATTERED_LIST_H

#include <dmastream/dmastream.h>

#define DISK_PAGES    17u
#define DISK_BOUNDARY UINT64_C(0x10000) /* that no entry of a transfer crosses */
#define DISK_MASK     UINT64_C(0xffffffff)

struct disk;

/* Fills in what the disk cannot do, and attaches it; config says where it is. */
int disk_open(struct dma_device *dma, struct dma_device_config config);
/* Writes 17 pages, wherever they lie. */
int disk_write(struct disk *disk, struct dma_device *dma, void *const pages[DISK_PAGES]);

/* The hardware: an entry of the next transfer; the transfer, and its status. */
void disk_entry(struct disk *disk, uint32_t daddr, uint32_t length);
int disk_go(struct disk *disk);

#endif
