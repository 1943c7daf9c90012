/* SPDX-License-Identifier: MPL-2.0 */
/* See devices_test.h. */
#include "devices_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

bool devices_iommufd;
struct dma_linux_why why;
unsigned lines;
char last_line[512];
static char root[64];

void __wrap_dma_host_log(const char *line);

void __wrap_dma_host_log(const char *line)
{
	__atomic_add_fetch(&lines, 1, __ATOMIC_RELAXED);
	(void)snprintf(last_line, sizeof(last_line), "%s", line);
}

static int start(void **state)
{
	static char sys[80], dev[80], proc[80];

	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/dmastream-devices-XXXXXX");
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
	char command[80];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

void devices_begin(void)
{
	assert_int_equal(fake_vfio_start(root), 0);
	fake_vfio.iommufd = devices_iommufd;
	fake_vfio_device(FIRST, 7);
	fake_vfio_device(TWIN, 7);
	fake_vfio_device(ALONE, 8);
	lines = 0;
}

int devices_before(void **state)
{
	(void)state;
	devices_begin();
	return 0;
}

void devices_nothing_left(void)
{
	if (fake_vfio.broken)
		print_error("%s\n", fake_vfio.broken);
	assert_null(fake_vfio.broken);
	assert_int_equal(fake_vfio_files(), 0);
	assert_int_equal(fake_vfio.pinned, 0);
}

int devices_after(void **state)
{
	(void)state;
	devices_nothing_left();
	return 0;
}

int devices_main(const char *what, const struct CMUnitTest *tests, size_t n)
{
	char name[80];
	int failed = 0;

	for (unsigned i = 0; i < 2; i++) {
		devices_iommufd = i;
		(void)snprintf(name, sizeof(name), "%s by %s", what, i ? "iommufd" : "container and group");
		failed += _cmocka_run_group_tests(name, tests, n, start, end);
	}
	return failed;
}

void rig_open(struct rig *rig, const char *name)
{
	int error;

	*rig = (struct rig){.name = name};
	error = dma_linux_device_open(name, NULL, &rig->dev, &why);
	if (error)
		print_error("%s\n", why.line);
	assert_int_equal(error, 0);
}

void rig_attach(struct rig *rig, bool trusted)
{
	struct dma_device_config config = {.name = rig->name, .mask = UINT64_MAX, .trusted = trusted};

	assert_int_equal(dma_linux_device_attach(rig->dev, &rig->dma, &config), 0);
	dma_linux_device_enable(rig->dev);
}

void rig_begin(struct rig *rig, const char *name)
{
	rig_open(rig, name);
	rig_attach(rig, true);
}

void rig_end(struct rig *rig)
{
	assert_int_equal(dma_linux_device_detach(rig->dev, &rig->dma), 0);
	dma_linux_device_close(rig->dev);
}

int rig_map(struct rig *rig, struct dma_stream *s, void *memory, size_t npages)
{
	struct dma_segment seg = {0};
	int error;

	assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(memory), npages), 0);
	error = dma_stream_map(s, &rig->dma, DMA_BIDIRECTIONAL, &seg);
	if (error)
		dma_segment_drop(&seg);
	return error;
}

bool rig_reaches(const struct rig *rig, const struct dma_stream *s, const void *memory, unsigned char value)
{
	return fake_vfio_dma(rig->name, dma_stream_daddr(s).raw, &value, 1, true) &&
	       *(const volatile unsigned char *)memory == value;
}

unsigned char *pages_at(void *at, size_t npages)
{
	unsigned char *pages = mmap(at, npages * PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);

	assert_ptr_not_equal(pages, MAP_FAILED);
	return pages;
}
