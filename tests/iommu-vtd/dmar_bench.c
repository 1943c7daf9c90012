/* SPDX-License-Identifier: MPL-2.0 */
#include "dmar_bench.h"
#include <dmastream/errors.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A bus with bridges: (0, 1c.0) leads to bus 2 with 2 to 4 below it, (2, 0.0) to bus 3. (0, 1d.0) leads to itself. */
static uint32_t read32(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	static const struct {
		uint8_t bus, devfn;
		uint32_t buses;
	} bridges[] = {{0, 0x1c << 3, 0x040200}, {2, 0, 0x040302}, {0, 0x1d << 3, 0x000000}};
	unsigned *count = context;

	(*count)++;
	for (unsigned i = 0; segment == 0 && i < 3; i++)
		if (bridges[i].bus == bus && bridges[i].devfn == devfn)
			return offset == 0x0c ? 0x810000 : offset == 0x18 ? bridges[i].buses : 0;
	if (segment == 0 && bus == 0 && devfn == 0x10)
		return 0; /* an endpoint */
	return ~0u;
}

unsigned reads;
const struct dma_dmar_bus dmar_bus = {read32, &reads};
struct dma_dmar dmar;
struct table t;
const uint8_t endpoint[2] = {2, 0}, bridge[2] = {0x1c, 0}, deep[6] = {0x1c, 0, 0, 0, 5, 1};

int parse(void)
{
	dma_dmar_free(&dmar);
	lines_begin(-1);
	reads = 0;
	table_end(&t);
	return dma_dmar_parse(t.bytes, t.length, &dmar_bus, &dmar);
}

void odd(const char *line)
{
	assert_int_equal(parse(), 0);
	if (lines_count() != 1 || !lines_have(line))
		lines_print();
	assert_true(lines_have(line));
	assert_int_equal(lines_count(), 1);
}

void refused(const char *line)
{
	static const struct dma_dmar empty;

	assert_int_equal(parse(), DMA_EINVAL);
	assert_true(lines_have(line));
	assert_memory_equal(&dmar, &empty, sizeof(dmar));
	assert_int_equal(lines_pages(), 0);
}

uint64_t unit_of(uint16_t segment, uint8_t bus_number, uint8_t devfn)
{
	const struct dma_dmar_unit *unit = dma_dmar_unit_of(&dmar, segment, bus_number, devfn);

	return unit ? unit->registers : 0;
}

unsigned count_units(void)
{
	unsigned n = 0;

	for (const struct dma_dmar_unit *unit = dmar.units; unit; unit = unit->next)
		n++;
	return n;
}

unsigned count_scopes(const struct dma_dmar_scope *scope)
{
	unsigned n = 0;

	for (; scope; scope = scope->next)
		n++;
	return n;
}

void usual(void)
{
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed90000, 1);
}
