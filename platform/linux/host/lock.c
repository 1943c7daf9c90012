/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Locks, CPU numbers and contexts of a process. A lock is a futex: 0 free, 1 held, 2 held and somebody may sleep for it
 * (Drepper, "Futexes are tricky", mutex 2). "Interrupts off" is a count of each thread: of the locks that it holds, and
 * one more in an interrupt handler.
 */
#include "../linux_host.h"
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

static __thread unsigned off;
static __thread unsigned number; /* of this thread, counted from 1; 0: not known yet */
static unsigned threads, cpus;

static uint32_t *word_of(struct dma_lock *lock)
{
	return (uint32_t *)(void *)&lock->word;
}

static __attribute__((noinline)) void wait_for(uint32_t *word)
{
	for (unsigned tries = 0; tries < 100; tries++) {
		uint32_t is_free = 0;

		if (__atomic_compare_exchange_n(word, &is_free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return;
	}
	while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0)
		(void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	uint32_t is_free = 0;

	off++;
	if (!__atomic_compare_exchange_n(word_of(lock), &is_free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		wait_for(word_of(lock));
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	(void)state;
	if (__atomic_exchange_n(word_of(lock), 0, __ATOMIC_RELEASE) == 2)
		(void)syscall(SYS_futex, word_of(lock), FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	off--;
}

void dma_linux_in_interrupt(bool in)
{
	off += in ? 1 : -1u;
}

bool dma_host_interrupts_on(void)
{
	return off == 0;
}

/* A thread keeps its number, which is as good a hint as the CPU's, and costs nothing to know. */
unsigned dma_host_cpu(void)
{
	if (__builtin_expect(number == 0, 0))
		number = 1 + __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) % dma_linux_cpus();
	return number - 1;
}

unsigned dma_linux_cpus(void)
{
	unsigned n = __atomic_load_n(&cpus, __ATOMIC_RELAXED);

	if (n == 0) {
		long online = sysconf(_SC_NPROCESSORS_ONLN);

		n = online < 1 ? 1 : online > 32 ? 32 : (unsigned)online;
		__atomic_store_n(&cpus, n, __ATOMIC_RELAXED);
	}
	return n;
}
