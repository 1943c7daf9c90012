/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The kernel's VFIO and iommufd, for programs that are linked with --wrap=open,ioctl,close: containers, groups,
 * devices and their memory, as Documentation/driver-api/vfio.rst, userspace-api/iommufd.rst and linux/vfio.h
 * describe them. What those rule out is refused with the kernel's errno, and what no program should do is noted in
 * `broken`.
 *
 * A device does DMA (fake_vfio_dma()) as its bus mastering and its group's mappings allow. sysfs and /dev lie in a
 * folder of the test's own.
 */
#ifndef TESTS_LINUX_FAKE_VFIO_H
#define TESTS_LINUX_FAKE_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What VFIO_IOMMU_GET_INFO and IOMMU_IOAS_IOVA_RANGES answer. */
enum fake_answer {
	FAKE_RANGES_TOLD,   /* two ranges, the window of interrupts between them */
	FAKE_OLD_KERNEL,    /* no capabilities (before 5.4); iommufd always has ranges */
	FAKE_NO_RANGES,	    /* an empty list */
	FAKE_GROWING,	    /* the second answer is longer than the first one said */
	FAKE_ODD_CAPABILITY /* a list that ends before its last range */
};

struct fake_vfio {
	/* How the kernel is: set after fake_vfio_start(). */
	bool iommufd; /* it has /dev/iommu and device files */
	bool other_version, no_type1, unsafe_interrupts, not_viable, no_eventfds, old_irqs;
	const char *forbidden; /* whose device file cannot be opened: EACCES */
	enum fake_answer answer;
	unsigned entries; /* dma_entry_limit: mappings of a container */
	uint64_t memlock; /* bytes that can be pinned, for all containers */
	unsigned fail_at; /* the n-th ioctl from now on fails ... */
	int fail_errno;	  /* ... with that */
	/* What happened. */
	unsigned ioctls, maps, unmaps;
	uint64_t pinned;    /* bytes */
	const char *broken; /* NULL, or what the program did wrong */
};
extern struct fake_vfio fake_vfio;

/* A fresh kernel without devices, its files below `root`, which exists. 0, -1. */
int fake_vfio_start(const char *root);
/* A PCI device with vfio-pci, in that IOMMU group; one of the group that another driver has. */
void fake_vfio_device(const char *name, unsigned group);
void fake_vfio_sibling(const char *name, unsigned group, const char *driver);
/* What /sys says of a parameter of that module. */
void fake_vfio_parameter(const char *module, const char *name, const char *value);
/* DMA of the device: n bytes at `iova`. False: it is blocked, and nothing is transferred. */
bool fake_vfio_dma(const char *name, uint64_t iova, void *bytes, size_t n, bool writes);
/* Its bus mastering is on. */
bool fake_vfio_is_master(const char *name);
/* Its owner asks for it; it sends the message. */
void fake_vfio_request(const char *name);
void fake_vfio_message(const char *name, unsigned message);
/* Files of VFIO and iommufd that the process has open. */
unsigned fake_vfio_files(void);

#endif
