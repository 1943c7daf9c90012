/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the tests of devices behind a kernel that is a fake share: three devices, two of them in one IOMMU group.
 */
#ifndef TESTS_LINUX_DEVICES_TEST_H
#define TESTS_LINUX_DEVICES_TEST_H

#include "../../platform/linux/vfio/vfio_own.h"
#include "fake_vfio.h"
#include <dmastream/dmastream.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PAGE  ((size_t)DMA_PAGE_SIZE)
#define FIRST "0000:01:00.0"
#define TWIN  "0000:01:00.1" /* of the same group */
#define ALONE "0000:02:00.0"

/* A device and what the library knows of it. */
struct rig {
	const char *name;
	struct dma_linux_device *dev;
	struct dma_device dma;
};
extern struct dma_linux_why why;
extern unsigned lines; /* that dma_host_log() was called with since devices_begin() */
extern char last_line[512];

/* The program: `what` are the tests, each with container and group, and with iommufd. Each finds a fresh kernel with
 * the three devices, and leaves nothing. */
#define DEVICES_CASE(name) cmocka_unit_test_setup_teardown(name, devices_before, devices_after)
int devices_main(const char *what, const struct CMUnitTest *tests, size_t n);
int devices_before(void **state);
int devices_after(void **state);
/* A fresh kernel with the three. */
void devices_begin(void);
/* Nothing is open, mapped or pinned, and nothing was done wrong. */
void devices_nothing_left(void);
extern bool devices_iommufd; /* the way to the kernel now */

void rig_open(struct rig *rig, const char *name);
void rig_attach(struct rig *rig, bool trusted);
/* Both. */
void rig_begin(struct rig *rig, const char *name);
void rig_end(struct rig *rig);
/* A stream of memory of the process. */
DMA_MUST_CHECK int rig_map(struct rig *rig, struct dma_stream *s, void *memory, size_t npages);
/* The device writes `value` where the stream is; whether it is then there. */
bool rig_reaches(const struct rig *rig, const struct dma_stream *s, const void *memory, unsigned char value);
/* Fresh pages; `at`: there. */
unsigned char *pages_at(void *at, size_t npages);

#endif
