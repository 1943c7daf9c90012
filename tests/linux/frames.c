/* SPDX-License-Identifier: MPL-2.0 */
/*
 * platform/linux without a device: frames, the arena's growth and its users, locks, contexts, the linear map, and
 * what a child gets after fork().
 */
#include "../../platform/linux/linux_host.h"
#include <dmastream/dmastream.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE ((size_t)DMA_PAGE_SIZE)
#define LIVE 96

static uint32_t random_state = 7;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)random_state * n >> 32);
}

static void stamp(uint64_t paddr, size_t npages, uint64_t value)
{
	for (size_t i = 0; i < npages; i++)
		*(uint64_t *)dma_host_linear(dma_paddr(paddr + i * PAGE), PAGE) = value + i;
}

static bool stamped(uint64_t paddr, size_t npages, uint64_t value)
{
	for (size_t i = 0; i < npages; i++)
		if (*(const uint64_t *)dma_host_linear(dma_paddr(paddr + i * PAGE), PAGE) != value + i)
			return false;
	return true;
}

/* Random sizes, alignments and limits; each frame has its owner's stamp, so that overlaps show; parts go alone. */
static void frames_are_nobody_elses(void **state)
{
	static struct {
		uint64_t paddr;
		size_t npages;
	} live[LIVE];
	uint64_t before = dma_linux_arena_frames_in_use();

	(void)state;
	for (unsigned round = 0; round < 6000; round++) {
		unsigned slot = random_below(LIVE);
		uint64_t value = (uint64_t)(slot + 1) << 32;
		dma_paddr_t paddr;

		if (live[slot].npages == 0) {
			size_t n = 1 + random_below(random_below(8) ? 8 : 700), align = PAGE << random_below(7);
			uint64_t max = random_below(3) ? UINT64_MAX : 0xffffff;

			if (dma_host_frames_alloc(n, max, align, &paddr)) {
				assert_true(max != UINT64_MAX);
				continue;
			}
			assert_int_equal(paddr.raw % align, 0);
			assert_true(paddr.raw + n * PAGE - 1 <= max);
			assert_true(dma_host_is_ram(paddr, n));
			live[slot].paddr = paddr.raw;
			live[slot].npages = n;
			stamp(paddr.raw, n, value);
		} else {
			size_t n = live[slot].npages, part = 1 + random_below((uint32_t)n);

			assert_true(stamped(live[slot].paddr, n, value));
			dma_host_frames_free(dma_paddr(live[slot].paddr), part);
			live[slot].paddr += part * PAGE;
			live[slot].npages = n - part;
			stamp(live[slot].paddr, n - part, value);
		}
	}
	for (unsigned i = 0; i < LIVE; i++)
		if (live[i].npages)
			dma_host_frames_free(dma_paddr(live[i].paddr), live[i].npages);
	assert_int_equal(dma_linux_arena_frames_in_use(), before);
}

static void limits_are_kept_or_refused(void **state)
{
	dma_paddr_t paddr = dma_paddr(42);

	(void)state;
	assert_int_equal(dma_host_frames_alloc(1, PAGE - 2, PAGE, &paddr), DMA_ENOMEM);
	assert_int_equal(dma_host_frames_alloc(SIZE_MAX / PAGE, UINT64_MAX, PAGE, &paddr), DMA_ENOMEM);
	assert_int_equal(dma_host_frames_alloc(SIZE_MAX, UINT64_MAX, PAGE, &paddr), DMA_ENOMEM);
	assert_int_equal(dma_host_frames_alloc(1, UINT64_MAX, (size_t)1 << 46, &paddr), DMA_ENOMEM);
	assert_int_equal(dma_host_frames_alloc_within(1, 0x10000, 0xffff, PAGE, &paddr), DMA_ENOMEM);
	assert_int_equal(paddr.raw, 42);
	assert_int_equal(dma_host_frames_alloc_within(2, 0x300001, 0x3fffff, PAGE, &paddr), 0);
	assert_true(paddr.raw >= 0x301000 && paddr.raw + 2 * PAGE - 1 <= 0x3fffff);
	dma_host_frames_free(paddr, 2);
}

/* ---- Users of the arena ---- */

static struct {
	uint64_t mapped, most;
	unsigned calls;
	bool refuses;
} users[2];
static struct dma_linux_arena_user user[2];

