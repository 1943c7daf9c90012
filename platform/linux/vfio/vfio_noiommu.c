/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices without an IOMMU, where the caller asked for that in so many words: the kernel's no-IOMMU mode gives the
 * device to a process and maps nothing. What the device reaches is all of the machine's memory; what it is told are
 * physical addresses. It needs CAP_SYS_RAWIO, and taints the kernel.
 */
#include "vfio_own.h"
#include <dmastream/errors.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

static int cannot_map(struct vfio_space *space, uint64_t iova, void *va, uint64_t nbytes, unsigned dir)
{
	(void)space, (void)iova, (void)va, (void)nbytes, (void)dir;
	errno = EOPNOTSUPP;
	return -1;
}

static int cannot_unmap(struct vfio_space *space, uint64_t iova, uint64_t nbytes)
{
	return cannot_map(space, iova, NULL, nbytes, 0);
}

static const struct vfio_space_ops noiommu = {
	.name = "VFIO without an IOMMU", .map = cannot_map, .unmap = cannot_unmap, .close = dma_vfio_container_close};

/* Only on x86 is it known without the kernel's word that devices snoop. */
int dma_vfio_noiommu_open(struct vfio_space *space, struct dma_linux_why *why)
{
	struct utsname kernel;
	char line[160];
	uint64_t paddr, nbytes;
	int error;

	space->ops = &noiommu;
	space->fd = space->group_fd = -1;
	if (uname(&kernel) || strcmp(kernel.machine, "x86_64") != 0)
		return dma_linux_fail(why, DMA_ENOTSUP, "%s: without an IOMMU, devices are driven on x86 alone",
				      space->name);
	error = dma_linux_arena_physical(&paddr, &nbytes, why);
	if (!error)
		error = dma_vfio_container_open(space, "noiommu-", VFIO_NOIOMMU_IOMMU, why);
	if (error) {
		dma_vfio_container_close(space);
		return error;
	}
	space->snoops = true;
	space->window = (struct dma_window){.daddr_base = dma_daddr(paddr), .size = nbytes};
	(void)snprintf(line, sizeof(line),
		       "dmastream: %s is without an IOMMU: it can overwrite all memory of this machine", space->name);
	dma_host_log(line);
	return 0;
}
