/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio disk (Virtual I/O Device 1.2, 5.2): on a plain machine all requests at once and in order, else a few at a
 * time, in any order.
 */
#include "vdev.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define F_SIZE_MAX ((uint64_t)1 << 1)
#define F_SEG_MAX  ((uint64_t)1 << 2)
#define F_RO	   ((uint64_t)1 << 5)
#define F_BLK_SIZE ((uint64_t)1 << 6)
#define F_FLUSH	   ((uint64_t)1 << 9)

enum { DISKS = 4, HELD = 64, SECTOR = 512, STEPS = 8, SEGMENTS = 16 };
enum { IN = 0, OUT = 1, FLUSH = 4 };
enum { OK = 0, IOERR = 1, UNSUPP = 2 };

struct disk {
	struct sim_disk_config config;
	int file;
	uint64_t sectors;
	struct vchain held[HELD];
	unsigned nheld;
};

static struct disk disks[DISKS];
static unsigned ndisks;

static uint32_t seg_max(const struct sim_vdev_config *config)
{
	return config->seg_max ? config->seg_max : SEGMENTS;
}

void vdev_disk_start(void)
{
	while (ndisks)
		close(disks[--ndisks].file);
}

static uint8_t move(struct sim_vdev *dev, struct disk *disk, const struct vchain *chain, uint32_t type, uint64_t sector)
{
	uint32_t nbytes = type == IN ? chain->writable - 1 : chain->readable - 16;
	uint64_t bad = type == IN ? disk->config.read_error : disk->config.write_error;
	uint8_t bytes[4096];

	if (nbytes % SECTOR || sector > disk->sectors || nbytes / SECTOR > disk->sectors - sector)
		return IOERR;
	if (type == OUT && disk->config.read_only)
		return IOERR;
	if (bad >= sector && bad - sector < nbytes / SECTOR)
		return IOERR;
	for (uint32_t done = 0, n; done < nbytes; done += n) {
		off_t at = (off_t)(sector * SECTOR + done);

		n = nbytes - done < sizeof(bytes) ? nbytes - done : (uint32_t)sizeof(bytes);
		if (type == IN ? pread(disk->file, bytes, n, at) != (ssize_t)n ||
					 !vdev_chain_write(dev, chain, done, bytes, n)
			       : !vdev_chain_read(dev, chain, 16 + done, bytes, n) ||
					 pwrite(disk->file, bytes, n, at) != (ssize_t)n)
			return IOERR;
	}
	return OK;
}

/* 5.2.6.1: beside header and status */
static void check_segments(const struct sim_vdev *dev, const struct vchain *chain)
{
	if (chain->nparts > (uint64_t)seg_max(&dev->config) + 2)
		vdev_violation(dev, "5.2.6.1", "more segments than seg_max", chain->nparts);
	for (unsigned i = 1; dev->config.size_max && i + 1 < chain->nparts; i++)
		if (chain->part[i].nbytes > dev->config.size_max)
			vdev_violation(dev, "5.2.6.1", "a segment is longer than size_max", chain->part[i].nbytes);
}

static void execute(struct sim_vdev *dev, const struct vchain *chain)
{
	struct disk *disk = dev->own;
	struct {
		uint32_t type, reserved;
		uint64_t sector;
	} header = {0};
	uint8_t status = UNSUPP;
	uint32_t written = 1;

	/* 5.2.6.1 */
	if (chain->readable < sizeof(header) || !chain->writable ||
	    !vdev_chain_read(dev, chain, 0, &header, sizeof(header))) {
		vdev_violation(dev, "5.2.6", "a request without a header or without a status", chain->nparts);
	} else if (header.reserved) {
		vdev_violation(dev, "5.2.6", "the reserved field is not 0", header.reserved);
	} else if (header.type == FLUSH) {
		if (header.sector || chain->readable > sizeof(header))
			vdev_violation(dev, "5.2.6.1", "a flush of something", header.sector);
		if (dev->accepted & F_FLUSH)
			status = fdatasync(disk->file) ? IOERR : OK;
	} else if (header.type == IN || header.type == OUT) {
		check_segments(dev, chain);
		status = move(dev, disk, chain, header.type, header.sector);
		written = header.type == IN && status == OK ? chain->writable : 1;
	}
	if (vdev_lies_now(dev, VDEV_STATUS) && !dev->lied)
		status = 0x55;
	(void)vdev_chain_write(dev, chain, chain->writable - 1, &status, 1);
	vdev_give(dev, 0, chain, written);
}

static bool work(struct sim_vdev *dev)
{
	struct disk *disk = dev->own;
	unsigned steps = sim.mode == PLAIN ? UINT32_MAX : 1 + sim_choose(STEPS);

	while (steps--) {
		bool took = disk->nheld < HELD && vdev_take(dev, 0, &disk->held[disk->nheld]);

		if (took)
			disk->nheld++;
		if (disk->config.never_answers || (!took && !disk->nheld))
			break;
		if (disk->nheld && (!took || sim.mode == PLAIN || sim_choose(2))) {
			unsigned which = sim.mode == PLAIN ? 0 : sim_choose(disk->nheld);
			struct vchain chain = disk->held[which];

			disk->held[which] = disk->held[--disk->nheld];
			execute(dev, &chain);
		}
	}
	return disk->nheld && !disk->config.never_answers;
}

static void reset(struct sim_vdev *dev)
{
	((struct disk *)dev->own)->nheld = 0;
}

/* 5.2.4: capacity (64 bits), size_max, seg_max, geometry (16, 8, 8), blk_size */
static unsigned width(unsigned offset)
{
	return offset < 16 || (offset >= 20 && offset < 24) ? 4 : offset < 18 ? 2 : offset < 20 ? 1 : 0;
}

static const struct vkind disk_kind = {
	.device = 0x1042,
	.class_code = 0x010000,
	.queues = 1,
	.config_bytes = 24,
	.width = width,
	.work = work,
	.reset = reset,
};

struct sim_vdev *sim_vdisk_add(const struct sim_vdev_config *config, const struct sim_disk_config *disk_config)
{
	struct disk *disk = &disks[ndisks];
	uint32_t segments = seg_max(config), block = disk_config->block_size ? disk_config->block_size : SECTOR;
	struct sim_vdev *dev;
	struct stat file;

	if (ndisks == DISKS) {
		fprintf(stderr, "sim: more than %d virtio disks\n", DISKS);
		return NULL;
	}
	memset(disk, 0, sizeof(*disk));
	disk->config = *disk_config;
	disk->file = open(disk_config->path, disk_config->read_only ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CLOEXEC);
	if (disk->file < 0 || fstat(disk->file, &file)) {
		perror(disk_config->path);
		if (disk->file >= 0)
			close(disk->file);
		return NULL;
	}
	ndisks++;
	disk->sectors = (uint64_t)file.st_size / SECTOR;
	dev = vdev_add(config, &disk_kind,
		       F_SEG_MAX | F_BLK_SIZE | F_FLUSH | (config->size_max ? F_SIZE_MAX : 0) |
			       (disk_config->read_only ? F_RO : 0),
		       disk);
	if (config->lie == VDEV_CONFIG_NONSENSE)
		block = 3;
	memcpy(dev->settings, &disk->sectors, sizeof(disk->sectors));
	memcpy(dev->settings + 8, &config->size_max, sizeof(config->size_max));
	memcpy(dev->settings + 12, &segments, sizeof(segments));
	memcpy(dev->settings + 20, &block, sizeof(block));
	return dev;
}
