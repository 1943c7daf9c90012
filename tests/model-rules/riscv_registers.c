/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of the RISC-V IOMMU: what they write to registers, and when ("Memory-mapped register interface").
 */
#include "riscv_bench.h"
#include "riscv_breaches.h"

static void bit32(const struct breach *breach, uint64_t bit)
{
	w32(breach->a, bit);
}

static void bit64(const struct breach *breach, uint64_t bit)
{
	w64(breach->a, bit);
}

static void bits32(const struct breach *breach)
{
	all_bits(breach, bit32);
}

static void bits64(const struct breach *breach)
{
	all_bits(breach, bit64);
}

/* The value b in the register at a. */
static void value32(const struct breach *breach)
{
	w32(breach->a, breach->b);
}

static void value64(const struct breach *breach)
{
	w64(breach->a, breach->b);
}

static void unknown(const struct breach *breach)
{
	static const uint64_t offsets[] = {56, 64, 88, 96, 104, 600, 624, 1024, 4088};

	(void)breach;
	for (unsigned i = 0; i < 9; i++)
		w32(offsets[i], 1);
	breach_times(9);
}

static void modes(const struct breach *breach)
{
	(void)breach;
	for (uint64_t mode = 5; mode <= 13; mode++)
		w64(DDTP, mode);
	breach_times(9);
}

/* The value b while it is on. */
static void ddtp_then(const struct breach *breach)
{
	enable();
	w64(DDTP, breach->a ? PPN(bench.frame[DIRECTORY]) | breach->b : breach->b);
}

/* Zeros, where the unit has ones. */
static void not_preserved(const struct breach *breach)
{
	if (breach->b == 8)
		w64(breach->a, 0);
	else
		w32(breach->a, 0);
}

/* An empty queue without a base. */
static void no_base(const struct breach *breach)
{
	(void)breach;
	w32(CQT, 0);
	w32(CQCSR, 1);
}

/* Twice, and nobody looks whether the first is done. */
static void twice32(const struct breach *breach)
{
	w64(CQB, PPN(bench.frame[COMMAND_RING]) | 7);
	w32(breach->a, breach->b);
	w32(breach->a, breach->b);
}

static void while_on(const struct breach *breach)
{
	enable();
	if (breach->a == DDTP)
		w64(DDTP, PPN(bench.frame[DIRECTORY]) | 4);
	else if (breach->a == FCTL)
		w32(FCTL, 4);
	else
		w64(breach->a, PPN(bench.frame[OTHER]) | 6);
}

static void while_pages_on(const struct breach *breach)
{
	page_queue(bench.frame[PAGE_RING]);
	if (breach->a == PQB)
		w64(PQB, PPN(bench.frame[OTHER]) | 7);
	else
		w32(breach->a, breach->b);
}

static void index(const struct breach *breach)
{
	enable();
	w32(breach->a, breach->b);
}

static void tail_passes_head(const struct breach *breach)
{
	(void)breach;
	queues();
	w32(CQT, 200);
	w32(CQT, 100);
}

static void queue_nowhere(const struct breach *breach)
{
	(void)breach;
	enable();
	w32(FQCSR, 0);
	w64(FQB, PPN(NOWHERE) | 6);
	w32(FQCSR, 1);
	look(0x5000);
}

#define UPPER 0xffc00000000003e0ull

