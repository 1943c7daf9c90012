# SPDX-License-Identifier: MPL-2.0
# The walker, the addresses and the spaces of src/iommu on a host of their own, under the address and undefined-behaviour sanitizers.
IOMMU_CORE_HOST := $(addprefix tests/iommu-core/,host.c hardware.c unit.c scene.c model.c)
CC_iommucore := gcc
CFLAGS_iommucore := -O1 -g -D_GNU_SOURCE -Iinclude -Isrc/arch -Itests/iommu-core/arch \
	-fsanitize=address,undefined -fno-sanitize-recover=all
$(eval $(call config,iommucore))

# $(call iommu_core_test,NAME)
define iommu_core_test
$$(B)/iommucore/tests/iommu-core/$(1): $$(call objects,iommucore,$$(DMASTREAM_CORE) $$(filter-out src/iommu/vtd% src/iommu/smmu% src/iommu/dmar% src/iommu/iort%,$$(DMASTREAM_IOMMU)) \
		$$(IOMMU_CORE_HOST) tests/iommu-core/$(1).c)
	$$(CC_iommucore) -fsanitize=address,undefined $$^ -lcmocka -lpthread -o $$@
TESTS += $$(B)/iommucore/tests/iommu-core/$(1)
endef
$(foreach t,$(patsubst tests/iommu-core/%.c,%,$(wildcard tests/iommu-core/unit-*.c)),$(eval $(call iommu_core_test,$(t))))
