/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Each rule of the three models, broken once by a guest that was written wrong: the model says just this rule.
 * Prints TAP; with --table, a line for each and a sum.
 */
#include "rules.h"
#include "guest.h"
#include <stdio.h>
#include <string.h>

static unsigned tests, missed;
static bool table;

static void check(enum guest guest, const char *model, void (*const *steps)(void))
{
	struct dma_cvm cvm;
	unsigned n, bad = 0;
	const struct cvm_rule *rules = guest_rules(guest, &n);

	for (unsigned rule = 0; rule < n; rule++) {
		bool good = steps[rule] && !guest_start(guest, false, &cvm);
		unsigned others = 0;

		if (good)
			steps[rule]();
		for (unsigned i = 0; i < n; i++)
			others += i != rule && cvm_world.broken[i];
		good = good && cvm_world.broken[rule] == 1 && !others;
		tests++;
		bad += !good;
		if (table)
			printf("%-28s %-16s %s: %s\n", rules[rule].id, rules[rule].section, rules[rule].text,
			       good ? "caught" : "NOT CAUGHT");
		else
			printf("%sok %u - %s (%s): %s\n", good ? "" : "not ", tests, rules[rule].id,
			       rules[rule].section, rules[rule].text);
	}
	missed += bad;
	if (table)
		printf("%u rules of %s, %u tests that break them, %u not caught\n", n, model, n, bad);
}

int main(int argc, char **argv)
{
	table = argc > 1 && !strcmp(argv[1], "--table");
	check(TDX_52, "TDX", rules_tdx);
	check(SNP_PAGE, "SEV-SNP", rules_snp);
	check(CCA, "CCA", rules_cca);
	if (!table)
		printf("1..%u\n", tests);
	return missed != 0;
}
