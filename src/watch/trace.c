/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The latest events as JSON. The document "Trace Event Format" describes the form.
 */
#include "watch_own.h"
#include <dmastream/errors.h>

#if DMA_CONFIG_WATCH

#define TRACK_FOUND    1u
#define TRACK_MAPPINGS 100u

struct out {
	dma_watch_put *put;
	void *context;
	const char *comma;
};

/* The library's own format: %s, %u, %x. A number of 64 bits is not among them. */
static void put(const struct out *out, const char *format, ...)
{
	char text[256];
	va_list args;
	size_t n;

	va_start(args, format);
	n = dma_format(text, sizeof(text), format, args);
	va_end(args);
	out->put(text, n < sizeof(text) ? n : sizeof(text) - 1, out->context);
}

/* Microseconds of a number of nanoseconds, with three digits behind the point: seconds and the rest by turns, since
 * numbers have 32 bits. */
static void put_us(const struct out *out, const char *key, uint64_t ns)
{
	unsigned seconds = (unsigned)(ns / 1000000000), rest = (unsigned)(ns % 1000000000), us = rest / 1000,
		 part = rest % 1000;
	static const char *const zeros[] = {"", "0", "00", "000", "0000", "00000"};
	unsigned digits = 1;

	for (unsigned n = us; n >= 10; n /= 10)
		digits++;
	put(out, ", \"%s\": ", key);
	if (seconds)
		put(out, "%u%s", seconds, zeros[6 - digits]);
	put(out, "%u.%s%u", us, zeros[part >= 100 ? 0 : part >= 10 ? 1 : 2], part);
}

static void begin(struct out *out, const char *phase, unsigned track, const char *name, uint64_t ns)
{
	put(out, "%s{\"ph\": \"%s\", \"pid\": 1, \"tid\": %u, \"name\": \"%s\"", out->comma, phase, track, name);
	put_us(out, "ts", ns);
	out->comma = ",";
}

static void put_track(struct out *out, unsigned track, const char *name, unsigned id)
{
	begin(out, "M", track, "thread_name", 0);
	put(out, ", \"args\": {\"name\": \"%s", name);
	if (id)
		put(out, " %u", id);
	put(out, "\"}}\n");
}

static void put_life(struct out *out, uint32_t id, unsigned dir, uint64_t begun, uint64_t until, uint64_t nbytes)
{
	put_track(out, TRACK_MAPPINGS + id, "buffer", id);
	begin(out, "X", TRACK_MAPPINGS + id, dma_watch_dir(dir), begun);
	put_us(out, "dur", until - begun);
	put(out, ", \"cat\": \"mapping\", \"args\": {\"bytes\": %u}}\n", (unsigned)nbytes);
}

static void put_event(struct out *out, const struct dma_watch_event *e)
{
	static const char *const names[] = {
		"", "", "sync to the device", "sync from the device", "a sync was refused", "", "fault"};
	bool found = e->kind == EVENT_FOUND || e->kind == EVENT_FAULT || !e->id;

	begin(out, "i", found ? TRACK_FOUND : TRACK_MAPPINGS + e->id, e->text ? e->text : names[e->kind], e->ns);
	put(out, ", \"s\": \"%s\", \"cat\": \"%s\", \"args\": {\"buffer\": %u, \"offset\": \"%x\", \"bytes\": %u}}\n",
	    found ? "g" : "t", found ? "finding" : "sync", (unsigned)e->id, e->off, (unsigned)e->nbytes);
}

static void put_all(struct out *out)
{
	uint64_t first, end, now = dma_host_time_ns();

	dma_watch_events(&first, &end);

	put(out, "{\"displayTimeUnit\": \"ns\", \"otherData\": {\"events before\": \"%x\"}, \"traceEvents\": [\n",
	    first);
	begin(out, "M", 0, "process_name", 0);
	put(out, ", \"args\": {\"name\": \"dmastream\"}}\n");
	put_track(out, TRACK_FOUND, "found", 0);
	/* A life begins before what happens in it: on a track, time does not go back. */
	for (uint64_t i = first; i < end; i++) {
		const struct dma_watch_event *e = dma_watch_event_at(i);

		if (e->kind == EVENT_END)
			put_life(out, e->id, e->dir, e->begun, e->ns, e->nbytes);
	}
	for (const struct record *r = dma_record_next(NULL); r; r = dma_record_next(r))
		put_life(out, r->id, r->dir, r->begun, now, r->nbytes);
	for (uint64_t i = first; i < end; i++)
		if (dma_watch_event_at(i)->kind != EVENT_END)
			put_event(out, dma_watch_event_at(i));
	put(out, "]}\n");
}

void dma_watch_trace(dma_watch_put *put_text, void *context)
{
	struct out out = {.put = put_text, .context = context, .comma = ""};
	uintptr_t irq = dma_host_lock(&dma_watch_lock);

	put_all(&out);
	dma_host_unlock(&dma_watch_lock, irq);
}

#endif
