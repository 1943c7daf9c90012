/* SPDX-License-Identifier: MPL-2.0 */
/*
 * ACPI's static tables (ACPI specification 6.5, 5.2) as untrusted input: pure functions over an accessor of memory,
 * the same on the machine, in unit tests and under a fuzzer. Whatever the tables say, no call reads outside of what
 * the accessor gives, loops for ever, or takes more than a fixed number of steps.
 */
#ifndef BARE_ACPI_H
#define BARE_ACPI_H

#include <dmastream/errors.h>
#include <dmastream/types.h>

struct acpi_memory {
	/* nbytes at paddr, or NULL if not all of them are memory where tables may lie. */
	const uint8_t *(*at)(void *context, uint64_t paddr, uint64_t nbytes);
	/* Does any byte of the range lie in RAM, where no registers can be? */
	bool (*is_ram)(void *context, uint64_t paddr, uint64_t nbytes);
	/* A line about something odd that is left out, or taken otherwise than the tables say. NULL: nobody listens. */
	void (*odd)(void *context, const char *line);
	void *context;
};

struct acpi {
	struct acpi_memory memory;
	uint64_t root; /* paddr of the XSDT, or the RSDT */
	uint32_t root_bytes;
	uint32_t entry_bytes; /* 8 or 4 */
	char error[128];      /* which table, and why it could not be used; "" if nothing was wrong */
};

struct acpi_table {
	uint64_t paddr;
	const uint8_t *bytes; /* header included */
	uint32_t nbytes;
};

/* A row of MCFG (PCI Firmware specification 3.3, 4.1.2). */
struct acpi_ecam {
	uint64_t base; /* paddr of bus 0's configuration space, even if first_bus is another */
	uint16_t segment;
	uint8_t first_bus;
	uint8_t last_bus;
};

#define ACPI_HEADER_BYTES    36
#define ACPI_ROOT_MAX_BYTES  16384 /* 2000 tables and more */
#define ACPI_TABLE_MAX_BYTES (16u << 20)

/* Checks the root pointer at rsdp and the root table, and says which entries are left out. 0, DMA_ENODEV (rsdp 0),
 * DMA_EINVAL with acpi->error: there is no root table that could be walked. */
int acpi_open(struct acpi *acpi, const struct acpi_memory *memory, uint64_t rsdp);

/* The index-th table with this signature, whole; one whose checksum is wrong is taken, with a line. 0, DMA_ENODEV if
 * there is none, DMA_EINVAL with acpi->error if it does not lie in memory, or none was found and an entry of the root
 * table makes no sense. */
int acpi_find_table(struct acpi *acpi, const char *signature, unsigned index, struct acpi_table *out);

/* The signature of the index-th entry of the root table that points to memory, and who made it (OEMID); false past the
 * last. */
bool acpi_table_name(const struct acpi *acpi, unsigned index, char name[5], char oem[7]);

/* Checks the header of a table that was found elsewhere, as acpi_find_table() does: table->bytes and nbytes are what
 * is there, and nbytes becomes its length. 0, DMA_EINVAL with acpi->error. */
int acpi_check_table(struct acpi *acpi, const char *signature, struct acpi_table *table);

/* The index-th row of an MCFG table. 0, DMA_ENODEV past the last, DMA_EINVAL with acpi->error: that row is to be left
 * out. */
int acpi_mcfg_row(struct acpi *acpi, const struct acpi_table *mcfg, unsigned index, struct acpi_ecam *out);

/* Little-endian fields of a table, at any alignment; the caller has checked the bounds. */
static inline uint16_t acpi_read16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t acpi_read32(const uint8_t *at)
{
	return acpi_read16(at) | (uint32_t)acpi_read16(at + 2) << 16;
}

static inline uint64_t acpi_read64(const uint8_t *at)
{
	return acpi_read32(at) | (uint64_t)acpi_read32(at + 4) << 32;
}

#endif
