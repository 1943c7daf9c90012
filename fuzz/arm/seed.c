/* SPDX-License-Identifier: MPL-2.0 */
/* Writes an IORT for the fuzzer to start from: an interrupt controller, two SMMUs, a root complex, reserved memory. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint8_t table[512];
static unsigned length = 48;

static void put(unsigned at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		table[at + i] = (uint8_t)(value >> 8 * i);
}

static unsigned node(unsigned type, unsigned body, unsigned mappings)
{
	unsigned at = length;

	put(at, type | (16 + body + 20 * mappings) << 8);
	put(at + 8, mappings);
	put(at + 12, 16 + body);
	length += 16 + body + 20 * mappings;
	return at;
}

static void mapping(unsigned row, uint32_t first, uint32_t last, uint32_t output, uint32_t target, uint32_t flags)
{
	const uint32_t words[] = {first, last, output, target, flags};

	for (unsigned i = 0; i < 5; i++)
		put(row + 4 * i, words[i]);
}

int main(void)
{
	unsigned its = node(0, 8, 0), first = node(4, 52, 1), second = node(4, 52, 0), root = node(2, 24, 2),
		 reserved = node(6, 32, 1);

	put(first + 16, 0x9050000);
	put(first + 24, 1);
	mapping(first + 68, 0, 0xffff, 0, its, 0);
	put(second + 16, 0x9070000);
	put(root + 16, 1);
	mapping(root + 40, 0, 0xff, 0x10000, first, 0);
	mapping(root + 60, 0x100, 0xfeff, 0x20100, second, 0);
	put(reserved + 20, 1);
	put(reserved + 24, 28);
	put(reserved + 28, 0x80000000);
	put(reserved + 36, 0x10000);
	mapping(reserved + 48, 0, 0, 0x10008, first, 1);
	memcpy(table, "IORT", 4);
	put(4, length);
	table[8] = 1; /* the fuzzer seals it */
	put(36, 5);
	put(40, 48);
	return fwrite(table, 1, length, stdout) == length ? 0 : 1;
}
