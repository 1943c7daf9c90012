# SPDX-License-Identifier: MPL-2.0
# platform/linux without a device: its hooks, and the library on them with a fake IOMMU, under the sanitizers.
include platform/linux/build.mk
LINUX_TESTS := frames ranges refusals
$(foreach linux_test,$(LINUX_TESTS),$(eval $(call linux_program,linuxsan,tests/linux/$(linux_test),tests/linux/$(linux_test).c \
	tests/linux/fake_space.c)))
$(foreach linux_test,$(LINUX_TESTS),$(eval $(B)/linuxsan/tests/linux/$(linux_test): LDFLAGS_linuxsan += -lcmocka))
TESTS += $(LINUX_TESTS:%=$(B)/linuxsan/tests/linux/%)

# The example, for this machine and for the guest; and the guest itself, which needs all CPUs.
$(eval $(call linux_program,linux,vfio-nvme,examples/vfio_nvme.c))
$(eval $(call linux_static,vfio-nvme,examples/vfio_nvme.c))
all: $(B)/linux/vfio-nvme $(B)/linux/guest/vfio-nvme
ALONE += tests/linux/guest.sh
