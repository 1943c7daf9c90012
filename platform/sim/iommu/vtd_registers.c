/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d model's register file (specification, 11.4): a table of what each bit is, and what a write does beyond
 * storing its bits.
 */
#include "vtd_model.h"
#include <stddef.h>
#include <string.h>

struct vtd_register {
	uint16_t offset;
	uint8_t nbytes;
	bool queue; /* exists where ECAP.QI is set */
	uint64_t rw, rw1c;
	uint64_t zero; /* RsvdZ */
	uint64_t keep; /* RsvdP */
	enum vtd_rule zero_rule, keep_rule;
	size_t field; /* of struct sim_vtd */
};

#define FIELD(name) offsetof(struct sim_vtd, name)
#define ADDRESS	    (~(uint64_t)0xfff)
#define WINDOW_BITS 0x000fffff /* of the protected low-memory registers: 1 MiB is their unit here */
#define NONE	    VTD_NRULES

static const struct vtd_register registers[] = {
	{0x00, 4, false, 0, 0, 0, 0, NONE, NONE, FIELD(version)},
	{0x08, 8, false, 0, 0, 0, 0, NONE, NONE, FIELD(cap)},
	{0x10, 8, false, 0, 0, 0, 0, NONE, NONE, FIELD(ecap)},
	{0x18, 4, false, 0xcf800000, 0, 0x307fffff, 0, VTD_GCMD_RESERVED, NONE, FIELD(gcmd)},
	{0x1c, 4, false, 0, 0, 0, 0, NONE, NONE, FIELD(gsts)},
	{0x20, 8, false, ADDRESS | 0xc00, 0, 0x3ff, 0, VTD_RTADDR_RESERVED, NONE, FIELD(rtaddr)},
	{0x28, 8, false, 0xe0000003ffffffff, 0, 0x07fffffc00000000, 0, VTD_CCMD_RESERVED, NONE, FIELD(ccmd)},
	{0x34, 4, false, 0, 0x71, 0xffff008c, 0, VTD_FSTS_RESERVED, NONE, FIELD(fsts)},
	{0x38, 4, false, 0x80000000, 0, 0, 0x3fffffff, NONE, VTD_FECTL_PRESERVED, FIELD(fectl)},
	{0x3c, 4, false, 0xffff, 0, 0xffff0000, 0, VTD_FEDATA_RESERVED, NONE, FIELD(fedata)},
	{0x40, 4, false, 0xfffffffc, 0, 3, 0, VTD_FEADDR_RESERVED, NONE, FIELD(feaddr)},
	{0x44, 4, false, 0xffffffff, 0, 0, 0, VTD_FEUADDR_RESERVED, NONE, FIELD(feuaddr)},
	{0x64, 4, false, 0x80000000, 0, 0, 0x7ffffffe, NONE, VTD_PMEN_PRESERVED, FIELD(pmen)},
	{0x68, 4, false, ~(uint32_t)WINDOW_BITS, 0, 0, 0, NONE, NONE, FIELD(plmbase)},
	{0x6c, 4, false, ~(uint32_t)WINDOW_BITS, 0, 0, 0, NONE, NONE, FIELD(plmlimit)},
	{0x70, 8, false, ~(uint64_t)WINDOW_BITS, 0, 0, 0, NONE, NONE, FIELD(phmbase)},
	{0x78, 8, false, ~(uint64_t)WINDOW_BITS, 0, 0, 0, NONE, NONE, FIELD(phmlimit)},
	{0x80, 8, true, 0, 0, 0, 0, NONE, NONE, FIELD(iqh)},
	{0x88, 8, true, 0x7fff0, 0, ~(uint64_t)0x7fff0, 0, VTD_IQT_RESERVED, NONE, FIELD(iqt)},
	{0x90, 8, true, ADDRESS | 0x807, 0, 0x7f8, 0, VTD_IQA_RESERVED, NONE, FIELD(iqa)},
	{0x9c, 4, true, 0, 1, 0xfffffffe, 0, VTD_ICS_RESERVED, NONE, FIELD(ics)},
	{0xa0, 4, true, 0x80000000, 0, 0, 0x3fffffff, NONE, VTD_IECTL_PRESERVED, FIELD(iectl)},
	{0xa4, 4, true, 0xffff, 0, 0xffff0000, 0, VTD_IEDATA_RESERVED, NONE, FIELD(iedata)},
	{0xa8, 4, true, 0xfffffffc, 0, 3, 0, VTD_IEADDR_RESERVED, NONE, FIELD(ieaddr)},
	{0xac, 4, true, 0xffffffff, 0, 0, 0, VTD_IEUADDR_RESERVED, NONE, FIELD(ieuaddr)},
	{0xb0, 8, true, 0, 0, 0, 0, NONE, NONE, FIELD(iqercd)},
	{0xb8, 8, false, ADDRESS | 0x80f, 0, 0x7f0, 0, VTD_IRTA_RESERVED, NONE, FIELD(irta)},
	{0xc0, 8, false, 0, 0, ~(uint64_t)0, 0, VTD_PAGE_REQUEST_RESERVED, NONE, FIELD(page_requests)},
	{0xc8, 8, false, 0, 0, ~(uint64_t)0, 0, VTD_PAGE_REQUEST_RESERVED, NONE, FIELD(page_requests)},
	{0xd0, 8, false, 0, 0, ~(uint64_t)0, 0, VTD_PAGE_REQUEST_RESERVED, NONE, FIELD(page_requests)},
	{0xdc, 4, false, 0, 0, 0xffffffff, 0, VTD_PAGE_REQUEST_RESERVED, NONE, FIELD(page_requests)},
	{0xe0, 4, false, 0, 0, 0xffffffff, 0, VTD_PAGE_REQUEST_RESERVED, NONE, FIELD(page_requests)},
	{0xe4, 4, false, 0, 0, 0xffffffff, 0, VTD_PAGE_REQUEST_RESERVED, NONE, FIELD(page_requests)},
	{0xe8, 4, false, 0, 0, 0xffffffff, 0, VTD_PAGE_REQUEST_RESERVED, NONE, FIELD(page_requests)},
	{0xec, 4, false, 0, 0, 0xffffffff, 0, VTD_PAGE_REQUEST_RESERVED, NONE, FIELD(page_requests)},
};

