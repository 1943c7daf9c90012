/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Faults that several CPUs poll at once (src/iommu/unit/unit_faults.c): each record is reported once; and who finds the
 * hardware empty finds its faults counted (hazards 61 and 79).
 */
#include "../../src/base/state.h"
#include "../../src/iommu/unit/unit_faults.h"
#include "programs.h"
#include "world.h"

#define RECORDS 2u

static struct dma_unit unit;
/* The hardware's records, as words that CPUs read and clear: 1 is a fault. */
static uint64_t record[RECORDS];
static uint64_t overflow;	  /* 1: there was no room for some */
static uint64_t missed, reported; /* the harness's */

static unsigned pending(struct dma_unit *u, unsigned *first)
{
	(void)u;
	for (*first = 0; *first < RECORDS; ++*first)
		if (__atomic_load_n(&record[*first], __ATOMIC_RELAXED))
			return RECORDS - *first;
	*first = 0;
	return __atomic_load_n(&overflow, __ATOMIC_RELAXED) != 0;
}

static bool read_record(struct dma_unit *u, unsigned index, struct dma_fault *fault)
{
	(void)u;
	fault->requester = 1;
	fault->reason = "test";
	return __atomic_load_n(&record[index], __ATOMIC_RELAXED) != 0;
}

static void drop(struct dma_unit *u, unsigned index)
{
	(void)u;
	explore_check(explore_newest(&record[index]) == 1, "a fault is taken twice");
	__atomic_store_n(&record[index], 0, __ATOMIC_RELAXED);
	reported++;
}

static bool lost(struct dma_unit *u)
{
	(void)u;
	return __atomic_load_n(&overflow, __ATOMIC_RELAXED) != 0;
}

static void found(struct dma_unit *u)
{
	(void)u;
	__atomic_store_n(&overflow, 0, __ATOMIC_RELAXED);
}

static const struct dma_unit_fault_ops fault_ops = {
	.pending = pending, .read = read_record, .drop = drop, .lost = lost, .found = found};
static const struct dma_unit_driver driver = {.faults = &fault_ops};

static void start(void)
{
	world_start(2);
	explore_ignore(&reported, sizeof(reported));
	explore_ignore(&missed, sizeof(missed));
	unit = (struct dma_unit){.driver = &driver};
	for (unsigned i = 0; i < RECORDS; i++)
		record[i] = 1;
	missed = 0;
}

/* No record: the hardware only says that it had no room. */
static void start_missed(void)
{
	start();
	for (unsigned i = 0; i < RECORDS; i++)
		record[i] = 0;
	overflow = missed = 1;
}

static void polls(void)
{
	(void)dma_unit_poll(&unit);
}

/* Sees that the hardware has none any more: all are counted by now. */
static void polls_and_looks(void)
{
	if (dma_unit_poll(&unit) == 0)
		explore_check(dma_load(&dma_state.stats.faults) == (missed ? 1 : RECORDS),
			      "the hardware is empty, and a fault is not counted");
}

static void finish(void)
{
	explore_check(reported == (missed ? 0 : RECORDS) && overflow == 0, "a fault is lost");
}

const struct explore_program faults_two_polls = {
	.name = "faults: two CPUs poll",
	.start = start,
	.cpu = {polls, polls},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program faults_look = {
	.name = "faults: a CPU finds the hardware empty",
	.start = start,
	.cpu = {polls, polls_and_looks},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program faults_missed = {
	.name = "faults: no room for some",
	.start = start_missed,
	.cpu = {polls, polls_and_looks},
	.finish = finish,
	.preemptions = 3,
};

/* ---- A log in memory: the hardware writes an event, then the index that announces it. CPU 1 is the hardware. ---- */

#define EVENT_WORDS 2u

static uint64_t events[2 * EVENT_WORDS];
static uint64_t tail;

static void start_log(void)
{
	world_start(2);
	unit = (struct dma_unit){.reach = {.snoops = true},
				 .log = {.events = events, .count = 2, .words = EVENT_WORDS, .span = 4}};
}

static void logs(void)
{
	for (unsigned i = 0; i < EVENT_WORDS; i++)
		__atomic_store_n(&events[i], 7, __ATOMIC_RELAXED);
	dma_arch_publish(); /* its writes arrive in order */
	__atomic_store_n(&tail, 1, __ATOMIC_RELAXED);
}

static void reads_the_log(void)
{
	uint64_t event[DMA_UNIT_EVENT_WORDS];

	if (!dma_unit_log_read(&unit, &unit.log, (uint32_t)__atomic_load_n(&tail, __ATOMIC_RELAXED), event))
		return;
	for (unsigned i = 0; i < EVENT_WORDS; i++)
		explore_check(event[i] == 7, "an event is read before it is there");
}

const struct explore_program faults_log = {
	.name = "faults: an event comes into a log in memory",
	.start = start_log,
	.cpu = {reads_the_log, logs},
	.preemptions = 3,
};
