/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices behind VFIO and iommufd (a fake): groups of several devices, what is left when one is closed while streams
 * of it live, removal, fork, and memory that comes and goes. Each with container and group, and with iommufd.
 */
#include "devices_test.h"
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* One address space for the group, another for the device alone. */
static void a_group_of_several_devices(void **state)
{
	struct rig first, twin, alone;
	struct dma_stream arena = {0}, elsewhere = {0};
	unsigned char *memory = pages_at(NULL, 1);
	uint64_t pinned;

	(void)state;
	rig_begin(&first, FIRST);
	pinned = fake_vfio.pinned;
	rig_begin(&twin, TWIN);
	assert_int_equal(fake_vfio.pinned, pinned); /* not a second time */
	rig_begin(&alone, ALONE);
	assert_int_equal(fake_vfio.pinned, 2 * pinned);
	assert_ptr_equal(first.dev->space, twin.dev->space);
	assert_ptr_not_equal(first.dev->space, alone.dev->space);

	assert_int_equal(dma_stream_alloc(&arena, &twin.dma, DMA_BIDIRECTIONAL, 1), 0);
	assert_int_equal(rig_map(&twin, &elsewhere, memory, 1), 0);
	assert_true(rig_reaches(&twin, &arena, dma_linux_va(dma_stream_paddr(&arena)), 3));
	assert_true(rig_reaches(&twin, &elsewhere, memory, 4));
	assert_true(rig_reaches(&first, &elsewhere, memory, 5)); /* they cannot be told apart */
	assert_false(rig_reaches(&alone, &elsewhere, memory, 6));

	rig_end(&first);
	assert_true(rig_reaches(&twin, &elsewhere, memory, 7));
	assert_false(fake_vfio_is_master(FIRST));
	rig_begin(&first, FIRST);
	assert_true(rig_reaches(&first, &elsewhere, memory, 8));
	dma_stream_release(&arena);
	dma_stream_release(&elsewhere);
	rig_end(&alone);
	rig_end(&twin);
	rig_end(&first);
	(void)munmap(memory, PAGE);
}

static void trust_is_the_groups(void **state)
{
	struct rig first, twin;
	struct dma_device_config config = {.name = "twin", .mask = UINT64_MAX, .trusted = false};
	struct dma_stream s = {0};

	(void)state;
	rig_begin(&first, FIRST);
	rig_open(&twin, TWIN);
	assert_int_equal(dma_linux_device_attach(twin.dev, &twin.dma, &config), DMA_ENOTSUP);
	assert_int_equal(dma_linux_device_detach(first.dev, &first.dma), 0);
	rig_attach(&twin, false);
	assert_int_equal(fake_vfio.pinned, 0); /* nothing but its streams */
	assert_int_equal(dma_stream_alloc(&s, &twin.dma, DMA_BIDIRECTIONAL, 1), 0);
	assert_int_equal(fake_vfio.pinned, PAGE);
	assert_true(rig_reaches(&twin, &s, dma_linux_va(dma_stream_paddr(&s)), 9));
	dma_stream_release(&s);
	rig_end(&twin);
	dma_linux_device_close(first.dev);
}

/* The device is quiet and everything unpinned; the streams end later, and the device can be had again before that. */
static void closed_while_streams_live(void **state)
{
	struct rig first, again;
	struct dma_stream arena = {0}, elsewhere = {0}, other = {0};
	unsigned char *memory = pages_at(NULL, 2);
	uint64_t frames = dma_linux_arena_frames_in_use();

	(void)state;
	rig_begin(&first, FIRST);
	assert_int_equal(dma_stream_alloc(&arena, &first.dma, DMA_BIDIRECTIONAL, 1), 0);
	assert_int_equal(rig_map(&first, &elsewhere, memory, 1), 0);
	assert_int_equal(dma_linux_device_detach(first.dev, &first.dma), DMA_EBUSY);
	assert_true(rig_reaches(&first, &elsewhere, memory, 1)); /* as if nothing had been asked */
	lines = 0;
	dma_linux_device_close(first.dev);
	assert_int_equal(fake_vfio.pinned, 0);
	assert_int_equal(fake_vfio_files(), 0);
	assert_false(fake_vfio_is_master(FIRST));
	assert_int_equal(lines, 1);
	assert_non_null(strstr(last_line, "closed while streams of it live"));

	rig_begin(&again, FIRST);
	assert_int_equal(rig_map(&again, &other, memory + PAGE, 1), 0);
	assert_int_not_equal(rig_map(&first, &(struct dma_stream){0}, memory, 1),
			     0); /* of the device that was closed */
	dma_stream_release(&elsewhere);
	dma_stream_release(&arena);
	assert_int_equal(dma_device_fini(&first.dma), 0);
	assert_true(rig_reaches(&again, &other, memory + PAGE, 2));
	dma_stream_release(&other);
	rig_end(&again);
	assert_int_equal(dma_linux_arena_frames_in_use(), frames);
	(void)munmap(memory, 2 * PAGE);
}

