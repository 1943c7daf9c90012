/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Self-test of frames and page tables.
 */
#include "../kernel/print.h"
#include "../memory/frames.h"
#include "../memory/vm.h"
#include "selftest.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#define PAGE	   DMA_PAGE_SIZE
#define FOUR_GIB   (UINT64_C(4) << 30)
#define LIVE	   128
#define ROUNDS	   4000
#define BIG_CHUNKS 4096

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)random_state * n >> 32);
}

/* ---- Frames ------------------------------------------------------------------------------------------------------ */

struct piece {
	uint64_t paddr;
	size_t npages;
};

static void stamp(const struct piece *piece, uint64_t value)
{
	for (size_t i = 0; i < piece->npages; i++)
		*(uint64_t *)vm_linear(piece->paddr + i * PAGE) = value + i;
}

static bool stamped(const struct piece *piece, uint64_t value)
{
	for (size_t i = 0; i < piece->npages; i++)
		if (*(const uint64_t *)vm_linear(piece->paddr + i * PAGE) != value + i)
			return false;
	return true;
}

/* Random sizes, alignments and limits; each frame holds its owner's stamp, so that overlaps show. Parts are freed
 * alone. */
static bool random_frames(void)
{
	static struct piece live[LIVE];
	bool good = true;

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t slot = random_below(LIVE);
		struct piece *piece = &live[slot];
		size_t align = PAGE << random_below(6);
		uint64_t max = random_below(4) ? UINT64_MAX : 0x1ffffff;

		if (piece->npages == 0) {
			size_t n = 1 + random_below(random_below(8) ? 8 : 300);

			if (frames_alloc(n, max, align, &piece->paddr))
				continue;
			piece->npages = n;
			good &= piece->paddr % align == 0 && piece->paddr + n * PAGE - 1 <= max;
			stamp(piece, (uint64_t)slot << 32);
		} else if (piece->npages > 1 && random_below(2)) { /* the front half, and what is left is as it was */
			size_t half = piece->npages / 2;

			good &= stamped(piece, (uint64_t)slot << 32);
			frames_free(piece->paddr, half);
			piece->paddr += half * PAGE;
			piece->npages -= half;
			stamp(piece, (uint64_t)slot << 32);
		} else {
			good &= stamped(piece, (uint64_t)slot << 32);
			frames_free(piece->paddr, piece->npages);
			piece->npages = 0;
		}
	}
	for (unsigned i = 0; i < LIVE; i++) {
		if (live[i].npages) {
			good &= stamped(&live[i], (uint64_t)i << 32);
			frames_free(live[i].paddr, live[i].npages);
		}
	}
	return good;
}

/* Takes everything that is there, in ever smaller pieces, and gives it back. */
static bool exhaust(void)
{
	static struct piece chunk[BIG_CHUNKS];
	uint64_t before = frames_free_count();
	unsigned count = 0;
	uint64_t paddr;
	bool good;

	for (size_t n = (size_t)1 << 20; n > 0; n /= 2)
		while (count < BIG_CHUNKS && frames_alloc(n, UINT64_MAX, PAGE, &paddr) == 0)
			chunk[count++] = (struct piece){paddr, n};
	good = frames_free_count() == 0 && frames_alloc(1, UINT64_MAX, PAGE, &paddr) == DMA_ENOMEM;
	while (count-- > 0)
		frames_free(chunk[count].paddr, chunk[count].npages);
	return good && frames_free_count() == before;
}

