/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device registers: models register their ranges, the host hooks reach them. A register write is a doorbell: stores
 * that its CPU has published arrive before it. Also the passing of time, in which devices work.
 */
#include "../machine/sim_machine.h"
#include <stdio.h>
#include <stdlib.h>

#define REGIONS		 256
#define TICKS		 32
#define REGISTERS_AT	 (SIM_KERNEL_SIZE / 4 * 3) /* virtual addresses: base + this + paddr */
#define REGISTERS_END	 (SIM_KERNEL_SIZE / 4)
#define IDLE_BEFORE_SKIP 1000 /* pauses without any work before real time is skipped */

static struct region {
	uint64_t paddr, nbytes;
	sim_mmio_read read;
	sim_mmio_write write;
	void *ctx;
} regions[REGIONS];
static unsigned nregions;

static struct window {
	uint64_t paddr, nbytes; /* nbytes 0: free */
} windows[REGIONS];
static unsigned nwindows; /* none is mapped from there on */

static struct {
	bool (*tick)(void *ctx);
	void *ctx;
} ticks[TICKS];
static unsigned nticks, idle;
static bool ticking;

/* Register writes on their way, in order, each CPU's. */
static struct late {
	const struct region *region;
	uint64_t offset, value;
	unsigned nbytes;
} late[SIM_CPUS][8];
static unsigned nlate[SIM_CPUS];

void mmio_start(void)
{
	memset(nlate, 0, sizeof(nlate));
	nregions = nwindows = nticks = idle = 0;
	ticking = false;
	memset(windows, 0, sizeof(windows));
}

void sim_mmio_register(uint64_t paddr, uint64_t nbytes, sim_mmio_read read, sim_mmio_write write, void *ctx)
{
	if (nregions == REGIONS || paddr + nbytes > REGISTERS_END) {
		fprintf(stderr, "sim: no room for registers at 0x%llx\n", (unsigned long long)paddr);
		exit(1);
	}
	regions[nregions++] = (struct region){paddr, nbytes, read, write, ctx};
}

void sim_on_tick(bool (*tick)(void *ctx), void *ctx)
{
	if (nticks == TICKS) {
		fprintf(stderr, "sim: more than %d working models\n", TICKS);
		exit(1);
	}
	ticks[nticks].tick = tick;
	ticks[nticks++].ctx = ctx;
}

/* True if any model has work to do. */
static bool tick_all(void)
{
	bool busy = false;

	if (ticking)
		return true;
	if (sim.slow_models && ++sim.chances % 16)
		return true;
	ticking = true;
	for (unsigned i = 0; i < nticks; i++)
		busy |= ticks[i].tick(ticks[i].ctx);
	ticking = false;
	return busy;
}

void sim_models_work(void)
{
	machine_lock();
	(void)tick_all();
	machine_unlock();
}

void sim_relax(void)
{
	machine_lock();
	sim.step();
	mmio_drain();
	sim.clock_ns += 1000;
	idle = tick_all() ? 0 : idle + 1;
	if (idle && !sim.config.real_time)
		sim.clock_ns += 1000000; /* nothing will happen: let timeouts come */
	else if (idle > IDLE_BEFORE_SKIP)
		sim.skew_ns += 1000000;
	machine_unlock();
}

void sim_advance(uint64_t ns)
{
	machine_lock();
	sim.clock_ns += ns;
	sim.skew_ns += ns;
	machine_unlock();
}

void sim_odd_clock(unsigned n, uint64_t paused_ns, uint64_t behind_ns)
{
	machine_lock();
	sim.pause_at = n ? sim.clock_looks + n : 0;
	sim.pause_ns = paused_ns;
	sim.behind_ns = behind_ns;
	sim.slow_models = true;
	sim.clock_ns += behind_ns; /* no clock is below 0 */
	machine_unlock();
}

bool sim_models_rest(void)
{
	if (!sim.resting)
		sim.rest_began = sim.clock_looks;
	sim.resting = sim.slow_models && sim.clock_looks - sim.rest_began < 3;
	return sim.resting;
}

unsigned sim_clock_looks(void)
{
	unsigned looks;

	machine_lock();
	looks = sim.clock_looks;
	machine_unlock();
	return looks;
}

/* ---- The host hooks ---- */

int dma_host_mmio_map(dma_paddr_t paddr, size_t nbytes, volatile void **regs)
{
	int error = DMA_ENOMEM;
	uint64_t offset;

	machine_lock();
	if (hook_enter(SIM_HOOK_MMIO_MAP, true, false))
		goto out;
	error = DMA_EINVAL;
	if (nbytes == 0 || paddr.raw >= REGISTERS_END || nbytes > REGISTERS_END - paddr.raw ||
	    ram_offset(paddr.raw, 1, &offset))
		goto out;
	error = DMA_ENOMEM;
	for (unsigned i = 0; i < REGIONS && error; i++)
		if (windows[i].nbytes == 0) {
			windows[i] = (struct window){paddr.raw, nbytes};
			nwindows = i < nwindows ? nwindows : i + 1;
			sim.registers++;
			*regs = (void *)(sim_kernel_base + REGISTERS_AT + paddr.raw);
			error = 0;
		}
out:
	machine_unlock();
	return error;
}

