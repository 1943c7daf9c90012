/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host hooks: mappings and stale translations, contracts, accounts.
 */
#include "rig.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Mappings ---- */

static void use_after_unmap(void *unused)
{
	struct rig rig;
	void *va;

	(void)unused;
	rig_open(&rig, 1);
	assert_int_equal(dma_host_kva_map(rig.paddr, 1, DMA_KVA_CACHED, &va), 0);
	rig_store(va, 1);
	dma_host_kva_unmap(va, rig.paddr, 1);
	rig_store(va, 2); /* a TLB may still have it */
	dma_host_tlb_shootdown(va, 1);
	rig_seen[rig_load(rig.cpu) - 1]++;
	(void)rig_load(va); /* gone for all */
	rig_close(&rig);
}

static void freed_before_shootdown(void *unused)
{
	struct rig rig;
	void *va;

	(void)unused;
	rig_open(&rig, 2);
	assert_int_equal(dma_host_kva_map(rig.paddr, 2, DMA_KVA_CACHED, &va), 0);
	dma_host_kva_unmap(va, rig.paddr, 2);
	rig_close(&rig);
	dma_host_tlb_shootdown(va, 2);
}

static void parts_of_a_mapping(void *unused)
{
	struct rig rig;
	void *va;

	(void)unused;
	rig_open(&rig, 3);
	assert_int_equal(dma_host_kva_map(rig.paddr, 3, DMA_KVA_CACHED, &va), 0);
	dma_host_kva_unmap((char *)va + PAGE, dma_paddr(rig.paddr.raw + PAGE), 1);
	dma_host_tlb_shootdown((char *)va + PAGE, 1);
	rig_store(va, 1);
	rig_store((unsigned char *)va + 2 * PAGE, 1);
	dma_host_kva_unmap((char *)va + 2 * PAGE, dma_paddr(rig.paddr.raw + 2 * PAGE), 1);
	dma_host_kva_unmap(va, rig.paddr, 1);
	dma_host_tlb_shootdown(va, 3);
	rig_close(&rig);
}

static void unmapped_wrongly(void *unused)
{
	struct rig rig;
	void *va;

	(void)unused;
	rig_open(&rig, 2);
	assert_int_equal(dma_host_kva_map(rig.paddr, 2, DMA_KVA_CACHED, &va), 0);
	dma_host_kva_unmap(va, dma_paddr(rig.paddr.raw + PAGE), 1);
	dma_host_kva_unmap(va, rig.paddr, 2);
	dma_host_tlb_shootdown(va, 2);
	rig_close(&rig);
}

static void mappings(void **state)
{
	(void)state;
	assert_int_equal(rig_caught("coherent", use_after_unmap, SIM_BAD_ADDRESS), SEEDS);
	assert_true(rig_seen[0] && rig_seen[1]);
	assert_int_equal(rig_caught_plain("coherent", freed_before_shootdown, SIM_CONTRACT), 1);
	assert_int_equal(rig_caught_plain("coherent", unmapped_wrongly, SIM_CONTRACT), 1);
	rig_fine("coherent", parts_of_a_mapping);
}

/* ---- Contracts ---- */

static void with_interrupts_off(void *unused)
{
	dma_paddr_t paddr;

	(void)unused;
	(void)sim_interrupts(false);
	assert_int_equal(dma_host_frames_alloc(1, UINT64_MAX, PAGE, &paddr), 0);
	(void)sim_interrupts(true);
	dma_host_frames_free(paddr, 1);
}

static void with_a_lock(void *unused)
{
	struct dma_lock lock = {0};
	uintptr_t irq = dma_host_lock(&lock);

	(void)unused;
	(void)dma_host_is_ram(dma_paddr(0), 1);
	dma_host_unlock(&lock, irq);
}

static void lock_twice(void *unused)
{
	struct dma_lock lock = {0};
	uintptr_t irq = dma_host_lock(&lock);

	(void)unused;
	dma_host_unlock(&lock, dma_host_lock(&lock));
	dma_host_unlock(&lock, irq);
}

static void unlock_unheld(void *unused)
{
	struct dma_lock lock = {0};

	(void)unused;
	dma_host_unlock(&lock, 0);
}

