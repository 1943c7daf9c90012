# SPDX-License-Identifier: MPL-2.0
# The library's sources, for any build system: compile them with -Iinclude -Isrc/arch -Isrc/arch/<architecture>.
# CORE is all that a machine without an IOMMU needs; user.c only with the fallible cursors; IOMMU adds remapping.
DMASTREAM_CORE = \
	src/errors.c \
	src/init.c \
	src/node.c \
	src/segment.c \
	src/placement.c \
	src/cache.c \
	src/view.c \
	src/hold.c \
	src/retired.c \
	src/domain.c \
	src/device.c \
	src/stream.c \
	src/split.c \
	src/access.c \
	src/coherent.c
DMASTREAM_USER = src/user.c
DMASTREAM_IOMMU = \
	src/iommu/format.c \
	src/iommu/table.c \
	src/iommu/walker_store.c \
	src/iommu/walker_tree.c \
	src/iommu/walker_map.c \
	src/iommu/walker_unmap.c \
	src/iommu/walker_split.c \
	src/iommu/iova.c \
	src/iommu/iova_large.c \
	src/iommu/iova_grow.c \
	src/iommu/space.c \
	src/iommu/space_walker.c \
	src/iommu/space_record.c \
	src/iommu/space_batch.c \
	src/iommu/space_page.c \
	src/iommu/fault.c \
	src/iommu/unit.c \
	src/iommu/unit_domain.c \
	src/iommu/dmar.c \
	src/iommu/vtd.c \
	src/iommu/vtd_unit.c \
	src/iommu/vtd_queue.c \
	src/iommu/vtd_context.c \
	src/iommu/vtd_domain.c \
	src/iommu/vtd_region.c \
	src/iommu/vtd_fault.c
# Drivers of units; each machine needs those that it can have.
DMASTREAM_SMMUV3 = \
	src/iommu/iort.c \
	src/iommu/smmuv3.c \
	src/iommu/smmuv3_unit.c \
	src/iommu/smmuv3_queue.c \
	src/iommu/smmuv3_stream.c \
	src/iommu/smmuv3_domain.c \
	src/iommu/smmuv3_region.c \
	src/iommu/smmuv3_event.c
DMASTREAM_IOMMU += $(DMASTREAM_SMMUV3)
