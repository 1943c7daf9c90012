/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of AMD-Vi: commands (specification, 2.4.1 to 2.4.9).
 */
#include "amdvi_bench.h"
#include "amdvi_breaches.h"

/* The command (a, b). */
static void command(const struct breach *breach)
{
	enable();
	submit(breach->a, breach->b);
	mend();
	submit_wait();
}

static void opcodes(const struct breach *breach)
{
	unsigned times = 0;

	(void)breach;
	enable();
	for (unsigned opcode = 0; opcode < 16; opcode++)
		if (opcode == 0 || opcode > 8) {
			submit(OP(opcode), 0);
			mend();
			times++;
		}
	breach_times(times);
}

/* Each bit of the masks b (bits 63:0) and c (127:64), alone, in the command a. */
static void command_bits(const struct breach *breach)
{
	uint64_t low = breach->a >> 60 == 1 ? bench.frame[DONE] | 1 : 0;
	unsigned times = 0;

	enable();
	submit(PAGES(DOMAIN), 0);
	for (unsigned bit = 0; bit < 128; bit++) {
		uint64_t low_bit = bit < 64 ? BIT(bit) & breach->b : 0,
			 high_bit = bit < 64 ? 0 : BIT(bit - 64) & breach->c;

		if (!(low_bit | high_bit))
			continue;
		submit(breach->a | low | low_bit, high_bit);
		mend();
		times++;
	}
	submit_wait();
	breach_times(times);
}

static void buffer_nowhere(const struct breach *breach)
{
	(void)breach;
	rings();
	w64(COMBASE, NOWHERE | (uint64_t)8 << 56);
	w64(CONTROL, ENABLE | EVENTS | COMMANDS);
	w64(COMTAIL, 16);
}

static void unmended(const struct breach *breach)
{
	(void)breach;
	enable();
	submit(0, 0);
	w64(CONTROL, ENABLE | EVENTS | SNOOPED);
	w64(CONTROL, ENABLE | EVENTS | SNOOPED | COMMANDS);
	breach_also(AMDVI_COMMAND_OPCODE);
}

const struct breach amdvi_command_breaches[] = {
	{AMDVI_COMMAND_FETCH, "no memory", buffer_nowhere, 0, 0, 0, USUAL},
	{AMDVI_COMMAND_OPCODE, "0, 9 to 15", opcodes, 0, 0, 0, USUAL},
	{AMDVI_COMMAND_UNMENDED, "started again as it was", unmended, 0, 0, 0, USUAL},
	{AMDVI_WAIT_RESERVED, "each reserved bit", command_bits, OP(1), 0x0ff0000000000000, 0, USUAL},
	{AMDVI_WAIT_WIDTH, "bit 45", command, OP(1) | BIT(45) | 1, 0, 0, USUAL},
	{AMDVI_WAIT_ADDRESS, "no memory", command, OP(1) | NOWHERE | 1, 0, 0, USUAL},
	{AMDVI_ENTRY_RESERVED, "each reserved bit", command_bits, OP(2), 0x0fffffffffff0000, ~(uint64_t)0, USUAL},
	{AMDVI_PAGES_RESERVED, "each reserved bit", command_bits, OP(3), 0x0fff0000fff00000, 0xff8, USUAL},
	{AMDVI_PAGES_GUEST, "GN, each bit of a PASID", command_bits, OP(3), 0xfffff, 4, USUAL},
	{AMDVI_PAGES_SIZE, "all ones", command, PAGES(DOMAIN), 0xfffffffffffff003, 0, USUAL},
	{AMDVI_IOTLB_UNSUPPORTED, "one page", command, OP(4) | REQUESTER, 0, 0, USUAL},
	{AMDVI_IOTLB_RESERVED, "each reserved bit", command_bits, OP(4), 0x0fff000000ff0000, 0xffe, DEVICE_TLBS},
	{AMDVI_IOTLB_ORDER, "before any page", command, OP(4) | REQUESTER, 0, 0, DEVICE_TLBS},
	{AMDVI_INTERRUPTS_RESERVED, "each reserved bit", command_bits, OP(5), 0x0fffffffffff0000, ~(uint64_t)0, USUAL},
	{AMDVI_PREFETCH_UNSUPPORTED, "one page", command, OP(6) | REQUESTER, 0, 0, USUAL},
	{AMDVI_PPR_UNSUPPORTED, "a response", command, OP(7) | REQUESTER, 0, 0, USUAL},
	{AMDVI_ALL_UNSUPPORTED, "IASup is 0", command, OP(8), 0, 0, NO_ALL},
	{AMDVI_ALL_UNSUPPORTED, "no extended features", command, OP(8), 0, 0, OLD},
	{AMDVI_ALL_RESERVED, "each reserved bit", command_bits, OP(8), 0x0fffffffffffffff, ~(uint64_t)0, USUAL},
};
const size_t amdvi_ncommand_breaches = sizeof(amdvi_command_breaches) / sizeof(*amdvi_command_breaches);
