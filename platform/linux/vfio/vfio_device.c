/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A device: opened, reset, and given back quiet. (Its registers: vfio_bars.c.)
 */
#include "vfio_own.h"
#include <dmastream/errors.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COMMAND	       4u
#define COMMAND_MEMORY 2u
#define COMMAND_MASTER 4u

static pthread_mutex_t life = PTHREAD_MUTEX_INITIALIZER; /* opening, closing, attaching, detaching */
static struct dma_linux_device *devices[VFIO_DEVICES];	 /* changed atomically: dma_linux_stop_all() takes no lock */
static unsigned looking; /* who may hold what devices[] had: close waits until there is none */

/* ---- Configuration space ---- */

uint32_t dma_linux_config_read32(const struct dma_linux_device *dev, unsigned offset)
{
	const struct vfio_region *config = &dev->regions[VFIO_PCI_CONFIG_REGION_INDEX];
	uint32_t value = UINT32_MAX;

	if (offset % 4 || offset + 4 > config->size ||
	    pread(dev->fd, &value, sizeof(value), (off_t)(config->offset + offset)) != sizeof(value))
		return UINT32_MAX;
	return value;
}

/* The kernel takes accesses of 1, 2 and 4 bytes; the command register is written alone, since bits beside it are
 * cleared by ones. */
void dma_linux_config_write32(const struct dma_linux_device *dev, unsigned offset, uint32_t value)
{
	const struct vfio_region *config = &dev->regions[VFIO_PCI_CONFIG_REGION_INDEX];

	if (offset % 4 == 0 && offset + 4 <= config->size)
		(void)!pwrite(dev->fd, &value, sizeof(value), (off_t)(config->offset + offset));
}

static int change_command(const struct dma_linux_device *dev, uint16_t clear, uint16_t set)
{
	const struct vfio_region *config = &dev->regions[VFIO_PCI_CONFIG_REGION_INDEX];
	off_t at = (off_t)(config->offset + COMMAND);
	uint16_t command = 0;

	if (pread(dev->fd, &command, sizeof(command), at) != sizeof(command))
		return DMA_EIO;
	command = (uint16_t)((command & ~clear) | set);
	return pwrite(dev->fd, &command, sizeof(command), at) == sizeof(command) ? 0 : DMA_EIO;
}

/* Not for one whose owner has asked for it: it stays quiet. */
void dma_linux_device_enable(const struct dma_linux_device *dev)
{
	if (!__atomic_load_n(&dev->removed, __ATOMIC_ACQUIRE))
		(void)change_command(dev, 0, COMMAND_MEMORY | COMMAND_MASTER);
}

void dma_linux_device_disable(const struct dma_linux_device *dev)
{
	(void)change_command(dev, COMMAND_MASTER, 0);
}

static void quiet(const struct dma_linux_device *dev)
{
	(void)change_command(dev, COMMAND_MASTER, 0);
	if (dev->resets)
		(void)ioctl(dev->fd, VFIO_DEVICE_RESET);
}

static const struct dma_linux_device *look_at(unsigned i)
{
	return __atomic_load_n(&devices[i], __ATOMIC_SEQ_CST);
}

/* Those who look count themselves before they read devices[]; who closes takes the device out before it reads the
 * count: so one of the two sees the other. */
static void look(void)
{
	__atomic_add_fetch(&looking, 1, __ATOMIC_SEQ_CST);
}

static void looked(void)
{
	__atomic_sub_fetch(&looking, 1, __ATOMIC_RELEASE);
}

void dma_linux_stop_all(void)
{
	look();
	for (unsigned i = 0; i < VFIO_DEVICES; i++) {
		const struct dma_linux_device *dev = look_at(i); /* once: its close may come in between */

		if (dev)
			quiet(dev);
	}
	looked();
}

static uint32_t requester_of(const struct dma_linux_device *dev)
{
	unsigned segment = 0, bus = 0, slot = 0, function = 0;

	/* NOLINTNEXTLINE(cert-err34-c): a name of a device, as is_name() has found */
	(void)sscanf(dev->name, "%x:%x:%x.%x", &segment, &bus, &slot, &function);
	return segment << 16 | bus << 8 | slot << 3 | function;
}

