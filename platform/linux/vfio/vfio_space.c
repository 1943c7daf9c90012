/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An address space of either kind: its life, and the domain that the library makes of it. (Where in it the
 * arena lies: vfio_window.c.)
 */
#include "vfio_own.h"
#include <dmastream/errors.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct vfio_space *spaces;
static struct vfio_space *closed; /* whose streams still live */
/* Over the list and the spaces' domains, which the thread of vfio_keep.c reads. Nothing is freed or unmapped by those
 * who hold it: the kernel may wait for that thread then. */
static pthread_mutex_t listed = PTHREAD_MUTEX_INITIALIZER;
static uint64_t calls;

uint64_t dma_vfio_calls(void)
{
	return __atomic_load_n(&calls, __ATOMIC_RELAXED);
}

/* A signal in the middle: the kernel has done nothing. */
int dma_vfio_map(struct vfio_space *space, uint64_t iova, void *va, uint64_t nbytes, unsigned dir)
{
	int failed;

	do {
		__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
		failed = __atomic_load_n(&space->ops, __ATOMIC_ACQUIRE)->map(space, iova, va, nbytes, dir);
	} while (failed && errno == EINTR);
	return failed;
}

int dma_vfio_unmap(struct vfio_space *space, uint64_t iova, uint64_t nbytes)
{
	int failed;

	do {
		__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
		failed = __atomic_load_n(&space->ops, __ATOMIC_ACQUIRE)->unmap(space, iova, nbytes);
	} while (failed && errno == EINTR);
	return failed;
}

/* ---- The domain ---- */

static int domain_map(void *context, dma_daddr_t daddr, dma_paddr_t paddr, uint64_t nbytes, unsigned dir)
{
	struct vfio_space *space = context;
	struct dma_linux_why why;
	int error;

	if (dma_vfio_map_or_trim(space, daddr.raw, dma_linux_va(paddr), nbytes, dir) == 0) {
		__atomic_store_n(&space->short_of, 0, __ATOMIC_RELAXED);
		return 0;
	}
	if (errno == EFAULT) /* no memory there, or it is read-only: the caller tries with less */
		return DMA_ENOTSUP;
	error = dma_vfio_cannot_pin(space, nbytes, &why);
	/* A program that tries again and again is told once. */
	if (__atomic_exchange_n(&space->short_of, error, __ATOMIC_RELAXED) != error)
		dma_host_log(why.line);
	return error;
}

static int domain_unmap(void *context, dma_daddr_t daddr, uint64_t nbytes)
{
	return dma_vfio_unmap(context, daddr.raw, nbytes) ? DMA_EIO : 0;
}

static int domain_block(void *context, struct dma_device *dma)
{
	return dma_vfio_devices_quiet(context, dma ? dma->requester : UINT32_MAX);
}

static bool domain_watch(void *context, dma_paddr_t paddr, uint64_t nbytes)
{
	(void)context;
	return dma_vfio_is_watched(dma_linux_va(paddr), nbytes);
}

static const struct dma_ranges_ops domain_ops = {
	.map = domain_map, .unmap = domain_unmap, .block = domain_block, .watch = domain_watch};
static const struct dma_ranges_ops untrusted_ops = {.map = domain_map, .unmap = domain_unmap, .block = domain_block};

static void set_domain(struct vfio_space *space, struct dma_domain *domain)
{
	(void)pthread_mutex_lock(&listed);
	space->domain = domain;
	(void)pthread_mutex_unlock(&listed);
}

bool dma_vfio_space_no_domain(struct vfio_space *space)
{
	struct dma_domain *domain = space->domain;
	bool gone;

	set_domain(space, NULL);
	gone = !domain || dma_ranges_destroy(domain) == 0;
	if (!gone)
		set_domain(space, domain);
	return gone;
}

int dma_vfio_space_domain(struct vfio_space *space, uint64_t mask, bool trusted, struct dma_linux_why *why)
{
	struct dma_window holes[VFIO_RANGES + 1];
	struct dma_domain *domain = NULL;
	uint64_t next = 0;
	struct dma_ranges_config config = {
		.ops = trusted ? &domain_ops : &untrusted_ops, .context = space, .reserved = holes};
	int error = 0;

	if (space->place.no_iommu && !trusted)
		return dma_linux_fail(
			why, DMA_ENOTSUP,
			"%s: a device without an IOMMU reaches all memory, so it cannot be one that is not "
			"trusted",
			space->name);
	if (space->domain || space->place.no_iommu)
		return 0;
	if (trusted)
		error = dma_vfio_space_window(space, mask, why);
	else
		dma_vfio_space_no_window(space);
	if (error)
		return error;
	if (space->nranges == 0)
		return dma_linux_fail(why, DMA_ENOSPC, "%s: its IOMMU has no addresses", space->name);
	config.last = space->ranges[space->nranges - 1].last;
	for (unsigned i = 0; i < space->nranges; i++) {
		if (space->ranges[i].first > next)
			holes[config.nreserved++] = (struct dma_window){.daddr_base = dma_daddr(next),
									.size = space->ranges[i].first - next};
		next = space->ranges[i].last + 1;
	}
	if (trusted)
		config.window = space->window;
	error = dma_ranges_create(&config, &domain);
	set_domain(space, domain);
	return error ? dma_linux_fail(why, error, "%s: no memory for its domain", space->name) : 0;
}

