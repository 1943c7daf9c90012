/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the simulated disk does: takes commands, moves their blocks in pieces between file and memory, completes them.
 * On a plain machine all at once and in order; else a little at a time, as the adversary likes.
 */
#include "disk.h"
#include "../machine/sim_machine.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISKS 8
#define PIECE 4096u /* bytes moved at once */
#define STEPS 8	    /* at most, in one tick */

static struct sim_disk disks[DISKS];
static unsigned ndisks;

void disk_start(void)
{
	while (ndisks)
		close(disks[--ndisks].file);
}

/* ---- Commands ---- */

static uint16_t check(const struct sim_disk *disk, const struct simdisk_command *c)
{
	uint64_t bad = c->op == SIMDISK_OP_READ ? disk->config.read_error : disk->config.write_error;

	if (c->op == SIMDISK_OP_FLUSH)
		return SIMDISK_OK;
	if ((c->op != SIMDISK_OP_READ && c->op != SIMDISK_OP_WRITE) || c->nblocks == 0 ||
	    c->nblocks > disk->config.max_blocks || c->daddr & 3)
		return SIMDISK_BAD_COMMAND;
	if (c->lba >= disk->nblocks || c->nblocks > disk->nblocks - c->lba)
		return SIMDISK_BAD_RANGE;
	if (c->op == SIMDISK_OP_WRITE && disk->config.read_only)
		return SIMDISK_READ_ONLY;
	return bad >= c->lba && bad - c->lba < c->nblocks ? SIMDISK_MEDIA_ERROR : SIMDISK_OK;
}

static void take(struct sim_disk *disk)
{
	struct disk_command *flight = &disk->flight[disk->nflight];
	dma_daddr_t at = dma_daddr(disk->ring + (disk->taken % disk->entries) * sizeof(struct simdisk_command));

	memset(flight, 0, sizeof(*flight));
	if (!sim_pci_is_master(disk->fn) ||
	    sim_device_work_read(disk->dma, at, &flight->command, sizeof(flight->command))) {
		disk_stop_failed(disk);
		return;
	}
	disk->taken++;
	disk->nflight++;
	flight->status = check(disk, &flight->command);
	flight->backwards = sim_choose(2);
}

static uint64_t bytes_of(const struct sim_disk *disk, const struct disk_command *flight)
{
	if (flight->status != SIMDISK_OK || flight->command.op == SIMDISK_OP_FLUSH)
		return 0;
	return (uint64_t)flight->command.nblocks * disk->config.block_size;
}

static void move_piece(struct sim_disk *disk, struct disk_command *flight)
{
	const struct simdisk_command *c = &flight->command;
	uint64_t left = bytes_of(disk, flight) - flight->done, at;
	uint8_t bytes[PIECE];
	size_t n = left < PIECE ? (size_t)left : PIECE;
	off_t position;

	at = flight->backwards ? left - n : flight->done;
	position = (off_t)(c->lba * disk->config.block_size + at);
	flight->done += n;
	if (c->op == SIMDISK_OP_READ) {
		if (pread(disk->file, bytes, n, position) != (ssize_t)n)
			flight->status = SIMDISK_MEDIA_ERROR;
		else if (sim_device_work_write(disk->dma, dma_daddr(c->daddr + at), bytes, n))
			flight->status = SIMDISK_DMA_ERROR;
	} else if (sim_device_work_read(disk->dma, dma_daddr(c->daddr + at), bytes, n)) {
		flight->status = SIMDISK_DMA_ERROR;
	} else if (pwrite(disk->file, bytes, n, position) != (ssize_t)n) {
		flight->status = SIMDISK_MEDIA_ERROR;
	}
}

/* The entry first, its sequence last: a reader that sees the sequence may rely on the rest, if it reads in order. */
static void complete(struct sim_disk *disk, unsigned index)
{
	struct disk_command *flight = &disk->flight[index];
	struct simdisk_completion done = {
		.id = flight->command.id,
		.status = flight->status,
		.taken = disk->taken,
		.sequence = disk->posted + 1,
	};
	uint64_t at = disk->done_ring + (disk->posted % disk->entries) * sizeof(done);
	size_t last = offsetof(struct simdisk_completion, sequence);

	if (disk->config.lies)
		done.id = (uint16_t)(done.id + disk->entries);
	if (flight->command.op == SIMDISK_OP_FLUSH && fdatasync(disk->file))
		done.status = SIMDISK_MEDIA_ERROR;
	*flight = disk->flight[--disk->nflight];
	if (sim_device_work_write(disk->dma, dma_daddr(at), &done, last) ||
	    sim_device_work_write(disk->dma, dma_daddr(at + last), &done.sequence, sizeof(done.sequence)))
		disk_stop_failed(disk);
	disk->posted++;
}

static bool can_take(const struct sim_disk *disk)
{
	return disk->taken % disk->entries != disk->tail && disk->nflight < disk->entries - 1;
}

static bool can_post(const struct sim_disk *disk)
{
	return (disk->posted + 1) % disk->entries != disk->head;
}

static void work_on(struct sim_disk *disk, unsigned index)
{
	struct disk_command *flight = &disk->flight[index];

	if (flight->done < bytes_of(disk, flight))
		move_piece(disk, flight);
	else if (can_post(disk))
		complete(disk, index);
}

bool disk_tick(void *ctx)
{
	struct sim_disk *disk = ctx;
	unsigned steps = sim.mode == PLAIN ? UINT32_MAX : 1 + sim_choose(STEPS);

	while (steps-- && disk->status & SIMDISK_READY) {
		bool take_one = can_take(disk) && (disk->nflight == 0 || sim.mode == PLAIN || sim_choose(2));

		if (take_one)
			take(disk);
		else if (disk->config.never_answers || disk->nflight == 0 || (!can_post(disk) && sim.mode == PLAIN))
			break;
		else
			work_on(disk, sim.mode == PLAIN ? 0 : sim_choose(disk->nflight));
	}
	return disk->status & SIMDISK_READY && (can_take(disk) || (disk->nflight && !disk->config.never_answers));
}

/* ---- Into the machine ---- */

struct sim_disk_config sim_disk_config(const char *path)
{
	struct sim_disk_config config = {
		.path = path,
		.block_size = 512,
		.max_blocks = 256,
		.read_error = UINT64_MAX,
		.write_error = UINT64_MAX,
	};

	return config;
}

struct sim_pci *sim_disk_add(const struct sim_disk_config *config)
{
	struct sim_disk *disk = &disks[ndisks];
	struct stat file;

	if (ndisks == DISKS) {
		fprintf(stderr, "sim: more than %d disks\n", DISKS);
		return NULL;
	}
	memset(disk, 0, sizeof(*disk));
	disk->config = *config;
	disk->file = open(config->path, config->read_only ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CLOEXEC);
	if (disk->file < 0 || fstat(disk->file, &file)) {
		perror(config->path);
		if (disk->file >= 0)
			close(disk->file);
		return NULL;
	}
	disk->nblocks = (uint64_t)file.st_size / config->block_size;
	disk->fn = sim_pci_add(SIMDISK_VENDOR, SIMDISK_DEVICE, SIMDISK_CLASS, SIMDISK_BAR_SIZE, disk_register_read,
			       disk_register_write, disk);
	disk->dma = sim_pci_device(disk->fn);
	sim_on_tick(disk_tick, disk);
	ndisks++;
	return disk->fn;
}
