/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Address spaces by container and group (Documentation/driver-api/vfio.rst): one container for each group, type 1
 * version 2, whose unmap takes ranges as they were mapped, or several of them whole.
 */
#include "vfio_own.h"
#include <dmastream/errors.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

static int type1_map(struct vfio_space *space, uint64_t iova, void *va, uint64_t nbytes, unsigned dir)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = (dir & DMA_TO_DEVICE ? VFIO_DMA_MAP_FLAG_READ : 0u) |
			 (dir & DMA_FROM_DEVICE ? VFIO_DMA_MAP_FLAG_WRITE : 0u),
		.vaddr = (uintptr_t)va,
		.iova = iova,
		.size = nbytes,
	};

	return ioctl(space->fd, VFIO_IOMMU_MAP_DMA, &map);
}

static int type1_unmap(struct vfio_space *space, uint64_t iova, uint64_t nbytes)
{
	struct vfio_iommu_type1_dma_unmap unmap = {.argsz = sizeof(unmap), .iova = iova, .size = nbytes};

	return ioctl(space->fd, VFIO_IOMMU_UNMAP_DMA, &unmap) || unmap.size != nbytes ? -1 : 0;
}

void dma_vfio_container_close(struct vfio_space *space)
{
	if (space->group_fd >= 0)
		(void)close(space->group_fd);
	if (space->fd >= 0)
		(void)close(space->fd);
	space->group_fd = space->fd = -1;
}

static const struct vfio_space_ops type1 = {
	.name = "VFIO type 1", .map = type1_map, .unmap = type1_unmap, .close = dma_vfio_container_close};

static int open_container(struct vfio_space *space, unsigned long type, struct dma_linux_why *why)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/vfio/vfio", dma_vfio_paths.dev);
	space->fd = open(path, O_RDWR | O_CLOEXEC);
	if (space->fd < 0 && errno != ENOENT && errno != ENODEV)
		return dma_vfio_cannot_open(path, space->name, why);
	if (space->fd < 0)
		return dma_linux_fail(why, DMA_ENOTSUP, "%s cannot be opened (%s): `modprobe vfio-pci` as root", path,
				      strerror(errno));
	if (ioctl(space->fd, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
		return dma_linux_fail(why, DMA_ENOTSUP, "%s speaks another version of VFIO than this program", path);
	if (type == VFIO_TYPE1v2_IOMMU && ioctl(space->fd, VFIO_CHECK_EXTENSION, type) <= 0)
		return dma_linux_fail(why, DMA_ENOTSUP,
				      "the kernel's VFIO has no type 1 IOMMU: `modprobe vfio_iommu_type1` as root");
	return 0;
}

static int open_group(struct vfio_space *space, const char *prefix, struct dma_linux_why *why)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/vfio/%s%d", dma_vfio_paths.dev, prefix, space->place.group);
	space->group_fd = open(path, O_RDWR | O_CLOEXEC);
	if (space->group_fd < 0 && (errno == EACCES || errno == EPERM) && space->place.no_iommu)
		return dma_linux_fail(why, DMA_EACCES,
				      "no permission to open %s: a device without an IOMMU is for root alone "
				      "(CAP_SYS_RAWIO)",
				      path);
	if (space->group_fd < 0)
		return dma_vfio_cannot_open(path, space->name, why);
	if (ioctl(space->group_fd, VFIO_GROUP_GET_STATUS, &status))
		return dma_linux_fail(why, DMA_EIO, "%s: its status cannot be read: %s", path, strerror(errno));
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return dma_vfio_not_viable(space->place.group, space->name, why);
	return 0;
}

static int set_iommu(struct vfio_space *space, unsigned long type, struct dma_linux_why *why)
{
	if (ioctl(space->group_fd, VFIO_GROUP_SET_CONTAINER, &space->fd))
		return dma_linux_fail(why, errno == EBUSY ? DMA_EBUSY : DMA_EIO,
				      "%s: its IOMMU group cannot be used: %s", space->name, strerror(errno));
	if (ioctl(space->fd, VFIO_SET_IOMMU, type) == 0)
		return 0;
	if (errno == EPERM)
		return dma_linux_fail(why, DMA_ENOTSUP,
				      "%s: this machine does not remap interrupts, so the device could send any, and "
				      "the kernel refuses it; if you trust the device: `echo 1 > "
				      "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts` as root",
				      space->name);
	return dma_linux_fail(why, DMA_EIO, "%s: the kernel cannot set its IOMMU up: %s", space->name, strerror(errno));
}

