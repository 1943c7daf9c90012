/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of VT-d: what they write to registers, and when (specification, 11.2 to 11.4, 6.6 to 6.9).
 */
#include "vtd_bench.h"
#include "vtd_breaches.h"

/* Each bit of mask b, alone, in the register of 4 bytes at a. */
static void bits32(const struct breach *breach)
{
	unsigned times = 0;

	for (unsigned bit = 0; bit < 32; bit++)
		if (breach->b >> bit & 1) {
			w32(breach->a, r32(breach->a) | BIT(bit));
			(void)r32(GSTS);
			times++;
		}
	breach_times(times);
}

/* The same in one of 8 bytes; c: what is written beside. */
static void bits64(const struct breach *breach)
{
	unsigned times = 0;

	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->b >> bit & 1) {
			w64(breach->a, breach->c | BIT(bit));
			times++;
		}
	breach_times(times);
}

/* The value b in the register of 4 (8) bytes at a. */
static void value32(const struct breach *breach)
{
	w32(breach->a, breach->b);
}

static void value64(const struct breach *breach)
{
	w64(breach->a, breach->b);
}

static void read_only(const struct breach *breach)
{
	static const uint64_t narrow[] = {VER, GSTS}, wide[] = {CAP, ECAP, IQH, IQERCD};

	(void)breach;
	for (unsigned i = 0; i < 2; i++)
		w32(narrow[i], 0);
	for (unsigned i = 0; i < 4; i++)
		w64(wide[i], 0);
	breach_times(6);
}

static void wide_read(const struct breach *breach)
{
	(void)breach;
	(void)r64(GCMD);
	(void)r64(IECTL);
	w64(IEADDR, 0);
	breach_times(3);
}

static void page_requests(const struct breach *breach)
{
	static const uint64_t wide[] = {0xc0, 0xc8, 0xd0}, narrow[] = {0xdc, 0xe0, 0xe4, 0xe8, 0xec};

	(void)breach;
	for (unsigned i = 0; i < 3; i++)
		w64(wide[i], 0x20);
	for (unsigned i = 0; i < 5; i++)
		w32(narrow[i], 0x4);
	breach_times(8);
}

static void queue_registers(const struct breach *breach)
{
	static const uint64_t wide[] = {IQT, IQA}, narrow[] = {ICS, IECTL, IEDATA, IEADDR};

	(void)breach;
	for (unsigned i = 0; i < 2; i++)
		w64(wide[i], 0x1000);
	for (unsigned i = 0; i < 4; i++)
		w32(narrow[i], 0x80000001);
	breach_times(6);
}

/* ---- Root table ---- */

static void mode_active(const struct breach *breach)
{
	translate();
	w64(RTADDR, bench.frame[ROOT] | 0xc00);
	breach_also(VTD_RTADDR_MODE_ABORT);
	(void)breach;
}

static void root_nowhere(const struct breach *breach)
{
	(void)breach;
	set_root(NOWHERE);
}

/* ---- Invalidation by register ---- */

static void ccmd_wait(const struct breach *breach)
{
	(void)breach;
	w64(CCMD, BIT(63) | (uint64_t)1 << 61);
	w64(CCMD, BIT(63) | (uint64_t)1 << 61);
}

static void iotlb_wait(const struct breach *breach)
{
	(void)breach;
	w64(IOTLB, BIT(63) | (uint64_t)1 << 60);
	w64(IOTLB, BIT(63) | (uint64_t)1 << 60);
}

static void address_wait(const struct breach *breach)
{
	(void)breach;
	w64(IOTLB, BIT(63) | (uint64_t)1 << 60);
	w64(IVA, 0x1000);
}

static void page_mask(const struct breach *breach)
{
	(void)breach;
	w64(IVA, 19);
	w64(IOTLB, BIT(63) | (uint64_t)3 << 60 | (uint64_t)DOMAIN << 32);
}

/* ---- Protected memory ---- */

static void protection_wait(const struct breach *breach)
{
	(void)breach;
	w32(PMEN, 0x80000000);
	w32(PMEN, 1); /* without a look at PRS */
}

static void protection_on(const struct breach *breach)
{
	w32(PMEN, 0x80000000);
	(void)r32(PMEN);
	w32(breach->a, 0x100000);
}

/* ---- The queue's registers ---- */

static void queue_address_busy(const struct breach *breach)
{
	(void)breach;
	queue_on();
	submit(PAGES_ALL, 0); /* the unit is stuck */
	w64(IQA, bench.frame[OTHER]);
}

static void tail_range(const struct breach *breach)
{
	(void)breach;
	queue_on();
	w64(IQT, 4096);
}

static void overrun(const struct breach *breach)
{
	(void)breach;
	queue_on();
	w64(IQT, 4080); /* 255 of 256: full */
	w64(IQT, 0);
}

/* ---- Interrupt remapping, and the queue beside registers ---- */

