/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The report: text for people, JSON for programs, SARIF 2.1.0 (OASIS) for editors and code hosts. Addresses become
 * files and lines by addr2line, once for all.
 */
#include "runtime.h"
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Places ---- */

struct place_of_code {
	uintptr_t pc;
	char function[64], file[200];
	unsigned line;
};
static struct place_of_code *places;
static size_t nplaces, room;
static uintptr_t base;

static int first_object(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	*(uintptr_t *)data = info->dlpi_addr;
	return 1;
}

static struct place_of_code *place_at(uintptr_t pc)
{
	for (size_t i = 0; i < nplaces; i++)
		if (places[i].pc == pc)
			return &places[i];
	return NULL;
}

static void want(uintptr_t pc)
{
	if (!pc || place_at(pc))
		return;
	if (nplaces == room) {
		room = room ? 2 * room : 64;
		places = realloc(places, room * sizeof(*places));
		if (!places)
			exit(2);
	}
	places[nplaces] = (struct place_of_code){.pc = pc};
	snprintf(places[nplaces++].file, sizeof(places->file), "0x%llx", (unsigned long long)(pc - base));
}

static void want_stack(const struct stack *s)
{
	want(s->pc);
	for (unsigned i = 0; i < s->depth; i++)
		want(s->caller[i]);
}

/* addr2line answers two lines for each address: function, file:line. A return address is behind its call. */
static void symbolize(void)
{
	char self[PATH_MAX] = "", here[PATH_MAX] = "", line[1024], *command;
	size_t size = nplaces * 20 + sizeof(self) + 200, used;
	FILE *answers;

	if (!nplaces || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return;
	command = malloc(size);
	if (!command)
		return;
	used = (size_t)snprintf(command, size, "addr2line -f -e '%s'", self);
	for (size_t i = 0; i < nplaces; i++)
		used += (size_t)snprintf(command + used, size - used, " 0x%llx",
					 (unsigned long long)(places[i].pc - base - 1));
	(void)snprintf(command + used, size - used, " 2>/dev/null");
	answers = popen(command, "r"); /* NOLINT(cert-env33-c): fixed words and numbers */
	free(command);
	if (!answers)
		return;
	if (!getcwd(here, sizeof(here)))
		here[0] = '\0';
	for (size_t i = 0; i < nplaces && fgets(line, sizeof(line), answers); i++) {
		char *colon, *file;

		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(places[i].function, sizeof(places[i].function), "%.63s", line);
		if (!fgets(line, sizeof(line), answers))
			break;
		line[strcspn(line, "\n")] = '\0';
		file = strstr(line, " (discriminator");
		if (file)
			*file = '\0';
		colon = strrchr(line, ':');
		if (!colon || line[0] == '?')
			continue;
		*colon = '\0';
		places[i].line = (unsigned)atoi(colon + 1);
		file = line;
		if (*here && strncmp(file, here, strlen(here)) == 0 && file[strlen(here)] == '/')
			file += strlen(here) + 1;
		(void)snprintf(places[i].file, sizeof(places[i].file), "%.199s", file);
	}
	(void)pclose(answers);
}

/* A call of the library's headers stands for the driver's line that calls it. */
static void outwards(struct stack *s)
{
	const struct place_of_code *p = place_at(s->pc);

	while (p && s->depth && strstr(p->file, "include/dmastream/")) {
		s->pc = s->caller[0];
		memmove(s->caller, s->caller + 1, --s->depth * sizeof(s->caller[0]));
		p = place_at(s->pc);
	}
}

/* ---- Text ---- */

static const char *const levels[] = {"note", "warning", "error"};

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
	fprintf(to, ": %s: %s [%s]\n  where:   ", levels[rule->level], f->text, rule->id);
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

static void json(const struct outcome *o, FILE *to)
{
	fprintf(to, "{\"tool\": \"dmacheck\", \"version\": 1, \"program\": ");
	string(to, o->program);
	fprintf(to, ", \"runs\": %llu, \"unfinished\": %llu, \"seconds\": %.3f,\n \"findings\": [",
		(unsigned long long)o->runs, (unsigned long long)o->unfinished, o->seconds);
	for (size_t i = 0; i < o->nseen; i++) {
		const struct finding *f = &o->seen[i].first;

		fprintf(to, "%s\n    {\"rule\": ", i ? "," : "");
		string(to, rule_words[f->rule].id);
		field(to, "level", levels[rule_words[f->rule].level]);
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

static void sarif(const struct outcome *o, FILE *to)
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
		fprintf(to, "}, \"defaultConfiguration\": {\"level\": \"%s\"}}", levels[rule_words[i].level]);
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
			levels[rule_words[f->rule].level]);
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

void report_print(const struct outcome *o, enum format format, FILE *to)
{
	(void)dl_iterate_phdr(first_object, &base);
	for (size_t i = 0; i < o->nseen; i++) {
		const struct finding *f = &o->seen[i].first;

		want_stack(&f->access);
		want_stack(&f->other);
		want_stack(&f->made);
		want_stack(&f->ended);
	}
	symbolize();
	for (size_t i = 0; i < o->nseen; i++) {
		struct finding *f = &o->seen[i].first;

		outwards(&f->access);
		outwards(&f->other);
		outwards(&f->made);
		outwards(&f->ended);
	}
	if (format == FORMAT_TEXT)
		text(o, to);
	else if (format == FORMAT_JSON)
		json(o, to);
	else
		sarif(o, to);
}
