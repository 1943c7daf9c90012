/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices behind VFIO, among the parts of this folder:
 *
 *   dma_vfio_find.c     a device's place in sysfs, and what keeps it from being opened
 *   vfio_type1.c    address spaces by container and group
 *   vfio_noiommu.c  devices without an IOMMU, where that is asked for
 *   vfio_iommufd.c  address spaces by iommufd and device file
 *   vfio_space.c    an address space of either kind: its life, its domain
 *   vfio_window.c   its window on the arena
 *   vfio_device.c   opening and closing, reset
 *   vfio_bars.c     registers
 *   vfio_irq.c      interrupts
 *   vfio_keep.c     memory outside the arena that is watched
 */
#ifndef PLATFORM_LINUX_VFIO_OWN_H
#define PLATFORM_LINUX_VFIO_OWN_H

#include "../linux_host.h"
#include <dmastream/ranges.h>
#include <linux/vfio.h>

#define VFIO_NAME 16 /* "0000:01:00.0" */

/* ---- Address spaces ---- */

struct vfio_space;

struct vfio_range {
	uint64_t first, last;
};

enum { VFIO_RANGES = 32, VFIO_MESSAGES = 64, VFIO_DEVICES = 32 };

/* What container and iommufd do differently. */
struct vfio_space_ops {
	const char *name;
	int (*map)(struct vfio_space *space, uint64_t iova, void *va, uint64_t nbytes, unsigned dir);
	int (*unmap)(struct vfio_space *space, uint64_t iova, uint64_t nbytes);
	void (*close)(struct vfio_space *space);
};

/* Where a device is: its IOMMU group, or the one that the kernel makes for a device without an IOMMU. */
struct vfio_place {
	int group;
	bool no_iommu;
};

/* One for each IOMMU group: its devices cannot be told apart. */
struct vfio_space {
	struct dma_linux_arena_user user; /* first: it maps the arena as it grows */
	const struct vfio_space_ops *ops;
	struct vfio_space *next;
	struct vfio_place place;
	int fd;	       /* container, or iommufd */
	int group_fd;  /* -1: iommufd */
	uint32_t ioas; /* of the iommufd */
	unsigned opens;
	struct vfio_range ranges[VFIO_RANGES]; /* device addresses that there are */
	unsigned nranges;
	uint64_t page_sizes; /* that the IOMMU maps, a bit each */
	bool snoops;
	struct dma_window window; /* size 0: none yet */
	bool joined;
	struct dma_domain *domain; /* NULL: none yet */
	int short_of;		   /* the error that a map failed with last, and that was told; 0: none */
	unsigned attached;
	char name[VFIO_NAME]; /* of the device that was opened first, for messages */
};

/* Maps and counts; errno says why not. 0 or -1. */
int dma_vfio_map(struct vfio_space *space, uint64_t iova, void *va, uint64_t nbytes, unsigned dir);
int dma_vfio_unmap(struct vfio_space *space, uint64_t iova, uint64_t nbytes);

/* vfio_window.c. The same, and where pinned memory or mappings run out, what is kept goes for it. */
int dma_vfio_map_or_trim(struct vfio_space *space, uint64_t iova, void *va, uint64_t nbytes, unsigned dir);
/* Why that failed, by errno: gives the error. */
int dma_vfio_cannot_pin(const struct vfio_space *space, uint64_t nbytes, struct dma_linux_why *why);
/* The arena is mapped there no longer. */
void dma_vfio_space_no_window(struct vfio_space *space);

/* vfio_type1.c, vfio_iommufd.c. Fill a fresh space; where that fails, it is closed again. */
DMA_MUST_CHECK int dma_vfio_type1_open(struct vfio_space *space, struct dma_linux_why *why);
/* Container and group file, "PREFIXn", set to that type of IOMMU. Where it fails, the caller closes both. */
DMA_MUST_CHECK int dma_vfio_container_open(struct vfio_space *space, const char *prefix, unsigned long type,
					   struct dma_linux_why *why);
void dma_vfio_container_close(struct vfio_space *space);
DMA_MUST_CHECK int dma_vfio_noiommu_open(struct vfio_space *space, struct dma_linux_why *why);
DMA_MUST_CHECK int dma_vfio_type1_device(struct vfio_space *space, const char *name, int *fd,
					 struct dma_linux_why *why);
bool dma_vfio_iommufd_there(const char *name);
DMA_MUST_CHECK int dma_vfio_iommufd_open(struct vfio_space *space, struct dma_linux_why *why);
DMA_MUST_CHECK int dma_vfio_iommufd_device(struct vfio_space *space, const char *name, int *fd,
					   struct dma_linux_why *why);

