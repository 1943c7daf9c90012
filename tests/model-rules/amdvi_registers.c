/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of AMD-Vi: what they write to registers, and when (specification, 2.4, 2.5, 3.4).
 */
#include "amdvi_bench.h"
#include "amdvi_breaches.h"

/* Each bit of mask b, alone, in the register at a; c: what is written beside. */
static void bits(const struct breach *breach)
{
	unsigned times = 0;

	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->b >> bit & 1) {
			w64(breach->a, breach->c | BIT(bit));
			times++;
		}
	breach_times(times);
}

/* The value b in the register at a. */
static void value(const struct breach *breach)
{
	w64(breach->a, breach->b);
}

static void unknown(const struct breach *breach)
{
	static const uint64_t offsets[] = {0x38, 0x40, 0xe0, 0x100, 0x160, 0x2028, 0x2030, 0x2040};

	(void)breach;
	for (unsigned i = 0; i < 8; i++)
		w64(offsets[i], 0x1000);
	breach_times(8);
}

static void lengths(const struct breach *breach)
{
	for (uint64_t length = 0; length < 8; length++)
		w64(breach->a, length << 56);
	breach_times(8);
}

static void by_halves(const struct breach *breach)
{
	(void)breach;
	translate();
	w32(DEVTAB, bench.frame[OTHER]);
}

/* Where no memory is; or, of 4 KiB times a more than one, up to there. */
static void table_nowhere(const struct breach *breach)
{
	w64(DEVTAB, breach->a ? bench.frame[DEVICES] | breach->a : NOWHERE);
	w64(CONTROL, ENABLE);
}

/* The control register's bits a, though b was never set. */
static void nothing_set(const struct breach *breach)
{
	if (breach->b != DEVTAB)
		w64(DEVTAB, bench.frame[DEVICES]);
	w64(CONTROL, ENABLE | breach->a);
}

static void while_running(const struct breach *breach)
{
	enable();
	w64(breach->a, breach->b ? breach->b : bench.frame[OTHER] | (uint64_t)8 << 56);
}

static void limit_below(const struct breach *breach)
{
	(void)breach;
	w64(EXCLLIMIT, 0x1000);
	w64(EXCLBASE, 0x2001);
}

static void pointer(const struct breach *breach)
{
	rings();
	w64(breach->a, 4096);
}

static void tail_beyond(const struct breach *breach)
{
	(void)breach;
	enable();
	w64(COMTAIL, 4096);
}

static void overrun(const struct breach *breach)
{
	(void)breach;
	enable();
	w64(COMTAIL, 0x800);
	w64(COMTAIL, 0x10);
}

static void head_while_running(const struct breach *breach)
{
	(void)breach;
	enable();
	w64(COMHEAD, 0);
}

static void head_overruns(const struct breach *breach)
{
	(void)breach;
	enable();
	look(0x100000);
	w64(EVENTHEAD, 32);
}

static void log_nowhere(const struct breach *breach)
{
	(void)breach;
	entry(0, 3); /* blocked */
	rings();
	w64(EVENTBASE, NOWHERE | (uint64_t)8 << 56);
	w64(CONTROL, ENABLE | EVENTS | SNOOPED);
	look(0);
}

#define BEYOND BIT(45)
#define LENGTH ((uint64_t)8 << 56)

