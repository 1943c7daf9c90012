/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The report for programs: JSON of our own, and SARIF 2.1.0 (OASIS).
 */
#include "report.h"

/* ---- JSON ---- */

static void string(FILE *to, const char *s)
{
	fputc('"', to);
	for (; *s; s++)
		if (*s == '"' || *s == '\\')
			fprintf(to, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(to, "\\u%04x", (unsigned)*s);
		else
			fputc(*s, to);
	fputc('"', to);
}

static void stack_json(FILE *to, const char *name, const struct stack *s)
{
	const char *comma = "";

	fprintf(to, ",\n     \"%s\": [", name);
	for (unsigned i = 0; s->pc && i <= s->depth; i++) {
		const struct place_of_code *p = place_at(i ? s->caller[i - 1] : s->pc);

		if (!p || !p->line || (i && !stack_in_driver(p->pc)))
			break;
		fprintf(to, "%s{\"function\": ", comma);
		string(to, p->function);
		fputs(", \"file\": ", to);
		string(to, p->file);
		fprintf(to, ", \"line\": %u}", p->line);
		comma = ", ";
	}
	fputs("]", to);
}

static void field(FILE *to, const char *name, const char *value)
{
	fprintf(to, ",\n     \"%s\": ", name);
	string(to, value);
}

static void machines_json(FILE *to, uint64_t set)
{
	const char *comma = "";

	fputc('[', to);
	for (unsigned m = 0; m < 64; m++)
		if (set >> m & 1) {
			fputs(comma, to);
			string(to, machine_name(m));
			comma = ", ";
		}
	fputc(']', to);
}

void report_json(const struct outcome *o, FILE *to)
{
	fprintf(to, "{\"tool\": \"dmacheck\", \"version\": 1, \"program\": ");
	string(to, o->program);
	fprintf(to, ", \"runs\": %llu, \"unfinished\": %llu, \"seconds\": %.3f,\n \"findings\": [",
		(unsigned long long)o->runs, (unsigned long long)o->unfinished, o->seconds);
	for (size_t i = 0; i < o->nseen; i++) {
		const struct finding *f = &o->seen[i].first;

		fprintf(to, "%s\n    {\"rule\": ", i ? "," : "");
		string(to, rule_words[f->rule].id);
		field(to, "level", report_levels[rule_words[f->rule].level]);
		field(to, "text", f->text);
		stack_json(to, "where", &f->access);
		field(to, "also", f->other_text);
		stack_json(to, "also_where", &f->other);
		field(to, "mapping", f->mapping);
		stack_json(to, "mapping_made", &f->made);
		stack_json(to, "mapping_ended", &f->ended);
		field(to, "owner", f->owner);
		field(to, "missing", f->missing);
		fprintf(to, ",\n     \"runs\": %llu, \"machines\": ", (unsigned long long)o->seen[i].runs);
		machines_json(to, o->seen[i].machines);
		field(to, "machine", machine_name(f->machine));
		fprintf(to, ", \"seed\": %llu}", (unsigned long long)f->seed);
	}
	fputs("\n ]}\n", to);
}

/* ---- SARIF 2.1.0 ---- */

static bool location(FILE *to, uintptr_t pc, const char *message, unsigned id)
{
	const struct place_of_code *p = place_at(pc);

	if (!p || !p->line)
		return false;
	fputc('{', to);
	if (id)
		fprintf(to, "\"id\": %u, ", id);
	fputs("\"physicalLocation\": {\"artifactLocation\": {\"uri\": ", to);
	if (p->file[0] == '/') {
		char uri[sizeof(p->file) + 8];

		(void)snprintf(uri, sizeof(uri), "file://%s", p->file);
		string(to, uri);
	} else {
		string(to, p->file);
	}
	fprintf(to, "}, \"region\": {\"startLine\": %u}}", p->line);
	if (message) {
		fputs(", \"message\": {\"text\": ", to);
		string(to, message);
		fputc('}', to);
	}
	fputs("}", to);
	return true;
}

static void related(FILE *to, const struct stack *s, const char *message, unsigned *id)
{
	const struct place_of_code *p = place_at(s->pc);

	if (!p || !p->line)
		return;
	if (*id)
		fputs(",\n          ", to);
	(void)location(to, s->pc, message, ++*id);
}

static void chain_sarif(FILE *to, const struct stack *s)
{
	const char *comma = "";

	fputs(",\n        \"stacks\": [{\"message\": {\"text\": \"call chain\"}, \"frames\": [", to);
	for (unsigned i = 0; i <= s->depth; i++) {
		uintptr_t pc = i ? s->caller[i - 1] : s->pc;
		const struct place_of_code *p = place_at(pc);

		if (!p || !p->line || (i && !stack_in_driver(pc)))
			break;
		fprintf(to, "%s{\"location\": ", comma);
		(void)location(to, pc, p->function, 0);
		fputc('}', to);
		comma = ", ";
	}
	fputs("]}]", to);
}

void report_sarif(const struct outcome *o, FILE *to)
{
	fputs("{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \"version\": \"2.1.0\",\n"
	      " \"runs\": [{\"tool\": {\"driver\": {\"name\": \"dmacheck\", \"informationUri\": "
	      "\"https://example.org/dmastream/docs/dmacheck.md\", \"semanticVersion\": \"0.1.0\", \"rules\": [",
	      to);
	for (unsigned i = 0; i < RULES; i++) {
		fprintf(to, "%s\n   {\"id\": ", i ? "," : "");
		string(to, rule_words[i].id);
		fputs(", \"shortDescription\": {\"text\": ", to);
		string(to, rule_words[i].title);
		fprintf(to, "}, \"defaultConfiguration\": {\"level\": \"%s\"}}", report_levels[rule_words[i].level]);
	}
	fprintf(to, "]}},\n   \"invocations\": [{\"executionSuccessful\": %s}],\n   \"results\": [",
		o->unfinished ? "false" : "true");
	for (size_t i = 0; i < o->nseen; i++) {
		const struct finding *f = &o->seen[i].first;
		char message[2 * TEXT + 32];
		unsigned id = 0;

		(void)snprintf(message, sizeof(message), "%s%s%s", f->text, f->missing[0] ? "; missing: " : "",
			       f->missing);
		fprintf(to, "%s\n    {\"ruleId\": ", i ? "," : "");
		string(to, rule_words[f->rule].id);
		fprintf(to, ", \"ruleIndex\": %u, \"level\": \"%s\",\n        \"message\": {\"text\": ", f->rule,
			report_levels[rule_words[f->rule].level]);
		string(to, message);
		fputs("},\n        \"locations\": [", to);
		(void)location(to, f->access.pc, NULL, 0);
		fputs("],\n        \"relatedLocations\": [", to);
		related(to, &f->other, f->other_text[0] ? f->other_text : "the other access", &id);
		related(to, &f->made, f->mapping[0] ? f->mapping : "the mapping is made", &id);
		related(to, &f->ended, "the mapping, or the memory, ends", &id);
		fputc(']', to);
		if (f->access.pc && place_at(f->access.pc)->line)
			chain_sarif(to, &f->access);
		fprintf(to, ",\n        \"properties\": {\"machine\": \"%s\", \"seed\": %llu, \"runs\": %llu}}",
			machine_name(f->machine), (unsigned long long)f->seed, (unsigned long long)o->seen[i].runs);
	}
	fputs("\n   ]}]}\n", to);
}
