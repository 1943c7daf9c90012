/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A virtio block device behind MMIO registers (virtio 1.2, 4.2.2 and 5.2): one queue, 128 sectors in memory.
 */
#include "dmacheck_models.h"
#include <stdlib.h>
#include <string.h>

enum { SECTORS = 128, SECTOR = 512, QUEUE_MAX = 64 };

static struct blk {
	struct sim_device *dev;
	struct virtqueue_model *queue;
	uint32_t status, size, ready, interrupt, features_select;
	uint64_t areas[3]; /* descriptors, driver, device */
	unsigned char data[SECTORS * SECTOR];
	bool notified;
} disk;

/* 5.2.6: a header of 16 bytes, data, a status byte that the device writes. */
static unsigned request(void *context, const unsigned char *in, unsigned n, unsigned char *out, unsigned room)
{
	uint32_t type, bytes;
	uint64_t sector;

	(void)context;
	if (n < 16 || room < 1)
		return 0;
	memcpy(&type, in, 4);
	memcpy(&sector, in + 8, 8);
	bytes = type == 1 ? n - 16 : room - 1;
	out[room - 1] = 2; /* unsupported */
	if (type > 1)
		return room;
	if (bytes % SECTOR || sector > SECTORS || bytes / SECTOR > SECTORS - sector) {
		out[room - 1] = 1;
		return room;
	}
	if (type == 1)
		memcpy(disk.data + sector * SECTOR, in + 16, bytes);
	else
		memcpy(out, disk.data + sector * SECTOR, bytes);
	out[room - 1] = 0;
	return room;
}

static bool tick(void *context)
{
	(void)context;
	if (!disk.notified || sim_choose(2))
		return disk.notified;
	disk.notified = false;
	if (disk.queue && virtqueue_work(disk.queue)) {
		disk.interrupt = 1;
		dmacheck_interrupt();
	}
	return true;
}

static uint64_t read(void *context, uint64_t offset, unsigned nbytes)
{
	(void)context;
	if (offset >= 0x100) /* configuration: capacity */
		return offset == 0x100 ? SECTORS : 0;
	if (nbytes != 4)
		return 0;
	switch (offset) {
	case 0x000:
		return 0x74726976;
	case 0x004:
		return 2;
	case 0x008:
		return 2;
	case 0x00c:
		return 0x554d4551;
	case 0x010: /* features: VERSION_1 alone */
		return disk.features_select == 1;
	case 0x034:
		return QUEUE_MAX;
	case 0x044:
		return disk.ready;
	case 0x060:
		return disk.interrupt;
	case 0x070:
		return disk.status;
	default:
		return 0;
	}
}

static void half(uint64_t *value, bool high, uint64_t part)
{
	*value = high ? (*value & UINT32_MAX) | part << 32 : (*value & ~(uint64_t)UINT32_MAX) | part;
}

static void write(void *context, uint64_t offset, uint64_t value, unsigned nbytes)
{
	(void)context, (void)nbytes;
	switch (offset) {
	case 0x014:
		disk.features_select = (uint32_t)value;
		break;
	case 0x038:
		disk.size = value <= QUEUE_MAX && (value & (value - 1)) == 0 ? (uint32_t)value : 0;
		break;
	case 0x044:
		disk.ready = value & 1 && disk.size;
		if (disk.ready)
			disk.queue = virtqueue_new(disk.dev, disk.size, disk.areas[0], disk.areas[1], disk.areas[2],
						   request, NULL);
		break;
	case 0x050:
		disk.notified = true;
		(void)tick(NULL);
		break;
	case 0x064:
		disk.interrupt &= ~(uint32_t)value;
		break;
	case 0x070:
		disk.status = (uint32_t)value;
		if (!value)
			disk.ready = 0, disk.queue = NULL;
		break;
	case 0x080:
	case 0x084:
	case 0x090:
	case 0x094:
	case 0x0a0:
	case 0x0a4:
		half(&disk.areas[(offset - 0x80) / 0x10], offset & 4, value);
		break;
	default:
		break;
	}
}

void *virtio_mmio_disk(uintptr_t address)
{
	memset(&disk, 0, sizeof(disk));
	disk.dev = dmacheck_device("virtio-blk");
	sim_on_tick(tick, NULL);
	return dmacheck_registers_at(address, 0x200, read, write, NULL);
}
