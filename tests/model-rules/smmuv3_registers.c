/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of SMMUv3: what they write to registers, and when (IHI 0070, 3.5, 3.11, 6.2, 6.3).
 */
#include "smmuv3_bench.h"
#include "smmuv3_breaches.h"

/* Each bit of mask b, alone, in the register of 4 bytes at a; c: what is written beside. */
static void bits32(const struct breach *breach)
{
	for (unsigned bit = 0; bit < 32; bit++)
		if (breach->b >> bit & 1)
			w32(breach->a, breach->c | BIT(bit));
	breach_times((unsigned)__builtin_popcountll(breach->b));
}

/* The same in one of 8 bytes. */
static void bits64(const struct breach *breach)
{
	for (unsigned bit = 0; bit < 64; bit++)
		if (breach->b >> bit & 1)
			w64(breach->a, breach->c | BIT(bit));
	breach_times((unsigned)__builtin_popcountll(breach->b));
}

static void value32(const struct breach *breach)
{
	w32(breach->a, breach->b);
}

static void value64(const struct breach *breach)
{
	w64(breach->a, breach->b);
}

/* The value b at a, while the unit works. */
static void value32_on(const struct breach *breach)
{
	enable();
	w32(breach->a, breach->b);
}

static void value64_on(const struct breach *breach)
{
	enable();
	w64(breach->a, breach->b);
}

static void read_only(const struct breach *breach)
{
	static const uint64_t offsets[] = {0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c, CR0ACK, IRQ_CTRLACK, GERROR};

	(void)breach;
	for (unsigned i = 0; i < 11; i++)
		w32(offsets[i], 0);
	breach_times(11);
}

static void wide(const struct breach *breach)
{
	(void)breach;
	(void)r64(CR0);
	w64(CR1, 0);
	(void)r64(CMDQ_PROD);
	breach_times(3);
}

static void bypass_bits(const struct breach *breach)
{
	for (unsigned bit = 0; bit < 32; bit++)
		if (breach->b >> bit & 1)
			w32(GBPA, 0x80000000 | BIT(bit));
	breach_times((unsigned)__builtin_popcountll(breach->b));
}

static void bypass_values(const struct breach *breach)
{
	(void)breach;
	w32(GBPA, 0x80000000 | 1 << 18);
	w32(GBPA, 0x80000000 | 1 << 16);
	breach_times(2);
}

static void bypass_twice(const struct breach *breach)
{
	(void)breach;
	w32(GBPA, 0x80100000);
	w32(GBPA, 0x80000000); /* the update is not over */
}

static void shares(const struct breach *breach)
{
	(void)breach;
	w32(CR1, 1 << 10);
	w32(CR1, 1 << 4);
	breach_times(2);
}

static void caches(const struct breach *breach)
{
	(void)breach;
	for (unsigned at = 0; at <= 8; at += at == 2 ? 4 : 2)
		w32(CR1, 3u << at);
	breach_times(4);
}

static void control_twice(const struct breach *breach)
{
	(void)breach;
	w64(CMDQ_BASE, bench.frame[COMMANDS] | 8);
	w32(CMDQ_CONS, 0);
	w32(CMDQ_PROD, 0);
	w32(CR0, CMDQEN);
	w32(CR0, 0); /* not acknowledged */
}

static void interrupts_twice(const struct breach *breach)
{
	(void)breach;
	w32(IRQ_CTRL, 1);
	w32(IRQ_CTRL, 0);
}

static void message_guarded(const struct breach *breach)
{
	(void)breach;
	w32(IRQ_CTRL, 5);
	(void)r32(IRQ_CTRLACK);
	w64(GERROR_CFG0, 0x1000);
	w32(GERROR_CFG1, 1);
	w32(EVENTQ_CFG2, 0xf);
	breach_times(3);
}

static void messages_absent(const struct breach *breach)
{
	(void)breach;
	w64(GERROR_CFG0, 0x1000);
	w32(GERROR_CFG1, 1);
	w32(GERROR_CFG2, 1);
	w64(EVENTQ_CFG0, 0x1000);
	w32(EVENTQ_CFG2, 1);
	breach_times(5);
}

static void page_requests(const struct breach *breach)
{
	(void)breach;
	w64(PRIQ_BASE, 0x1000);
	w64(0xd0, 0x1000);
	w32(0xd8, 1);
	w32(0xdc, 1);
	w32(0x100c8, 1);
	w32(0x100cc, 1);
	breach_times(6);
}

