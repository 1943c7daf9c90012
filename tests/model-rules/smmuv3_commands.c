/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of SMMUv3: commands (IHI 0070, chapter 4).
 */
#include "smmuv3_bench.h"
#include "smmuv3_breaches.h"

/* The command (a, b). */
static void command(const struct breach *breach)
{
	queues_on();
	submit(breach->a, breach->b);
	mend();
	sync_commands();
}

/* Each reserved bit of the command whose opcode (and what makes it lawful) is a: b of the low half, c of the high. */
static void reserved_bits(const struct breach *breach)
{
	uint64_t high = (breach->a & 0xff) == 4 ? 31 : 0;
	unsigned times = 0;

	queues_on();
	for (unsigned bit = 0; bit < 128; bit++) {
		uint64_t low_bit = bit < 64 ? BIT(bit) & breach->b : 0,
			 high_bit = bit < 64 ? 0 : BIT(bit - 64) & breach->c;

		if (!(low_bit | high_bit))
			continue;
		submit(breach->a | low_bit, high | high_bit);
		mend();
		times++;
	}
	sync_commands();
	breach_times(times);
}

/* Every opcode of the list, as it stands. */
static void opcodes(const uint8_t *list, unsigned n)
{
	queues_on();
	for (unsigned i = 0; i < n; i++) {
		submit(list[i], 0);
		mend();
	}
	sync_commands();
	breach_times(n);
}

static void reserved_opcodes(const struct breach *breach)
{
	static const uint8_t known[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13,
					0x18, 0x1a, 0x20, 0x21, 0x22, 0x23, 0x28, 0x2a, 0x30, 0x40, 0x41,
					0x44, 0x45, 0x46, 0x50, 0x51, 0x52, 0x53, 0x58, 0x5a, 0x60};
	uint8_t list[256];
	unsigned n = 0, at = 0;

	(void)breach;
	for (unsigned opcode = 0; opcode < 256; opcode++) {
		if (at < sizeof(known) && known[at] == opcode)
			at++;
		else
			list[n++] = (uint8_t)opcode;
	}
	opcodes(list, n);
}

static void secure_opcodes(const struct breach *breach)
{
	static const uint8_t list[] = {0x18, 0x1a, 0x50, 0x51, 0x52, 0x53, 0x58, 0x5a, 0x60};

	(void)breach;
	opcodes(list, sizeof(list));
}

static void secure_streams(const struct breach *breach)
{
	static const uint8_t list[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06};

	(void)breach;
	queues_on();
	for (unsigned i = 0; i < sizeof(list); i++) {
		submit(list[i] | BIT(10), 0);
		mend();
	}
	breach_times(sizeof(list));
}

static void stage_1(const struct breach *breach)
{
	static const uint8_t list[] = {0x05, 0x06, 0x10, 0x11, 0x12, 0x13};

	(void)breach;
	opcodes(list, sizeof(list));
}

static void stage_2(const struct breach *breach)
{
	static const uint8_t list[] = {0x28, 0x2a};

	(void)breach;
	opcodes(list, sizeof(list));
}

static void hypervisor(const struct breach *breach)
{
	static const uint8_t list[] = {0x20, 0x21, 0x22, 0x23};

	(void)breach;
	opcodes(list, sizeof(list));
}

static void translation_services(const struct breach *breach)
{
	static const uint8_t list[] = {0x40, 0x41};

	(void)breach;
	opcodes(list, sizeof(list));
}

static void stalls(const struct breach *breach)
{
	static const uint8_t list[] = {0x44, 0x45};

	(void)breach;
	opcodes(list, sizeof(list));
}

static void partitions(const struct breach *breach)
{
	static const uint8_t list[] = {0x07};

	(void)breach;
	opcodes(list, sizeof(list));
}

static void nowhere(const struct breach *breach)
{
	(void)breach;
	w64(CMDQ_BASE, NOWHERE | 8);
	w32(CMDQ_CONS, 0);
	w32(CMDQ_PROD, 0);
	control(CMDQEN);
	w32(CMDQ_PROD, 1);
}

