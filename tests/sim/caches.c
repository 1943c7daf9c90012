/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The machine's caches misbehave as they should: for devices that do not snoop, for aliases, for lines that have two
 * owners.
 */
#include "rig.h"

/* ---- To the device ---- */

static void missing_clean(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_store(rig.cpu + 100, 1);
	dma_arch_publish();
	rig_seen[rig_device_load(&rig, 100) == 1]++;
	rig_close(&rig);
}

static void device_sees_stale_bytes_without_clean(void **state)
{
	(void)state;
	assert_int_equal(rig_caught_plain("noncoherent", missing_clean, SIM_STALE_DEVICE), 1);
	assert_int_equal(rig_seen[0], 1);
	assert_int_equal(rig_caught("noncoherent", missing_clean, SIM_STALE_DEVICE), SEEDS); /* luck or not */
	assert_true(rig_seen[0] > SEEDS / 10 && rig_seen[1] > SEEDS / 10); /* evicted in time, or not */
	rig_fine("coherent", missing_clean);
	assert_int_equal(rig_seen[0], 0);
}

static void with_clean(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_store(rig.cpu + 100, 1);
	rig_clean(rig.cpu, PAGE);
	SIM_CHECK(rig_device_load(&rig, 100) == 1);
	rig_close(&rig);
}

static void clean_shows_the_bytes(void **state)
{
	(void)state;
	rig_fine("noncoherent,line=32", with_clean);
	rig_fine("noncoherent,line=64", with_clean);
	rig_fine("noncoherent,line=128", with_clean);
}

/* ---- From the device ---- */

static void missing_invalidate(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	(void)rig_load(rig.cpu + 8); /* fills the line */
	rig_device_store(&rig, 8, 2);
	dma_arch_consume();
	rig_seen[rig_load(rig.cpu + 8) == 2]++;
	rig_close(&rig);
}

static void cpu_sees_stale_bytes_without_invalidate(void **state)
{
	(void)state;
	assert_int_equal(rig_caught_plain("noncoherent", missing_invalidate, SIM_STALE_CPU), 1);
	assert_int_equal(rig_seen[0], 1);
	assert_int_equal(rig_caught("noncoherent", missing_invalidate, SIM_STALE_CPU), SEEDS);
	assert_true(rig_seen[0] && rig_seen[1]);
	rig_fine("coherent", missing_invalidate);
	assert_int_equal(rig_seen[0], 0);
}

static void speculation(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_device_store(&rig, 8, 2); /* nobody has touched the line: the machine may have filled it all the same */
	dma_arch_consume();
	rig_seen[rig_load(rig.cpu + 8) == 2]++;
	rig_close(&rig);
}

static void lines_are_filled_speculatively(void **state)
{
	(void)state;
	assert_int_equal(rig_caught("noncoherent", speculation, SIM_STALE_CPU), SEEDS);
	assert_true(rig_seen[0] > SEEDS / 10);
}

static void with_invalidate(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_device_store(&rig, 8, 2);
	dma_arch_consume();
	rig_invalidate(rig.cpu, PAGE);
	SIM_CHECK(rig_load(rig.cpu + 8) == 2);
	rig_close(&rig);
}

static void invalidate_shows_the_bytes(void **state)
{
	(void)state;
	rig_fine("noncoherent,line=32", with_invalidate);
	rig_fine("noncoherent,line=64", with_invalidate);
	rig_fine("noncoherent,line=128", with_invalidate);
}

/* ---- Lines with two owners ---- */

static void both_write(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_store(rig.cpu, 1);
	dma_arch_maintenance_begin(); /* only the store buffer */
	rig_device_store(&rig, 1, 2);
	rig_flush(rig.cpu, PAGE);
	rig_seen[rig_device_load(&rig, 1) == 2]++;
	rig_close(&rig);
}

static void a_dirty_line_is_written_over_the_devices(void **state)
{
	(void)state;
	assert_int_equal(rig_caught("noncoherent", both_write, SIM_SHARED_LINE), SEEDS);
	assert_true(rig_seen[0] && rig_seen[1]);
}

