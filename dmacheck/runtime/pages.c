/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The driver's memory: the program's data, a heap, coherent memory. Each page has its frame from the start, so that
 * what is contiguous for the driver is so for devices. A page is adopted when a device may first touch it: from
 * then on the machine decides what the driver's loads see. Before, only the places of stores are noted.
 */
#include "runtime.h"
#include <stdlib.h>
#include <sys/mman.h>

#define HEAP_PAGES     8192u
#define COHERENT_PAGES 1024u
#define DATA_PAGES     4096u /* at most */

extern char __executable_start[], etext[];
/* The driver's static data, which dmacheck cc gives sections of its own: what lies beside it is the detector's. */
extern char __start_dmacheck_data[] __attribute__((weak)), __stop_dmacheck_data[] __attribute__((weak));
extern char __start_dmacheck_bss[] __attribute__((weak)), __stop_dmacheck_bss[] __attribute__((weak));

/* Where the driver's memory is: below 4 GiB, for drivers that give their device 32 bits of a pointer; above what the
 * kernel gives the host's own brk() heap (up to 1 GiB behind the program, anywhere); and where a microcontroller has
 * memory, not registers. */
#define HEAP_BASE 0x60000000u

static struct region {
	uintptr_t base;
	size_t npages;
	uint64_t frame; /* the first one's */
	struct shadow **pages;
	size_t taken; /* bytes, of HEAP and COHERENT */
} regions[REGIONS];

/* RAM below these bytes is what the layer below the driver allocates from. */
#define LAYER_BYTES ((uint64_t)16 << 20)

static struct shadow **by_frame;
static uintptr_t stack_low, stack_high;
const void *access_pc;

static struct {
	unsigned char *at;
	size_t n;
} pending;

