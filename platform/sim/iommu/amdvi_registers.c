/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The AMD-Vi model's register file (specification, 3.4): a table of what each bit is, and what a write does beyond
 * storing its bits.
 */
#include "amdvi_model.h"
#include <stddef.h>

struct amdvi_register {
	uint16_t offset;
	uint64_t rw, rw1c;
	uint64_t reserved;
	enum amdvi_rule rule; /* of the reserved bits */
	size_t field;	      /* of struct sim_amdvi */
};

#define FIELD(name) offsetof(struct sim_amdvi, name)
#define RING	    (ADDRESS | 0x0f00000000000000)
#define POINTER	    ((uint64_t)0x7fff0)
#define CONTROL	    ((uint64_t)0x1fff) /* what this unit has of it: bits 12:0 */
#define RESERVED    0xffb21000003c0000 /* of the control register: bits 63:55, 53:52, 49, 44, 21:18 */

static const struct amdvi_register registers[] = {
	{0x0000, ADDRESS | 0x1ff, 0, ~(ADDRESS | 0x1ff), AMDVI_DEVTAB_RESERVED, FIELD(devtab)},
	{0x0008, RING, 0, ~RING, AMDVI_COMBASE_RESERVED, FIELD(combase)},
	{0x0010, RING, 0, ~RING, AMDVI_EVENTBASE_RESERVED, FIELD(eventbase)},
	{0x0018, CONTROL, 0, RESERVED, AMDVI_CONTROL_RESERVED, FIELD(control)},
	{0x0020, ADDRESS | 3, 0, ~(ADDRESS | 3), AMDVI_EXCLBASE_RESERVED, FIELD(exclbase)},
	{0x0028, ADDRESS, 0, ~ADDRESS, AMDVI_EXCLLIMIT_RESERVED, FIELD(excllimit)},
	{0x0030, 0, 0, 0, AMDVI_NRULES, FIELD(features)},
	{0x2000, POINTER, 0, ~POINTER, AMDVI_COMHEAD_RESERVED, FIELD(comhead)},
	{0x2008, POINTER, 0, ~POINTER, AMDVI_COMTAIL_RESERVED, FIELD(comtail)},
	{0x2010, POINTER, 0, ~POINTER, AMDVI_EVENTHEAD_RESERVED, FIELD(eventhead)},
	{0x2018, POINTER, 0, ~POINTER, AMDVI_EVENTTAIL_RESERVED, FIELD(eventtail)},
	{0x2020, 0, 7, ~(uint64_t)0x79fff, AMDVI_STATUS_RESERVED, FIELD(status)},
};

/* 3.4, 0030h: prefetch, page requests, guest translation and everything else that host translation does without are
 * not there. Without EFRSup the offset is reserved, and reads as anything. */
static uint64_t features(const struct sim_amdvi_config *c)
{
	return c->no_features ? ~(uint64_t)0 : (uint64_t)c->invalidates_all << 6 | (uint64_t)(c->levels - 4) << 10;
}

void amdvi_registers_reset(struct sim_amdvi *unit)
{
	unit->features = features(&unit->config);
	unit->combase = unit->eventbase = (uint64_t)8 << 56; /* 256 entries */
}

/* 3.2: the capability header, the registers' address (enabled), the range, and miscellaneous information. */
uint32_t sim_amdvi_capability(const struct sim_amdvi *unit, unsigned offset)
{
	const struct sim_amdvi_config *c = &unit->config;

	switch (offset) {
	case 0:
		return 0x000b000f | (uint32_t)c->device_tlbs << 24 | (uint32_t)c->absent_cached << 26 |
		       (uint32_t)!c->no_features << 27;
	case 4:
		return (uint32_t)c->registers | 1;
	case 8:
		return (uint32_t)(c->registers >> 32);
	case 16:
		return (uint32_t)c->width << 8 | (uint32_t)c->virtual_width << 15;
	default:
		return 0;
	}
}

/* 0008h, 0010h: a power of two of entries of 16 bytes, in bits 59:56. */
uint64_t amdvi_ring_bytes(uint64_t base)
{
	return (uint64_t)16 << amdvi_bits(base, 59, 56);
}

