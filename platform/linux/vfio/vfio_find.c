/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What sysfs says of a device, before anything is opened: each reason why it cannot be had is one line that ends with
 * what to do.
 */
#include "vfio_own.h"
#include <ctype.h>
#include <dirent.h>
#include <dmastream/errors.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct vfio_paths dma_vfio_paths = {"/sys", "/dev", "/proc"};

#define UNSAFE "unsafe, without an IOMMU"

void dma_vfio_sys_path(char *path, size_t size, const char *name, const char *what)
{
	(void)snprintf(path, size, "%s/bus/pci/devices/%s%s%s", dma_vfio_paths.sys, name, what[0] ? "/" : "", what);
}

/* "0000:01:00.0" */
static bool is_name(const char *name)
{
	static const char form[] = "xxxx:xx:xx.x";
	size_t i = 0;

	for (; form[i]; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)name[i]) : name[i] != form[i])
			return false;
	return name[i] == '\0';
}

/* The last part of what a link in sysfs points to; "" if there is no link. */
static void link_of(const char *path, char *out, size_t size)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *last;

	out[0] = '\0';
	if (n <= 0)
		return;
	target[n] = '\0';
	last = strrchr(target, '/');
	(void)snprintf(out, size, "%.60s", last ? last + 1 : target);
}

/* Whether a name of dir begins with `prefix`: the first that does. */
static bool first_in(const char *dir, const char *prefix, char *out, size_t size)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	bool found = false;

	while (d && !found && (entry = readdir(d))) {
		found = strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
		if (found)
			(void)snprintf(out, size, "%.60s", entry->d_name);
	}
	if (d)
		(void)closedir(d);
	return found;
}

/* Where a disk of the kernel's NVMe driver is mounted: "" if nowhere. */
static void mounted_at(const char *name, char *disk, size_t disk_size, char *where, size_t where_size)
{
	char path[PATH_MAX], controller[64], line[1024], device[256], folder[256];
	FILE *mounts;

	where[0] = disk[0] = '\0';
	dma_vfio_sys_path(path, sizeof(path), name, "nvme");
	if (!first_in(path, "nvme", controller, sizeof(controller)))
		return;
	(void)snprintf(disk, disk_size, "/dev/%.40sn", controller);
	(void)snprintf(path, sizeof(path), "%s/mounts", dma_vfio_paths.proc);
	mounts = fopen(path, "r");
	while (mounts && fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%255s %255s", device, folder) == 2 && strncmp(device, disk, strlen(disk)) == 0)
			(void)snprintf(where, where_size, "%.200s", folder);
	if (mounts)
		(void)fclose(mounts);
}

static int other_driver(const char *name, const char *driver, struct dma_linux_why *why)
{
	char disk[64], where[256], how[200];

	(void)snprintf(how, sizeof(how), "tools/vfio-bind %s, as root", name);
	if (!driver[0])
		return dma_linux_fail(why, DMA_EBUSY, "%s has no driver: hand it to vfio-pci (%s)", name, how);
	mounted_at(name, disk, sizeof(disk), where, sizeof(where));
	if (where[0])
		return dma_linux_fail(why, DMA_EBUSY,
				      "%s is in use: %s… of the driver %s is mounted at %s; unmount it, then hand the "
				      "device to vfio-pci (%s)",
				      name, disk, driver, where, how);
	return dma_linux_fail(why, DMA_EBUSY,
			      "%s is in use by the driver %s: if nothing needs it, hand it to vfio-pci (%s)", name,
			      driver, how);
}

/* A variant driver of vfio-pci (mlx5-vfio-pci and so on) does as well. */
static bool is_vfio(const char *driver)
{
	size_t n = strlen(driver), m = strlen("vfio-pci");

	return n >= m && strcmp(driver + n - m, "vfio-pci") == 0;
}

static bool module_there(const char *module)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/module/%s", dma_vfio_paths.sys, module);
	return access(path, F_OK) == 0;
}

static bool is_asked_for(const struct dma_linux_config *config)
{
	return config && config->without_iommu && strcmp(config->without_iommu, UNSAFE) == 0;
}

/* The group is one that the kernel made for a device without an IOMMU. */
static bool has_no_iommu(const char *name)
{
	char path[PATH_MAX], text[64] = "";
	FILE *f;

	dma_vfio_sys_path(path, sizeof(path), name, "iommu_group/name");
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	(void)fclose(f);
	return strncmp(text, "vfio-noiommu", strlen("vfio-noiommu")) == 0;
}

