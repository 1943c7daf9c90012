/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fuzzer: any bytes as the memory where ACPI's tables lie: root pointer first, then whatever it points to. The first
 * byte says whether checksums are put right where tables seem to be.
 */
#include "../../platform/bare/firmware/acpi.h"
#include "../claim.h"

#include <stdlib.h>
#include <string.h>

enum { BASE = 0xe0000 };

struct image {
	uint8_t *bytes;
	size_t nbytes;
	unsigned asked;
};

static const uint8_t *at(void *context, uint64_t paddr, uint64_t nbytes)
{
	struct image *image = context;

	image->asked++;
	if (paddr < BASE || paddr - BASE > image->nbytes || nbytes > image->nbytes - (paddr - BASE))
		return NULL;
	return image->bytes + (paddr - BASE);
}

static bool is_ram(void *context, uint64_t paddr, uint64_t nbytes)
{
	(void)context;
	return paddr < 0x8000000 || nbytes > 0xf0000000 || paddr + nbytes < paddr;
}

static void odd(void *context, const char *line)
{
	(void)context;
	CLAIM(line[0]);
}

static void put_right(uint8_t *bytes, size_t nbytes, size_t checksum)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < nbytes; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[checksum] = (uint8_t)(bytes[checksum] - sum);
}

static void put_table_right(struct image *image, uint64_t paddr)
{
	uint32_t length;

	if (paddr < BASE || paddr - BASE > image->nbytes || image->nbytes - (paddr - BASE) < 36)
		return;
	memcpy(&length, image->bytes + (paddr - BASE) + 4, 4);
	if (length >= 36 && length <= image->nbytes - (paddr - BASE))
		put_right(image->bytes + (paddr - BASE), length, 9);
}

static void put_all_right(struct image *image)
{
	uint64_t root = 0;
	uint32_t length;

	if (image->nbytes < 36)
		return;
	memcpy(&root, image->bytes + 24, 8);
	if (image->bytes[15] < 2 || !root) {
		root = 0;
		memcpy(&root, image->bytes + 16, 4);
	}
	put_right(image->bytes, 20, 8);
	put_right(image->bytes, 36, 32);
	if (root < BASE || root - BASE > image->nbytes || image->nbytes - (root - BASE) < 36)
		return;
	memcpy(&length, image->bytes + (root - BASE) + 4, 4);
	for (uint32_t i = 36; i + 4 <= length && i + 4 <= image->nbytes - (root - BASE) && i < 200; i += 4) {
		uint32_t paddr;

		memcpy(&paddr, image->bytes + (root - BASE) + i, 4);
		put_table_right(image, paddr);
	}
	put_table_right(image, root);
}

static void look_at(struct acpi *acpi)
{
	static const char *const signatures[] = {"MCFG", "DMAR", "APIC", "FACP", "XSDT"};
	struct acpi_table table;

	for (unsigned i = 0; i < 5; i++)
		for (unsigned index = 0; index < 3; index++) {
			int error = acpi_find_table(acpi, signatures[i], index, &table);
			struct acpi_ecam row;

			CLAIM(error == 0 || error == DMA_ENODEV || (error == DMA_EINVAL && acpi->error[0]));
			if (error)
				break;
			CLAIM(table.nbytes >= ACPI_HEADER_BYTES && memcmp(table.bytes, signatures[i], 4) == 0);
			for (unsigned k = 0; i == 0 && k < 40 && !error; k++) {
				error = acpi_mcfg_row(acpi, &table, k, &row);
				CLAIM(error == 0 || error == DMA_ENODEV || (error == DMA_EINVAL && acpi->error[0]));
				CLAIM(error || row.first_bus <= row.last_bus);
			}
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image = {NULL, size ? size - 1 : 0, 0};
	struct acpi_memory memory = {at, is_ram, odd, &image};
	struct acpi acpi;
	int error;

	image.bytes = malloc(image.nbytes ? image.nbytes : 1);
	if (size > 1)
		memcpy(image.bytes, data + 1, image.nbytes);
	if (size && data[0] & 1)
		put_all_right(&image);
	error = acpi_open(&acpi, &memory, BASE);
	CLAIM(error == 0 || (error == DMA_EINVAL && acpi.error[0]));
	if (!error)
		look_at(&acpi);
	CLAIM(image.asked < 100000);
	free(image.bytes);
	return 0;
}