/* The registers whose places ECAP.IRO and CAP.FRO tell. */
static const struct vtd_register iva = {0, 8, false, ADDRESS | 0x7f, 0, 0xf80, 0, VTD_IVA_RESERVED, NONE, FIELD(iva)};
static const struct vtd_register iotlb = {8,
					  8,
					  false,
					  0xb003ffff00000000,
					  0,
					  0x49fc000000000000,
					  ~(uint32_t)0,
					  VTD_IOTLB_RESERVED,
					  VTD_IOTLB_PRESERVED,
					  FIELD(iotlb)};
static const struct vtd_register record_low = {0, 8, false, 0, 0, 0xfff, 0, VTD_FRCD_RESERVED, NONE, 0};
static const struct vtd_register record_high = {8,    8, false, 0, (uint64_t)1 << 63, 0x0fff0000, 0, VTD_FRCD_RESERVED,
						NONE, 0};

static uint64_t cap(const struct sim_vtd_config *c)
{
	return (uint64_t)((c->domain_bits - 4) / 2) | (uint64_t)c->write_buffer << 4 |
	       (uint64_t)c->protected_memory << 5 | (uint64_t)c->protected_memory << 6 |
	       (uint64_t)c->caching_mode << 7 | (uint64_t)c->sagaw << 8 | (uint64_t)(c->width - 1) << 16 |
	       (uint64_t)c->zero_length_reads << 22 | (uint64_t)(c->fault_offset / 16) << 24 |
	       (uint64_t)c->big_pages << 34 | (uint64_t)c->page_selective << 39 |
	       (uint64_t)(c->fault_records - 1) << 40 | (uint64_t)c->address_mask << 48 | (uint64_t)3 << 54 |
	       (uint64_t)c->table_invalidates << 62 | (uint64_t)c->root_invalidates << 63;
}