static void interrupt_mode_active(const struct breach *breach)
{
	(void)breach;
	queue_on();
	w64(IRTA, bench.frame[INTERRUPTS] | 7);
	command(SIRTP, true);
	submit(IEC_GLOBAL, 0);
	submit_wait();
	command(IRE, true);
	w64(IRTA, bench.frame[INTERRUPTS] | 0x807);
}

static void queued_contexts(const struct breach *breach)
{
	(void)breach;
	queue_on();
	w64(CCMD, BIT(63) | (uint64_t)1 << 61);
}

static void queued_pages(const struct breach *breach)
{
	(void)breach;
	queue_on();
	w64(IOTLB, BIT(63) | (uint64_t)1 << 60);
}

const struct breach vtd_register_breaches[] = {
	{VTD_ACCESS_WIDTH, "8 bytes at registers of 4", wide_read, 0, 0, 0, USUAL},
	{VTD_ACCESS_UNKNOWN, "a write to offset 0x50", value32, 0x50, 0, 0, USUAL},
	{VTD_ACCESS_UNKNOWN, "a write to offset 0x98", value32, 0x98, 0, 0, USUAL},
	{VTD_ACCESS_READ_ONLY, "VER, GSTS, CAP, ECAP, IQH, IQERCD", read_only, 0, 0, 0, USUAL},
	{VTD_GCMD_RESERVED, "each reserved bit of GCMD", bits32, GCMD, 0x307fffff, 0, USUAL},
	{VTD_RTADDR_RESERVED, "each reserved bit of RTADDR", bits64, RTADDR, 0x3ff, 0, USUAL},
	{VTD_CCMD_RESERVED, "each reserved bit of CCMD", bits64, CCMD, 0x07fffffc00000000, 0, USUAL},
	{VTD_IOTLB_RESERVED, "each reserved bit of IOTLB", bits64, IOTLB, 0x49fc000000000000, 0, USUAL},
	{VTD_IOTLB_PRESERVED, "each RsvdP bit of IOTLB", bits64, IOTLB, 0xffffffff, 0, USUAL},
	{VTD_IVA_RESERVED, "each reserved bit of IVA", bits64, IVA, 0xf80, 0, USUAL},
	{VTD_FSTS_RESERVED, "each reserved bit of FSTS", bits32, FSTS, 0xffff008c, 0, USUAL},
	{VTD_FECTL_PRESERVED, "each RsvdP bit of FECTL", bits32, FECTL, 0x3fffffff, 0, USUAL},
	{VTD_FEDATA_RESERVED, "each reserved bit of FEDATA", bits32, FEDATA, 0xffff0000, 0, USUAL},
	{VTD_FEADDR_RESERVED, "each reserved bit of FEADDR", bits32, FEADDR, 3, 0, USUAL},
	{VTD_FEUADDR_RESERVED, "each bit of FEUADDR without EIM", bits32, FEUADDR, 0xffffffff, 0, USUAL},
	{VTD_FRCD_RESERVED, "each reserved bit of a record's low half", bits64, FRCD, 0xfff, 0, USUAL},
	{VTD_FRCD_RESERVED, "each reserved bit of a record's high half", bits64, FRCD + 8, 0x0fff0000, 0, USUAL},
	{VTD_PMEN_PRESERVED, "each RsvdP bit of PMEN", bits32, PMEN, 0x7ffffffe, 0, PROTECTED},
	{VTD_IQT_RESERVED, "each reserved bit of IQT", bits64, IQT, ~(uint64_t)0x7fff0, 0, USUAL},
	{VTD_IQA_RESERVED, "each reserved bit of IQA", bits64, IQA, 0x7f8, 0, USUAL},
	{VTD_ICS_RESERVED, "each reserved bit of ICS", bits32, ICS, 0xfffffffe, 0, USUAL},
	{VTD_IECTL_PRESERVED, "each RsvdP bit of IECTL", bits32, IECTL, 0x3fffffff, 0, USUAL},
	{VTD_IEDATA_RESERVED, "each reserved bit of IEDATA", bits32, IEDATA, 0xffff0000, 0, USUAL},
	{VTD_IEADDR_RESERVED, "each reserved bit of IEADDR", bits32, IEADDR, 3, 0, USUAL},
	{VTD_IEUADDR_RESERVED, "each bit of IEUADDR without EIM", bits32, IEUADDR, 0xffffffff, 0, USUAL},
	{VTD_IRTA_RESERVED, "each reserved bit of IRTA", bits64, IRTA, 0x7f0, 0, REMAPS},
	{VTD_PAGE_REQUEST_RESERVED, "every page request register", page_requests, 0, 0, 0, USUAL},
	{VTD_RTADDR_MODE_RESERVED, "RTADDR: mode 10b", value64, RTADDR, 0x800, 0, USUAL},
	{VTD_RTADDR_MODE_SCALABLE, "RTADDR: mode 01b", value64, RTADDR, 0x400, 0, USUAL},
	{VTD_RTADDR_MODE_ABORT, "RTADDR: mode 11b", value64, RTADDR, 0xc00, 0, USUAL},
	{VTD_RTADDR_MODE_ACTIVE, "RTADDR: the mode changes while it translates", mode_active, 0, 0, 0, OLD},
	{VTD_RTADDR_WIDTH, "RTADDR: each bit from 39 on", bits64, RTADDR, ~(BIT(39) - 1), 0, USUAL},
	{VTD_RTADDR_NOTHING, "a root table where no memory is", root_nowhere, 0, 0, 0, USUAL},
	{VTD_CCMD_GRANULARITY, "CCMD: ICC without a granularity", value64, CCMD, BIT(63), 0, USUAL},
	{VTD_CCMD_DOMAIN, "CCMD: domain 256 of 256", value64, CCMD, BIT(63) | BIT(62) | 256, 0, FEW_DOMAINS},
	{VTD_CCMD_WAIT, "CCMD: twice without a look", ccmd_wait, 0, 0, 0, USUAL},
	{VTD_CCMD_QUEUED, "CCMD: beside the queue", queued_contexts, 0, 0, 0, USUAL},
	{VTD_IOTLB_GRANULARITY, "IOTLB: IVT without a granularity", value64, IOTLB, BIT(63), 0, USUAL},
	{VTD_IOTLB_DOMAIN, "IOTLB: domain 256 of 256", value64, IOTLB, BIT(63) | BIT(61) | BIT(40), 0, FEW_DOMAINS},
	{VTD_IOTLB_WAIT, "IOTLB: twice without a look", iotlb_wait, 0, 0, 0, USUAL},
	{VTD_IOTLB_WAIT, "IVA: while IVT may be set", address_wait, 0, 0, 0, USUAL},
	{VTD_IOTLB_QUEUED, "IOTLB: beside the queue", queued_pages, 0, 0, 0, USUAL},
	{VTD_IOTLB_PAGES, "IOTLB: pages", value64, IOTLB, BIT(63) | (uint64_t)3 << 60, 0, NO_PAGES},
	{VTD_IOTLB_MASK, "IVA: a mask of 19 of 18", page_mask, 0, 0, 0, USUAL},
	{VTD_FSTS_DEVICE_TLB, "FSTS: ITE and ICE, not set", bits32, FSTS, 0x60, 0, USUAL},
	{VTD_PMEN_UNSUPPORTED, "PMEN: enabled", value32, PMEN, 0x80000000, 0, USUAL},
	{VTD_PMEN_WAIT, "PMEN: twice without a look", protection_wait, 0, 0, 0, PROTECTED},
	{VTD_PLMBASE_ACTIVE, "PLMBASE: while enabled", protection_on, PLMBASE, 0, 0, PROTECTED},
	{VTD_PLMLIMIT_ACTIVE, "PLMLIMIT: while enabled", protection_on, PLMLIMIT, 0, 0, PROTECTED},
	{VTD_PHMBASE_ACTIVE, "PHMBASE: while enabled", protection_on, PHMBASE, 0, 0, PROTECTED},
	{VTD_PHMLIMIT_ACTIVE, "PHMLIMIT: while enabled", protection_on, PHMLIMIT, 0, 0, PROTECTED},
	{VTD_QUEUE_UNSUPPORTED, "IQT, IQA, ICS, IECTL, IEDATA, IEADDR", queue_registers, 0, 0, 0, NO_QUEUE},
	{VTD_IQA_BUSY, "IQA: a descriptor waits", queue_address_busy, 0, 0, 0, STUCK},
	{VTD_IQA_WIDTH, "IQA: each bit from 39 on", bits64, IQA, ~(BIT(39) - 1), 0, USUAL},
	{VTD_IQA_DESCRIPTORS, "IQA: 256-bit descriptors", value64, IQA, 0x800, 0, USUAL},
	{VTD_IQT_RANGE, "IQT: 4096 of a queue of 4096 bytes", tail_range, 0, 0, 0, USUAL},
	{VTD_IQT_OVERRUN, "IQT: 256 descriptors in 256 entries", overrun, 0, 0, 0, STUCK},
	{VTD_IRTA_UNSUPPORTED, "IRTA: an address", value64, IRTA, 0x1000, 0, USUAL},
	{VTD_IRTA_WIDTH, "IRTA: each bit from 39 on", bits64, IRTA, ~(BIT(39) - 1), 0, REMAPS},
	{VTD_IRTA_EIM, "IRTA: EIME", value64, IRTA, 0x800, 0, REMAPS},
	{VTD_IRTA_ACTIVE, "IRTA: EIME while it remaps", interrupt_mode_active, 0, 0, 0, WIDE_INTERRUPTS},
};
const size_t vtd_nregister_breaches = sizeof(vtd_register_breaches) / sizeof(*vtd_register_breaches);