void pages_start(void)
{
	uintptr_t first = (uintptr_t)__start_dmacheck_data, last = (uintptr_t)__stop_dmacheck_data, data;
	size_t ndata;
	uint64_t frame = LAYER_BYTES >> DMA_PAGE_SHIFT;
	size_t total = (HEAP_PAGES + COHERENT_PAGES) << DMA_PAGE_SHIFT;
	char *heap = mmap((void *)(uintptr_t)HEAP_BASE, total, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (!first || (__start_dmacheck_bss && (uintptr_t)__start_dmacheck_bss < first))
		first = (uintptr_t)__start_dmacheck_bss;
	last = (uintptr_t)__stop_dmacheck_bss > last ? (uintptr_t)__stop_dmacheck_bss : last;
	data = first & ~(uintptr_t)(DMA_PAGE_SIZE - 1);
	ndata = (last - data + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
	if (heap == MAP_FAILED) {
		perror("dmacheck: heap");
		exit(2);
	}
	regions[DATA] = (struct region){data, ndata < DATA_PAGES ? ndata : DATA_PAGES, frame, NULL, 0};
	regions[HEAP] = (struct region){(uintptr_t)heap, HEAP_PAGES, frame + DATA_PAGES, NULL, 0};
	regions[COHERENT] = (struct region){(uintptr_t)heap + (HEAP_PAGES << DMA_PAGE_SHIFT), COHERENT_PAGES,
					    0 /* below 4 GiB */, NULL, 0};
	for (unsigned i = 0; i < REGIONS; i++)
		regions[i].pages = calloc(regions[i].npages, sizeof(struct shadow *));
	by_frame = calloc(sim.npages, sizeof(struct shadow *));
	stack_high = (uintptr_t)__builtin_frame_address(0) + (1u << 20);
	stack_low = (uintptr_t)__builtin_frame_address(0) - (8u << 20);
}

static struct region *region_of(const void *va, size_t *page)
{
	for (unsigned i = 0; i < REGIONS; i++) {
		size_t index = ((uintptr_t)va - regions[i].base) >> DMA_PAGE_SHIFT;

		if (index < regions[i].npages) {
			*page = index;
			return &regions[i];
		}
	}
	return NULL;
}

enum region_kind page_kind(const void *va)
{
	size_t page;
	const struct region *r = region_of(va, &page);
	const char *at = va;
	bool data = (at >= __start_dmacheck_data && at < __stop_dmacheck_data) ||
		    (at >= __start_dmacheck_bss && at < __stop_dmacheck_bss);

	if (r == &regions[DATA] && !data)
		return REGIONS;
	return r ? (enum region_kind)(r - regions) : REGIONS;
}

bool page_is_stack(const void *va)
{
	return (uintptr_t)va - stack_low < stack_high - stack_low;
}

bool page_is_text(const void *va)
{
	return (uintptr_t)va - (uintptr_t)__executable_start < (uintptr_t)(etext - __executable_start);
}

struct shadow *page_at(const void *va, bool make)
{
	size_t page;
	struct region *r = region_of(va, &page);

	if (!r)
		return NULL;
	if (!r->pages[page] && make) {
		struct shadow *s = calloc(1, sizeof(*s));

		if (!s) {
			fputs("dmacheck: no memory\n", stderr);
			exit(2);
		}
		s->host = (unsigned char *)r->base + (page << DMA_PAGE_SHIFT);
		s->frame = r->frame + page;
		r->pages[page] = s;
		by_frame[s->frame] = s;
	}
	return r->pages[page];
}

struct shadow *page_of_frame(uint64_t offset, bool make)
{
	uint64_t frame = offset >> DMA_PAGE_SHIFT;

	if (!by_frame[frame] && make) {
		by_frame[frame] = calloc(1, sizeof(struct shadow));
		if (!by_frame[frame])
			exit(2);
		by_frame[frame]->frame = frame;
	}
	return by_frame[frame];
}

uint64_t page_paddr(const void *va)
{
	size_t page;
	const struct region *r = region_of(va, &page);

	return r ? ram_paddr((r->frame + page) << DMA_PAGE_SHIFT) + ((uintptr_t)va & (DMA_PAGE_SIZE - 1)) : UINT64_MAX;
}

/* ---- Adoption ---- */

/* Frames of the driver's memory are not the allocator's. */
static void own_frame(struct shadow *s)
{
	uint64_t per_page = DMA_PAGE_SIZE >> sim.line_shift, first = s->frame << DMA_PAGE_SHIFT;

	page_use(s->frame);
	sim.pages[s->frame].flags |= PAGE_ALLOCATED;
	memcpy(sim.cache + first, s->host, DMA_PAGE_SIZE);
	memcpy(sim.ram + first, s->host, DMA_PAGE_SIZE);
	memset(sim.cache_label + first, SIM_OWN, DMA_PAGE_SIZE);
	memset(sim.ram_label + first, SIM_OWN, DMA_PAGE_SIZE);
	for (uint64_t i = 0; i < per_page; i++) {
		struct line *line = line_at(s->frame * per_page + i);
		unsigned size = 1u << sim.line_shift, from = (unsigned)i << sim.line_shift;
		uint64_t mask[2];

		memset(line, 0, sizeof(*line));
		for (unsigned b = 0; b < size; b++)
			if (s->cpu[from + b]) {
				span(b, 1, mask);
				line->cpu[0] |= mask[0];
				line->cpu[1] |= mask[1];
				if (!sim.config.write_through) { /* it may still be in the cache alone */
					line->state = LINE_DIRTY;
					sim.ram[first + from + b] = (uint8_t)(0xa0 | (s->frame & 0xf));
				}
			}
	}
}

bool pages_adopt(const void *va, size_t n, bool coherent)
{
	const unsigned char *at = va, *end = at + n;

	for (at -= (uintptr_t)at & (DMA_PAGE_SIZE - 1); at < end; at += DMA_PAGE_SIZE) {
		struct shadow *s = page_at(at, true);
		void *view;

		if (!s)
			return false;
		if (s->view)
			continue;
		own_frame(s);
		view = kernel_linear(ram_paddr(s->frame << DMA_PAGE_SHIFT));
		if (coherent && sim.config.cvm)
			sim.pages[s->frame].flags |= PAGE_SHARED;
		if (coherent && (sim.config.cvm || !sim.config.device.coherent)) {
			unsigned how = (sim.config.cvm ? DMA_KVA_SHARED : 0) |
				       (sim.config.device.coherent ? 0 : DMA_KVA_UNCACHED);

			memset(line_at((s->frame << DMA_PAGE_SHIFT) >> sim.line_shift), 0,
			       (DMA_PAGE_SIZE >> sim.line_shift) * sizeof(struct line));
			memcpy(sim.ram + (s->frame << DMA_PAGE_SHIFT), s->host, DMA_PAGE_SIZE);
			if (kernel_map(s->frame << DMA_PAGE_SHIFT, 1, how, &view))
				return false;
		}
		s->view = view;
	}
	return true;
}

/* ---- Accesses ---- */

static unsigned part_of(const void *at, size_t n)
{
	unsigned size = 1u << sim.line_shift, room = size - (unsigned)((uintptr_t)at & (size - 1));

	return n < room ? (unsigned)n : room;
}

static unsigned in_page(const void *at)
{
	return (unsigned)((uintptr_t)at & (DMA_PAGE_SIZE - 1));
}

/* The bytes are in the driver's memory, and not yet in the machine. */
static void make_store(unsigned char *at, size_t n)
{
	uint8_t label[LINE_MAX];

	memset(label, SIM_OWN, sizeof(label));
	while (n) {
		struct shadow *s = page_at(at, false);
		unsigned part = part_of(at, n);

		if (s && s->view)
			access_store(s->view + in_page(at), at, label, part);
		at += part;
		n -= part;
	}
}

void pages_settle(void)
{
	size_t n = pending.n;

	pending.n = 0;
	if (n) {
		sim.plain_stores = true;
		make_store(pending.at, n);
		sim.plain_stores = false;
	}
}

static void blocks_check(const void *at, size_t n, bool write)
{
	size_t size;
	bool freed;
	site_t where;
	const char *block = heap_block(at, &size, &freed, &where);
	struct finding *f;

	if (!block || !freed)
		return;
	f = finding_new(USE_AFTER_FREE_RULE, NULL, 0);
	finding_say(f, "the CPU %s %zu bytes of a block of %zu bytes that was freed", write ? "writes" : "reads", n,
		    size);
	f->ended = *stack_of(where);
	finding_send(f);
}

void page_load(const void *at, size_t n, const void *pc)
{
	unsigned char *to = (unsigned char *)(uintptr_t)at;
	uint8_t label[LINE_MAX];

	registers_settle();
	if (pending.n) {
		machine_lock();
		pages_settle();
		machine_unlock();
	}
	if (page_kind(at) == REGIONS) {
		registers_announce(to, n, false);
		return;
	}
	access_pc = pc;
	if (page_kind(at) == HEAP)
		blocks_check(at, n, false);
	machine_lock();
	while (n) {
		struct shadow *s = page_at(to, false);
		unsigned part = part_of(to, n);
		uint8_t bytes[LINE_MAX];

		if (s && s->view) {
			judge_cpu_load(s, in_page(to), part);
			access_load(s->view + in_page(to), bytes, label, part);
			memcpy(to, bytes, part);
			for (unsigned i = 0; i < part; i++)
				if (label[i] == SIM_FOREIGN) {
					struct finding *f = finding_new(LAYER, ledger_covering(to, part), 0);

					finding_say(
						f, "the CPU reads bytes that were somebody else's: stale contents of a "
						   "bounce buffer or a frame");
					finding_send(f);
					break;
				}
		}
		to += part;
		n -= part;
	}
	machine_unlock();
	access_pc = NULL;
}

void page_store(void *at, size_t n, const void *pc)
{
	unsigned char *to = at;
	size_t left = n;
	bool adopted = false;
	site_t site;

	registers_settle();
	if (pending.n) {
		machine_lock();
		pages_settle();
		machine_unlock();
	}
	if (page_kind(at) == REGIONS) {
		registers_announce(to, n, true);
		return;
	}
	access_pc = pc;
	if (page_kind(at) == HEAP)
		blocks_check(at, n, true);
	site = stack_at(pc);
	while (left) {
		struct shadow *s = page_at(to, true);
		unsigned part = part_of(to, left);

		if (!s)
			break;
		adopted |= s->view != NULL;
		judge_cpu_store(s, in_page(to), part, site);
		to += part;
		left -= part;
	}
	access_pc = NULL;
	if (adopted) {
		pending.at = at;
		pending.n = n;
	}
}

void *region_base(enum region_kind kind, size_t *nbytes)
{
	*nbytes = regions[kind].npages << DMA_PAGE_SHIFT;
	return (void *)regions[kind].base;
}
