/* SPDX-License-Identifier: MPL-2.0 */
/* ACPI's static tables: see acpi.h. Nothing here follows a pointer of a table twice, so that cycles cannot matter. */
#include "acpi.h"
#include "../kernel/print.h"

enum {
	RSDP_BYTES_1 = 20, /* revision 0 */
	RSDP_BYTES_2 = 36,
	RSDP_REVISION = 15,
	RSDP_RSDT = 16,
	RSDP_LENGTH = 20,
	RSDP_XSDT = 24,
	HEADER_LENGTH = 4,
	MCFG_ROWS = 44, /* header and 8 reserved bytes */
	MCFG_ROW_BYTES = 16,
};

/* Notes what is wrong; each caller returns its result. */
static int bad(struct acpi *acpi, const char *format, ...) DMA_PRINTF(2, 3);
static int bad(struct acpi *acpi, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_list(acpi->error, sizeof(acpi->error), format, arguments);
	va_end(arguments);
	return DMA_EINVAL;
}

static const uint8_t *at(const struct acpi *acpi, uint64_t paddr, uint64_t nbytes)
{
	return acpi->memory.at(acpi->memory.context, paddr, nbytes);
}

static bool sums_to_zero(const uint8_t *bytes, uint32_t nbytes)
{
	uint8_t sum = 0;

	for (uint32_t i = 0; i < nbytes; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return sum == 0;
}

static bool same(const uint8_t *bytes, const char *text, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (bytes[i] != (uint8_t)text[i])
			return false;
	return true;
}

/* A table that should have this signature, whole and with a good checksum. */
static int open_table(struct acpi *acpi, const char *signature, uint64_t paddr, uint32_t max_bytes,
		      struct acpi_table *table)
{
	unsigned long long where = paddr;
	const uint8_t *header = at(acpi, paddr, ACPI_HEADER_BYTES);
	uint32_t nbytes;

	if (!header)
		return bad(acpi, "%s at 0x%llx: outside of memory", signature, where);
	if (!same(header, signature, 4))
		return bad(acpi, "%s at 0x%llx: another signature is there", signature, where);
	nbytes = acpi_read32(header + HEADER_LENGTH);
	if (nbytes < ACPI_HEADER_BYTES || nbytes > max_bytes)
		return bad(acpi, "%s at 0x%llx: length %u is impossible", signature, where, nbytes);
	table->bytes = at(acpi, paddr, nbytes);
	if (!table->bytes)
		return bad(acpi, "%s at 0x%llx: its %u bytes reach outside of memory", signature, where, nbytes);
	if (!sums_to_zero(table->bytes, nbytes))
		return bad(acpi, "%s at 0x%llx: the checksum is wrong", signature, where);
	table->paddr = paddr;
	table->nbytes = nbytes;
	return 0;
}

int acpi_open(struct acpi *acpi, const struct acpi_memory *memory, uint64_t rsdp)
{
	unsigned long long where = rsdp;
	struct acpi_table root;
	const uint8_t *bytes;
	uint64_t xsdt = 0;
	int error;

	*acpi = (struct acpi){.memory = *memory};
	if (rsdp == 0) {
		(void)bad(acpi, "RSDP: the boot protocol names none");
		return DMA_ENODEV;
	}
	bytes = at(acpi, rsdp, RSDP_BYTES_1);
	if (!bytes)
		return bad(acpi, "RSDP at 0x%llx: outside of memory", where);
	if (!same(bytes, "RSD PTR ", 8))
		return bad(acpi, "RSDP at 0x%llx: another signature is there", where);
	if (!sums_to_zero(bytes, RSDP_BYTES_1))
		return bad(acpi, "RSDP at 0x%llx: the checksum is wrong", where);
	if (bytes[RSDP_REVISION] >= 2) {
		bytes = at(acpi, rsdp, RSDP_BYTES_2);
		if (!bytes || acpi_read32(bytes + RSDP_LENGTH) != RSDP_BYTES_2)
			return bad(acpi, "RSDP at 0x%llx: its length is not 36", where);
		if (!sums_to_zero(bytes, RSDP_BYTES_2))
			return bad(acpi, "RSDP at 0x%llx: the extended checksum is wrong", where);
		xsdt = acpi_read64(bytes + RSDP_XSDT);
	}
	acpi->entry_bytes = xsdt ? 8 : 4;
	acpi->root = xsdt ? xsdt : acpi_read32(bytes + RSDP_RSDT);
	error = open_table(acpi, xsdt ? "XSDT" : "RSDT", acpi->root, ACPI_ROOT_MAX_BYTES, &root);
	if (error)
		return error;
	if ((root.nbytes - ACPI_HEADER_BYTES) % acpi->entry_bytes)
		return bad(acpi, "%s: length %u is no whole number of entries", xsdt ? "XSDT" : "RSDT", root.nbytes);
	acpi->root_bytes = root.nbytes;
	return 0;
}

/* Where the i-th entry of the root table points. */
static uint64_t entry(const struct acpi *acpi, const uint8_t *root, uint32_t i)
{
	const uint8_t *bytes = root + ACPI_HEADER_BYTES + (uint64_t)i * acpi->entry_bytes;

	return acpi->entry_bytes == 8 ? acpi_read64(bytes) : acpi_read32(bytes);
}

/* The same table named twice is one table. */
static bool named_before(const struct acpi *acpi, const uint8_t *root, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (entry(acpi, root, k) == entry(acpi, root, i))
			return true;
	return false;
}

int acpi_find_table(struct acpi *acpi, const char *signature, unsigned index, struct acpi_table *out)
{
	const uint8_t *root = acpi->root_bytes ? at(acpi, acpi->root, acpi->root_bytes) : NULL;
	const char *name = acpi->entry_bytes == 8 ? "XSDT" : "RSDT";
	bool damaged = false;

	acpi->error[0] = '\0';
	if (!root)
		return DMA_ENODEV;
	for (uint32_t i = 0; i < (acpi->root_bytes - ACPI_HEADER_BYTES) / acpi->entry_bytes; i++) {
		uint64_t paddr = entry(acpi, root, i);
		const uint8_t *header = paddr ? at(acpi, paddr, ACPI_HEADER_BYTES) : NULL;

		if (paddr == 0)
			continue;
		if (!header || paddr == acpi->root) {
			damaged = true;
			(void)bad(acpi, "%s: entry %u, 0x%llx, %s", name, i, (unsigned long long)paddr,
				  header ? "is the table itself" : "points outside of memory");
			continue;
		}
		if (!same(header, signature, 4) || named_before(acpi, root, i) || index-- > 0)
			continue;
		return open_table(acpi, signature, paddr, ACPI_TABLE_MAX_BYTES, out);
	}
	return damaged ? DMA_EINVAL : DMA_ENODEV;
}

static struct acpi_ecam mcfg_row(const uint8_t *row)
{
	return (struct acpi_ecam){
		.base = acpi_read64(row),
		.segment = acpi_read16(row + 8),
		.first_bus = row[10],
		.last_bus = row[11],
	};
}

int acpi_mcfg_row(struct acpi *acpi, const struct acpi_table *mcfg, unsigned index, struct acpi_ecam *out)
{
	const uint64_t bus_bytes = 1 << 20;
	uint32_t rows;
	struct acpi_ecam row;
	uint64_t first, nbytes;

	acpi->error[0] = '\0';
	if (mcfg->nbytes < MCFG_ROWS || (mcfg->nbytes - MCFG_ROWS) % MCFG_ROW_BYTES)
		return bad(acpi, "MCFG: length %u is no whole number of rows", mcfg->nbytes);
	rows = (mcfg->nbytes - MCFG_ROWS) / MCFG_ROW_BYTES;
	if (index >= rows)
		return DMA_ENODEV;
	row = mcfg_row(mcfg->bytes + MCFG_ROWS + (size_t)index * MCFG_ROW_BYTES);
	if (row.last_bus < row.first_bus)
		return bad(acpi, "MCFG: row %u: buses %u to %u", index, row.first_bus, row.last_bus);
	first = row.base + row.first_bus * bus_bytes;
	nbytes = (row.last_bus - row.first_bus + UINT64_C(1)) * bus_bytes;
	if (row.base == 0 || row.base % bus_bytes || first < row.base || first + nbytes < first)
		return bad(acpi, "MCFG: row %u: base 0x%llx makes no sense", index, (unsigned long long)row.base);
	if (acpi->memory.is_ram(acpi->memory.context, first, nbytes))
		return bad(acpi, "MCFG: row %u: base 0x%llx lies in RAM", index, (unsigned long long)row.base);
	for (unsigned i = 0; i < index; i++) {
		struct acpi_ecam other = mcfg_row(mcfg->bytes + MCFG_ROWS + (size_t)i * MCFG_ROW_BYTES);

		if (other.segment == row.segment && other.first_bus <= row.last_bus && row.first_bus <= other.last_bus)
			return bad(acpi, "MCFG: rows %u and %u claim the same buses", i, index);
	}
	*out = row;
	return 0;
}
