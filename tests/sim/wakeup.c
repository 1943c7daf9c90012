/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The examples of barrier.h, as they stand there, against a device that works at the same moment: an event index, and
 * an acknowledgement. A wake-up is lost when the driver saw nothing and nobody will tell it. With dma_barrier() that
 * never happens; with anything less it does (hazard 69). So it is for the other two barriers.
 */
#include "rig.h"
#include <dmastream/barrier.h>
#include <stdio.h>

/* ---- What may stand between two accesses ---- */

enum between { NOTHING, PUBLISH, CONSUME, BOTH, BARRIER, BETWEENS };

static const char *const names[BETWEENS] = {"nothing", "publish", "consume", "publish and consume", "barrier"};
static enum between between;

static void order(void)
{
	if (between == PUBLISH || between == BOTH)
		dma_publish();
	if (between == CONSUME || between == BOTH)
		dma_consume();
	if (between == BARRIER)
		dma_barrier();
}

static unsigned lost, woken, seen;

/* ---- Event index (Virtual I/O Device 1.2, 2.7.7, 2.7.10) ---- */

/* In lines of their own. */
#define USED_EVENT  0	 /* the driver's: "interrupt me when entry n is used" */
#define USED_IDX    512	 /* the device's: how many are */
#define AVAIL_IDX   1024 /* the driver's: how many buffers there are */
#define AVAIL_EVENT 1536 /* the device's: "ring when there are more than n" */

static struct rig *at_work;

static unsigned char device_sees(size_t at)
{
	unsigned char value = 0;

	assert_int_equal(sim_device_probe(at_work->dev, dma_daddr(at_work->daddr.raw + at), &value, 1), 0);
	return value;
}

static void device_says(size_t at, unsigned char value)
{
	assert_int_equal(sim_device_poke(at_work->dev, dma_daddr(at_work->daddr.raw + at), &value, 1), 0);
}

/* The device uses an entry, then looks whether the driver wants to hear of it. */
static bool device_interrupts(void)
{
	device_says(USED_IDX, 1);
	return device_sees(USED_EVENT) == 1;
}

/* The device asks for a doorbell, then looks whether a buffer has come meanwhile. */
static bool device_finds(void)
{
	device_says(AVAIL_EVENT, 1);
	return device_sees(AVAIL_IDX) == 1;
}

static void sleeping(void *unused)
{
	unsigned when = 0;
	bool interrupt = false, found;
	struct rig rig;

	(void)unused;
	(void)sim_explore(false);
	rig_open(&rig, 1);
	at_work = &rig;
	for (size_t at = 0; at < PAGE; at += 512)
		rig_store(rig.cpu + at, 0);
	rig_flush(rig.cpu, PAGE);
	dma_barrier();
	(void)sim_explore(true);
	when = sim_choose(3);
	rig_store(rig.cpu + USED_EVENT, 1);
	if (when == 0)
		interrupt = device_interrupts();
	order();
	if (when == 1)
		interrupt = device_interrupts();
	found = rig_load(rig.cpu + USED_IDX) == 1;
	if (when == 2)
		interrupt = device_interrupts();
	lost += !found && !interrupt;
	woken += interrupt;
	seen += found;
	(void)sim_explore(false);
	rig_close(&rig);
}

static void offering(void *unused)
{
	unsigned when = 0;
	bool finds = false, rings;
	struct rig rig;

	(void)unused;
	(void)sim_explore(false);
	rig_open(&rig, 1);
	at_work = &rig;
	for (size_t at = 0; at < PAGE; at += 512)
		rig_store(rig.cpu + at, 0);
	rig_flush(rig.cpu, PAGE);
	dma_barrier();
	(void)sim_explore(true);
	when = sim_choose(3);
	rig_store(rig.cpu + AVAIL_IDX, 1);
	if (when == 0)
		finds = device_finds();
	order();
	if (when == 1)
		finds = device_finds();
	rings = rig_load(rig.cpu + AVAIL_EVENT) == 1;
	if (when == 2)
		finds = device_finds();
	lost += !finds && !rings;
	woken += rings;
	seen += finds;
	(void)sim_explore(false);
	rig_close(&rig);
}

/* ---- Acknowledge, then look ---- */

#define COMPLETION 0

static bool pending; /* the device's interrupt status */
static unsigned raised;

static uint64_t status_read(void *ctx, uint64_t offset, unsigned nbytes)
{
	(void)ctx, (void)offset, (void)nbytes;
	return pending;
}

static void status_write(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	(void)ctx, (void)offset, (void)nbytes;
	if (value & 1)
		pending = false;
}

static void device_completes(unsigned char n)
{
	device_says(COMPLETION, n);
	raised += !pending;
	pending = true;
}

static void acknowledging(void *unused)
{
	unsigned when = 0, before;
	volatile void *regs;
	unsigned char found;
	struct rig rig;

	(void)unused;
	(void)sim_explore(false);
	rig_open(&rig, 1);
	at_work = &rig;
	pending = false;
	sim_mmio_register(0xe8000000, 4096, status_read, status_write, NULL);
	assert_int_equal(dma_host_mmio_map(dma_paddr(0xe8000000), 4096, &regs), 0);
	rig_store(rig.cpu + COMPLETION, 0);
	rig_flush(rig.cpu, PAGE);
	device_completes(1); /* why we are here */
	dma_barrier();
	before = raised;
	(void)sim_explore(true);
	when = sim_choose(3);
	if (when == 0)
		device_completes(2);
	dma_host_mmio_write32(regs, 1);
	if (when == 1)
		device_completes(2);
	order();
	found = rig_load(rig.cpu + COMPLETION);
	if (when == 2)
		device_completes(2);
	(void)dma_host_mmio_read32(regs); /* by now the acknowledgement is there */
	lost += found != 2 && raised == before;
	woken += raised != before;
	seen += found == 2;
	(void)sim_explore(false);
	dma_host_mmio_unmap(regs, 4096);
	rig_close(&rig);
}

/* ---- With each of them ---- */

static const struct example {
	const char *name;
	sim_scenario scenario;
	bool exhaustive;
} examples[] = {{"sleeping by an event index", sleeping, true},
		{"offering by an event index", offering, true},
		{"acknowledging", acknowledging, false}};

static void run(const struct example *e, enum between what)
{
	struct sim_config config = sim_config_hostile("coherent,cpus=1,lateregs");

	between = what;
	lost = woken = seen = 0;
	config.acts = 3;
	if (e->exhaustive) {
		struct sim_explored explored = sim_exhaust(&config, e->scenario, NULL, 0);

		assert_true(explored.complete);
		assert_int_equal(explored.failures, 0);
	} else {
		for (unsigned i = 0; i < 5 * SEEDS; i++, config.seed++)
			assert_int_equal(sim_run(&config, e->scenario, NULL), 0);
	}
	printf("# %s, %s between: %u lost, %u woken, %u seen\n", e->name, names[what], lost, woken, seen);
}

static void nothing_less_than_a_barrier(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		for (unsigned what = 0; what < BARRIER; what++) {
			run(&examples[i], what);
			assert_true(lost > 0);
		}
		run(&examples[i], BARRIER);
		assert_int_equal(lost, 0);
		assert_true(woken > 0 && seen > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_less_than_a_barrier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
