/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Addresses become files and lines by addr2line, once for all.
 */
#include "report.h"
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct place_of_code *places;
static size_t nplaces, room;
static uintptr_t base;

static int first_object(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	*(uintptr_t *)data = info->dlpi_addr;
	return 1;
}

struct place_of_code *place_at(uintptr_t pc)
{
	for (size_t i = 0; i < nplaces; i++)
		if (places[i].pc == pc)
			return &places[i];
	return NULL;
}

static struct place_of_code *place_new(uintptr_t pc)
{
	if (nplaces == room) {
		room = room ? 2 * room : 64;
		places = realloc(places, room * sizeof(*places));
		if (!places)
			exit(2);
	}
	places[nplaces] = (struct place_of_code){.pc = pc};
	return &places[nplaces++];
}

static void want(uintptr_t pc)
{
	struct place_of_code *p;

	if (!pc || place_at(pc))
		return;
	p = place_new(pc);
	snprintf(p->file, sizeof(p->file), "0x%llx", (unsigned long long)(pc - base));
}

static void want_stack(const struct stack *s)
{
	want(s->pc);
	for (unsigned i = 0; i < s->depth; i++)
		want(s->caller[i]);
}

/* "file:line (discriminator n)", as addr2line says it. */
static void set_line(struct place_of_code *p, char *text, const char *here)
{
	char *end = strstr(text, " (discriminator"), *colon;

	if (end)
		*end = '\0';
	colon = strrchr(text, ':');
	if (!colon || text[0] == '?')
		return;
	*colon = '\0';
	p->line = (unsigned)atoi(colon + 1);
	if (*here && strncmp(text, here, strlen(here)) == 0 && text[strlen(here)] == '/')
		text += strlen(here) + 1;
	(void)snprintf(p->file, sizeof(p->file), "%.199s", text);
}

/* addr2line answers the address, and two lines, function and file:line, for each function that is inlined there, the
 * innermost first. The outer ones become places of their own, by small numbers that no code has for an address. */
static void read_answers(FILE *answers, const char *here)
{
	static uintptr_t outer;
	char line[1024], where[1024];
	size_t at = SIZE_MAX, asked = nplaces;
	bool inlined = false;

	while (fgets(line, sizeof(line), answers)) {
		struct place_of_code *p;

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0x", 2) == 0) {
			at = at == SIZE_MAX ? 0 : at + 1;
			inlined = false;
			continue;
		}
		if (at >= asked || !fgets(where, sizeof(where), answers))
			break;
		where[strcspn(where, "\n")] = '\0';
		p = &places[at];
		if (inlined) {
			size_t inner = at;

			p = place_new(++outer);
			while (places[inner].outer)
				inner = (size_t)(place_at(places[inner].outer) - places);
			places[inner].outer = outer;
		}
		inlined = true;
		(void)snprintf(p->function, sizeof(p->function), "%.63s", line);
		set_line(p, where, here);
	}
}

/* A return address is behind its call. */
static void symbolize(void)
{
	char self[PATH_MAX] = "", here[PATH_MAX] = "", *command;
	size_t size = nplaces * 20 + sizeof(self) + 200, used;
	FILE *answers;

	if (!nplaces || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return;
	command = malloc(size);
	if (!command)
		return;
	used = (size_t)snprintf(command, size, "addr2line -a -i -f -e '%s'", self);
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
	read_answers(answers, here);
	(void)pclose(answers);
}

/* Puts the places in between where functions are inlined; the outermost callers go where there is no room. */
static void with_inlined(struct stack *s)
{
	const size_t most = sizeof(s->caller) / sizeof(s->caller[0]);
	struct stack whole = {.pc = s->pc};

	for (size_t i = 0; i <= s->depth; i++) {
		uintptr_t pc = i ? s->caller[i - 1] : s->pc;
		const struct place_of_code *p = place_at(pc);

		if (i && whole.depth < most)
			whole.caller[whole.depth++] = pc;
		for (; p && p->outer && whole.depth < most; p = place_at(p->outer))
			whole.caller[whole.depth++] = p->outer;
	}
	*s = whole;
}

/* A function in the headers of the library or of a door stands for the driver's line that calls it. */
static void outwards(struct stack *s)
{
	const struct place_of_code *p;

	with_inlined(s);
	p = place_at(s->pc);
	while (p && s->depth && (strstr(p->file, "include/dmastream/") || strstr(p->file, "dmacheck/doors/"))) {
		s->pc = s->caller[0];
		memmove(s->caller, s->caller + 1, --s->depth * sizeof(s->caller[0]));
		p = place_at(s->pc);
	}
}

void places_find(const struct outcome *o)
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
}
