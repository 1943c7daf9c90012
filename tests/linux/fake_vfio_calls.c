/* SPDX-License-Identifier: MPL-2.0 */
/* What ioctl() does on the files of fake_vfio.c. */
#include "../../platform/linux/vfio/iommufd_abi.h"
#include "fake_vfio_own.h"
#include <dmastream/types.h>
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- Container ---- */

static int container_info(struct vfio_iommu_type1_info *info)
{
	static unsigned asked;
	struct vfio_iommu_type1_info_cap_iova_range *list;
	uint32_t room = info->argsz, count = fake_vfio.answer == FAKE_NO_RANGES ? 0 : 2;
	uint32_t size = (uint32_t)(sizeof(*list) + count * sizeof(list->iova_ranges[0]));

	info->flags = VFIO_IOMMU_INFO_PGSIZES;
	info->iova_pgsizes = ~(uint64_t)(DMA_PAGE_SIZE - 1);
	if (fake_vfio.answer == FAKE_OLD_KERNEL)
		return 0;
	info->flags |= VFIO_IOMMU_INFO_CAPS;
	info->argsz = (uint32_t)sizeof(*info) + size;
	if (fake_vfio.answer == FAKE_GROWING)
		info->argsz += 8 * (asked++ % 2);
	if (room < info->argsz) {
		info->cap_offset = 0;
		return 0;
	}
	list = (void *)((char *)info + sizeof(*info));
	info->cap_offset = sizeof(*info);
	list->header = (struct vfio_info_cap_header){.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, .version = 1};
	list->nr_iovas = fake_vfio.answer == FAKE_ODD_CAPABILITY ? 1u << 30 : count;
	for (uint32_t i = 0; i < count; i++) {
		list->iova_ranges[i].start = fake_iovas[i][0];
		list->iova_ranges[i].end = fake_iovas[i][1];
	}
	return 0;
}

static int container(struct fake_file *file, unsigned long request, void *argument)
{
	struct vfio_iommu_type1_dma_map *m = argument;
	struct vfio_iommu_type1_dma_unmap *u = argument;

	switch (request) {
	case VFIO_GET_API_VERSION:
		return fake_vfio.other_version ? VFIO_API_VERSION + 1 : VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return !fake_vfio.no_type1;
	case VFIO_SET_IOMMU:
		if (file->set || (uintptr_t)argument != VFIO_TYPE1v2_IOMMU)
			return fake_no(EINVAL);
		if (fake_vfio.unsafe_interrupts)
			return fake_no(EPERM);
		file->set = true;
		return 0;
	case VFIO_IOMMU_GET_INFO:
		if (!file->set || *(uint32_t *)argument < offsetof(struct vfio_iommu_type1_info, cap_offset))
			return fake_no(EINVAL);
		return container_info(argument);
	case VFIO_IOMMU_MAP_DMA:
		if (!file->set || m->argsz < sizeof(*m) ||
		    m->flags & ~(uint32_t)(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE))
			return fake_no(EINVAL);
		return fake_map_in(file->space, (struct fake_map){.iova = m->iova,
								  .va = m->vaddr,
								  .nbytes = m->size,
								  .read = m->flags & VFIO_DMA_MAP_FLAG_READ,
								  .write = m->flags & VFIO_DMA_MAP_FLAG_WRITE});
	case VFIO_IOMMU_UNMAP_DMA:
		if (!file->set || u->argsz < offsetof(struct vfio_iommu_type1_dma_unmap, data) || u->flags)
			return fake_no(EINVAL);
		return fake_unmap(file->space, u->iova, (uint64_t *)&u->size);
	default:
		return fake_no(ENOTTY);
	}
}

/* ---- Group ---- */

static int open_device(const struct fake_group *group, const char *name)
{
	for (unsigned i = 0; i < FAKE_DEVICES; i++) {
		struct fake_device *dev = &fake_devices[i];
		int fd;

		if (strcmp(dev->name, name) != 0 || dev->group != group->number)
			continue;
		fd = fake_adopt(dup(dev->memory),
				(struct fake_file){.kind = FAKE_DEVICE, .device = dev, .bound = true});
		if (fd >= 0) {
			dev->opens++;
			dev->space = group->space;
		}
		return fd;
	}
	return fake_no(ENODEV);
}