static const struct amdvi_register *find(struct sim_amdvi *unit, uint64_t offset, uint64_t **value)
{
	for (size_t i = 0; i < sizeof(registers) / sizeof(*registers); i++)
		if (registers[i].offset == (offset & ~(uint64_t)7)) {
			*value = (uint64_t *)(void *)((char *)unit + registers[i].field);
			return &registers[i];
		}
	return NULL;
}

uint64_t amdvi_register_read(struct sim_amdvi *unit, uint64_t offset, unsigned nbytes)
{
	uint64_t *value, whole;
	const struct amdvi_register *r = find(unit, offset, &value);

	if (!r)
		return 0;
	if (r->offset == 0x2020 && unit->former_logs_left && !--unit->former_logs_left)
		unit->status &= ~(uint64_t)FORMER_LOGS_RUN;
	whole = r->offset == 0x2018 ? amdvi_log_tail(unit) : *value;
	return nbytes == 8 ? whole : whole >> 8 * (offset & 7) & 0xffffffff;
}

/* ---- What a write may say, and when ---- */

static void pointer_written(struct sim_amdvi *unit, uint64_t base, uint64_t value, enum amdvi_rule rule)
{
	if (value >= amdvi_ring_bytes(base))
		amdvi_violation(unit, rule, value);
}

/* 2.5: software gives back records that it has read, no others. */
static void event_head_written(struct sim_amdvi *unit, uint64_t old)
{
	uint64_t nbytes = amdvi_ring_bytes(unit->eventbase);

	pointer_written(unit, unit->eventbase, unit->eventhead, AMDVI_EVENTHEAD_RANGE);
	if (unit->status & EVENT_RUN &&
	    ((unit->eventhead - old) & (nbytes - 1)) > ((amdvi_log_tail(unit) - old) & (nbytes - 1)))
		amdvi_violation(unit, AMDVI_EVENTHEAD_OVERRUN, unit->eventhead);
}

static void exclusion_written(struct sim_amdvi *unit)
{
	if (unit->exclbase & 1 && (unit->excllimit & ADDRESS) < (unit->exclbase & ADDRESS))
		amdvi_violation(unit, AMDVI_EXCL_ORDER, unit->exclbase);
}

static bool memory_at(uint64_t paddr)
{
	uint64_t word;

	return !sim_ram_read(paddr, &word, sizeof(word), true);
}

/* 0000h: bits 8:0 count 4 KiB of table, from one on. */
static uint64_t last_of_table(const struct sim_amdvi *unit)
{
	return (unit->devtab & ADDRESS) + ((unit->devtab & 0x1ff) + 1) * 4096 - 8;
}

/* 0018h: IommuEn decides of all; a command buffer or a log runs if its own bit is set, too. */
static void control_written(struct sim_amdvi *unit, uint64_t old, uint64_t asked)
{
	uint64_t on;

	if (asked & ~(CONTROL | RESERVED))
		amdvi_violation(unit, AMDVI_CONTROL_UNSUPPORTED, asked);
	if (amdvi_bits(asked, 7, 5) == 7)
		amdvi_violation(unit, AMDVI_CONTROL_TIMEOUT, asked);
	unit->control = (unit->control & ~unit->config.deaf) | (old & unit->config.deaf);
	if (old & FORMER_LOGS_EN & ~asked) {
		unit->control &= ~(uint64_t)FORMER_LOGS_EN;
		unit->former_logs_left = FORMER_LOGS_TICKS;
	}
	on = unit->control & ~old;
	if (on & IOMMU_EN && !unit->devtab_set)
		amdvi_violation(unit, AMDVI_CONTROL_NO_TABLE, asked);
	else if (on & IOMMU_EN && !(memory_at(unit->devtab & ADDRESS) && memory_at(last_of_table(unit))))
		amdvi_violation(unit, AMDVI_DEVTAB_NOTHING, unit->devtab);
	if (on & COMMAND_EN && !unit->combase_set)
		amdvi_violation(unit, AMDVI_CONTROL_NO_BUFFER, asked);
	if (on & EVENT_LOG_EN && !unit->eventbase_set)
		amdvi_violation(unit, AMDVI_CONTROL_NO_LOG, asked);
	if (old & ~unit->control & IOMMU_EN)
		unit->seen.opened++;
	if ((unit->control & (IOMMU_EN | EVENT_LOG_EN)) == (IOMMU_EN | EVENT_LOG_EN)) {
		if (!(unit->status & EVENT_OVERFLOW))
			unit->status |= EVENT_RUN;
	} else {
		unit->status &= ~(uint64_t)EVENT_RUN;
	}
	if ((unit->control & (IOMMU_EN | COMMAND_EN)) != (IOMMU_EN | COMMAND_EN))
		amdvi_queue_stops(unit);
	else if (on & (IOMMU_EN | COMMAND_EN))
		amdvi_queue_starts(unit);
}

