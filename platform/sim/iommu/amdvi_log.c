/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The AMD-Vi model's event log (specification, 2.5).
 */
#include "amdvi_model.h"
#include <dmastream/errors.h>
#include <string.h>

void sim_amdvi_pretend_events(struct sim_amdvi *unit, unsigned n)
{
	unit->pretended = n;
}

uint64_t amdvi_log_tail(const struct sim_amdvi *unit)
{
	return (unit->eventtail + 16 * (uint64_t)unit->pretended) & (amdvi_ring_bytes(unit->eventbase) - 1);
}

static void write_record(struct sim_amdvi *unit, const struct record *record)
{
	if (sim_ram_write(record->paddr, record->word, sizeof(record->word), true))
		amdvi_violation(unit, AMDVI_EVENTLOG_NOTHING, record->paddr);
}

void amdvi_log_late(struct sim_amdvi *unit)
{
	if (!unit->nlate || ++unit->late_ticks < LATE_TICKS)
		return;
	for (unsigned i = 0; i < unit->nlate; i++)
		write_record(unit, &unit->late[i]);
	unit->nlate = unit->late_ticks = 0;
}

/* 2.5: a record is written where the tail points; if that would make the log look empty it is lost, EventOverflow is
 * set, and nothing more is recorded until software has cleared that and sets EventLogEn once more. */
void amdvi_log(struct sim_amdvi *unit, enum event_code code, uint64_t low, uint64_t high)
{
	uint64_t nbytes = amdvi_ring_bytes(unit->eventbase), next = (unit->eventtail + 16) & (nbytes - 1);
	struct record record = {(unit->eventbase & ADDRESS) + unit->eventtail, {low | (uint64_t)code << 60, high}};

	if (!(unit->status & EVENT_RUN))
		return;
	if (next == unit->eventhead) {
		unit->status = (unit->status | EVENT_OVERFLOW) & ~(uint64_t)EVENT_RUN;
		return;
	}
	if (unit->config.late_records && unit->nlate < LATE)
		unit->late[unit->nlate++] = record;
	else
		write_record(unit, &record);
	unit->eventtail = next;
	unit->status |= EVENT_INT;
}

/* SA, SE (bits 98, 97): no page fault is recorded; the first one only, of which this model remembers nothing. */
int amdvi_blocked(struct sim_amdvi *unit, const struct entry *entry, uint64_t daddr, bool write, enum event_code code,
		  unsigned flags)
{
	bool silent = code == PAGE_FAULT && entry->word[0] & 1 && entry->word[1] >> 33 & 3;
	uint64_t domain = code == PAGE_FAULT && entry->word[0] & 1 ? amdvi_domain_of(entry) : 0;

	unit->seen.faults++;
	flags |= write ? FLAG_WRITE : 0;
	if (!silent)
		amdvi_log(unit, code, entry->source | domain << 32 | (uint64_t)flags << 48, daddr);
	return DMA_EFAULT;
}
