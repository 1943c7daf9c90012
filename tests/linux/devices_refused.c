/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A kernel that refuses (a fake): each of its calls in turn and with each error, mappings, pinned memory and files that
 * run out, and kernels that know less. Each is an error and one line; nothing is left open, mapped or pinned; and the
 * next try works.
 */
#include "../../platform/linux/vfio/iommufd_abi.h"
#include "devices_test.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* All that a program does with a device, once. 0 or the first error; a failed open has its line in `why`. */
static int use(unsigned char *memory)
{
	struct rig rig = {.name = FIRST};
	struct dma_device_config config = {.name = FIRST, .mask = UINT64_MAX, .trusted = true};
	struct dma_stream s[3] = {{0}};
	unsigned calls = 0;
	int error;

	memset(&why, 0, sizeof(why));
	error = dma_linux_device_open(FIRST, NULL, &rig.dev, &why);
	if (error) {
		assert_true(why.line[0] && !strchr(why.line, '\n'));
		return error;
	}
	error = dma_linux_device_attach(rig.dev, &rig.dma, &config);
	if (error) {
		dma_linux_device_close(rig.dev);
		return error;
	}
	dma_linux_device_enable(rig.dev);
	error = dma_linux_interrupt(rig.dev, 0, (void (*)(void *))abort, &calls);
	for (unsigned i = 0; i < 3 && !error; i++)
		error = i ? rig_map(&rig, &s[i], memory + 2 * i * PAGE, 1)
			  : dma_stream_alloc(&s[0], &rig.dma, DMA_BIDIRECTIONAL, 1);
	for (unsigned i = 0; i < 3 && !error; i++)
		error = rig_reaches(&rig, &s[i], dma_linux_va(dma_stream_paddr(&s[i])), (unsigned char)(i + 1))
				? 0
				: DMA_EIO;
	for (unsigned i = 0; i < 3; i++)
		dma_stream_release(&s[i]);
	rig_end(&rig);
	return error;
}

/* Some calls tell nothing that is needed, and some are tried again: those may fail unnoticed. */
static void each_call_fails(void **state)
{
	static const int errors[] = {EPERM, EBUSY, ENOMEM, EINVAL, ENODEV, EIO, ENOSPC, EFAULT, EINTR};
	unsigned char *memory = pages_at(NULL, 5);
	unsigned calls;

	(void)state;
	assert_int_equal(use(memory), 0);
	calls = fake_vfio.ioctls;
	for (unsigned e = 0; e < sizeof(errors) / sizeof(errors[0]); e++) {
		unsigned refused = 0;

		for (unsigned n = 1; n <= calls; n++) {
			fake_vfio.fail_at = n;
			fake_vfio.fail_errno = errors[e];
			refused += use(memory) != 0;
			fake_vfio.fail_at = 0;
			devices_nothing_left();
			assert_int_equal(use(memory), 0);
		}
		assert_in_range(refused, errors[e] == EINTR ? 1 : 5, calls);
	}
	(void)munmap(memory, 5 * PAGE);
}

/* From no file more to as many as it takes. */
static void files_run_out(void **state)
{
	unsigned char *memory = pages_at(NULL, 5);
	struct rlimit before, few;
	unsigned refused = 0;
	int error, next;

	(void)state;
	assert_int_equal(use(memory), 0); /* the thread of the interrupts has its own files from now on */
	next = dup(0);
	(void)close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	do {
		few.rlim_cur = (rlim_t)next++;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		error = use(memory);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		if (error) {
			refused++;
			assert_int_equal(error, DMA_ENOMEM);
			assert_true(!why.line[0] || strstr(why.line, "ulimit -n"));
		}
		devices_nothing_left();
	} while (error);
	assert_in_range(refused, 4, 8);
	(void)munmap(memory, 5 * PAGE);
}

/* dma_entry_limit: an error and one line for however many tries; nothing is lost; it works again when one goes. */
static void mappings_run_out(void **state)
{
	enum { MOST = 8 };
	unsigned char *memory = pages_at(NULL, 64);
	struct dma_stream s[MOST] = {{0}}, more = {0};
	unsigned live = 0;
	uint64_t pinned;
	struct rig rig;

	(void)state;
	rig_begin(&rig, FIRST);
	fake_vfio.entries = MOST;
	while (rig_map(&rig, &s[live], memory + 2 * live * PAGE, 1) == 0)
		live++;
	assert_in_range(live, 4, MOST - 1); /* the arena is one, or a few */
	pinned = fake_vfio.pinned;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(rig_map(&rig, &more, memory + 40 * PAGE, 1), DMA_ENOSPC);
	assert_int_equal(fake_vfio.pinned, pinned);
	assert_int_equal(lines, 1);
	assert_non_null(strstr(last_line, "dma_entry_limit"));
	for (unsigned i = 0; i < live; i++)
		assert_true(rig_reaches(&rig, &s[i], memory + 2 * i * PAGE, (unsigned char)(i + 1)));
	dma_stream_release(&s[0]);
	assert_int_equal(rig_map(&rig, &more, memory + 40 * PAGE, 1), 0);
	assert_true(rig_reaches(&rig, &more, memory + 40 * PAGE, 77));
	assert_int_equal(rig_map(&rig, &s[0], memory, 1), DMA_ENOSPC);
	assert_int_equal(lines, 2); /* it is news again */
	dma_stream_release(&more);
	for (unsigned i = 1; i < live; i++)
		dma_stream_release(&s[i]);
	rig_end(&rig);
	(void)munmap(memory, 64 * PAGE);
}

