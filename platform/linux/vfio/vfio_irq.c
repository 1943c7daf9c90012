/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Interrupts: an eventfd for each message, and one thread that waits for all of them and calls handlers.
 *
 * A handler that is removed has run for the last time: the thread holds `calling` while it calls, and looks under it
 * whether the handler is still there.
 */
#include "vfio_own.h"
#include <dmastream/errors.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { HANDLERS = 256, EVENTS = 16 };

static struct vfio_handler handlers[HANDLERS]; /* call NULL: free */
static pthread_mutex_t calling = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER; /* the messages of a device; taken before `calling` */
static int epoll_fd = -1;
static uint32_t interrupts, sleepers;

/* ---- The thread ---- */

static void count_one(void)
{
	__atomic_add_fetch(&interrupts, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&sleepers, __ATOMIC_SEQ_CST))
		(void)syscall(SYS_futex, &interrupts, FUTEX_WAKE_PRIVATE, 64, NULL, NULL, 0);
}

static void call_handler(struct vfio_handler *handler)
{
	uint64_t count;

	(void)pthread_mutex_lock(&calling);
	if (handler->call && read(handler->fd, &count, sizeof(count)) == sizeof(count)) {
		dma_linux_in_interrupt(true);
		handler->call(handler->context);
		dma_linux_in_interrupt(false);
	}
	(void)pthread_mutex_unlock(&calling);
	count_one();
}

static void *serve(void *nothing)
{
	struct epoll_event events[EVENTS];

	(void)nothing;
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS, -1);

		for (int i = 0; i < n; i++)
			call_handler(events[i].data.ptr);
	}
	return NULL;
}

/* Signals are for the program's own threads. */
static int start(void)
{
	sigset_t all, before;
	pthread_t thread;
	int failed;

	if (epoll_fd >= 0)
		return 0;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		return DMA_ENOMEM;
	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGBUS);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&thread, NULL, serve, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!failed) {
		(void)pthread_detach(thread);
		return 0;
	}
	(void)close(epoll_fd);
	epoll_fd = -1;
	return DMA_ENOMEM;
}

int dma_vfio_handler_add(void (*call)(void *context), void *context, struct vfio_handler **out)
{
	struct vfio_handler *handler = NULL;
	struct epoll_event event = {.events = EPOLLIN};
	int error;

	(void)pthread_mutex_lock(&calling);
	error = start();
	for (unsigned i = 0; i < HANDLERS && !handler; i++)
		if (!handlers[i].call)
			handler = &handlers[i];
	if (!error && handler) {
		handler->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		event.data.ptr = handler;
		if (handler->fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, handler->fd, &event) == 0) {
			handler->context = context;
			handler->call = call;
			*out = handler;
		} else {
			if (handler->fd >= 0)
				(void)close(handler->fd);
			handler = NULL;
		}
	}
	(void)pthread_mutex_unlock(&calling);
	return error ? error : handler ? 0 : DMA_ENOMEM;
}

void dma_vfio_handler_remove(struct vfio_handler *handler)
{
	(void)pthread_mutex_lock(&calling);
	(void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, handler->fd, NULL);
	(void)close(handler->fd);
	handler->call = NULL;
	(void)pthread_mutex_unlock(&calling);
}

/* ---- Waiting ---- */

uint64_t dma_linux_interrupts(void)
{
	return __atomic_load_n(&interrupts, __ATOMIC_SEQ_CST);
}

void dma_linux_wait(uint64_t seen)
{
	const struct timespec most = {.tv_nsec = 10000000};

	__atomic_add_fetch(&sleepers, 1, __ATOMIC_SEQ_CST);
	(void)syscall(SYS_futex, &interrupts, FUTEX_WAIT_PRIVATE, (uint32_t)seen, &most, NULL, 0);
	__atomic_sub_fetch(&sleepers, 1, __ATOMIC_SEQ_CST);
}

/* ---- Messages of a device ---- */

