/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The simulated machine's disk: the programmer's view of its registers and rings.
 *
 * A PCI function with one memory BAR (BAR 0). The driver puts two rings in coherent memory, writes their device
 * addresses, enables the disk, and from then on queues commands in the submission ring and rings the doorbell. The disk
 * fetches commands, moves blocks by DMA in pieces of any order and at any pace, and then writes an entry of the
 * completion ring. Commands complete in any order. Everything is little-endian. No interrupts: completions are polled.
 *
 *   Set up:    read ID, VERSION, geometry; write RING, DONE, ENTRIES; CONTROL = ENABLE; wait for STATUS.READY
 *   Submit:    fill the entry at `tail`; dma_publish(); tail = (tail + 1) % ENTRIES; write TAIL
 *   Complete:  read the 32-bit `sequence` of the entry at `head` with one access; if it is the expected number (the
 *              first completion after enabling has 1, the next 2, … wrapping from 2^32-1 to 0), dma_consume(), read the
 *              rest, head = (head + 1) % ENTRIES, write HEAD
 *   Stop:      CONTROL = 0; when STATUS.READY reads 0 the disk no longer touches memory, and what was in flight is
 *              forgotten
 *
 * The submission ring is full when (tail + 1) % ENTRIES is the number of commands taken so far modulo ENTRIES; a driver
 * with at most ENTRIES - 1 commands in flight never meets that. The disk posts no completion that would overtake HEAD
 * by ENTRIES.
 */
#ifndef DRIVERS_SIMDISK_H
#define DRIVERS_SIMDISK_H

#include <stdint.h>

/* Identity in configuration space. */
#define SIMDISK_VENDOR 0x1dda
#define SIMDISK_DEVICE 0xd15c
#define SIMDISK_CLASS  0x0180d5 /* mass storage, other, our interface */

/* Registers: byte offsets into BAR 0 (4096 bytes). 32-bit ones take 32-bit accesses; 64-bit ones one 64-bit access
 * or two 32-bit ones, low half first. */
enum simdisk_register {
	SIMDISK_ID = 0x00,	   /* RO 32: SIMDISK_MAGIC */
	SIMDISK_VERSION = 0x04,	   /* RO 32: 1 */
	SIMDISK_NBLOCKS = 0x08,	   /* RO 64: capacity in blocks */
	SIMDISK_BLOCK_SIZE = 0x10, /* RO 32: bytes, a power of two, 512 to 4096 */
	SIMDISK_MAX_BLOCKS = 0x14, /* RO 32: most blocks in one command */
	SIMDISK_CONTROL = 0x18,	   /* RW 32: enum simdisk_control */
	SIMDISK_STATUS = 0x1c,	   /* RO 32: enum simdisk_status_bit */
	SIMDISK_RING = 0x20,	   /* RW 64: daddr of the submission ring, 64-byte aligned; only while disabled */
	SIMDISK_DONE = 0x28,	   /* RW 64: daddr of the completion ring, 64-byte aligned; only while disabled */
	SIMDISK_ENTRIES = 0x30,	   /* RW 32: entries of each ring, a power of two, 2 to 256; only while disabled */
	SIMDISK_TAIL = 0x34,	   /* WO 32: doorbell: index after the last filled submission entry */
	SIMDISK_HEAD = 0x38,	   /* WO 32: index after the last completion entry that the driver has read */
};

#define SIMDISK_BAR_SIZE 4096u
#define SIMDISK_MAGIC	 0x4b534453u /* "SDSK" */

enum simdisk_control {
	SIMDISK_ENABLE = 1,
};

enum simdisk_status_bit {
	SIMDISK_READY = 1, /* enabled, and rings accepted */
	SIMDISK_FAILED =
		2, /* a ring could not be read or written, or set up wrongly, or an index was out of range: the disk
			       does nothing more until it is disabled */
};

enum simdisk_op {
	SIMDISK_OP_READ = 1,  /* disk to memory */
	SIMDISK_OP_WRITE = 2, /* memory to disk */
	SIMDISK_OP_FLUSH = 3, /* lba, nblocks, daddr are 0; completes when all that completed before is on the file */
};

/* Submission ring entry: 32 bytes. */
struct simdisk_command {
	uint32_t op;	  /* enum simdisk_op */
	uint32_t nblocks; /* 1 to MAX_BLOCKS */
	uint64_t lba;
	uint64_t daddr; /* nblocks * block size contiguous bytes, a multiple of 4 */
	uint16_t id;	/* comes back in the completion; unique among those in flight */
	uint16_t zero[3];
};

enum simdisk_status {
	SIMDISK_OK = 0,
	SIMDISK_BAD_COMMAND = 1, /* unknown op, count out of range, unaligned daddr */
	SIMDISK_BAD_RANGE = 2,	 /* beyond the end of the disk */
	SIMDISK_MEDIA_ERROR = 3, /* the block could not be read or written */
	SIMDISK_DMA_ERROR = 4,	 /* memory at daddr could not be reached */
	SIMDISK_READ_ONLY = 5,
};

/* Completion ring entry: 16 bytes. The disk writes `sequence` last. */
struct simdisk_completion {
	uint16_t id;
	uint16_t status; /* enum simdisk_status */
	uint32_t zero;
	uint32_t taken; /* commands fetched so far, modulo 2^32 */
	uint32_t sequence;
};

#endif
