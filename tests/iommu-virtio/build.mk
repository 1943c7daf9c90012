# SPDX-License-Identifier: MPL-2.0
# virtio-iommu: the parser of VIOT tables on the host, and the driver on the model.
VIOT_TEST := $(call objects,vtdtest,tests/iommu-virtio/viot_test.c tests/iommu-virtio/viot_table.c tests/hosts/lines.c \
	src/iommu/virtio/viot.c src/iommu/unit/unit_firmware.c)
$(B)/tests/iommu-virtio/viot: $(VIOT_TEST)
	@mkdir -p $(@D)
	$(CC_vtdtest) -fsanitize=address,undefined $^ -lcmocka -o $@
TESTS += $(B)/tests/iommu-virtio/viot

