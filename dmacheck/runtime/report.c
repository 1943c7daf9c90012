/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The report: text for people, JSON for programs, SARIF 2.1.0 (OASIS) for editors and code hosts.
 */
#include "report.h"

const char *const report_levels[] = {"note", "warning", "error"};

static void place_text(FILE *to, uintptr_t pc, bool function)
{
	const struct place_of_code *p = place_at(pc);

	if (!p)
		fputs("an unknown place", to);
	else if (p->line && function)
		fprintf(to, "%s() at %s:%u", p->function, p->file, p->line);
	else if (p->line)
		fprintf(to, "%s:%u", p->file, p->line);
	else
		fprintf(to, "%s", p->file);
}

static void chain_text(FILE *to, const struct stack *s)
{
	place_text(to, s->pc, true);
	for (unsigned i = 0; i < s->depth; i++) {
		const struct place_of_code *p = place_at(s->caller[i]);

		if (!p || !p->line || !stack_in_driver(p->pc))
			break;
		fputs(", called by ", to);
		place_text(to, s->caller[i], true);
	}
	fputc('\n', to);
}

static void finding_text(FILE *to, const struct seen *s, const struct outcome *o)
{
	const struct finding *f = &s->first;
	const struct rule_words *rule = &rule_words[f->rule];
	const char *comma = "";

	place_text(to, f->access.pc, false);
	fprintf(to, ": %s: %s [%s]\n  where:   ", report_levels[rule->level], f->text, rule->id);
	chain_text(to, &f->access);
	if (f->other.pc) {
		fprintf(to, "  also:    %s in ", f->other_text[0] ? f->other_text : "see");
		chain_text(to, &f->other);
	}
	if (f->mapping[0]) {
		fprintf(to, "  mapping: %s, made in ", f->mapping);
		chain_text(to, &f->made);
	}
	if (f->ended.pc) {
		fputs("  ended:   ", to);
		chain_text(to, &f->ended);
	}
	if (f->owner[0])
		fprintf(to, "  owner:   %s\n", f->owner);
	if (f->missing[0])
		fprintf(to, "  missing: %s\n", f->missing);
	fprintf(to, "  seen in %llu of %llu runs, on", (unsigned long long)s->runs, (unsigned long long)o->runs);
	for (unsigned m = 0; m < 64; m++)
		if (s->machines >> m & 1) {
			fprintf(to, "%s %s", comma, machine_name(m));
			comma = ",";
		}
	fprintf(to, "\n  again:   dmacheck run %s --machine %s --seed %llu\n\n", o->program, machine_name(f->machine),
		(unsigned long long)f->seed);
}

static void text(const struct outcome *o, FILE *to)
{
	size_t count[3] = {0};

	for (int level = ERROR; level >= NOTE; level--)
		for (size_t i = 0; i < o->nseen; i++) {
			if ((int)rule_words[o->seen[i].first.rule].level != level)
				continue;
			count[level]++;
			finding_text(to, &o->seen[i], o);
		}
	fprintf(to, "dmacheck: %zu error(s), %zu warning(s), %zu note(s) in %llu runs, %.1f s\n", count[ERROR],
		count[WARNING], count[NOTE], (unsigned long long)o->runs, o->seconds);
	if (o->unfinished)
		fprintf(to, "dmacheck: %llu run(s) did not end as they should\n", (unsigned long long)o->unfinished);
}

void report_print(const struct outcome *o, enum format format, FILE *to)
{
	places_find(o);
	if (format == FORMAT_TEXT)
		text(o, to);
	else if (format == FORMAT_JSON)
		report_json(o, to);
	else
		report_sarif(o, to);
}
