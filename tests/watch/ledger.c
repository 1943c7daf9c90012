/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Mistakes of drivers, on a host without a model of memory: the ledger (watch.h) tells each, and where. Run as
 * `ledger CASE`; ledger.sh runs every case and looks at the lines that are marked: "here NAME" is where the mistake is
 * told, "made NAME" where the mapping began, "ended NAME" where it ended.
 */
#include "../../drivers/bus.h"
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>
#include <stdio.h>
#include <string.h>

#define REQUIRE(call)                                                                                                  \
	do {                                                                                                           \
		if (call) {                                                                                            \
			printf("%s failed\n", #call);                                                                  \
			return;                                                                                        \
		}                                                                                                      \
	} while (0)

uint64_t dma_host_time_ns(void)
{
	return bus_ticks();
}

static struct dma_device dev, untrusted;
static struct dma_segment seg;
static struct dma_stream s, copy;
static unsigned char *memory; /* two pages, in the linear map */

static void map(unsigned dir)
{
	REQUIRE(dma_segment_alloc(&seg, 2, UINT64_MAX, DMA_PAGE_SIZE));
	REQUIRE(dma_stream_map(&s, &dev, dir, &seg)); /* made */
}

static void nothing_wrong(void)
{
	map(DMA_TO_DEVICE);
	s.cpu[5000] = 1;
	REQUIRE(dma_stream_sync_to_device(&s, 4096, 4096));
	dma_stream_release(&s);
	map(DMA_FROM_DEVICE);
	s.cpu[0] = 1; /* the device */
	REQUIRE(dma_stream_sync_from_device(&s, 0, 64));
	REQUIRE(dma_stream_rearm(&s, 0, 8192));
	s.cpu[100] = 1; /* the device, and nobody reads it */
	dma_stream_release(&s);
}

static void released_twice(void)
{
	map(DMA_TO_DEVICE);
	copy = s;
	dma_stream_release(&s);	   /* ended released_twice */
	dma_stream_release(&copy); /* here released_twice */
}

static void synced_after_release(void)
{
	map(DMA_TO_DEVICE);
	copy = s;
	dma_stream_release(&s);				  /* ended synced_after_release */
	REQUIRE(dma_stream_sync_to_device(&copy, 0, 64)); /* here synced_after_release */
}

static void synced_when_empty(void)
{
	map(DMA_TO_DEVICE);
	dma_stream_release(&s);
	(void)!dma_stream_sync_to_device(&s, 0, 64); /* here synced_when_empty */
}

static void out_of_range(void)
{
	map(DMA_TO_DEVICE);
	(void)!dma_stream_sync_to_device(&s, 8000, 193); /* here out_of_range */
	dma_stream_release(&s);
}

static void wrong_direction(void)
{
	map(DMA_TO_DEVICE);
	(void)!dma_stream_sync_from_device(&s, 0, 64); /* here wrong_direction */
	dma_stream_release(&s);
}

static void unsynced(void)
{
	map(DMA_TO_DEVICE);
	s.cpu[4200] = 1;
	REQUIRE(dma_stream_sync_to_device(&s, 0, 4096)); /* the other page */
	dma_stream_release(&s);				 /* here unsynced */
}

static void unsynced_in_bounce(void)
{
	struct dma_buffer b = {0};

	REQUIRE(dma_buffer_map(&b, &untrusted, DMA_BIDIRECTIONAL, memory + 64, 256)); /* made unsynced_in_bounce */
	memory[200] = 1;
	dma_buffer_release(&b); /* here unsynced_in_bounce */
}

/* A few bytes, which have only a part of their units. */
static void unsynced_edge(void)
{
	struct dma_buffer b = {0};

	REQUIRE(dma_buffer_map(&b, &dev, DMA_TO_DEVICE, memory + 70, 20));
	memory[69] = memory[90] = 1; /* somebody else's */
	REQUIRE(dma_buffer_sync_to_device(&b, 0, 10));
	memory[89] = 1;
	dma_buffer_release(&b); /* here unsynced_edge */
}

/* What the CPU has taken back is its own: it may change that in place, and release. */
static void changed_in_place(void)
{
	struct dma_buffer b = {0};

	REQUIRE(dma_buffer_map(&b, &untrusted, DMA_FROM_DEVICE, memory + 64, 256));
	memory[70] = 1;
	dma_buffer_release(&b);
	REQUIRE(dma_buffer_map(&b, &untrusted, DMA_BIDIRECTIONAL, memory + 64, 256));
	REQUIRE(dma_buffer_sync_from_device(&b, 0, 256));
	memory[70] = 2;
	dma_buffer_release(&b);
}

/* The same bytes for two devices that only read: one sync hands them to both. */
static void read_by_two(void)
{
	struct dma_buffer a = {0}, b = {0};

	REQUIRE(dma_buffer_map(&a, &dev, DMA_TO_DEVICE, memory, 256));
	REQUIRE(dma_buffer_map(&b, &dev, DMA_TO_DEVICE, memory, 256));
	memory[100] = 1;
	REQUIRE(dma_buffer_sync_to_device(&a, 0, 256));
	dma_buffer_release(&b);
	dma_buffer_release(&a);
}

/* A copy of the handle from before the split: nothing of it is released, and what lives is released as always. */
static void split_and_twice(void)
{
	struct dma_stream tail = {0};

	map(DMA_TO_DEVICE);
	copy = s;
	REQUIRE(dma_stream_split(&s, 4096, &tail));
	dma_stream_release(&tail);
	dma_stream_release(&copy); /* here split_and_twice */
	dma_stream_release(&s);
}

static void overlapping(void)
{
	struct dma_buffer a = {0}, b = {0};

	REQUIRE(dma_buffer_map(&a, &dev, DMA_TO_DEVICE, memory + 100, 3000));
	REQUIRE(dma_buffer_map(&b, &dev, DMA_FROM_DEVICE, memory + 3099, 100)); /* here overlapping */
	dma_buffer_release(&b);
	dma_buffer_release(&a);
	REQUIRE(dma_buffer_map(&a, &dev, DMA_TO_DEVICE, memory, 64)); /* both are read only: nothing is wrong */
	REQUIRE(dma_buffer_map(&b, &dev, DMA_TO_DEVICE, memory, 64));
	dma_buffer_release(&b);
	dma_buffer_release(&a);
}

static void line_shared(void)
{
	struct dma_buffer a = {0}, b = {0};

	REQUIRE(dma_buffer_map(&a, &dev, DMA_FROM_DEVICE, memory, 1000));
	REQUIRE(dma_buffer_map(&b, &dev, DMA_FROM_DEVICE, memory + 1000, 100)); /* here line_shared */
	dma_buffer_release(&b);
	dma_buffer_release(&a);
	REQUIRE(dma_buffer_map(&a, &dev, DMA_FROM_DEVICE, memory, 960));
	REQUIRE(dma_buffer_map(&b, &dev, DMA_FROM_DEVICE, memory + 960, 100)); /* another line */
	dma_buffer_release(&b);
	dma_buffer_release(&a);
}

static void left(void)
{
	map(DMA_FROM_DEVICE);
	if (dma_device_fini(&dev) == 0)
		printf("a device with a stream has ended\n");
}

static void fault(void)
{
	dma_daddr_t daddr;

	map(DMA_FROM_DEVICE);
	daddr = dma_stream_daddr(&s);
	dma_stream_release(&s); /* ended fault */
	daddr.raw += 4100;
	if (!dma_watch_explain(daddr)) /* here fault */
		printf("the ledger does not know\n");
}

static void lists(void)
{
	struct dma_piece pieces[2];
	struct dma_list l;

	dma_list_init(&l, pieces, 2);
	REQUIRE(dma_list_add(&l, memory + 10, 100));
	REQUIRE(dma_list_add(&l, memory + 4096, 4000));
	REQUIRE(dma_list_map(&l, &dev, DMA_TO_DEVICE)); /* made lists */
	memory[4096 + 128] = 1;
	REQUIRE(dma_list_sync_to_device(&l, 0, 100)); /* the first piece alone */
	dma_list_unmap(&l);			      /* here lists */
}

/* A split stream is released part by part, in any order, and what is synced of the rest is judged as before. */
static void split(void)
{
	struct dma_stream tail = {0};

	map(DMA_TO_DEVICE);
	REQUIRE(dma_stream_split(&s, 4096, &tail));
	dma_stream_release(&s);
	tail.cpu[100] = 1;
	REQUIRE(dma_stream_sync_to_device(&tail, 0, 128));
	dma_stream_release(&tail);
}

/* Armed again, bounced or not: no mistake. */
static void rearmed(void)
{
	struct dma_buffer b = {0};

	REQUIRE(dma_buffer_map(&b, &untrusted, DMA_FROM_DEVICE, memory + 64, 256));
	REQUIRE(dma_buffer_sync_from_device(&b, 0, 256));
	REQUIRE(dma_buffer_rearm(&b, 0, 256));
	dma_buffer_release(&b);
	REQUIRE(dma_buffer_map(&b, &dev, DMA_FROM_DEVICE, memory + 64, 256));
	REQUIRE(dma_buffer_rearm(&b, 0, 256));
	dma_buffer_release(&b);
}

static void others(void)
{
	struct dma_coherent c = {0};

	REQUIRE(dma_coherent_alloc(&c, &dev, 0, 1));
	dma_coherent_release(&c);
	REQUIRE(dma_stream_alloc(&s, &dev, DMA_BIDIRECTIONAL, 3));
	s.cpu[10] = 1;
	dma_stream_release(&s);
}

static void put(const char *text, size_t n, void *context)
{
	(void)context;
	fwrite(text, 1, n, stdout);
}

static void trace(void)
{
	released_twice();
	map(DMA_BIDIRECTIONAL);
	REQUIRE(dma_stream_sync_to_device(&s, 0, 64));
	REQUIRE(dma_stream_sync_from_device(&s, 64, 64));
	(void)!dma_stream_sync_to_device(&s, 0, 9000);
	dma_watch_trace(put, NULL);
}

static const struct {
	const char *name;
	void (*run)(void);
	uint64_t errors, warnings, notes;
} cases[] = {
	{"nothing_wrong", nothing_wrong, 0, 0, 0},
	{"released_twice", released_twice, 1, 0, 0},
	{"synced_after_release", synced_after_release, 1, 0, 0},
	{"synced_when_empty", synced_when_empty, 1, 0, 0},
	{"out_of_range", out_of_range, 1, 0, 0},
	{"wrong_direction", wrong_direction, 1, 0, 0},
	{"unsynced", unsynced, 0, 1, 0},
	{"unsynced_in_bounce", unsynced_in_bounce, 0, 1, 0},
	{"unsynced_edge", unsynced_edge, 0, 1, 0},
	{"changed_in_place", changed_in_place, 0, 0, 0},
	{"read_by_two", read_by_two, 0, 0, 0},
	{"split_and_twice", split_and_twice, 1, 0, 0},
	{"overlapping", overlapping, 1, 0, 0},
	{"line_shared", line_shared, 0, 0, 1},
	{"left", left, 1, 0, 0},
	{"fault", fault, 0, 0, 1},
	{"lists", lists, 0, 1, 0},
	{"split", split, 0, 0, 0},
	{"rearmed", rearmed, 0, 0, 0},
	{"others", others, 0, 0, 0},
	{"trace", trace, 2, 0, 0},
};

int app_main(void)
{
	const char *name = bus_option("case", "");
	struct dma_watch_counts stats;
	dma_paddr_t frames;

	if (dma_init() ||
	    dma_device_init(&dev,
			    &(struct dma_device_config){
				    .name = "dev", .mask = UINT64_MAX, .coherent = true, .trusted = true}) ||
	    dma_device_init(&untrusted,
			    &(struct dma_device_config){.name = "dev", .mask = UINT64_MAX, .coherent = true}))
		return 2;
	if (dma_host_frames_alloc(2, UINT64_MAX, DMA_PAGE_SIZE, &frames))
		return 2;
	memory = dma_host_linear(frames, 2 * DMA_PAGE_SIZE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!*name) {
			printf("%s\n", cases[i].name);
			continue;
		}
		if (strcmp(name, cases[i].name))
			continue;
		cases[i].run();
		dma_watch_stats(&stats);
		if (stats.errors == cases[i].errors && stats.warnings == cases[i].warnings &&
		    stats.notes == cases[i].notes)
			return 0;
		fprintf(stderr, "%u errors, %u warnings, %u notes\n", (unsigned)stats.errors, (unsigned)stats.warnings,
			(unsigned)stats.notes);
		return 1;
	}
	return *name ? 2 : 0;
}