/* What other devices keep goes for it, too: the limit on locked memory is one for all. */
static void what_is_kept_goes_first(void **state)
{
	unsigned char *memory = pages_at(NULL, 64);
	struct dma_stream s = {0}, used = {0}, arena = {0};
	struct dma_linux_stats stats;
	struct rig rig, alone;

	(void)state;
	if (dma_linux_keep(memory, 32 * PAGE)) {
		print_message("no userfaultfd here: what is kept was not tried\n");
		(void)munmap(memory, 64 * PAGE);
		return;
	}
	rig_begin(&rig, FIRST);
	rig_begin(&alone, ALONE);
	for (unsigned i = 0; i < 16; i++) {
		assert_int_equal(rig_map(i % 2 ? &rig : &alone, &s, memory + i * PAGE, 1), 0);
		dma_stream_release(&s);
	}
	assert_int_equal(rig_map(&rig, &used, memory + 1 * PAGE, 1), 0);
	dma_linux_stats_get(&stats);
	assert_int_equal(stats.kept_bytes, 16 * PAGE);
	fake_vfio.memlock = fake_vfio.pinned + 2 * PAGE;
	assert_int_equal(rig_map(&rig, &s, memory + 40 * PAGE, 3), 0);
	assert_true(rig_reaches(&rig, &s, memory + 40 * PAGE, 1));
	assert_true(rig_reaches(&rig, &used, memory + 1 * PAGE, 2));
	dma_linux_stats_get(&stats);
	assert_int_equal(stats.kept_bytes, PAGE); /* the one in use */
	dma_stream_release(&s);
	/* The arena's growth, as well. */
	for (unsigned i = 16; i < 32; i++) {
		assert_int_equal(rig_map(&alone, &s, memory + i * PAGE, 1), 0);
		dma_stream_release(&s);
	}
	dma_linux_stats_get(&stats);
	fake_vfio.memlock = fake_vfio.pinned + 2 * (stats.arena_bytes + ((uint64_t)4 << 20)) - 8 * PAGE;
	lines = 0;
	assert_int_equal(
		dma_stream_alloc(&arena, &rig.dma, DMA_BIDIRECTIONAL, (size_t)(stats.arena_bytes >> DMA_PAGE_SHIFT)),
		0);
	dma_stream_release(&arena);
	dma_stream_release(&used);
	rig_end(&alone);
	rig_end(&rig);
	assert_int_equal(dma_linux_forget(memory, 32 * PAGE), 0);
	(void)munmap(memory, 64 * PAGE);
}

static void locked_memory_runs_out(void **state)
{
	unsigned char *memory = pages_at(NULL, 8);
	struct dma_stream s = {0}, more = {0};
	struct dma_linux_device *dev = NULL;
	struct rig rig;

	(void)state;
	fake_vfio.memlock = PAGE; /* less than any page of the arena */
	assert_int_equal(dma_linux_device_open(FIRST, NULL, &dev, &why), DMA_ENOMEM);
	assert_non_null(strstr(why.line, "cannot be "));
	devices_nothing_left();
	fake_vfio.memlock = UINT64_MAX;
	rig_begin(&rig, FIRST);
	fake_vfio.memlock = fake_vfio.pinned + 2 * PAGE;
	assert_int_equal(dma_linux_device_open(ALONE, NULL, &dev, &why), DMA_ENOMEM); /* the arena a second time */
	assert_int_equal(rig_map(&rig, &s, memory, 2), 0);
	assert_int_equal(rig_map(&rig, &more, memory + 4 * PAGE, 1), DMA_ENOMEM);
	assert_int_equal(rig_map(&rig, &more, memory + 4 * PAGE, 1), DMA_ENOMEM);
	assert_int_equal(lines, 1);
	dma_stream_release(&s);
	assert_int_equal(rig_map(&rig, &more, memory + 4 * PAGE, 1), 0);
	dma_stream_release(&more);
	rig_end(&rig);
	(void)munmap(memory, 8 * PAGE);
}