static int group(const struct fake_file *file, unsigned long request, void *argument)
{
	struct vfio_group_status *status = argument;
	const struct fake_file *of;

	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		if (status->argsz < sizeof(*status))
			return fake_no(EINVAL);
		status->flags = (fake_vfio.not_viable ? 0 : VFIO_GROUP_FLAGS_VIABLE) |
				(file->group->space ? VFIO_GROUP_FLAGS_CONTAINER_SET : 0);
		return 0;
	case VFIO_GROUP_SET_CONTAINER:
		of = &fake_files[*(int *)argument];
		if (of->kind != FAKE_CONTAINER || file->group->space)
			return fake_no(EINVAL);
		file->group->space = of->space;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		if (!file->group->space)
			return fake_no(EINVAL);
		return open_device(file->group, argument);
	default:
		return fake_no(ENOTTY);
	}
}

/* ---- Device ---- */

static int region(struct vfio_region_info *info)
{
	if (info->argsz < offsetof(struct vfio_region_info, offset) + sizeof(info->offset) ||
	    info->index >= VFIO_PCI_NUM_REGIONS)
		return fake_no(EINVAL);
	info->flags = 0;
	info->size = info->offset = 0;
	if (info->index == VFIO_PCI_CONFIG_REGION_INDEX) {
		info->size = 4096;
		info->offset = FAKE_CONFIG;
		info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	} else if (info->index == VFIO_PCI_BAR0_REGION_INDEX) {
		info->size = FAKE_BAR;
		info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE | VFIO_REGION_INFO_FLAG_MMAP;
	}
	return 0;
}

static int set_messages(struct fake_device *dev, const struct vfio_irq_set *set, const int32_t *fds)
{
	if ((set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK) == VFIO_IRQ_SET_DATA_NONE) {
		if (set->count == 0)
			dev->enabled = 0;
		for (unsigned i = 0; i < FAKE_MESSAGES && set->count == 0; i++)
			dev->messages[i] = -1;
		return set->count == 0 ? 0 : fake_no(EINVAL);
	}
	if (set->start >= FAKE_MESSAGES || set->count > FAKE_MESSAGES - set->start)
		return fake_no(EINVAL);
	if (dev->enabled && fake_vfio.old_irqs && set->start + set->count > dev->enabled)
		return fake_no(EINVAL); /* VFIO_IRQ_INFO_NORESIZE */
	if (dev->enabled < set->start + set->count)
		dev->enabled = set->start + set->count;
	memcpy(&dev->messages[set->start], fds, set->count * sizeof(*fds));
	return 0;
}

static int set_irqs(struct fake_device *dev, const struct vfio_irq_set *set)
{
	int32_t fds[FAKE_MESSAGES] = {0};
	size_t data = set->flags & VFIO_IRQ_SET_DATA_EVENTFD ? set->count * sizeof(fds[0]) : 0;

	if (set->argsz < sizeof(*set) + data || data > sizeof(fds) ||
	    (set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) != VFIO_IRQ_SET_ACTION_TRIGGER)
		return fake_no(EINVAL);
	memcpy(fds, set->data, data);
	if (set->index == VFIO_PCI_MSIX_IRQ_INDEX)
		return set_messages(dev, set, fds);
	if (set->index != VFIO_PCI_REQ_IRQ_INDEX || set->start || set->count > 1 || fake_vfio.no_eventfds)
		return fake_no(EINVAL);
	dev->request = data ? fds[0] : -1;
	return 0;
}

static int reset(const struct fake_device *dev)
{
	const uint16_t off = 0;

	return pwrite(dev->memory, &off, sizeof(off), FAKE_CONFIG + 4) == sizeof(off) ? 0 : fake_no(EIO);
}

/* Whether another iommufd, that is: another process, has a device of the group. */
static bool is_anothers(unsigned group, unsigned space)
{
	for (unsigned fd = 0; fd < FAKE_FILES; fd++) {
		const struct fake_file *f = &fake_files[fd];

		if (f->kind == FAKE_DEVICE && f->device->group == group && f->space && f->space != space)
			return true;
	}
	return false;
}

/* As vfio_df_ioctl_bind_iommufd(), iommufd_device_bind() and iommu_device_claim_dma_owner() do it, one after the
 * other. */
