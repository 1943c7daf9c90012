/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The true places of pages, what devices did to them, and the counts. Runs on the other side of the split alone.
 */
#include "cvm_mock.h"
#include "../../sim/cvm/cvm_world.h"
#include "../kernel/print.h"
#include "../memory/linear.h"
#include <dmastream/errors.h>

#define PATTERN	   UINT64_C(0xdeadc0dedeadc0de) /* where devices have no business */
#define GARBAGE	   UINT64_C(0x5a5aa5a55a5aa5a5) /* what a conversion leaves */
#define OWN_RANGES 40

struct mock_plan mock_plan;

static uint8_t before[CVM_WORLD_PAGES];	    /* enum cvm_page, as last seen */
static uint64_t kept[CVM_WORLD_PAGES / 64]; /* this side's own: left alone at p */
static uint64_t lent[CVM_WORLD_PAGES / 64];
static struct boot_range own[OWN_RANGES];
static unsigned nown, touched, wrong;

static unsigned page_of(uint64_t paddr)
{
	return (unsigned)((paddr - mock_plan.base) >> DMA_PAGE_SHIFT);
}

static bool bit(const uint64_t *bits, unsigned page)
{
	return bits[page / 64] >> page % 64 & 1;
}

static void set_bit(uint64_t *bits, unsigned page, bool value)
{
	uint64_t mask = UINT64_C(1) << page % 64;

	bits[page / 64] = value ? bits[page / 64] | mask : bits[page / 64] & ~mask;
}

/* ---- Places ---- */

static void fill(uint64_t paddr, uint64_t value)
{
	uint64_t *words = vm_linear(paddr);

	for (unsigned i = 0; i < DMA_PAGE_SIZE / 8; i++)
		words[i] = value;
}

static void move(uint64_t from, uint64_t to)
{
	__builtin_memcpy(vm_linear(to), vm_linear(from), DMA_PAGE_SIZE);
}

static uint64_t private_place(uint64_t paddr)
{
	return bit(lent, page_of(paddr)) ? paddr : paddr + mock_plan.private_offset;
}

static void check_pattern(uint64_t place, uint64_t paddr)
{
	const uint64_t *words = vm_linear(place);

	for (unsigned i = 0; i < DMA_PAGE_SIZE / 8; i++) {
		if (words[i] == PATTERN)
			continue;
		if (touched++ == 0)
			print("cvm: a device wrote to the private page at 0x%llx: 0x%llx at 0x%x\n",
			      (unsigned long long)paddr, (unsigned long long)words[i], i * 8);
		fill(place, PATTERN);
		return;
	}
}

/* Of a page that is not shared: has a device been there? */
static void check_places(uint64_t paddr)
{
	unsigned page = page_of(paddr);

	bool at_p = mock_plan.shared_offset || before[page] != CVM_SHARED;

	if (at_p && !bit(kept, page) && !bit(lent, page))
		check_pattern(paddr, paddr);
	if (mock_plan.shared_offset && before[page] != CVM_SHARED)
		check_pattern(paddr + mock_plan.shared_offset, paddr);
}

static void changed(uint64_t paddr, unsigned npages)
{
	for (unsigned i = 0; i < npages; i++, paddr += DMA_PAGE_SIZE) {
		unsigned page = page_of(paddr);
		uint8_t now = cvm_world.page[page], was = before[page];

		if (now == was)
			continue;
		if (was != CVM_SHARED)
			check_places(paddr);
		before[page] = now;
		if (now == CVM_SHARED) {
			fill(paddr + mock_plan.private_offset, GARBAGE);
			fill(paddr + mock_plan.shared_offset, ~GARBAGE);
		} else if (was == CVM_SHARED) {
			fill(paddr + mock_plan.shared_offset, PATTERN);
		}
		if (now == CVM_PRIVATE && mock_plan.accept_zeroes)
			fill(paddr + mock_plan.private_offset, 0);
	}
	machine_mock_changed(paddr - ((uint64_t)npages << DMA_PAGE_SHIFT), npages);
}

/* ---- The split ---- */

void mock_begin(void)
{
	unsigned npages = page_of(mock_plan.end);

	if (npages > CVM_WORLD_PAGES)
		panic("cvm: %u pages are too many", npages);
	cvm_world_start(mock_plan.base, npages);
	for (unsigned i = 0; i < npages / 512 * 512; i++)
		cvm_world.large[i] = 1;
	cvm_world.changed = changed;
	cvm_world.mmio = machine_mock_access;
}

void mock_split(void)
{
	for (uint64_t paddr = mock_plan.base; paddr < mock_plan.end; paddr += DMA_PAGE_SIZE) {
		bool used = boot_overlaps(&boot_info.taken, paddr, DMA_PAGE_SIZE) ||
			    !boot_overlaps(&boot_info.ram, paddr, DMA_PAGE_SIZE);

		if (used)
			move(paddr, paddr + mock_plan.private_offset);
		else
			fill(paddr, PATTERN);
		set_bit(kept, page_of(paddr), used);
		if (mock_plan.shared_offset)
			fill(paddr + mock_plan.shared_offset, PATTERN);
	}
}

/* ---- What the guest reaches ---- */

