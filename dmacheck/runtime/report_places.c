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