static void base_written(struct sim_amdvi *unit, uint64_t value, enum amdvi_rule length, enum amdvi_rule width)
{
	if (amdvi_bits(value, 59, 56) < 8)
		amdvi_violation(unit, length, value);
	if (amdvi_beyond(unit, value & ADDRESS))
		amdvi_violation(unit, width, value);
}

/* What may not be written now. */
static void check_moment(struct sim_amdvi *unit, const struct amdvi_register *r, uint64_t old, uint64_t fresh,
			 unsigned nbytes)
{
	bool commands = unit->status & COMMAND_RUN, events = unit->status & EVENT_RUN;

	if (r->offset == 0x0000 && unit->control & IOMMU_EN && old != fresh && nbytes < 8)
		amdvi_violation(unit, AMDVI_DEVTAB_ACTIVE, fresh);
	if (r->offset == 0x0008 && commands && old != fresh)
		amdvi_violation(unit, AMDVI_COMBASE_ACTIVE, fresh);
	if (r->offset == 0x0010 && events && old != fresh)
		amdvi_violation(unit, AMDVI_EVENTBASE_ACTIVE, fresh);
	if (r->offset == 0x2000 && commands)
		amdvi_violation(unit, AMDVI_COMHEAD_ACTIVE, fresh);
	if (r->offset == 0x2018 && events)
		amdvi_violation(unit, AMDVI_EVENTTAIL_ACTIVE, fresh);
}

static void written(struct sim_amdvi *unit, const struct amdvi_register *r, uint64_t old, uint64_t asked)
{
	switch (r->offset) {
	case 0x0000:
		unit->devtab_set = true;
		if (amdvi_beyond(unit, unit->devtab & ADDRESS))
			amdvi_violation(unit, AMDVI_DEVTAB_WIDTH, unit->devtab);
		break;
	case 0x0008:
		unit->combase_set = true;
		base_written(unit, unit->combase, AMDVI_COMBASE_LENGTH, AMDVI_COMBASE_WIDTH);
		break;
	case 0x0010:
		unit->eventbase_set = true;
		base_written(unit, unit->eventbase, AMDVI_EVENTBASE_LENGTH, AMDVI_EVENTBASE_WIDTH);
		break;
	case 0x0018:
		control_written(unit, old, asked);
		break;
	case 0x0020:
	case 0x0028:
		exclusion_written(unit);
		break;
	case 0x2000:
		pointer_written(unit, unit->combase, unit->comhead, AMDVI_COMHEAD_RANGE);
		break;
	case 0x2008:
		amdvi_tail_written(unit, old);
		break;
	case 0x2010:
		event_head_written(unit, old);
		break;
	case 0x2018:
		pointer_written(unit, unit->eventbase, unit->eventtail, AMDVI_EVENTTAIL_RANGE);
		break;
	default:
		break;
	}
}

void amdvi_register_write(struct sim_amdvi *unit, uint64_t offset, uint64_t value, unsigned nbytes)
{
	uint64_t *at, mask = nbytes == 8 ? ~(uint64_t)0 : (uint64_t)0xffffffff << 8 * (offset & 4), old, asked, fresh;
	const struct amdvi_register *r = find(unit, offset, &at);

	if (!r) {
		if (value)
			amdvi_violation(unit, AMDVI_ACCESS_UNKNOWN, offset);
		return;
	}
	if (!(r->rw | r->rw1c)) {
		amdvi_violation(unit, AMDVI_ACCESS_READ_ONLY, offset);
		return;
	}
	old = *at;
	asked = value << (nbytes == 8 ? 0 : 8 * (offset & 4));
	if (asked & r->reserved & mask)
		amdvi_violation(unit, r->rule, asked);
	fresh = (old & ~(r->rw & mask)) | (asked & r->rw & mask);
	fresh &= ~(asked & r->rw1c & mask);
	check_moment(unit, r, old, fresh, nbytes);
	*at = fresh;
	written(unit, r, old, (asked & mask) | (old & ~mask));
}