static void cpu_writes_after_device(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_device_store(&rig, 1, 2);
	dma_arch_consume();
	rig_store(rig.cpu, 1);
	rig_close(&rig);
}

static void invalidated_neighbour(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_store(rig.cpu, 1);
	rig_invalidate(rig.cpu, 1);
	rig_seen[rig_load(rig.cpu) == 1]++;
	rig_close(&rig);
}

static void not_handed_over(void *unused)
{
	struct rig rig = {.npages = 1};

	(void)unused;
	rig.dev = sim_device_new(NULL);
	assert_int_equal(dma_host_frames_alloc(1, UINT64_MAX, PAGE, &rig.paddr), 0);
	rig.daddr = dma_daddr(rig.paddr.raw);
	for (unsigned i = 0; i < 64; i++)
		rig_device_store(&rig, i * 64, 5);
	for (unsigned i = 0; i < 64; i++)
		rig_seen[rig_device_load(&rig, i * 64) == 5]++;
	rig_close(&rig);
}

static void owners_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(rig_caught_plain("noncoherent", cpu_writes_after_device, SIM_SHARED_LINE), 1);
	assert_int_equal(rig_caught("noncoherent", invalidated_neighbour, SIM_LOST_WRITE), SEEDS);
	assert_true(rig_seen[0] && rig_seen[1]);
	assert_int_equal(rig_caught("noncoherent", not_handed_over, SIM_NOT_HANDED_OVER), SEEDS);
	assert_true(rig_seen[0] && rig_seen[1]); /* a former owner's line came over the device's bytes */
}

/* ---- Operations in flight ---- */

static void no_begin(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_store(rig.cpu, 1);
	dma_arch_line_clean(rig.cpu); /* the store may still be in its buffer */
	dma_arch_maintenance_end();
	dma_arch_publish();
	rig_seen[rig_device_load(&rig, 0) == 1]++;
	rig_close(&rig);
}

static void no_end(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_store(rig.cpu, 1);
	dma_arch_maintenance_begin();
	dma_arch_line_clean(rig.cpu);
	dma_arch_publish();
	rig_seen[rig_device_load(&rig, 0) == 1]++;
	dma_arch_maintenance_end();
	rig_close(&rig);
}

static void no_end_of_invalidate(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	(void)rig_load(rig.cpu);
	rig_device_store(&rig, 0, 1);
	dma_arch_consume();
	dma_arch_maintenance_begin();
	dma_arch_line_invalidate(rig.cpu);
	rig_seen[rig_load(rig.cpu) == 1]++;
	dma_arch_maintenance_end();
	rig_close(&rig);
}

static void operations_need_begin_and_end(void **state)
{
	(void)state;
	assert_true(rig_caught("noncoherent", no_begin, SIM_STALE_DEVICE) > SEEDS / 4);
	assert_true(rig_seen[0] && rig_seen[1]);
	assert_int_equal(rig_caught("noncoherent", no_end, SIM_STALE_DEVICE), SEEDS);
	assert_true(rig_seen[0] && rig_seen[1]);
	assert_int_equal(rig_caught("noncoherent", no_end_of_invalidate, SIM_STALE_CPU), SEEDS);
	assert_true(rig_seen[0] && rig_seen[1]);
}

/* ---- Aliases ---- */

static void uncached_over_dirty(void *unused)
{
	struct rig rig;
	void *va;

	(void)unused;
	rig_open(&rig, 1);
	rig_store(rig.cpu, 1);
	assert_int_equal(dma_host_kva_map(rig.paddr, 1, DMA_KVA_UNCACHED, &va), 0);
	rig_store(va, 2);
	dma_arch_publish();
	rig_seen[rig_device_load(&rig, 0) == 2]++; /* or the old dirty line came after */
	rig_seen[2] += rig_device_load(&rig, 0) == 1;
	rig_flush(rig.cpu, PAGE);
	rig_seen[3] += rig_device_load(&rig, 0) == 1;
	dma_host_kva_unmap(va, rig.paddr, 1);
	dma_host_tlb_shootdown(va, 1);
	rig_close(&rig);
}

