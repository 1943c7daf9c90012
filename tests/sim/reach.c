/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What devices reach: pages of a confidential VM, masks and windows; and what they may see there.
 */
#include "rig.h"

/* ---- A confidential VM ---- */

static void convert(int (*how)(dma_paddr_t, size_t, size_t *), dma_paddr_t paddr)
{
	size_t done = 0;

	assert_int_equal(how(paddr, 1, &done), 0);
	assert_int_equal(done, 1);
}

static void conversions(void *unused)
{
	struct rig rig;
	size_t done;
	void *va;
	unsigned char value;

	(void)unused;
	rig_open(&rig, 2);
	rig_store(rig.cpu, 1);
	SIM_CHECK(sim_device_probe(rig.dev, rig.daddr, &value, 1) == DMA_EFAULT); /* private */
	rig_flush(rig.cpu, 2 * PAGE);
	SIM_CHECK(dma_host_share(rig.paddr, 2, &done) == 0 && done == 2);
	SIM_CHECK(dma_host_kva_map(rig.paddr, 2, DMA_KVA_SHARED, &va) == 0);
	rig_flush(va, 2 * PAGE);
	SIM_CHECK(rig_load(va) != 1); /* destroyed */
	rig_store(va, 2);
	rig_clean(va, 2 * PAGE);
	SIM_CHECK(rig_device_load(&rig, 0) == 2);
	rig_flush(va, 2 * PAGE);
	dma_host_kva_unmap(va, rig.paddr, 2);
	dma_host_tlb_shootdown(va, 2);
	SIM_CHECK(dma_host_unshare(rig.paddr, 2, &done) == 0 && done == 2);
	rig_invalidate(rig.cpu, 2 * PAGE);
	SIM_CHECK(rig_load(rig.cpu) != 2);
	rig_close(&rig);
}

static void wrong_bit(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	convert(dma_host_share, rig.paddr);
	(void)rig_load(rig.cpu);
	convert(dma_host_unshare, rig.paddr);
	rig_close(&rig);
}

/* Maintenance is an access, too (a fault on TDX). */
static void wrong_lines(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	convert(dma_host_share, rig.paddr);
	rig_invalidate(rig.cpu, PAGE);
	convert(dma_host_unshare, rig.paddr);
	rig_close(&rig);
}

static void freed_shared(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	convert(dma_host_share, rig.paddr);
	rig_close(&rig);
}

static void shared_twice(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	convert(dma_host_share, rig.paddr);
	convert(dma_host_share, rig.paddr);
	convert(dma_host_unshare, rig.paddr);
	rig_close(&rig);
}

static void dirty_when_shared(void *unused)
{
	dma_paddr_t paddr;
	void *va;

	(void)unused;
	assert_int_equal(dma_host_frames_alloc(1, UINT64_MAX, PAGE, &paddr), 0); /* never cleaned */
	convert(dma_host_share, paddr);
	if (dma_host_kva_map(paddr, 1, DMA_KVA_SHARED, &va) == 0) {
		for (unsigned i = 0; i < 2000; i++)
			(void)rig_load((unsigned char *)va + i % PAGE);
		dma_host_kva_unmap(va, paddr, 1);
		dma_host_tlb_shootdown(va, 1);
	}
	convert(dma_host_unshare, paddr);
	dma_host_frames_free(paddr, 1);
}

static void confidential(void **state)
{
	(void)state;
	rig_fine("cvm", conversions);
	rig_fine("cvm,noncoherent,line=32", conversions);
	assert_int_equal(rig_caught_plain("cvm", wrong_bit, SIM_SHARED_BIT), 1);
	assert_int_equal(rig_caught_plain("cvm,noncoherent", wrong_lines, SIM_SHARED_BIT), 1);
	assert_int_equal(rig_caught_plain("cvm", freed_shared, SIM_CONTRACT), 1);
	assert_int_equal(rig_caught_plain("cvm", shared_twice, SIM_CONTRACT), 1);
	assert_int_equal(rig_caught_plain("cvm", dirty_when_shared, SIM_ALIAS), 1);
	/* A private dirty line came over the shared page: what the hypervisor sees then is foreign. */
	assert_true(rig_caught("cvm", dirty_when_shared, SIM_FOREIGN_BYTE) > SEEDS / 10);
}

