/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The simulated disk's registers (drivers/simdisk.h). What the driver writes is checked as hardware would: what makes
 * no sense ends in STATUS.FAILED.
 */
#include "disk.h"

void disk_reset(struct sim_disk *disk)
{
	disk->status = 0;
	disk->tail = disk->head = 0;
	disk->taken = disk->posted = 0;
	disk->nflight = 0;
}

void disk_stop_failed(struct sim_disk *disk)
{
	disk->status = SIMDISK_FAILED;
	disk->nflight = 0;
}

uint64_t disk_register_read(void *ctx, uint64_t offset, unsigned nbytes)
{
	const struct sim_disk *disk = ctx;
	const uint64_t values[] = {
		[SIMDISK_ID / 4] = SIMDISK_MAGIC,
		[SIMDISK_VERSION / 4] = 1,
		[SIMDISK_NBLOCKS / 4] = disk->nblocks & UINT32_MAX,
		[SIMDISK_NBLOCKS / 4 + 1] = disk->nblocks >> 32,
		[SIMDISK_BLOCK_SIZE / 4] = disk->config.block_size,
		[SIMDISK_MAX_BLOCKS / 4] = disk->config.max_blocks,
		[SIMDISK_CONTROL / 4] = disk->control,
		[SIMDISK_STATUS / 4] = disk->status,
		[SIMDISK_RING / 4] = disk->ring & UINT32_MAX,
		[SIMDISK_RING / 4 + 1] = disk->ring >> 32,
		[SIMDISK_DONE / 4] = disk->done_ring & UINT32_MAX,
		[SIMDISK_DONE / 4 + 1] = disk->done_ring >> 32,
		[SIMDISK_ENTRIES / 4] = disk->entries,
	};
	const uint64_t nvalues = sizeof(values) / sizeof(*values);
	uint64_t low = offset / 4 < nvalues ? values[offset / 4] : 0;

	if (nbytes == 4)
		return low;
	return low | (offset / 4 + 1 < nvalues ? values[offset / 4 + 1] << 32 : 0);
}

static void enable(struct sim_disk *disk)
{
	disk_reset(disk);
	if (disk->entries < 2 || disk->entries > SIMDISK_ENTRIES_MAX || disk->entries & (disk->entries - 1) ||
	    disk->ring & 63 || disk->done_ring & 63)
		disk_stop_failed(disk);
	else
		disk->status = SIMDISK_READY;
}

static void set_half(uint64_t *value, uint64_t offset, uint32_t half)
{
	unsigned shift = offset & 4 ? 32 : 0;

	*value = (*value & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)half << shift;
}

static void write32(struct sim_disk *disk, uint64_t offset, uint32_t value)
{
	bool enabled = disk->control & SIMDISK_ENABLE;

	switch (offset) {
	case SIMDISK_CONTROL:
		disk->control = value & SIMDISK_ENABLE;
		if (!disk->control)
			disk_reset(disk);
		else if (!enabled)
			enable(disk);
		return;
	case SIMDISK_TAIL:
	case SIMDISK_HEAD:
		if (!(disk->status & SIMDISK_READY))
			return;
		if (value >= disk->entries)
			disk_stop_failed(disk);
		else if (offset == SIMDISK_TAIL)
			disk->tail = value;
		else
			disk->head = value;
		return;
	default:
		break;
	}
	if (enabled) /* the rest is for the time before */
		return;
	if (offset == SIMDISK_ENTRIES)
		disk->entries = value;
	else if ((offset & ~(uint64_t)4) == SIMDISK_RING)
		set_half(&disk->ring, offset, value);
	else if ((offset & ~(uint64_t)4) == SIMDISK_DONE)
		set_half(&disk->done_ring, offset, value);
}

void disk_register_write(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	write32(ctx, offset, (uint32_t)value);
	if (nbytes == 8)
		write32(ctx, offset + 4, (uint32_t)(value >> 32));
}
