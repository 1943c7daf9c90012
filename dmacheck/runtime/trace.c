/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a run did, in the JSON trace event format that Perfetto opens: a track (thread) for each mapping, on it its life
 * as a slice, its syncs and findings as instants; a track for the machine's events by who acted (CPU, devices, caches).
 */
#include "runtime.h"
#include <stdlib.h>

static FILE *file;
static const char *comma;
static uint64_t written;
enum { MOST = 200000 };
enum { TRACK_CPU = 1, TRACK_DEVICE, TRACK_CACHE, TRACK_FINDINGS, TRACK_MAPPINGS = 100 };

static void begin(const char *phase, unsigned track, const char *name)
{
	fprintf(file, "%s\n{\"ph\": \"%s\", \"pid\": 1, \"tid\": %u, \"ts\": %.3f, \"name\": \"", comma, phase, track,
		(double)sim.clock_ns / 1000);
	for (; *name; name++)
		fputc(*name == '"' || *name == '\\' || (unsigned char)*name < 0x20 ? '\'' : *name, file);
	fputc('"', file);
	comma = ",";
	written++;
}

static void name_track(unsigned track, const char *name)
{
	begin("M", track, "thread_name");
	fprintf(file, ", \"args\": {\"name\": \"%s\"}}", name);
}

void trace_start(const char *path)
{
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		_Exit(2);
	}
	comma = "";
	fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [", file);
	begin("M", 0, "process_name");
	fputs(", \"args\": {\"name\": \"dmacheck\"}}", file);
	name_track(TRACK_CPU, "CPU");
	name_track(TRACK_DEVICE, "devices");
	name_track(TRACK_CACHE, "cache lines");
	name_track(TRACK_FINDINGS, "findings");
}

void trace_mapping(const struct mapping *m, const char *what)
{
	unsigned track = TRACK_MAPPINGS + m->id;
	char name[160];

	if (!file || written > MOST)
		return;
	if (strcmp(what, "begins") == 0) {
		snprintf(name, sizeof(name), "buffer %u: %s, %zu bytes", m->id, m->what, m->size);
		name_track(track, name);
		snprintf(name, sizeof(name), "%s, %s", m->what, ledger_dir(m->dir));
		begin("B", track, name);
		fprintf(file,
			", \"cat\": \"mapping\", \"args\": {\"daddr\": \"0x%llx\", \"bytes\": %zu, \"bounce\": %s}}",
			(unsigned long long)m->daddr, m->size, m->slot && m->api != API_LIBRARY ? "true" : "false");
	} else if (strcmp(what, "ends") == 0) {
		begin("E", track, m->what);
		fputs("}", file);
	} else {
		begin("i", track, what);
		fputs(", \"s\": \"t\", \"cat\": \"sync\"}", file);
	}
}

void trace_event(const char *what, uint64_t offset, uint64_t n)
{
	unsigned track = strstr(what, "device") || strstr(what, "unit") ? TRACK_DEVICE
			 : strstr(what, "line")				? TRACK_CACHE
									: TRACK_CPU;
	const struct shadow *page;
	const struct mapping *m;

	if (!file || written > MOST)
		return;
	begin("X", track, what);
	fprintf(file, ", \"dur\": 0.02, \"cat\": \"access\", \"args\": {\"bytes\": %llu", (unsigned long long)n);
	if (offset < sim.nbytes)
		fprintf(file, ", \"paddr\": \"0x%llx\"", (unsigned long long)ram_paddr(offset));
	fputs("}}", file);
	page = offset < sim.nbytes ? page_of_frame(offset, false) : NULL;
	if (!page || !page->links)
		return;
	m = page->links->mapping;
	if (page->host && (uintptr_t)(page->host + (offset & (DMA_PAGE_SIZE - 1))) - (uintptr_t)m->va >= m->size)
		return;
	begin("X", TRACK_MAPPINGS + m->id, what);
	fputs(", \"dur\": 0.02, \"cat\": \"access\"}", file);
}

void trace_finding(const struct finding *f)
{
	if (!file)
		return;
	begin("i", TRACK_FINDINGS, f->text);
	fprintf(file, ", \"s\": \"g\", \"cat\": \"finding\", \"args\": {\"rule\": \"%s\"}}", rule_words[f->rule].id);
}

void trace_end(void)
{
	if (!file)
		return;
	for (struct mapping *m = ledger_next(NULL); m; m = ledger_next(m))
		trace_mapping(m, "ends");
	fputs("\n]}\n", file);
	if (fclose(file))
		perror("dmacheck: trace");
	file = NULL;
}
