/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Self-test of several CPUs: work, locks, interrupts between them, TLB shoot-down, the allocators in use by all at
 * once, and releases in interrupt handlers. On one CPU, what can be tested there.
 */
#include "../../../drivers/bus.h"
#include "../kernel/cpu.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../kernel/spin.h"
#include "../memory/frames.h"
#include "../memory/vm.h"
#include "selftest.h"
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>

#define NS_PER_MS UINT64_C(1000000)
#define LOCKED	  5000u
#define ROUNDS	  400u
#define PIECES	  8u

/* Runs work(context) on all other CPUs, then here, and waits until all have returned. */
static void on_all(void (*work)(void *context), void *context)
{
	for (unsigned i = 1; i < bus_cpus(); i++)
		if (!bus_cpu_run(i, work, context))
			check(false, "cpus: CPU %u takes no work", i);
	work(context);
	for (unsigned i = 1; i < bus_cpus(); i++)
		while (bus_cpu_busy(i))
			bus_relax();
}

/* ---- Who is who -------------------------------------------------------------------------------------------------- */

static struct {
	unsigned arrived;
	unsigned number[BARE_CPUS];
	bool together, interrupts_on[BARE_CPUS];
} roll;

static bool all_here(void)
{
	uint64_t began = machine_time_ns();

	while (__atomic_load_n(&roll.arrived, __ATOMIC_ACQUIRE) < bus_cpus())
		if (machine_time_ns() - began > 1000 * NS_PER_MS)
			return false;
	return true;
}

/* All wait for each other: none could, if one CPU ran them one after the other. */
static void call_the_roll(void *context)
{
	unsigned cpu = dma_host_cpu();

	(void)context;
	roll.number[cpu] = cpu;
	roll.interrupts_on[cpu] = dma_host_interrupts_on();
	__atomic_add_fetch(&roll.arrived, 1, __ATOMIC_RELEASE);
	if (!all_here())
		roll.together = false;
}

static void test_roll(void)
{
	unsigned wanted = option_number("expect_cpus", 1);
	bool good = true;

	check(bus_cpus() == wanted || !option("expect_cpus", NULL), "cpus: %u, as asked for", bus_cpus());
	roll.together = true;
	on_all(call_the_roll, NULL);
	check(roll.together && roll.arrived == bus_cpus(), "cpus: all of them at work at once");
	for (unsigned i = 0; i < bus_cpus(); i++)
		good &= roll.number[i] == i && roll.interrupts_on[i];
	check(good, "cpus: each knows its number, and has interrupts on");
	check(!bus_cpu_run(0, call_the_roll, NULL) && !bus_cpu_run(bus_cpus(), call_the_roll, NULL),
	      "cpus: no work for the first, nor for one that is not there");
}

/* ---- Locks ------------------------------------------------------------------------------------------------------- */

static struct dma_lock lock;
static volatile unsigned long locked_count; /* not atomic: the lock is what makes it right */

static void count_locked(void *context)
{
	(void)context;
	for (unsigned i = 0; i < LOCKED; i++) {
		uintptr_t state = dma_host_lock(&lock);

		locked_count = locked_count + 1;
		dma_host_unlock(&lock, state);
	}
}

static void count_once(void *context)
{
	uintptr_t state = dma_host_lock(&lock);

	(void)context;
	locked_count = locked_count + 1;
	dma_host_unlock(&lock, state);
}

static void test_lock(void)
{
	unsigned long handled = 0;

	for (unsigned i = 1; i < bus_cpus(); i++)
		(void)bus_cpu_run(i, count_locked, NULL);
	/* handlers of CPUs that hold the lock every now and then: none may wait for the CPU that it has interrupted */
	for (unsigned round = 0; round < 200; round++)
		handled += bus_cpu_interrupt(round % bus_cpus(), count_once, NULL);
	count_locked(NULL);
	for (unsigned i = 1; i < bus_cpus(); i++)
		while (bus_cpu_busy(i))
			bus_relax();
	check(locked_count == (unsigned long)LOCKED * bus_cpus() + handled && lock.word == 0,
	      "cpus: a lock, taken %lu times by %u CPUs and their interrupt handlers", locked_count, bus_cpus());
}

/* ---- Interrupts between CPUs, and the timer ---------------------------------------------------------------------- */

static void note_handler(void *context)
{
	unsigned *seen = context;

	*seen = dma_host_cpu() + 1 + (dma_host_interrupts_on() ? 100u : 0u);
}

static bool never(void *context)
{
	(void)context;
	return false;
}