static void kernels_that_say_less(void **state)
{
	static const enum fake_answer answers[] = {FAKE_RANGES_TOLD, FAKE_OLD_KERNEL, FAKE_NO_RANGES, FAKE_GROWING,
						   FAKE_ODD_CAPABILITY};
	unsigned char *memory = pages_at(NULL, 5);

	(void)state;
	for (unsigned i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		fake_vfio.answer = answers[i];
		assert_int_equal(use(memory), devices_iommufd && answers[i] == FAKE_NO_RANGES ? DMA_ENOSPC : 0);
		devices_nothing_left();
	}
	fake_vfio.no_eventfds = true; /* no requests for the device */
	assert_int_equal(use(memory), 0);
	(void)munmap(memory, 5 * PAGE);
}

static void refused(int error, const char *words)
{
	struct dma_linux_device *dev = NULL;

	assert_int_equal(dma_linux_device_open(FIRST, NULL, &dev, &why), error);
	if (!strstr(why.line, words))
		print_error("%s\n", why.line);
	assert_non_null(strstr(why.line, words));
	assert_null(strchr(why.line, '\n'));
	assert_null(dev);
}

static void each_has_its_line(void **state)
{
	struct dma_linux_device *dev;

	(void)state;
	fake_vfio.unsafe_interrupts = true;
	refused(DMA_ENOTSUP, "allow_unsafe_interrupts");
	fake_vfio.unsafe_interrupts = false;
	fake_vfio.not_viable = true;
	fake_vfio_sibling("0000:01:00.2", 7, "snd_hda_intel");
	refused(DMA_EBUSY, "0000:01:00.2 (snd_hda_intel)");
	fake_vfio.not_viable = false;
	if (!devices_iommufd) {
		fake_vfio.other_version = true;
		refused(DMA_ENOTSUP, "another version");
		fake_vfio.other_version = false;
		fake_vfio.no_type1 = true;
		refused(DMA_ENOTSUP, "modprobe vfio_iommu_type1");
		fake_vfio.no_type1 = false;
	}
	devices_nothing_left();
	devices_begin();
	assert_int_equal(dma_linux_device_open(FIRST, NULL, &dev, &why), 0);
	if (devices_iommufd) { /* opened twice */
		struct dma_linux_device *twice = NULL;

		assert_int_equal(dma_linux_device_open(FIRST, NULL, &twice, &why), DMA_EBUSY);
		assert_null(twice);
	}
	dma_linux_device_close(dev);
}

/* Another process has the other device of the group, or the group: this process, by files of its own. */
static void a_sibling_is_anothers(void **state)
{
	struct abi_bind bind = {.size = sizeof(bind)};
	char path[200];
	int fd;

	(void)state;
	if (!devices_iommufd) { /* a group is opened as a whole */
		(void)snprintf(path, sizeof(path), "%s/vfio/7", dma_vfio_paths.dev);
		fd = open(path, O_RDWR | O_CLOEXEC);
		refused(DMA_EBUSY, "another process has " FIRST " (or its IOMMU group)");
		(void)close(fd);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/iommu", dma_vfio_paths.dev);
	bind.iommufd = open(path, O_RDWR | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "%s/vfio/devices/vfio1", dma_vfio_paths.dev);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(ioctl(fd, ABI_DEVICE_BIND, &bind), 0);
	refused(DMA_EBUSY, "another process has " TWIN ", which the IOMMU cannot tell from " FIRST);
	/* Whose, nobody but root can say: neither reason is kept back. */
	fake_vfio.forbidden = TWIN;
	refused(DMA_EBUSY, "such as " TWIN);
	assert_non_null(strstr(why.line, "remap interrupts"));
	fake_vfio_parameter("iommufd", "allow_unsafe_interrupts", "Y");
	refused(DMA_EBUSY, "such as " TWIN);
	assert_null(strstr(why.line, "remap interrupts"));
	fake_vfio.forbidden = NULL;
	assert_int_equal(fake_vfio_files(), 2);
	(void)close(fd);
	(void)close(bind.iommufd);
	/* Nobody has it: the reason is the interrupts. */
	fake_vfio.unsafe_interrupts = true;
	refused(DMA_ENOTSUP, "allow_unsafe_interrupts");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DEVICES_CASE(each_call_fails),	      DEVICES_CASE(files_run_out),
		DEVICES_CASE(mappings_run_out),	      DEVICES_CASE(what_is_kept_goes_first),
		DEVICES_CASE(locked_memory_runs_out), DEVICES_CASE(kernels_that_say_less),
		DEVICES_CASE(each_has_its_line),      DEVICES_CASE(a_sibling_is_anothers),
	};

	return devices_main("refused", tests, sizeof(tests) / sizeof(tests[0]));
}