static int map(struct dma_linux_arena_user *u, uint64_t offset, uint64_t nbytes, struct dma_linux_why *why)
{
	unsigned i = u == &user[1];

	users[i].calls++;
	if (users[i].refuses)
		return dma_linux_fail(why, DMA_ENOMEM, "it is refused");
	assert_int_equal(offset, users[i].mapped); /* it grows at its end */
	users[i].mapped += nbytes;
	return 0;
}

static void unmap(struct dma_linux_arena_user *u, uint64_t offset, uint64_t nbytes)
{
	unsigned i = u == &user[1];

	assert_int_equal(offset + nbytes, users[i].mapped);
	users[i].mapped = offset;
}

static void every_frame_is_mapped_for_every_user(void **state)
{
	struct dma_linux_why why = {""};
	dma_paddr_t paddr;
	uint64_t grown;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		user[i] = (struct dma_linux_arena_user){.map = map, .unmap = unmap};
		assert_int_equal(dma_linux_arena_join(&user[i], &why), 0);
		assert_int_equal(users[i].mapped, dma_linux_arena_grown());
	}
	grown = dma_linux_arena_grown();
	assert_int_equal(dma_host_frames_alloc(grown / PAGE + 1, UINT64_MAX, PAGE, &paddr), 0);
	assert_true(dma_linux_arena_grown() > grown);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(users[i].mapped, dma_linux_arena_grown());
	dma_host_frames_free(paddr, grown / PAGE + 1);

	/* One of them cannot: no frame that the other alone has is given out. */
	grown = dma_linux_arena_grown();
	users[0].refuses = true;
	assert_int_equal(dma_host_frames_alloc(grown / PAGE + 1, UINT64_MAX, PAGE, &paddr), DMA_ENOMEM);
	assert_int_equal(dma_linux_arena_grown(), grown);
	assert_int_equal(users[0].mapped, grown);
	assert_int_equal(users[1].mapped, grown);
	dma_linux_arena_leave(&user[0]);
	assert_int_equal(dma_host_frames_alloc(grown / PAGE + 1, UINT64_MAX, PAGE, &paddr), 0);
	assert_int_equal(users[1].mapped, dma_linux_arena_grown());
	assert_int_equal(users[0].mapped, grown);
	dma_host_frames_free(paddr, grown / PAGE + 1);
	assert_int_equal(dma_linux_arena_join(&user[0], &why), DMA_ENOMEM); /* still refuses */
	assert_string_equal(why.line, "it is refused");
	dma_linux_arena_leave(&user[1]);
}

/* ---- Memory elsewhere, and registers ---- */

static void memory_elsewhere_has_addresses(void **state)
{
	static unsigned char data[2 * DMA_PAGE_SIZE];
	unsigned char *heap = aligned_alloc(PAGE, 4 * PAGE), stack[64];
	dma_paddr_t paddr = dma_linux_paddr(heap);
	struct dma_segment seg = {0};
	volatile void *registers;

	(void)state;
	assert_ptr_equal(dma_host_linear(paddr, PAGE), heap);
	assert_true(dma_host_is_ram(paddr, 4));
	assert_true(dma_host_is_ram(dma_linux_paddr(data), 2));
	assert_ptr_equal(dma_host_linear(dma_linux_paddr(stack), 1), stack);
	assert_false(dma_host_is_ram(dma_paddr(0 - (uint64_t)(uintptr_t)dma_linux_arena_base()), 1)); /* NULL */
	assert_false(dma_host_is_ram(dma_paddr(dma_linux_arena_grown()), 1));
	assert_false(dma_host_is_ram(dma_paddr(dma_linux_arena_grown() - PAGE), 2));
	assert_false(dma_host_is_ram(paddr, SIZE_MAX));
	assert_int_equal(dma_segment_borrow(&seg, paddr, 4), 0);
	dma_segment_drop(&seg);
	free(heap);

	/* What is registers is no memory, and what is memory no registers. */
	heap = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_int_equal(dma_host_mmio_map(dma_linux_paddr(heap), PAGE, &registers), DMA_EINVAL);
	assert_int_equal(dma_gone_watch(heap, PAGE), 0);
	assert_int_equal(dma_host_mmio_map(dma_linux_paddr(heap), PAGE, &registers), 0);
	assert_int_equal(dma_host_mmio_map(dma_linux_paddr(heap), PAGE + 1, &registers), DMA_EINVAL);
	assert_false(dma_host_is_ram(dma_linux_paddr(heap), 1));
	dma_gone_forget(heap);
	assert_true(dma_host_is_ram(dma_linux_paddr(heap), 1));
	munmap(heap, PAGE);
}