static void test_interrupts(void)
{
	bool good = true;
	uint64_t began;

	if (!machine_has_interrupts()) {
		print("# no interrupts\n");
		return;
	}
	for (unsigned i = 0; i < bus_cpus(); i++) {
		unsigned seen = 0;

		good &= bus_cpu_interrupt(i, note_handler, &seen) && seen == i + 1;
	}
	check(good, "cpus: each takes an interrupt, with interrupts off, and goes on");
	check(dma_host_interrupts_on(), "cpus: on again here");
	began = machine_time_ns();
	bus_wait(never, NULL);
	check(machine_time_ns() - began < 1000 * NS_PER_MS, "cpus: a wait for nothing ends after %lu us",
	      (unsigned long)(machine_time_ns() - began) / 1000);
}

/* ---- TLB shoot-down ---------------------------------------------------------------------------------------------- */

static struct {
	volatile uint32_t *va;
	uint32_t value[BARE_CPUS];
	unsigned phase; /* 1: read, and stay; 2: read again; waits for the lock meanwhile if it says so */
	unsigned ready;
	bool interrupts_off;
	struct dma_lock lock;
} shoot;

/* Reads the page, so that its translation is in this CPU's TLB; waits while it is taken away; reads what is there
 * now. */
static void read_twice(void *context)
{
	unsigned cpu = dma_host_cpu();
	uintptr_t state = 0;

	(void)context;
	(void)*shoot.va;
	if (shoot.interrupts_off)
		state = machine_interrupts_off();
	__atomic_add_fetch(&shoot.ready, 1, __ATOMIC_RELEASE);
	if (shoot.interrupts_off)
		dma_host_unlock(&shoot.lock, dma_host_lock(&shoot.lock)); /* held by CPU 0 until it has flushed */
	while (__atomic_load_n(&shoot.phase, __ATOMIC_ACQUIRE) != 2)
		bus_relax();
	shoot.value[cpu] = *shoot.va;
	if (shoot.interrupts_off)
		machine_interrupts_restore(state);
}

static void test_shootdown(bool interrupts_off)
{
	uint64_t frames = 0;
	uintptr_t va = 0, again = 0, state = 0;
	unsigned seen = 0;

	if (frames_alloc(2, UINT64_MAX, DMA_PAGE_SIZE, &frames) || kva_map(frames, 1, VM_CACHED, &va)) {
		check(false, "cpus: a mapping");
		return;
	}
	*(volatile uint32_t *)vm_linear(frames) = 1;
	*(volatile uint32_t *)vm_linear(frames + DMA_PAGE_SIZE) = 2;
	shoot.va = (volatile uint32_t *)va;
	shoot.interrupts_off = interrupts_off;
	shoot.phase = shoot.ready = 0;
	(void)*shoot.va;
	if (interrupts_off)
		state = dma_host_lock(&shoot.lock);
	for (unsigned i = 1; i < bus_cpus(); i++)
		if (!bus_cpu_run(i, read_twice, NULL))
			check(false, "cpus: CPU %u takes no work", i);
	while (__atomic_load_n(&shoot.ready, __ATOMIC_ACQUIRE) < bus_cpus() - 1)
		bus_relax();
	kva_unmap(va, 1);
	kva_flush(va, 1);
	if (kva_map(frames + DMA_PAGE_SIZE, 1, VM_CACHED, &again))
		again = 0;
	if (interrupts_off)
		dma_host_unlock(&shoot.lock, state);
	__atomic_store_n(&shoot.phase, 2, __ATOMIC_RELEASE);
	shoot.value[0] = again == va ? *shoot.va : 0;
	for (unsigned i = 0; i < bus_cpus(); i++) {
		while (bus_cpu_busy(i))
			bus_relax();
		seen += shoot.value[i] == 2;
	}
	check(again == va && seen == bus_cpus(), "cpus: %u of %u see the new mapping at an address used again%s", seen,
	      bus_cpus(), interrupts_off ? ", interrupts off" : "");
	if (again) {
		kva_unmap(again, 1);
		kva_flush(again, 1);
	}
	frames_free(frames, 2);
}

/* ---- Frames and addresses, all CPUs at once ---------------------------------------------------------------------- */

static bool allocators_good[BARE_CPUS];