void dma_vfio_irq_learn(struct dma_linux_device *dev)
{
	struct vfio_irq_info info = {.argsz = sizeof(info), .index = VFIO_PCI_MSIX_IRQ_INDEX};

	for (unsigned i = 0; i < VFIO_MESSAGES; i++)
		dev->fds[i] = -1;
	if (ioctl(dev->fd, VFIO_DEVICE_GET_IRQ_INFO, &info) || !(info.flags & VFIO_IRQ_INFO_EVENTFD))
		return;
	dev->messages = info.count < VFIO_MESSAGES ? info.count : VFIO_MESSAGES;
	dev->dynamic = !(info.flags & VFIO_IRQ_INFO_NORESIZE);
}

static int set(struct dma_linux_device *dev, unsigned first, unsigned count)
{
	_Alignas(struct vfio_irq_set) unsigned char
		request[sizeof(struct vfio_irq_set) + VFIO_MESSAGES * sizeof(int32_t)];
	struct vfio_irq_set *set = (struct vfio_irq_set *)(void *)request;
	size_t nbytes = count * sizeof(int32_t);

	*set = (struct vfio_irq_set){.argsz = (uint32_t)(sizeof(*set) + nbytes),
				     .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
				     .index = VFIO_PCI_MSIX_IRQ_INDEX,
				     .start = first,
				     .count = count};
	memcpy(set->data, &dev->fds[first], nbytes);
	return ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, set) ? DMA_EIO : 0;
}

static void disable(struct dma_linux_device *dev)
{
	struct vfio_irq_set none = {.argsz = sizeof(none),
				    .flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
				    .index = VFIO_PCI_MSIX_IRQ_INDEX};

	(void)ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, &none);
}

static unsigned end_of(const struct dma_linux_device *dev)
{
	unsigned end = dev->messages;

	while (end > 0 && dev->fds[end - 1] < 0)
		end--;
	return end;
}

/* The device's messages are those with an eventfd. A kernel that cannot add one to those in use switches all off and on
 * again; what came meanwhile is made up for by one call of each handler. */
static int apply(struct dma_linux_device *dev, unsigned changed, unsigned before)
{
	unsigned end = end_of(dev);
	const uint64_t one = 1;
	int error;

	if (before > 0 && (dev->dynamic || changed < before) && end > 0)
		return set(dev, changed, 1);
	if (before > 0)
		disable(dev);
	error = end > 0 ? set(dev, 0, end) : 0;
	for (unsigned i = 0; i < end && before > 0 && !error; i++)
		if (dev->fds[i] >= 0)
			(void)!write(dev->fds[i], &one, sizeof(one));
	return error;
}

static int add_message(struct dma_linux_device *dev, unsigned message, void (*handler)(void *context), void *context)
{
	unsigned before = end_of(dev);
	int error;

	if (dev->messages == 0)
		return DMA_ENOTSUP;
	if (message >= dev->messages || !handler)
		return DMA_EINVAL;
	if (dev->handlers[message])
		return DMA_EBUSY;
	error = dma_vfio_handler_add(handler, context, &dev->handlers[message]);
	if (error)
		return error;
	dev->fds[message] = dev->handlers[message]->fd;
	error = apply(dev, message, before);
	if (error) {
		dev->fds[message] = -1;
		dma_vfio_handler_remove(dev->handlers[message]);
		dev->handlers[message] = NULL;
	}
	return error;
}

int dma_linux_interrupt(struct dma_linux_device *dev, unsigned message, void (*handler)(void *context), void *context)
{
	int error;

	(void)pthread_mutex_lock(&changing);
	error = add_message(dev, message, handler, context);
	(void)pthread_mutex_unlock(&changing);
	return error;
}

void dma_linux_interrupt_end(struct dma_linux_device *dev, unsigned message)
{
	unsigned before;

	(void)pthread_mutex_lock(&changing);
	before = end_of(dev);
	if (message < dev->messages && dev->handlers[message]) {
		dev->fds[message] = -1;
		(void)apply(dev, message, before);
		dma_vfio_handler_remove(dev->handlers[message]);
		dev->handlers[message] = NULL;
	}
	(void)pthread_mutex_unlock(&changing);
}

void dma_vfio_irq_end_all(struct dma_linux_device *dev)
{
	for (unsigned i = 0; i < dev->messages; i++)
		dma_linux_interrupt_end(dev, i);
}
