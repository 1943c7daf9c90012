/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The command queue (IHI 0070, 3.5 and 4): submissions end in a CMD_SYNC, and are done when CMDQ_CONS has passed it.
 *
 * Positions count on for ever (modulo 2^32) and the register holds their low bits with a wrap bit, so CPUs wait side
 * by side without the lock. A unit that does not answer in time is given up for good: who needs it is told so at once
 * from then on.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "smmuv3_driver.h"

enum {
	SLOTS = 1 << SMMU_COMMAND_BITS,
	WRAP_MASK = 2 * SLOTS - 1, /* index and wrap bit */
	LOOK_EVERY = 64,	   /* polls between looks at clock and error bits */
};

static bool reached(uint32_t position, uint32_t end)
{
	return (int32_t)(position - end) >= 0;
}

static void give_up(struct smmu_unit *unit, const char *why)
{
	if (!__atomic_exchange_n(&unit->failed, 1, __ATOMIC_ACQ_REL))
		dma_log("smmuv3: unit %x given up: %s", unit->paddr.raw, why);
}

static void put(struct smmu_unit *unit, struct smmu_command command)
{
	struct smmu_command *slot = &unit->commands[unit->tail++ % SLOTS];

	dma_arch_write_once(&slot->word[0], command.word[0], 8);
	dma_arch_write_once(&slot->word[1], command.word[1], 8);
}

/* Makes the slots from position `first` to the tail visible to a unit that does not snoop. */
static void clean_slots(const struct smmu_unit *unit, uint32_t first)
{
	uint32_t n = unit->tail - first, at = first % SLOTS;
	uint32_t straight = n < SLOTS - at ? n : SLOTS - at;

	smmu_clean(unit, &unit->commands[at], straight * sizeof(unit->commands[0]));
	if (n > straight)
		smmu_clean(unit, unit->commands, (n - straight) * sizeof(unit->commands[0]));
}

/* Learns how far the unit is. CONS counts modulo twice the queue, and never runs behind `done` or past the tail: a
 * difference of more than the queue was read against a `done` that others have moved on meanwhile. */
static uint32_t look(struct smmu_unit *unit)
{
	uint32_t done = __atomic_load_n(&unit->done, __ATOMIC_ACQUIRE), position;
	uint32_t ahead = (smmu_read(unit, SMMU_CMDQ_CONS) - done) & WRAP_MASK;

	if (ahead > SLOTS)
		return done;
	position = done + ahead;
	while (!reached(done, position) &&
	       !__atomic_compare_exchange_n(&unit->done, &done, position, true, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
		;
	return position;
}

/* Puts something that invalidates more in the place of a refused command, which is right whatever it named. False: it
 * was as much already, or a CMD_SYNC, without which CONS says nothing. */
static bool replace(struct smmu_unit *unit, struct smmu_command *slot)
{
	struct smmu_command instead;

	switch ((uint8_t)dma_arch_read_once(&slot->word[0], 8)) {
	case SMMU_CFGI_STE:
		instead = smmu_cfgi_all();
		break;
	case SMMU_TLBI_NH_ASID:
	case SMMU_TLBI_NH_VA:
	case SMMU_TLBI_S12_VMALL:
	case SMMU_TLBI_S2_IPA:
		instead = smmu_tlbi_all(SMMU_TLBI_NSNH_ALL);
		break;
	default:
		return false;
	}
	dma_arch_write_once(&slot->word[0], instead.word[0], 8);
	dma_arch_write_once(&slot->word[1], instead.word[1], 8);
	smmu_clean(unit, slot, sizeof(*slot));
	dma_publish();
	return true;
}

/* 3.5.4 and 6.3.18: the unit stands still at a command that it refused, or could not fetch, until the error is
 * acknowledged. */
static void repair(struct smmu_unit *unit)
{
	uintptr_t state = dma_host_lock(&unit->queue_lock);
	uint32_t acknowledged = smmu_read(unit, SMMU_GERRORN), errors = smmu_read(unit, SMMU_GERROR) ^ acknowledged;
	uint32_t cons = smmu_read(unit, SMMU_CMDQ_CONS);

	if (errors & SMMU_GERROR_SFM)
		give_up(unit, "it is in service failure mode");
	else if (errors & SMMU_GERROR_CMDQ && !replace(unit, &unit->commands[cons % SLOTS]))
		give_up(unit, "refuses its commands");
	else if (errors & SMMU_GERROR_CMDQ)
		smmu_write(unit, SMMU_GERRORN, acknowledged ^ SMMU_GERROR_CMDQ);
	dma_host_unlock(&unit->queue_lock, state);
}

/* Waits until position `end` is reached. */
static int wait_for(struct smmu_unit *unit, uint32_t end)
{
	uint64_t began = 0;

	for (unsigned spins = 1;; spins++) {
		if (reached(look(unit), end)) {
			dma_consume();
			return 0;
		}
		if (spins % LOOK_EVERY != 0)
			continue;
		if (__atomic_load_n(&unit->failed, __ATOMIC_RELAXED))
			return DMA_ETIMEDOUT;
		repair(unit);
		if (!began)
			began = dma_host_time_ns();
		else if (dma_host_time_ns() - began > unit->timeout_ns) {
			give_up(unit, "a command took too long");
			return DMA_ETIMEDOUT;
		}
	}
}

/* Puts the commands and their CMD_SYNC into the queue; false if there is no room now: *end is then what must be
 * reached first. */
static bool submit(struct smmu_unit *unit, const struct smmu_command *commands, unsigned n, uint32_t *end)
{
	uintptr_t state = dma_host_lock(&unit->queue_lock);
	uint32_t first = unit->tail;
	bool room = first + n + 1 - __atomic_load_n(&unit->done, __ATOMIC_ACQUIRE) <= SLOTS;

	if (room) {
		for (unsigned i = 0; i < n; i++)
			put(unit, commands[i]);
		put(unit, smmu_sync());
		clean_slots(unit, first);
		*end = unit->tail;
		dma_publish(); /* commands, and the tables that they speak of, before the unit looks */
		smmu_write(unit, SMMU_CMDQ_PROD, unit->tail & WRAP_MASK);
	} else {
		*end = first + n + 1 - SLOTS;
	}
	dma_host_unlock(&unit->queue_lock, state);
	return room;
}

int smmu_run(struct smmu_unit *unit, const struct smmu_command *commands, unsigned n)
{
	uint32_t end;
	int error;

	for (;;) {
		if (__atomic_load_n(&unit->failed, __ATOMIC_RELAXED))
			return DMA_ETIMEDOUT;
		if (submit(unit, commands, n, &end))
			return wait_for(unit, end);
		error = wait_for(unit, end);
		if (error)
			return error;
	}
}
