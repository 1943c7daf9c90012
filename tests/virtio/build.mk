# SPDX-License-Identifier: MPL-2.0
# Virtio devices: QEMU's, and the simulated machine's, which lie on demand.
TESTS += tests/virtio/disks.sh tests/virtio/net.sh tests/virtio/net_mutants.sh
all: $(B)/arm64/copy.img $(B)/riscv64/copy.img

## mutants-net  puts every mistake of the list into the network job, and sees the run fail for each
.PHONY: mutants-net
mutants-net: $(B)/simfast/net_mutants/common
	@EVERY=1 B=$(B) tests/virtio/net_mutants.sh

# The drivers against the simulated machine's devices.
include apps/build.mk
VIRTIO_DISK := disk disk_lies
$(foreach t,$(VIRTIO_DISK),$(eval $(call sim_program,sim,tests/virtio/$t,$(addprefix tests/virtio/,$t.c disk_use.c rig.c) $(DRIVERS))))
VIRTIO_NET := drivers/text.c $(addprefix drivers/virtio/,virtio_frames.c virtio_net.c virtio_packed.c virtio_pci.c virtio_queue.c virtio_split.c virtio_start.c)
VIRTIO_CARD := card card_offloads card_lies card_edges
$(addprefix $(B)/sim/tests/virtio/,$(VIRTIO_DISK) $(VIRTIO_CARD)): LDFLAGS_sim += -Wl,--wrap=bus_pci_interrupt
$(foreach t,$(VIRTIO_CARD),$(eval $(call sim_program,sim,tests/virtio/$t,$(addprefix tests/virtio/,$t.c card_rig.c rig.c) $(VIRTIO_NET))))
TESTS += $(addprefix $(B)/sim/tests/virtio/,$(VIRTIO_DISK) $(VIRTIO_CARD))

# Disks and cards: paused machines, and clocks that differ; devices whose addresses are not those of the platform.
VIRTIO_BOTH := clocks platform
$(addprefix $(B)/sim/tests/virtio/,$(VIRTIO_BOTH)): LDFLAGS_sim += -Wl,--wrap=bus_pci_interrupt
$(foreach t,$(VIRTIO_BOTH),$(eval $(call sim_program,sim,tests/virtio/$t,$(addprefix tests/virtio/,$t.c rig.c) $(sort $(DRIVERS) $(VIRTIO_NET)))))
TESTS += $(addprefix $(B)/sim/tests/virtio/,$(VIRTIO_BOTH))

# Threads, under the thread sanitizer, too.
$(foreach c,sim simtsan,$(eval $(addprefix $(B)/$c/tests/virtio/,card_threads disk_threads): LDFLAGS_$c += -Wl,--wrap=bus_pci_interrupt)$(eval \
	$(call sim_program,$c,tests/virtio/card_threads,tests/virtio/card_threads.c tests/virtio/rig.c $(VIRTIO_NET)))$(eval \
	$(call sim_program,$c,tests/virtio/disk_threads,tests/virtio/disk_threads.c tests/virtio/rig.c $(DRIVERS))))
TESTS += $(foreach c,sim simtsan,$(addprefix $(B)/$c/tests/virtio/,card_threads disk_threads))

# Each mistake put back: what tools/putback compiles with, and links.
VIRTIO_MUTANTS := $(B)/sim/tests/virtio/mutants
all: $(VIRTIO_MUTANTS)/common
$(VIRTIO_MUTANTS)/common: $(addprefix $(B)/sim/tests/virtio/,$(VIRTIO_DISK) $(VIRTIO_CARD) $(VIRTIO_BOTH)) tests/virtio/build.mk sources.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_sim)' >$(@D)/flags
	@echo '$(LINKER) -fsanitize=address,undefined -Wl,--wrap=bus_pci_interrupt -lcmocka -lpthread' >$(@D)/link
	@for t in $(VIRTIO_DISK); do echo "$(B)/sim/tests/virtio/$$t.o $(B)/sim/tests/virtio/disk_use.o" >$(@D)/$$t.objects; done
	@for t in $(VIRTIO_BOTH); do echo "$(B)/sim/tests/virtio/$$t.o" >$(@D)/$$t.objects; done
	@for t in $(VIRTIO_CARD); do echo "$(B)/sim/tests/virtio/$$t.o $(B)/sim/tests/virtio/card_rig.o" >$(@D)/$$t.objects; done
	@echo '$(call objects,sim,$(DMASTREAM_ALL) $(SIM_SOURCES) tests/virtio/rig.c $(sort $(DRIVERS) $(VIRTIO_NET)))' >$@
TESTS += tests/virtio/mutants.sh

# The network job's TCP port, with lwIP and a peer of the test's own.
include tests/hosts/build.mk
ifneq ($(NET_BUILT),)
AGAIN := $(B)/hosted/tests/virtio/tcp_again.o $(B)/hosted/apps/net/net_tcp.o
$(AGAIN): CFLAGS_hosted += -Itools/netpeer/lwip -isystem $(B)/lwip/src/include
$(AGAIN): $(B)/lwip/ready
$(B)/tests/virtio/tcp_again: $(AGAIN) $(NETPEER_LWIP)
	@mkdir -p $(@D)
	$(CC_hosted) $(LINKER) $(HOSTED) $^ -lcmocka -o $@
TESTS += $(B)/tests/virtio/tcp_again
endif
