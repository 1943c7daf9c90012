/* SPDX-License-Identifier: MPL-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../hosts/lines.h"
#include "ivrs_bench.h"
#include <dmastream/errors.h>

struct ivrs_table ivrs_table;
struct dma_ivrs ivrs;

int ivrs_parse(void)
{
	dma_ivrs_free(&ivrs);
	lines_begin(-1);
	return dma_ivrs_parse(ivrs_table.bytes, ivrs_table.length, &ivrs);
}

void ivrs_sound(void)
{
	ivrs_end(&ivrs_table);
	assert_int_equal(ivrs_parse(), 0);
	if (lines_count())
		lines_print();
	assert_int_equal(lines_count(), 0);
}

/* The table is read, and exactly one line says that something was odd. */
void ivrs_odd(const char *line)
{
	ivrs_end(&ivrs_table);
	assert_int_equal(ivrs_parse(), 0);
	if (lines_count() != 1 || !lines_have(line))
		lines_print();
	assert_true(lines_have(line));
	assert_int_equal(lines_count(), 1);
}

void ivrs_refused(const char *line)
{
	static const struct dma_ivrs empty;

	assert_int_equal(ivrs_parse(), DMA_EINVAL);
	assert_true(lines_have(line));
	assert_memory_equal(&ivrs, &empty, sizeof(ivrs));
	assert_int_equal(lines_pages(), 0);
}

/* Registers of the unit in front of the requester; 0: none. */
uint64_t ivrs_unit_of(uint32_t requester)
{
	const struct dma_ivrs_unit *found = dma_ivrs_unit_of(&ivrs, requester, NULL);

	return found ? found->registers : 0;
}

void ivrs_usual(void)
{
	ivrs_begin(&ivrs_table, 0);
	ivrs_unit(&ivrs_table, 0x10, 0, 2, 0xfd300000);
	ivrs_entry(&ivrs_table, 1, 0);
}
