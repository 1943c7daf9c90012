/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Stores arrive late and loads run early until a barrier, on coherent machines too. Every schedule of these small
 * scenarios is run.
 */
#include "rig.h"
#include <stdio.h>

#define DATA 0
#define FLAG 512 /* in another line */

static bool barriers;

/* The CPU writes data, then a flag; the device, which polls, looks at the flag, then at the data. */
static void message_to_device(void *unused)
{
	struct rig rig;
	unsigned char flag = 0, data = 0;

	(void)unused;
	(void)sim_explore(false);
	rig_open(&rig, 1);
	(void)sim_explore(true);
	rig_store(rig.cpu + DATA, 1);
	if (barriers)
		dma_arch_publish();
	rig_store(rig.cpu + FLAG, 1);
	assert_int_equal(sim_device_probe(rig.dev, dma_daddr(rig.daddr.raw + FLAG), &flag, 1), 0);
	assert_int_equal(sim_device_probe(rig.dev, dma_daddr(rig.daddr.raw + DATA), &data, 1), 0);
	rig_seen[flag == 1 ? (data == 1 ? 2 : 3) : 0]++;
	rig_close(&rig);
}

/* The device writes data, then a flag; the CPU looks at the flag, then at the data. */
static void message_to_cpu(void *unused)
{
	struct rig rig;
	unsigned char flag, data;

	(void)unused;
	(void)sim_explore(false);
	rig_open(&rig, 1);
	rig_store(rig.cpu + DATA, 9);
	rig_store(rig.cpu + FLAG, 9);
	rig_flush(rig.cpu, PAGE);
	dma_arch_consume();
	(void)sim_explore(true);
	rig_device_store(&rig, DATA, 1);
	rig_device_store(&rig, FLAG, 1);
	flag = rig_load(rig.cpu + FLAG);
	if (barriers)
		dma_arch_consume();
	data = rig_load(rig.cpu + DATA);
	rig_seen[flag == 1 ? (data == 1 ? 2 : 3) : 0]++;
	rig_close(&rig);
}

/* The same within one line, as completion queues have it. */
static void entry_to_cpu(void *unused)
{
	struct rig rig;
	unsigned char flag, data;

	(void)unused;
	(void)sim_explore(false);
	rig_open(&rig, 1);
	dma_arch_consume();
	(void)sim_explore(true);
	rig_device_store(&rig, 0, 1);
	rig_device_store(&rig, 8, 1);
	flag = rig_load(rig.cpu + 8);
	if (barriers)
		dma_arch_consume();
	data = rig_load(rig.cpu);
	rig_seen[flag == 1 ? (data == 1 ? 2 : 3) : 0]++;
	rig_close(&rig);
}

static struct sim_explored explore(const char *name, sim_scenario scenario, bool with_barriers)
{
	struct sim_config config = sim_config_hostile("coherent,cpus=1");
	struct sim_explored explored;

	barriers = with_barriers;
	config.acts = 3;
	memset(rig_seen, 0, sizeof(rig_seen));
	explored = sim_exhaust(&config, scenario, NULL, 0);
	printf("# %s, %s barrier: %llu schedules, %llu states, depth %u\n", name, with_barriers ? "with" : "without",
	       (unsigned long long)explored.schedules, (unsigned long long)explored.states, explored.depth);
	assert_true(explored.complete);
	assert_int_equal(explored.failures, 0);
	return explored;
}

static void stores_need_publish(void **state)
{
	(void)state;
	(void)explore("message to the device", message_to_device, false);
	assert_true(rig_seen[3] > 0 && rig_seen[2] > 0 && rig_seen[0] > 0);
	(void)explore("message to the device", message_to_device, true);
	assert_true(rig_seen[3] == 0 && rig_seen[2] > 0 && rig_seen[0] > 0);
}

static void loads_need_consume(void **state)
{
	(void)state;
	(void)explore("message to the CPU", message_to_cpu, false);
	assert_true(rig_seen[3] > 0 && rig_seen[2] > 0);
	(void)explore("message to the CPU", message_to_cpu, true);
	assert_true(rig_seen[3] == 0 && rig_seen[2] > 0);
	(void)explore("entry to the CPU", entry_to_cpu, false);
	assert_true(rig_seen[3] > 0 && rig_seen[2] > 0);
	(void)explore("entry to the CPU", entry_to_cpu, true);
	assert_true(rig_seen[3] == 0 && rig_seen[2] > 0);
}

