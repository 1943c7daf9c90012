/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the virtio models: vdev.c is their place in the machine, vdev_report.c
 * what they say of a driver, vdev_registers.c what the driver sees, vdev_queue.c
 * the device's side of both layouts of queues, vdev_disk.c and vdev_nic.c the devices. Numbers are the
 * specification's, written down a second time on purpose: the driver's header could be wrong.
 */
#ifndef PLATFORM_SIM_VDEV_H
#define PLATFORM_SIM_VDEV_H

#include "../machine/sim_machine.h"
#include "sim_vdev.h"

enum { VQUEUES = 2, VSIZE = 256, VPARTS = 80 };
enum { V_ACKNOWLEDGE = 1, V_DRIVER = 2, V_DRIVER_OK = 4, V_FEATURES_OK = 8, V_NEEDS_RESET = 64, V_FAILED = 128 };

struct vpart {
	uint64_t daddr;
	uint32_t nbytes;
	bool write;
};

struct vchain {
	uint16_t id;
	uint16_t descriptors; /* of the ring that it takes */
	unsigned nparts;
	struct vpart part[VPARTS];
	uint32_t readable, writable; /* bytes */
};

struct vqueue {
	uint16_t size, message;
	bool enabled, notified;
	uint64_t areas[3];
	uint16_t taken, given;	     /* split: counts; packed: positions in the ring */
	bool taken_wrap, given_wrap; /* packed: wrap counters */
	bool in_flight[VSIZE];
	uint16_t nflight;
	uint16_t last_id; /* of the last answer */
};

struct sim_vdev;
struct vkind {
	uint16_t device; /* PCI device id */
	uint32_t class_code;
	unsigned queues;
	unsigned config_bytes;
	/* Field by field: the width with which the byte at that offset is read; 0: nothing there. */
	unsigned (*width)(unsigned offset);
	bool (*work)(struct sim_vdev *dev); /* a little; true while there is something to do */
	void (*reset)(struct sim_vdev *dev);
	/* Looks at what was accepted: NULL, or what is wrong with it. Or no such function. */
	const char *(*accepts)(uint64_t features);
};

struct sim_vdev {
	struct sim_vdev_config config;
	const struct vkind *kind;
	void *own; /* the kind's */
	struct sim_pci *fn;
	struct sim_device *dma;
	/* registers */
	uint32_t offered_select, accepted_select;
	uint64_t accepted;
	uint8_t status, generation;
	bool reset_unseen;
	uint16_t select;
	struct vqueue queue[VQUEUES];
	uint8_t settings[64]; /* the device's configuration */
	unsigned answers;
	bool lied, gone;
	bool given_up; /* the driver said FAILED: 3.1.1 */
};

/* vdev.c */
struct sim_vdev *vdev_add(const struct sim_vdev_config *config, const struct vkind *kind, uint64_t features, void *own);

/* vdev_report.c */
void vdev_violation(const struct sim_vdev *dev, const char *section, const char *what, uint64_t value);

/* vdev_registers.c */
void vdev_reset(struct sim_vdev *dev);
uint64_t vdev_register_read(void *ctx, uint64_t offset, unsigned nbytes);
void vdev_register_write(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes);
void vdev_configuration_space(struct sim_vdev *dev);

/* vdev_queue.c */
bool vdev_take(struct sim_vdev *dev, unsigned queue, struct vchain *chain); /* false: none is there */
/* Answers: false if the lie was to be silent. */
void vdev_give(struct sim_vdev *dev, unsigned queue, const struct vchain *chain, uint32_t nbytes);
/* Bytes of the part that the device reads, or writes, from an offset on. False: memory could not be reached. */
bool vdev_chain_read(struct sim_vdev *dev, const struct vchain *chain, uint32_t offset, void *bytes, size_t n);
bool vdev_chain_write(struct sim_vdev *dev, const struct vchain *chain, uint32_t offset, const void *bytes, size_t n);
bool vdev_lies_now(const struct sim_vdev *dev, enum sim_vdev_lie lie); /* at the answer that comes next */

#endif
