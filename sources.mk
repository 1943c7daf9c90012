# SPDX-License-Identifier: MPL-2.0
# The library's sources, for any build system: compile them with -Iinclude -Isrc/arch -Isrc/arch/<architecture>.
# CORE is all that a machine without an IOMMU needs. USER: only with the fallible cursors. TOOLKIT: what drivers
# build on streams; with function sections and --gc-sections only what is called stays. IOMMU: what every IOMMU driver stands on;
# with it one or more drivers, by the units that the machine can have.
DMASTREAM_CORE = \
	src/base/errors.c \
	src/base/state.c \
	src/init.c \
	src/base/node.c \
	src/memory/run.c \
	src/memory/segment.c \
	src/memory/late.c \
	src/memory/placement.c \
	src/base/cache.c \
	src/stream/view.c \
	src/memory/owed.c \
	src/memory/convert.c \
	src/memory/shared.c \
	src/device/domain.c \
	src/device/device.c \
	src/device/reach.c \
	src/stream/stream.c \
	src/stream/own.c \
	src/stream/release.c \
	src/stream/split.c \
	src/stream/access.c \
	src/stream/coherent.c \
	src/stream/ring.c \
	src/stream/cursor.c \
	src/stream/ask.c \
	src/memory/segment_access.c
DMASTREAM_USER = src/stream/user.c
DMASTREAM_TOOLKIT = \
	src/stream/slice.c \
	src/stream/counted.c \
	src/stream/pool_chunk.c \
	src/stream/pool.c \
	src/stream/pool_life.c \
	src/stream/arena.c \
	src/stream/bounce.c \
	src/stream/bounce_keep.c \
	src/stream/bounce_pools.c \
	src/stream/list.c \
	src/stream/list_access.c \
	src/stream/list_map.c \
	src/stream/list_tell.c \
	src/stream/list_slice.c \
	src/stream/list_view.c \
	src/stream/list_walk.c \
	src/stream/buffer.c \
	src/stream/batch.c \
	src/stream/scattered.c \
	src/stream/scattered_access.c \
	src/stream/peer.c
# Called with DMA_CONFIG_WATCH alone: the ledger of streams (watch.h).
DMASTREAM_WATCH = \
	src/watch/events.c \
	src/watch/records.c \
	src/watch/watch.c \
	src/watch/sums.c \
	src/watch/say.c \
	src/watch/trace.c
# Addresses, page tables and the domains of them, which also a host has that drives the IOMMU itself (RANGES); how long is waited.
DMASTREAM_SPACE = \
	src/iommu/table/format.c \
	src/iommu/table/iommu_frames.c \
	src/iommu/table/table.c \
	src/iommu/table/walker_store.c \
	src/iommu/table/walker_tree.c \
	src/iommu/table/walker_map.c \
	src/iommu/table/walker_unmap.c \
	src/iommu/table/walker_split.c \
	src/iommu/table/walker_lookup.c \
	src/iommu/iova/iova.c \
	src/iommu/iova/iova_find.c \
	src/iommu/iova/iova_grow.c \
	src/iommu/iova/iova_holes.c \
	src/iommu/iova/iova_runs.c \
	src/iommu/iova/iova_whole.c \
	src/iommu/space/space_fail.c \
	src/iommu/space/space_map.c \
	src/iommu/space/space_many.c \
	src/iommu/space/space_life.c \
	src/iommu/space/space_walker.c \
	src/iommu/space/space_record.c \
	src/iommu/space/space_batch.c \
	src/iommu/space/space_reclaim.c \
	src/iommu/space/space_trim.c \
	src/iommu/space/space_page_map.c \
	src/iommu/space/space_page_release.c \
	src/iommu/unit/deadline.c
# What all drivers of units share.
DMASTREAM_UNIT = \
	src/iommu/unit/fault.c \
	src/iommu/unit/unit.c \
	src/iommu/unit/unit_attached.c \
	src/iommu/unit/unit_cut_off.c \
	src/iommu/unit/unit_domain.c \
	src/iommu/unit/unit_doorbells.c \
	src/iommu/unit/unit_devices.c \
	src/iommu/unit/unit_bell.c \
	src/iommu/unit/unit_bell_wait.c \
	src/iommu/unit/unit_faults.c \
	src/iommu/unit/unit_firmware.c \
	src/iommu/unit/unit_frames.c \
	src/iommu/unit/unit_homes.c \
	src/iommu/unit/unit_ids.c \
	src/iommu/unit/unit_life.c \
	src/iommu/unit/unit_queue.c \
	src/iommu/unit/unit_regions.c \
	src/iommu/unit/unit_registers.c \
	src/iommu/unit/unit_reserved.c \
	src/iommu/unit/unit_entry.c \
	src/iommu/unit/unit_tables.c