/* What the oracle says, and what only luck does: the device reads what was not cleaned. */
static void not_cleaned(void *unused)
{
	struct rig rig;

	(void)unused;
	(void)sim_explore(false);
	rig_open(&rig, 1);
	(void)sim_explore(true);
	rig_store(rig.cpu, 1);
	dma_arch_publish();
	rig_seen[rig_device_load(&rig, 0) == 1]++;
	rig_close(&rig);
}

static void a_failing_schedule_ends_it(void **state)
{
	struct sim_config config = sim_config_hostile("noncoherent,cpus=1");
	struct sim_explored explored;

	(void)state;
	config.quiet = true;
	explored = sim_exhaust(&config, not_cleaned, NULL, 0);
	assert_true(explored.failures > 0 && !explored.complete);
	assert_int_equal(explored.schedules, 1); /* whatever the schedule: nobody has to be unlucky */
	explored = sim_exhaust(&config, message_to_device, NULL, 1);
	assert_int_equal(explored.schedules, 1); /* the limit */
	assert_true(!explored.complete);
}

/* An invalidate, too, may run before the load that announced the data. */
static void early_invalidate(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	(void)rig_load(rig.cpu);
	rig_device_store(&rig, 0, 1);
	if (barriers)
		dma_arch_consume();
	dma_arch_line_invalidate(rig.cpu);
	dma_arch_maintenance_end();
	rig_seen[rig_load(rig.cpu) == 1]++;
	rig_close(&rig);
}

static void invalidates_need_consume(void **state)
{
	(void)state;
	barriers = false;
	assert_int_equal(rig_caught("noncoherent", early_invalidate, SIM_STALE_CPU), SEEDS);
	assert_true(rig_seen[0] && rig_seen[1]);
	barriers = true;
	rig_fine("noncoherent", early_invalidate);
	assert_int_equal(rig_seen[0], 0);
}

/* ---- Doorbells ---- */

static uint8_t at_doorbell;
static struct rig *ringing;

static uint64_t no_read(void *ctx, uint64_t offset, unsigned nbytes)
{
	(void)ctx;
	return offset + nbytes;
}

static void doorbell(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	(void)ctx;
	(void)offset;
	(void)value;
	(void)nbytes;
	assert_int_equal(sim_device_work_read(ringing->dev, ringing->daddr, &at_doorbell, 1), 0);
}

static void ring(void *unused)
{
	struct rig rig;
	volatile void *regs;

	(void)unused;
	rig_open(&rig, 1);
	ringing = &rig;
	sim_mmio_register(0xe8000000, 4096, no_read, doorbell, NULL);
	assert_int_equal(dma_host_mmio_map(dma_paddr(0xe8000000), 4096, &regs), 0);
	assert_int_equal(dma_host_mmio_read32((volatile char *)regs + 8), 12);
	rig_store(rig.cpu, 1);
	if (barriers)
		dma_arch_publish();
	dma_host_mmio_write32(regs, 1);
	rig_seen[at_doorbell == 1]++;
	dma_host_mmio_unmap(regs, 4096);
	rig_close(&rig);
}

static void doorbells_overtake_stores(void **state)
{
	(void)state;
	barriers = false;
	assert_true(rig_caught("coherent", ring, SIM_STALE_DEVICE) > SEEDS / 4);
	assert_true(rig_seen[0] && rig_seen[1]);
	barriers = true;
	rig_fine("coherent", ring);
	assert_int_equal(rig_seen[0], 0);
}

/* A device that changes its mind between two loads (hazard 59). */
static void two_looks(void *unused)
{
	struct rig rig;
	unsigned char first;

	(void)unused;
	rig_open(&rig, 1);
	rig_device_store(&rig, 40, 1);
	dma_arch_consume();
	sim_hostile(rig.dev, rig.daddr, PAGE, true);
	first = rig_load(rig.cpu + 40);
	rig_seen[first == rig_load(rig.cpu + 40)]++;
	sim_calm();
	rig_close(&rig);
}

static void hostile_devices_change_bytes(void **state)
{
	(void)state;
	rig_fine("coherent", two_looks);
	assert_true(rig_seen[0] > SEEDS / 10 && rig_seen[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stores_need_publish),	      cmocka_unit_test(loads_need_consume),
		cmocka_unit_test(a_failing_schedule_ends_it), cmocka_unit_test(invalidates_need_consume),
		cmocka_unit_test(doorbells_overtake_stores),  cmocka_unit_test(hostile_devices_change_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
