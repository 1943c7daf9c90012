/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Runs every attack cold and warm and prints a line for each: "@cell ROW/TEMPERATURE: VERDICT".
 * tests/attacks/attacks.sh makes the table of them.
 */
#include "attacks.h"

const struct attack attacks[] = {
	{"before map", attack_before_map},
	{"after release", attack_after_release},
	{"one byte past the end", attack_past_end},
	{"below the start", attack_below_start},
	{"write through to-device", attack_write_to_device},
	{"read through from-device", attack_read_from_device},
	{"another device's address", attack_other_device},
	{"page-table pages", attack_page_tables},
	{"after split and release of one half", attack_released_half},
	{"memory in quarantine", attack_quarantine},
	{"interrupt window", attack_interrupts},
};

const unsigned nattacks = sizeof(attacks) / sizeof(attacks[0]);

static const char *const verdicts[] = {
	[REPORTED] = "blocked, reported",
	[SILENT] = "blocked, hardware silent",
	[HELD] = "held: nobody's memory",
	[TOLD] = "readable: domain says so",
	[LET] = "let through by QEMU",
	[OPEN] = "OPEN",
	[BROKEN] = "BROKEN",
};

static void say(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	bus_write(text, n);
}

static void say_number(uint64_t value)
{
	char digits[21];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	bus_write(&digits[at], sizeof(digits) - at);
}

static void cell(const char *name, bool warm, const char *verdict)
{
	say("@cell ");
	say(name);
	say(warm ? "/warm: " : "/cold: ");
	say(verdict);
	say("\n");
}

static void say_bounds(const struct dma_domain *domain)
{
	struct dma_domain_stats stats;

	dma_domain_stats(domain, &stats);
	say("@bounds of what waits: ");
	say_number(stats.batch_count);
	say(" releases a CPU, ");
	say_number(stats.batch_bytes >> 20);
	say(" MiB a domain, ");
	say_number(stats.batch_ns / 1000000);
	say(" ms; most that waited: ");
	say_number(stats.pages_pending_max);
	say(" pages\n");
}

int app_main(void)
{
	static struct attacker a;
	enum verdict worst = REPORTED;
	int error = dma_init();

	if (!error)
		error = attacker_open(&a);
	if (error) {
		say("attacks: cannot start: ");
		say(dma_strerror(error));
		say("\n");
		return 2;
	}
	for (unsigned i = 0; i < nattacks; i++)
		for (unsigned warm = 0; warm < 2; warm++) {
			enum verdict verdict;

			a.warm = warm;
			/* What an earlier attack left waiting is not this one's affair. */
			verdict = dma_domain_flush(a.device[0].dma->domain) ? BROKEN : attacks[i].run(&a);
			worst = worse(worst, verdict);
			cell(attacks[i].name, warm, verdicts[verdict]);
		}
	if (a.device[0].dma->domain->features & DMA_DOMAIN_DEFERRED)
		say_bounds(a.device[0].dma->domain);
	error = attacker_close(&a);
	if (!error)
		error = dma_fini();
	if (error) {
		say("attacks: not clean at the end: ");
		say(dma_strerror(error));
		say("\n");
	}
	return worst >= OPEN || error ? 1 : 0;
}
