/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A table of ACPI's as untrusted input, for the parsers of unit drivers: bytes in, lists in pages of the host's out.
 *
 * Real tables are odd. What makes no sense is left out, with one line in the log that names it, and everything else is
 * kept (hazard 75); docs/firmware.md says for each field what odd values do. The lists have no fixed capacity (hazard
 * 76). Each field of a table is read once, so that a table that changes under the parser gives a wrong answer at
 * worst, never a wild access.
 */
#ifndef DMASTREAM_IOMMU_UNIT_FIRMWARE_H
#define DMASTREAM_IOMMU_UNIT_FIRMWARE_H

#include <dmastream/types.h>

/* Bytes of a table that are read: some fifty times what the largest servers have. It bounds the work, which grows with
 * the square of the number of units. */
#define DMA_FIRMWARE_MAX_BYTES ((uint32_t)1 << 20)

/* What a parser keeps: it lives in pages of dma_host_page_alloc(). */
struct dma_firmware_store {
	struct dma_firmware_page *pages;
	unsigned odd; /* log lines */
};

struct dma_firmware {
	const char *name; /* of the driver and the table, for the log: "vtd: DMAR" */
	const volatile uint8_t *bytes;
	uint32_t nbytes; /* that are there, and are read */
	struct dma_firmware_store *store;
	bool some; /* the parser has found a unit that can be driven */
};

/* Looks at the header (ACPI specification, 5.2.6) of the table of at most nbytes bytes at `bytes`; name and store are
 * set. header_bytes: ACPI's and the table's own. 0; DMA_EINVAL (another signature, or shorter than its header),
 * after a line in the log. */
DMA_MUST_CHECK int dma_firmware_open(struct dma_firmware *table, const void *bytes, size_t nbytes, uint32_t signature,
				     uint32_t header_bytes);

/* A table that is all nonsense leaves no IOMMU at all: 0 if it named some unit that can be driven; else DMA_EINVAL,
 * after a line in the log. */
DMA_MUST_CHECK int dma_firmware_end(const struct dma_firmware *table);

/* The line for a table that is refused: "NAME: the table is refused: WHAT VALUE". Gives DMA_EINVAL. */
int dma_firmware_refuse(const struct dma_firmware *table, const char *what, uint64_t value);

/* One line about something odd: "NAME: STRUCTURE at offset AT: FIELD VALUE: DECISION". */
void dma_firmware_odd(struct dma_firmware *table, const char *structure, uint32_t at, const char *field, uint64_t value,
		      const char *decision);

/* nbytes of zeros that live as long as the store; NULL: no memory. Interrupts on. */
void *dma_firmware_take(struct dma_firmware_store *store, size_t nbytes);
void dma_firmware_free(struct dma_firmware_store *store); /* interrupts on */

/* Little-endian value of nbytes at an offset that the caller has checked. */
static inline uint64_t dma_firmware_field(const struct dma_firmware *table, uint32_t offset, unsigned nbytes)
{
	uint64_t value = 0;

	while (nbytes--)
		value = value << 8 | table->bytes[offset + nbytes];
	return value;
}

#endif
