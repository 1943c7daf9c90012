/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Registers of a device that is gone. The kernel takes the pages away, and an access is a SIGBUS; or the device is
 * still there, but its owner has asked for it back. The handler puts a page of ones where the registers were, so
 * that the driver reads all ones, as on a bus without a device, and ends itself in its own way. A SIGBUS that is
 * nobody's registers goes to the handler that was there before.
 */
#include "../linux_host.h"
#include <dmastream/errors.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define WATCHED 64u

static struct {
	char *at; /* NULL: free. Both change atomically: they are read without the mutex */
	size_t nbytes;
} watched[WATCHED];
static unsigned used; /* slots from this one on were never taken: who looks for an address looks no further */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before;

static bool lies_in(unsigned i, const char *at, size_t nbytes)
{
	const char *first = __atomic_load_n(&watched[i].at, __ATOMIC_ACQUIRE);
	size_t size = __atomic_load_n(&watched[i].nbytes, __ATOMIC_ACQUIRE);

	/* Another device's by now: its size does not belong to that address. */
	if (first != __atomic_load_n(&watched[i].at, __ATOMIC_RELAXED))
		return false;
	return first && at >= first && nbytes <= size && (size_t)(at - first) <= size - nbytes;
}

bool dma_gone_has(const void *at, size_t nbytes)
{
	unsigned n = __atomic_load_n(&used, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < n; i++)
		if (lies_in(i, at, nbytes))
			return true;
	return false;
}

static void put_ones(char *at, size_t nbytes)
{
	if (mmap(at, nbytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at)
		memset(at, 0xff, nbytes);
}

static void on_bus_error(int signal, siginfo_t *info, void *context)
{
	unsigned n = __atomic_load_n(&used, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < n; i++) {
		if (lies_in(i, info->si_addr, 1)) {
			put_ones(watched[i].at, watched[i].nbytes);
			return;
		}
	}
	if (before.sa_flags & SA_SIGINFO) {
		before.sa_sigaction(signal, info, context);
	} else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
		before.sa_handler(signal);
	} else {
		struct sigaction end = {.sa_handler = SIG_DFL};

		(void)sigaction(SIGBUS, &end, NULL); /* the access is repeated, and ends the process */
	}
}

int dma_gone_watch(void *registers, size_t nbytes)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART}, now;
	int error = DMA_ENOMEM;

	action.sa_sigaction = on_bus_error;
	(void)pthread_mutex_lock(&mutex);
	/* A handler that the program has set meanwhile is the one before ours from now on. */
	if (sigaction(SIGBUS, NULL, &now) == 0 && now.sa_sigaction != on_bus_error) {
		before = now;
		(void)sigaction(SIGBUS, &action, NULL);
	}
	for (unsigned i = 0; i < WATCHED && error; i++) {
		if (watched[i].at)
			continue;
		__atomic_store_n(&watched[i].nbytes, nbytes, __ATOMIC_RELEASE);
		__atomic_store_n(&watched[i].at, (char *)registers, __ATOMIC_RELEASE);
		if (i == used)
			__atomic_store_n(&used, i + 1, __ATOMIC_RELEASE);
		error = 0;
	}
	(void)pthread_mutex_unlock(&mutex);
	return error;
}

void dma_gone_forget(const void *registers)
{
	(void)pthread_mutex_lock(&mutex);
	for (unsigned i = 0; i < WATCHED; i++)
		if (watched[i].at == registers)
			__atomic_store_n(&watched[i].at, NULL, __ATOMIC_RELEASE);
	(void)pthread_mutex_unlock(&mutex);
}

void dma_gone_now(void *registers)
{
	(void)pthread_mutex_lock(&mutex);
	for (unsigned i = 0; i < WATCHED; i++)
		if (watched[i].at == registers)
			put_ones(registers, watched[i].nbytes);
	(void)pthread_mutex_unlock(&mutex);
}