/* A device that is gone: its pages are not there any more (here: behind the end of a file), and reads give ones. */
static void registers_of_a_device_that_is_gone(void **state)
{
	char path[] = "/tmp/dmastream-test-XXXXXX";
	int fd = mkstemp(path);
	unsigned char *at;
	int status;
	pid_t child;

	(void)state;
	assert_true(fd >= 0 && ftruncate(fd, (off_t)PAGE) == 0);
	at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_int_equal(dma_gone_watch(at, 2 * PAGE), 0);
	dma_host_mmio_write32(at + 8, 5);
	assert_int_equal(dma_host_mmio_read32(at + 8), 5);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(dma_host_mmio_read32(at + 8), UINT32_MAX);
	assert_true(dma_host_mmio_read64(at + PAGE) == UINT64_MAX);
	dma_host_mmio_write32(at + 8, 5); /* goes nowhere, and ends nobody */
	dma_gone_forget(at);
	munmap(at, 2 * PAGE);

	/* Nobody's registers: the signal is what it was. */
	child = fork();
	if (child == 0) {
		(void)signal(SIGBUS, SIG_DFL);
		at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
		_exit(*(volatile unsigned char *)at);
	}
	assert_true(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
	close(fd);
	unlink(path);
}

/* ---- fork() ---- */

static void a_child_has_no_arena(void **state)
{
	dma_paddr_t paddr;
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(dma_host_frames_alloc(1, UINT64_MAX, PAGE, &paddr), 0);
	*(volatile int *)dma_host_linear(paddr, PAGE) = 1;
	child = fork();
	if (child == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		*(volatile int *)dma_host_linear(paddr, PAGE) = 2;
		_exit(0);
	}
	assert_true(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	assert_int_equal(*(volatile int *)dma_host_linear(paddr, PAGE), 1);
	dma_host_frames_free(paddr, 1);
}

/* ---- Locks ---- */

static struct dma_lock lock;
static unsigned counter;

static void *count_up(void *nothing)
{
	(void)nothing;
	for (unsigned i = 0; i < 50000; i++) {
		uintptr_t before = dma_host_lock(&lock);

		counter++;
		dma_host_unlock(&lock, before);
	}
	return NULL;
}

static void locks_exclude_and_switch_interrupts_off(void **state)
{
	struct dma_lock outer = {0}, inner = {0};
	uintptr_t a, b;
	pthread_t threads[4];

	(void)state;
	assert_true(dma_host_interrupts_on());
	a = dma_host_lock(&outer);
	b = dma_host_lock(&inner);
	assert_false(dma_host_interrupts_on());
	dma_host_unlock(&inner, b);
	assert_false(dma_host_interrupts_on());
	dma_host_unlock(&outer, a);
	assert_true(dma_host_interrupts_on());
	dma_linux_in_interrupt(true);
	assert_false(dma_host_interrupts_on());
	dma_linux_in_interrupt(false);
	assert_true(dma_host_interrupts_on());
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(counter, 200000);
	assert_int_equal(lock.word, 0);
	assert_true(dma_host_cpu() < dma_linux_cpus());
}

static int start(void **state)
{
	(void)state;
	return dma_init();
}

static int end(void **state)
{
	(void)state;
	return dma_fini();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_nobody_elses),
		cmocka_unit_test(limits_are_kept_or_refused),
		cmocka_unit_test(every_frame_is_mapped_for_every_user),
		cmocka_unit_test(memory_elsewhere_has_addresses),
		cmocka_unit_test(registers_of_a_device_that_is_gone),
		cmocka_unit_test(a_child_has_no_arena),
		cmocka_unit_test(locks_exclude_and_switch_interrupts_off),
	};

	return cmocka_run_group_tests_name("platform/linux: frames", tests, start, end);
}
