/* SPDX-License-Identifier: MPL-2.0 */
/* ACPI tables for tests: see acpi_tables.h. */
#include "acpi_tables.h"

static const uint8_t *at(void *context, uint64_t paddr, uint64_t nbytes)
{
	struct machine *m = context;

	if (paddr < BASE || paddr - BASE > m->nbytes || nbytes > m->nbytes - (paddr - BASE))
		return NULL;
	return m->bytes + (paddr - BASE);
}

static bool is_ram(void *context, uint64_t paddr, uint64_t nbytes)
{
	struct machine *m = context;

	return paddr < m->ram_base + m->ram_size && m->ram_base < paddr + nbytes;
}

static void hear(void *context, const char *line)
{
	struct machine *m = context;

	strncpy(m->odd, line, sizeof(m->odd) - 1);
	m->lines++;
}

void put(struct machine *m, uint64_t paddr, uint64_t value, unsigned nbytes)
{
	for (unsigned i = 0; i < nbytes; i++)
		m->bytes[paddr - BASE + i] = (uint8_t)(value >> 8 * i);
}

void put_text(struct machine *m, uint64_t paddr, const char *text)
{
	memcpy(m->bytes + (paddr - BASE), text, strlen(text));
}

void checksum(struct machine *m, uint64_t paddr, unsigned nbytes, unsigned where)
{
	uint8_t sum = 0;

	put(m, paddr + where, 0, 1);
	for (unsigned i = 0; i < nbytes; i++)
		sum = (uint8_t)(sum + m->bytes[paddr - BASE + i]);
	put(m, paddr + where, (uint8_t)-sum, 1);
}

void put_table(struct machine *m, uint64_t paddr, const char *signature, uint32_t nbytes)
{
	put_text(m, paddr, signature);
	put(m, paddr + 4, nbytes, 4);
	checksum(m, paddr, nbytes, 9);
}

void finish_rsdp(struct machine *m)
{
	checksum(m, RSDP, 20, 8);
	checksum(m, RSDP, 36, 32);
}

void mcfg_row(struct machine *m, unsigned i, uint64_t base, unsigned segment, unsigned first, unsigned last)
{
	uint64_t row = MCFG + 44 + i * 16;

	put(m, row, base, 8);
	put(m, row + 8, segment, 2);
	put(m, row + 10, first, 1);
	put(m, row + 11, last, 1);
}

int setup(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	m->nbytes = LENGTH;
	m->bytes = calloc(1, LENGTH);
	m->ram_base = 0x100000;
	m->ram_size = 0x80000000 - 0x100000;
	put_text(m, RSDP, "RSD PTR ");
	put(m, RSDP + 15, 2, 1);
	put(m, RSDP + 20, 36, 4);
	put(m, RSDP + 24, XSDT, 8);
	finish_rsdp(m);
	put(m, XSDT + 36, FACP, 8);
	put(m, XSDT + 44, MCFG, 8);
	put_table(m, XSDT, "XSDT", 52);
	put_table(m, FACP, "FACP", 116);
	mcfg_row(m, 0, ECAM, 0, 0, 255);
	put_table(m, MCFG, "MCFG", 60);
	*state = m;
	return 0;
}

int teardown(void **state)
{
	struct machine *m = *state;

	free(m->bytes);
	free(m);
	return 0;
}

int open_acpi(struct machine *m, uint64_t rsdp)
{
	m->lines = 0;
	return acpi_open(&m->acpi, &(struct acpi_memory){at, is_ram, hear, m}, rsdp);
}

void odd(struct machine *m, const char *line)
{
	struct acpi_table table;

	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(acpi_find_table(&m->acpi, "MCFG", 0, &table), 0);
	assert_string_equal(m->odd, line);
	assert_int_equal(m->lines, 1);
}

void refused(struct machine *m, const char *line)
{
	assert_int_equal(open_acpi(m, RSDP), DMA_EINVAL);
	assert_string_equal(m->acpi.error, line);
}

void mcfg_refused(struct machine *m, const char *line)
{
	struct acpi_table table;

	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(acpi_find_table(&m->acpi, "MCFG", 0, &table), DMA_EINVAL);
	assert_string_equal(m->acpi.error, line);
}

void row_refused(struct machine *m, unsigned index, const char *line)
{
	struct acpi_table table;
	struct acpi_ecam row;

	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(acpi_find_table(&m->acpi, "MCFG", 0, &table), 0);
	assert_int_equal(acpi_mcfg_row(&m->acpi, &table, index, &row), DMA_EINVAL);
	assert_string_equal(m->acpi.error, line);
}

void row_refused_as(struct machine *m, unsigned index, int error)
{
	struct acpi_table table;
	struct acpi_ecam row;

	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(acpi_find_table(&m->acpi, "MCFG", 0, &table), 0);
	assert_int_equal(acpi_mcfg_row(&m->acpi, &table, index, &row), error);
}
