/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a 128-bit invalidation descriptor may say in legacy mode (specification, 6.5.2.1 to 6.5.2.9).
 */
#include "vtd_model.h"

static const struct {
	uint64_t reserved[2];
	enum vtd_rule rule;
} types[] = {
	[1] = {{0xfffc00000000f1c0, ~(uint64_t)0}, VTD_CONTEXTS_RESERVED},
	[2] = {{0xffffffff0000f100, 0xf80}, VTD_PAGES_RESERVED},
	[3] = {{0x000f0000ffe001f0, 0xffe}, VTD_DEVICE_TLB_RESERVED},
	[4] = {{0xffff000007fff1e0, ~(uint64_t)0}, VTD_INTERRUPTS_RESERVED},
	[5] = {{0x00000000fffff100, 3}, VTD_WAIT_RESERVED},
};

static bool wide_domain(const struct sim_vtd *unit, const uint64_t d[2])
{
	return vtd_bits(d[0], 31, 16) >> unit->config.domain_bits != 0;
}

static enum vtd_rule contexts(const struct sim_vtd *unit, const uint64_t d[2], bool *fatal)
{
	unsigned granularity = (unsigned)vtd_bits(d[0], 5, 4);

	*fatal = granularity == 0;
	if (granularity == 0)
		return VTD_CONTEXTS_GRANULARITY;
	return granularity > 1 && wide_domain(unit, d) ? VTD_CONTEXTS_DOMAIN : VTD_NRULES;
}

static enum vtd_rule pages(const struct sim_vtd *unit, const uint64_t d[2], bool *fatal)
{
	unsigned granularity = (unsigned)vtd_bits(d[0], 5, 4), order = d[1] & 63;
	uint64_t address = d[1] & ~(uint64_t)0xfff;

	*fatal = true;
	if (granularity == 0)
		return VTD_PAGES_GRANULARITY;
	if (granularity == 3 && !unit->config.page_selective)
		return VTD_PAGES_UNSUPPORTED;
	if (granularity == 3 && order > unit->config.address_mask)
		return VTD_PAGES_MASK;
	*fatal = false; /* what follows is ignored by hardware, which then invalidates something else */
	if (granularity > 1 && wide_domain(unit, d))
		return VTD_PAGES_DOMAIN;
	if (granularity == 3 && address & (((uint64_t)4096 << order) - 1))
		return VTD_PAGES_ALIGNED;
	if (granularity == 3 && address >> unit->config.width)
		return VTD_PAGES_WIDTH;
	return VTD_NRULES;
}

static enum vtd_rule device_tlb(const struct sim_vtd *unit, const uint64_t d[2], bool *fatal)
{
	*fatal = true;
	if (!unit->config.device_tlbs)
		return VTD_DEVICE_TLB_UNSUPPORTED;
	if (d[0] & 0xfff000000000f000) /* this unit never has ECAP.DIT */
		return VTD_DEVICE_TLB_FUNCTION;
	*fatal = false;
	return unit->iotlb_seen ? VTD_NRULES : VTD_DEVICE_TLB_ORDER;
}

static enum vtd_rule interrupts(const struct sim_vtd *unit, const uint64_t d[2], bool *fatal)
{
	*fatal = false;
	if (!unit->config.interrupt_remap)
		return VTD_INTERRUPTS_UNSUPPORTED;
	return d[0] >> 4 & 1 && vtd_bits(d[0], 31, 27) > unit->config.handle_mask ? VTD_INTERRUPTS_MASK : VTD_NRULES;
}

static enum vtd_rule wait(const struct sim_vtd *unit, const uint64_t d[2], bool *fatal)
{
	uint32_t word;

	*fatal = true;
	if (d[0] & 0x80) /* this unit never has ECAP.PDS */
		return VTD_WAIT_DRAIN;
	*fatal = false;
	if (!(d[0] & 0x20))
		return VTD_NRULES;
	if (d[1] >> unit->config.host_width)
		return VTD_WAIT_WIDTH;
	return sim_ram_read(d[1], &word, sizeof(word), true) ? VTD_WAIT_ADDRESS : VTD_NRULES;
}

enum vtd_rule vtd_descriptor_check(const struct sim_vtd *unit, const uint64_t descriptor[2], bool *fatal)
{
	unsigned type = (unsigned)(vtd_bits(descriptor[0], 3, 0) | vtd_bits(descriptor[0], 11, 9) << 4);

	*fatal = true;
	if (type == 0 || type >= sizeof(types) / sizeof(*types))
		return VTD_QUEUE_TYPE;
	if ((type != 3 || unit->config.device_tlbs) &&
	    (descriptor[0] & types[type].reserved[0] || descriptor[1] & types[type].reserved[1]))
		return types[type].rule;
	switch (type) {
	case 1:
		return contexts(unit, descriptor, fatal);
	case 2:
		return pages(unit, descriptor, fatal);
	case 3:
		return device_tlb(unit, descriptor, fatal);
	case 4:
		return interrupts(unit, descriptor, fatal);
	default:
		return wait(unit, descriptor, fatal);
	}
}