/* The capability of that number in the answer. */
static const struct vfio_info_cap_header *capability(const struct vfio_iommu_type1_info *info, unsigned id)
{
	uint32_t at = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0;

	while (at && at <= info->argsz - sizeof(struct vfio_info_cap_header)) {
		const struct vfio_info_cap_header *header = (const void *)((const char *)info + at);

		if (header->id == id)
			return header;
		at = header->next > at ? header->next : 0;
	}
	return NULL;
}

static void note_ranges(struct vfio_space *space, const struct vfio_iommu_type1_info *info)
{
	const struct vfio_info_cap_header *header = capability(info, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
	const struct vfio_iommu_type1_info_cap_iova_range *list = (const void *)header;
	size_t room = list ? info->argsz - (size_t)((const char *)list->iova_ranges - (const char *)info) : 0;

	if (!list || !list->nr_iovas)
		return;
	space->nranges = 0;
	for (uint32_t i = 0; i < list->nr_iovas && i < room / sizeof(list->iova_ranges[0]) && i < VFIO_RANGES; i++)
		space->ranges[space->nranges++] =
			(struct vfio_range){list->iova_ranges[i].start, list->iova_ranges[i].end};
}

/* The whole answer, for free(); it may be longer than the kernel said a moment ago, if the group has changed. NULL:
 * there is none. */
static struct vfio_iommu_type1_info *ask(const struct vfio_space *space)
{
	struct vfio_iommu_type1_info *info = NULL;
	uint32_t size = sizeof(*info);

	for (unsigned tries = 0; tries < 8; tries++) {
		free(info);
		info = calloc(1, size);
		if (!info)
			break;
		info->argsz = size;
		if (ioctl(space->fd, VFIO_IOMMU_GET_INFO, info))
			break;
		if (info->argsz <= size)
			return info;
		size = info->argsz;
	}
	free(info);
	return NULL;
}

static int learn(struct vfio_space *space, struct dma_linux_why *why)
{
	struct vfio_iommu_type1_info *info = ask(space);
	struct utsname kernel;

	if (!info)
		return dma_linux_fail(why, DMA_EIO, "%s: the kernel does not describe its IOMMU: %s", space->name,
				      strerror(errno));
	/* Before 5.4 the kernel says nothing: what every IOMMU has, without the window of interrupts. */
	space->ranges[0] = (struct vfio_range){0, 0xfedfffff};
	space->ranges[1] = (struct vfio_range){0xfef00000, ((uint64_t)1 << 39) - 1};
	space->nranges = 2;
	note_ranges(space, info);
	space->page_sizes = info->flags & VFIO_IOMMU_INFO_PGSIZES ? info->iova_pgsizes : DMA_PAGE_SIZE;
	free(info);
	if (!(space->page_sizes & (2 * DMA_PAGE_SIZE - 1)))
		return dma_linux_fail(why, DMA_ENOTSUP, "%s: its IOMMU has no pages of %u bytes", space->name,
				      (unsigned)DMA_PAGE_SIZE);
	/* On x86 every device snoops unless it asks not to, which it does not do before its driver lets it. Elsewhere
	 * the kernel says, and since 6.0 gives no process a device that does not snoop. */
	space->snoops = uname(&kernel) == 0 && strcmp(kernel.machine, "x86_64") == 0;
	if (!space->snoops)
		space->snoops = ioctl(space->fd, VFIO_CHECK_EXTENSION, VFIO_DMA_CC_IOMMU) > 0;
	return 0;
}

int dma_vfio_container_open(struct vfio_space *space, const char *prefix, unsigned long type, struct dma_linux_why *why)
{
	int error = open_container(space, type, why);

	if (!error)
		error = open_group(space, prefix, why);
	if (!error)
		error = set_iommu(space, type, why);
	return error;
}

int dma_vfio_type1_open(struct vfio_space *space, struct dma_linux_why *why)
{
	int error;

	space->ops = &type1;
	space->fd = space->group_fd = -1;
	error = dma_vfio_container_open(space, "", VFIO_TYPE1v2_IOMMU, why);
	if (!error)
		error = learn(space, why);
	if (error)
		dma_vfio_container_close(space);
	return error;
}

int dma_vfio_type1_device(struct vfio_space *space, const char *name, int *fd, struct dma_linux_why *why)
{
	*fd = ioctl(space->group_fd, VFIO_GROUP_GET_DEVICE_FD, name);
	if (*fd >= 0)
		return 0;
	return dma_vfio_cannot_open(name, name, why);
}
