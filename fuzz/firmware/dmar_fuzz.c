/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fuzzer: any bytes as a DMAR table, on any PCI bus. Either an error that says what and where, and nothing known; or a
 * description that is sound. The first byte says whether the checksum is put right, so that mutations get past it, and seeds the bus.
 */
#include "../../src/iommu/vtd/dmar.h"
#include <dmastream/errors.h>

#include <stdlib.h>
#include <string.h>

static unsigned reads;

/* A bus of bridges that lead anywhere, in circles too. */
static uint32_t read32(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	uint32_t seed = *(const uint8_t *)context;
	uint32_t mix = (seed + 1) * 2654435761u ^ (segment * 31u + bus * 257u + devfn * 65599u + offset) * 40503u;

	reads++;
	mix ^= mix >> 15;
	if (mix % 7 == 0)
		return ~(uint32_t)0;
	return offset == 0x0c && mix % 3 ? 0x010000 : mix;
}

static void require(int fine)
{
	if (!fine)
		abort();
}

static void sound(const struct dmar *dmar)
{
	require(dmar->nunits >= 1 && dmar->nunits <= DMAR_UNITS && dmar->nregions <= DMAR_REGIONS);
	require(dmar->nscopes <= DMAR_SCOPES && dmar->width >= 32 && dmar->width <= 64);
	for (unsigned i = 0; i < dmar->nunits; i++) {
		const struct dmar_unit *a = &dmar->units[i];

		require(a->registers && a->registers % 4096 == 0 && a->registers + (a->window - 1) > a->registers);
		require(a->scope_first + a->scope_count <= dmar->nscopes);
		for (unsigned k = 0; k < i; k++) {
			const struct dmar_unit *b = &dmar->units[k];

			require(a->registers > b->registers + (b->window - 1) ||
				b->registers > a->registers + (a->window - 1));
		}
	}
	for (unsigned i = 0; i < dmar->nregions; i++) {
		require(dmar->regions[i].base < dmar->regions[i].limit);
		require(dmar->regions[i].scope_first + dmar->regions[i].scope_count <= dmar->nscopes);
	}
	for (unsigned function = 0; function < 512; function += 7) {
		int unit = dmar_unit_of(dmar, 0, (uint8_t)(function / 2), (uint8_t)function);

		require(unit >= -1 && unit < dmar->nunits);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dmar empty;
	uint8_t seed = size ? data[0] : 0, sum = 0;
	struct dmar_bus bus = {read32, &seed};
	size_t nbytes = size ? size - 1 : 0;
	uint8_t *exact = malloc(nbytes ? nbytes : 1); /* so that the sanitizer sees one byte too far */
	struct dmar_error error;
	struct dmar dmar;
	int result;

	if (size > 1)
		memcpy(exact, data + 1, nbytes);
	if (seed & 1 && nbytes >= 48) {
		uint32_t length;

		memcpy(&length, exact + 4, 4);
		length = length < nbytes ? length : (uint32_t)nbytes;
		for (uint32_t i = 0; i < length; i++)
			sum = (uint8_t)(sum + exact[i]);
		exact[9] = (uint8_t)(exact[9] - sum);
	}
	reads = 0;
	result = dmar_parse(exact, nbytes, &bus, &dmar, &error);
	require(reads <= DMAR_SCOPES * DMAR_PATH * 2);
	if (result) {
		require(result == DMA_EINVAL || result == DMA_ENOSPC);
		require(error.what && error.structure && (error.offset <= nbytes || error.offset < 48));
		require(memcmp(&dmar, &empty, sizeof(dmar)) == 0);
	} else {
		sound(&dmar);
	}
	free(exact);
	return 0;
}