static bool is_own(uint64_t paddr)
{
	for (unsigned i = 0; i < nown; i++)
		if (paddr - own[i].base < own[i].size)
			return true;
	return boot_overlaps(&boot_info.firmware, paddr, 1);
}

void mock_end(const char *what, uint64_t value)
{
	print("cvm: %s: %s (0x%llx)\n", mock_plan.name, what, (unsigned long long)value);
	machine_exit(BARE_STATUS_EXCEPTION);
}

static bool is_memory(uint64_t page)
{
	return page >= mock_plan.base && page < mock_plan.end && boot_overlaps(&boot_info.ram, page, 1);
}

static bool is_by_private(uint64_t gpa)
{
	return ((gpa & mock_plan.alias) != 0) == mock_plan.alias_is_private;
}

static uint64_t page_at(uint64_t gpa)
{
	return gpa & ~mock_plan.alias & ~(uint64_t)(DMA_PAGE_SIZE - 1);
}

uint64_t mock_place(uint64_t gpa)
{
	uint64_t page = page_at(gpa);
	bool by_private = is_by_private(gpa);

	if (!is_memory(page) || cvm_world.page[page_of(page)] != (by_private ? CVM_PRIVATE : CVM_SHARED))
		return 0;
	return by_private ? private_place(page) : page + mock_plan.shared_offset;
}

bool mock_resolve(uint64_t gpa, uint64_t *paddr)
{
	static const char *const states[] = {"private", "not accepted", "shared", "not validated"};
	uint64_t page = page_at(gpa);

	*paddr = mock_place(gpa);
	if (*paddr)
		return true;
	if (!is_memory(page)) {
		*paddr = page;
		if (is_own(page))
			return true;
		print("cvm: %s: registers at 0x%llx are touched without an exit\n", mock_plan.name,
		      (unsigned long long)gpa);
	} else {
		print("cvm: %s: a page that is %s is touched by its %s alias: 0x%llx\n", mock_plan.name,
		      states[cvm_world.page[page_of(page)]], is_by_private(gpa) ? "private" : "shared",
		      (unsigned long long)gpa);
	}
	wrong++;
	return false;
}

/* ---- Calls ---- */

static void lend(uint64_t paddr, uint64_t npages, bool to_units)
{
	for (uint64_t i = 0; i < npages; i++, paddr += DMA_PAGE_SIZE) {
		unsigned page = page_of(paddr);

		if (paddr < mock_plan.base || paddr >= mock_plan.end || cvm_world.page[page] != CVM_PRIVATE ||
		    bit(kept, page) || bit(lent, page) == to_units)
			mock_end("a page that cannot be lent, or was not", paddr);
		if (to_units) {
			check_places(paddr);
			move(paddr + mock_plan.private_offset, paddr);
		} else {
			move(paddr, paddr + mock_plan.private_offset);
			fill(paddr, PATTERN);
		}
		set_bit(lent, page, to_units);
		machine_mock_changed(paddr, 1);
	}
}

static unsigned broken(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CVM_MAX_RULES; i++)
		n += cvm_world.broken[i];
	return n;
}

static uint64_t report(uint64_t status)
{
	unsigned shared = 0;

	for (uint64_t paddr = mock_plan.base; paddr < mock_plan.end; paddr += DMA_PAGE_SIZE) {
		check_places(paddr);
		shared += cvm_world.page[page_of(paddr)] == CVM_SHARED;
	}
	print("cvm: %s: %u pages converted by %u exits, %u register accesses, %u rules broken, %u private pages "
	      "touched by a "
	      "device, %u pages shared at the end\n",
	      mock_plan.name, cvm_world.converted, cvm_world.exits, cvm_world.accesses, broken(), touched, shared);
	return status == 0 && (broken() || touched || wrong) ? 99 : status;
}

uint64_t mock_call(enum mock_call call, uint64_t a, uint64_t b)
{
	switch (call) {
	case MOCK_REPORT:
		return report(a);
	case MOCK_LEND:
	case MOCK_TAKE_BACK:
		lend(a, b, call == MOCK_LEND);
		return 0;
	case MOCK_OWN:
		if (nown == OWN_RANGES)
			mock_end("too many ranges of the kernel's own", a);
		own[nown++] = (struct boot_range){a, b};
		return 0;
	case MOCK_MOOD:
		cvm_world.mood = (enum cvm_mood)(a & 0xff);
		cvm_world.from = (unsigned)(a >> 8 & 0xffffff) + cvm_world.exits;
		cvm_world.times = (unsigned)(a >> 32);
		cvm_world.pages = (unsigned)b;
		cvm_world.module_fails_at = b >> 32 ? cvm_world.module_calls + (unsigned)(b >> 32) : 0;
		return 0;
	case MOCK_STATE:
		return a < mock_plan.base || a >= mock_plan.end ? CVM_PRIVATE : cvm_world.page[page_of(a)];
	case MOCK_RESET:
		for (uint64_t i = 0; i < b; i++)
			cvm_world.page[page_of(a) + i] = CVM_PRIVATE;
		changed(a, (unsigned)b);
		return 0;
	case MOCK_FORGIVE:
		cvm_world.broken[mock_plan.liars_rule] = 0;
		return 0;
	}
	mock_end("a call that does not exist", call);
}