/* No group: an IOMMU is missing, and so is the kernel's mode without one. */
static int no_iommu(const char *name, const struct dma_linux_config *config, struct dma_linux_why *why)
{
	if (is_asked_for(config) && module_there("vfio") && !module_there("vfio/parameters/enable_unsafe_noiommu_mode"))
		return dma_linux_fail(
			why, DMA_ENOTSUP,
			"%s is behind no IOMMU, and this kernel has no mode without one (CONFIG_VFIO_NOIOMMU): "
			"switch the IOMMU on, or use another kernel",
			name);
	if (is_asked_for(config))
		return dma_linux_fail(
			why, DMA_ENOTSUP,
			"%s is behind no IOMMU, and the kernel's mode without one is not on: as root, `modprobe "
			"vfio enable_unsafe_noiommu_mode=1`, then tools/vfio-bind --without-iommu %s",
			name, name);
	return dma_linux_fail(why, DMA_ENODEV,
			      "%s is behind no IOMMU, so it could overwrite all memory, and it is refused: switch the "
			      "IOMMU on in the firmware (VT-d, AMD-Vi, SMMU) and on the kernel's command line "
			      "(intel_iommu=on); or ask for it with the words \"" UNSAFE "\"",
			      name);
}

int dma_vfio_find(const char *name, const struct dma_linux_config *config, struct vfio_place *place,
		  struct dma_linux_why *why)
{
	char path[PATH_MAX], text[64];

	if (!name || !is_name(name))
		return dma_linux_fail(why, DMA_EINVAL, "%.40s is no name of a PCI device: they look like 0000:01:00.0",
				      name ? name : "(nothing)");
	dma_vfio_sys_path(path, sizeof(path), name, "");
	if (access(path, F_OK) != 0)
		return dma_linux_fail(why, DMA_ENODEV, "there is no PCI device %s: `lspci -D` lists them", name);
	dma_vfio_sys_path(path, sizeof(path), name, "iommu_group");
	link_of(path, text, sizeof(text));
	if (!text[0])
		return no_iommu(name, config, why);
	*place = (struct vfio_place){.group = (int)strtol(text, NULL, 10), .no_iommu = has_no_iommu(name)};
	if (place->no_iommu && !is_asked_for(config))
		return no_iommu(name, NULL, why);
	dma_vfio_sys_path(path, sizeof(path), name, "driver");
	link_of(path, text, sizeof(text));
	if (!is_vfio(text) && !module_there("vfio_pci"))
		return dma_linux_fail(why, DMA_ENOTSUP,
				      "the kernel's driver vfio-pci is not loaded: `modprobe vfio-pci` as root, then "
				      "tools/vfio-bind %s",
				      name);
	if (!is_vfio(text))
		return other_driver(name, text, why);
	return 0;
}

bool dma_vfio_group_device(int group, unsigned i, char name[VFIO_NAME])
{
	char folder[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *d;

	(void)snprintf(folder, sizeof(folder), "%s/kernel/iommu_groups/%d/devices", dma_vfio_paths.sys, group);
	d = opendir(folder);
	while (d && !found && (entry = readdir(d))) {
		found = is_name(entry->d_name) && i-- == 0;
		if (found)
			(void)snprintf(name, VFIO_NAME, "%.12s", entry->d_name);
	}
	if (d)
		(void)closedir(d);
	return found;
}

/* Which devices of the group other drivers have: " NAME (DRIVER)" of each. */
static void others_of(int group, char *others, size_t size)
{
	char path[PATH_MAX], name[VFIO_NAME], driver[64];

	others[0] = '\0';
	for (unsigned i = 0; dma_vfio_group_device(group, i, name); i++) {
		size_t n = strlen(others);

		dma_vfio_sys_path(path, sizeof(path), name, "driver");
		link_of(path, driver, sizeof(driver));
		if (driver[0] && !is_vfio(driver) && strcmp(driver, "pcieport") != 0)
			(void)snprintf(others + n, size - n, " %s (%.20s)", name, driver);
	}
}

bool dma_vfio_group_is_shared(int group)
{
	char others[160];

	others_of(group, others, sizeof(others));
	return others[0] != '\0';
}

int dma_vfio_cannot_open(const char *path, const char *name, struct dma_linux_why *why)
{
	int error = errno;

	if (error == EACCES || error == EPERM)
		return dma_linux_fail(why, DMA_EACCES,
				      "no permission to open %s: give it to a group that you are in (as root: chgrp "
				      "GROUP %s && chmod g+rw %s)",
				      path, path, path);
	if (error == EBUSY)
		return dma_linux_fail(why, DMA_EBUSY,
				      "another process has %s (or its IOMMU group): end it (`fuser %s` names it)", name,
				      path);
	if (error == EMFILE || error == ENFILE)
		return dma_linux_fail(why, DMA_ENOMEM, "%s cannot be opened: too many files are open: see `ulimit -n`",
				      path);
	return dma_linux_fail(why, DMA_ENODEV, "%s cannot be opened: %s", path, strerror(error));
}

int dma_vfio_not_viable(int group, const char *name, struct dma_linux_why *why)
{
	char others[160];

	others_of(group, others, sizeof(others));
	return dma_linux_fail(why, DMA_EBUSY,
			      "the IOMMU cannot tell %s from other devices of its group %d, which other drivers "
			      "have:%s; hand them to vfio-pci, too, or unbind them",
			      name, group, others[0] ? others : " see /sys/kernel/iommu_groups");
}
