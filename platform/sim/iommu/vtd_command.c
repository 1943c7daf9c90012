/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d model's global commands (specification, 11.4.4, 6.6 to 6.9): a command is taken when GCMD is written, and
 * carried out when the unit likes; GSTS tells.
 */
#include "vtd_model.h"

#define ONE_SHOT (SRTP | WBF | SIRTP)

static bool memory_at(uint64_t paddr)
{
	uint64_t word;

	return !sim_ram_read(paddr & ~(uint64_t)0xfff, &word, sizeof(word), true);
}

static void check_supported(struct sim_vtd *unit, uint32_t asked)
{
	const struct sim_vtd_config *c = &unit->config;

	if (asked & QIE && c->no_queue)
		vtd_violation(unit, VTD_GCMD_QUEUE_UNSUPPORTED, asked);
	if (asked & (IRE | SIRTP | CFI) && !c->interrupt_remap)
		vtd_violation(unit, VTD_GCMD_REMAP_UNSUPPORTED, asked);
	if (asked & WBF && !c->write_buffer)
		vtd_violation(unit, VTD_GCMD_FLUSH_UNSUPPORTED, asked);
}

/* What must have been done before it goes on. */
static void check_order(struct sim_vtd *unit, uint32_t on)
{
	if (on & TE && !unit->root_set)
		vtd_violation(unit, VTD_TE_NO_ROOT, on);
	if (on & TE && unit->root_set && unit->contexts_stale)
		vtd_violation(unit, VTD_TE_STALE_CONTEXTS, on);
	else if (on & TE && unit->root_set && unit->iotlb_stale)
		vtd_violation(unit, VTD_TE_STALE_IOTLB, on);
	if (on & IRE && !unit->table_set)
		vtd_violation(unit, VTD_IRE_NO_TABLE, on);
	else if (on & IRE && unit->interrupts_stale)
		vtd_violation(unit, VTD_IRE_STALE, on);
}

static void set_root(struct sim_vtd *unit)
{
	unit->root = unit->rtaddr;
	unit->root_set = true;
	unit->gsts |= SRTP;
	if (!memory_at(unit->rtaddr))
		vtd_violation(unit, VTD_RTADDR_NOTHING, unit->rtaddr);
	if (unit->config.root_invalidates)
		vtd_forget_all(unit);
	unit->contexts_stale = unit->iotlb_stale = !unit->config.root_invalidates;
}

void vtd_command_taken(struct sim_vtd *unit, uint32_t asked_for)
{
	uint32_t value = (asked_for & ~unit->config.deaf) | (unit->gsts & unit->config.deaf & ~ONE_SHOT);
	uint32_t changed, asked;

	if (unit->unconfirmed)
		vtd_violation(unit, VTD_GCMD_WAIT, asked_for);
	vtd_carry_out(unit);
	changed = (value & ~ONE_SHOT) ^ (unit->gsts & ~ONE_SHOT);
	changed &= TE | QIE | IRE | CFI;
	asked = changed | (value & ONE_SHOT);
	if (asked & (asked - 1))
		vtd_violation(unit, VTD_GCMD_ONE, asked);
	check_supported(unit, asked);
	check_order(unit, changed & value);
	if (asked & SRTP)
		unit->gsts &= ~SRTP;
	if (asked & SIRTP)
		unit->gsts &= ~SIRTP;
	unit->gsts |= asked & WBF; /* until it is done */
	unit->command = value;
	unit->commanded = unit->unconfirmed = true;
	if (unit->config.eager || !asked) /* GSTS says so already */
		vtd_carry_out(unit);
}

void vtd_carry_out(struct sim_vtd *unit)
{
	uint32_t value = unit->command, changed = (value ^ unit->gsts) & (TE | QIE | IRE | CFI);

	if (!unit->commanded)
		return;
	unit->commanded = false;
	if (value & SRTP)
		set_root(unit);
	if (value & WBF)
		vtd_memory_flushed(unit);
	if (value & SIRTP) {
		unit->interrupt_table = unit->irta;
		unit->gsts |= SIRTP;
		unit->table_set = true;
		unit->interrupts_stale = !unit->config.table_invalidates;
	}
	if (changed & value & QIE)
		vtd_queue_starts(unit);
	if (changed & ~value & QIE)
		vtd_queue_stops(unit);
	if (changed & ~value & TE) {
		unit->seen.opened++;
		unit->root_set = false;
	}
	if (changed & ~value & IRE)
		unit->table_set = false;
	unit->gsts = (unit->gsts & (SRTP | SIRTP)) | (value & (TE | QIE | IRE | CFI));
}
