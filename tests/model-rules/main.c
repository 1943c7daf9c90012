/* SPDX-License-Identifier: MPL-2.0 */
/*
 * At least one bad driver breaks each rule of the model, and the model reports just that rule. Prints TAP; with
 * --table, a line for each breach and a sum.
 */
#include "bench.h"
#include <stdio.h>
#include <string.h>

static unsigned times, also[4], nalso;

void breach_times(unsigned n)
{
	times = n;
}

void breach_also(unsigned rule)
{
	also[nalso++ % 4] = rule;
}

static bool expected(unsigned rule)
{
	for (unsigned i = 0; i < nalso; i++)
		if (also[i] == rule)
			return true;
	return false;
}

/* Why the breach is not caught as it should be; NULL: it is. */
static const char *judge(const struct model *model, const struct breach *breach)
{
	static char why[160];
	const struct sim_rule *rules;
	size_t nrules;

	times = 1;
	nalso = 0;
	if (bench_run(model, breach))
		return "the machine itself failed";
	rules = model->rules(&nrules);
	for (unsigned rule = 0; rule < nrules; rule++) {
		unsigned broken = model->broken(rule);

		if (breach && rule == breach->rule && broken < times) {
			snprintf(why, sizeof(why), "broken %u times, seen %u", times, broken);
			return why;
		}
		if (broken && (!breach || rule != breach->rule) && !expected(rule)) {
			snprintf(why, sizeof(why), "it breaks %s", rules[rule].id);
			return why;
		}
	}
	return NULL;
}

struct sum {
	unsigned rules, breaches, tests, missed;
};

static void report(bool table, struct sum *sum, const struct sim_rule *rule, const char *test, const char *wrong)
{
	sum->tests++;
	sum->missed += wrong != NULL;
	if (table)
		printf("%-28s %-12s %s: %s%s%s\n", rule->id, rule->section, test,
		       wrong	     ? "NOT CAUGHT ("
		       : *rule->text ? "caught"
				     : "so it is",
		       wrong ? wrong : "", wrong ? ")" : "");
	else
		printf("%sok %u - %s (%s): %s%s%s\n", wrong ? "not " : "", sum->tests, rule->id, rule->section, test,
		       wrong ? ": " : "", wrong ? wrong : "");
	fflush(stdout);
}

static void check_model(const struct model *model, bool table, struct sum *sum)
{
	static const struct sim_rule lawful = {"(none)", "-", ""}, behaviours = {"(behaviour)", "-", ""};
	size_t nrules;
	const struct sim_rule *rules = model->rules(&nrules);
	char name[64];

	snprintf(name, sizeof(name), "a %s driver that keeps to the rules breaks none", model->name);
	report(table, sum, &lawful, name, judge(model, NULL));
	report(table, sum, &rules[model->strict->rule], "by default it fails the scenario",
	       bench_run(model, model->strict) == 1 && sim_failures_of(SIM_BROKEN_RULE) == 1 ? NULL
											     : "the scenario passes");
	for (unsigned rule = 0; rule < nrules; rule++) {
		unsigned found = 0;

		for (size_t list = 0; model->breaches[list]; list++)
			for (size_t i = 0; i < *model->counts[list]; i++) {
				const struct breach *breach = &model->breaches[list][i];

				if (breach->rule != rule)
					continue;
				found++;
				report(table, sum, &rules[rule], breach->test, judge(model, breach));
			}
		if (!found)
			report(table, sum, &rules[rule], rules[rule].text, "no test breaks it");
		sum->breaches += found;
	}
	sum->rules += (unsigned)nrules;
	for (size_t i = 0; i < *model->nbehaviours; i++) {
		const struct breach *behaviour = &model->behaviours[i];

		report(table, sum, &behaviours, behaviour->test, bench_run(model, behaviour) ? "it does not" : NULL);
	}
	sim_rule_tolerate(rules[model->strict->rule].id, "this test says so, and it is the last one");
	report(table, sum, &behaviours, "a rule that a test tolerates by name fails nothing",
	       bench_run(model, model->strict) ? "it does" : NULL);
}

int main(int argc, char **argv)
{
	bool table = argc > 1 && !strcmp(argv[1], "--table");
	struct sum sum = {0};

	check_model(&the_model, table, &sum);
	if (table)
		printf("%u rules of %s, %u tests that break them, %u not caught\n", sum.rules, the_model.name,
		       sum.breaches, sum.missed);
	else
		printf("1..%u\n", sum.tests);
	return sum.missed != 0;
}
