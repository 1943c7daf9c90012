/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The detector's inside. A driver's memory is host memory, as its code expects; each page of it stands for a frame
 * of the simulated machine. What the compiler announces becomes loads and stores of the machine's CPU: a load first
 * shows the driver what that CPU would see, a store is taken from the driver's memory at the next event.
 *
 *   stack.c    where in the driver we are: call chains, numbered
 *   pages.c    the driver's memory and the frames behind it
 *   judge.c    who wrote which byte last, and who may look at it now
 *   ledger.c   mappings: what was mapped, where, by whom, and what is wrong with a call
 *   layer.c    a DMA layer as kernels have them: cache maintenance, syncs; layer_map.c: bounces, conversion, IOMMU
 *   finding.c  what was found in this run, sent to the parent
 *   main.c     machines and seeds, a process for each run
 *   report.c   text, JSON, SARIF
 */
#ifndef DMACHECK_RUNTIME_H
#define DMACHECK_RUNTIME_H

#include "../../platform/sim/host/window.h"
#include "../../platform/sim/machine/sim_machine.h"
#include "../include/dmacheck.h"
#include <stdio.h>

/* ---- stack.c ---- */

#define FRAMES 10
typedef uint32_t site_t; /* a call chain; 0: unknown */

struct stack {
	uint64_t key;
	uintptr_t pc;
	uint32_t depth;
	uintptr_t caller[FRAMES]; /* innermost first */
};

void stack_enter(const void *caller);
void stack_leave(void);
site_t stack_at(const void *pc);
site_t stack_here(void); /* the driver's innermost place above the caller */
const struct stack *stack_of(site_t site);
bool stack_in_driver(uintptr_t pc);
unsigned stack_depth(void);

/* ---- pages.c ---- */

enum region_kind { DATA, HEAP, COHERENT, REGIONS };

enum byte_flag { BYTE_CPU = 1 /* owned by the CPU within a mapping */ };

struct mapping;
struct link { /* a mapping that covers a part of the page */
	struct mapping *mapping;
	struct link *next;
};

struct shadow {
	unsigned char *host; /* NULL: the library's memory, reached by frame only */
	unsigned char *view; /* the machine's kernel address of it; NULL: not yet adopted */
	uint64_t frame;
	struct link *links;
	site_t cpu[DMA_PAGE_SIZE];    /* last store since it was handed to the device; 0: none */
	site_t device[DMA_PAGE_SIZE]; /* where the driver was when a device wrote it, since it was taken back */
	uint32_t when[DMA_PAGE_SIZE]; /* sim.time of that write */
	uint8_t flags[DMA_PAGE_SIZE];
};

void pages_start(void);
struct shadow *page_at(const void *va, bool make); /* NULL: not the driver's DMA memory */
struct shadow *page_of_frame(uint64_t offset, bool make);
bool pages_adopt(const void *va, size_t n, bool coherent); /* false: not memory that a device can be given */
void pages_settle(void);				   /* the pending store has been made; the machine is locked */
void door(void); /* an API's function is called: what the driver did before has happened */
void *region_base(enum region_kind kind, size_t *nbytes);
uint64_t page_paddr(const void *va);
void page_load(const void *at, size_t n, const void *pc);
void page_store(void *at, size_t n, const void *pc);
extern const void *access_pc;
enum region_kind page_kind(const void *va); /* REGIONS: none */
bool page_is_stack(const void *va);
bool page_is_text(const void *va);
void *heap_take(enum region_kind kind, size_t nbytes, size_t align);
bool heap_give(void *memory);
size_t heap_size(const void *memory); /* 0: not the start of a block */
const void *heap_block(const void *at, size_t *nbytes, bool *freed, site_t *where);

/* ---- ledger.c ---- */

enum api { API_LINUX, API_FREEBSD, API_CACHE, API_LIBRARY, API_BARE };

struct mapping {
	uint32_t id;
	enum api api;
	const char *what; /* "dma_map_single()" */
	struct sim_device *dev;
	unsigned char *va;
	size_t size;
	uint64_t daddr, slot; /* slot: paddr of the bounce; 0: none */
	unsigned char *slot_view;
	unsigned dir; /* of dma_direction; 0: coherent */
	site_t made, ended, synced_to, synced_from;
	uint32_t group, nents; /* of a list: the first one's id, entries */
	bool live, unchecked, pooled, skip_sync;
	uint32_t newest_seen; /* sim.time of the latest device write in coherent memory that the CPU has seen */
	site_t newest_site;
	uint64_t newest_at;  /* of RAM */
	uint32_t pages_gone; /* of the library's */
	uint32_t pages;	     /* of the library's streams */
	uint64_t frame;
	struct mapping *next_dead;
};

struct mapping *ledger_add(const struct mapping *like);
void ledger_end(struct mapping *m);
struct mapping *ledger_find(const struct sim_device *dev, uint64_t daddr, bool live);
struct mapping *ledger_covering(const void *va, size_t n); /* a live one that has a part of it */
struct mapping *ledger_next(const struct mapping *after);  /* the live ones in turn; NULL: from the first */
void ledger_finish(void);
void ledger_end_page(uint64_t cpu, uint64_t device, uint64_t daddr); /* a page of a stream of the library */
bool ledger_identity(void);
bool ledger_doors(void);
void page_link(struct shadow *page, struct mapping *m);
const char *ledger_dir(unsigned dir);
const char *ledger_call(const struct mapping *m, bool to_device);

