/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What arch.h calls: the CPU's accesses, line by line, its barriers and its line operations.
 */
#include "../machine/sim_machine.h"
#include "window.h"

static struct cpu *this_cpu(void)
{
	return &sim.cpus[sim_thread.cpu];
}

static unsigned to_line_end(const void *at)
{
	unsigned size = 1u << sim.line_shift;

	return size - (unsigned)((uintptr_t)at & (size - 1));
}

/* Why memory is accessed: ownership is judged, but for the copies with which the library syncs streams that bounce. */
enum why { ACCESS, COPY, SYNC };

/* Where the access goes; false: nowhere, and reported. */
static bool reach(const void *va, struct place *place)
{
	const struct page *page;

	if (!sim.on) {
		sim_fail(SIM_BAD_ADDRESS, SIM_NOWHERE, "access to %p: the machine is off", va);
		return false;
	}
	if (!kernel_resolve(va, place))
		return false;
	page = &sim.pages[place->offset >> DMA_PAGE_SHIFT];
	page_use(place->offset >> DMA_PAGE_SHIFT);
	if (!(page->flags & PAGE_ALLOCATED))
		sim_fail_at(SIM_USE_AFTER_FREE, place->offset, "the CPU touched a free frame");
	else if (page->flags & PAGE_KEPT)
		sim_fail_at(SIM_USE_AFTER_FREE, place->offset,
			    "the CPU touched memory that was released and that the library keeps: a copied handle, a "
			    "reader or a pointer outlived the release; keep one handle, and zero the old one when it "
			    "moves");
	if (place->shared != !!(page->flags & PAGE_SHARED))
		sim_fail_at(SIM_SHARED_BIT, place->offset, "a %s page accessed through a %s mapping",
			    page->flags & PAGE_SHARED ? "shared" : "private", place->shared ? "shared" : "private");
	if (!place->uncached && page->uncached)
		sim_fail_at(SIM_ALIAS, place->offset, "a cached access to a frame that is mapped uncached");
	adversary_touch(place->offset >> sim.line_shift);
	adversary_step();
	store_drain_others(this_cpu(), place->offset >> sim.line_shift);
	operation_settle(place->offset >> sim.line_shift);
	return true;
}

static void load(const void *va, uint8_t *data, uint8_t *label, unsigned n, enum why why)
{
	struct place place;

	if (!reach(va, &place)) {
		memset(data, 0xee, n);
		memset(label, SIM_PUBLIC, n);
		return;
	}
	adversary_before_load(place.offset, n);
	event(place.uncached ? "load, uncached" : "load", place.offset, n);
	if (sim_observer)
		sim_observer->cpu_load(place.offset, n);
	if (why != SYNC)
		ownership_cpu_load(place.offset, n, why == COPY);
	oracle_cpu_load(place.offset, n, place.uncached);
	cache_load(place.offset, data, label, n, place.uncached);
	if (sim.mode == PLAIN)
		return;
	early_load(this_cpu(), place.offset, data, label, n);
	store_forward(this_cpu(), place.offset, data, label, n);
}

static void store(void *va, const uint8_t *data, const uint8_t *label, unsigned n, enum why why)
{
	struct place place;

	if (!reach(va, &place))
		return;
	event(place.uncached ? "store, uncached" : "store", place.offset, n);
	if (sim_observer)
		sim_observer->cpu_store(place.offset, n);
	if (why != SYNC)
		ownership_cpu_store(place.offset, n);
	oracle_cpu_store(place.offset, n, place.uncached);
	early_seen(place.offset, n);
	store_add(this_cpu(), place.offset, data, label, n, place.uncached);
	if (sim.pages[place.offset >> DMA_PAGE_SHIFT].flags & PAGE_WINDOW)
		window_stored(place.offset, data, n);
}

void access_store(void *va, const uint8_t *data, const uint8_t *label, unsigned n)
{
	store(va, data, label, n, ACCESS);
}

void access_load(const void *va, uint8_t *data, uint8_t *label, unsigned n)
{
	load(va, data, label, n, ACCESS);
}

