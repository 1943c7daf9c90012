# SPDX-License-Identifier: MPL-2.0
# Every interleaving of the lock-free code. explored: what is under test, instrumented; exploring: the explorer itself and the hooks.
EXPLORE_INCLUDE := -D_GNU_SOURCE -Iinclude -Isrc/arch -Itests/explore/arch
CC_explored = $(CLANG)
CFLAGS_explored = -O1 -fsanitize=thread -fno-builtin -mllvm -tsan-instrument-read-before-write=1 \
	-mllvm -tsan-instrument-func-entry-exit=0 -DDMA_BELL_LOOKS=2u -DDMA_BELL_PATIENCE=2u $(EXPLORE_INCLUDE)
CC_exploring = $(CLANG)
CFLAGS_exploring = -O2 $(EXPLORE_INCLUDE)
$(eval $(call config,explored))
$(eval $(call config,exploring))

EXPLORE_PROGRAMS := $(addprefix tests/explore/,addresses.c addresses_books.c addresses_counted.c addresses_owners.c addresses_runs.c arena.c bounce.c counted.c domain.c domain_device.c domain_ring.c driver.c entry.c faults.c ledger.c list.c list_rearmed.c node.c \
	pool.c queue.c queue_bell.c queue_hardware.c record.c segment.c stream.c tables.c unit.c virtq.c)
EXPLORE_ENGINE := $(addprefix tests/explore/,callbacks.c explore.c explore_choose.c explore_start.c main.c memory.c memory_cells.c memory_fences.c world.c) tests/hosts/defaults.c
# Block copies of the code under test are events, those of the explorer are not.
EXPLORED := $(call objects,explored,$(DMASTREAM_CORE) $(DMASTREAM_TOOLKIT) $(DMASTREAM_IOMMU) $(DMASTREAM_DRIVERS) $(EXPLORE_PROGRAMS))
EXPLORING := $(call objects,exploring,$(EXPLORE_ENGINE))
$(B)/tests/explore/explored.o: $(EXPLORED)
	@mkdir -p $(@D)
	@echo '$(EXPLORED)' >$(@D)/objects
	@echo '$(EXPLORING)' >$(@D)/engine
	ld -r -o $@ $^
	objcopy --redefine-sym memcpy=explored_memcpy --redefine-sym memset=explored_memset $@
$(B)/tests/explore/explore: $(B)/tests/explore/explored.o $(EXPLORING)
	$(CLANG) -no-pie $^ -o $@
TESTS += $(B)/tests/explore/explore tests/explore/orders.sh
tests/explore/orders.sh: $(B)/tests/explore/explore

## explore      every interleaving of the lock-free code within the bounds; PREEMPTIONS=3 OLD_READS=2 for others, PROGRAM=ledger for some
.PHONY: explore orders
explore: $(B)/tests/explore/explore
	@RUNS=$(or $(RUNS),0) $(if $(PREEMPTIONS),PREEMPTIONS=$(PREEMPTIONS)) $(if $(OLD_READS),OLD_READS=$(OLD_READS)) $< $(PROGRAM)

## orders       weakens every memory order of the lock-free code; FILES=src/iommu/iova SHARD=1/4 for some, goes on where it was stopped
orders: $(B)/tests/explore/explore
	@CLANG=$(CLANG) tools/orders $(B) --files "$(FILES)" --shard $(or $(SHARD),1/1)