int dma_vfio_spaces_forget(dma_paddr_t paddr, uint64_t nbytes)
{
	int error = 0;

	(void)pthread_mutex_lock(&listed);
	for (struct vfio_space *space = spaces; space; space = space->next) {
		int one = space->domain ? dma_ranges_forget(space->domain, paddr, nbytes) : 0;

		error = error ? error : one;
	}
	(void)pthread_mutex_unlock(&listed);
	return error;
}

bool dma_vfio_spaces_trim(void)
{
	bool some = false;

	(void)pthread_mutex_lock(&listed);
	for (struct vfio_space *space = spaces; space; space = space->next)
		some = (space->domain && dma_ranges_trim(space->domain)) || some;
	(void)pthread_mutex_unlock(&listed);
	return some;
}

uint64_t dma_vfio_kept_bytes(void)
{
	uint64_t sum = 0;

	(void)pthread_mutex_lock(&listed);
	for (struct vfio_space *space = spaces; space; space = space->next) {
		struct dma_ranges_stats stats = {0};

		if (space->domain)
			dma_ranges_stats_get(space->domain, &stats);
		sum += stats.kept_bytes;
	}
	(void)pthread_mutex_unlock(&listed);
	return sum;
}

/* ---- Life ---- */

/* Frees closed spaces whose last stream has ended. */
static void reap(void)
{
	struct vfio_space **link = &closed;

	while (*link) {
		struct vfio_space *space = *link;

		if (dma_vfio_space_no_domain(space)) {
			*link = space->next;
			free(space);
		} else {
			link = &space->next;
		}
	}
}

int dma_vfio_space_get(struct vfio_place place, const char *name, bool no_iommufd, struct vfio_space **out,
		       struct dma_linux_why *why)
{
	struct vfio_space *space = spaces;
	int error;

	reap();
	while (space && space->place.group != place.group)
		space = space->next;
	if (space) {
		space->opens++;
		*out = space;
		return 0;
	}
	space = calloc(1, sizeof(*space));
	if (!space)
		return dma_linux_fail(why, DMA_ENOMEM, "no memory");
	space->place = place;
	space->opens = 1;
	(void)snprintf(space->name, sizeof(space->name), "%s", name);
	if (place.no_iommu)
		error = dma_vfio_noiommu_open(space, why);
	else if (!no_iommufd && dma_vfio_iommufd_there(name))
		error = dma_vfio_iommufd_open(space, why);
	else
		error = dma_vfio_type1_open(space, why);
	if (error) {
		free(space);
		return error;
	}
	(void)pthread_mutex_lock(&listed);
	space->next = spaces;
	spaces = space;
	(void)pthread_mutex_unlock(&listed);
	*out = space;
	return 0;
}

/* ---- The end ---- */

static int gone_map(struct vfio_space *space, uint64_t iova, void *va, uint64_t nbytes, unsigned dir)
{
	(void)space, (void)iova, (void)va, (void)nbytes, (void)dir;
	errno = ENODEV;
	return -1;
}

static int gone_unmap(struct vfio_space *space, uint64_t iova, uint64_t nbytes)
{
	(void)space, (void)iova, (void)nbytes;
	return 0; /* the kernel has unmapped all */
}

static void gone_close(struct vfio_space *space)
{
	(void)space;
}

static const struct vfio_space_ops gone = {.name = "closed", .map = gone_map, .unmap = gone_unmap, .close = gone_close};

static void unlist(struct vfio_space *space)
{
	struct vfio_space **link = &spaces;

	(void)pthread_mutex_lock(&listed);
	while (*link != space)
		link = &(*link)->next;
	*link = space->next;
	(void)pthread_mutex_unlock(&listed);
}

/* Streams that still live keep the domain, and so the space: what they release later has nothing to unmap. */
void dma_vfio_space_put(struct vfio_space *space)
{
	bool lives;

	if (--space->opens)
		return;
	unlist(space);
	lives = !dma_vfio_space_no_domain(space);
	if (lives)
		dma_host_log("dmastream: a device was closed while streams of it live");
	if (space->joined)
		dma_linux_arena_leave(&space->user);
	space->ops->close(space); /* the kernel unmaps and unpins what is left */
	__atomic_store_n(&space->ops, &gone, __ATOMIC_RELEASE);
	if (lives) {
		space->next = closed;
		closed = space;
	} else {
		free(space);
	}
}