/* Each of the range fields alone, without a granule. */
static void no_granule(const struct breach *breach)
{
	(void)breach;
	queues_on();
	for (unsigned bit = 12; bit < 17; bit++) {
		submit(0x2a | BIT(bit), 0x1000);
		mend();
	}
	for (unsigned bit = 20; bit < 25; bit++) {
		submit(0x12 | BIT(bit), 0x1000);
		mend();
	}
	submit(0x2a, 0x1000 | BIT(8));
	mend();
	submit(0x13, 0x1000 | BIT(9));
	mend();
	breach_times(12);
}

static void no_ranges(const struct breach *breach)
{
	(void)breach;
	queues_on();
	submit(0x2a | 1 << 12, 0x1000);
	mend();
	submit(0x2a | 1 << 20, 0x1000);
	mend();
	submit(0x12, 0x1000 | 1 << 10);
	mend();
	submit(0x12, 0x1000 | 3 << 8);
	mend();
	breach_times(4);
}

/* Every command with a range, of nothing. */
static void range_of_nothing(const struct breach *breach)
{
	static const uint8_t list[] = {0x12, 0x13, 0x2a};

	(void)breach;
	queues_on();
	for (unsigned i = 0; i < sizeof(list); i++) {
		submit(list[i], 0x1000 | 1 << 10);
		mend();
		submit(list[i], 0x1000 | 1 << 10 | 1); /* leaves alone: the same */
		mend();
	}
	breach_times(2 * sizeof(list));
}

static void granules(const struct breach *breach)
{
	(void)breach;
	queues_on();
	submit(0x2a | 1 << 12, 2 << 10 | 3 << 8);
	mend();
	submit(0x2a | 1 << 12, 3 << 10 | 3 << 8);
	mend();
	breach_times(2);
}

static void crooked_levels(const struct breach *breach)
{
	(void)breach;
	queues_on();
	submit(0x2a | 1 << 12, 1 << 10 | 2 << 8 | 0x1000);   /* level 2, not at 2 MiB */
	submit(0x2a | 1 << 12, 1 << 10 | 1 << 8 | 0x200000); /* level 1, not at 1 GiB */
	sync_commands();
	breach_times(2);
}

#define ALL   ~(uint64_t)0
#define VA    0xfc0e0f00
#define OP(n) ((uint64_t)(n))

