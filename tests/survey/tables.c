/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the survey reads of the firmware's tables by itself, before the library has taken anything over, on tables that
 * firmware should not have: cut at every byte, changed at random, and those of real machines in the folders that are
 * named. Each is exactly as long as it says, so that the sanitizer sees a read behind it.
 */
#include "../../apps/survey/units.h"
#include <dirent.h>
#include <dmastream/platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 20, ROUNDS = 20000, MOST_UNITS = 100000 };

static const uint8_t *table;
static size_t table_bytes;
static const char *table_is;
static unsigned rows;
static unsigned number, failures;

/* ---- What the survey asks of others ---- */

int facts_table(const char *signature, unsigned index, const uint8_t **bytes, size_t *nbytes)
{
	if (index || strcmp(signature, table_is) != 0)
		return -1;
	*bytes = table;
	*nbytes = table_bytes;
	return 0;
}

bool facts_table_name(unsigned index, char name[5])
{
	(void)name;
	return index == 0; /* there is ACPI */
}

bool facts_function(unsigned index, struct facts_function *out)
{
	(void)index, (void)out;
	return false;
}

void report_row(const char *name)
{
	(void)name;
	rows++;
}

void report_array(const char *name)
{
	(void)name;
}

void report_end(void)
{
}

void report_hex(const char *name, uint64_t value, unsigned digits)
{
	(void)name, (void)value, (void)digits;
}

void report_number(const char *name, uint64_t value)
{
	(void)name, (void)value;
}

void report_string(const char *name, const char *value)
{
	(void)name, (void)value;
}

void report_bool(const char *name, bool value)
{
	(void)name, (void)value;
}

void report_fields(const struct field *fields, uint64_t value)
{
	(void)fields, (void)value;
}

const char *bus_option(const char *name, const char *otherwise)
{
	(void)name;
	return otherwise;
}

void bus_relax(void)
{
}

uint64_t dma_host_time_ns(void)
{
	return 0;
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)paddr, (void)nbytes;
	return NULL;
}

void dma_host_mmio_write32(volatile void *reg, uint32_t value)
{
	(void)reg, (void)value;
}

void dma_host_mmio_write64(volatile void *reg, uint64_t value)
{
	(void)reg, (void)value;
}

/* ---- The tables ---- */

static void check(bool fine, const char *what)
{
	number++;
	failures += !fine;
	printf("%s %u - %s\n", fine ? "ok" : "not ok", number, what);
}

static const struct unit_kind *kind_of(const char *signature)
{
	return !strcmp(signature, "DMAR") ? &units_vtd : !strcmp(signature, "IVRS") ? &units_amdvi : &units_virtio;
}

/* How many units; MOST_UNITS: the walk does not end. */
static unsigned read_it(const char *signature, const uint8_t *bytes, size_t nbytes)
{
	uint8_t *copy = malloc(nbytes ? nbytes : 1);
	struct unit unit;
	unsigned n = 0;

	if (!copy)
		exit(2);
	if (nbytes)
		memcpy(copy, bytes, nbytes);
	table = copy, table_bytes = nbytes, table_is = signature;
	rows = 0;
	while (n < MOST_UNITS && kind_of(signature)->at(table, table_bytes, n, &unit))
		n++;
	fixed_report();
	free(copy);
	return n;
}

