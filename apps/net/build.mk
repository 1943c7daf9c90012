# SPDX-License-Identifier: MPL-2.0
# The network job (./run APP=net), and what talks to it on the host. Both are built with lwIP, whose source tools/install unpacks below
# build/lwip; `all` has them where it has done so. NET_BUILT says whether: a test that wants them asks for it.
ifndef NET_SOURCES
include apps/build.mk

NET_SOURCES := drivers/text.c $(addprefix drivers/virtio/,virtio_frames.c virtio_net.c virtio_packed.c virtio_pci.c virtio_queue.c virtio_split.c virtio_start.c) \
	$(addprefix apps/net/,net_app.c net_offload.c net_payload.c net_receive.c net_report.c net_send.c net_tcp.c net_udp.c)
LWIP_SOURCES := $(addprefix core/,def.c inet_chksum.c init.c ip.c mem.c memp.c netif.c pbuf.c stats.c tcp.c tcp_in.c tcp_out.c timeouts.c udp.c) \
	$(addprefix core/ipv4/,etharp.c icmp.c ip4.c ip4_addr.c) netif/ethernet.c
NET_BUILT := $(wildcard $(B)/lwip/ready)

$(B)/lwip/ready:
	@tools/install lwip

# $(call net_objects,CONFIG): lwIP has warnings of its own; its headers give none in ours. What it does not use is left out by the linker.
NET_INCLUDE := -Iapps/net/lwip -isystem $(B)/lwip/src/include
define net_objects
$$(B)/$(1)/lwip/%.o: $$(B)/lwip/ready
	@mkdir -p $$(@D)
	$$(CC_$(1)) -std=c11 $$(CFLAGS_$(1)) $$(NET_INCLUDE) -w -ffunction-sections -MMD -MP -c $$(B)/lwip/src/$$*.c -o $$@
$$(B)/$(1)/apps/net/%.o: CFLAGS_$(1) += $$(NET_INCLUDE)
$$(call objects,$(1),$$(filter apps/net/%,$$(NET_SOURCES))): $$(B)/lwip/ready
endef
NET_CONFIGS := $(COPY_MACHINES) sim simfast
$(foreach c,$(NET_CONFIGS),$(eval $(call net_objects,$c)))

NET := $(NET_SOURCES) $(addprefix lwip/,$(LWIP_SOURCES))
$(foreach machine,$(COPY_MACHINES),$(eval $(call bare_link,$(machine),net,$(NET))))
$(foreach machine,$(EFI_MACHINES),$(eval $(call efi_link,$(machine),net)))
$(foreach c,sim simfast,$(eval $(call sim_app,$c,net,$(NET))))

# What tests/virtio/net_mutants.sh compiles and links.
$(B)/simfast/net_mutants/common: $(B)/simfast/net
	@mkdir -p $(@D)
	@echo '$(CFLAGS_simfast) $(NET_INCLUDE)' >$(@D)/flags
	@echo '$(call objects,simfast,$(DMASTREAM_ALL) $(SIM_SOURCES) $(SIM_MAIN) $(NET))' >$@

NETPEER := $(addprefix tools/netpeer/,netpeer.c echoes.c frames.c odd.c strange.c stream.c tcp.c wire.c)
NETPEER_LWIP := $(addprefix $(B)/tools/lwip/,$(LWIP_SOURCES:.c=.o))
NETPEER_FLAGS := -O2 -g -D_GNU_SOURCE -Itools/netpeer/lwip -isystem $(B)/lwip/src/include
$(NETPEER_LWIP): $(B)/tools/lwip/%.o: $(B)/lwip/ready tools/netpeer/lwip/lwipopts.h tools/netpeer/lwip/arch/cc.h apps/net/lwip/lwipopts.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -w $(NETPEER_FLAGS) -c $(B)/lwip/src/$*.c -o $@
$(B)/tools/netpeer: $(NETPEER) $(NETPEER_LWIP) tools/netpeer/netpeer.h
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARN) $(WARN_C) $(NETPEER_FLAGS) $(NETPEER) $(NETPEER_LWIP) -o $@
NET_PROGRAMS := $(foreach machine,$(COPY_MACHINES),$(B)/$(machine)/net.elf) $(B)/simfast/net $(B)/sim/net
$(NET_PROGRAMS): | $(B)/tools/netpeer
ifneq ($(NET_BUILT),)
all: $(NET_PROGRAMS) $(B)/simfast/net_mutants/common $(B)/arm64/net.img $(B)/riscv64/net.img $(foreach machine,$(EFI_MACHINES),$(B)/efi/$(machine)/net.efi)
endif

endif