static uint64_t ecap(const struct sim_vtd_config *c)
{
	return (uint64_t)c->coherent | (uint64_t)!c->no_queue << 1 | (uint64_t)c->device_tlbs << 2 |
	       (uint64_t)c->interrupt_remap << 3 | (uint64_t)c->extended_interrupts << 4 |
	       (uint64_t)c->pass_through << 6 | (uint64_t)c->snoop_control << 7 |
	       (uint64_t)(c->iotlb_offset / 16) << 8 | (uint64_t)c->handle_mask << 20;
}

/* 11.4.3: what is not there without something else. */
static void make_consistent(struct sim_vtd_config *c)
{
	c->interrupt_remap = c->interrupt_remap && !c->no_queue;
	c->extended_interrupts = c->extended_interrupts && c->interrupt_remap;
	c->device_tlbs = c->device_tlbs && !c->no_queue;
	c->big_pages = c->big_pages & 1 ? c->big_pages & 3 : 0; /* 11.4.2: 1 GiB only with 2 MiB */
}

void vtd_registers_reset(struct sim_vtd *unit)
{
	make_consistent(&unit->config);
	unit->version = 0x10; /* 1.0: draining is asked for */
	unit->cap = cap(&unit->config);
	unit->ecap = ecap(&unit->config);
	unit->fectl = unit->iectl = 0x80000000; /* masked */
}

/* The register that has this offset, and where its value is. NULL: none. */
static const struct vtd_register *find(struct sim_vtd *unit, uint64_t offset, void **value, uint64_t *base)
{
	uint64_t record = offset - unit->config.fault_offset, place = offset - unit->config.iotlb_offset;

	if (offset >= unit->config.fault_offset && record < 16 * (uint64_t)unit->config.fault_records) {
		*value = &unit->records[record / 16][record / 8 % 2];
		*base = offset & ~(uint64_t)7;
		return record & 8 ? &record_high : &record_low;
	}
	if (offset >= unit->config.iotlb_offset && place < 16) {
		*value = place < 8 ? &unit->iva : &unit->iotlb;
		*base = offset & ~(uint64_t)7;
		return place < 8 ? &iva : &iotlb;
	}
	for (size_t i = 0; i < sizeof(registers) / sizeof(*registers); i++)
		if (offset >= registers[i].offset && offset - registers[i].offset < registers[i].nbytes) {
			*value = (char *)unit + registers[i].field;
			*base = registers[i].offset;
			return &registers[i];
		}
	return NULL;
}