/* calls.c: what the doors' functions come to. `what` is the function's name with (). */
struct call {
	enum api api;
	const char *what;
	struct sim_device *dev;
	bool skip_sync;
};
struct mapping *call_map(const struct call *c, void *va, size_t size, unsigned dir); /* NULL: it failed */
/* daddr, size, dir as the driver tells them; dir 0: not told, size SIZE_MAX: not told. */
struct mapping *call_unmap(const struct call *c, uint64_t daddr, size_t size, unsigned dir);
void call_sync(const struct call *c, uint64_t daddr, size_t size, unsigned dir, bool to_device);
struct mapping *call_coherent(const struct call *c, size_t size, size_t align);
void call_coherent_end(const struct call *c, void *va, size_t size, uint64_t daddr);
void call_checked(uint64_t daddr);
void call_free(const char *what, void *block); /* a block of the heap */

/* ---- judge.c ---- */

void judge_start(void);
void judge_cpu_load(struct shadow *page, unsigned at, unsigned n);
void judge_cpu_store(struct shadow *page, unsigned at, unsigned n, site_t site);
void judge_hand_over(const void *va, size_t n); /* to the device */
void judge_take_back(const void *va, size_t n);
extern bool judge_off; /* the layer is at work */
void judge_watch(void);
uint64_t judge_accesses(void); /* of devices, so far */

/* ---- layer.c ---- */

void layer_start(void);
int layer_mistake(void); /* number of the hazard that is seeded; 0: none */
/* Cache maintenance and copies of [off, off + n) of the mapping. */
int layer_map(struct mapping *m); /* fills daddr, slot; a negative DMA_E… code */
void layer_unmap(struct mapping *m);
void layer_to_device(struct mapping *m, size_t off, size_t n);
void layer_to_cpu(struct mapping *m, size_t off, size_t n);
int layer_coherent(struct mapping *m);
void layer_clean(const void *va, size_t n);
void layer_invalidate(const void *va, size_t n);
void layer_flush(const void *va, size_t n);
unsigned layer_line(void);
void layer_fail_next(unsigned n); /* the n-th map from now on fails */

/* layer_iommu.c */
void iommu_start(void);
int iommu_map(uint64_t paddr, size_t npages, unsigned dir, uint64_t *daddr);
void iommu_unmap(uint64_t daddr, size_t npages);
bool iommu_present(void);
void iommu_watch(bool on); /* puts it, or the identity, in front of devices */

/* ---- finding.c ---- */

enum rule {
	MISSING_SYNC_TO_DEVICE,
	MISSING_SYNC_TO_CPU,
	WRITE_WHILE_OWNED,
	UNSYNCED_WRITE,
	NOT_HANDED_BACK,
	WRONG_DIRECTION,
	OUTSIDE_MAPPING,
	USE_AFTER_UNMAP,
	MISSING_WRITE_BARRIER,
	MISSING_READ_BARRIER,
	SHARED_LINE_RULE,
	UNALIGNED_MAP,
	OVERLAP,
	NOT_DMA_MEMORY,
	UNMAP_MISMATCH,
	DOUBLE_UNMAP,
	SYNC_MISMATCH,
	UNCHECKED_MAP,
	LEAK_RULE,
	FREED_WHILE_MAPPED,
	DOUBLE_FREE,
	USE_AFTER_FREE_RULE,
	EMPTY_MAP,
	DOUBLE_SYNC,
	LAYER,
	MACHINE_RULE,
	CHECK,
	CRASH,
	RULES
};
enum level { NOTE, WARNING, ERROR };
struct rule_words {
	const char *id, *title;
	enum level level;
};
extern const struct rule_words rule_words[RULES];

#define TEXT 200
struct finding {
	uint32_t rule, dir;
	struct stack access, other, made, ended; /* pc 0: none */
	char text[TEXT], other_text[96], missing[TEXT], owner[96], mapping[128];
	uint64_t machine, seed;
};

void finding_start(int fd, uint64_t machine, uint64_t seed);
/* access: 0 is here. Returns the finding to be filled up and sent. */
struct finding *finding_new(enum rule rule, const struct mapping *m, site_t access);
void finding_send(struct finding *f);
void finding_say(struct finding *f, const char *format, ...) DMA_PRINTF(2, 3);
unsigned findings(void);

/* ---- report.c ---- */

struct seen { /* one finding over all runs */
	struct finding first;
	uint64_t runs, machines;
};
enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF };
struct outcome {
	struct seen *seen;
	size_t nseen;
	uint64_t runs, unfinished;
	double seconds;
	const char *program;
};
void report_print(const struct outcome *outcome, enum format format, FILE *to);
const char *machine_name(uint64_t machine);

/* ---- registers.c, trace.c ---- */

bool register_at(const volatile void *at, volatile void **reg);
void registers_announce(volatile void *at, size_t n, bool write);
void registers_settle(void);
void interrupts_arrive(void);
void trace_start(const char *path);
void trace_mapping(const struct mapping *m, const char *what);
void trace_event(const char *what, uint64_t offset, uint64_t n);
void trace_finding(const struct finding *f);
void trace_end(void);

#endif
