/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Makes seeds of the dumped tables: pack DIRECTORY <console. DIRECTORY/dmar gets DMAR tables, DIRECTORY/acpi images of
 * memory with a root pointer, a root table of 4- or 8-byte entries, and all tables.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASE = 0xe0000, TABLES = 16, TABLE_BYTES = 8192 };

struct table {
	char signature[5];
	uint8_t bytes[TABLE_BYTES];
	size_t nbytes;
};

static struct table tables[TABLES];
static unsigned ntables;

static void write_file(const char *directory, const char *name, const uint8_t *bytes, size_t nbytes)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "wb");
	if (!file || fputc(1, file) == EOF || fwrite(bytes, 1, nbytes, file) != nbytes || fclose(file)) {
		fprintf(stderr, "pack: %s: cannot be written\n", path);
		exit(1);
	}
}

static void put(uint8_t *at, uint64_t value, unsigned nbytes)
{
	for (unsigned i = 0; i < nbytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* Checksums are left to the fuzzer. */
static size_t image(uint8_t *bytes, unsigned entry_bytes)
{
	size_t root = 64, at = root + 36 + (size_t)ntables * entry_bytes;

	memset(bytes, 0, 65536);
	memcpy(bytes, "RSD PTR ", 8);
	bytes[15] = entry_bytes == 8 ? 2 : 0;
	put(bytes + 16, BASE + root, 4);
	put(bytes + 20, 36, 4);
	put(bytes + 24, entry_bytes == 8 ? BASE + root : 0, 8);
	memcpy(bytes + root, entry_bytes == 8 ? "XSDT" : "RSDT", 4);
	put(bytes + root + 4, at - root, 4);
	for (unsigned i = 0; i < ntables; i++) {
		put(bytes + root + 36 + (size_t)i * entry_bytes, BASE + at, entry_bytes);
		memcpy(bytes + at, tables[i].bytes, tables[i].nbytes);
		at += tables[i].nbytes;
	}
	return at;
}

int main(int argc, char **argv)
{
	static char line[2 * TABLE_BYTES + 64];
	static uint8_t bytes[65536];
	char directory[400];

	if (argc != 2)
		return 2;
	while (ntables < TABLES && fgets(line, sizeof(line), stdin)) {
		struct table *t = &tables[ntables];
		const char *hex = line + 12;

		if (strncmp(line, "@table ", 7) != 0)
			continue;
		memcpy(t->signature, line + 7, 4);
		for (unsigned byte; t->nbytes < TABLE_BYTES && sscanf(hex, "%2x", &byte) == 1; hex += 2)
			t->bytes[t->nbytes++] = (uint8_t)byte;
		ntables++;
	}
	if (!ntables) {
		fprintf(stderr, "pack: no tables on standard input\n");
		return 1;
	}
	snprintf(directory, sizeof(directory), "%s/dmar", argv[1]);
	for (unsigned i = 0; i < ntables; i++)
		if (memcmp(tables[i].signature, "DMAR", 4) == 0)
			write_file(directory, "q35", tables[i].bytes, tables[i].nbytes);
	snprintf(directory, sizeof(directory), "%s/acpi", argv[1]);
	write_file(directory, "q35-rsdt", bytes, image(bytes, 4));
	write_file(directory, "q35-xsdt", bytes, image(bytes, 8));
	return 0;
}