/* Frames with this CPU's stamp, some mapped at an address of their own, uncached now and then. */
static void use_allocators(void *context)
{
	unsigned cpu = dma_host_cpu();
	uint32_t random = 77 + cpu;
	struct {
		uint64_t paddr;
		uintptr_t va;
		size_t npages;
		uint64_t stamp;
	} pieces[PIECES] = {{0}};
	bool good = true;

	(void)context;
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned i;

		random = random * 1664525u + 1013904223u;
		i = random >> 20 & (PIECES - 1);
		if (!pieces[i].npages) {
			size_t n = 1 + (random >> 8 & 7);
			unsigned attr = random & 0x100000 ? VM_UNCACHED : VM_CACHED;

			if (frames_alloc(n, UINT64_MAX, DMA_PAGE_SIZE, &pieces[i].paddr))
				continue;
			pieces[i].npages = n;
			pieces[i].va = 0;
			pieces[i].stamp = (uint64_t)cpu << 32 | round;
			*(volatile uint64_t *)vm_linear(pieces[i].paddr) = pieces[i].stamp;
			machine_flush_lines(vm_linear(pieces[i].paddr), DMA_PAGE_SIZE);
			if ((random & 0x200000) && kva_map(pieces[i].paddr, n, attr, &pieces[i].va))
				pieces[i].va = 0;
			continue;
		}
		if (pieces[i].va) {
			good &= *(volatile uint64_t *)pieces[i].va == pieces[i].stamp;
			kva_unmap(pieces[i].va, pieces[i].npages);
			kva_flush(pieces[i].va, pieces[i].npages);
		}
		good &= *(volatile uint64_t *)vm_linear(pieces[i].paddr) == pieces[i].stamp;
		frames_free(pieces[i].paddr, pieces[i].npages);
		pieces[i].npages = 0;
	}
	for (unsigned i = 0; i < PIECES; i++) {
		if (!pieces[i].npages)
			continue;
		if (pieces[i].va) {
			kva_unmap(pieces[i].va, pieces[i].npages);
			kva_flush(pieces[i].va, pieces[i].npages);
		}
		frames_free(pieces[i].paddr, pieces[i].npages);
	}
	allocators_good[cpu] = good;
}

static void test_allocators(void)
{
	uint64_t frames = frames_in_use();
	size_t addresses = kva_in_use();
	bool good = true;

	on_all(use_allocators, NULL);
	for (unsigned i = 0; i < bus_cpus(); i++)
		good &= allocators_good[i];
	check(good, "cpus: frames and kernel addresses taken and given by all at once");
	check(frames_in_use() == frames && kva_in_use() == addresses, "cpus: none lost");
}

/* ---- The library in handlers ------------------------------------------------------------------------------------- */

static struct {
	struct dma_device dev;
	struct dma_stream streams[BARE_CPUS];
	struct dma_segment segments[BARE_CPUS];
	int error;
} library;

static void release_in_handler(void *context)
{
	struct dma_stream *stream = context;

	dma_stream_release(stream);
}

/* A receive path: the next buffer is mapped where the last one came in. */
static void map_in_handler(void *context)
{
	unsigned cpu = dma_host_cpu();
	int error = dma_stream_map(&library.streams[cpu], &library.dev, DMA_FROM_DEVICE, &library.segments[cpu]);

	(void)context;
	if (error)
		library.error = error;
}

static void test_handlers(void)
{
	struct dma_device_config config = {.name = "cpus", .mask = UINT64_MAX, .trusted = true};
	uint64_t frames =
		bus_frames_in_use(); /* an IOMMU that is on has begun the library, which has some of its own */
	size_t addresses = kva_in_use();
	struct dma_stats stats;
	int error = dma_init();

	config.coherent = !option_is("coherent", "no");
	if (!error)
		error = dma_device_init(&library.dev, &config);
	for (unsigned i = 0; i < bus_cpus() && !error; i++)
		error = dma_stream_alloc(&library.streams[i], &library.dev, DMA_BIDIRECTIONAL, 3);
	for (unsigned i = 0; i < bus_cpus() && !error; i++)
		(void)bus_cpu_interrupt(i, release_in_handler, &library.streams[i]);
	check(!error, "cpus: streams released in an interrupt handler of each CPU");
	bus_wait(never, NULL); /* an idle CPU works off what is left */
	dma_stats(&stats);
	check(stats.pages_alloc == 0 && stats.pages_pending == 0 && kva_in_use() == addresses,
	      "cpus: their memory is back after an idle moment");
	if (config.coherent) {
		for (unsigned i = 0; i < bus_cpus() && !error; i++)
			error = dma_segment_alloc(&library.segments[i], 2, UINT64_MAX, 0);
		for (unsigned i = 0; i < bus_cpus() && !error; i++) {
			(void)bus_cpu_interrupt(i, map_in_handler, NULL);
			(void)bus_cpu_interrupt(bus_cpus() - 1 - i, release_in_handler, &library.streams[i]);
		}
		check(!error && !library.error, "cpus: a segment mapped in a handler, released in another CPU's");
	}
	check(dma_device_fini(&library.dev) == 0, "cpus: no stream is left");
	(void)dma_reclaim();
	dma_stats(&stats);
	check(stats.pages_alloc == 0 && stats.pages_pending == 0 && stats.pages_quarantined == 0,
	      "cpus: no page, either");
	check(dma_fini() == 0 && bus_frames_in_use() == frames, "cpus: dma_fini");
}

void test_cpus(void)
{
	test_roll();
	test_lock();
	test_interrupts();
	test_shootdown(false);
	test_shootdown(true);
	test_allocators();
	if (machine_has_interrupts())
		test_handlers();
}