static uint32_t next_random(void)
{
	static uint32_t state = 2463534242;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static bool survives(const char *signature, const uint8_t *bytes, size_t nbytes, unsigned rounds)
{
	static uint8_t changed[MOST];
	bool ends = true;

	for (size_t n = 0; n <= nbytes; n++)
		ends = ends && read_it(signature, bytes, n) < MOST_UNITS;
	for (unsigned i = 0; i < rounds; i++) {
		memcpy(changed, bytes, nbytes);
		for (unsigned k = next_random() % 8; nbytes > 36 && k < 8; k++)
			changed[36 + next_random() % (nbytes - 36)] = (uint8_t)next_random();
		ends = ends && read_it(signature, changed, nbytes) < MOST_UNITS;
	}
	return ends;
}

static const uint8_t
	dmar[] = {'D', 'M', 'A',      'R',  112,  [36] = 38, [48] = 0, 0,    24,   0,	 0, 0, 0,	 0,
		  0,   0,   0xd9,     0xfe, 0,	  0,	     0,	       0,    1,	   8,	 0, 0, 0,	 0,
		  2,   0,   [72] = 1, 0,    24,	  0,	     0,	       0,    0,	   0,	 0, 0, 0,	 0x7b,
		  0,   0,   0,	      0,    0xff, 0xff,	     0x7f,     0x7b, 0,	   0,	 0, 0, [96] = 0, 0,
		  16,  0,   1,	      0,    1,	  0,	     0,	       0x10, 0xd9, 0xfe, 0, 0, 0,	 0};
static const uint8_t ivrs[] = {'I',  'V',
			       'R',  'S',
			       136,  [48] = 0x10,
			       0,    28,
			       0,    2,
			       0,    0x40,
			       0,    0,
			       0,    0xb8,
			       0xfe, 0,
			       0,    0,
			       0,    0,
			       0,    0,
			       0,    0,
			       0,    0,
			       0,    1,
			       0,    0,
			       0,    [76] = 0x11,
			       0,    28,
			       0,    2,
			       0,    0x40,
			       0,    0,
			       0,    0xb8,
			       0xfe, 0,
			       0,    0,
			       0,    0,
			       0,    0,
			       0,    0,
			       0,    0,
			       0,    1,
			       0,    0,
			       0,    [104] = 0x22,
			       0,    32,
			       0,    8,
			       0,    0,
			       0,    0,
			       0,    0,
			       0,    0,
			       0,    0,
			       0,    0,
			       0,    0,
			       0x7b, 0,
			       0,    0,
			       0,    0,
			       0,    0x80,
			       0,    0,
			       0,    0,
			       0};
static const uint8_t viot[] = {'V', 'I',  'O', 'T',	 88,   [36] = 2, 0, 48, 0, [48] = 3, 0, 16, 0, 0,
			       0,   0x10, 0,   [64] = 1, 0,    24,	 0, 0,	0, 0,	     0, 0,  0, 0,
			       0,   0,	  0,   0xff,	 0xff, 48,	 0, 0,	0, 0,	     0, 0,  0};

static void of_real_machines(const char *folder, const char *signature)
{
	static uint8_t bytes[MOST];
	unsigned files = 0, with_units = 0;
	struct dirent *entry;
	DIR *list = opendir(folder);
	bool ends = true;
	char line[512];

	while (list && (entry = readdir(list)) != NULL) {
		FILE *file;
		size_t n;

		snprintf(line, sizeof(line), "%s/%s", folder, entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(line, "rb");
		if (!file)
			continue;
		n = fread(bytes, 1, sizeof(bytes), file);
		fclose(file);
		with_units += read_it(signature, bytes, n) > 0;
		ends = ends && survives(signature, bytes, n, 20);
		files++;
	}
	if (list)
		closedir(list);
	snprintf(line, sizeof(line), "%u %s tables of real machines, %u of them with units", files, signature,
		 with_units);
	check(ends && with_units > files / 2, line);
}

int main(int argc, char **argv)
{
	check(read_it("DMAR", dmar, sizeof(dmar)) == 2 && rows == 1, "two units and a region of a DMAR");
	check(read_it("IVRS", ivrs, sizeof(ivrs)) == 1 && rows == 1,
	      "a unit that stands twice in an IVRS, and a region");
	check(read_it("VIOT", viot, sizeof(viot)) == 1 && rows == 0, "a unit of a VIOT");
	check(survives("DMAR", dmar, sizeof(dmar), ROUNDS), "a DMAR that is cut or changed");
	check(survives("IVRS", ivrs, sizeof(ivrs), ROUNDS), "an IVRS that is cut or changed");
	check(survives("VIOT", viot, sizeof(viot), ROUNDS), "a VIOT that is cut or changed");
	if (argc > 1) {
		char folder[256];

		snprintf(folder, sizeof(folder), "%s/dmar", argv[1]);
		of_real_machines(folder, "DMAR");
		snprintf(folder, sizeof(folder), "%s/ivrs", argv[1]);
		of_real_machines(folder, "IVRS");
	}
	printf("1..%u\n", number);
	return failures ? 1 : 0;
}