static int bind_to(struct fake_file *file, const struct abi_bind *bind)
{
	if (bind->size < sizeof(*bind) || bind->flags || fake_files[bind->iommufd].kind != FAKE_IOMMUFD)
		return fake_no(EINVAL);
	if (fake_group_of(file->device->group)->open)
		return fake_no(EBUSY);
	if (file->device->opens)
		return fake_no(EINVAL);
	if (fake_vfio.unsafe_interrupts)
		return fake_no(EPERM);
	if (fake_vfio.not_viable || is_anothers(file->device->group, fake_files[bind->iommufd].space))
		return fake_no(EPERM);
	file->device->opens++;
	file->bound = true;
	file->space = fake_files[bind->iommufd].space;
	return 0;
}

static int device(struct fake_file *file, unsigned long request, void *argument)
{
	struct vfio_device_info *info = argument;
	struct vfio_irq_info *irq = argument;

	if (request == ABI_DEVICE_BIND)
		return bind_to(file, argument);
	if (!file->bound)
		return fake_no(EINVAL);
	switch (request) {
	case ABI_DEVICE_ATTACH:
		file->device->space = file->space;
		return 0;
	case VFIO_DEVICE_GET_INFO:
		if (info->argsz < offsetof(struct vfio_device_info, cap_offset))
			return fake_no(EINVAL);
		info->flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
		info->num_regions = VFIO_PCI_NUM_REGIONS;
		info->num_irqs = VFIO_PCI_NUM_IRQS;
		return 0;
	case VFIO_DEVICE_GET_REGION_INFO:
		return region(argument);
	case VFIO_DEVICE_GET_IRQ_INFO:
		if (irq->argsz < sizeof(*irq) || irq->index != VFIO_PCI_MSIX_IRQ_INDEX)
			return fake_no(EINVAL);
		irq->flags = VFIO_IRQ_INFO_EVENTFD | (fake_vfio.old_irqs ? VFIO_IRQ_INFO_NORESIZE : 0);
		irq->count = FAKE_MESSAGES;
		return 0;
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(file->device, argument);
	case VFIO_DEVICE_RESET:
		return reset(file->device);
	default:
		return fake_no(ENOTTY);
	}
}

/* ---- iommufd ---- */

static int iova_ranges(struct abi_iova_ranges *ask)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	struct abi_iova_range *list = (struct abi_iova_range *)(uintptr_t)ask->ranges;
	uint32_t room = ask->count;

	ask->alignment = DMA_PAGE_SIZE;
	ask->count = fake_vfio.answer == FAKE_NO_RANGES ? 0 : 2;
	for (uint32_t i = 0; i < ask->count && i < room; i++)
		list[i] = (struct abi_iova_range){fake_iovas[i][0], fake_iovas[i][1]};
	return ask->count > room ? fake_no(EMSGSIZE) : 0;
}

static int iommufd(struct fake_file *file, unsigned long request, void *argument)
{
	const struct abi_map *m = argument;
	struct abi_unmap *u = argument;

	switch (request) {
	case ABI_IOAS_ALLOC:
		((struct abi_ioas_alloc *)argument)->ioas = 1;
		file->set = true;
		return 0;
	case ABI_IOVA_RANGES:
		return iova_ranges(argument);
	case ABI_MAP:
		if (!file->set || m->size < sizeof(*m) || m->reserved || !(m->flags & ABI_MAP_FIXED) ||
		    m->flags & ~(uint32_t)(ABI_MAP_FIXED | ABI_MAP_READ | ABI_MAP_WRITE))
			return fake_no(EINVAL);
		return fake_map_in(file->space, (struct fake_map){.iova = m->iova,
								  .va = m->va,
								  .nbytes = m->nbytes,
								  .read = m->flags & ABI_MAP_READ,
								  .write = m->flags & ABI_MAP_WRITE});
	case ABI_UNMAP:
		return fake_unmap(file->space, u->iova, &u->nbytes);
	default:
		return fake_no(ENOTTY);
	}
}

int fake_request(struct fake_file *file, unsigned long request, void *argument)
{
	switch (file->kind) {
	case FAKE_CONTAINER:
		return container(file, request, argument);
	case FAKE_GROUP:
		return group(file, request, argument);
	case FAKE_DEVICE:
		return device(file, request, argument);
	case FAKE_IOMMUFD:
		return iommufd(file, request, argument);
	default:
		return fake_no(ENOTTY);
	}
}
