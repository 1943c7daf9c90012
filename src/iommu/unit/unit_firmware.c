/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Tables of ACPI's: the header, the lines about what makes no sense, and the pages for what is kept.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "unit_firmware.h"
#include <dmastream/arch.h>

enum {
	MOST_LINES = 256, /* a table of nothing but nonsense must not fill the log */
	CHECKSUM = 9,
};

struct dma_firmware_page {
	struct dma_firmware_page *next;
	size_t used; /* bytes, this head included */
};

void *dma_firmware_take(struct dma_firmware_store *store, size_t nbytes)
{
	struct dma_firmware_page *page = store->pages;
	void *taken;

	nbytes = (nbytes + 7) & ~(size_t)7;
	if (!page || nbytes > DMA_PAGE_SIZE - page->used) {
		page = dma_host_page_alloc();
		if (!page)
			return NULL;
		page->next = store->pages;
		page->used = sizeof(*page);
		store->pages = page;
	}
	taken = (char *)page + page->used;
	page->used += nbytes;
	dma_arch_fill(taken, 0, nbytes);
	return taken;
}

void dma_firmware_free(struct dma_firmware_store *store)
{
	while (store->pages) {
		struct dma_firmware_page *page = store->pages;

		store->pages = page->next;
		dma_host_page_free(page);
	}
	store->odd = 0;
}

void dma_firmware_odd(struct dma_firmware *table, const char *structure, uint32_t at, const char *field, uint64_t value,
		      const char *decision)
{
	if (table->store->odd < MOST_LINES)
		dma_log("%s: %s at offset %u: %s %x: %s", table->name, structure, at, field, value, decision);
	else if (table->store->odd == MOST_LINES)
		dma_log("%s: more of the table makes no sense than is listed here", table->name);
	table->store->odd++;
}

int dma_firmware_refuse(const struct dma_firmware *table, const char *what, uint64_t value)
{
	dma_log("%s: the table is refused: %s %x", table->name, what, value);
	return DMA_EINVAL;
}

int dma_firmware_open(struct dma_firmware *table, const void *bytes, size_t nbytes, uint32_t signature,
		      uint32_t header_bytes)
{
	static const char name[] = "table";
	uint32_t length;
	uint8_t sum = 0;

	table->bytes = bytes;
	if (nbytes < header_bytes)
		return dma_firmware_refuse(table, "it is shorter than its header, bytes", nbytes);
	if (dma_firmware_field(table, 0, 4) != signature)
		return dma_firmware_refuse(table, "its signature is", dma_firmware_field(table, 0, 4));
	length = (uint32_t)dma_firmware_field(table, 4, 4);
	if (length < header_bytes)
		return dma_firmware_refuse(table, "its header is longer than its length", length);
	table->nbytes = length <= nbytes ? length : (uint32_t)nbytes;
	if (table->nbytes > DMA_FIRMWARE_MAX_BYTES)
		table->nbytes = DMA_FIRMWARE_MAX_BYTES;
	if (table->nbytes < length)
		dma_firmware_odd(table, name, 4, "length", length, "not all of it is there, or is read");
	for (uint32_t i = 0; i < table->nbytes; i++)
		sum = (uint8_t)(sum + table->bytes[i]);
	if (sum != 0 && table->nbytes == length)
		dma_firmware_odd(table, name, CHECKSUM, "checksum off by", sum, "it is read all the same");
	return 0;
}

int dma_firmware_end(const struct dma_firmware *table)
{
	return table->some ? 0
			   : dma_firmware_refuse(table, "it names no unit that can be driven; bytes", table->nbytes);
}