/* Its twin goes on: what the stream had mapped goes with the stream. */
static void closed_while_streams_live_in_a_group(void **state)
{
	struct rig first, twin;
	struct dma_stream s = {0};
	unsigned char *memory = pages_at(NULL, 1);
	uint64_t pinned;

	(void)state;
	rig_begin(&twin, TWIN);
	rig_begin(&first, FIRST);
	pinned = fake_vfio.pinned;
	assert_int_equal(rig_map(&first, &s, memory, 1), 0);
	dma_linux_device_close(first.dev);
	assert_false(fake_vfio_is_master(FIRST));
	assert_int_equal(fake_vfio.pinned, pinned + PAGE);
	assert_true(rig_reaches(&twin, &s, memory, 1));
	dma_stream_release(&s);
	assert_int_equal(fake_vfio.pinned, pinned);
	assert_int_equal(dma_device_fini(&first.dma), 0);
	rig_end(&twin);
	(void)munmap(memory, PAGE);
}

static void wait_for_lines(unsigned n)
{
	for (unsigned i = 0; i < 5000 && __atomic_load_n(&lines, __ATOMIC_RELAXED) < n; i++)
		(void)usleep(1000);
	assert_int_equal(__atomic_load_n(&lines, __ATOMIC_RELAXED), n);
}

/* Its owner asks for it: for its driver it is gone, and it stays so. */
static void taken_away_while_in_use(void **state)
{
	struct rig first, twin;
	dma_paddr_t bar;
	uint64_t nbytes;
	volatile void *regs;
	struct dma_stream s = {0};

	(void)state;
	rig_begin(&first, FIRST);
	assert_int_equal(dma_linux_bar(first.dev, 0, &bar, &nbytes), 0);
	assert_int_equal(dma_host_mmio_map(bar, nbytes, &regs), 0);
	assert_int_equal(dma_host_mmio_read32(regs), 0);
	assert_int_equal(dma_stream_alloc(&s, &first.dma, DMA_BIDIRECTIONAL, 1), 0);
	fake_vfio_request(FIRST);
	fake_vfio_request(FIRST); /* the kernel repeats it */
	wait_for_lines(1);
	while (!__atomic_load_n(&first.dev->removed, __ATOMIC_ACQUIRE) || dma_host_mmio_read32(regs) != UINT32_MAX)
		(void)usleep(1000);
	assert_false(rig_reaches(&first, &s, dma_linux_va(dma_stream_paddr(&s)), 1));
	dma_linux_device_enable(first.dev); /* a driver that starts it again */
	assert_false(fake_vfio_is_master(FIRST));
	assert_int_equal(dma_linux_bar(first.dev, 0, &bar, &nbytes), 0);
	assert_int_equal(dma_host_mmio_read32(regs), UINT32_MAX);
	dma_stream_release(&s);
	rig_begin(&twin, TWIN); /* its registers are mapped too late */
	fake_vfio_request(TWIN);
	wait_for_lines(2);
	assert_int_equal(dma_linux_bar(twin.dev, 0, &bar, &nbytes), DMA_ENODEV);
	rig_end(&twin);
	rig_end(&first);
}

static void count_call(void *context)
{
	__atomic_add_fetch((unsigned *)context, 1, __ATOMIC_RELAXED);
}