static void locks_nest(void *unused)
{
	struct dma_lock outer = {0}, inner = {0};
	uintptr_t a, b;

	(void)unused;
	a = dma_host_lock(&outer);
	SIM_CHECK(!dma_host_linear(dma_paddr(0), 1));
	b = dma_host_lock(&inner);
	dma_host_unlock(&inner, b);
	dma_host_unlock(&outer, a);
	SIM_CHECK(dma_host_interrupts_on());
}

static void free_twice(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_open(&rig, 1);
	rig_close(&rig);
	rig_close(&rig);
}

static void free_foreign(void *unused)
{
	(void)unused;
	dma_host_frames_free(dma_paddr(SIM_LOW_RAM), 1);
	dma_host_frames_free(dma_paddr(0xfee00000), 1);
}

static void contracts(void **state)
{
	(void)state;
	assert_int_equal(rig_caught_plain("", with_interrupts_off, SIM_CONTRACT), 1);
	assert_int_equal(rig_caught_plain("", with_a_lock, SIM_CONTRACT), 1);
	assert_int_equal(rig_caught_plain("", lock_twice, SIM_CONTRACT), 1);
	assert_int_equal(rig_caught_plain("", unlock_unheld, SIM_CONTRACT), 1);
	assert_int_equal(rig_caught_plain("", free_twice, SIM_CONTRACT), 1);
	assert_int_equal(rig_caught_plain("", free_foreign, SIM_CONTRACT), 1);
	rig_fine("", locks_nest);
}

/* ---- Accounts ---- */

static void leave_frame(void *unused)
{
	dma_paddr_t paddr;

	(void)unused;
	assert_int_equal(dma_host_frames_alloc(3, UINT64_MAX, PAGE, &paddr), 0);
}

static void leave_page(void *unused)
{
	void **leaked = unused;

	*leaked = dma_host_page_alloc();
}

static void leave_mapping(void *unused)
{
	struct rig rig;
	void *va;

	(void)unused;
	rig_open(&rig, 1);
	assert_int_equal(dma_host_kva_map(rig.paddr, 1, DMA_KVA_CACHED, &va), 0);
	rig_seen[0]++;
}

static void leave_shootdown(void *unused)
{
	struct rig rig;
	void *va;

	(void)unused;
	rig_open(&rig, 1);
	assert_int_equal(dma_host_kva_map(rig.paddr, 1, DMA_KVA_CACHED, &va), 0);
	dma_host_kva_unmap(va, rig.paddr, 1);
}

static void leave_lock(void *unused)
{
	static struct dma_lock lock;

	(void)unused;
	lock.word = 0;
	(void)dma_host_lock(&lock);
}

static void leave_registers(void *unused)
{
	volatile void *regs;

	(void)unused;
	assert_int_equal(dma_host_mmio_map(dma_paddr(0xf0000000), 4096, &regs), 0);
}

static void leaves(sim_scenario scenario, const char *what)
{
	struct sim_config config = sim_config_plain("");
	void *leaked = NULL;

	config.quiet = true;
	assert_true(sim_run(&config, scenario, &leaked) > 0);
	if (!strstr(sim_report(), what))
		fail_msg("the report does not say '%s': %s", what, sim_report());
	free(leaked);
}

static void leaks_are_named(void **state)
{
	(void)state;
	leaves(leave_frame, "3 frame(s) in use");
	leaves(leave_page, "1 page(s) of the library's own");
	leaves(leave_mapping, "frame(s) in use");
	leaves(leave_shootdown, "frame(s) in use");
	leaves(leave_lock, "1 lock(s) held");
	leaves(leave_registers, "1 register mapping(s)");
}

/* ---- A plain access ---- */

static void plain_pointer(void *unused)
{
	struct rig rig;
	volatile unsigned char *byte;

	(void)unused;
	rig_open(&rig, 1);
	byte = rig.cpu;
	*byte = 1;
}

/* Nothing but arch.h touches the machine's memory: anything else dies on the spot. */
static void plain_accesses_crash(void **state)
{
	struct sim_config config = sim_config_plain("");
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		(void)!freopen("/dev/null", "w", stderr);
		(void)signal(SIGSEGV, SIG_DFL);
		(void)sim_run(&config, plain_pointer, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings),
		cmocka_unit_test(contracts),
		cmocka_unit_test(leaks_are_named),
		cmocka_unit_test(plain_accesses_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
