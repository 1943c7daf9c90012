# SPDX-License-Identifier: MPL-2.0
# platform/linux without a device: its hooks, and the library on them with a fake IOMMU, under the sanitizers.
include platform/linux/build.mk
LINUX_TESTS := frames refusals ranges ranges_kept ranges_batch ranges_refused ranges_edges
$(foreach linux_test,$(LINUX_TESTS),$(eval $(call linux_program,linuxsan,tests/linux/$(linux_test),tests/linux/$(linux_test).c \
	tests/linux/fake_space.c $(if $(findstring ranges,$(linux_test)),tests/linux/ranges_test.c))))
$(foreach linux_test,$(LINUX_TESTS),$(eval $(B)/linuxsan/tests/linux/$(linux_test): LDFLAGS_linuxsan += -lcmocka))
TESTS += $(LINUX_TESTS:%=$(B)/linuxsan/tests/linux/%)

# Devices behind a kernel that is a fake.
LINUX_FAKE := tests/linux/devices_test.c tests/linux/fake_vfio.c tests/linux/fake_vfio_calls.c tests/linux/fake_vfio_maps.c
LINUX_WRAP := -Wl,--wrap=open,--wrap=close,--wrap=ioctl,--wrap=dma_host_log -lcmocka
CC_linuxtsan = gcc
CFLAGS_linuxtsan = -O1 $(DEBUG) -fsanitize=thread -Wno-tsan $(LINUX_INCLUDE)
LDFLAGS_linuxtsan = -fsanitize=thread
LINUX_CORE := linuxtsan linuxnarrow
$(eval $(call config,linuxtsan))
LINUX_DEVICES := linuxsan/tests/linux/devices linuxsan/tests/linux/devices_refused linuxtsan/tests/linux/devices_threads
$(foreach linux_test,$(LINUX_DEVICES),$(eval $(call linux_program,$(firstword $(subst /, ,$(linux_test))),tests/linux/$(notdir $(linux_test)),\
	tests/linux/$(notdir $(linux_test)).c $(LINUX_FAKE))))
$(foreach linux_test,$(LINUX_DEVICES),$(eval $(B)/$(linux_test): LDFLAGS_$(firstword $(subst /, ,$(linux_test))) += $(LINUX_WRAP)))
TESTS += $(LINUX_DEVICES:%=$(B)/%)

# The library without bus windows still has the arena's.
CC_linuxnarrow = $(CC)
CFLAGS_linuxnarrow = $(CFLAGS_linuxsan) -DDMA_CONFIG_WINDOWS=0
LDFLAGS_linuxnarrow = $(LDFLAGS_linuxsan) -lcmocka
$(eval $(call config,linuxnarrow))
$(eval $(call linux_program,linuxnarrow,tests/linux/ranges_narrow,tests/linux/ranges_narrow.c tests/linux/ranges_test.c tests/linux/fake_space.c))
TESTS += $(B)/linuxnarrow/tests/linux/ranges_narrow

# The example, for this machine and for the guest; and the guest itself, which needs all CPUs.
$(eval $(call linux_program,linux,vfio-nvme,examples/vfio_nvme.c))
$(eval $(call linux_static,vfio-nvme,examples/vfio_nvme.c))
all: $(B)/linux/vfio-nvme $(B)/linux/guest/vfio-nvme
ALONE += tests/linux/guest.sh

# The same guest with iommufd, which Debian's kernel lacks: built from Debian's source. LINUX_SOURCE=path: linux-source-6.12*.deb.
## linux-iommufd  the tests of the Linux guest with iommufd, built from linux-source-6.12 (LINUX_SOURCE=path, or fetched; no part of ./check)
.PHONY: linux-iommufd
linux-iommufd: $(B)/linux/guest/init $(B)/linux/guest/pack $(B)/linux/guest/copy $(B)/linux/guest/vfio-nvme
	@tools/install run linux
	@B=$(B) SOURCE="$(LINUX_SOURCE)" tools/linux-guest iommufd
	@B=$(B) LINUX_KERNEL=$(B)/linux-iommufd tools/runtests tests/linux/guest.sh
