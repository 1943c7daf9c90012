/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Invalidations of the VT-d model that go through registers (specification, 11.4.6).
 */
#include "vtd_model.h"

/* 11.4.6.1: context-cache invalidation by register. */
void vtd_contexts_by_register(struct sim_vtd *unit)
{
	unsigned granularity = (unsigned)vtd_bits(unit->ccmd, 62, 61);

	if (!(unit->ccmd >> 63))
		return;
	if (unit->gsts & QIE)
		vtd_violation(unit, VTD_CCMD_QUEUED, unit->ccmd);
	if (granularity == 0)
		vtd_violation(unit, VTD_CCMD_GRANULARITY, unit->ccmd);
	if (granularity > 1 && (unit->ccmd & 0xffff) >> unit->config.domain_bits)
		vtd_violation(unit, VTD_CCMD_DOMAIN, unit->ccmd);
	if (granularity)
		vtd_contexts_invalidate(unit, granularity, (uint16_t)unit->ccmd, (uint16_t)(unit->ccmd >> 16),
					(unsigned)vtd_bits(unit->ccmd, 33, 32));
	unit->ccmd = (unit->ccmd & 0x67ffffffffffffff) | (uint64_t)granularity << 59;
	unit->ccmd_unconfirmed = true;
}

/* 11.4.6.3: IOTLB invalidation by register. */
void vtd_pages_by_register(struct sim_vtd *unit)
{
	unsigned granularity = (unsigned)vtd_bits(unit->iotlb, 61, 60), actual = granularity;

	if (!(unit->iotlb >> 63))
		return;
	if (unit->gsts & QIE)
		vtd_violation(unit, VTD_IOTLB_QUEUED, unit->iotlb);
	if (granularity == 0)
		vtd_violation(unit, VTD_IOTLB_GRANULARITY, unit->iotlb);
	if (granularity > 1 && vtd_bits(unit->iotlb, 47, 32) >> unit->config.domain_bits)
		vtd_violation(unit, VTD_IOTLB_DOMAIN, unit->iotlb);
	if (granularity == 3 && !unit->config.page_selective) {
		vtd_violation(unit, VTD_IOTLB_PAGES, unit->iotlb);
		actual = 0;
	} else if (granularity == 3 && (unit->iva & 63) > unit->config.address_mask) {
		vtd_violation(unit, VTD_IOTLB_MASK, unit->iva);
		actual = 0;
	}
	if (actual)
		vtd_pages_invalidate(unit, actual, (uint16_t)(unit->iotlb >> 32), unit->iva, unit->iotlb >> 48 & 1);
	unit->iotlb = (unit->iotlb & 0x79ffffffffffffff) | (uint64_t)actual << 57;
	unit->iotlb_unconfirmed = true;
}
