/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The parts of the fake among themselves: fake_vfio.c has files and devices, fake_vfio_calls.c what ioctl() does,
 * fake_vfio_maps.c what it maps.
 */
#ifndef TESTS_LINUX_FAKE_VFIO_OWN_H
#define TESTS_LINUX_FAKE_VFIO_OWN_H

#include "fake_vfio.h"
#include <pthread.h>

enum {
	FAKE_FILES = 1024,
	FAKE_GROUPS = 8,
	FAKE_DEVICES = 40,
	FAKE_MAPS = 4096,
	FAKE_MESSAGES = 8,
	FAKE_CONFIG = 1 << 20, /* where the configuration space lies in a device's file */
	FAKE_BAR = 1 << 14     /* bytes of BAR 0, which lies at 0 */
};
enum fake_kind { FAKE_NO_FILE, FAKE_CONTAINER, FAKE_GROUP, FAKE_DEVICE, FAKE_IOMMUFD };

struct fake_group {
	bool there, open;
	unsigned number;
	unsigned space; /* of its container; 0: none */
};
struct fake_device {
	char name[16];
	unsigned group;
	unsigned space; /* that its DMA goes through; 0: none */
	unsigned opens;
	int memory; /* registers and configuration space */
	int request, messages[FAKE_MESSAGES];
	unsigned enabled; /* messages */
};
struct fake_file {
	enum fake_kind kind;
	unsigned space; /* of a container or an iommufd */
	bool set;	/* the container has its type; the iommufd its address space */
	bool bound;	/* the device is in use by this file */
	struct fake_group *group;
	struct fake_device *device;
};
struct fake_map {
	unsigned space;
	uint64_t iova, va, nbytes; /* nbytes 0: free */
	bool read, write;
};
extern struct fake_file fake_files[FAKE_FILES];
extern struct fake_group fake_groups[FAKE_GROUPS];
extern struct fake_device fake_devices[FAKE_DEVICES];
extern struct fake_map fake_maps[FAKE_MAPS];

void fake_broken(const char *what);
/* The file is one of that kind from now on; gives fd, or -1. */
int fake_adopt(int fd, struct fake_file file);
struct fake_group *fake_group_of(unsigned number);
/* fake_vfio_maps.c */
extern const uint64_t fake_iovas[2][2];				 /* first and last address of each range */
int fake_no(int error);						 /* errno, and -1 */
int fake_map_in(unsigned space, struct fake_map new);		 /* as ioctl() */
int fake_unmap(unsigned space, uint64_t iova, uint64_t *nbytes); /* as ioctl(); how many bytes it was */
/* fake_vfio_calls.c. As ioctl(). */
int fake_request(struct fake_file *file, unsigned long request, void *argument);

#endif
