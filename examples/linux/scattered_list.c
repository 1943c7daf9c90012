// SPDX-License-Identifier: MPL-2.0
// The same driver against Linux's DMA API: text to compare with, not part of any build.
#include "scattered_list.h"
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

int disk_open(struct device *dev)
{
	int error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));

	if (error)
		return error;
	dma_set_seg_boundary(dev, DISK_BOUNDARY - 1);
	dma_set_max_seg_size(dev, DISK_BOUNDARY);
	return 0;
}

int disk_write(struct disk *disk, struct device *dev, struct page *const pages[DISK_PAGES])
{
	struct scatterlist list[DISK_PAGES], *entry;
	struct sg_table table = {.sgl = list, .nents = DISK_PAGES, .orig_nents = DISK_PAGES};
	unsigned int i;
	int error;

	sg_init_table(list, DISK_PAGES);
	for (i = 0; i < DISK_PAGES; i++)
		sg_set_page(&list[i], pages[i], PAGE_SIZE, 0);
	error = dma_map_sgtable(dev, &table, DMA_TO_DEVICE, 0);
	if (error)
		return error;
	for_each_sgtable_dma_sg(&table, entry, i) disk_entry(disk, sg_dma_address(entry), sg_dma_len(entry));
	error = disk_go(disk);
	dma_unmap_sgtable(dev, &table, DMA_TO_DEVICE, 0);
	return error;
}
