/* SPDX-License-Identifier: MPL-2.0 */
/* See fake_vfio.h. */
#include "fake_vfio.h"
#include "fake_vfio_own.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct fake_vfio fake_vfio;
struct fake_file fake_files[FAKE_FILES];
struct fake_group fake_groups[FAKE_GROUPS];
struct fake_device fake_devices[FAKE_DEVICES];
struct fake_map fake_maps[FAKE_MAPS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char root[128];
static unsigned next_space;

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);

void fake_broken(const char *what)
{
	fake_vfio.broken = fake_vfio.broken ? fake_vfio.broken : what;
}

/* ---- Files of the test's own ---- */

static void make(const char *link, const char *form, ...)
{
	char path[PATH_MAX];
	size_t n = (size_t)snprintf(path, sizeof(path), "%s/", root);
	va_list arguments;
	bool folder;

	va_start(arguments, form);
	(void)vsnprintf(path + n, sizeof(path) - n, form, arguments);
	va_end(arguments);
	folder = path[strlen(path) - 1] == '/';
	for (char *slash = strchr(path + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
	if (link)
		(void)!symlink(link, path);
	else if (!folder)
		(void)__real_close(__real_open(path, O_CREAT | O_RDWR, 0600));
}

int fake_vfio_start(const char *where)
{
	char command[PATH_MAX];

	(void)snprintf(root, sizeof(root), "%s", where);
	(void)snprintf(command, sizeof(command), "rm -rf %s/*", root);
	for (unsigned i = 0; i < FAKE_DEVICES; i++)
		if (fake_devices[i].name[0])
			(void)__real_close(fake_devices[i].memory);
	memset(fake_devices, 0, sizeof(fake_devices));
	memset(fake_groups, 0, sizeof(fake_groups));
	memset(fake_files, 0, sizeof(fake_files));
	memset(fake_maps, 0, sizeof(fake_maps));
	fake_vfio = (struct fake_vfio){.entries = 65535, .memlock = UINT64_MAX};
	if (system(command))
		return -1;
	make(NULL, "sys/module/vfio_pci/");
	make(NULL, "sys/module/iommufd/parameters/allow_unsafe_interrupts");
	make(NULL, "proc/mounts");
	make(NULL, "dev/vfio/vfio");
	make(NULL, "dev/iommu");
	return 0;
}

void fake_vfio_sibling(const char *name, unsigned group, const char *driver)
{
	char link[64];

	(void)snprintf(link, sizeof(link), "../../../../kernel/iommu_groups/%u", group);
	make(link, "sys/bus/pci/devices/%s/iommu_group", name);
	(void)snprintf(link, sizeof(link), "../../bus/pci/drivers/%s", driver);
	make(link, "sys/bus/pci/devices/%s/driver", name);
	make(NULL, "sys/kernel/iommu_groups/%u/devices/%s", group, name);
}

void fake_vfio_parameter(const char *module, const char *name, const char *value)
{
	char path[PATH_MAX];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/sys/module/%s/parameters/%s", root, module, name);
	f = fopen(path, "w");
	if (!f || fputs(value, f) < 0 || fclose(f))
		fake_broken("the test has no file for a parameter");
}

void fake_vfio_device(const char *name, unsigned group)
{
	const uint32_t identity = 0x00101b36;
	unsigned i = 0;

	while (fake_devices[i].name[0])
		i++;
	fake_vfio_sibling(name, group, "vfio-pci");
	make(NULL, "sys/bus/pci/devices/%s/vfio-dev/vfio%u/", name, i);
	make(NULL, "dev/vfio/%u", group);
	if (fake_vfio.iommufd)
		make(NULL, "dev/vfio/devices/vfio%u", i);
	(void)snprintf(fake_devices[i].name, sizeof(fake_devices[i].name), "%s", name);
	fake_devices[i].group = group;
	fake_devices[i].memory = memfd_create("device", MFD_CLOEXEC);
	fake_devices[i].request = -1;
	for (unsigned n = 0; n < FAKE_MESSAGES; n++)
		fake_devices[i].messages[n] = -1;
	if (ftruncate(fake_devices[i].memory, FAKE_CONFIG + 4096) ||
	    pwrite(fake_devices[i].memory, &identity, sizeof(identity), FAKE_CONFIG) != sizeof(identity))
		fake_broken("the test has no memory for a device");
}

/* ---- DMA, and what a device is asked ---- */

static struct fake_device *named(const char *name)
{
	for (unsigned i = 0; i < FAKE_DEVICES; i++)
		if (strcmp(fake_devices[i].name, name) == 0)
			return &fake_devices[i];
	return NULL;
}

static unsigned char *reach(unsigned space, uint64_t iova, size_t n, bool writes)
{
	for (unsigned i = 0; i < FAKE_MAPS; i++) {
		const struct fake_map *m = &fake_maps[i];

		if (m->nbytes && m->space == space && iova - m->iova < m->nbytes && n <= m->nbytes - (iova - m->iova) &&
		    (writes ? m->write : m->read))
			return (unsigned char *)(uintptr_t)(m->va +
							    (iova - m->iova)); /* NOLINT(performance-no-int-to-ptr) */
	}
	return NULL;
}

bool fake_vfio_is_master(const char *name)
{
	uint16_t command = 0;

	return pread(named(name)->memory, &command, sizeof(command), FAKE_CONFIG + 4) == sizeof(command) && command & 4;
}

bool fake_vfio_dma(const char *name, uint64_t iova, void *bytes, size_t n, bool writes)
{
	const struct fake_device *dev = named(name);
	unsigned char *at = NULL;

	(void)pthread_mutex_lock(&mutex);
	if (dev->opens && dev->space && fake_vfio_is_master(name))
		at = reach(dev->space, iova, n, writes);
	if (at && writes)
		memcpy(at, bytes, n);
	else if (at)
		memcpy(bytes, at, n);
	(void)pthread_mutex_unlock(&mutex);
	return at;
}

static void signal_file(int fd)
{
	const uint64_t one = 1;

	if (fd >= 0 && write(fd, &one, sizeof(one)) != sizeof(one))
		fake_broken("an interrupt goes to a file that is no eventfd");
}

void fake_vfio_request(const char *name)
{
	(void)pthread_mutex_lock(&mutex);
	signal_file(named(name)->request);
	(void)pthread_mutex_unlock(&mutex);
}

void fake_vfio_message(const char *name, unsigned message)
{
	(void)pthread_mutex_lock(&mutex);
	signal_file(named(name)->messages[message]);
	(void)pthread_mutex_unlock(&mutex);
}

unsigned fake_vfio_files(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FAKE_FILES; i++)
		n += fake_files[i].kind != FAKE_NO_FILE;
	return n;
}

/* ---- Opening and closing ---- */

struct fake_group *fake_group_of(unsigned number)
{
	for (unsigned i = 0; i < FAKE_GROUPS; i++) {
		if (!fake_groups[i].there)
			fake_groups[i] = (struct fake_group){.there = true, .number = number};
		if (fake_groups[i].number == number)
			return &fake_groups[i];
	}
	abort();
}

int fake_adopt(int fd, struct fake_file file)
{
	if (fd < 0)
		return fd;
	if (fd >= FAKE_FILES) {
		(void)__real_close(fd);
		errno = EMFILE;
		return -1;
	}
	if (file.kind == FAKE_CONTAINER || file.kind == FAKE_IOMMUFD)
		file.space = ++next_space;
	fake_files[fd] = file;
	return fd;
}

static int open_fake(const char *rest, int fd)
{
	unsigned number;
	char end;

	if (strcmp(rest, "vfio/vfio") == 0)
		return fake_adopt(fd, (struct fake_file){.kind = FAKE_CONTAINER});
	if (strcmp(rest, "iommu") == 0)
		return fake_adopt(fd, (struct fake_file){.kind = FAKE_IOMMUFD});
	if (sscanf(rest, "vfio/devices/vfio%u%c", &number, &end) == 1) { /* NOLINT(cert-err34-c) */
		if (fake_vfio.forbidden && strcmp(fake_vfio.forbidden, fake_devices[number].name) == 0) {
			(void)__real_close(fd);
			errno = EACCES;
			return -1;
		}
		return fake_adopt(dup3(fake_devices[number].memory, fd, O_CLOEXEC),
				  (struct fake_file){.kind = FAKE_DEVICE, .device = &fake_devices[number]});
	}
	if (sscanf(rest, "vfio/%u%c", &number, &end) != 1) /* NOLINT(cert-err34-c) */
		return fd;
	if (fake_group_of(number)->open) { /* a group has one user */
		(void)__real_close(fd);
		errno = EBUSY;
		return -1;
	}
	fd = fake_adopt(fd, (struct fake_file){.kind = FAKE_GROUP, .group = fake_group_of(number)});
	fake_group_of(number)->open = fd >= 0;
	return fd;
}

int __wrap_open(const char *path, int flags, ...)
{
	size_t n = strlen(root);
	int fd = __real_open(path, flags, 0600);

	if (fd < 0 || !n || strncmp(path, root, n) != 0 || strncmp(path + n, "/dev/", 5) != 0)
		return fd;
	(void)pthread_mutex_lock(&mutex);
	if (!(flags & O_CLOEXEC))
		fake_broken("a file is there for programs that are executed, too");
	fd = open_fake(path + n + 5, fd);
	(void)pthread_mutex_unlock(&mutex);
	return fd;
}

static void end_space(unsigned space)
{
	for (unsigned i = 0; i < FAKE_MAPS; i++) {
		if (!fake_maps[i].nbytes || fake_maps[i].space != space)
			continue;
		fake_vfio.pinned -= fake_maps[i].nbytes;
		fake_maps[i] = (struct fake_map){0};
	}
}

static void close_fake(int fd)
{
	struct fake_file *file = &fake_files[fd];

	if (file->kind == FAKE_DEVICE && file->bound) {
		file->device->opens--;
		file->device->space = 0;
		if (fake_vfio_is_master(file->device->name))
			fake_broken("a device is closed that is a bus master");
	}
	if (file->kind == FAKE_GROUP) {
		for (unsigned i = 0; i < FAKE_DEVICES; i++)
			if (fake_devices[i].opens && fake_devices[i].group == file->group->number)
				fake_broken("a group is closed before its devices");
		file->group->open = false;
		file->group->space = 0;
	}
	if (file->kind == FAKE_CONTAINER || file->kind == FAKE_IOMMUFD)
		end_space(file->space);
	for (unsigned i = 0; i < FAKE_DEVICES; i++) {
		if (fake_devices[i].request == fd)
			fake_devices[i].request = -1;
		for (unsigned n = 0; n < FAKE_MESSAGES; n++)
			if (fake_devices[i].messages[n] == fd)
				fake_devices[i].messages[n] = -1;
	}
	*file = (struct fake_file){.kind = FAKE_NO_FILE};
}

int __wrap_close(int fd)
{
	int error;

	(void)pthread_mutex_lock(&mutex);
	if (fd >= 0 && fd < FAKE_FILES)
		close_fake(fd);
	error = __real_close(fd);
	(void)pthread_mutex_unlock(&mutex);
	return error;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	int result;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (fd >= 0 && (fd >= FAKE_FILES || __atomic_load_n(&fake_files[fd].kind, __ATOMIC_RELAXED) == FAKE_NO_FILE))
		return __real_ioctl(fd, request, argument);
	(void)pthread_mutex_lock(&mutex);
	fake_vfio.ioctls++;
	if (fd < 0) {
		errno = EBADF;
		result = -1;
	} else if (fake_vfio.fail_at && --fake_vfio.fail_at == 0) {
		errno = fake_vfio.fail_errno;
		result = -1;
	} else {
		result = fake_request(&fake_files[fd], request, argument);
	}
	(void)pthread_mutex_unlock(&mutex);
	return result;
}
