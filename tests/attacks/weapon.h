/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A device that goes where it is told, mapped or not: QEMU's edu, which moves any bytes (weapon_edu.c), or an NVMe
 * disk, whose commands get PRPs that are written by hand (weapon_nvme.c), on a machine that has no edu.
 */
#ifndef TESTS_WEAPON_H
#define TESTS_WEAPON_H

#include <dmastream/device.h>

struct weapon {
	struct dma_device *dma; /* map streams for it */
	unsigned index;
};

/* 0, or an error of its driver. */
int weapon_open(struct weapon *weapon, unsigned index);
int weapon_close(struct weapon *weapon);

/* The device reads nbytes at daddr into its buffer of 4 KiB at `at`, a multiple of 512; or writes them from there. A
 * disk moves whole blocks of 512 bytes, from the dword on that daddr lies in. Returns when the device is done, blocked
 * or not. */
int weapon_fetch(struct weapon *weapon, dma_daddr_t daddr, size_t at, size_t nbytes);
int weapon_store(struct weapon *weapon, dma_daddr_t daddr, size_t at, size_t nbytes);

#endif
