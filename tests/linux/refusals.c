/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What keeps a device from being opened, on a /sys and a /dev of the test's own: each is an error of its own and one
 * line with what to do, and nothing is left open.
 */
#include "../../platform/linux/vfio/vfio_own.h"
#include <dirent.h>
#include <dmastream/errors.h>
#include <dmastream/init.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME  "0000:01:00.0"
#define OTHER "0000:01:00.1"

static char root[] = "/tmp/dmastream-refusals-XXXXXX";
static struct dma_linux_why why;

static void make(const char *path, const char *link, const char *contents)
{
	char full[PATH_MAX];

	(void)snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *slash = strchr(full + sizeof(root), '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(full, 0755) && errno != EEXIST)
			fail();
		*slash = '/';
	}
	(void)unlink(full);
	if (link) {
		assert_int_equal(symlink(link, full), 0);
	} else if (contents) {
		FILE *f = fopen(full, "w");

		assert_non_null(f);
		(void)fputs(contents, f);
		(void)fclose(f);
	} else if (mkdir(full, 0755) && errno != EEXIST) {
		fail();
	}
}

static void clear(void)
{
	char command[PATH_MAX];

	(void)snprintf(command, sizeof(command), "rm -rf %s/sys %s/dev %s/proc", root, root, root);
	assert_int_equal(system(command), 0);
	make("sys/module/vfio_pci", NULL, NULL);
	make("dev/vfio", NULL, NULL);
	make("proc/mounts", NULL, "");
}

static unsigned open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(d))
		n++;
	(void)closedir(d);
	return n;
}

/* Opening fails with that error, with a line that has these words and no newline. */
static void refused(const char *name, const struct dma_linux_config *config, int error, const char *words,
		    const char *remedy)
{
	struct dma_linux_device *dev = NULL;
	unsigned files = open_files();
	int got;

	memset(&why, 0, sizeof(why));
	got = dma_linux_device_open(name, config, &dev, &why);
	if (got != error || !strstr(why.line, words) || !strstr(why.line, remedy))
		print_error("%d: %s\n", got, why.line);
	assert_int_equal(got, error);
	assert_non_null(strstr(why.line, words));
	assert_non_null(strstr(why.line, remedy));
	assert_null(strchr(why.line, '\n'));
	assert_null(dev);
	assert_int_equal(open_files(), files);
	assert_int_equal(dma_linux_device_open(name, config, &dev, NULL), error); /* nobody asks why */
}

static void device_with(const char *driver, const char *group)
{
	char link[64];

	clear();
	make("sys/bus/pci/devices/" NAME, NULL, NULL);
	if (group) {
		(void)snprintf(link, sizeof(link), "../../../../kernel/iommu_groups/%s", group);
		make("sys/bus/pci/devices/" NAME "/iommu_group", link, NULL);
	}
	if (driver) {
		(void)snprintf(link, sizeof(link), "../../bus/pci/drivers/%s", driver);
		make("sys/bus/pci/devices/" NAME "/driver", link, NULL);
	}
}

static void names(void **state)
{
	static const char *const bad[] = {"",
					  "01:00.0",
					  "0000:01:00.0 ",
					  "0000:01:00",
					  "../../etc",
					  "0000:01:00.g",
					  "0000-01-00.0",
					  "00000:01:00.0",
					  "0000:01:00.0/x",
					  "xxxx:xx:xx.x",
					  "0000:0g:00.0"};

	(void)state;
	clear();
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i], NULL, DMA_EINVAL, "no name of a PCI device", "0000:01:00.0");
	refused(NULL, NULL, DMA_EINVAL, "no name", "0000:01:00.0");
	refused(NAME, NULL, DMA_ENODEV, "there is no PCI device", "lspci -D");
}

