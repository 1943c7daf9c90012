# SPDX-License-Identifier: MPL-2.0
# The simulated machine. $(eval $(call sim_program,CONFIG,NAME,SOURCES)) builds build/CONFIG/NAME of the library, the machine and SOURCES,
# linked with cmocka; whoever wants `make check` to run it adds $(B)/CONFIG/NAME to TESTS. An area whose build.mk is
# read before this one includes it itself.
ifndef SIM_SOURCES

SIM_SOURCES := $(sort $(filter-out platform/sim/host/main.c,$(wildcard $(addprefix platform/sim/,machine/*.c devices/*.c run/*.c host/*.c))))
# Models of IOMMUs, for programs that want one.
SIM_VTD := platform/sim/iommu/rules.c $(sort $(wildcard platform/sim/iommu/vtd*.c))
SIM_SMMUV3 := platform/sim/iommu/rules.c $(sort $(wildcard platform/sim/iommu/smmuv3*.c))
SIM_VIRTIO := platform/sim/iommu/rules.c $(sort $(wildcard platform/sim/iommu/virtio*.c))
SIM_AMDVI := platform/sim/iommu/rules.c $(sort $(wildcard platform/sim/iommu/amdvi*.c))
SIM_RISCV := platform/sim/iommu/rules.c $(sort $(wildcard platform/sim/iommu/riscv*.c))
# For drivers whose plain accesses the compiler announces: flags for their files, and what those call.
SIM_ANNOUNCE := -fsanitize=thread
SIM_ANNOUNCED := platform/sim/announced/announced.c
SIM_INCLUDE := -D_GNU_SOURCE -Iinclude -Isrc/arch -Isrc -Iplatform/sim -Idrivers

# sim: for finding mistakes; simfast: for many seeds, and in dmacheck, which tells places by chains of callers; simtsan: for threads; sim16k, sim64k: pages of 16 and 64 KiB; simclang: as sim, by clang.
SIM_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
CC_sim := gcc
CFLAGS_sim = -O1 $(DEBUG) $(SIM_SANITIZE) $(SIM_INCLUDE)
CC_simclang = $(CLANG)
CFLAGS_simclang = $(CFLAGS_sim)
CC_simfast := gcc
CFLAGS_simfast = -O2 $(DEBUG) -fno-omit-frame-pointer -fno-optimize-sibling-calls $(SIM_INCLUDE)
CC_simtsan = $(CLANG)
CFLAGS_simtsan = -O1 $(DEBUG) -fsanitize=thread $(SIM_INCLUDE)
CC_sim16k := gcc
CFLAGS_sim16k = -O1 $(DEBUG) $(SIM_SANITIZE) -DDMA_PAGE_SHIFT=14 $(SIM_INCLUDE)
CC_sim64k := gcc
CFLAGS_sim64k = -O1 $(DEBUG) $(SIM_SANITIZE) -DDMA_PAGE_SHIFT=16 $(SIM_INCLUDE)
SIM_CONFIGS := sim simclang simfast simtsan sim16k sim64k
LDFLAGS_sim = $(SIM_SANITIZE)
LDFLAGS_simclang = $(SIM_SANITIZE)
LDFLAGS_simfast =
LDFLAGS_simtsan = -fsanitize=thread
LDFLAGS_sim16k = $(SIM_SANITIZE)
LDFLAGS_sim64k = $(SIM_SANITIZE)
$(foreach sim_config,$(SIM_CONFIGS),$(eval $(call config,$(sim_config))))

# $(call sim_program,CONFIG,NAME,SOURCES). Linkers differ in whether --wrap concerns calls of a function beside it; gcc's own leaves them alone.
define sim_program
$$(B)/$(1)/$(2): $$(call objects,$(1),$$(DMASTREAM_ALL) $$(SIM_SOURCES) $(3))
	@mkdir -p $$(@D)
	$$(CC_$(1)) $$(if $$(findstring --wrap,$$(LDFLAGS_$(1))),,$$(LINKER)) $$(LDFLAGS_$(1)) $$^ $(if $(filter $(SIM_MAIN),$(3)),,-lcmocka) -lpthread -o $$@
endef

# $(call sim_app,CONFIG,NAME,SOURCES): a program that starts at app_main(), with the machine's options on its command line.
SIM_MAIN := platform/sim/host/main.c
define sim_app
$(call sim_program,$(1),$(2),$(SIM_MAIN) $(3))
endef

endif