/* vfio_space.c. The space of that group, made if it is not there yet. */
DMA_MUST_CHECK int dma_vfio_space_get(struct vfio_place place, const char *name, bool no_iommufd,
				      struct vfio_space **out, struct dma_linux_why *why);
void dma_vfio_space_put(struct vfio_space *space);
/* Chooses the window below that device address and maps the arena there, if it is not yet. */
DMA_MUST_CHECK int dma_vfio_space_window(struct vfio_space *space, uint64_t mask, struct dma_linux_why *why);
/* The domain of the space, made if it is not there yet: for devices that are trusted, or with nothing mapped but
 * streams. 0, DMA_ENOMEM. */
DMA_MUST_CHECK int dma_vfio_space_domain(struct vfio_space *space, uint64_t mask, bool trusted,
					 struct dma_linux_why *why);
/* Unmakes it. False: it still exists, since devices or streams need it, or an unmap failed. */
bool dma_vfio_space_no_domain(struct vfio_space *space);
/* Unmaps what any space keeps and does not use: whether there was some. */
bool dma_vfio_spaces_trim(void);
/* Calls forget for every domain. */
int dma_vfio_spaces_forget(dma_paddr_t paddr, uint64_t nbytes);
/* vfio_keep.c: whether the range is watched. */
bool dma_vfio_is_watched(const void *memory, uint64_t nbytes);
/* System calls that mapped or unmapped. */
uint64_t dma_vfio_calls(void);
uint64_t dma_vfio_kept_bytes(void);

/* Bus mastering off, for the device of the space with that requester, or for all of them (UINT32_MAX). 0, DMA_EIO. */
int dma_vfio_devices_quiet(const struct vfio_space *space, uint32_t requester);

/* ---- Finding ---- */

/* Where the system keeps what this folder reads; tests put other trees there. */
struct vfio_paths {
	const char *sys; /* "/sys" */
	const char *dev; /* "/dev" */
	const char *proc;
};
extern struct vfio_paths dma_vfio_paths;

/* Looks at the device and says whether it can be opened: where it is. 0 or an error, with *why. */
DMA_MUST_CHECK int dma_vfio_find(const char *name, const struct dma_linux_config *config, struct vfio_place *place,
				 struct dma_linux_why *why);
/* Why that file of the device cannot be opened, as errno has it. */
int dma_vfio_cannot_open(const char *path, const char *name, struct dma_linux_why *why);
/* The i-th device of the group; false: it has fewer. */
bool dma_vfio_group_device(int group, unsigned i, char name[VFIO_NAME]);
/* Whether other drivers have devices of the group; *why says which. */
bool dma_vfio_group_is_shared(int group);
int dma_vfio_not_viable(int group, const char *name, struct dma_linux_why *why);
/* Path below dma_vfio_paths.sys of something of that device. */
void dma_vfio_sys_path(char *path, size_t size, const char *name, const char *what);

/* ---- Devices ---- */

struct vfio_region {
	uint64_t offset, size;
	void *at; /* where it is mapped; NULL: it is not */
	bool mappable;
};

struct dma_linux_device {
	char name[VFIO_NAME];
	struct vfio_space *space;
	int fd;
	bool resets;
	bool removed;
	struct vfio_region regions[VFIO_PCI_NUM_REGIONS];
	unsigned messages; /* of MSI-X, that there are */
	bool dynamic;	   /* messages can be added while others are in use */
	struct vfio_handler *handlers[VFIO_MESSAGES];
	int fds[VFIO_MESSAGES];
	struct vfio_handler *request; /* the owner asks for the device */
};

/* vfio_bars.c. The device is being removed: no register is mapped from now on; those that are read as ones. */
void dma_vfio_bars_end(struct dma_linux_device *dev);
void dma_vfio_bars_gone(struct dma_linux_device *dev);
void dma_vfio_bars_unmap(struct dma_linux_device *dev);

/* vfio_irq.c. What is called when an eventfd counts. */
struct vfio_handler {
	int fd;
	void (*call)(void *context);
	void *context;
	struct vfio_handler *next_free;
};
DMA_MUST_CHECK int dma_vfio_handler_add(void (*call)(void *context), void *context, struct vfio_handler **out);
/* On return it has run for the last time, and its eventfd is closed. */
void dma_vfio_handler_remove(struct vfio_handler *handler);
/* Asks the kernel what the device's interrupts are. */
void dma_vfio_irq_learn(struct dma_linux_device *dev);
void dma_vfio_irq_end_all(struct dma_linux_device *dev);

#endif