/* ---- What devices reach, and may see ---- */

static void reach(void *unused)
{
	struct rig rig;
	unsigned char value;
	dma_daddr_t daddr;

	(void)unused;
	rig_open(&rig, 1); /* frames are given from the highest address down */
	SIM_CHECK(rig.paddr.raw > UINT32_MAX);
	SIM_CHECK(sim_device_probe(rig.dev, rig.daddr, &value, 1) == DMA_EFAULT);
	rig_close(&rig);
	assert_int_equal(dma_host_frames_alloc(1, UINT32_MAX, PAGE, &rig.paddr), 0);
	SIM_CHECK(rig.paddr.raw + PAGE - 1 <= UINT32_MAX);
	daddr = dma_daddr(rig.paddr.raw + 0x40000000);
	SIM_CHECK(sim_device_probe(rig.dev, daddr, &value, 1) == 0);
	SIM_CHECK(sim_device_probe(rig.dev, dma_daddr(0x3fffffff), &value, 1) == DMA_EFAULT);
	rig_close(&rig);
}

static void fresh_frame(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_seen[sim_device_foreign(rig.dev, rig.daddr, PAGE) == PAGE]++;
	(void)rig_device_load(&rig, 5);
	rig_close(&rig);
}

static void own_bytes(void *unused)
{
	struct rig rig;
	unsigned char bytes[64] = {1};

	(void)unused;
	rig_open(&rig, 1);
	dma_arch_fill(rig.cpu, 0, PAGE);
	dma_arch_copy(rig.cpu + 10, bytes, sizeof(bytes));
	dma_arch_copy(rig.cpu + 500, rig.cpu + 10, sizeof(bytes));
	rig_clean(rig.cpu, PAGE);
	SIM_CHECK(sim_device_foreign(rig.dev, rig.daddr, PAGE) == 0);
	(void)rig_device_load(&rig, 500);
	rig_close(&rig);
}

static void somebody_elses(void *unused)
{
	struct rig rig;
	unsigned char bytes[64] = {1};
	struct sim_device_config config = sim_config()->device;
	unsigned before;

	(void)unused;
	rig_open(&rig, 1);
	dma_arch_fill(rig.cpu, 0, PAGE);
	before = sim_label(2); /* another owner's data */
	dma_arch_copy(rig.cpu + 10, bytes, sizeof(bytes));
	(void)sim_label(before);
	dma_arch_copy(rig.cpu + 700, rig.cpu + 10, sizeof(bytes)); /* the label goes along */
	rig_clean(rig.cpu, PAGE);
	config.readable = 1u << SIM_PUBLIC | 1u << SIM_OWN;
	rig.dev = sim_device_new(&config);
	SIM_CHECK(sim_device_foreign(rig.dev, rig.daddr, PAGE) == 2 * sizeof(bytes));
	(void)rig_device_load(&rig, 700);
	rig_close(&rig);
}

static void touch_free_frame(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_close(&rig);
	(void)rig_device_load(&rig, 0);
	(void)rig_load(rig.cpu);
}

static void devices(void **state)
{
	(void)state;
	rig_fine("mask=32,window=0x40000000", reach);
	assert_int_equal(rig_caught_plain("untrusted", fresh_frame, SIM_FOREIGN_BYTE), 1);
	assert_int_equal(rig_caught("untrusted,noncoherent", fresh_frame, SIM_FOREIGN_BYTE), SEEDS);
	rig_fine("coherent", fresh_frame);
	rig_fine("untrusted", own_bytes);
	rig_fine("untrusted,noncoherent", own_bytes);
	assert_int_equal(rig_caught_plain("coherent", somebody_elses, SIM_FOREIGN_BYTE), 1);
	assert_int_equal(rig_caught_plain("coherent", touch_free_frame, SIM_USE_AFTER_FREE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(confidential),
		cmocka_unit_test(devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