const struct breach amdvi_register_breaches[] = {
	{AMDVI_ACCESS_UNKNOWN, "page requests, guests, filters, counters", unknown, 0, 0, 0, USUAL},
	{AMDVI_ACCESS_READ_ONLY, "extended features", value, FEATURES, 1, 0, USUAL},
	{AMDVI_DEVTAB_RESERVED, "each reserved bit", bits, DEVTAB, 0xfff0000000000e00, 0, USUAL},
	{AMDVI_COMBASE_RESERVED, "each reserved bit", bits, COMBASE, 0xf0f0000000000fff, LENGTH, USUAL},
	{AMDVI_EVENTBASE_RESERVED, "each reserved bit", bits, EVENTBASE, 0xf0f0000000000fff, LENGTH, USUAL},
	{AMDVI_CONTROL_RESERVED, "each reserved bit", bits, CONTROL, 0xffb21000003c0000, 0, USUAL},
	{AMDVI_EXCLBASE_RESERVED, "each reserved bit", bits, EXCLBASE, 0xfff0000000000ffc, 0, USUAL},
	{AMDVI_EXCLLIMIT_RESERVED, "each reserved bit", bits, EXCLLIMIT, 0xfff0000000000fff, 0, USUAL},
	{AMDVI_COMHEAD_RESERVED, "each reserved bit", bits, COMHEAD, ~(uint64_t)0x7fff0, 0, USUAL},
	{AMDVI_COMTAIL_RESERVED, "each reserved bit", bits, COMTAIL, ~(uint64_t)0x7fff0, 0, USUAL},
	{AMDVI_EVENTHEAD_RESERVED, "each reserved bit", bits, EVENTHEAD, ~(uint64_t)0x7fff0, 0, USUAL},
	{AMDVI_EVENTTAIL_RESERVED, "each reserved bit", bits, EVENTTAIL, ~(uint64_t)0x7fff0, 0, USUAL},
	{AMDVI_STATUS_RESERVED, "each reserved bit", bits, STATUS_REG, ~(uint64_t)0x79fff, 0, USUAL},
	{AMDVI_DEVTAB_WIDTH, "bit 45", value, DEVTAB, BEYOND, 0, USUAL},
	{AMDVI_DEVTAB_ACTIVE, "its lower half", by_halves, 0, 0, 0, USUAL},
	{AMDVI_DEVTAB_NOTHING, "no memory", table_nowhere, 0, 0, 0, USUAL},
	{AMDVI_DEVTAB_NOTHING, "none where it ends", table_nowhere, 0x1ff, 0, 0, USUAL},
	{AMDVI_COMBASE_LENGTH, "0 to 7", lengths, COMBASE, 0, 0, USUAL},
	{AMDVI_COMBASE_WIDTH, "bit 45", value, COMBASE, BEYOND | LENGTH, 0, USUAL},
	{AMDVI_COMBASE_ACTIVE, "another buffer", while_running, COMBASE, 0, 0, USUAL},
	{AMDVI_EVENTBASE_LENGTH, "0 to 7", lengths, EVENTBASE, 0, 0, USUAL},
	{AMDVI_EVENTBASE_WIDTH, "bit 45", value, EVENTBASE, BEYOND | LENGTH, 0, USUAL},
	{AMDVI_EVENTBASE_ACTIVE, "another log", while_running, EVENTBASE, 0, 0, USUAL},
	{AMDVI_CONTROL_UNSUPPORTED, "each bit of an absent feature", bits, CONTROL, 0x004defffffc3e000, 0, USUAL},
	{AMDVI_CONTROL_TIMEOUT, "111b", value, CONTROL, 7 << 5, 0, USUAL},
	{AMDVI_CONTROL_NO_TABLE, "IommuEn at first", nothing_set, 0, DEVTAB, 0, USUAL},
	{AMDVI_CONTROL_NO_BUFFER, "CmdBufEn at first", nothing_set, COMMANDS, 0xff, 0, USUAL},
	{AMDVI_CONTROL_NO_LOG, "EventLogEn at first", nothing_set, EVENTS, 0xff, 0, USUAL},
	{AMDVI_EXCL_ORDER, "2000h to 1fffh", limit_below, 0, 0, 0, USUAL},
	{AMDVI_COMHEAD_ACTIVE, "0", head_while_running, 0, 0, 0, USUAL},
	{AMDVI_COMHEAD_RANGE, "256", pointer, COMHEAD, 0, 0, USUAL},
	{AMDVI_COMTAIL_RANGE, "256", tail_beyond, 0, 0, 0, USUAL},
	{AMDVI_COMTAIL_OVERRUN, "half a ring, and more than that", overrun, 0, 0, 0, STUCK},
	{AMDVI_EVENTHEAD_RANGE, "256", pointer, EVENTHEAD, 0, 0, USUAL},
	{AMDVI_EVENTHEAD_OVERRUN, "two records for one", head_overruns, 0, 0, 0, USUAL},
	{AMDVI_EVENTTAIL_ACTIVE, "one record more", while_running, EVENTTAIL, 16, 0, USUAL},
	{AMDVI_EVENTTAIL_RANGE, "256", pointer, EVENTTAIL, 0, 0, USUAL},
	{AMDVI_EVENTLOG_NOTHING, "no memory", log_nowhere, 0, 0, 0, USUAL},
};
const size_t amdvi_nregister_breaches = sizeof(amdvi_register_breaches) / sizeof(*amdvi_register_breaches);