static void no_iommu(void **state)
{
	static const char *const words[] = {"yes", "unsafe", "1", "Unsafe, without an IOMMU", ""};
	struct dma_linux_config config = {0};

	(void)state;
	device_with("vfio-pci", NULL);
	refused(NAME, NULL, DMA_ENODEV, "behind no IOMMU", "intel_iommu=on");
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		config.without_iommu = words[i];
		refused(NAME, &config, DMA_ENODEV, "it is refused", "intel_iommu=on");
	}
	config.without_iommu = "unsafe, without an IOMMU";
	refused(NAME, &config, DMA_ENOTSUP, "mode without one is not on", "enable_unsafe_noiommu_mode=1");

	make("sys/module/vfio", NULL, NULL);
	refused(NAME, &config, DMA_ENOTSUP, "this kernel has no mode without one", "CONFIG_VFIO_NOIOMMU");
	make("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", NULL, "N");
	refused(NAME, &config, DMA_ENOTSUP, "mode without one is not on", "enable_unsafe_noiommu_mode=1");

	/* The kernel's mode is on, and has made a group. */
	device_with("vfio-pci", "5");
	make("sys/kernel/iommu_groups/5/name", NULL, "vfio-noiommu\n");
	config.without_iommu = "yes";
	refused(NAME, &config, DMA_ENODEV, "it is refused", "unsafe, without an IOMMU");
	refused(NAME, NULL, DMA_ENODEV, "it is refused", "intel_iommu=on");
}

/* A space without an IOMMU has no ranges of device addresses, and no domain; its devices are trusted ones. */
static void no_iommu_has_no_domain(void **state)
{
	struct vfio_space space = {.place = {.group = 5, .no_iommu = true}, .name = NAME};

	(void)state;
	assert_int_equal(dma_vfio_space_domain(&space, UINT64_MAX, true, &why), 0);
	assert_null(space.domain);
	assert_int_equal(dma_vfio_space_domain(&space, UINT64_MAX, false, &why), DMA_ENOTSUP);
	assert_non_null(strstr(why.line, "reaches all memory"));
}

static void drivers(void **state)
{
	(void)state;
	device_with(NULL, "7");
	refused(NAME, NULL, DMA_EBUSY, "has no driver", "tools/vfio-bind " NAME);
	device_with("nvme", "7");
	refused(NAME, NULL, DMA_EBUSY, "in use by the driver nvme", "tools/vfio-bind " NAME);
	device_with("vfio-pci-but-not", "7");
	refused(NAME, NULL, DMA_EBUSY, "in use by the driver", "tools/vfio-bind " NAME);
	/* A mounted disk is named with where it is. */
	device_with("nvme", "7");
	make("sys/bus/pci/devices/" NAME "/nvme/nvme3", NULL, NULL);
	make("proc/mounts", NULL, "proc /proc proc rw 0 0\n/dev/nvme3n1p2 /home ext4 rw 0 0\n");
	refused(NAME, NULL, DMA_EBUSY, "is mounted at /home", "unmount it");
	make("proc/mounts", NULL, "/dev/nvme30n1 /home ext4 rw 0 0\n");
	refused(NAME, NULL, DMA_EBUSY, "in use by the driver nvme", "tools/vfio-bind");
	device_with("nvme", "7");
	{
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path), "%s/sys/module/vfio_pci", root);
		assert_int_equal(rmdir(path), 0);
	}
	refused(NAME, NULL, DMA_ENOTSUP, "vfio-pci is not loaded", "modprobe vfio-pci");
}

static void containers(void **state)
{
	char path[PATH_MAX];

	(void)state;
	device_with("vfio-pci", "7");
	refused(NAME, NULL, DMA_ENOTSUP, "dev/vfio/vfio cannot be opened", "modprobe vfio-pci");
	/* A file that is no container: the kernel speaks no VFIO there. */
	make("dev/vfio/vfio", NULL, "");
	refused(NAME, NULL, DMA_ENOTSUP, "another version", "VFIO");
	/* A variant of vfio-pci's driver comes as far. */
	device_with("mlx5-vfio-pci", "7");
	refused(NAME, NULL, DMA_ENOTSUP, "dev/vfio/vfio cannot be opened", "modprobe");
	if (geteuid() != 0) {
		make("dev/vfio/vfio", NULL, "");
		(void)snprintf(path, sizeof(path), "%s/dev/vfio/vfio", root);
		assert_int_equal(chmod(path, 0), 0);
		refused(NAME, NULL, DMA_EACCES, "no permission to open", "chgrp");
	}
}