static bool within(const void *to, const void *from, uint64_t *to_offset, uint64_t *from_offset)
{
	struct place to_place, from_place;

	if (!sim.on || !kernel_resolve(to, &to_place) || !kernel_resolve(from, &from_place))
		return false;
	*to_offset = to_place.offset;
	*from_offset = from_place.offset;
	return true;
}

void sim_copy(void *dst, const void *src, size_t n)
{
	bool to = sim_is_kernel(dst), from = sim_is_kernel(src);
	uint64_t to_offset, from_offset;
	uint8_t data[LINE_MAX], label[LINE_MAX];
	unsigned char *d = dst;
	const unsigned char *s = src;

	machine_lock();
	while (n) {
		unsigned part = n < LINE_MAX ? (unsigned)n : LINE_MAX;
		enum why why = ACCESS;

		if (to && to_line_end(d) < part)
			part = to_line_end(d);
		if (from && to_line_end(s) < part)
			part = to_line_end(s);
		if (to && from && within(d, s, &to_offset, &from_offset))
			why = ownership_sync(to_offset, from_offset, part) ? SYNC : COPY;
		if (from) {
			load(s, data, label, part, why);
		} else {
			memcpy(data, s, part);
			memset(label, (int)sim_thread.label, part);
		}
		if (to)
			store(d, data, label, part, why);
		else
			memcpy(d, data, part);
		if (why == COPY)
			ownership_copied(to_offset, from_offset, part);
		d += part;
		s += part;
		n -= part;
	}
	machine_unlock();
}

void sim_fill(void *dst, unsigned char value, size_t n)
{
	uint8_t data[LINE_MAX], label[LINE_MAX];
	unsigned char *d = dst;

	memset(data, value, sizeof(data));
	memset(label, SIM_PUBLIC, sizeof(label));
	machine_lock();
	while (n) {
		unsigned part = n < to_line_end(d) ? (unsigned)n : to_line_end(d);

		store(d, data, label, part, ACCESS);
		d += part;
		n -= part;
	}
	machine_unlock();
}

static void check_once(const void *at, size_t nbytes)
{
	if ((nbytes != 1 && nbytes != 2 && nbytes != 4 && nbytes != 8) || (uintptr_t)at & (nbytes - 1))
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "one access of %zu bytes at %p", nbytes, at);
}

uint64_t sim_read_once(const void *src, size_t nbytes)
{
	uint8_t label[8];
	union {
		uint8_t bytes[8];
		uint64_t u64;
		uint32_t u32;
		uint16_t u16;
	} value = {{0}};

	check_once(src, nbytes);
	if (sim_is_kernel(src)) {
		machine_lock();
		load(src, value.bytes, label, (unsigned)nbytes, ACCESS);
		machine_unlock();
	} else {
		memcpy(value.bytes, src, nbytes);
	}
	return nbytes == 8 ? value.u64 : nbytes == 4 ? value.u32 : nbytes == 2 ? value.u16 : value.bytes[0];
}

static void bytes_of(uint64_t value, uint8_t *bytes, uint8_t *label)
{
	for (size_t i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i)); /* little-endian hosts only: build.mk's */
	memset(label, (int)sim_thread.label, 8);
}

void sim_write_once(void *dst, uint64_t value, size_t nbytes)
{
	uint8_t bytes[8], label[8];

	check_once(dst, nbytes);
	bytes_of(value, bytes, label);
	if (sim_is_kernel(dst)) {
		machine_lock();
		store(dst, bytes, label, (unsigned)nbytes, ACCESS);
		machine_unlock();
	} else {
		memcpy(dst, bytes, nbytes);
	}
}

/* Passes older stores, published ones, too; is in memory when maintenance ends, or earlier. */
void sim_write_past(uint64_t *at, uint64_t value)
{
	uint8_t bytes[8], label[8];
	struct place place;

	check_once(at, 8);
	bytes_of(value, bytes, label);
	machine_lock();
	if (!sim.config.write_past)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "a store past the caches on a CPU that has none");
	if (reach(at, &place)) {
		uint64_t line = place.offset >> sim.line_shift;

		event("store past the caches", place.offset, 8);
		oracle_cpu_store(place.offset, 8, place.uncached);
		early_seen(place.offset, 8);
		store_drain_line(this_cpu(), line);
		cache_store(place.offset, bytes, label, 8, place.uncached);
		operation_add(this_cpu(), line, SIM_LINE_CLEAN);
	}
	machine_unlock();
}

