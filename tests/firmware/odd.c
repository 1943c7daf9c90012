/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Writes firmware tables as they should not be into a folder, one file each: odd FOLDER. The names say how
 * tests/firmware/corpus.sh expects them to end.
 */
#include "../iommu-amdvi/ivrs_table.h"
#include "../iommu-vtd/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *folder;

static void write_file(const char *name, const void *bytes, size_t nbytes)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	if (!file || fwrite(bytes, 1, nbytes, file) != nbytes || fclose(file)) {
		fprintf(stderr, "odd: %s cannot be written\n", path);
		exit(1);
	}
}

static const uint8_t disk[] = {2, 0}, graphics[] = {0x10, 0}, bridge[] = {0x1c, 0}, deep[] = {0x1c, 1, 3, 0},
		     nowhere[] = {32, 9};

/* A server of two sockets: 20 units, regions of several devices, scopes through bridges. */
static void server(struct table *t)
{
	table_begin(t, 46);
	for (unsigned i = 0; i < 20; i++) {
		uint8_t path[2] = {(uint8_t)i, 0};

		table_unit(t, 0, 0xd0000000 + 0x1000000ull * i, i == 19);
		table_scope(t, 1, (uint8_t)(0x10 + i), path, 1);
	}
	for (unsigned i = 0; i < 40; i++) {
		table_region(t, 0, 0x7b000000 + 0x10000ull * i, 0x7b00ffff + 0x10000ull * i);
		table_scope(t, 1, 0, graphics, 1);
	}
}

/* Everything that firmware gets wrong, in one table that still protects. */
static void everything(struct table *t)
{
	table_begin(t, 39);
	table_unit(t, 0, 0, 0); /* no registers */
	table_scope(t, 1, 0, disk, 1);
	table_unit(t, 0, 0xfed90000, 0);
	table_scope(t, 1, 0, graphics, 1);
	table_scope(t, 7, 0, graphics, 1); /* an unknown type */
	table_scope(t, 1, 0, nowhere, 1);
	table_unit(t, 0, 0xfed90000, 0); /* twice */
	table_scope(t, 2, 0, bridge, 1);
	table_unit(t, 0, 0xfed91000, 1);
	table_scope(t, 1, 0, graphics, 1); /* the first one's */
	table_unit(t, 0, 0xfed92000, 1);   /* the rest once more */
	t->bytes[t->open + 4] |= 0x80;
	table_region(t, 0, 0, 0);
	table_scope(t, 1, 0, graphics, 1);
	table_region(t, 0, 0x7b800000, 0x7b8007ff); /* half a page */
	table_scope(t, 1, 0, graphics, 1);
	table_region(t, 0, 0x7b800000, 0x7b8fffff); /* around the one before */
	table_scope(t, 1, 0, graphics, 1);
	table_scope(t, 1, 0, deep, 2);
	table_region(t, 9, 0x7c800000, 0x7c80ffff); /* of a segment without a unit */
	table_scope(t, 1, 0, graphics, 1);
	table_region(t, 0, 0x7c000000, 0x7c00ffff); /* of nobody */
	table_other(t, 5, 2);			    /* too short */
	table_other(t, 42, 9);			    /* unknown */
}

/* AMD-Vi: three blocks of one unit, an alias with a region, a source of interrupts, regions that overlap with other
 * directions, one of nobody, one that is excluded, and a second unit that names a device of the first. */
static void amd(struct ivrs_table *t)
{
	ivrs_begin(t, 48 << 8 | 64 << 15);
	for (unsigned type = 0x10; type <= 0x40; type = type == 0x10 ? 0x11 : type == 0x11 ? 0x40 : 0x41) {
		ivrs_unit(t, type, 0, 2, 0xfd300000);
		ivrs_entry(t, 3, 8);
		ivrs_entry(t, 4, 0xff);
		ivrs_alias(t, 67, 0x300, 0xa5);
		ivrs_entry(t, 4, 0x3ff);
		ivrs_special(t, 0xa0, 0xd7);
	}
	ivrs_unit(t, 0x11, 0, 0x102, 0xfd340000);
	ivrs_entry(t, 2, 0x10);
	ivrs_entry(t, 2, 0x108);
	ivrs_region(t, 0x22, 7, 0x300, 0x30f, 0x7a000000, 0x1000);
	ivrs_region(t, 0x21, 7, 0x10, 0, 0x7b000000, 0x3000);
	ivrs_region(t, 0x21, 3, 0x10, 0, 0x7b001000, 0x3000);
	ivrs_region(t, 0x21, 8, 0x108, 0, 0x7b001000, 0x1000);
	ivrs_region(t, 0x21, 7, 0x500, 0, 0x7b100000, 0x1000);
	ivrs_end(t);
}

int main(int argc, char **argv)
{
	static struct table t;
	static struct ivrs_table ivrs;
	static uint8_t other[256];

	if (argc != 2)
		return 2;
	folder = argv[1];
	server(&t);
	table_end(&t);
	write_file("works-server", t.bytes, t.length);
	everything(&t);
	table_end(&t);
	write_file("works-everything", t.bytes, t.length);
	t.bytes[9]++;
	write_file("works-checksum", t.bytes, t.length);
	write_file("works-truncated", t.bytes, 96);
	table_begin(&t, 39);
	table_unit(&t, 0, 0, 1);
	table_end(&t);
	write_file("refused-no-unit", t.bytes, t.length);
	amd(&ivrs);
	write_file("works-ivrs", ivrs.bytes, ivrs.length);
	memset(other, 0, sizeof(other));
	memcpy(other, "IVRS", 4);
	write_file("refused-ivrs", other, sizeof(other));
	memcpy(other, "VIOT", 4);
	write_file("skipped-virtio", other, sizeof(other));
	memcpy(other, "MCFG", 4);
	other[4] = 64;
	other[44 + 4] = 0xe0; /* base 0xe000000000 */
	other[44 + 11] = 255;
	write_file("works-mcfg", other, 64);
	memcpy(other, "IORT", 4);
	other[4] = 0;
	write_file("refused-iort", other, sizeof(other));
	write_file("skipped-empty", other, 0);
	return 0;
}