/* ---- Stream table ---- */

static void splits(const struct breach *breach)
{
	unsigned times = 0;

	(void)breach;
	for (unsigned split = 0; split < 32; split++)
		if (split != 6 && split != 8 && split != 10) {
			w32(STRTAB_CFG, 1 << 16 | split << 6 | 8);
			times++;
		}
	breach_times(times);
}

static void formats(const struct breach *breach)
{
	(void)breach;
	w32(STRTAB_CFG, 2 << 16 | 6 << 6 | 8);
	w32(STRTAB_CFG, 3 << 16 | 6 << 6 | 8);
	breach_times(2);
}

static void crooked_table(const struct breach *breach)
{
	w64(STRTAB_BASE, bench.frame[STREAMS] + 0x40);
	w32(STRTAB_CFG, breach->a);
	queues_on();
	invalidate();
	control(SMMUEN | CMDQEN | EVENTQEN);
}

#define BEYOND (BIT(56) - BIT(44))

const struct breach smmu_register_breaches[] = {
	{SMMU_ACCESS_WIDTH, "8 bytes at registers of 4", wide, 0, 0, 0, USUAL},
	{SMMU_ACCESS_UNKNOWN, "a write to offset 0x48", value32, 0x48, 0, 0, USUAL},
	{SMMU_ACCESS_UNKNOWN, "a write to offset 0xa8 of the first page", value32, 0xa8, 0, 0, USUAL},
	{SMMU_ACCESS_READ_ONLY, "IDR0 to IDR5, IIDR, AIDR, CR0ACK, IRQ_CTRLACK, GERROR", read_only, 0, 0, 0, USUAL},
	{SMMU_CR0_RESERVED, "each reserved bit of CR0", bits32, CR0, 0xfffffff2, 0, USUAL},
	{SMMU_CR0_WAIT, "CMDQEN on and off without a look", control_twice, 0, 0, 0, LATE},
	{SMMU_CR1_RESERVED, "each reserved bit of CR1", bits32, CR1, 0xfffff000, 0, USUAL},
	{SMMU_CR1_SHARE, "TABLE_SH, QUEUE_SH", shares, 0, 0, 0, USUAL},
	{SMMU_CR1_CACHE, "TABLE_OC, TABLE_IC, QUEUE_OC, QUEUE_IC", caches, 0, 0, 0, USUAL},
	{SMMU_CR1_TABLE_GUARDED, "TABLE_SH while it translates", value32_on, CR1, 0x975, 0, USUAL},
	{SMMU_CR1_QUEUE_GUARDED, "QUEUE_SH while queues work", value32_on, CR1, 0xd65, 0, USUAL},
	{SMMU_CR2_RESERVED, "each reserved bit of CR2", bits32, CR2, 0xfffffff8, 0, USUAL},
	{SMMU_CR2_RESERVED, "PTM without BTM, E2H without Hyp", bits32, CR2, 5, 0, USUAL},
	{SMMU_CR2_GUARDED, "CR2 while it translates", value32_on, CR2, 0, 0, USUAL},
	{SMMU_GBPA_RESERVED, "each reserved bit of GBPA", bypass_bits, 0, 0x7fe0c0e0, 0, USUAL},
	{SMMU_GBPA_VALUES, "INSTCFG, PRIVCFG", bypass_values, 0, 0, 0, USUAL},
	{SMMU_GBPA_UPDATE, "ABORT without Update", value32, GBPA, 0x100000, 0, USUAL},
	{SMMU_GBPA_BUSY, "twice without a look", bypass_twice, 0, 0, 0, LATE},
	{SMMU_IRQ_CTRL_RESERVED, "each reserved bit of IRQ_CTRL", bits32, IRQ_CTRL, 0xfffffffa, 0, USUAL},
	{SMMU_IRQ_CTRL_WAIT, "on and off without a look", interrupts_twice, 0, 0, 0, LATE},
	{SMMU_GERRORN_RESERVED, "each reserved bit of GERRORN", bits32, GERRORN, 0xfffffefa, 0, USUAL},
	{SMMU_GERRORN_TOGGLE, "errors that are not active", bits32, GERRORN, 0x105, 0, USUAL},
	{SMMU_MSI_ABSENT, "every IRQ_CFG register", messages_absent, 0, 0, 0, USUAL},
	{SMMU_MSI_RESERVED, "each reserved bit of IRQ_CFG0", bits64, GERROR_CFG0, 0xff00000000000003, 0, WITH_MSI},
	{SMMU_MSI_RESERVED, "each bit of IRQ_CFG0 beyond 44", bits64, EVENTQ_CFG0, BEYOND, 0, WITH_MSI},
	{SMMU_MSI_ATTRIBUTES, "each reserved bit of IRQ_CFG2", bits32, GERROR_CFG2, 0xffffffc0, 0, WITH_MSI},
	{SMMU_MSI_ATTRIBUTES, "shareability 0b01", value32, EVENTQ_CFG2, 0x1f, 0, WITH_MSI},
	{SMMU_MSI_GUARDED, "while interrupts are enabled", message_guarded, 0, 0, 0, WITH_MSI},
	{SMMU_PRI_ABSENT, "every register of the PRI queue", page_requests, 0, 0, 0, USUAL},
	{SMMU_STRTAB_RESERVED, "each reserved bit", bits64, STRTAB_BASE, 0xbf0000000000003f, 0, USUAL},
	{SMMU_STRTAB_WIDTH, "each bit from 44 on", bits64, STRTAB_BASE, BEYOND, 0, USUAL},
	{SMMU_STRTAB_GUARDED, "STRTAB_BASE while it translates", value64_on, STRTAB_BASE, 0, 0, USUAL},
	{SMMU_STRTAB_GUARDED, "STRTAB_BASE_CFG while it translates", value32_on, STRTAB_CFG, 5, 0, USUAL},
	{SMMU_STRTAB_CFG_RESERVED, "each reserved bit", bits32, STRTAB_CFG, 0xfffcf800, 0, USUAL},
	{SMMU_STRTAB_FORMAT, "formats 2 and 3", formats, 0, 0, 0, USUAL},
	{SMMU_STRTAB_FORMAT, "two levels of one", value32, STRTAB_CFG, 1 << 16 | 8 << 6 | 8, 0, ONE_LEVEL},
	{SMMU_STRTAB_SPLIT, "every split but 6, 8, 10", splits, 0, 0, 0, USUAL},
	{SMMU_STRTAB_ALIGNED, "linear, 64 entries", crooked_table, 6, 0, 0, USUAL},
	{SMMU_STRTAB_ALIGNED, "two levels, 16 bits", crooked_table, 1 << 16 | 8 << 6 | 16, 0, 0, USUAL},
	{SMMU_CMDQ_RESERVED, "each reserved bit", bits64, CMDQ_BASE, 0xbf00000000000000, 0, USUAL},
	{SMMU_CMDQ_WIDTH, "each bit from 44 on", bits64, CMDQ_BASE, BEYOND, 0, USUAL},
	{SMMU_CMDQ_ALIGNED, "each bit below 4 KiB, 256 entries", bits64, CMDQ_BASE, 0xfe0, 8, USUAL},
	{SMMU_CMDQ_SIZE, "64 of 32 entries", value64, CMDQ_BASE, 6, 0, SMALL_QUEUES},
	{SMMU_CMDQ_GUARDED, "CMDQ_BASE while it is enabled", value64_on, CMDQ_BASE, 0, 0, USUAL},
	{SMMU_CMDQ_GUARDED, "CMDQ_CONS while it is enabled", value32_on, CMDQ_CONS, 0, 0, USUAL},
	{SMMU_EVENTQ_RESERVED, "each reserved bit", bits64, EVENTQ_BASE, 0xbf00000000000000, 0, USUAL},
	{SMMU_EVENTQ_WIDTH, "each bit from 44 on", bits64, EVENTQ_BASE, BEYOND, 0, USUAL},
	{SMMU_EVENTQ_ALIGNED, "each bit below 4 KiB, 128 entries", bits64, EVENTQ_BASE, 0xfe0, 7, USUAL},
	{SMMU_EVENTQ_SIZE, "64 of 32 entries", value64, EVENTQ_BASE, 6, 0, SMALL_QUEUES},
	{SMMU_EVENTQ_GUARDED, "EVENTQ_BASE while it is enabled", value64_on, EVENTQ_BASE, 0, 0, USUAL},
	{SMMU_EVENTQ_GUARDED, "EVENTQ_PROD while it is enabled", value32_on, EVENTQ_PROD, 0, 0, USUAL},
};
const size_t smmu_nregister_breaches = sizeof(smmu_register_breaches) / sizeof(*smmu_register_breaches);