/* Each handler gets its message, with kernels that add messages to those in use and with others. */
static void messages(void **state)
{
	struct rig first;
	unsigned calls[3] = {0};

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		fake_vfio.old_irqs = round;
		rig_begin(&first, FIRST);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(dma_linux_interrupt(first.dev, i, count_call, &calls[i]), 0);
		assert_int_equal(dma_linux_interrupt(first.dev, 1, count_call, &calls[1]), DMA_EBUSY);
		assert_int_equal(dma_linux_interrupt(first.dev, 8, count_call, &calls[1]), DMA_EINVAL);
		dma_linux_interrupt_end(first.dev, 1);
		memset(calls, 0, sizeof(calls));
		for (unsigned i = 0; i < 3; i += 2) {
			uint64_t seen = dma_linux_interrupts();

			fake_vfio_message(FIRST, i);
			while (!__atomic_load_n(&calls[i], __ATOMIC_RELAXED))
				dma_linux_wait(seen);
		}
		assert_int_equal(calls[1], 0);
		rig_end(&first);
	}
}

/* The child has no file, and the parent's devices go on. */
static void fork_with_live_streams(void **state)
{
	struct rig first, twin, alone;
	struct dma_stream arena = {0}, elsewhere = {0};
	unsigned char *memory = pages_at(NULL, 1);
	int status = -1;
	pid_t child;

	(void)state;
	rig_begin(&first, FIRST);
	rig_begin(&twin, TWIN);
	rig_begin(&alone, ALONE);
	assert_int_equal(dma_stream_alloc(&arena, &first.dma, DMA_BIDIRECTIONAL, 1), 0);
	assert_int_equal(rig_map(&first, &elsewhere, memory, 1), 0);
	child = fork();
	if (child == 0)
		_exit(fake_vfio_files() == 0 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	memory[0] = 1; /* copied on write, if the kernel had to */
	assert_true(rig_reaches(&first, &elsewhere, memory, 2));
	assert_true(rig_reaches(&first, &arena, dma_linux_va(dma_stream_paddr(&arena)), 3));
	dma_stream_release(&arena);
	dma_stream_release(&elsewhere);
	rig_end(&alone);
	rig_end(&twin);
	rig_end(&first);
	(void)munmap(memory, PAGE);
}

/* Other memory at the same addresses: a stream of it reaches it, whether the range was kept or not. */
static void memory_that_comes_and_goes(void **state)
{
	struct rig first;
	unsigned char *memory = pages_at(NULL, 4);
	struct dma_stream s = {0}, before = {0};

	(void)state;
	rig_begin(&first, FIRST);
	for (unsigned round = 0; round < 6; round++) {
		int kept = round % 2 ? dma_linux_keep(memory, 4 * PAGE) : DMA_ENOTSUP;
		uint64_t pinned = fake_vfio.pinned;

		assert_int_equal(rig_map(&first, &s, memory, 4), 0);
		assert_true(rig_reaches(&first, &s, memory, (unsigned char)(round + 1)));
		if (round >= 4)
			before = s, s = (struct dma_stream){0}; /* it lives on while its addresses go */
		else
			dma_stream_release(&s);
		assert_int_equal(munmap(memory, 4 * PAGE), 0);
		if (round < 4)
			assert_int_equal(fake_vfio.pinned, pinned);
		assert_int_not_equal(rig_map(&first, &s, memory, 4), 0); /* nothing is there */
		memory = pages_at(memory, 4);
		assert_int_equal(rig_map(&first, &s, memory, 4), 0);
		assert_true(rig_reaches(&first, &s, memory, (unsigned char)(round + 101)));
		dma_stream_release(&s);
		dma_stream_release(&before);
		assert_int_equal(fake_vfio.pinned, pinned);
		(void)kept;
	}
	rig_end(&first);
	(void)munmap(memory, 4 * PAGE);
}

/* Bus mastering can be ended by a thread while another closes. */
static void nobody_is_stopped_when_nobody_is_there(void **state)
{
	struct rig first;

	(void)state;
	dma_linux_stop_all();
	rig_begin(&first, FIRST);
	dma_linux_stop_all();
	assert_false(fake_vfio_is_master(FIRST));
	rig_end(&first);
	dma_linux_stop_all();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DEVICES_CASE(a_group_of_several_devices),
		DEVICES_CASE(trust_is_the_groups),
		DEVICES_CASE(closed_while_streams_live),
		DEVICES_CASE(closed_while_streams_live_in_a_group),
		DEVICES_CASE(taken_away_while_in_use),
		DEVICES_CASE(messages),
		DEVICES_CASE(fork_with_live_streams),
		DEVICES_CASE(memory_that_comes_and_goes),
		DEVICES_CASE(nobody_is_stopped_when_nobody_is_there),
	};

	return devices_main("devices", tests, sizeof(tests) / sizeof(tests[0]));
}