/* Bus mastering off, for the device with that requester in the space, or for all (UINT32_MAX). */
int dma_vfio_devices_quiet(const struct vfio_space *space, uint32_t requester)
{
	int error = 0;

	look();
	for (unsigned i = 0; i < VFIO_DEVICES; i++) {
		const struct dma_linux_device *dev = look_at(i);

		if (dev && dev->space == space && (requester == UINT32_MAX || requester == requester_of(dev)) &&
		    change_command(dev, COMMAND_MASTER, 0))
			error = DMA_EIO;
	}
	looked();
	return error;
}

/* ---- Registers ---- */

static void learn_regions(struct dma_linux_device *dev)
{
	for (uint32_t i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		struct vfio_region_info info = {.argsz = sizeof(info), .index = i};

		if (ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, &info))
			continue;
		dev->regions[i].offset = info.offset;
		dev->regions[i].size = info.size;
		dev->regions[i].mappable = info.flags & VFIO_REGION_INFO_FLAG_MMAP;
	}
}

/* The owner wants the device back (it is being unbound, or unplugged): the kernel waits until it is closed. For its
 * driver it is gone from now on. */
static void on_request(void *context)
{
	struct dma_linux_device *dev = context;
	struct dma_linux_why why;

	if (dev->removed)
		return;
	dma_vfio_bars_end(dev);
	(void)dma_linux_fail(&why, 0, "%s is being removed: its driver stops", dev->name);
	dma_host_log(why.line);
	quiet(dev);
	dma_vfio_bars_gone(dev);
}

/* A kernel that makes no such requests has no file for them. */
static int listen_for_requests(struct dma_linux_device *dev, struct dma_linux_why *why)
{
	_Alignas(struct vfio_irq_set) unsigned char request[sizeof(struct vfio_irq_set) + sizeof(int32_t)];
	struct vfio_irq_set *set = (struct vfio_irq_set *)(void *)request;

	if (dma_vfio_handler_add(on_request, dev, &dev->request))
		return dma_linux_fail(
			why, DMA_ENOMEM,
			"%s: no thread or file for the kernel's requests: see `ulimit -u` and `ulimit -n`", dev->name);
	*set = (struct vfio_irq_set){.argsz = sizeof(request),
				     .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
				     .index = VFIO_PCI_REQ_IRQ_INDEX,
				     .count = 1};
	memcpy(set->data, &dev->request->fd, sizeof(int32_t));
	if (ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, set)) {
		dma_vfio_handler_remove(dev->request);
		dev->request = NULL;
	}
	return 0;
}

/* ---- After fork() ---- */

/* No device is half open or half closed when the child is made. */
static void before_fork(void)
{
	(void)pthread_mutex_lock(&life);
}

static void after_fork(void)
{
	(void)pthread_mutex_unlock(&life);
}

/* In the child: the files, so that the devices are given back when the parent ends. */
static void close_in_child(void)
{
	(void)pthread_mutex_unlock(&life);
	for (unsigned i = 0; i < VFIO_DEVICES; i++) {
		struct dma_linux_device *dev = devices[i];

		if (!dev)
			continue;
		(void)close(dev->fd);
		if (dev->space->group_fd >= 0)
			(void)close(dev->space->group_fd);
		if (dev->space->fd >= 0)
			(void)close(dev->space->fd);
		dev->fd = dev->space->fd = dev->space->group_fd = -1;
		devices[i] = NULL;
	}
}

static void prepare_for_fork(void)
{
	static bool prepared;

	if (!prepared)
		prepared = pthread_atfork(before_fork, after_fork, close_in_child) == 0;
}

/* ---- Life ---- */

static struct dma_linux_device **free_slot(void)
{
	for (unsigned i = 0; i < VFIO_DEVICES; i++)
		if (!devices[i])
			return &devices[i];
	return NULL;
}

static int open_in(struct dma_linux_device *dev, struct dma_linux_why *why)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	int error = dev->space->group_fd >= 0 ? dma_vfio_type1_device(dev->space, dev->name, &dev->fd, why)
					      : dma_vfio_iommufd_device(dev->space, dev->name, &dev->fd, why);

	if (error)
		return error;
	if (ioctl(dev->fd, VFIO_DEVICE_GET_INFO, &info) || !(info.flags & VFIO_DEVICE_FLAGS_PCI))
		return dma_linux_fail(why, DMA_EIO, "%s: the kernel does not describe it as a PCI device", dev->name);
	dev->resets = info.flags & VFIO_DEVICE_FLAGS_RESET;
	learn_regions(dev);
	dma_vfio_irq_learn(dev);
	quiet(dev);
	if (dma_linux_config_read32(dev, 0) == UINT32_MAX)
		return dma_linux_fail(why, DMA_ENODEV, "%s does not answer: it is gone, or without power", dev->name);
	error = listen_for_requests(dev, why);
	return error ? error : dma_vfio_space_window(dev->space, UINT64_MAX, why);
}