const struct breach smmu_command_breaches[] = {
	{SMMU_COMMAND_FETCH, "a queue where no memory is", nowhere, 0, 0, 0, USUAL},
	{SMMU_COMMAND_OPCODE, "every reserved opcode", reserved_opcodes, 0, 0, 0, WITH_EL2},
	{SMMU_COMMAND_SECURE, "every Secure opcode", secure_opcodes, 0, 0, 0, USUAL},
	{SMMU_COMMAND_SECURE, "SSec in every command that has it", secure_streams, 0, 0, 0, USUAL},
	{SMMU_COMMAND_STREAM, "stream 65536 of 65536", command, 3 | BIT(48), 1, 0, USUAL},
	{SMMU_COMMAND_SUBSTREAM, "substream 1", command, 5 | BIT(12), 1, 0, USUAL},
	{SMMU_COMMAND_STAGE_1, "every command of stage 1", stage_1, 0, 0, 0, STAGE_2_ALONE},
	{SMMU_COMMAND_STAGE_2, "every command of stage 2", stage_2, 0, 0, 0, STAGE_1_ALONE},
	{SMMU_COMMAND_EL2, "every command of EL2", hypervisor, 0, 0, 0, USUAL},
	{SMMU_COMMAND_ATS, "ATC_INV, PRI_RESP", translation_services, 0, 0, 0, USUAL},
	{SMMU_COMMAND_STALL, "RESUME, STALL_TERM", stalls, 0, 0, 0, USUAL},
	{SMMU_COMMAND_MPAM, "CFGI_VMS_PIDM", partitions, 0, 0, 0, USUAL},
	{SMMU_COMMAND_ASID, "ASID 256 of 256", command, 0x11 | BIT(56), 0, 0, NARROW_IDS},
	{SMMU_COMMAND_VMID, "VMID 256 of 256", command, 0x28 | BIT(40), 0, 0, NARROW_IDS},
	{SMMU_COMMAND_NO_VMID, "VMID 1 of stage 1 alone", command, 0x11 | BIT(32), 0, 0, STAGE_1_ALONE},
	{SMMU_CFGI_STE_RESERVED, "each reserved bit", reserved_bits, OP(0x03), 0xfffffb00, ALL - 1, USUAL},
	{SMMU_CFGI_RANGE_RESERVED, "each reserved bit", reserved_bits, OP(0x04), 0xfffffb00, ALL - 31, USUAL},
	{SMMU_CFGI_CD_RESERVED, "each reserved bit", reserved_bits, OP(0x05), 0xb00, ALL - 1, USUAL},
	{SMMU_CFGI_CD_ALL_RESERVED, "each reserved bit", reserved_bits, OP(0x06), 0xfffffb00, ALL, USUAL},
	{SMMU_PREFETCH_RESERVED, "each reserved bit of CONFIG", reserved_bits, OP(0x01), 0x300, ALL, USUAL},
	{SMMU_PREFETCH_RESERVED, "each reserved bit of ADDR", reserved_bits, OP(0x02), 0x300, 0xc00, USUAL},
	{SMMU_NH_ALL_RESERVED, "each reserved bit", reserved_bits, OP(0x10), 0xffff0000ffffff00, ALL, USUAL},
	{SMMU_NH_ASID_RESERVED, "each reserved bit", reserved_bits, OP(0x11), 0xffffff00, ALL, USUAL},
	{SMMU_NH_VAA_RESERVED, "each reserved bit", reserved_bits, OP(0x13), 0xffff000000000000 | VA, 0x7e, USUAL},
	{SMMU_NH_VA_RESERVED, "each reserved bit", reserved_bits, OP(0x12), VA, 0x7e, USUAL},
	{SMMU_EL2_ALL_RESERVED, "each reserved bit", reserved_bits, OP(0x20), ALL - 0xff, ALL, WITH_EL2},
	{SMMU_EL2_VA_RESERVED, "each reserved bit", reserved_bits, OP(0x22), 0x0000ffff00000000 | VA, 0x7e, WITH_EL2},
	{SMMU_EL2_VAA_RESERVED, "each reserved bit", reserved_bits, OP(0x23), 0xffffffff00000000 | VA, 0x7e, WITH_EL2},
	{SMMU_EL2_ASID_RESERVED, "each reserved bit", reserved_bits, OP(0x21), 0x0000ffffffffff00, ALL, WITH_EL2},
	{SMMU_S2_IPA_RESERVED, "each reserved bit", reserved_bits, OP(0x2a), 0xffff000000000000 | VA,
	 0xfff000000000007e, USUAL},
	{SMMU_S12_VMALL_RESERVED, "each reserved bit", reserved_bits, OP(0x28), 0xffff0000ffffff00, ALL, USUAL},
	{SMMU_NSNH_ALL_RESERVED, "each reserved bit", reserved_bits, OP(0x30), ALL - 0xff, ALL, USUAL},
	{SMMU_SYNC_RESERVED, "each reserved bit", reserved_bits, OP(0x46), 0xf03fcf00, 0xfff0000000000003, USUAL},
	{SMMU_SYNC_SIGNAL, "0b11", command, OP(0x46) | 3 << 12, 0, 0, USUAL},
	{SMMU_RANGE_ABSENT, "NUM, SCALE, TG, TTL", no_ranges, 0, 0, 0, NO_RANGES},
	{SMMU_RANGE_NO_GRANULE, "each bit of NUM, SCALE, TTL", no_granule, 0, 0, 0, USUAL},
	{SMMU_RANGE_NOTHING, "one page as a range, every command", range_of_nothing, 0, 0, 0, USUAL},
	{SMMU_RANGE_GRANULE, "16 KiB, 64 KiB", granules, 0, 0, 0, USUAL},
	{SMMU_RANGE_ALIGNED, "levels 2 and 1", crooked_levels, 0, 0, 0, USUAL},
	{SMMU_RANGE_128, "TTL128", command, OP(0x2a) | 1 << 12, 1 << 10 | 3 << 8 | 1 << 7, 0, USUAL},
	{SMMU_RANGE_128, "SCALE 32", command, OP(0x2a) | BIT(25), 1 << 10 | 3 << 8, 0, USUAL},
	{SMMU_RANGE_WIDTH, "an address of 45 bits", command, OP(0x2a), BIT(44), 0, USUAL},
};
const size_t smmu_ncommand_breaches = sizeof(smmu_command_breaches) / sizeof(*smmu_command_breaches);
