/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The walks.
 */
#include "hardware.h"
#include "../hosts/iommu_host.h"
#include <string.h>

static uint64_t fetch(uint64_t table, uint64_t index, bool snoops)
{
	return snoops ? host_cpu_view(table + index * 8) : host_memory(table + index * 8);
}

static uint64_t field(uint64_t value, unsigned high, unsigned low)
{
	return value >> low & (high - low == 63 ? ~0ull : (1ull << (high - low + 1)) - 1);
}

/* VT-d specification 9.8: R 0, W 1, ignored 6:2 for us zero, PS 7 at the 2nd and 3rd table from below, 10:8 ignored,
 * SNP 11,
 * address 51:12, 61:52 ignored, TM 62 (zero), 63 ignored. */
static struct hardware_result vtd(unsigned levels, uint64_t table, uint64_t daddr, bool snoops)
{
	struct hardware_result r = {.read = true, .write = true};

	for (unsigned level = levels; level >= 1; level--) {
		unsigned shift = 12 + 9 * (level - 1);
		uint64_t e = fetch(table, field(daddr, shift + 8, shift), snoops);

		if (!(e & 3))
			return r;
		r.read = r.read && (e & 1);
		r.write = r.write && (e & 2);
		r.reserved = r.reserved || field(e, 6, 2) || field(e, 62, 62);
		if (level == 1 || (e & 0x80)) {
			r.reserved = r.reserved || level > 3 || (level == 1 && (e & 0x80)) ||
				     (level > 1 && field(e, shift - 1, 12));
			r.mapped = true;
			r.page_bytes = 1ull << shift;
			r.paddr = (field(e, 51, shift) << shift) | field(daddr, shift - 1, 0);
			return r;
		}
		table = field(e, 51, 12) << 12;
	}
	return r;
}

/* AMD 48882, 2.2.3: PR 0, NextLevel 11:9, address 51:12, FC 60, IR 61, IW 62; a PTE has NextLevel 0 or 7. */
static struct hardware_result amdvi(unsigned levels, uint64_t table, uint64_t daddr, bool snoops)
{
	struct hardware_result r = {.read = true, .write = true};
	unsigned level = levels;

	while (level >= 1) {
		unsigned shift = 12 + 9 * (level - 1);
		uint64_t e = fetch(table, field(daddr, shift + 8, shift), snoops);
		unsigned next = (unsigned)field(e, 11, 9);

		if (!(e & 1))
			return r;
		r.read = r.read && field(e, 61, 61);
		r.write = r.write && field(e, 62, 62);
		r.reserved = r.reserved || field(e, 8, 7) || field(e, 63, 63);
		if (next == 0) {
			r.reserved = r.reserved || (shift > 12 && field(e, shift - 1, 12));
			r.mapped = true;
			r.page_bytes = 1ull << shift;
			r.paddr = (field(e, 51, shift) << shift) | field(daddr, shift - 1, 0);
			return r;
		}
		if (next >= level) {
			r.reserved = true;
			return r;
		}
		if (next != level - 1) { /* levels are skipped only where the address bits are zero: not here */
			r.reserved = true;
			return r;
		}
		table = field(e, 51, 12) << 12;
		level = next;
	}
	return r;
}

/* DDI 0487, D8.3: 1:0 = 3 table or page, 1 block (not at the last level, not at level 0); AF must be set, or it
 * faults. */
static struct hardware_result lpae(unsigned stage, unsigned levels, unsigned width, uint64_t table, uint64_t daddr,
				   bool snoops)
{
	struct hardware_result r = {.read = true, .write = true};

	for (unsigned n = levels; n >= 1; n--) {
		unsigned shift = 12 + 9 * (n - 1);
		uint64_t e = fetch(table, field(daddr, n == levels ? width - 1 : shift + 8, shift), snoops);

		if (!(e & 1))
			return r;
		if (n > 1 && (e & 2)) {
			r.reserved = r.reserved || field(e, 63, 59) || field(e, 50, 48);
			table = field(e, 47, 12) << 12;
			continue;
		}
		r.mapped = true;
		r.reserved = r.reserved || (n == 1) != ((e & 2) != 0) || n > 3 || !(e & 1 << 10) || field(e, 50, 48) ||
			     field(e, 63, 59) || (n > 1 && field(e, shift - 1, 17));
		if (stage == 1) {
			r.read = field(e, 6, 6);
			r.write = r.read && !field(e, 7, 7);
		} else {
			r.read = field(e, 6, 6);
			r.write = field(e, 7, 7);
		}
		r.page_bytes = 1ull << shift;
		r.paddr = (field(e, 47, shift) << shift) | field(daddr, shift - 1, 0);
		return r;
	}
	return r;
}

/* Privileged architecture 12.3.2; of the second stage (18.5.1) the root's index is two bits wider, of the first
 * addresses are sign-extended. U, A and D must be set. */
static struct hardware_result riscv(unsigned levels, bool second, uint64_t table, uint64_t daddr, bool snoops)
{
	struct hardware_result r = {0};
	uint64_t upper = daddr >> (11 + 9 * levels);

	if (!second && upper && upper != UINT64_MAX >> (11 + 9 * levels))
		return r;

	for (unsigned i = levels; i-- > 0;) {
		unsigned shift = 12 + 9 * i;
		uint64_t e = fetch(table, field(daddr, shift + (i == levels - 1 && second ? 10 : 8), shift), snoops);

		if (!(e & 1))
			return r;
		r.reserved = r.reserved || field(e, 63, 54) || ((e & 4) && !(e & 2));
		if (!(e & 0xe)) {
			r.reserved = r.reserved || i == 0 || (e & 0xd0); /* D, A, U of a pointer */
			table = field(e, 53, 10) << 12;
			continue;
		}
		r.mapped = true;
		r.reserved =
			r.reserved || !(e & 0x10) || !(e & 0x40) || !(e & 0x80) || (i && field(e, 10 + 9 * i - 1, 10));
		r.read = e & 2;
		r.write = e & 4;
		r.page_bytes = 1ull << shift;
		r.paddr = (field(e, 53, 10) << 12 & ~((1ull << shift) - 1)) | field(daddr, shift - 1, 0);
		return r;
	}
	return r;
}

struct hardware_result hardware_walk(const char *name, uint64_t root, uint64_t daddr, bool snoops)
{
	unsigned levels = (unsigned)(name[strlen(name) - 1] - '0');

	if (!strncmp(name, "vtd", 3))
		return vtd(levels, root, daddr, snoops);
	if (!strncmp(name, "amdvi", 5))
		return amdvi(levels, root, daddr, snoops);
	if (!strncmp(name, "lpae", 4))
		return name[6] == '4' && name[7] /* 40 or 42 bits: a root of concatenated tables of level 1 (D8.2.7) */
			       ? lpae(2, 3, 40 + (unsigned)(name[7] - '0'), root, daddr, snoops)
			       : lpae((unsigned)(name[4] - '0'), levels, 12 + 9 * levels, root, daddr, snoops);
	return riscv((unsigned)(name[2] - '0'), name[4] == 'x', root, daddr, snoops);
}

bool hardware_write_only(const char *name)
{
	return strncmp(name, "lpae1", 5) && strncmp(name, "sv", 2);
}
