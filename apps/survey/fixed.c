/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Memory that firmware goes on using through devices, as its tables say: RMRR of DMAR (VT-d 8.4), IVMD of IVRS (AMD
 * 5.2.2.3), RMR of IORT (DEN 0049, 3.1.1.5).
 */
#include "units.h"

#include <dmastream/iort.h>

enum {
	FIRST = 48, /* of DMAR's structures, and of IVRS' */
	RMRR = 1,
	IVMD = 0x20, /* to 0x22 */
};

static void row(uint64_t first, uint64_t nbytes)
{
	report_row(NULL);
	report_hex("base", first, 8);
	report_number("bytes", nbytes);
	report_end();
}

static void by_list(const uint8_t *table, size_t nbytes, bool dmar)
{
	for (size_t at = FIRST; at < nbytes && nbytes - at >= 24;) {
		unsigned type = dmar ? table_read16(table + at) : table[at];
		size_t length = table_read16(table + at + 2);

		if (length < 4 || length > nbytes - at)
			break;
		if (dmar && type == RMRR && length >= 24)
			row(table_read64(table + at + 8),
			    table_read64(table + at + 16) - table_read64(table + at + 8) + 1);
		if (!dmar && type >= IVMD && type <= IVMD + 2 && length >= 32)
			row(table_read64(table + at + 16), table_read64(table + at + 24));
		at += length;
	}
}

void fixed_report(void)
{
	struct dma_smmuv3_region region;
	struct dma_iort_smmu smmu;
	struct dma_iort iort;
	const uint8_t *table;
	size_t nbytes;

	report_array("fixed_regions");
	if (!facts_table("DMAR", 0, &table, &nbytes))
		by_list(table, nbytes, true);
	if (!facts_table("IVRS", 0, &table, &nbytes))
		by_list(table, nbytes, false);
	if (!facts_table("IORT", 0, &table, &nbytes) && !dma_iort_open(&iort, table, nbytes))
		for (unsigned i = 0; dma_iort_smmu_at(&iort, i, &smmu); i++)
			for (unsigned k = 0; dma_iort_region(&iort, smmu.node, k, &region); k++)
				row(region.base, region.nbytes);
	report_end();
}
