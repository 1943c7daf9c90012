/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A driver that writes a command to a device and looks at what the device would see.
 */
#include <dmastream/dmastream.h>

int main(void)
{
	struct dma_device_config config = {.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true};
	struct dma_stream_to_device command = {0};
	struct dma_device dev = {0};
	uint32_t word = 0x12345678;
	int failed = dma_init() || dma_device_init(&dev, &config) || dma_stream_alloc(&command, &dev, 0, 1) ||
		     dma_stream_write_val(&command, 0, &word) || dma_stream_sync_to_device(&command, 0, sizeof(word));

	/* This machine has no IOMMU and one address for everybody. */
	failed = failed || *(const uint32_t *)(uintptr_t)dma_stream_daddr(&command).raw != word;
	dma_stream_release(&command);
	return failed || dma_device_fini(&dev) || dma_fini();
}
