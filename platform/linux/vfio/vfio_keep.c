/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Memory outside the arena that may stay mapped: it is registered with a userfaultfd, whose events say that a range is
 * unmapped, moved or discarded. The call that does so (munmap, mremap, madvise) does not return before its event has
 * been read. Before it is read, all kept mappings go, and the lock is held that a new one needs: so nothing is found
 * mapped whose addresses mean something else.
 */
#include "vfio_own.h"
#include <dmastream/errors.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

enum { KEPT = 64 };

static struct {
	uintptr_t first, end; /* end 0: free */
} kept[KEPT];
static unsigned used; /* slots from this one on are free; changes under the mutex, and is read without it */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int uffd = -1;

bool dma_vfio_is_watched(const void *memory, uint64_t nbytes)
{
	uintptr_t first = (uintptr_t)memory;
	bool found = false;

	if (!__atomic_load_n(&used, __ATOMIC_RELAXED))
		return false;
	(void)pthread_mutex_lock(&mutex);
	for (unsigned i = 0; i < used && !found; i++)
		found = first >= kept[i].first && first < kept[i].end && nbytes <= kept[i].end - first;
	(void)pthread_mutex_unlock(&mutex);
	return found;
}

static void count_used(void)
{
	unsigned n = KEPT;

	while (n && !kept[n - 1].end)
		n--;
	__atomic_store_n(&used, n, __ATOMIC_RELAXED);
}

/* Watched ranges lose what lies in [first, end): what is left on one side stays (on the longer one, if both are). */
static void cut(uintptr_t first, uintptr_t end)
{
	for (unsigned i = 0; i < KEPT; i++) {
		uintptr_t a = kept[i].first, b = kept[i].end, left, right;

		if (first >= b || end <= a)
			continue;
		left = first > a ? first - a : 0;
		right = end < b ? b - end : 0;
		kept[i].first = right > left ? end : a;
		kept[i].end = right > left ? b : left ? first : 0;
	}
	count_used();
}

/* One event, under the lock. Which range it is for shows only when it is read, and then its call goes on: so every kept
 * mapping goes before, and the next stream of what is still watched maps it again. */
static void take_event(void)
{
	struct uffd_msg message;

	(void)dma_vfio_spaces_forget(dma_paddr(0), UINT64_MAX);
	if (read(uffd, &message, sizeof(message)) != sizeof(message))
		return;
	if (message.event == UFFD_EVENT_UNMAP || message.event == UFFD_EVENT_REMOVE)
		cut((uintptr_t)message.arg.remove.start, (uintptr_t)message.arg.remove.end);
	else if (message.event == UFFD_EVENT_REMAP)
		cut((uintptr_t)message.arg.remap.from, (uintptr_t)(message.arg.remap.from + message.arg.remap.len));
}

static void *listen_to(void *nothing)
{
	(void)nothing;
	for (;;) {
		struct pollfd p = {.fd = uffd, .events = POLLIN};

		if (poll(&p, 1, -1) <= 0)
			continue;
		(void)pthread_mutex_lock(&mutex);
		take_event();
		(void)pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static int start(void)
{
	struct uffdio_api api = {.api = UFFD_API,
				 .features = UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_EVENT_REMAP |
					     UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_PAGEFAULT_FLAG_WP};
	sigset_t all, before;
	pthread_t thread;
	int failed;

	if (uffd >= 0)
		return 0;
	uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	if (uffd < 0)
		return DMA_ENOTSUP;
	if (ioctl(uffd, UFFDIO_API, &api)) {
		(void)close(uffd);
		uffd = -1;
		return DMA_ENOTSUP;
	}
	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGBUS);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&thread, NULL, listen_to, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!failed) {
		(void)pthread_detach(thread);
		return 0;
	}
	(void)close(uffd);
	uffd = -1;
	return DMA_ENOMEM;
}

static bool whole_pages(const void *memory, size_t nbytes)
{
	return nbytes && !(((uintptr_t)memory | nbytes) & (DMA_PAGE_SIZE - 1)) &&
	       (uintptr_t)memory + nbytes > (uintptr_t)memory;
}

/* Write protection is what the range is registered for, and none of its pages is ever protected. */
int dma_linux_keep(void *memory, size_t nbytes)
{
	struct uffdio_register range = {.range = {.start = (uintptr_t)memory, .len = nbytes},
					.mode = UFFDIO_REGISTER_MODE_WP};
	int error = DMA_ENOSPC;
	unsigned i;

	if (!whole_pages(memory, nbytes))
		return DMA_EINVAL;
	(void)pthread_mutex_lock(&mutex);
	for (i = 0; i < KEPT && kept[i].end; i++)
		;
	if (i < KEPT)
		error = start();
	if (!error && ioctl(uffd, UFFDIO_REGISTER, &range))
		error = DMA_ENOTSUP;
	if (!error) {
		kept[i].first = (uintptr_t)memory;
		kept[i].end = (uintptr_t)memory + nbytes;
		count_used();
	}
	(void)pthread_mutex_unlock(&mutex);
	return error;
}

int dma_linux_forget(void *memory, size_t nbytes)
{
	struct uffdio_range range = {.start = (uintptr_t)memory, .len = nbytes};
	int error;

	(void)pthread_mutex_lock(&mutex);
	cut((uintptr_t)memory, (uintptr_t)memory + nbytes);
	error = dma_vfio_spaces_forget(dma_linux_paddr(memory), nbytes);
	if (uffd >= 0 && whole_pages(memory, nbytes))
		(void)ioctl(uffd, UFFDIO_UNREGISTER, &range);
	(void)pthread_mutex_unlock(&mutex);
	return error;
}