bool sim_write_pair(uint64_t *at, uint64_t low, uint64_t high)
{
	uint8_t bytes[16], label[16];

	if (sim.config.no_pairs)
		return false;
	if ((uintptr_t)at & 15)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "two words at once at %p", (void *)at);
	bytes_of(low, bytes, label);
	bytes_of(high, bytes + 8, label + 8);
	machine_lock();
	store(at, bytes, label, sizeof(bytes), ACCESS);
	machine_unlock();
	return true;
}

static void consumed(void)
{
	this_cpu()->consumed = sim.time;
	sim.consumed = true;
	if (sim_observer)
		sim_observer->consumed();
}

void sim_publish(void)
{
	machine_lock();
	event("publish", SIM_NOWHERE, 0);
	store_publish(this_cpu());
	adversary_step();
	machine_unlock();
}

void sim_consume(void)
{
	machine_lock();
	event("consume", SIM_NOWHERE, 0);
	consumed();
	adversary_step();
	machine_unlock();
}

void sim_barrier(void)
{
	machine_lock();
	event("barrier", SIM_NOWHERE, 0);
	adversary_step();
	adversary_drain(this_cpu());
	mmio_drain();
	consumed();
	machine_unlock();
}

/* Where private and shared lines of a frame have different tags, an operation through one mapping passes by what was
 * written through the other. */
static bool reaches_line(const struct place *place)
{
	const struct line *line = line_at(place->offset >> sim.line_shift);

	return !sim.config.conversion_keeps_lines || place->shared == !!(line->flags & LINE_SHARED) ||
	       !(line->state == LINE_DIRTY || line->cpu[0] | line->cpu[1]);
}

void sim_line_operation(const void *at, enum sim_line_op operation)
{
	static const char *const what[] = {"clean line", "invalidate line", "flush line"};
	struct place place;

	machine_lock();
	if (!sim.config.can_sync)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "a line operation on a CPU that has none");
	if ((uintptr_t)at & ((sim.config.line_step ? sim.config.line_step : sim.config.line) - 1))
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "a line operation at %p, inside a line", at);
	if (kernel_resolve(at, &place)) {
		/* Maintenance is an access: of the private alias of a shared page it is a fault on TDX. */
		if (place.shared != !!(sim.pages[place.offset >> DMA_PAGE_SHIFT].flags & PAGE_SHARED))
			sim_fail_at(SIM_SHARED_BIT, place.offset, "%s through a %s mapping of a page that is not",
				    what[operation], place.shared ? "shared" : "private");
		event(what[operation], place.offset, sim.config.line);
		adversary_touch(place.offset >> sim.line_shift);
		adversary_step();
		store_drain_others(this_cpu(), place.offset >> sim.line_shift);
		store_settle(place.offset >> sim.line_shift);
		if (reaches_line(&place))
			operation_add(this_cpu(), place.offset >> sim.line_shift, operation);
	}
	machine_unlock();
}

void sim_maintenance_begin(void)
{
	machine_lock();
	event("maintenance begins", SIM_NOWHERE, 0);
	adversary_step();
	store_drain_all(this_cpu());
	consumed();
	machine_unlock();
}

void sim_maintenance_end(void)
{
	machine_lock();
	event("maintenance complete", SIM_NOWHERE, 0);
	adversary_step();
	operation_finish(this_cpu());
	machine_unlock();
}

bool sim_can_write_past(void)
{
	return sim.config.write_past;
}

bool sim_can_sync(void)
{
	return sim.config.can_sync;
}

bool sim_cache_lines(size_t *step, size_t *align)
{
	*step = sim.config.line_step ? sim.config.line_step : sim.config.line;
	*align = sim.config.line_align ? sim.config.line_align : sim.config.line;
	return true;
}
