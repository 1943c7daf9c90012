/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of the RISC-V IOMMU: commands ("Command-Queue").
 */
#include "riscv_bench.h"
#include "riscv_breaches.h"

/* The command (a, b). */
static void command(const struct breach *breach)
{
	enable();
	submit(breach->a, breach->b);
	mend();
	submit_fence();
}

static void opcodes(const struct breach *breach)
{
	unsigned times = 0;

	(void)breach;
	enable();
	for (unsigned opcode = 0; opcode < 128; opcode++)
		for (unsigned function = 0; function < 8; function++) {
			unsigned first = opcode == 2 ? 1 : 2; /* that is reserved */

			if (opcode >= 1 && opcode <= 4 && function < first)
				continue;
			submit(opcode | function << 7, 0);
			mend();
			times++;
		}
	breach_times(times);
}

/* Each bit of the masks b (bits 63:0) and c (127:64), alone, in the command a. */
static void command_bits(const struct breach *breach)
{
	unsigned times = 0;

	enable();
	for (unsigned bit = 0; bit < 128; bit++) {
		uint64_t low = bit < 64 ? BIT(bit) & breach->b : 0, high = bit < 64 ? 0 : BIT(bit - 64) & breach->c;

		if (!(low | high))
			continue;
		submit(breach->a | low, high);
		mend();
		times++;
	}
	submit_fence();
	breach_times(times);
}

static void response_codes(const struct breach *breach)
{
	(void)breach;
	enable();
	for (uint64_t code = 2; code < 15; code++) {
		submit(4 | 1 << 7, code << 44);
		mend();
	}
	breach_times(13);
}

static void queue_nowhere(const struct breach *breach)
{
	(void)breach;
	w64(CQB, PPN(NOWHERE) | 7);
	w32(CQT, 1);
	w32(CQCSR, 1);
}

static void unmended(const struct breach *breach)
{
	(void)breach;
	enable();
	submit(0, 0);
	w32(CQCSR, 1 | ILLEGAL);
	breach_also(RISCV_COMMAND_OPCODE);
}

const struct breach riscv_command_breaches[] = {
	{RISCV_COMMAND_FETCH, "no memory", queue_nowhere, 0, 0, 0, USUAL},
	{RISCV_COMMAND_OPCODE, "each that is reserved", opcodes, 0, 0, 0, USUAL},
	{RISCV_COMMAND_UNMENDED, "the error is cleared, and nothing else", unmended, 0, 0, 0, USUAL},
	{RISCV_IOTINVAL_RESERVED, "VMA: each reserved bit", command_bits, 1, 0xf00003fc00000800, 0xc0000000000003ff,
	 USUAL},
	{RISCV_IOTINVAL_RESERVED, "GVMA: each reserved bit", command_bits, GVMA, 0xf00003fc00000800, 0xc0000000000003ff,
	 USUAL},
	{RISCV_IOTINVAL_PSCV, "GVMA with PSCV", command, GVMA | BIT(32), 0, 0, USUAL},
	{RISCV_IOFENCE_RESERVED, "each reserved bit", command_bits, 2, 0xffffc000, 0xc000000000000000, USUAL},
	{RISCV_IOFENCE_WSI, "WSI", command, 2 | BIT(11), 0, 0, USUAL},
	{RISCV_IOFENCE_ADDRESS, "no memory", command, 2 | BIT(10), NOWHERE >> 2, 0, USUAL},
	{RISCV_IODIR_RESERVED, "each reserved bit", command_bits, 3, 0xfdfffffc00, ~(uint64_t)0, USUAL},
	{RISCV_IODIR_DEVICE, "a bit too many", command, 3 | BIT(33) | BIT(40 + 15), 0, 0, USUAL},
	{RISCV_IODIR_DEVICE, "a bit too many, base format", command, 3 | BIT(33) | BIT(40 + 16), 0, 0, BASE_FORMAT},
	{RISCV_IODIR_PROCESS, "each bit", command_bits, 3 | 1 << 7 | BIT(33), 0xfffff000, 0, USUAL},
	{RISCV_IODIR_PDT, "of no device", command, 3 | 1 << 7, 0, 0, USUAL},
	{RISCV_ATS_UNSUPPORTED, "INVAL", command, 4, 0, 0, USUAL},
	{RISCV_ATS_UNSUPPORTED, "PRGR", command, 4 | 1 << 7, 0, 0, USUAL},
	{RISCV_ATS_RESERVED, "INVAL: each reserved bit", command_bits, 4, 0xfc00000c00, 0, WITH_ATS},
	{RISCV_ATS_RESERVED, "PRGR: each reserved bit", command_bits, 4 | 1 << 7, 0xfc00000c00, 0, WITH_ATS},
	{RISCV_ATS_PAYLOAD, "INVAL: 10:1", command_bits, 4, 0, 0x7fe, WITH_ATS},
	{RISCV_ATS_PAYLOAD, "PRGR: 63:48, 43:41, 31:0", command_bits, 4 | 1 << 7, 0, 0xffff0e00ffffffff, WITH_ATS},
	{RISCV_PRGR_CODE, "2 to 14", response_codes, 0, 0, 0, WITH_ATS},
};
const size_t riscv_ncommand_breaches = sizeof(riscv_command_breaches) / sizeof(*riscv_command_breaches);