/* No file more can be opened: that is what is said, not that a module is missing. */
static void too_many_files(void **state)
{
	static const char *const at[] = {"dev/vfio/vfio", "dev/iommu"};
	struct dma_linux_device *dev = NULL;
	struct rlimit before, none;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		int next, got;

		device_with("vfio-pci", "7");
		make(at[i], NULL, "");
		if (i == 1) {
			make("sys/bus/pci/devices/" NAME "/vfio-dev/vfio3", NULL, NULL);
			make("dev/vfio/devices/vfio3", NULL, "");
		}
		next = dup(0);
		(void)close(next);
		assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
		none = before;
		none.rlim_cur = (rlim_t)next;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
		got = dma_linux_device_open(NAME, NULL, &dev, &why);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		assert_int_equal(got, DMA_ENOMEM);
		assert_non_null(strstr(why.line, "ulimit -n"));
	}
}

/* iommufd's files are there, and are not what they seem. */
static void iommufd(void **state)
{
	const struct dma_linux_config group = {.no_iommufd = true};

	(void)state;
	device_with("vfio-pci", "7");
	make("sys/bus/pci/devices/" NAME "/vfio-dev/vfio3", NULL, NULL);
	make("dev/vfio/devices/vfio3", NULL, "");
	refused(NAME, NULL, DMA_ENOTSUP, "dev/vfio/vfio cannot be opened",
		"modprobe"); /* no /dev/iommu: the container */
	make("dev/iommu", NULL, "");
	refused(NAME, NULL, DMA_EIO, "dev/iommu makes no address space", ":");
	refused(NAME, &group, DMA_ENOTSUP, "dev/vfio/vfio cannot be opened", "modprobe");
}

static void a_group_that_is_not_viable(void **state)
{
	(void)state;
	device_with("vfio-pci", "7");
	make("sys/bus/pci/devices/" OTHER "/driver", "../../bus/pci/drivers/snd_hda_intel", NULL);
	make("sys/bus/pci/devices/0000:00:1c.0/driver", "../../bus/pci/drivers/pcieport", NULL);
	make("sys/kernel/iommu_groups/7/devices/" NAME, NULL, NULL);
	make("sys/kernel/iommu_groups/7/devices/" OTHER, NULL, NULL);
	make("sys/kernel/iommu_groups/7/devices/0000:00:1c.0", NULL, NULL);
	assert_int_equal(dma_vfio_not_viable(7, NAME, &why), DMA_EBUSY);
	assert_non_null(strstr(why.line, OTHER " (snd_hda_intel)"));
	assert_null(strstr(why.line, "pcieport"));
	assert_non_null(strstr(why.line, "hand them to vfio-pci"));
}

static int start(void **state)
{
	static char sys[64], dev[64], proc[64];

	(void)state;
	if (!mkdtemp(root) || dma_init())
		return -1;
	(void)snprintf(sys, sizeof(sys), "%s/sys", root);
	(void)snprintf(dev, sizeof(dev), "%s/dev", root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", root);
	dma_vfio_paths = (struct vfio_paths){sys, dev, proc};
	return 0;
}

static int end(void **state)
{
	char command[PATH_MAX];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command) || dma_fini();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(no_iommu),
		cmocka_unit_test(no_iommu_has_no_domain),
		cmocka_unit_test(drivers),
		cmocka_unit_test(containers),
		cmocka_unit_test(iommufd),
		cmocka_unit_test(a_group_that_is_not_viable),
		cmocka_unit_test(too_many_files),
	};

	return cmocka_run_group_tests_name("devices that cannot be had", tests, start, end);
}
