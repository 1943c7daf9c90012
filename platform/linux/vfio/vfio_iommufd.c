/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Address spaces by iommufd (Documentation/userspace-api/iommufd.rst): one I/O address space for each group, and the
 * device's own file below /dev/vfio/devices.
 */
#include "iommufd_abi.h"
#include "vfio_own.h"
#include <dirent.h>
#include <dmastream/errors.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int iommufd_map(struct vfio_space *space, uint64_t iova, void *va, uint64_t nbytes, unsigned dir)
{
	struct abi_map map = {
		.size = sizeof(map),
		.flags = ABI_MAP_FIXED | (dir & DMA_TO_DEVICE ? ABI_MAP_READ : 0u) |
			 (dir & DMA_FROM_DEVICE ? ABI_MAP_WRITE : 0u),
		.ioas = space->ioas,
		.va = (uintptr_t)va,
		.nbytes = nbytes,
		.iova = iova,
	};

	return ioctl(space->fd, ABI_MAP, &map);
}

static int iommufd_unmap(struct vfio_space *space, uint64_t iova, uint64_t nbytes)
{
	struct abi_unmap unmap = {.size = sizeof(unmap), .ioas = space->ioas, .iova = iova, .nbytes = nbytes};

	return ioctl(space->fd, ABI_UNMAP, &unmap) || unmap.nbytes != nbytes ? -1 : 0;
}

static void iommufd_close(struct vfio_space *space)
{
	if (space->fd >= 0)
		(void)close(space->fd);
	space->fd = -1;
}

static const struct vfio_space_ops iommufd = {
	.name = "iommufd", .map = iommufd_map, .unmap = iommufd_unmap, .close = iommufd_close};

