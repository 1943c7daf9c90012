/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of SMMUv3: the indexes of queues, and the order of enabling (IHI 0070, 3.5, 3.11, 3.21.2, 6.3.26, 7.1).
 */
#include "smmuv3_bench.h"
#include "smmuv3_breaches.h"

/* ---- Queues ---- */

static void prod_bits(const struct breach *breach)
{
	(void)breach;
	w64(CMDQ_BASE, bench.frame[COMMANDS] | 8);
	for (unsigned bit = 9; bit < 32; bit++)
		w32(CMDQ_PROD, BIT(bit));
	breach_times(23);
}

static void cons_bits(const struct breach *breach)
{
	static const unsigned fine[] = {24, 25, 26, 27, 28, 29, 30};
	unsigned times = 0;

	(void)breach;
	w64(CMDQ_BASE, bench.frame[COMMANDS] | 8);
	for (unsigned bit = 9; bit < 32; bit++)
		if (bit < fine[0] || bit > 30) {
			w32(CMDQ_CONS, BIT(bit));
			times++;
		}
	breach_times(times);
}

static void overrun(const struct breach *breach)
{
	(void)breach;
	queues_on();
	w32(CMDQ_PROD, 256); /* full */
	w32(CMDQ_PROD, 257);
}

static void backwards(const struct breach *breach)
{
	(void)breach;
	queues_on();
	w32(CMDQ_PROD, 4);
	w32(CMDQ_PROD, 2);
}

static void back_beyond(const struct breach *breach)
{
	(void)breach;
	queues_on();
	sync_commands();
	sync_commands();
	submit(0, 0); /* refused */
	w32(CMDQ_PROD, 1);
	breach_also(SMMU_COMMAND_OPCODE);
}

static void no_indexes(const struct breach *breach)
{
	(void)breach;
	w64(CMDQ_BASE, bench.frame[COMMANDS] | 8);
	w32(CMDQ_CONS, 0);
	w32(CR0, CMDQEN);
}

static void indexes_first(const struct breach *breach)
{
	(void)breach;
	w32(CMDQ_CONS, 0);
	w32(CMDQ_PROD, 0);
	w64(CMDQ_BASE, bench.frame[COMMANDS] | 8);
	w32(CR0, CMDQEN);
}

static void crossed_indexes(const struct breach *breach)
{
	(void)breach;
	w64(CMDQ_BASE, bench.frame[COMMANDS] | 8);
	w32(CMDQ_CONS, 5);
	w32(CMDQ_PROD, 3); /* behind, and not wrapped */
	w32(CR0, CMDQEN);
	breach_also(SMMU_COMMAND_OPCODE); /* commands that nobody wrote */
}

static void events_without_indexes(const struct breach *breach)
{
	(void)breach;
	w64(EVENTQ_BASE, bench.frame[EVENTS] | 7);
	w32(EVENTQ_PROD, 0);
	w32(CR0, EVENTQEN);
}

static void events_crossed(const struct breach *breach)
{
	(void)breach;
	w64(EVENTQ_BASE, bench.frame[EVENTS] | 7);
	w32(EVENTQ_CONS, 5);
	w32(EVENTQ_PROD, 3);
	w32(CR0, EVENTQEN);
}

static void event_index_bits(const struct breach *breach)
{
	(void)breach;
	w64(EVENTQ_BASE, bench.frame[EVENTS] | 7);
	for (unsigned bit = 20; bit < 31; bit++) {
		w32(EVENTQ_PROD, BIT(bit));
		w32(EVENTQ_CONS, BIT(bit));
	}
	breach_times(22);
}

static void events_ahead(const struct breach *breach)
{
	(void)breach;
	enable();
	w32(EVENTQ_CONS, 1); /* nothing was written */
}

static void events_back(const struct breach *breach)
{
	(void)breach;
	enable();
	look(0); /* an invalid entry */
	look(0);
	w32(EVENTQ_CONS, 2);
	w32(EVENTQ_CONS, 1);
}

static void overflow_unasked(const struct breach *breach)
{
	(void)breach;
	enable();
	w32(EVENTQ_CONS, 0x80000000);
}

static void events_nowhere(const struct breach *breach)
{
	(void)breach;
	enable();
	control(SMMUEN | CMDQEN);
	w64(EVENTQ_BASE, NOWHERE | 7);
	w32(EVENTQ_CONS, 0);
	w32(EVENTQ_PROD, 0);
	control(SMMUEN | CMDQEN | EVENTQEN);
	look(0);
}