DMASTREAM_IOMMU = $(DMASTREAM_SPACE) $(DMASTREAM_UNIT)
DMASTREAM_VTD = \
	src/iommu/vtd/dmar.c \
	src/iommu/vtd/dmar_scope.c \
	src/iommu/vtd/vtd.c \
	src/iommu/vtd/vtd_command.c \
	src/iommu/vtd/vtd_unit.c \
	src/iommu/vtd/vtd_queue.c \
	src/iommu/vtd/vtd_context.c \
	src/iommu/vtd/vtd_domain.c \
	src/iommu/vtd/vtd_fault.c
DMASTREAM_SMMUV3 = \
	src/iommu/smmuv3/iort.c \
	src/iommu/smmuv3/iort_check.c \
	src/iommu/smmuv3/smmuv3.c \
	src/iommu/smmuv3/smmuv3_unit.c \
	src/iommu/smmuv3/smmuv3_queue.c \
	src/iommu/smmuv3/smmuv3_stream.c \
	src/iommu/smmuv3/smmuv3_domain.c \
	src/iommu/smmuv3/smmuv3_event.c
DMASTREAM_RISCV = \
	src/iommu/riscv/riscv.c \
	src/iommu/riscv/riscv_unit.c \
	src/iommu/riscv/riscv_queue.c \
	src/iommu/riscv/riscv_device.c \
	src/iommu/riscv/riscv_domain.c \
	src/iommu/riscv/riscv_fault.c
DMASTREAM_AMDVI = \
	src/iommu/amdvi/ivrs.c \
	src/iommu/amdvi/ivrs_devices.c \
	src/iommu/amdvi/amdvi.c \
	src/iommu/amdvi/amdvi_control.c \
	src/iommu/amdvi/amdvi_unit.c \
	src/iommu/amdvi/amdvi_queue.c \
	src/iommu/amdvi/amdvi_device.c \
	src/iommu/amdvi/amdvi_domain.c \
	src/iommu/amdvi/amdvi_event.c
DMASTREAM_VIRTIO = \
	src/iommu/virtqueue/virtio_function.c \
	src/iommu/virtqueue/virtio_reports.c \
	src/iommu/virtqueue/virtio_requests.c \
	src/iommu/virtio/viot.c \
	src/iommu/virtio/virtio.c \
	src/iommu/virtio/virtio_unit.c \
	src/iommu/virtio/virtio_endpoint.c \
	src/iommu/virtio/virtio_probe.c \
	src/iommu/virtio/virtio_domain.c \
	src/iommu/virtio/virtio_event.c
# Domains whose IOMMU the host drives: ranges.h. They want SPACE.
DMASTREAM_RANGES = src/iommu/ranges/ranges.c src/iommu/ranges/ranges_batch.c src/iommu/ranges/ranges_kept.c
# Confidential VMs: the technologies of an architecture. Not in ALL, since they are instructions of that architecture.
DMASTREAM_CVM_X86 = src/cvm/cvm.c src/cvm/tdx.c src/cvm/snp.c
DMASTREAM_CVM_ARM = src/cvm/cvm.c src/cvm/cca.c
# Everything: what `make install` puts into the library.
DMASTREAM_DRIVERS = $(DMASTREAM_VTD) $(DMASTREAM_SMMUV3) $(DMASTREAM_AMDVI) $(DMASTREAM_RISCV) $(DMASTREAM_VIRTIO) \
	$(DMASTREAM_RANGES)
DMASTREAM_ALL = $(DMASTREAM_CORE) $(DMASTREAM_USER) $(DMASTREAM_TOOLKIT) $(DMASTREAM_WATCH) $(DMASTREAM_IOMMU) \
	$(DMASTREAM_DRIVERS)
