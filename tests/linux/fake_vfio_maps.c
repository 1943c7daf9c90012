/* SPDX-License-Identifier: MPL-2.0 */
/* The address spaces of the fake kernel: what is mapped and pinned in each. */
#include "fake_vfio_own.h"
#include <dmastream/types.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

const uint64_t fake_iovas[2][2] = {{0, 0xfedfffff}, {0xfef00000, ((uint64_t)1 << 39) - 1}};

int fake_no(int error)
{
	errno = error;
	return -1;
}

static bool is_memory(uint64_t va, uint64_t nbytes)
{
	unsigned char *pages = malloc(nbytes / DMA_PAGE_SIZE);
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	bool there = pages && mincore((void *)(uintptr_t)va, nbytes, pages) == 0;

	free(pages);
	return there;
}

static bool is_an_iova(uint64_t iova, uint64_t nbytes)
{
	for (unsigned i = 0; i < 2; i++)
		if (iova >= fake_iovas[i][0] && iova <= fake_iovas[i][1] && nbytes - 1 <= fake_iovas[i][1] - iova)
			return true;
	return false;
}

int fake_map_in(unsigned space, struct fake_map new)
{
	struct fake_map *slot = NULL;
	unsigned entries = 0;

	fake_vfio.maps++;
	if (!new.nbytes || (new.iova | new.va | new.nbytes) % DMA_PAGE_SIZE || !(new.read || new.write))
		return fake_no(EINVAL);
	for (unsigned i = 0; i < FAKE_MAPS; i++) {
		const struct fake_map *m = &fake_maps[i];

		if (!m->nbytes) {
			slot = slot ? slot : &fake_maps[i];
		} else if (m->space == space) {
			entries++;
			if (new.iova < m->iova + m->nbytes && m->iova < new.iova + new.nbytes)
				return fake_no(EEXIST);
		}
	}
	if (!is_an_iova(new.iova, new.nbytes))
		return fake_no(EINVAL);
	if (entries >= fake_vfio.entries || !slot)
		return fake_no(ENOSPC);
	if (new.nbytes > fake_vfio.memlock - fake_vfio.pinned)
		return fake_no(ENOMEM);
	if (!is_memory(new.va, new.nbytes))
		return fake_no(EFAULT);
	new.space = space;
	*slot = new;
	fake_vfio.pinned += new.nbytes;
	return 0;
}

/* Type 1 version 2 and iommufd: whole mappings, as many as lie in the range. */
int fake_unmap(unsigned space, uint64_t iova, uint64_t *nbytes)
{
	uint64_t end = iova + *nbytes, gone = 0;

	fake_vfio.unmaps++;
	if (!*nbytes || (iova | *nbytes) % DMA_PAGE_SIZE)
		return fake_no(EINVAL);
	for (unsigned i = 0; i < FAKE_MAPS; i++) {
		const struct fake_map *m = &fake_maps[i];

		if (m->nbytes && m->space == space && m->iova < end && iova < m->iova + m->nbytes &&
		    (m->iova < iova || m->iova + m->nbytes > end))
			return fake_no(EINVAL);
	}
	for (unsigned i = 0; i < FAKE_MAPS; i++) {
		struct fake_map *m = &fake_maps[i];

		if (!m->nbytes || m->space != space || m->iova < iova || m->iova >= end)
			continue;
		gone += m->nbytes;
		fake_vfio.pinned -= m->nbytes;
		*m = (struct fake_map){0};
	}
	if (gone != *nbytes)
		fake_broken("an unmap of what is not mapped");
	*nbytes = gone;
	return 0;
}