static void give_back(struct dma_linux_device *dev)
{
	if (dev->request)
		dma_vfio_handler_remove(dev->request);
	dma_vfio_irq_end_all(dev);
	if (dev->fd >= 0)
		quiet(dev);
	dma_vfio_bars_unmap(dev);
	if (dev->fd >= 0)
		(void)close(dev->fd);
	dma_vfio_space_put(dev->space);
	free(dev);
}

static int open_device(const char *name, const struct dma_linux_config *config, struct dma_linux_device **out,
		       struct dma_linux_why *why)
{
	struct dma_linux_device **slot = free_slot(), *dev;
	struct vfio_place place;
	int error = dma_vfio_find(name, config, &place, why);

	if (error)
		return error;
	if (!dma_linux_arena_base())
		return dma_linux_fail(why, DMA_EINVAL, "dma_init() has not been called");
	if (config && config->no_huge_pages)
		dma_linux_arena_no_huge_pages();
	if (!slot)
		return dma_linux_fail(why, DMA_ENOMEM, "%d devices are open, and no more can be", VFIO_DEVICES);
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return dma_linux_fail(why, DMA_ENOMEM, "no memory");
	dev->fd = -1;
	(void)snprintf(dev->name, sizeof(dev->name), "%s", name);
	error = dma_vfio_space_get(place, name, config && config->no_iommufd, &dev->space, why);
	if (error) {
		free(dev);
		return error;
	}
	prepare_for_fork();
	error = open_in(dev, why);
	if (error) {
		give_back(dev);
		return error;
	}
	__atomic_store_n(slot, dev, __ATOMIC_RELEASE);
	*out = dev;
	return 0;
}

int dma_linux_device_open(const char *name, const struct dma_linux_config *config, struct dma_linux_device **out,
			  struct dma_linux_why *why)
{
	int error;

	(void)pthread_mutex_lock(&life);
	error = open_device(name, config, out, why);
	(void)pthread_mutex_unlock(&life);
	return error;
}

void dma_linux_device_close(struct dma_linux_device *dev)
{
	if (!dev)
		return;
	(void)pthread_mutex_lock(&life);
	for (unsigned i = 0; i < VFIO_DEVICES; i++)
		if (devices[i] == dev)
			__atomic_store_n(&devices[i], NULL, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&looking, __ATOMIC_SEQ_CST))
		(void)sched_yield();
	give_back(dev);
	(void)pthread_mutex_unlock(&life);
}

static int attach(struct dma_linux_device *dev, struct dma_device *dma, struct dma_device_config *config)
{
	struct dma_linux_why why = {""};
	int error = dma_vfio_space_domain(dev->space, config->mask, config->trusted, &why);

	if (error) {
		dma_host_log(why.line);
		return error;
	}
	config->domain = dev->space->domain;
	if (dev->space->place.no_iommu) {
		config->windows = &dev->space->window;
		config->nwindows = 1;
	}
	config->requester = requester_of(dev);
	config->coherent = dev->space->snoops;
	error = dma_device_init(dma, config);
	if (!error)
		dev->space->attached++;
	return error;
}

int dma_linux_device_attach(struct dma_linux_device *dev, struct dma_device *dma, struct dma_device_config *config)
{
	int error;

	(void)pthread_mutex_lock(&life);
	error = attach(dev, dma, config);
	(void)pthread_mutex_unlock(&life);
	return error;
}

int dma_linux_device_detach(struct dma_linux_device *dev, struct dma_device *dma)
{
	int error;

	(void)pthread_mutex_lock(&life);
	error = dma_device_fini(dma);
	if (!error && --dev->space->attached == 0)
		dma_vfio_space_no_domain(dev->space);
	(void)pthread_mutex_unlock(&life);
	return error;
}

void dma_linux_stats_get(struct dma_linux_stats *out)
{
	*out = (struct dma_linux_stats){.calls = dma_vfio_calls(), .kept_bytes = dma_vfio_kept_bytes()};
	dma_linux_arena_stats(out);
}
