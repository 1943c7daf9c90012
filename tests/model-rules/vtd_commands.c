/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of VT-d: global commands, and what goes before them (specification, 11.4.4, 6.5.2, 6.6 to 6.9).
 */
#include "vtd_bench.h"
#include "vtd_breaches.h"

static void two_commands(const struct breach *breach)
{
	(void)breach;
	w64(RTADDR, bench.frame[ROOT]);
	w64(IQA, bench.frame[QUEUE]);
	w32(GCMD, BIT(SRTP) | BIT(QIE));
}

static void one_shot_again(const struct breach *breach)
{
	(void)breach;
	set_root(bench.frame[ROOT]);
	w64(IQA, bench.frame[QUEUE]);
	w32(GCMD, r32(GSTS) | BIT(QIE)); /* RTPS carried on as SRTP */
}

static void no_wait(const struct breach *breach)
{
	(void)breach;
	w64(RTADDR, bench.frame[ROOT]);
	w32(GCMD, BIT(SRTP));
	w64(IQA, bench.frame[QUEUE]);
	w32(GCMD, BIT(QIE));
}

/* The command of bit a. */
static void only(const struct breach *breach)
{
	command((unsigned)breach->a, true);
}

static void remapping_absent(const struct breach *breach)
{
	(void)breach;
	command(SIRTP, true);
	command(CFI, true);
	breach_times(2);
}

static void on_without_root(const struct breach *breach)
{
	(void)breach;
	translate();
	command(TE, false);
	command(TE, true); /* 6.6: before re-enabling, too */
}

static void on_with_old_contexts(const struct breach *breach)
{
	(void)breach;
	set_root(bench.frame[ROOT]);
	command(TE, true);
}

static void on_with_old_pages(const struct breach *breach)
{
	(void)breach;
	set_root(bench.frame[ROOT]);
	queue_on();
	submit(CC_GLOBAL, 0);
	submit_wait();
	command(TE, true);
}

static void on_in_wrong_order(const struct breach *breach)
{
	(void)breach;
	set_root(bench.frame[ROOT]);
	queue_on();
	submit(PAGES_ALL, 0);
	submit_wait();
	submit(CC_GLOBAL, 0);
	submit_wait();
	command(TE, true);
}

static void on_without_the_wait(const struct breach *breach)
{
	(void)breach;
	set_root(bench.frame[ROOT]);
	queue_on();
	submit(CC_GLOBAL, 0);
	submit(PAGES_ALL, 0); /* taken, not completed */
	command(TE, true);
}

static void remapping_without_table(const struct breach *breach)
{
	(void)breach;
	command(IRE, true);
}

static void remapping_with_old_entries(const struct breach *breach)
{
	(void)breach;
	w64(IRTA, bench.frame[INTERRUPTS] | 7);
	command(SIRTP, true);
	command(IRE, true);
}

static void tail_not_zero(const struct breach *breach)
{
	(void)breach;
	store(QUEUE, 0, WAIT_STATUS);
	store(QUEUE, 1, bench.frame[STATUS]);
	w64(IQA, bench.frame[QUEUE]);
	w64(IQT, 16);
	command(QIE, true);
}

static void register_pending(const struct breach *breach)
{
	(void)breach;
	w64(CCMD, BIT(63) | (uint64_t)1 << 61);
	queue_on();
}

static void off_while_busy(const struct breach *breach)
{
	(void)breach;
	queue_on();
	submit(PAGES_ALL, 0);
	command(QIE, false);
}

static void off_unwaited(const struct breach *breach)
{
	(void)breach;
	queue_on();
	submit(PAGES_ALL, 0);
	command(QIE, false);
}

const struct breach vtd_command_breaches[] = {
	{VTD_GCMD_ONE, "SRTP and QIE at once", two_commands, 0, 0, 0, USUAL},
	{VTD_GCMD_ONE, "a status bit carried on as a command", one_shot_again, 0, 0, 0, USUAL},
	{VTD_GCMD_WAIT, "QIE before GSTS had SRTP", no_wait, 0, 0, 0, USUAL},
	{VTD_GCMD_QUEUE_UNSUPPORTED, "QIE", only, QIE, 0, 0, NO_QUEUE},
	{VTD_GCMD_REMAP_UNSUPPORTED, "SIRTP, CFI", remapping_absent, 0, 0, 0, USUAL},
	{VTD_GCMD_FLUSH_UNSUPPORTED, "WBF", only, WBF, 0, 0, USUAL},
	{VTD_TE_NO_ROOT, "TE at first", only, TE, 0, 0, USUAL},
	{VTD_TE_NO_ROOT, "TE again", on_without_root, 0, 0, 0, USUAL},
	{VTD_TE_STALE_CONTEXTS, "TE after SRTP alone", on_with_old_contexts, 0, 0, 0, OLD},
	{VTD_TE_STALE_CONTEXTS, "TE before the invalidations were waited for", on_without_the_wait, 0, 0, 0, OLD},
	{VTD_TE_STALE_IOTLB, "TE after contexts were invalidated", on_with_old_pages, 0, 0, 0, OLD},
	{VTD_TE_STALE_IOTLB, "TE after both in the wrong order", on_in_wrong_order, 0, 0, 0, OLD},
	{VTD_IRE_NO_TABLE, "IRE at first", remapping_without_table, 0, 0, 0, REMAPS},
	{VTD_IRE_STALE, "IRE after SIRTP alone", remapping_with_old_entries, 0, 0, 0, REMAPS},
	{VTD_QIE_TAIL, "QIE with a tail of 16", tail_not_zero, 0, 0, 0, USUAL},
	{VTD_QIE_REGISTERS, "QIE while ICC was not seen clear", register_pending, 0, 0, 0, USUAL},
	{VTD_QIE_BUSY, "QIE off, a descriptor waits", off_while_busy, 0, 0, 0, STUCK},
	{VTD_QIE_UNWAITED, "QIE off after an invalidation", off_unwaited, 0, 0, 0, USUAL},
};
const size_t vtd_ncommand_breaches = sizeof(vtd_command_breaches) / sizeof(*vtd_command_breaches);
