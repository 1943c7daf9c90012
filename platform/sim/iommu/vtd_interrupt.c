/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Writes of devices to the interrupt window (specification, 3.14, 5.1, 9.9). No memory is there: whatever becomes of an
 * interrupt, nothing is written, and DMA_EFAULT says so; seen.interrupts counts those that went through.
 */
#include "vtd_model.h"
#include <dmastream/errors.h>

static int passed(struct sim_vtd *unit)
{
	unit->seen.interrupts++;
	return DMA_EFAULT;
}

/* 9.9. */
static enum vtd_rule check(const struct sim_vtd *unit, const uint64_t entry[2])
{
	unsigned delivery = (unsigned)vtd_bits(entry[0], 7, 5);

	if (entry[0] & 0x8000)
		return VTD_IRTE_POSTED; /* this unit never has CAP.PI */
	if (entry[0] & 0xff007000 || entry[1] & ~(uint64_t)0xfffff)
		return VTD_IRTE_RESERVED;
	if (!(unit->interrupt_table & 0x800) && entry[0] & 0xffff00ff00000000)
		return VTD_IRTE_DESTINATION;
	if (delivery == 3 || delivery == 6)
		return VTD_IRTE_DELIVERY;
	if (vtd_bits(entry[1], 19, 18) == 3)
		return VTD_IRTE_VALIDATION;
	return VTD_NRULES;
}

static bool from(uint64_t high, uint16_t source)
{
	static const uint16_t compared[] = {0xffff, 0xfffb, 0xfff9, 0xfff8};
	uint16_t id = (uint16_t)high;

	switch (vtd_bits(high, 19, 18)) {
	case 0:
		return true;
	case 1:
		return ((id ^ source) & compared[vtd_bits(high, 17, 16)]) == 0;
	default:
		return source >> 8 >= id >> 8 && source >> 8 <= (id & 0xff);
	}
}

int vtd_interrupt(struct sim_vtd *unit, uint16_t source, uint64_t daddr)
{
	uint64_t index = vtd_bits(daddr, 19, 5) | vtd_bits(daddr, 2, 2) << 15, entry[2];
	enum vtd_rule rule;

	if (!(unit->gsts & IRE))
		return passed(unit);
	if (!(daddr & 0x10)) /* compatibility format */
		return unit->gsts & CFI ? passed(unit) : vtd_blocked(unit, source, daddr, true, INTERRUPT_BLOCKED);
	if (index >= (uint64_t)2 << (unit->interrupt_table & 15))
		return vtd_blocked(unit, source, index << 48, true, INTERRUPT_INDEX);
	if (!vtd_memory_read(unit, (unit->interrupt_table & ~(uint64_t)0xfff) + 16 * index, entry, 2)) {
		vtd_violation(unit, VTD_IRTE_NOTHING, unit->interrupt_table);
		return vtd_blocked(unit, source, index << 48, true, INTERRUPT_FETCH);
	}
	if (!(entry[0] & 1))
		return vtd_blocked(unit, source, index << 48, true, INTERRUPT_ABSENT);
	rule = check(unit, entry);
	if (rule != VTD_NRULES) {
		vtd_violation(unit, rule, entry[0]);
		return vtd_blocked(unit, source, index << 48, true, INTERRUPT_ENTRY);
	}
	return from(entry[1], source) ? passed(unit) : vtd_blocked(unit, source, index << 48, true, INTERRUPT_SOURCE);
}