void test_frames(void)
{
	uint64_t before = frames_in_use(), paddr = 0, limit, ram = 0;
	const struct boot_range *last = &boot_info.ram.range[boot_info.ram.count - 1];
	bool high = last->base + last->size > FOUR_GIB;
	struct dma_host_info host;
	size_t pages;

	for (unsigned i = 0; i < boot_info.ram.count; i++) {
		ram += boot_info.ram.range[i].size;
		print("# RAM 0x%lx + 0x%lx\n", (unsigned long)boot_info.ram.range[i].base,
		      (unsigned long)boot_info.ram.range[i].size);
	}
	print("# %lu MiB, %lu frames free\n", (unsigned long)(ram >> 20), (unsigned long)frames_free_count());
	check(frames_free_count() > ram / PAGE / 10 * 9, "frames: nine tenths of RAM and more are free");

	check(frames_alloc(5, UINT64_MAX, PAGE, &paddr) == 0 && frames_in_use() == before + 5, "frames: five, counted");
	check(dma_host_is_ram(dma_paddr(paddr), 5), "frames: they are RAM");
	frames_free(paddr + 2 * PAGE, 1);
	frames_free(paddr, 2);
	check(frames_in_use() == before + 2, "frames: parts go back alone");
	frames_free(paddr + 3 * PAGE, 2);
	check(frames_in_use() == before, "frames: all are back");

	check(frames_alloc(1, UINT64_MAX, PAGE, &paddr) == 0 && (paddr >= FOUR_GIB) == high,
	      "frames: 0x%lx, from above 4 GiB if there is any", (unsigned long)paddr);
	frames_free(paddr, 1);
	if (boot_info.ram.range[0].base < FOUR_GIB) {
		check(frames_alloc(3, FOUR_GIB - 1, PAGE, &paddr) == 0 && paddr + 3 * PAGE <= FOUR_GIB,
		      "frames: 0x%lx, for a 32-bit device", (unsigned long)paddr);
		frames_free(paddr, 3);
	}
	limit = boot_info.ram.range[0].base + 0x2000000;
	check(frames_alloc(1, limit - 1, PAGE, &paddr) == 0 && paddr + PAGE <= limit, "frames: from the lowest 32 MiB");
	frames_free(paddr, 1);
	check(frames_alloc(16, UINT64_MAX, (size_t)4 << 20, &paddr) == 0 && paddr % (4 << 20) == 0,
	      "frames: aligned to 4 MiB");
	frames_free(paddr, 16);
	check(frames_alloc((size_t)1 << 40, UINT64_MAX, PAGE, &paddr) == DMA_ENOMEM &&
		      frames_alloc(SIZE_MAX, UINT64_MAX, PAGE, &paddr) == DMA_ENOMEM,
	      "frames: absurd counts are out of memory");
	check(frames_alloc(1, PAGE - 2, PAGE, &paddr) == DMA_ENOMEM, "frames: none below the first page's end");
	check(random_frames(), "frames: %d random steps, no overlap, limits kept", ROUNDS);
	check(exhaust(), "frames: all of it taken and given back");
	check(frames_in_use() == before, "frames: none lost");
	check(!dma_host_is_ram(dma_paddr(last->base + last->size - PAGE), 2), "is_ram: not past the end of RAM");
	check(dma_host_info(&host) == 0, "host info");
	if (host.ram_last) {
		pages = (size_t)((host.ram_last - host.ram_first + 1) / PAGE);
		check(dma_host_is_ram(dma_paddr(host.ram_first), pages) && pages >= ram / PAGE / boot_info.ram.count,
		      "host info: RAM from 0x%lx to 0x%lx, no smaller than others", (unsigned long)host.ram_first,
		      (unsigned long)host.ram_last);
		check(!dma_host_is_ram(dma_paddr(host.ram_first), pages + 1) &&
			      !dma_host_is_ram(dma_paddr(host.ram_first - PAGE), 1),
		      "host info: and that is the whole bank");
	}
	check(!dma_host_is_ram(dma_paddr(UINT64_MAX & ~(uint64_t)(PAGE - 1)), SIZE_MAX), "is_ram: not what wraps");
}

/* ---- Page tables ------------------------------------------------------------------------------------------------- */

struct leaf {
	uint64_t paddr;
	unsigned attr;
	unsigned level;
};

static bool query(const void *va, struct leaf *leaf)
{
	return vm_query((uintptr_t)va, &leaf->paddr, &leaf->attr, &leaf->level);
}

static unsigned type_of(uint64_t paddr)
{
	struct leaf leaf = {0};

	return query(vm_linear(paddr), &leaf) ? leaf.attr & VM_TYPE : VM_TYPE;
}