const struct breach riscv_register_breaches[] = {
	{RISCV_ACCESS_UNKNOWN, "nine offsets", unknown, 0, 0, 0, USUAL},
	{RISCV_ACCESS_UNKNOWN, "pqcsr where capabilities.ATS is 0", value32, PQCSR, 1, 0, USUAL},
	{RISCV_ACCESS_SPAN, "cqh", value64, CQH, 0, 0, USUAL},
	{RISCV_ACCESS_READ_ONLY, "capabilities", value64, CAPABILITIES, 1, 0, USUAL},
	{RISCV_ACCESS_READ_ONLY, "cqh", value32, CQH, 1, 0, USUAL},
	{RISCV_ACCESS_READ_ONLY, "fqt", value32, FQT, 1, 0, USUAL},
	{RISCV_ACCESS_READ_ONLY, "pqt", value32, PQT, 1, 0, WITH_ATS},
	{RISCV_FCTL_RESERVED, "each reserved bit", bits32, FCTL, 0xfffffff8, 0, USUAL},
	{RISCV_FCTL_ACTIVE, "while all is on", while_on, FCTL, 0, 0, USUAL},
	{RISCV_DDTP_RESERVED, "each reserved bit", bits64, DDTP, UPPER, 0, USUAL},
	{RISCV_DDTP_BUSY, "twice", twice32, DDTP, 0, 0, SLOW},
	{RISCV_DDTP_MODE, "5 to 13", modes, 0, 0, 0, USUAL},
	{RISCV_DDTP_LEVELS, "from two to three", while_on, DDTP, 0, 0, USUAL},
	{RISCV_DDTP_BARE, "from two levels", ddtp_then, 1, 1, 0, USUAL},
	{RISCV_DDTP_PPN, "to 0", ddtp_then, 0, 0, 0, USUAL},
	{RISCV_FCTL_RESERVED, "not preserved", not_preserved, FCTL, 4, 0, RESERVED_SET},
	{RISCV_DDTP_RESERVED, "not preserved", not_preserved, DDTP, 8, 0, RESERVED_SET},
	{RISCV_CQB_RESERVED, "not preserved", not_preserved, CQB, 8, 0, RESERVED_SET},
	{RISCV_FQB_RESERVED, "not preserved", not_preserved, FQB, 8, 0, RESERVED_SET},
	{RISCV_PQB_RESERVED, "not preserved", not_preserved, PQB, 8, 0, RESERVED_SET},
	{RISCV_CSR_RESERVED, "cqcsr: not preserved", not_preserved, CQCSR, 4, 0, RESERVED_SET},
	{RISCV_CSR_RESERVED, "fqcsr: not preserved", not_preserved, FQCSR, 4, 0, RESERVED_SET},
	{RISCV_CSR_RESERVED, "pqcsr: not preserved", not_preserved, PQCSR, 4, 0, RESERVED_SET},
	{RISCV_DDTP_WIDTH, "bit 46", value64, DDTP, BIT(44) | 3, 0, USUAL},
	{RISCV_CQB_RESERVED, "each reserved bit", bits64, CQB, UPPER, 0, USUAL},
	{RISCV_CQB_ACTIVE, "while it is on", while_on, CQB, 0, 0, USUAL},
	{RISCV_CQB_ALIGNED, "512 entries at 4 KiB", value64, CQB, BIT(10) | 8, 0, USUAL},
	{RISCV_CQB_UNSET, "enabled at once", no_base, 0, 0, 0, USUAL},
	{RISCV_CQT_RANGE, "256 of 256", index, CQT, 256, 0, USUAL},
	{RISCV_CQT_OVERRUN, "the tail goes back", tail_passes_head, 0, 0, 0, STUCK},
	{RISCV_FQB_RESERVED, "each reserved bit", bits64, FQB, UPPER, 0, USUAL},
	{RISCV_FQB_ACTIVE, "while it is on", while_on, FQB, 0, 0, USUAL},
	{RISCV_FQB_ALIGNED, "256 entries at 4 KiB", value64, FQB, BIT(10) | 7, 0, USUAL},
	{RISCV_FQB_UNSET, "enabled at once", value32, FQCSR, 1, 0, USUAL},
	{RISCV_FQH_RANGE, "128 of 128", index, FQH, 128, 0, USUAL},
	{RISCV_FQH_OVERRUN, "beyond an empty queue", index, FQH, 5, 0, USUAL},
	{RISCV_FQ_NOTHING, "no memory", queue_nowhere, 0, 0, 0, USUAL},
	{RISCV_PQB_RESERVED, "each reserved bit", bits64, PQB, UPPER, 0, WITH_ATS},
	{RISCV_PQB_ACTIVE, "while it is on", while_pages_on, PQB, 0, 0, WITH_ATS},
	{RISCV_PQB_ALIGNED, "512 entries at 4 KiB", value64, PQB, BIT(10) | 8, 0, WITH_ATS},
	{RISCV_PQB_UNSET, "enabled at once", value32, PQCSR, 1, 0, WITH_ATS},
	{RISCV_PQH_RANGE, "256 of 256", while_pages_on, PQH, 256, 0, WITH_ATS},
	{RISCV_PQH_OVERRUN, "beyond an empty queue", while_pages_on, PQH, 5, 0, WITH_ATS},
	{RISCV_CSR_RESERVED, "cqcsr: each reserved bit", bits32, CQCSR, 0xfffcf0fc, 0, USUAL},
	{RISCV_CSR_RESERVED, "fqcsr: each reserved bit", bits32, FQCSR, 0xfffcfcfc, 0, USUAL},
	{RISCV_CSR_RESERVED, "pqcsr: each reserved bit", bits32, PQCSR, 0xfffcfcfc, 0, WITH_ATS},
	{RISCV_CSR_BUSY, "cqcsr twice", twice32, CQCSR, 1, 0, SLOW},
	{RISCV_CSR_BUSY, "pqcsr twice", twice32, PQCSR, 0, 0, SLOW},
};
const size_t riscv_nregister_breaches = sizeof(riscv_register_breaches) / sizeof(*riscv_register_breaches);
