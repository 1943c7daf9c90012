/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What Linux drivers use around the DMA API: memory, registers, barriers.
 */
#include "runtime.h"
#include <stdlib.h>

/* NOLINTBEGIN(bugprone-reserved-identifier) */
#define HERE __builtin_return_address(0)

static void *zeroed(void *at, size_t n, const void *pc)
{
	if (at) {
		page_store(at, n, pc);
		memset(at, 0, n);
		door();
	}
	return at;
}

static void *take(size_t n, size_t align, unsigned flags, const void *pc)
{
	void *at = heap_take(HEAP, n ? n : 1, align);

	return flags & 32 ? zeroed(at, n, pc) : at;
}

void *kmalloc(size_t n, unsigned flags);
void *kmalloc(size_t n, unsigned flags)
{
	return take(n, 128, flags, HERE);
}

void *kzalloc(size_t n, unsigned flags);
void *kzalloc(size_t n, unsigned flags)
{
	return take(n, 128, flags | 32, HERE);
}

void *kcalloc(size_t n, size_t each, unsigned flags);
void *kcalloc(size_t n, size_t each, unsigned flags)
{
	return each && n > SIZE_MAX / each ? NULL : take(n * each, 128, flags | 32, HERE);
}

void *kmalloc_array(size_t n, size_t each, unsigned flags);
void *kmalloc_array(size_t n, size_t each, unsigned flags)
{
	return each && n > SIZE_MAX / each ? NULL : take(n * each, 128, flags, HERE);
}

void *kmemdup(const void *from, size_t n, unsigned flags);
void *kmemdup(const void *from, size_t n, unsigned flags)
{
	void *at = take(n, 128, flags, HERE);

	if (!at)
		return NULL;
	page_load(from, n, HERE);
	page_store(at, n, HERE);
	memcpy(at, from, n);
	door();
	return at;
}

void kfree(const void *block);
void kfree(const void *block)
{
	call_free("kfree()", (void *)(uintptr_t)block);
}

void *devm_kmalloc(void *dev, size_t n, unsigned flags);
void *devm_kmalloc(void *dev, size_t n, unsigned flags)
{
	(void)dev;
	return take(n, 128, flags, HERE);
}

void *devm_kzalloc(void *dev, size_t n, unsigned flags);
void *devm_kzalloc(void *dev, size_t n, unsigned flags)
{
	(void)dev;
	return take(n, 128, flags | 32, HERE);
}

void *devm_kcalloc(void *dev, size_t n, size_t each, unsigned flags);
void *devm_kcalloc(void *dev, size_t n, size_t each, unsigned flags)
{
	(void)dev;
	return each && n > SIZE_MAX / each ? NULL : take(n * each, 128, flags | 32, HERE);
}

/* Host memory that no device reaches. */
void *vmalloc(size_t n);
void *vmalloc(size_t n)
{
	return aligned_alloc(4096, (n + 4095) & ~(size_t)4095);
}

void *vzalloc(size_t n);
void *vzalloc(size_t n)
{
	void *at = vmalloc(n);

	return at ? memset(at, 0, n) : NULL;
}

void vfree(void *block);
void vfree(void *block)
{
	free(block);
}

unsigned long __get_free_pages(unsigned flags, unsigned order);
unsigned long __get_free_pages(unsigned flags, unsigned order)
{
	return (unsigned long)take((size_t)4096 << order, 4096, flags, HERE);
}

unsigned long get_zeroed_page(unsigned flags);
unsigned long get_zeroed_page(unsigned flags)
{
	return (unsigned long)take(4096, 4096, flags | 32, HERE);
}

void free_pages(unsigned long at, unsigned order);
void free_pages(unsigned long at, unsigned order)
{
	(void)order;
	call_free("free_pages()", (void *)at);
}

void *alloc_pages(unsigned flags, unsigned order);
void *alloc_pages(unsigned flags, unsigned order)
{
	return take((size_t)4096 << order, 4096, flags, HERE);
}

void __free_pages(void *page, unsigned order);
void __free_pages(void *page, unsigned order)
{
	(void)order;
	call_free("__free_pages()", page);
}

void *virt_to_page(const void *at);
void *virt_to_page(const void *at)
{
	return (void *)((uintptr_t)at & ~(uintptr_t)4095);
}

void *page_address(const void *page);
void *page_address(const void *page)
{
	return (void *)(uintptr_t)page;
}

bool virt_addr_valid(const void *at);
bool virt_addr_valid(const void *at)
{
	return page_kind(at) != REGIONS;
}

bool is_vmalloc_addr(const void *at);
bool is_vmalloc_addr(const void *at)
{
	return page_kind(at) == REGIONS;
}

bool object_is_on_stack(const void *at);
bool object_is_on_stack(const void *at)
{
	return page_is_stack(at);
}

uint64_t virt_to_phys(const volatile void *at);
uint64_t virt_to_phys(const volatile void *at)
{
	return page_paddr((const void *)(uintptr_t)at);
}

/* ---- Registers and barriers: Linux's writel() orders earlier stores before it, readl() itself b ---- */

static uint64_t read_register(const volatile void *at, unsigned n, bool ordered)
{
	volatile void *reg;
	uint64_t value = 0;

	door();
	if (!register_at(at, &reg)) {
		struct finding *f = finding_new(MACHINE_RULE, NULL, 0);

		finding_say(f, "a register is read where the harness has none");
		finding_send(f);
		return UINT64_MAX;
	}
	value = sim_register_read(reg, n);
	if (ordered)
		sim_consume();
	return value;
}

static void write_register(volatile void *at, uint64_t value, unsigned n, bool ordered)
{
	volatile void *reg;

	door();
	if (!register_at(at, &reg)) {
		struct finding *f = finding_new(MACHINE_RULE, NULL, 0);

		finding_say(f, "a register is written where the harness has none");
		finding_send(f);
		return;
	}
	if (ordered)
		sim_publish();
	sim_register_write(reg, value, n);
}

#define ACCESSORS(name, type)                                                                                          \
	type read##name(const volatile void *at);                                                                      \
	type read##name(const volatile void *at)                                                                       \
	{                                                                                                              \
		return (type)read_register(at, sizeof(type), true);                                                    \
	}                                                                                                              \
	void write##name(type value, volatile void *at);                                                               \
	void write##name(type value, volatile void *at)                                                                \
	{                                                                                                              \
		write_register(at, value, sizeof(type), true);                                                         \
	}
ACCESSORS(b, uint8_t)
ACCESSORS(w, uint16_t)
ACCESSORS(l, uint32_t)
ACCESSORS(q, uint64_t)

uint32_t readl_relaxed(const volatile void *at);
uint32_t readl_relaxed(const volatile void *at)
{
	return (uint32_t)read_register(at, 4, false);
}

void writel_relaxed(uint32_t value, volatile void *at);
void writel_relaxed(uint32_t value, volatile void *at)
{
	write_register(at, value, 4, false);
}

void dmacheck_linux_mb(void);
void dmacheck_linux_mb(void)
{
	door();
	sim_barrier();
}

void dmacheck_linux_rmb(void);
void dmacheck_linux_rmb(void)
{
	door();
	sim_consume();
}

void dmacheck_linux_wmb(void);
void dmacheck_linux_wmb(void)
{
	door();
	sim_publish();
}
/* NOLINTEND(bugprone-reserved-identifier) */