static void stale_linear_alias(void *unused)
{
	struct rig rig;
	void *va;

	(void)unused;
	rig_open(&rig, 1);
	assert_int_equal(dma_host_kva_map(rig.paddr, 1, DMA_KVA_UNCACHED, &va), 0);
	rig_store(va, 2);
	dma_arch_maintenance_begin();
	dma_host_kva_unmap(va, rig.paddr, 1);
	dma_host_tlb_shootdown(va, 1);
	rig_seen[rig_load(rig.cpu) == 2]++; /* or what speculation had put there */
	rig_close(&rig);
}

static void aliases_misbehave(void **state)
{
	(void)state;
	assert_int_equal(rig_caught("noncoherent", uncached_over_dirty, SIM_ALIAS), SEEDS);
	assert_true(rig_seen[2] && rig_seen[3]);
	assert_int_equal(rig_caught_plain("noncoherent", uncached_over_dirty, SIM_ALIAS), 1);
	(void)rig_caught("noncoherent", stale_linear_alias, SIM_ALIAS);
	assert_true(rig_seen[0] > SEEDS / 10 && rig_seen[1]);
	/* Where the CPU has no maintenance, the host keeps caches away itself. */
	rig_fine("noncoherent,nosync", stale_linear_alias);
	assert_int_equal(rig_seen[0], 0);
}

static void cached_beside_uncached(void *unused)
{
	struct rig rig;
	void *va;

	(void)unused;
	rig_open(&rig, 1);
	assert_int_equal(dma_host_kva_map(rig.paddr, 1, DMA_KVA_UNCACHED, &va), 0);
	(void)rig_load(rig.cpu);
	dma_host_kva_unmap(va, rig.paddr, 1);
	dma_host_tlb_shootdown(va, 1);
	rig_close(&rig);
}

static void wrong_line_step(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	dma_arch_line_clean(rig.cpu + 4);
	rig_close(&rig);
}

static void wrong_use_is_reported(void **state)
{
	(void)state;
	assert_int_equal(rig_caught_plain("noncoherent", cached_beside_uncached, SIM_ALIAS), 1);
	assert_int_equal(rig_caught_plain("noncoherent", wrong_line_step, SIM_CONTRACT), 1);
	assert_int_equal(rig_caught_plain("noncoherent,nosync", with_clean, SIM_CONTRACT), 1);
}

/* ---- Devices that snoop ---- */

static void snooping(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_store(rig.cpu, 1);
	dma_arch_publish();
	SIM_CHECK(rig_device_load(&rig, 0) == 1);
	rig_device_store(&rig, 0, 2);
	dma_arch_consume();
	SIM_CHECK(rig_load(rig.cpu) == 2);
	rig_store(rig.cpu + 1, 3);
	rig_device_store(&rig, 2, 4); /* one line, two writers: fine where caches are coherent */
	dma_arch_consume();
	SIM_CHECK(rig_load(rig.cpu + 1) == 3 && rig_load(rig.cpu + 2) == 4);
	rig_close(&rig);
}

static void coherent_devices_snoop(void **state)
{
	(void)state;
	rig_fine("coherent", snooping);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_sees_stale_bytes_without_clean),
		cmocka_unit_test(clean_shows_the_bytes),
		cmocka_unit_test(cpu_sees_stale_bytes_without_invalidate),
		cmocka_unit_test(lines_are_filled_speculatively),
		cmocka_unit_test(invalidate_shows_the_bytes),
		cmocka_unit_test(a_dirty_line_is_written_over_the_devices),
		cmocka_unit_test(owners_are_told_apart),
		cmocka_unit_test(operations_need_begin_and_end),
		cmocka_unit_test(aliases_misbehave),
		cmocka_unit_test(wrong_use_is_reported),
		cmocka_unit_test(coherent_devices_snoop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