static void test_linear_map(void)
{
	struct leaf leaf = {0};
	bool good = true;

	for (unsigned i = 0; i < boot_info.ram.count; i++) {
		const struct boot_range *ram = &boot_info.ram.range[i];
		uint64_t at[] = {ram->base, ram->base + ram->size / 2 / PAGE * PAGE, ram->base + ram->size - PAGE};

		for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++)
			good &= query(vm_linear(at[k]), &leaf) && leaf.paddr == at[k] &&
				(leaf.attr & VM_TYPE) == VM_CACHED;
	}
	check(good, "vm: all RAM is in the linear map, cached");
	check(query(image_start, &leaf) && leaf.attr == (VM_CACHED | VM_READ_ONLY | VM_EXECUTABLE),
	      "vm: code is executable, not writable");
	check(query(image_text_end, &leaf) && leaf.attr == (VM_CACHED | VM_READ_ONLY), "vm: constants are neither");
	check(query(&random_state, &leaf) && leaf.attr == VM_CACHED, "vm: data is writable, not executable");
	check(!query(image_stack_guard, &leaf), "vm: nothing below the stack");
	check(!query(NULL, &leaf), "vm: nothing at 0");
}

#define UNCACHED_PAGES 700 /* across a boundary of 2 MiB */

static void test_uncached(void)
{
	uint64_t paddr = 0;
	uintptr_t va = 0, second = 0;
	struct leaf leaf = {0}, before = {0};
	unsigned *linear;
	bool good = true;

	if (frames_alloc(UNCACHED_PAGES + 2, UINT64_MAX, (size_t)4 << 20, &paddr)) {
		check(false, "vm: frames for the uncached mapping");
		return;
	}
	linear = vm_linear(paddr);
	check(query(linear, &before) && (before.level > 0) == machine_vm_big(1),
	      "vm: the linear map is made of big pages, where they can be broken up");
	linear[0] = 0x11;
	linear[PAGE / 4] = 0x22;
	check(kva_map(paddr + PAGE, UNCACHED_PAGES, VM_UNCACHED, &va) == 0, "vm: an uncached mapping");
	check(query((void *)va, &leaf) && leaf.paddr == paddr + PAGE && leaf.attr == VM_UNCACHED, "vm: it is uncached");
	check(query(linear, &leaf) && leaf.level == 0 && (leaf.attr & VM_TYPE) == VM_CACHED && linear[0] == 0x11,
	      "vm: the big page was broken up; the page before it is cached as before");
	for (unsigned i = 1; i <= UNCACHED_PAGES; i++)
		good &= type_of(paddr + i * PAGE) == VM_UNCACHED;
	check(good, "vm: the linear alias is uncached, too");
	check(type_of(paddr + (UNCACHED_PAGES + 1) * PAGE) == VM_CACHED, "vm: the page behind it is cached");
	check(*(volatile unsigned *)va == 0x22, "vm: it shows the frame's bytes");
	*(volatile unsigned *)(va + PAGE) = 0x33;
	check(*(volatile unsigned *)&linear[PAGE / 2] == 0x33, "vm: stores through it are seen at the alias");
	check(kva_map(paddr + 3 * PAGE, 1, VM_UNCACHED, &second) == DMA_ENOTSUP,
	      "vm: frames are not mapped uncached twice");

	kva_unmap(va + 5 * PAGE, 10);
	kva_flush(va + 5 * PAGE, 10);
	check(type_of(paddr + 6 * PAGE) == VM_CACHED && type_of(paddr + 15 * PAGE) == VM_CACHED,
	      "vm: a part unmapped is cached again");
	check(type_of(paddr + 5 * PAGE) == VM_UNCACHED && type_of(paddr + 16 * PAGE) == VM_UNCACHED,
	      "vm: the rest stays uncached");
	kva_unmap(va, 5);
	kva_unmap(va + 15 * PAGE, UNCACHED_PAGES - 15);
	kva_flush(va, UNCACHED_PAGES);
	good = true;
	for (unsigned i = 0; i < UNCACHED_PAGES + 2; i++)
		good &= type_of(paddr + i * PAGE) == VM_CACHED;
	check(good && linear[PAGE / 2] == 0x33, "vm: all cached again, contents kept");
	frames_free(paddr, UNCACHED_PAGES + 2);
}

