# SPDX-License-Identifier: MPL-2.0
# virtio-iommu: the parser of VIOT tables on the host, and the driver on the model.
include tests/hosts/build.mk
$(eval $(call hosted_program,tests/iommu-virtio/viot,tests/iommu-virtio/viot_test.c tests/iommu-virtio/viot_table.c tests/hosts/lines.c \
	src/iommu/virtio/viot.c src/iommu/unit/unit_firmware.c))
TESTS += $(B)/tests/iommu-virtio/viot

include platform/sim/build.mk tests/iommu-unit/scenes.mk
VIRTIO_DRIVER := $(addprefix tests/iommu-virtio/,driver.c driver_config.c driver_devices.c driver_regions.c driver_trouble.c)
VIRTIO_WORLD := $(UNIT_WORLD) tests/iommu-virtio/world.c tests/iommu-virtio/viot_table.c $(SIM_VIRTIO)
# $(call virtio_tests,CONFIG)
define virtio_tests
$(eval $(call sim_program,$(1),tests/iommu-virtio/driver,$(VIRTIO_DRIVER) $(VIRTIO_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-virtio/hazards,tests/iommu-virtio/hazards.c $(VIRTIO_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-virtio/handover,tests/iommu-virtio/handover.c tests/iommu-unit/handover.c $(VIRTIO_WORLD)))
TESTS += $(addprefix $(B)/$(1)/tests/iommu-virtio/,hazards driver handover)
endef
$(foreach virtio_config,sim sim16k sim64k,$(eval $(call virtio_tests,$(virtio_config))))

# Firmware's bytes, the bare machine's code that reads them, and the units that they name.
VIRTIO_FIRMWARE := tests/iommu-virtio/firmware.c tests/bare/functions.c $(BARE_TREE) platform/bare/iommu/virtio_tree.c
$(call objects,sim,$(VIRTIO_FIRMWARE)): CFLAGS_sim += -Itests/bare/host
$(eval $(call sim_program,sim,tests/iommu-virtio/firmware,$(VIRTIO_FIRMWARE) $(VIRTIO_WORLD)))
TESTS += $(B)/sim/tests/iommu-virtio/firmware

# Threads, under the thread sanitizer.
$(eval $(call sim_program,simtsan,tests/iommu-virtio/threads,tests/iommu-virtio/threads.c tests/iommu-unit/threads.c $(VIRTIO_WORLD)))
TESTS += $(B)/simtsan/tests/iommu-virtio/threads

# Each mistake put back: what tools/putback compiles with, and links.
VIRTIO_MUTANTS := $(B)/sim/tests/iommu-virtio/mutants
all: $(VIRTIO_MUTANTS)/common
$(VIRTIO_MUTANTS)/common: $(addprefix $(B)/sim/tests/iommu-virtio/,hazards driver handover) tests/iommu-virtio/build.mk sources.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_sim)' >$(@D)/flags
	@echo '$(LINKER) -fsanitize=address,undefined -lcmocka -lpthread' >$(@D)/link
	@echo '$(call objects,sim,tests/iommu-virtio/hazards.c)' >$(@D)/hazards.objects
	@echo '$(call objects,sim,$(VIRTIO_DRIVER))' >$(@D)/driver.objects
	@echo '$(call objects,sim,tests/iommu-virtio/handover.c tests/iommu-unit/handover.c)' >$(@D)/handover.objects
	@echo '$(call objects,sim,$(DMASTREAM_ALL) $(SIM_SOURCES) $(VIRTIO_WORLD))' >$@
TESTS += tests/iommu-virtio/mutants.sh
