/* SPDX-License-Identifier: MPL-2.0 */
/* ACPI's static tables: see acpi.h. Nothing here follows a pointer of a table twice, so that cycles cannot matter. */
#include "acpi.h"
#include "../kernel/print.h"

enum {
	RSDP_BYTES_1 = 20, /* revision 0 */
	RSDP_BYTES_2 = 36,
	RSDP_MAX_BYTES = 4096,
	RSDP_REVISION = 15,
	RSDP_RSDT = 16,
	RSDP_LENGTH = 20,
	RSDP_XSDT = 24,
	HEADER_LENGTH = 4,
	HEADER_OEM = 10,
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

/* Says what is left out, or taken otherwise than the tables say. */
static void odd(const struct acpi *acpi, const char *format, ...) DMA_PRINTF(2, 3);
static void odd(const struct acpi *acpi, const char *format, ...)
{
	char line[sizeof(acpi->error)];
	va_list arguments;

	if (!acpi->memory.odd)
		return;
	va_start(arguments, format);
	format_list(line, sizeof(line), format, arguments);
	va_end(arguments);
	acpi->memory.odd(acpi->memory.context, line);
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

/* The header of a table of which at most max_bytes are there. */
static int check_header(struct acpi *acpi, const char *signature, const struct acpi_table *table, uint64_t max_bytes,
			uint32_t *nbytes)
{
	unsigned long long where = table->paddr;

	if (!same(table->bytes, signature, 4))
		return bad(acpi, "%s at 0x%llx: another signature is there", signature, where);
	*nbytes = acpi_read32(table->bytes + HEADER_LENGTH);
	if (*nbytes < ACPI_HEADER_BYTES || *nbytes > max_bytes)
		return bad(acpi, "%s at 0x%llx: length %u is impossible", signature, where, *nbytes);
	return 0;
}

static void check_sum(const struct acpi *acpi, const char *signature, const struct acpi_table *table)
{
	if (!sums_to_zero(table->bytes, table->nbytes))
		odd(acpi, "%s at 0x%llx: the checksum is wrong; it is read all the same", signature,
		    (unsigned long long)table->paddr);
}

/* A table that should have this signature, whole. */
static int open_table(struct acpi *acpi, const char *signature, uint64_t paddr, uint32_t max_bytes,
		      struct acpi_table *table)
{
	unsigned long long where = paddr;
	uint32_t nbytes;
	int error;

	*table = (struct acpi_table){.paddr = paddr, .bytes = at(acpi, paddr, ACPI_HEADER_BYTES)};
	if (!table->bytes)
		return bad(acpi, "%s at 0x%llx: outside of memory", signature, where);
	error = check_header(acpi, signature, table, max_bytes, &nbytes);
	if (error)
		return error;
	table->bytes = at(acpi, paddr, nbytes);
	if (!table->bytes)
		return bad(acpi, "%s at 0x%llx: its %u bytes reach outside of memory", signature, where, nbytes);
	table->nbytes = nbytes;
	check_sum(acpi, signature, table);
	return 0;
}

int acpi_check_table(struct acpi *acpi, const char *signature, struct acpi_table *table)
{
	uint32_t nbytes;
	int error;

	acpi->error[0] = '\0';
	if (table->nbytes < ACPI_HEADER_BYTES)
		return bad(acpi, "%s at 0x%llx: shorter than a header", signature, (unsigned long long)table->paddr);
	error = check_header(acpi, signature, table, table->nbytes, &nbytes);
	if (error)
		return error;
	table->nbytes = nbytes;
	check_sum(acpi, signature, table);
	return 0;
}

/* The XSDT that the root pointer names, or 0: revision 0 has none, and neither has one whose second half is not
 * there. */
static uint64_t xsdt_of(const struct acpi *acpi, uint64_t rsdp, const uint8_t *bytes)
{
	unsigned long long where = rsdp;
	uint32_t length;

	if (bytes[RSDP_REVISION] < 2)
		return 0;
	bytes = at(acpi, rsdp, RSDP_BYTES_2);
	length = bytes ? acpi_read32(bytes + RSDP_LENGTH) : 0;
	if (length >= RSDP_BYTES_2 && length <= RSDP_MAX_BYTES)
		bytes = at(acpi, rsdp, length);
	if (!bytes || length < RSDP_BYTES_2 || length > RSDP_MAX_BYTES) {
		odd(acpi, "RSDP at 0x%llx: length %u is impossible; its XSDT is left out", where, length);
		return 0;
	}
	if (!sums_to_zero(bytes, length))
		odd(acpi, "RSDP at 0x%llx: the extended checksum is wrong; it is read all the same", where);
	return acpi_read64(bytes + RSDP_XSDT);
}

static uint64_t entry(const struct acpi *acpi, const uint8_t *root, uint32_t i);
static uint32_t entries(const struct acpi *acpi);

/* Once, so that looking for tables need not say it again. */
static void check_entries(const struct acpi *acpi, const uint8_t *root)
{
	const char *name = acpi->entry_bytes == 8 ? "XSDT" : "RSDT";

	for (uint32_t i = 0; i < entries(acpi); i++) {
		uint64_t paddr = entry(acpi, root, i);
		const uint8_t *header = at(acpi, paddr, ACPI_HEADER_BYTES);

		if (paddr && (!header || paddr == acpi->root))
			odd(acpi, "%s: entry %u, 0x%llx, %s; it is left out", name, i, (unsigned long long)paddr,
			    header ? "is the table itself" : "points outside of memory");
	}
}

int acpi_open(struct acpi *acpi, const struct acpi_memory *memory, uint64_t rsdp)
{
	unsigned long long where = rsdp;
	struct acpi_table root;
	const uint8_t *bytes;
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
		odd(acpi, "RSDP at 0x%llx: the checksum is wrong; it is read all the same", where);
	acpi->entry_bytes = 8;
	acpi->root = xsdt_of(acpi, rsdp, bytes);
	error = acpi->root ? open_table(acpi, "XSDT", acpi->root, ACPI_ROOT_MAX_BYTES, &root) : DMA_EINVAL;
	if (error && acpi_read32(bytes + RSDP_RSDT)) { /* 5.2.5.3: the older root names the same tables */
		if (acpi->root)
			odd(acpi, "%s; the RSDT is read instead", acpi->error);
		acpi->entry_bytes = 4;
		acpi->root = acpi_read32(bytes + RSDP_RSDT);
		error = open_table(acpi, "RSDT", acpi->root, ACPI_ROOT_MAX_BYTES, &root);
	}
	if (error)
		return acpi->error[0] ? error : bad(acpi, "RSDP at 0x%llx: it names no root table", where);
	acpi->error[0] = '\0';
	if ((root.nbytes - ACPI_HEADER_BYTES) % acpi->entry_bytes)
		odd(acpi, "%s: length %u is no whole number of entries; the rest is left out",
		    acpi->entry_bytes == 8 ? "XSDT" : "RSDT", root.nbytes);
	acpi->root_bytes = root.nbytes;
	check_entries(acpi, root.bytes);
	return 0;
}

static uint32_t entries(const struct acpi *acpi)
{
	return (acpi->root_bytes - ACPI_HEADER_BYTES) / acpi->entry_bytes;
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
	bool damaged = false;

	acpi->error[0] = '\0';
	if (!root)
		return DMA_ENODEV;
	for (uint32_t i = 0; i < entries(acpi); i++) {
		uint64_t paddr = entry(acpi, root, i);
		const uint8_t *header = paddr ? at(acpi, paddr, ACPI_HEADER_BYTES) : NULL;

		if (paddr == 0)
			continue;
		if (!header || paddr == acpi->root) {
			damaged = true;
			continue;
		}
		if (!same(header, signature, 4) || named_before(acpi, root, i) || index-- > 0)
			continue;
		return open_table(acpi, signature, paddr, ACPI_TABLE_MAX_BYTES, out);
	}
	if (damaged) /* the table that was asked for may be where an entry leads nowhere: acpi_open() has said which */
		return bad(acpi, "%s: no entry that makes sense names it", signature);
	return DMA_ENODEV;
}

static void copy_text(char *to, const uint8_t *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		to[i] = from[i] >= ' ' && from[i] < 127 ? (char)from[i] : '?';
	to[n] = '\0';
	while (n > 0 && to[n - 1] == ' ')
		to[--n] = '\0';
}

bool acpi_table_name(const struct acpi *acpi, unsigned index, char name[5], char oem[7])
{
	const uint8_t *root = acpi->root_bytes ? at(acpi, acpi->root, acpi->root_bytes) : NULL;

	for (uint32_t i = 0; root && i < entries(acpi); i++) {
		uint64_t paddr = entry(acpi, root, i);
		const uint8_t *header = paddr ? at(acpi, paddr, ACPI_HEADER_BYTES) : NULL;

		if (!header || index-- > 0)
			continue;
		copy_text(name, header, 4);
		copy_text(oem, header + HEADER_OEM, 6);
		return true;
	}
	return false;
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

static uint64_t first_byte(const struct acpi_ecam *row)
{
	return row->base + ((uint64_t)row->first_bus << 20);
}

static uint64_t bytes_of(const struct acpi_ecam *row)
{
	return ((uint64_t)row->last_bus - row->first_bus + 1) << 20;
}

/* What is wrong with a row by itself; NULL: nothing. */
static const char *wrong_with(const struct acpi *acpi, const struct acpi_ecam *row)
{
	if (row->last_bus < row->first_bus)
		return "its last bus is below its first";
	if (row->base == 0 || row->base % (1 << 20) || row->base > UINT64_MAX - (UINT64_C(256) << 20))
		return "its base makes no sense";
	if (acpi->memory.is_ram(acpi->memory.context, first_byte(row), bytes_of(row)))
		return "its base lies in RAM";
	return NULL;
}

/* Do two rows claim the same buses, or the same memory? */
static bool clash(const struct acpi_ecam *a, const struct acpi_ecam *b)
{
	bool buses = a->segment == b->segment && a->first_bus <= b->last_bus && b->first_bus <= a->last_bus;
	uint64_t a_first = first_byte(a), b_first = first_byte(b);
	bool memory = a_first <= b_first + (bytes_of(b) - 1) && b_first <= a_first + (bytes_of(a) - 1);

	return buses || memory;
}

int acpi_mcfg_row(struct acpi *acpi, const struct acpi_table *mcfg, unsigned index, struct acpi_ecam *out)
{
	struct acpi_ecam row;
	const char *wrong;
	uint32_t rows;

	acpi->error[0] = '\0';
	if (mcfg->nbytes < MCFG_ROWS)
		return index ? DMA_ENODEV : bad(acpi, "MCFG: length %u has no room for rows", mcfg->nbytes);
	if (index == 0 && (mcfg->nbytes - MCFG_ROWS) % MCFG_ROW_BYTES)
		odd(acpi, "MCFG: length %u is no whole number of rows; the rest is left out", mcfg->nbytes);
	rows = (mcfg->nbytes - MCFG_ROWS) / MCFG_ROW_BYTES;
	if (index >= rows)
		return DMA_ENODEV;
	row = mcfg_row(mcfg->bytes + MCFG_ROWS + (size_t)index * MCFG_ROW_BYTES);
	wrong = wrong_with(acpi, &row);
	if (wrong)
		return bad(acpi, "MCFG: row %u, base 0x%llx, buses %u to %u: %s; it is left out", index,
			   (unsigned long long)row.base, row.first_bus, row.last_bus, wrong);
	for (unsigned i = 0; i < index; i++) {
		struct acpi_ecam other = mcfg_row(mcfg->bytes + MCFG_ROWS + (size_t)i * MCFG_ROW_BYTES);

		if (!wrong_with(acpi, &other) && clash(&other, &row))
			return bad(acpi, "MCFG: rows %u and %u claim the same buses or memory; the second is left out",
				   i, index);
	}
	*out = row;
	return 0;
}