static void test_kva(void)
{
	size_t before = kva_in_use();
	uint64_t paddr = 0;
	uintptr_t first = 0, second = 0, third = 0;
	volatile void *regs = NULL;
	struct leaf leaf = {0};

	if (frames_alloc(4, UINT64_MAX, PAGE, &paddr)) {
		check(false, "kva: frames");
		return;
	}
	check(kva_map(paddr, 4, VM_CACHED | VM_SHARED, &first) == 0 && query((void *)first, &leaf) &&
		      leaf.attr == VM_SHARED && type_of(paddr) == VM_CACHED,
	      "kva: a shared mapping leaves the linear alias alone");
	for (unsigned i = 0; i < 4; i++)
		*(uint64_t *)vm_linear(paddr + i * PAGE) = i;
	check(*(volatile uint64_t *)(first + 2 * PAGE) == 2, "kva: it shows the frames");
	kva_unmap(first, 4);
	check(!query((void *)first, &leaf), "kva: unmapped");
	check(kva_in_use() == before + 4, "kva: its addresses are retired");
	check(kva_map(paddr, 4, VM_CACHED, &second) == 0 && second != first,
	      "kva: not used again before the shoot-down");
	kva_flush(first, 4);
	check(kva_map(paddr + PAGE, 3, VM_CACHED, &third) == 0 && third == first, "kva: used again after it");
	check(*(volatile uint64_t *)(third + 2 * PAGE) == 3, "kva: no translation of before is left");
	kva_flush(third, 3);
	check(query((void *)third, &leaf) && kva_in_use() == before + 4 + 3,
	      "kva: a flush of what is mapped frees nothing");
	kva_unmap(second, 4);
	kva_unmap(third, 3);
	kva_flush(second, 4);
	kva_flush(third, 4);
	check(kva_in_use() == before, "kva: none lost");
	check(kva_map(paddr, (size_t)1 << 40, VM_CACHED, &third) == DMA_ENOMEM, "kva: absurd sizes are out of memory");
	check(kva_map(MACHINE_LINEAR_SIZE / 2, 1, VM_UNCACHED, &third) == DMA_ENOTSUP,
	      "kva: no uncached memory that is no RAM");
	check(vm_mmio_map(paddr, 4, &regs) == DMA_EINVAL, "mmio: RAM is no register");
	check(vm_mmio_map(UINT64_MAX - 3, 8, &regs) == DMA_EINVAL && vm_mmio_map(PAGE, 0, &regs) == DMA_EINVAL,
	      "mmio: neither what wraps nor nothing");
	frames_free(paddr, 4);
	/* the first may have to go where tables of small pages have stayed */
	check(vm_mmio_map_for_ever(MACHINE_LINEAR_SIZE / 2, (size_t)4 << 20, &regs) == 0 &&
		      query((const void *)(uintptr_t)regs, &leaf) && leaf.paddr == MACHINE_LINEAR_SIZE / 2,
	      "mmio: a range for ever");
	check(vm_mmio_map_for_ever(MACHINE_LINEAR_SIZE / 2, (size_t)4 << 20, &regs) == 0 &&
		      query((const void *)(uintptr_t)regs, &leaf) && (leaf.level > 0) == machine_vm_big(1) &&
		      leaf.attr == VM_DEVICE,
	      "mmio: by big pages");
	regs = (volatile char *)regs + 5 * PAGE;
	check(vm_break((uintptr_t)regs, 1) == 0 && query((const void *)(uintptr_t)regs, &leaf) && leaf.level == 0 &&
		      leaf.attr == VM_DEVICE && leaf.paddr == MACHINE_LINEAR_SIZE / 2 + 5 * PAGE,
	      "vm: broken up, it maps the same with the same attributes");
}

void test_vm(void)
{
	test_linear_map();
	test_uncached();
	test_kva();
}
