/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host of a unit in software: see queue_host.h.
 */
#include "queue_host.h"
#include "../../src/base/state.h"
#include "queue_looks.h"
#include "queue_unit.h"
#include <dmastream/platform.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

_Thread_local unsigned host_cpu;
uint64_t (*host_clock)(void);
bool host_signals, host_meets;
unsigned (*host_leads)(void), (*host_follows)(void);

void dma_log(const char *format, ...)
{
	printf("# %s\n", format);
}

void dma_host_log(const char *line)
{
	printf("# %s\n", line);
}

uint64_t dma_host_time_ns(void)
{
	struct timespec t;

	if (host_clock)
		return host_clock();
	(void)sched_yield(); /* a waiter lets the unit's thread run */
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	/* A unit is given up after ten seconds: longer than this machine keeps a thread waiting. */
	return ((uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec) / 10000u;
}

unsigned dma_host_cpu(void)
{
	return host_cpu % (UNIT_CPUS / 2); /* a handler's is that of whom it interrupts */
}

unsigned host_looks_leading(void)
{
	return host_leads ? host_leads() : 256;
}

unsigned host_looks_following(void)
{
	return host_follows ? host_follows() : 4096;
}

bool dma_host_interrupts_on(void)
{
	return true;
}

static void interrupts(int how)
{
	sigset_t set;

	if (!host_signals)
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(how, &set, NULL);
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	interrupts(SIG_BLOCK);
	while (__atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE))
		sched_yield();
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	(void)state;
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
	if (host_cpu < UNIT_CPUS / 2) /* a handler goes on with its interrupts off */
		interrupts(SIG_UNBLOCK);
}
