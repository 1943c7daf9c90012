/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host's hooks for explored programs. Compiled without instrumentation: what a hook does is one step, and its books
 * are right whatever the program's memory shows.
 */
#include "world.h"
#include "../../src/base/state.h"
#include "model.h"
#include <stdio.h>
#include <string.h>

#define MOST_EARLY 8u /* changes of a register that an early load may miss */

uint64_t world_base;
static unsigned cpus;
static unsigned char out[WORLD_FRAMES], used[WORLD_FRAMES];
/* What each CPU, using a frame, wrote into it last, as the explored memory has it and as it is: who frees it must have
 * seen that. */
static uint32_t written[EXPLORE_CPUS][WORLD_FRAMES], last_written[EXPLORE_CPUS][WORLD_FRAMES];
static uint64_t now_ns;
static void *free_pages[64];
static unsigned nfree_pages;

void world_start(unsigned n)
{
	cpus = n;
	world_base = (uintptr_t)explore_memory(WORLD_FRAMES << DMA_PAGE_SHIFT, DMA_PAGE_SIZE);
	explore_check(dma_init() == 0, "dma_init");
}

static unsigned frame_of(dma_paddr_t paddr)
{
	return (unsigned)((paddr.raw - world_base) >> DMA_PAGE_SHIFT);
}

void world_use(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		explore_check(out[i], "a frame is used that is free");
		used[i]++;
	}
}

void world_unuse(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		used[i]--;
		if (explore_running()) {
			unsigned cpu = explore_cpu();

			memory_store(&written[cpu][i], sizeof(written[cpu][i]), ++last_written[cpu][i], ORDER_PLAIN);
		}
	}
}

static void (*on_free)(unsigned frame);

void world_on_free(void (*called)(unsigned frame))
{
	on_free = called;
}

unsigned world_frame(dma_paddr_t paddr)
{
	return frame_of(paddr);
}

unsigned world_frames_out(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < WORLD_FRAMES; i++)
		n += out[i];
	return n;
}

/* ---- Hooks ---- */

int dma_host_info(struct dma_host_info *info)
{
	/* All but the count of faults, which who polls relies on. */
	explore_ignore(&dma_state, offsetof(struct dma_state, stats.faults));
	explore_ignore(&dma_state.stats.faults + 1, sizeof(dma_state) - offsetof(struct dma_state, stats.faults) - 8);
	*info = (struct dma_host_info){.page_shift = DMA_PAGE_SHIFT,
				       .cpus = cpus,
				       .line_step = 64,
				       .line_align = 64,
				       .linear_base = 0,
				       .linear_last = UINT64_MAX};
	return 0;
}

static bool refuses_pages;
static unsigned short_cpus; /* a bit each */

void world_refuse_pages_on(unsigned cpu)
{
	short_cpus |= 1u << cpu;
}

void world_refuse_pages(bool refuse)
{
	refuses_pages = refuse;
}

void *dma_host_page_alloc(void)
{
	void *page = nfree_pages > 0 ? free_pages[--nfree_pages] : explore_memory(DMA_PAGE_SIZE, DMA_PAGE_SIZE);

	explore_check(explore_interrupts_on(), "asks for a page with interrupts off");
	if (refuses_pages || (explore_running() && short_cpus >> explore_cpu() & 1))
		return NULL;
	explore_fresh(page, DMA_PAGE_SIZE);
	return page;
}

void dma_host_page_free(void *page)
{
	explore_check(explore_arrived(page, DMA_PAGE_SIZE), "a page goes back before a store to it has arrived");
	explore_check(explore_left(page, DMA_PAGE_SIZE), "a page goes back before a load of it is over");
	explore_retire(page, DMA_PAGE_SIZE); /* not given out again in this run: who still uses it is found */
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	for (unsigned i = frame_of(paddr); npages-- > 0; i++) {
		explore_check(i < WORLD_FRAMES && out[i], "a frame is freed twice, or was never given out");
		explore_check(!used[i], "a frame is freed that somebody uses");
		explore_check(explore_arrived((void *)(uintptr_t)(world_base + ((uint64_t)i << DMA_PAGE_SHIFT)),
					      DMA_PAGE_SIZE),
			      "a frame goes back before a store to it has arrived");
		if (on_free)
			on_free(i);
		for (unsigned cpu = 0; explore_running() && cpu < EXPLORE_CPUS; cpu++)
			explore_check(last_written[cpu][i] == 0 ||
					      memory_load(&written[cpu][i], sizeof(written[cpu][i]), ORDER_PLAIN) ==
						      last_written[cpu][i],
				      "a frame is freed before a store of one of its users has arrived");
		out[i] = 0;
	}
}

