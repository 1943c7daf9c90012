/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a command of 128 bits may say (specification, 2.4.1 to 2.4.8). A reserved bit makes it illegal (2.5.6).
 */
#include "amdvi_model.h"

static const struct {
	uint64_t reserved[2];
	enum amdvi_rule rule;
} commands[] = {
	[1] = {{0x0ff0000000000000, 0}, AMDVI_WAIT_RESERVED},
	[2] = {{0x0fffffffffff0000, ~(uint64_t)0}, AMDVI_ENTRY_RESERVED},
	[3] = {{0x0fff0000fff00000, 0xff8}, AMDVI_PAGES_RESERVED},
	/* 2.4.4, without guest translation and without types: PASID 0, GN 0, Type 0. */
	[4] = {{0x0fff000000ff0000, 0xffe}, AMDVI_IOTLB_RESERVED},
	[5] = {{0x0fffffffffff0000, ~(uint64_t)0}, AMDVI_INTERRUPTS_RESERVED},
	[8] = {{0x0fffffffffffffff, ~(uint64_t)0}, AMDVI_ALL_RESERVED},
};

/* 2.4.3: with S, the lowest 0 of the address, from bit 12 up, tells the size: 8 KiB if it is bit 12. */
void amdvi_pages_range(uint64_t operand, uint64_t *first, uint64_t *last)
{
	uint64_t address = operand & ~(uint64_t)0xfff, mask = 0xfff;

	if (operand & 1) {
		mask = 0x1fff;
		for (unsigned bit = 12; bit < 63 && address >> bit & 1; bit++)
			mask = mask << 1 | 1;
	}
	*first = address & ~mask;
	*last = *first | mask;
}

static enum amdvi_rule wait(const struct sim_amdvi *unit, const uint64_t c[2], bool *illegal)
{
	uint64_t word;

	*illegal = false;
	if (!(c[0] & 1))
		return AMDVI_NRULES;
	if (amdvi_beyond(unit, c[0] & ADDRESS))
		return AMDVI_WAIT_WIDTH;
	return sim_ram_read(c[0] & (ADDRESS | 0xff8), &word, sizeof(word), true) ? AMDVI_WAIT_ADDRESS : AMDVI_NRULES;
}

static enum amdvi_rule pages(const uint64_t c[2])
{
	if (c[1] & 4 || c[0] & 0xfffff)
		return AMDVI_PAGES_GUEST;
	return c[1] & 1 && c[1] >> 12 == ~(uint64_t)0 >> 12 ? AMDVI_PAGES_SIZE : AMDVI_NRULES;
}

static enum amdvi_rule unsupported(const struct sim_amdvi *unit, unsigned opcode)
{
	if (opcode == 4 && !unit->config.device_tlbs)
		return AMDVI_IOTLB_UNSUPPORTED;
	if (opcode == 6)
		return AMDVI_PREFETCH_UNSUPPORTED;
	if (opcode == 7)
		return AMDVI_PPR_UNSUPPORTED;
	return opcode == 8 && (!unit->config.invalidates_all || unit->config.no_features) ? AMDVI_ALL_UNSUPPORTED
											  : AMDVI_NRULES;
}

enum amdvi_rule amdvi_command_check(const struct sim_amdvi *unit, const uint64_t command[2], bool *illegal)
{
	unsigned opcode = (unsigned)(command[0] >> 60);
	enum amdvi_rule rule;

	*illegal = true;
	if (opcode == 0 || opcode > 8)
		return AMDVI_COMMAND_OPCODE;
	rule = unsupported(unit, opcode);
	if (rule != AMDVI_NRULES)
		return rule;
	if (command[0] & commands[opcode].reserved[0] || command[1] & commands[opcode].reserved[1])
		return commands[opcode].rule;
	if (opcode == 1)
		return wait(unit, command, illegal);
	if (opcode == 3)
		return pages(command);
	if (opcode == 4 && !unit->pages_seen) {
		*illegal = false;
		return AMDVI_IOTLB_ORDER;
	}
	return AMDVI_NRULES;
}
