/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The true state of pages, and a hypervisor of many moods.
 */
#include "cvm_world.h"

struct cvm_world cvm_world;

void cvm_world_start(uint64_t base, unsigned npages)
{
	cvm_world = (struct cvm_world){.base = base, .npages = npages};
}

uint8_t *cvm_page_at(uint64_t paddr)
{
	uint64_t i = (paddr - cvm_world.base) / 4096;

	return paddr >= cvm_world.base && i < cvm_world.npages ? &cvm_world.page[i] : NULL;
}

void cvm_breach(unsigned rule, uint64_t value)
{
	cvm_world.broken[rule]++;
	cvm_world.last_value = value;
}

struct cvm_said cvm_hypervisor(unsigned n)
{
	struct cvm_said said = {CVM_OBEYS, n};
	unsigned number = cvm_world.exits++;

	if (number < cvm_world.from && cvm_world.slow && n > 1)
		return (struct cvm_said){CVM_PARTS, 1};
	if (number < cvm_world.from || number - cvm_world.from >= cvm_world.times)
		return said;
	said.mood = cvm_world.mood;
	if (said.mood == CVM_PARTS || said.mood == CVM_FAILS_INSIDE || said.mood == CVM_FAILS_THERE)
		said.pieces = cvm_world.pages < n ? cvm_world.pages : n;
	else if (said.mood != CVM_OBEYS)
		said.pieces = 0;
	return said;
}

void cvm_fall_apart(uint64_t paddr)
{
	uint64_t begin = paddr & ~UINT64_C(0x1fffff);

	for (unsigned i = 0; i < 512; i++) {
		const uint8_t *page = cvm_page_at(begin + (uint64_t)i * 4096);

		if (page)
			cvm_world.large[page - cvm_world.page] = 0;
	}
}

void cvm_turn(uint64_t paddr, unsigned npages, bool share, enum cvm_page back)
{
	uint64_t end = paddr + (uint64_t)npages * 4096;

	if (npages == 0)
		return;
	if (paddr % 0x200000)
		cvm_fall_apart(paddr);
	if (end % 0x200000)
		cvm_fall_apart(end);
	for (uint64_t at = paddr; at < end; at += 4096) {
		uint8_t *page = cvm_page_at(at);

		if (!page || (share ? *page == CVM_SHARED : *page != CVM_SHARED))
			continue;
		*page = (uint8_t)(share ? CVM_SHARED : back);
		cvm_world.converted++;
	}
	cvm_tell(paddr, npages);
}

void cvm_tell(uint64_t paddr, unsigned npages)
{
	if (cvm_world.changed)
		cvm_world.changed(paddr, npages);
}

bool cvm_access(uint64_t paddr, unsigned nbytes, bool write, uint64_t *value)
{
	cvm_world.accesses++;
	return cvm_world.mmio && cvm_world.mmio(paddr, nbytes, write, value);
}

bool cvm_module_fails(void)
{
	return ++cvm_world.module_calls == cvm_world.module_fails_at;
}