static int frames_alloc(size_t npages, size_t align, dma_paddr_t *paddr)
{
	for (unsigned i = 0; i + npages <= WORLD_FRAMES; i++) {
		size_t k = 0;

		while (k < npages && !out[i + k])
			k++;
		if (k == npages && (world_base + ((uint64_t)i << DMA_PAGE_SHIFT)) % align == 0) {
			memset(&out[i], 1, npages);
			paddr->raw = world_base + ((uint64_t)i << DMA_PAGE_SHIFT);
			for (; k > 0; k--)
				explore_fresh((void *)(uintptr_t)(paddr->raw + ((k - 1) << DMA_PAGE_SHIFT)),
					      DMA_PAGE_SIZE);
			return 0;
		}
	}
	return DMA_ENOMEM;
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *paddr)
{
	(void)max_paddr;
	return frames_alloc(npages, align, paddr);
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	return (paddr.raw >= world_base && frame_of(paddr) + npages <= WORLD_FRAMES) || paddr.raw >= WORLD_FAR;
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)nbytes;
	return (void *)(uintptr_t)paddr.raw;
}

bool dma_host_interrupts_on(void)
{
	return explore_interrupts_on();
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	explore_lock(&lock->word);
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	(void)state;
	explore_unlock(&lock->word);
}

unsigned dma_host_cpu(void)
{
	return explore_cpu() < cpus ? explore_cpu() : 0;
}

uint64_t dma_host_time_ns(void)
{
	explore_look();
	return now_ns += 10;
}

/* Most programs' hardware has functions instead of registers. */
static uint64_t (*on_register_read)(unsigned offset);
static void (*on_register_write)(unsigned offset, uint64_t value);
static char registers[WORLD_REGISTERS];

volatile char *world_registers(uint64_t (*read)(unsigned offset), void (*write)(unsigned offset, uint64_t value))
{
	on_register_read = read;
	on_register_write = write;
	return registers;
}

static uint64_t read_register(const volatile void *reg)
{
	size_t offset = (size_t)((const volatile char *)reg - registers);

	explore_check(on_register_read && offset < WORLD_REGISTERS, "a register is read");
	return on_register_read ? on_register_read((unsigned)offset) : 0;
}

static void write_register(const volatile void *reg, uint64_t value)
{
	size_t offset = (size_t)((const volatile char *)reg - registers);

	explore_check(on_register_write && offset < WORLD_REGISTERS, "a register is written");
	if (on_register_write)
		on_register_write((unsigned)offset, value);
}

uint32_t dma_host_mmio_read32(const volatile void *reg)
{
	return (uint32_t)read_register(reg);
}

uint64_t dma_host_mmio_read64(const volatile void *reg)
{
	return read_register(reg);
}

void dma_host_mmio_write32(volatile void *reg, uint32_t value)
{
	write_register(reg, value);
}

void dma_host_mmio_write64(volatile void *reg, uint64_t value)
{
	write_register(reg, value);
}

void world_register_set(struct world_register *r, uint64_t value)
{
	explore_check(r->n < WORLD_REGISTER_VALUES, "a register changes for ever");
	r->value[r->n] = value;
	r->when[r->n++] = explore_now();
}

uint64_t world_register_newest(const struct world_register *r)
{
	return r->value[r->n - 1];
}

uint64_t world_register_read(const struct world_register *r)
{
	unsigned back = 0;

	while (back < MOST_EARLY && back + 1 < r->n && r->when[r->n - 1 - back] > explore_loads_ordered())
		back++;
	return r->value[r->n - 1 - explore_choose(back + 1, explore_old_reads())];
}

static const char *counted_text;
static unsigned counted_lines;

unsigned world_logged(const char *text)
{
	counted_text = text;
	return counted_lines;
}

void dma_host_log(const char *line)
{
	if (counted_text && strstr(line, counted_text))
		counted_lines++;
}