/* The device's file: the name of the only entry of its vfio-dev folder. False: errno says why. */
static bool device_file(const char *name, char *path, size_t size)
{
	char folder[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *d;

	dma_vfio_sys_path(folder, sizeof(folder), name, "vfio-dev");
	d = opendir(folder);
	errno = d ? ENOENT : errno;
	while (d && !found && (entry = readdir(d))) {
		found = strncmp(entry->d_name, "vfio", 4) == 0;
		if (found)
			(void)snprintf(path, size, "%s/vfio/devices/%.60s", dma_vfio_paths.dev, entry->d_name);
	}
	if (d)
		(void)closedir(d);
	return found;
}

bool dma_vfio_iommufd_there(const char *name)
{
	char path[PATH_MAX];

	if (!device_file(name, path, sizeof(path)) || access(path, F_OK) != 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/iommu", dma_vfio_paths.dev);
	return access(path, F_OK) == 0;
}

int dma_vfio_iommufd_open(struct vfio_space *space, struct dma_linux_why *why)
{
	struct abi_ioas_alloc alloc = {.size = sizeof(alloc)};
	char path[PATH_MAX];

	space->ops = &iommufd;
	space->group_fd = -1;
	(void)snprintf(path, sizeof(path), "%s/iommu", dma_vfio_paths.dev);
	space->fd = open(path, O_RDWR | O_CLOEXEC);
	if (space->fd < 0)
		return dma_vfio_cannot_open(path, space->name, why);
	if (ioctl(space->fd, ABI_IOAS_ALLOC, &alloc)) {
		int error = dma_linux_fail(why, DMA_EIO, "%s makes no address space: %s", path, strerror(errno));

		iommufd_close(space);
		return error;
	}
	space->ioas = alloc.ioas;
	space->page_sizes = DMA_PAGE_SIZE;
	space->snoops = true; /* the kernel binds no device that does not */
	return 0;
}

static int learn(struct vfio_space *space, const char *name, struct dma_linux_why *why)
{
	struct abi_iova_range list[VFIO_RANGES];
	struct abi_iova_ranges ask = {
		.size = sizeof(ask), .ioas = space->ioas, .count = VFIO_RANGES, .ranges = (uintptr_t)list};

	if (ioctl(space->fd, ABI_IOVA_RANGES, &ask) && errno != EMSGSIZE)
		return dma_linux_fail(why, DMA_EIO, "%s: the kernel does not say which addresses it has: %s", name,
				      strerror(errno));
	if (ask.alignment > DMA_PAGE_SIZE)
		return dma_linux_fail(why, DMA_ENOTSUP, "%s: its IOMMU has no pages of %u bytes", name,
				      (unsigned)DMA_PAGE_SIZE);
	if (ask.count == 0)
		return dma_linux_fail(why, DMA_ENOSPC, "%s: its IOMMU has no addresses", name);
	space->nranges = ask.count < VFIO_RANGES ? ask.count : VFIO_RANGES;
	for (unsigned i = 0; i < space->nranges; i++)
		space->ranges[i] = (struct vfio_range){list[i].first, list[i].last};
	return 0;
}

/* ---- Why a device is refused ---- */

enum holder { NOBODY, ANOTHER_PROCESS, NOT_TO_BE_SEEN };

/* Who has that device, which this process has not. A device that somebody has cannot be bound (EINVAL; EBUSY: its group
 * is in use), before the kernel looks at anything else. */
static enum holder holder_of(const struct vfio_space *space, const char *name, char *path, size_t size)
{
	struct abi_bind bind = {.size = sizeof(bind), .iommufd = space->fd};
	int fd, error;

	if (!device_file(name, path, size))
		return NOBODY;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NOT_TO_BE_SEEN;
	error = ioctl(fd, ABI_DEVICE_BIND, &bind) ? errno : 0;
	(void)close(fd);
	return error == EINVAL || error == EBUSY ? ANOTHER_PROCESS : NOBODY;
}

static bool interrupts_do_not_matter(void)
{
	char path[PATH_MAX], value = 'N';
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/module/iommufd/parameters/allow_unsafe_interrupts", dma_vfio_paths.sys);
	f = fopen(path, "r");
	if (f && fread(&value, 1, 1, f) != 1)
		value = 'N';
	if (f)
		(void)fclose(f);
	return value == 'Y';
}

/* EPERM has two reasons: another process has a device of the group, or interrupts are not remapped. */
static int not_permitted(const struct vfio_space *space, const char *name, struct dma_linux_why *why)
{
	char path[PATH_MAX], other[VFIO_NAME], unseen[VFIO_NAME] = "";

	for (unsigned i = 0; dma_vfio_group_device(space->place.group, i, other); i++) {
		enum holder holder = strcmp(other, name) == 0 ? NOBODY : holder_of(space, other, path, sizeof(path));

		if (holder == ANOTHER_PROCESS)
			return dma_linux_fail(why, DMA_EBUSY,
					      "another process has %s, which the IOMMU cannot tell from %s: end it "
					      "(`fuser %s` names it)",
					      other, name, path);
		if (holder == NOT_TO_BE_SEEN)
			memcpy(unseen, other, sizeof(unseen));
	}
	if (unseen[0] && interrupts_do_not_matter())
		return dma_linux_fail(
			why, DMA_EBUSY,
			"another process has a device that the IOMMU cannot tell from %s, such as %s: end "
			"it (as root, `fuser /dev/vfio/devices/*` names it)",
			name, unseen);
	if (unseen[0])
		return dma_linux_fail(why, DMA_EBUSY,
				      "the kernel refuses %s: another process has a device that the IOMMU cannot tell "
				      "from it, such as %s (as root, `fuser /dev/vfio/devices/*` names it; end it), or "
				      "this machine does not remap interrupts (`dmesg | grep -i remap`)",
				      name, unseen);
	return dma_linux_fail(
		why, DMA_ENOTSUP,
		"%s: this machine does not remap interrupts, so the device could send any, and the kernel "
		"refuses it; if you trust the device: `echo 1 > "
		"/sys/module/iommufd/parameters/allow_unsafe_interrupts` as root",
		name);
}

/* The kernel has EPERM for a group that other drivers have, too. */
static int cannot_bind(const struct vfio_space *space, const char *name, const char *path, struct dma_linux_why *why)
{
	int error = errno;

	if ((error == EPERM || error == EBUSY || error == EINVAL) && dma_vfio_group_is_shared(space->place.group))
		return dma_vfio_not_viable(space->place.group, name, why);
	if (error == EPERM)
		return not_permitted(space, name, why);
	if (error == EBUSY || error == EINVAL) {
		errno = EBUSY;
		return dma_vfio_cannot_open(path, name, why);
	}
	return dma_linux_fail(why, DMA_EIO, "%s cannot be put into an address space: %s", name, strerror(error));
}

int dma_vfio_iommufd_device(struct vfio_space *space, const char *name, int *fd, struct dma_linux_why *why)
{
	struct abi_bind bind = {.size = sizeof(bind), .iommufd = space->fd};
	struct abi_attach attach = {.size = sizeof(attach), .ioas = space->ioas};
	char path[PATH_MAX] = "";
	int error;

	if (!device_file(name, path, sizeof(path)))
		return errno == ENOENT ? dma_linux_fail(why, DMA_ENODEV, "%s has no file below %s/vfio/devices", name,
							dma_vfio_paths.dev)
				       : dma_vfio_cannot_open("its folder below /sys", name, why);
	*fd = open(path, O_RDWR | O_CLOEXEC);
	if (*fd < 0)
		return dma_vfio_cannot_open(path, name, why);
	if (ioctl(*fd, ABI_DEVICE_BIND, &bind) || ioctl(*fd, ABI_DEVICE_ATTACH, &attach)) {
		error = cannot_bind(space, name, path, why);
	} else {
		error = learn(space, name, why);
	}
	if (error) {
		(void)close(*fd);
		*fd = -1;
	}
	return error;
}
