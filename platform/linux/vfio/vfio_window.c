/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Where an address space has the arena, and what a map does that fails: what is kept goes first, then a line says what
 * ran out.
 */
#include "vfio_own.h"
#include <dmastream/errors.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#define GIB_1 ((uint64_t)1 << 30)
#define GIB_4 ((uint64_t)4 << 30)
#define MIB_2 ((uint64_t)2 << 20)

int dma_vfio_cannot_pin(const struct vfio_space *space, uint64_t nbytes, struct dma_linux_why *why)
{
	struct rlimit limit = {0};
	int error = errno;

	(void)getrlimit(RLIMIT_MEMLOCK, &limit);
	if (error == ENOMEM && limit.rlim_cur != RLIM_INFINITY)
		return dma_linux_fail(
			why, DMA_ENOMEM,
			"%llu KiB cannot be pinned for %s: the limit on locked memory is %llu KiB for all "
			"devices together (`ulimit -l`); raise it with a line `@GROUP - memlock 262144` in "
			"/etc/security/limits.conf",
			(unsigned long long)nbytes >> 10, space->name, (unsigned long long)limit.rlim_cur >> 10);
	if (error == ENOSPC)
		return dma_linux_fail(
			why, DMA_ENOSPC,
			"%s: the kernel maps no more ranges for a container: raise "
			"/sys/module/vfio_iommu_type1/parameters/dma_entry_limit, or borrow memory in larger "
			"pieces",
			space->name);
	return dma_linux_fail(why, error == ENOMEM ? DMA_ENOMEM : DMA_ENOTSUP,
			      "%llu KiB of memory cannot be mapped for %s: %s", (unsigned long long)nbytes >> 10,
			      space->name, strerror(error));
}

/* The part of an arena chunk that the window holds. */
static uint64_t within(const struct vfio_space *space, uint64_t offset, uint64_t nbytes)
{
	uint64_t room = offset < space->window.size ? space->window.size - offset : 0;

	return nbytes < room ? nbytes : room;
}

/* The limit on locked memory is one for all spaces: what any of them keeps goes before a map fails. */
int dma_vfio_map_or_trim(struct vfio_space *space, uint64_t iova, void *va, uint64_t nbytes, unsigned dir)
{
	int failed = dma_vfio_map(space, iova, va, nbytes, dir);

	if (failed && (errno == ENOMEM || errno == ENOSPC) && dma_vfio_spaces_trim())
		failed = dma_vfio_map(space, iova, va, nbytes, dir);
	return failed;
}

static int map_chunk(struct dma_linux_arena_user *user, uint64_t offset, uint64_t nbytes, struct dma_linux_why *why)
{
	struct vfio_space *space = (struct vfio_space *)user;
	uint64_t n = within(space, offset, nbytes);

	if (n && dma_vfio_map_or_trim(space, space->window.daddr_base.raw + offset, dma_linux_arena_base() + offset, n,
				      DMA_BIDIRECTIONAL))
		return dma_vfio_cannot_pin(space, n, why);
	return 0;
}

static void unmap_chunk(struct dma_linux_arena_user *user, uint64_t offset, uint64_t nbytes)
{
	struct vfio_space *space = (struct vfio_space *)user;
	uint64_t n = within(space, offset, nbytes);

	if (n)
		(void)dma_vfio_unmap(space, space->window.daddr_base.raw + offset, n);
}

/* The largest room for the arena below `mask`, from 4 GiB on if the arena fits there whole, so that the addresses that
 * devices with small masks need stay free. Aligned for big pages. */
static struct dma_window choose_window(const struct vfio_space *space, uint64_t mask)
{
	struct dma_window best = {.size = 0};
	uint64_t wanted = dma_linux_arena_size();

	for (unsigned high = 0; high < 2 && best.size < wanted; high++) {
		for (unsigned i = 0; i < space->nranges; i++) {
			uint64_t first = space->ranges[i].first, last = space->ranges[i].last, unit, at, size;

			if (last > mask)
				last = mask;
			if (high == 0 && first < GIB_4)
				first = GIB_4;
			if (first > last)
				continue;
			unit = last - first >= 2 * GIB_1 ? GIB_1 : MIB_2;
			at = (first + unit - 1) & ~(unit - 1);
			at = at ? at : unit; /* address 0 is nobody's */
			if (at < first || at > last)
				continue;
			size = (last - at + 1) & ~(unit - 1);
			size = last - at == UINT64_MAX || size > wanted ? wanted : size;
			/* Half of a small space is left for memory elsewhere. */
			if (size < wanted)
				size = (size / 2) & ~(MIB_2 - 1);
			if (size > best.size)
				best = (struct dma_window){.daddr_base = dma_daddr(at), .size = size};
		}
	}
	return best;
}

void dma_vfio_space_no_window(struct vfio_space *space)
{
	if (!space->joined)
		return;
	dma_linux_arena_leave(&space->user);
	unmap_chunk(&space->user, 0, dma_linux_arena_grown());
	space->joined = false;
}

int dma_vfio_space_window(struct vfio_space *space, uint64_t mask, struct dma_linux_why *why)
{
	const struct dma_window *w = &space->window;
	int error;

	if (space->place.no_iommu)
		return 0; /* nothing is mapped: the device sees the arena's beginning where it is */
	if (space->joined && (w->daddr_base.raw + (w->size - 1) <= mask || space->domain))
		return 0;
	dma_vfio_space_no_window(space); /* it was chosen for a device that reaches further */
	space->window = choose_window(space, mask);
	if (!space->window.size)
		return dma_linux_fail(why, DMA_ENOSPC, "%s: its IOMMU has no addresses that the device reaches",
				      space->name);
	space->user.map = map_chunk;
	space->user.unmap = unmap_chunk;
	error = dma_linux_arena_join(&space->user, why);
	space->joined = !error;
	return error;
}
