/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device models, in plain C against sim.h, that a harness takes and joins to a driver. Each works at the doorbell on a
 * plain machine, and else bit by bit, when the machine's seed says so.
 */
#ifndef DMACHECK_MODELS_H
#define DMACHECK_MODELS_H

#include <dmacheck.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A DMA engine: one transfer at a time ---- */

enum engine_register {
	ENGINE_ADDR = 0,
	ENGINE_LENGTH = 8,
	ENGINE_COMMAND = 12,
	ENGINE_STATUS = 16,
	ENGINE_REGISTERS = 0x1000
};
enum engine_command {
	ENGINE_READ = 1,  /* the device reads memory into its own 64 KiB */
	ENGINE_WRITE = 2, /* the device writes 0x11, 0x12, … into memory */
	ENGINE_ECHO = 3,  /* what it read last */
};
void *engine_registers(struct sim_device *dev);
/* Starts a transfer of n bytes and waits for it: what a driver would do by its own registers. */
void engine_go(void *registers, enum engine_command command, uint64_t daddr, size_t n);
/* Only starts it; the transfer is over when engine_done() says so. */
void engine_start(void *registers, enum engine_command command, uint64_t daddr, size_t n);
bool engine_done(void *registers);
/* What it read last; bytes beyond n are 0. */
const unsigned char *engine_data(void);

/* ---- Rings of descriptors in the driver's own layout ---- */

/* Where the fields of a descriptor are: byte offset and bytes (little-endian); bytes 0: there is none. */
struct ring_field {
	unsigned at, nbytes;
};
struct ring_layout {
	unsigned entry; /* bytes of a descriptor */
	struct ring_field addr, length, flags, done;
	uint64_t owned, owned_value; /* bits of flags, and their value when the descriptor is the device's */
	uint64_t set, clear;	     /* bits of flags that the device sets and clears when it has done it */
	uint64_t writes, last;	     /* bits of flags: the device writes memory (0: never); the ring wraps behind it */
	bool to_memory;		     /* a ring whose buffers the device always writes: receive */
};
struct ring_model;
/* A ring of n descriptors at daddr. It works on the descriptors that are the device's, in order. */
struct ring_model *ring_new(struct sim_device *dev, const struct ring_layout *layout, uint64_t daddr, unsigned n);
/* Works on up to `most` descriptors; gives their number. Calls receive, if set, for data that the device read; fill for
 * data that it writes (gives the bytes). */
unsigned ring_work(struct ring_model *ring, unsigned most);
void ring_on_data(struct ring_model *ring, void (*receive)(void *context, const unsigned char *data, unsigned n),
		  unsigned (*fill)(void *context, unsigned char *data, unsigned room), void *context);

/* ---- A NIC: a ring to send, a ring to receive; what was sent comes back (loopback) ---- */

struct nic_model;
struct nic_model *nic_new(struct sim_device *dev, const struct ring_layout *tx, const struct ring_layout *rx);
void nic_rings(struct nic_model *nic, uint64_t tx, unsigned ntx, uint64_t rx, unsigned nrx);
/* The doorbell: works now, or a little later. Interrupts (dmacheck_interrupt()) when something is done. */
void nic_doorbell(struct nic_model *nic);

/* ---- A split virtqueue (virtio 1.2, 2.7) ---- */

struct virtqueue_model;
/* handle: one request, its readable bytes in `in`; gives the bytes written to `out`, at most room. */
typedef unsigned (*virtqueue_handler)(void *context, const unsigned char *in, unsigned n, unsigned char *out,
				      unsigned room);
struct virtqueue_model *virtqueue_new(struct sim_device *dev, unsigned size, uint64_t desc, uint64_t avail,
				      uint64_t used, virtqueue_handler handle, void *context);
/* Takes what is available; gives the number of requests done. */
unsigned virtqueue_work(struct virtqueue_model *q);

/* A virtio block device of 64 KiB behind MMIO registers at that address (0: anywhere; 4.2.2), interrupts by
 * dmacheck_interrupt(). NULL: the host has something else there. */
void *virtio_mmio_disk(uintptr_t address);

/* ---- NVMe and the machine's own disk: sim_nvme_add(), sim_disk_add() of sim.h put them on the bus ---- */

/* A file of nblocks blocks of 512 bytes in memory, filled with a pattern of that seed, or zeros: its path. */
const char *model_disk(unsigned nblocks, unsigned seed);

#ifdef __cplusplus
}
#endif
#endif