void dma_host_mmio_unmap(volatile void *regs, size_t nbytes)
{
	uint64_t paddr = (uintptr_t)regs - sim_kernel_base - REGISTERS_AT;
	unsigned i = 0;

	machine_lock();
	(void)hook_enter(SIM_HOOK_MMIO_UNMAP, true, false);
	while (i < REGIONS && (windows[i].nbytes != nbytes || windows[i].paddr != paddr))
		i++;
	if (i == REGIONS || nbytes == 0) {
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "mmio_unmap of what is not mapped so");
	} else {
		windows[i].nbytes = 0;
		sim.registers--;
	}
	machine_unlock();
}

/* The region behind a register's address; NULL: nobody answers. */
static const struct region *find(const volatile void *reg, unsigned nbytes, uint64_t *offset)
{
	uint64_t paddr = (uintptr_t)reg - sim_kernel_base - REGISTERS_AT;
	bool mapped = false;

	for (unsigned i = 0; i < nwindows; i++)
		mapped |= paddr >= windows[i].paddr && paddr - windows[i].paddr + nbytes <= windows[i].nbytes;
	if (!mapped || paddr & (nbytes - 1))
		sim_fail(SIM_BAD_ADDRESS, SIM_NOWHERE, "register access of %u bytes at 0x%llx: %s", nbytes,
			 (unsigned long long)paddr, mapped ? "unaligned" : "not mapped");
	for (unsigned i = 0; mapped && i < nregions; i++)
		if (paddr >= regions[i].paddr && paddr - regions[i].paddr + nbytes <= regions[i].nbytes) {
			*offset = paddr - regions[i].paddr;
			return &regions[i];
		}
	return NULL;
}

/* It is a doorbell: stores that its CPU has published arrive before it. */
static void arrive(unsigned cpu, const struct late *write)
{
	store_drain_published(&sim.cpus[cpu]);
	write->region->write(write->region->ctx, write->offset, write->value, write->nbytes);
	(void)tick_all();
}

void mmio_drain(void)
{
	unsigned cpu = sim_thread.cpu;

	for (unsigned i = 0; i < nlate[cpu]; i++)
		arrive(cpu, &late[cpu][i]);
	nlate[cpu] = 0;
}

/* The region that has the byte; NULL: nobody answers. */
static const struct region *region_at(uint64_t paddr)
{
	for (unsigned i = 0; i < nregions; i++)
		if (paddr - regions[i].paddr < regions[i].nbytes)
			return &regions[i];
	return NULL;
}

bool mmio_peer(uint64_t paddr, uint8_t *buf, size_t n, bool write)
{
	if (!region_at(paddr))
		return false;
	event(write ? "a device writes registers, paddr" : "a device reads registers, paddr", SIM_NOWHERE, paddr);
	while (n) {
		const struct region *region = region_at(paddr);
		unsigned part = 8;
		uint64_t value = UINT64_MAX;

		while (part > n || paddr & (part - 1))
			part /= 2;
		if (write) {
			memcpy(&value, buf, part);
			if (region)
				region->write(region->ctx, paddr - region->paddr, value, part);
		} else {
			if (region)
				value = region->read(region->ctx, paddr - region->paddr, part);
			memcpy(buf, &value, part);
		}
		buf += part;
		paddr += part;
		n -= part;
	}
	return true;
}

uint64_t sim_register_read(const volatile void *reg, unsigned nbytes)
{
	const struct region *region;
	uint64_t offset, value = UINT64_MAX;

	machine_lock();
	mmio_drain();
	(void)tick_all();
	region = find(reg, nbytes, &offset);
	event("register read, paddr", SIM_NOWHERE, (uintptr_t)reg - sim_kernel_base - REGISTERS_AT);
	if (region)
		value = region->read(region->ctx, offset, nbytes);
	machine_unlock();
	return value;
}

void sim_register_write(volatile void *reg, uint64_t value, unsigned nbytes)
{
	struct late write = {.value = value, .nbytes = nbytes};
	unsigned cpu = sim_thread.cpu;

	machine_lock();
	write.region = find(reg, nbytes, &write.offset);
	event("register write, paddr", SIM_NOWHERE, (uintptr_t)reg - sim_kernel_base - REGISTERS_AT);
	if (!write.region) {
		(void)tick_all();
	} else if (sim.config.late_registers && sim.mode == RANDOM && nlate[cpu] < 8 && sim_choose(2)) {
		event("  that write is on its way", SIM_NOWHERE, 0);
		late[cpu][nlate[cpu]++] = write;
	} else {
		mmio_drain();
		arrive(cpu, &write);
	}
	machine_unlock();
}

uint32_t dma_host_mmio_read32(const volatile void *reg)
{
	return (uint32_t)sim_register_read(reg, 4);
}

uint64_t dma_host_mmio_read64(const volatile void *reg)
{
	return sim_register_read(reg, 8);
}

void dma_host_mmio_write32(volatile void *reg, uint32_t value)
{
	sim_register_write(reg, value, 4);
}

void dma_host_mmio_write64(volatile void *reg, uint64_t value)
{
	sim_register_write(reg, value, 8);
}
