# SPDX-License-Identifier: MPL-2.0
# The walker, the addresses and the spaces of src/iommu on a host of their own, under the address and undefined-behaviour sanitizers.
IOMMU_CORE_HOST := tests/hosts/defaults.c tests/hosts/iommu_host.c $(addprefix tests/iommu/,hardware.c check.c scene.c model.c)
CC_iommucore := gcc
CFLAGS_iommucore := -O1 $(DEBUG) -D_GNU_SOURCE -Iinclude -Isrc/arch -Itests/iommu/arch \
	-fsanitize=address,undefined -fno-sanitize-recover=all
$(eval $(call config,iommucore))
# The library's pages larger than the tables' entries, 4 and 16 times.
CC_iommucore16k := gcc
CFLAGS_iommucore16k = $(CFLAGS_iommucore) -DDMA_PAGE_SHIFT=14
$(eval $(call config,iommucore16k))

CC_iommucore64k := gcc
CFLAGS_iommucore64k = $(CFLAGS_iommucore) -DDMA_PAGE_SHIFT=16
$(eval $(call config,iommucore64k))

IOMMU_CORE_SOURCES := $(DMASTREAM_CORE) src/stream/batch.c $(DMASTREAM_SPACE) src/iommu/unit/fault.c $(IOMMU_CORE_HOST)
IOMMU_CORE_UNITS := $(patsubst tests/iommu/%.c,%,$(wildcard tests/iommu/unit-*.c))

# $(call iommu_core_test,CONFIG,NAME)
define iommu_core_test
$$(B)/$(1)/tests/iommu/$(2): $$(call objects,$(1),$$(IOMMU_CORE_SOURCES) tests/iommu/$(2).c)
	$$(CC_$(1)) $$(LINKER) -fsanitize=address,undefined $$^ -lcmocka -lpthread -o $$@
TESTS += $$(B)/$(1)/tests/iommu/$(2)
endef
$(foreach t,$(IOMMU_CORE_UNITS),$(eval $(call iommu_core_test,iommucore,$(t))))
$(foreach t,$(filter-out unit-iova% unit-space-kept unit-space-walked,$(IOMMU_CORE_UNITS)),$(eval $(call iommu_core_test,iommucore16k,$(t)))) # addresses are pages there; no ranges are kept where a page is several entries

# Addresses, walker and spaces, whose words and entries nobody locks, under the thread sanitizer, which sees them all (tests/iommu/arch).
CC_iommutsan := gcc
CFLAGS_iommutsan := -O1 $(DEBUG) -D_GNU_SOURCE -Iinclude -Isrc/arch -Itests/iommu/arch -fsanitize=thread -Wno-tsan
$(eval $(call config,iommutsan))
define iommu_tsan_test
$$(B)/iommutsan/tests/iommu/$(1): $$(call objects,iommutsan,$$(IOMMU_CORE_SOURCES) tests/iommu/$(1).c)
	$$(CC_iommutsan) $$(LINKER) -fsanitize=thread $$^ -lcmocka -lpthread -o $$@
TESTS += $$(B)/iommutsan/tests/iommu/$(1)
endef
$(foreach t,unit-iova-threads unit-iova-space unit-walker-threads unit-space-threads,$(eval $(call iommu_tsan_test,$(t))))
$(foreach t,unit-walker unit-space unit-space-addresses unit-space-ring unit-space-deferred unit-space-plain unit-space-requests unit-space-trouble unit-walker-lookup unit-walker-store unit-walker-threads unit-fault,$(eval $(call iommu_core_test,iommucore64k,$(t))))

# Each mistake put back: what tools/putback compiles with, and links.
IOMMU_CORE_MUTANTS := $(B)/iommucore/tests/iommu/mutants
all: $(IOMMU_CORE_MUTANTS)/common
$(IOMMU_CORE_MUTANTS)/common: $(addprefix $(B)/iommucore/tests/iommu/,$(IOMMU_CORE_UNITS)) tests/iommu/build.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_iommucore)' >$(@D)/flags
	@echo '$(LINKER) -fsanitize=address,undefined -lcmocka -lpthread' >$(@D)/link
	@for unit in $(IOMMU_CORE_UNITS); do echo $(B)/iommucore/tests/iommu/$$unit.o >$(@D)/$$unit.objects; done
	@echo '$(call objects,iommucore,$(IOMMU_CORE_SOURCES))' >$@
TESTS += tests/iommu/mutants.sh

## mutants-iommu  puts every mistake of the lists back into src/iommu, and sees a test fail for each
.PHONY: mutants-iommu
mutants-iommu: FOLDERS = iommu%
mutants-iommu: putback
