/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Entries of the interrupt remapping table that break the rules of the VT-d specification (9.9).
 */
#include "vtd_bench.h"
#include "vtd_breaches.h"

static void remap(uint64_t table)
{
	queue_on();
	w64(IRTA, table | 7);
	command(SIRTP, true);
	submit(IEC_GLOBAL, 0);
	submit_wait();
	command(IRE, true);
}

/* Bits of b and c, each alone, in an interrupt's entry. */
static void interrupt_bits(const struct breach *breach)
{
	unsigned times = 0;

	remap(bench.frame[INTERRUPTS]);
	for (unsigned bit = 0; bit < 128; bit++) {
		uint64_t low = bit < 64 ? BIT(bit) & breach->b : 0, high = bit < 64 ? 0 : BIT(bit - 64) & breach->c;

		if (!(low | high))
			continue;
		store(INTERRUPTS, 6, 1 | low);
		store(INTERRUPTS, 7, high);
		interrupt(3);
		times++;
	}
	breach_times(times);
}

static void interrupt_delivery(const struct breach *breach)
{
	(void)breach;
	remap(bench.frame[INTERRUPTS]);
	store(INTERRUPTS, 6, 1 | 3 << 5);
	interrupt(3);
	store(INTERRUPTS, 6, 1 | 6 << 5);
	interrupt(3);
	breach_times(2);
}

static void interrupt_validation(const struct breach *breach)
{
	(void)breach;
	remap(bench.frame[INTERRUPTS]);
	store(INTERRUPTS, 6, 1);
	store(INTERRUPTS, 7, (uint64_t)3 << 18);
	interrupt(3);
}

static void interrupts_nowhere(const struct breach *breach)
{
	(void)breach;
	remap(NOWHERE);
	interrupt(3);
}

const struct breach vtd_interrupt_breaches[] = {
	{VTD_IRTE_RESERVED, "each reserved bit", interrupt_bits, 0, 0xff007000, ~(BIT(20) - 1), REMAPS},
	{VTD_IRTE_DESTINATION, "each bit", interrupt_bits, 0, 0xffff00ff00000000, 0, REMAPS},
	{VTD_IRTE_POSTED, "bit 15", interrupt_bits, 0, 0x8000, 0, REMAPS},
	{VTD_IRTE_DELIVERY, "011b, 110b", interrupt_delivery, 0, 0, 0, REMAPS},
	{VTD_IRTE_VALIDATION, "11b", interrupt_validation, 0, 0, 0, REMAPS},
	{VTD_IRTE_NOTHING, "no memory", interrupts_nowhere, 0, 0, 0, REMAPS},
};
const size_t vtd_ninterrupt_breaches = sizeof(vtd_interrupt_breaches) / sizeof(*vtd_interrupt_breaches);