/* ---- Enabling ---- */

static void start_queues(void)
{
	w64(STRTAB_BASE, bench.frame[STREAMS]);
	w32(STRTAB_CFG, 6);
	queues_on();
}

static void old_configuration(const struct breach *breach)
{
	(void)breach;
	start_queues();
	submit(NSNH_ALL, 0);
	sync_commands();
	w32(CR0, SMMUEN | CMDQEN | EVENTQEN);
}

static void old_translations(const struct breach *breach)
{
	(void)breach;
	start_queues();
	submit(CFGI_ALL, 31);
	sync_commands();
	w32(CR0, SMMUEN | CMDQEN | EVENTQEN);
}

static void unsynced(const struct breach *breach)
{
	(void)breach;
	start_queues();
	submit(CFGI_ALL, 31);
	sync_commands();
	submit(NSNH_ALL, 0); /* consumed, not completed */
	w32(CR0, SMMUEN | CMDQEN | EVENTQEN);
}

static void again(const struct breach *breach)
{
	(void)breach;
	enable();
	control(CMDQEN | EVENTQEN);
	submit(NSNH_ALL, 0);
	sync_commands();
	w32(CR0, SMMUEN | CMDQEN | EVENTQEN);
}

static void old_hypervisor(const struct breach *breach)
{
	(void)breach;
	start_queues();
	submit(CFGI_ALL, 31);
	submit(NSNH_ALL, 0);
	sync_commands();
	w32(CR0, SMMUEN | CMDQEN | EVENTQEN);
}

const struct breach smmu_queue_breaches[] = {
	{SMMU_CMDQ_PROD_RESERVED, "each bit above the wrap flag", prod_bits, 0, 0, 0, USUAL},
	{SMMU_CMDQ_CONS_RESERVED, "each bit above the wrap flag, but ERR", cons_bits, 0, 0, 0, USUAL},
	{SMMU_CMDQ_OVERRUN, "257 commands in 256 entries", overrun, 0, 0, 0, STUCK},
	{SMMU_CMDQ_OVERRUN, "back by two", backwards, 0, 0, 0, STUCK},
	{SMMU_CMDQ_BACK, "an error, and back beyond CONS", back_beyond, 0, 0, 0, USUAL},
	{SMMU_CMDQ_ORDER, "no PROD", no_indexes, 0, 0, 0, USUAL},
	{SMMU_CMDQ_ORDER, "indexes, then the base", indexes_first, 0, 0, 0, USUAL},
	{SMMU_CMDQ_INDEX, "PROD behind CONS", crossed_indexes, 0, 0, 0, USUAL},
	{SMMU_EVENTQ_INDEX_RESERVED, "each reserved bit of both", event_index_bits, 0, 0, 0, USUAL},
	{SMMU_EVENTQ_CONS, "one of no events", events_ahead, 0, 0, 0, USUAL},
	{SMMU_EVENTQ_CONS, "back by one", events_back, 0, 0, 0, USUAL},
	{SMMU_EVENTQ_ACKNOWLEDGE, "an overflow that was not", overflow_unasked, 0, 0, 0, USUAL},
	{SMMU_EVENTQ_ORDER, "no CONS", events_without_indexes, 0, 0, 0, USUAL},
	{SMMU_EVENTQ_INDEX, "PROD behind CONS", events_crossed, 0, 0, 0, USUAL},
	{SMMU_EVENTQ_NOTHING, "a queue where no memory is", events_nowhere, 0, 0, 0, USUAL},
	{SMMU_ENABLE_CONFIG, "no CFGI_ALL", old_configuration, 0, 0, 0, USUAL},
	{SMMU_ENABLE_CONFIG, "none since it was off", again, 0, 0, 0, USUAL},
	{SMMU_ENABLE_TLB, "no TLBI_NSNH_ALL", old_translations, 0, 0, 0, USUAL},
	{SMMU_ENABLE_TLB, "no CMD_SYNC after it", unsynced, 0, 0, 0, USUAL},
	{SMMU_ENABLE_EL2, "no TLBI_EL2_ALL", old_hypervisor, 0, 0, 0, WITH_EL2},
};
const size_t smmu_nqueue_breaches = sizeof(smmu_queue_breaches) / sizeof(*smmu_queue_breaches);
