/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A transfer of 17 scattered pages by a device with 32 address bits whose entries cross no boundary of 64 KiB. The list
 * keeps both, bounces what the device cannot reach, and unwinds by itself.
 */
#include "scattered_list.h"

int disk_open(struct dma_device *dma, struct dma_device_config config)
{
	config.mask = DISK_MASK;
	config.boundary = DISK_BOUNDARY;
	return dma_device_init(dma, &config);
}

int disk_write(struct disk *disk, struct dma_device *dma, void *const pages[DISK_PAGES])
{
	struct dma_piece pieces[DISK_PAGES];
	struct dma_list_entry entry;
	struct dma_list_walk walk;
	struct dma_list_to_device list;
	int error = 0;

	dma_list_init(&list, pieces, DISK_PAGES);
	for (unsigned i = 0; i < DISK_PAGES && !error; i++)
		error = dma_list_add(&list, pages[i], DMA_PAGE_SIZE);
	if (!error)
		error = dma_list_map(&list, dma, 0);
	for (walk = dma_list_begin(&list); !error && dma_list_next(&walk, &entry);)
		disk_entry(disk, (uint32_t)entry.daddr.raw, (uint32_t)entry.len);
	if (!error)
		error = disk_go(disk);
	dma_list_release(&list);
	return error;
}
