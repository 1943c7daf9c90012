/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Threads that open and close devices, map, release, keep and forget at once, while others stop all devices, read the
 * figures, and devices are asked for by their owners: under the thread sanitizer, on a kernel that is a fake.
 */
#include "devices_test.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 60, STREAMS = 12, THREADS = 3 };

static unsigned ended;

static bool all_ended(void)
{
	return __atomic_load_n(&ended, __ATOMIC_ACQUIRE) == THREADS;
}

static void nothing(void *context)
{
	(void)context;
}

/* Each has a device of its own; two of them share a group. */
static void *use(void *name)
{
	unsigned char *memory = pages_at(NULL, (size_t)2 * STREAMS);
	struct dma_stream s[STREAMS] = {{0}};

	for (unsigned round = 0; round < ROUNDS; round++) {
		bool keeps = round % 3 == 0 && dma_linux_keep(memory, STREAMS * PAGE) == 0;
		struct rig rig;
		dma_paddr_t bar;
		uint64_t nbytes;

		rig_begin(&rig, name);
		assert_int_equal(dma_linux_interrupt(rig.dev, round % 4, nothing, NULL), 0);
		if (dma_linux_bar(rig.dev, 0, &bar, &nbytes)) /* its owner has asked for it */
			assert_true(strcmp(name, ALONE) == 0);
		for (unsigned i = 0; i < STREAMS; i++) {
			if (i % 4 == 3)
				assert_int_equal(dma_stream_alloc(&s[i], &rig.dma, DMA_BIDIRECTIONAL, 1 + round % 300),
						 0);
			else
				assert_int_equal(rig_map(&rig, &s[i], memory + 2 * i * PAGE, 1), 0);
		}
		dma_linux_interrupt_end(rig.dev, round % 4);
		for (unsigned i = 0; i < STREAMS; i++)
			dma_stream_release(&s[i]);
		if (keeps)
			(void)dma_linux_forget(memory, STREAMS * PAGE);
		rig_end(&rig);
	}
	(void)munmap(memory, 2 * STREAMS * PAGE);
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void *stop(void *context)
{
	(void)context;
	while (!all_ended()) {
		struct dma_linux_stats stats;

		dma_linux_stop_all();
		dma_linux_stats_get(&stats);
		(void)usleep(200);
	}
	return NULL;
}

static void *ask(void *name)
{
	while (!all_ended()) {
		fake_vfio_request(name);
		(void)usleep(3000);
	}
	return NULL;
}

static void threads_at_once(void **state)
{
	static char names[THREADS][16] = {FIRST, TWIN, ALONE};
	pthread_t users[THREADS], stopper, owner;

	(void)state;
	ended = 0;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&users[i], NULL, use, names[i]), 0);
	assert_int_equal(pthread_create(&stopper, NULL, stop, NULL), 0);
	assert_int_equal(pthread_create(&owner, NULL, ask, names[2]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(users[i], NULL), 0);
	assert_int_equal(pthread_join(stopper, NULL), 0);
	assert_int_equal(pthread_join(owner, NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {DEVICES_CASE(threads_at_once)};

	return devices_main("threads", tests, sizeof(tests) / sizeof(tests[0]));
}
