# SPDX-License-Identifier: MPL-2.0
# Confidential VMs: the three technologies against models of who answers their instructions.
CC_cvm := gcc
CFLAGS_cvm = -O2 $(DEBUG) -Itests/cvm/arch -Iinclude -Isrc/arch -Isrc/arch/$(HOST_ARCH) -Iplatform/sim
$(eval $(call config,cvm))
CC_cvmtest := gcc
CFLAGS_cvmtest = -O1 $(DEBUG) -fsanitize=address,undefined -fno-sanitize-recover=all $(CFLAGS_cvm)
$(eval $(call config,cvmtest))

CVM_MODELS := $(addprefix platform/sim/cvm/,cvm_world.c tdx_module.c snp_guest.c realm_monitor.c)
CVM_REST := tests/cvm/guest.c $(CVM_MODELS) $(sort $(DMASTREAM_CVM_X86) $(DMASTREAM_CVM_ARM))
CVM_TESTS := convert detect rules
$(addprefix $(B)/cvm/tests/cvm/,$(CVM_TESTS)): $(B)/cvm/tests/cvm/%: $(B)/cvm/tests/cvm/%.o $(call objects,cvm,$(CVM_REST))
	$(CC_cvm) $^ -o $@
$(addprefix $(B)/cvmtest/tests/cvm/,$(CVM_TESTS)): $(B)/cvmtest/tests/cvm/%: $(B)/cvmtest/tests/cvm/%.o $(call objects,cvmtest,$(CVM_REST))
	$(CC_cvmtest) -fsanitize=address,undefined $^ -o $@
$(B)/cvm/tests/cvm/rules: $(call objects,cvm,$(addprefix tests/cvm/rules_,cca.c snp.c tdx.c))
$(B)/cvmtest/tests/cvm/rules: $(call objects,cvmtest,$(addprefix tests/cvm/rules_,cca.c snp.c tdx.c))
TESTS += $(B)/cvm/tests/cvm/convert $(B)/cvmtest/tests/cvm/detect $(B)/cvmtest/tests/cvm/rules

# Several CPUs at once, under the thread sanitizer.
CC_cvmtsan := gcc
CFLAGS_cvmtsan = -O1 $(DEBUG) -fsanitize=thread $(CFLAGS_cvm)
$(eval $(call config,cvmtsan))
$(B)/cvmtsan/tests/cvm/cpus: $(B)/cvmtsan/tests/cvm/cpus.o $(call objects,cvmtsan,$(filter-out tests/cvm/guest.c,$(CVM_REST)))
	$(CC_cvmtsan) -fsanitize=thread -pthread $^ -o $@
TESTS += $(B)/cvmtsan/tests/cvm/cpus

# Each mistake put back.
CVM_MUTANTS := $(B)/cvm/tests/cvm/mutants
all: $(CVM_MUTANTS)/common
$(CVM_MUTANTS)/common: $(addprefix $(B)/cvm/tests/cvm/,convert detect) tests/cvm/build.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_cvm)' >$(@D)/flags
	@echo >$(@D)/link
	@for test in convert detect; do echo "$(B)/cvm/tests/cvm/$$test.o" >$(@D)/$$test.objects; done
	@echo '$(call objects,cvm,$(CVM_REST))' >$@
TESTS += tests/cvm/mutants.sh tests/cvm/freestanding.sh tests/cvm/guests.sh