static uint64_t load(const struct vtd_register *r, const void *value)
{
	uint32_t narrow;
	uint64_t wide = 0;

	if (r->nbytes == 8) {
		memcpy(&wide, value, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, value, sizeof(narrow));
	return narrow;
}

static void store(const struct vtd_register *r, void *value, uint64_t wide)
{
	uint32_t narrow = (uint32_t)wide;

	memcpy(value, r->nbytes == 8 ? (void *)&wide : (void *)&narrow, r->nbytes);
}

/* One aligned doubleword. What software reads may confirm a command that was in progress. */
static uint32_t read_word(struct sim_vtd *unit, uint64_t offset)
{
	void *value;
	uint64_t base;
	const struct vtd_register *r = find(unit, offset, &value, &base);

	if (!r)
		return 0;
	if (offset == 0x34)
		return vtd_fault_status(unit);
	if (offset == 0x1c && !unit->commanded)
		unit->unconfirmed = false;
	unit->ccmd_unconfirmed = unit->ccmd_unconfirmed && offset != 0x2c;
	unit->pmen_unconfirmed = unit->pmen_unconfirmed && offset != 0x64;
	unit->iotlb_unconfirmed = unit->iotlb_unconfirmed && offset != unit->config.iotlb_offset + 12;
	return (uint32_t)(load(r, value) >> 8 * (offset - base));
}

uint64_t vtd_register_read(struct sim_vtd *unit, uint64_t offset, unsigned nbytes)
{
	void *value;
	uint64_t base, low;
	const struct vtd_register *r = find(unit, offset, &value, &base);

	if (r && nbytes > r->nbytes)
		vtd_violation(unit, VTD_ACCESS_WIDTH, offset);
	low = read_word(unit, offset);
	return nbytes == 8 ? low | (uint64_t)read_word(unit, offset + 4) << 32 : low;
}

static bool beyond(const struct sim_vtd *unit, uint64_t address)
{
	return address >> unit->config.host_width != 0;
}

static void root_address_written(struct sim_vtd *unit, uint64_t old)
{
	unsigned mode = (unsigned)vtd_bits(unit->rtaddr, 11, 10);

	if (mode == 1)
		vtd_violation(unit, VTD_RTADDR_MODE_SCALABLE, unit->rtaddr);
	if (mode == 2)
		vtd_violation(unit, VTD_RTADDR_MODE_RESERVED, unit->rtaddr);
	if (mode == 3)
		vtd_violation(unit, VTD_RTADDR_MODE_ABORT, unit->rtaddr);
	if ((old ^ unit->rtaddr) & 0xc00 && unit->gsts & TE && !unit->config.root_invalidates)
		vtd_violation(unit, VTD_RTADDR_MODE_ACTIVE, unit->rtaddr);
	if (beyond(unit, unit->rtaddr))
		vtd_violation(unit, VTD_RTADDR_WIDTH, unit->rtaddr);
}

static void interrupt_table_written(struct sim_vtd *unit, uint64_t old)
{
	if (unit->irta & 0x800 && !unit->config.extended_interrupts) {
		vtd_violation(unit, VTD_IRTA_EIM, unit->irta);
		unit->irta &= ~(uint64_t)0x800;
	}
	if ((old ^ unit->irta) & 0x800 && unit->gsts & IRE)
		vtd_violation(unit, VTD_IRTA_ACTIVE, unit->irta);
	if (beyond(unit, unit->irta))
		vtd_violation(unit, VTD_IRTA_WIDTH, unit->irta);
}

static void queue_address_written(struct sim_vtd *unit)
{
	if (unit->gsts & QIE && unit->iqh != unit->iqt)
		vtd_violation(unit, VTD_IQA_BUSY, unit->iqa);
	if (beyond(unit, unit->iqa))
		vtd_violation(unit, VTD_IQA_WIDTH, unit->iqa);
	if (unit->iqa & 0x800)
		vtd_violation(unit, VTD_IQA_DESCRIPTORS, unit->iqa);
}

/* What may not be written now; what the unit lacks is not there to be written. False: the write is lost. */
static bool allowed(struct sim_vtd *unit, const struct vtd_register *r, uint64_t value, bool high)
{
	static const struct {
		uint16_t offset;
		enum vtd_rule rule;
	} windows[] = {{0x68, VTD_PLMBASE_ACTIVE},
		       {0x6c, VTD_PLMLIMIT_ACTIVE},
		       {0x70, VTD_PHMBASE_ACTIVE},
		       {0x78, VTD_PHMLIMIT_ACTIVE}};
	const struct sim_vtd_config *c = &unit->config;

	for (size_t i = 0; i < sizeof(windows) / sizeof(*windows); i++)
		if (r->offset == windows[i].offset && unit->pmen & 1) {
			vtd_violation(unit, windows[i].rule, value);
			return false;
		}
	if (r->queue && c->no_queue) {
		if (value)
			vtd_violation(unit, VTD_QUEUE_UNSUPPORTED, value);
		return false;
	}
	if ((r->offset == 0x44 || r->offset == 0xac) && !c->extended_interrupts && value) {
		vtd_violation(unit, r->zero_rule, value);
		return false;
	}
	if (r->offset == 0xb8 && !c->interrupt_remap && value) {
		vtd_violation(unit, VTD_IRTA_UNSUPPORTED, value);
		return false;
	}
	if (r->offset == 0x64 && !c->protected_memory) {
		vtd_violation(unit, VTD_PMEN_UNSUPPORTED, value);
		return false;
	}
	if (r->offset == 0x64 && unit->pmen_unconfirmed)
		vtd_violation(unit, VTD_PMEN_WAIT, value);
	if (r->offset == 0x34 && !c->device_tlbs && value & (ITE | ICE) & ~unit->fsts)
		vtd_violation(unit, VTD_FSTS_DEVICE_TLB, value);
	if (r->offset == 0x28 && unit->ccmd_unconfirmed && high)
		vtd_violation(unit, VTD_CCMD_WAIT, value);
	if ((r == &iotlb || r == &iva) && unit->iotlb_unconfirmed && (high || r == &iva))
		vtd_violation(unit, VTD_IOTLB_WAIT, value);
	return true;
}

/* A write to the bits `mask` of one register; `high`: it reaches the upper half, which commands start with. */
static void write_bits(struct sim_vtd *unit, const struct vtd_register *r, void *at, uint64_t value, uint64_t mask,
		       bool high)
{
	uint64_t old = load(r, at), fresh;

	if (!(r->rw | r->rw1c | r->zero | r->keep)) {
		vtd_violation(unit, VTD_ACCESS_READ_ONLY, r->offset);
		return;
	}
	if (!allowed(unit, r, value & mask, high))
		return;
	if (value & r->zero & mask)
		vtd_violation(unit, r->zero_rule, value);
	if ((value ^ old) & r->keep & mask)
		vtd_violation(unit, r->keep_rule, value);
	fresh = (old & ~(r->rw & mask)) | (value & r->rw & mask);
	fresh &= ~(value & r->rw1c & mask);
	if (r->offset == 0x18) {
		vtd_command_taken(unit, (uint32_t)value);
		return; /* reads as 0 */
	}
	store(r, at, fresh);
	if (r == &iotlb && high) {
		vtd_pages_by_register(unit);
	} else if (r >= registers && r < registers + sizeof(registers) / sizeof(*registers)) {
		switch (r->offset) {
		case 0x20:
			root_address_written(unit, old);
			break;
		case 0x28:
			if (high)
				vtd_contexts_by_register(unit);
			break;
		case 0x34:
			if (value & old & IQE)
				vtd_queue_error_cleared(unit);
			break;
		case 0x64:
			unit->pmen = (unit->pmen & ~(uint32_t)1) | unit->pmen >> 31;
			unit->pmen_unconfirmed = true;
			break;
		case 0x88:
			vtd_tail_written(unit, old);
			break;
		case 0x90:
			queue_address_written(unit);
			break;
		case 0xb8:
			interrupt_table_written(unit, old);
			break;
		default:
			break;
		}
	}
}

void vtd_register_write(struct sim_vtd *unit, uint64_t offset, uint64_t value, unsigned nbytes)
{
	void *at;
	uint64_t base, mask;
	const struct vtd_register *r = find(unit, offset, &at, &base);

	if (!r) {
		vtd_violation(unit, VTD_ACCESS_UNKNOWN, offset);
		return;
	}
	if (nbytes > r->nbytes) { /* as two accesses, the lower doubleword first */
		vtd_violation(unit, VTD_ACCESS_WIDTH, offset);
		vtd_register_write(unit, offset, value & 0xffffffff, 4);
		vtd_register_write(unit, offset + 4, value >> 32, 4);
		return;
	}
	mask = nbytes == 8 ? ~(uint64_t)0 : (uint64_t)0xffffffff << 8 * (offset - base);
	write_bits(unit, r, at, value << 8 * (offset - base), mask, r->nbytes == 4 || mask >> 63);
}
