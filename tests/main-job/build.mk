# SPDX-License-Identifier: MPL-2.0
# The main job from end to end, and the NVMe driver against a controller that lies.
CC_nvme := $(CC)
CFLAGS_nvme := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude -Isrc/arch -Isrc/arch/generic -Idrivers
$(eval $(call config,nvme))
$(B)/tests/main-job/nvme: $(call objects,nvme,tests/main-job/nvme_test.c tests/main-job/nvme_model.c tests/main-job/nvme_host.c $(DRIVERS) \
		$(DMASTREAM_CORE))
	@mkdir -p $(@D)
	$(CC) -fsanitize=address,undefined $^ -lcmocka -o $@
TESTS += $(B)/tests/main-job/nvme
TESTS += tests/main-job/q35.sh tests/main-job/sim.sh tests/main-job/input.sh tests/main-job/accelerator.sh
all: $(B)/simfast/copy $(B)/sim/copy
