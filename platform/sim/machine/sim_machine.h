/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The simulator's inside: the machine's state, and what its parts call of each other. Everything below the host hooks
 * runs with the machine locked. A `ram offset` counts bytes of RAM from 0 over both banks; a `line` is a ram offset /
 * line size.
 */
#ifndef PLATFORM_SIM_MACHINE_H
#define PLATFORM_SIM_MACHINE_H

#include "../sim.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>
#include <string.h>

#define LINE_MAX       128
#define STORES	       16
#define OPERATIONS     64
#define OLD_VERSIONS   1024
#define EVENTS	       48
#define HOSTILE_RANGES 16

/* ---- Memory ---- */

enum page_flag {
	PAGE_ALLOCATED = 1, /* given out by dma_host_frames_alloc() */
	PAGE_SHARED = 2,    /* converted (CVM) */
	PAGE_NO_LINEAR = 4, /* by fault injection */
	PAGE_ASKED = 8,	    /* its linear address has been given out */
	PAGE_USED = 16,	    /* in the list of pages to be reset */
	PAGE_WINDOW = 32,   /* plain code reaches it: host/window.c */
	PAGE_CHANGED = 64,  /* and a device wrote there, which plain code has not seen whole */
	PAGE_KEPT = 128,    /* the library keeps it for later, and nobody touches it meanwhile */
};

struct page {
	uint8_t flags;
	uint16_t mappings;		  /* kernel mappings beside the linear one */
	uint16_t uncached;		  /* of them, uncached */
	uint16_t stale;			  /* removed, but not yet shot down */
	uint32_t cpu_pairs, device_pairs; /* streams that have the page as CPU view, device view: ownership.c */
	uint32_t plain; /* pages from here on that a plain number counted, until a stream of them begins; 0: none */
};

enum line_state { LINE_INVALID, LINE_CLEAN, LINE_DIRTY };

enum line_flag {
	LINE_FORMER = 1,     /* a former owner may have left it dirty; no clean since */
	LINE_MAINTAINED = 2, /* a line operation since a device last wrote it */
	LINE_ALIASED =
		4, /* was mapped otherwise: the linear alias may have been filled meanwhile, no invalidate since */
	LINE_SHARED = 8, /* last filled or written while the page was shared: a tag, where conversions keep lines */
};

struct line {
	uint64_t cpu[2];    /* bytes that the CPU wrote cached and that no clean has brought to RAM */
	uint64_t device[2]; /* bytes that a device wrote past the caches and that no invalidate has uncovered */
	uint64_t owes_device[2], owes_cpu[2], lost[2]; /* of streams: ownership.c */
	uint32_t written;			       /* when a device last wrote */
	uint16_t old; /* version before that: index + 1 into machine.old, if that still names this line */
	uint8_t state, flags;
};

/* What CPUs saw in a line before a device wrote it: what an early load may still give. */
struct old_version {
	uint64_t line;
	uint32_t time;	  /* of the write that ended it */
	uint64_t seen[2]; /* bytes newer than this version have been seen by, or written by, the CPU */
	uint8_t data[LINE_MAX], label[LINE_MAX];
};

/* ---- CPUs ---- */

struct store {
	uint64_t line;
	uint32_t epoch;	      /* publish counts them; earlier ones drain first */
	bool uncached, plain; /* plain: made by plain code, on one CPU or another */
	bool rung;	      /* a doorbell has come behind it, and overtaken it */
	uint8_t low, high;    /* bytes [low, high) of the line */
	uint8_t data[LINE_MAX], label[LINE_MAX];
};

struct operation {
	uint64_t line;
	uint64_t cpu[2], device[2]; /* what the line's marks lose when it is complete */
	uint8_t kind;		    /* enum sim_line_op */
	bool done;		    /* carried out; not yet known to be complete */
};

struct cpu {
	struct store stores[STORES];
	unsigned nstores;
	uint32_t epoch;
	uint32_t consumed; /* loads are at least as new as this moment */
	struct operation operations[OPERATIONS];
	unsigned first_operation, noperations;
	const void *checked_line; /* last line operation's, to see steps that go astray */
};

/* ---- The rest ---- */

enum mode { PLAIN, RANDOM, EXHAUST };

struct event {
	uint32_t time;
	const char *what;
	uint8_t cpu;
	uint64_t where, n;
};

struct hostile {
	struct sim_device *dev;
	uint64_t daddr, n;
	bool writes;
};

struct sim_machine {
	bool on;
	struct sim_config config;
	enum mode mode;
	unsigned line_shift;
	uint64_t npages, nbytes;
	uint8_t *ram, *ram_label, *cache, *cache_label;
	struct page *pages;
	struct line *lines;
	uint64_t *used, nused;		/* pages touched since start */
	uint32_t time;			/* a count of what happened */
	uint64_t clock_ns, skew_ns;	/* simulated; added to the real clock where that is used */
	unsigned clock_looks, pause_at; /* 0: never */
	uint64_t pause_ns, behind_ns;
	unsigned chances; /* of the models to get on */
	bool slow_models, resting;
	unsigned rest_began; /* at that look at the clock */
	uint64_t random;
	struct cpu cpus[SIM_CPUS];
	struct old_version old[OLD_VERSIONS];
	unsigned next_old;
	uint64_t recent[256]; /* lines touched */
	unsigned nrecent;
	struct hostile hostile[HOSTILE_RANGES];
	unsigned nhostile;
	void (*step)(void);	    /* something may happen now: adversary_step(), which lies above */
	bool stepping;		    /* the adversary is at work: no steps within steps */
	void (*watcher)(void *ctx); /* called at each step: sim_watch() */
	void *watcher_ctx;
	bool watching;
	/* When somebody enters the locked machine, leaves it, and when it starts anew; NULL: nothing. They are
	 * host/window.c's, which lies above. */
	void (*event_begins)(void);
	void (*event_ends)(void);
	void (*pointers_end)(void);
	bool plain_stores; /* those that are made now were made by plain code */
	bool consumed;	   /* in this event */
	sim_translator translate;
	void *translate_ctx;
	struct event events[EVENTS];
	uint64_t nevents;
	unsigned failures[SIM_FAILURE_KINDS];
	/* accounts */
	uint64_t frames, library_pages, kva_pages, stale_pages, shared_pages, locks, registers;
	unsigned calls[SIM_HOOKS];
	unsigned fail_at[SIM_HOOKS];
	bool fail_on[SIM_HOOKS]; /* fail from there on */
	bool injected, lying;
	int conversion_error;	    /* what a conversion that fails says; 0: DMA_EIO */
	enum sim_hook meanwhile_at; /* what another CPU does at that hook */
	void (*meanwhile)(void);
};

extern struct sim_machine sim;

/* Somebody who looks at everything: the detector of dmacheck/. Offsets are of RAM, n bytes lie within a line. It is
 * told before the machine judges; the machine is locked. It stays from one sim_start() to the next. */
struct sim_observer {
	void (*cpu_load)(uint64_t offset, unsigned n);
	void (*cpu_plain_load)(uint64_t offset, unsigned n); /* of coherent memory, by a pointer */
	void (*cpu_store)(uint64_t offset, unsigned n);
	void (*device)(const struct sim_device *dev, uint64_t daddr, uint64_t offset, unsigned n, bool write);
	void (*device_lost)(const struct sim_device *dev, uint64_t daddr, size_t n, bool write); /* nothing is there */
	void (*consumed)(void);
	/* cpu, device: paddr of the views */
	void (*begins)(uint64_t cpu, uint64_t device, uint64_t daddr, size_t npages, unsigned dir);
	void (*ends)(uint64_t cpu, uint64_t device, uint64_t daddr, size_t npages);
	void (*synced)(uint64_t offset, unsigned n, unsigned dir); /* what a device and the CPU share without a copy */
	void (*happened)(const char *what, uint64_t offset, uint64_t n); /* each event of the machine's log */
	/* True: it has reported that itself, and nothing is printed. */
	bool (*failed)(enum sim_failure kind, uint64_t offset, const char *text);
};
extern const struct sim_observer *sim_observer;

struct sim_device {
	struct sim_device_config config;
};

struct sim_thread {
	unsigned cpu, label, locks_held;
	bool interrupts_off;
	size_t plain_pages; /* counted by a plain number; no memory has been found for them since */
};
extern _Thread_local struct sim_thread sim_thread;

/* lock.c */
void machine_lock(void);
void machine_unlock(void);

/* ram.c */
bool ram_offset(uint64_t paddr, uint64_t n, uint64_t *offset); /* false: not RAM, or not whole */
uint64_t ram_paddr(uint64_t offset);

/* memory.c */
void page_use(uint64_t page);	       /* it has state that the next start must reset */
void page_forget_lines(uint64_t page); /* no cache holds any, and nobody holds anything against them */
void memory_start(void);
int frames_alloc(uint64_t npages, uint64_t min_paddr, uint64_t max_paddr, uint64_t align, uint64_t *paddr);
void frames_from_the_top(void); /* where the next search for free ones begins */
void frames_free(uint64_t paddr, uint64_t npages);
void frames_counted(uint64_t offset, uint64_t npages); /* they are handed out, or made a segment of: were they counted
							  by a plain number? */

/* mapping.c */
struct place {		 /* what a kernel virtual address means */
	uint64_t offset; /* ram offset */
	bool uncached, shared, linear;
};
bool kernel_resolve(const void *va, struct place *place); /* false: reported */
void *kernel_linear(uint64_t paddr);
void kernel_start(void);
int kernel_map(uint64_t offset, uint64_t npages, unsigned attributes, void **va);
int kernel_map_scattered(const struct dma_scattered_frames *frames, uint64_t npages, unsigned attributes, void **va);
void kernel_unmap(void *va, uint64_t offset, uint64_t npages);
void kernel_shootdown(void *va, uint64_t npages);

/* page.c */
bool page_has_linear(uint64_t page);
bool page_cacheable(uint64_t offset); /* may a cache fill from there through some mapping? */

/* cache.c */
static inline struct line *line_at(uint64_t line)
{
	return &sim.lines[line];
}
void cache_fill(uint64_t line);	      /* invalid to clean */
void cache_write_back(uint64_t line); /* dirty to clean */
void cache_drop(uint64_t line);
void cache_tag(uint64_t line);	 /* the line belongs to the mapping that the page has now */
void cache_evict(uint64_t line); /* written back if dirty, then gone */
void cache_load(uint64_t offset, void *data, void *label, unsigned n, bool uncached);
void cache_store(uint64_t offset, const void *data, const void *label, unsigned n, bool uncached);
void ram_store(uint64_t offset, const void *data, const void *label, unsigned n);

/* operation.c: the line operations in flight */
void operation_add(struct cpu *cpu, uint64_t line, unsigned kind);
void operation_settle(uint64_t line);	/* somebody looks at the line: those in flight may or may not have happened */
void operation_finish(struct cpu *cpu); /* all of this CPU are complete */

/* storebuffer.c */
void store_add(struct cpu *cpu, uint64_t offset, const void *data, const void *label, unsigned n, bool uncached);
void store_forward(const struct cpu *cpu, uint64_t offset, void *data, void *label, unsigned n);
void store_drain(struct cpu *cpu, unsigned index); /* with all that must go before it */
void store_drain_all(struct cpu *cpu);
void store_drain_cpus(
	void); /* what goes through a hook is ordered for all CPUs by the locks and interrupts behind it */
void store_publish(struct cpu *cpu);	     /* what it stored, and what plain code did, goes before what comes */
void store_drain_published(struct cpu *cpu); /* a doorbell */
void store_drain_line(struct cpu *cpu, uint64_t line);
void store_drain_others(const struct cpu *cpu, uint64_t line); /* CPUs order among themselves by other means */
void store_settle(uint64_t line); /* somebody else looks at the line: held stores may or may not have arrived */
bool store_unpublished(const struct cpu *cpu, uint64_t offset, unsigned n);
/* The same, and a doorbell has come since: who polls may see them later, who was told to look may not. */
bool store_overtaken(const struct cpu *cpu, uint64_t offset, unsigned n);
bool store_pending(const struct cpu *cpu, uint64_t line, uint64_t mask[2]); /* bytes in flight */

/* early.c */
void early_record(uint64_t line); /* before a device's write, after its event */
void early_load(struct cpu *cpu, uint64_t offset, void *data, void *label, unsigned n);
void early_seen(uint64_t offset, unsigned n);	 /* the CPU wrote, or saw, the newest */
bool early_fill(struct cpu *cpu, uint64_t line); /* invalidated too early and filled again? */

/* choose.c */
uint64_t sim_random64(void);

/* choices.c: the string of an enumerated run's choices */
#define CHOICES 4096
struct choices {
	uint8_t taken[CHOICES], of[CHOICES];
	unsigned length; /* of the string to follow; beyond it choices are 0 */
	unsigned at;
	uint64_t nodes;
	bool overflow;
};
extern struct choices choices;
void explore_begin(void); /* a new schedule */
unsigned explore_choose(unsigned n);
bool explore_more_acts(void); /* may the adversary do something now that nothing in the scenario caused? */
void explore_act(void);	      /* and has */
bool choices_next(void);      /* the next string in depth-first order; false: all done */

/* hostile.c */
#define ACT_LINES 3 /* lines that the enumerated adversary touches: the first ones of what is explored */
void adversary_touch(uint64_t line); /* a line of interest */

/* run/adversary.c */
void adversary_step(void);				 /* sim.step */
void adversary_drain(struct cpu *cpu);			 /* all its stores, in any order: a watcher may look between */
void adversary_before_load(uint64_t offset, unsigned n); /* hostile devices may change it now */

/* oracle.c */
static inline void span(unsigned at, unsigned n, uint64_t mask[2])
{
	uint64_t low = at < 64 ? ~0ull << at : 0, high = at < 64 ? ~0ull : ~0ull << (at - 64);
	unsigned end = at + n;

	mask[0] = low & (end >= 64 ? ~0ull : ~(~0ull << end));
	mask[1] = high & (end >= 128 ? ~0ull : end <= 64 ? 0 : ~(~0ull << (end - 64)));
}
void oracle_cpu_load(uint64_t offset, unsigned n, bool uncached);
void oracle_cpu_store(uint64_t offset, unsigned n, bool uncached);
void oracle_device_read(struct sim_device *dev, uint64_t offset, unsigned n, const uint8_t *label, bool checked);
void oracle_device_write(struct sim_device *dev, uint64_t offset, unsigned n, bool checked);
bool oracle_may_see(const struct sim_device *dev, const uint8_t *label, unsigned n);

/* ownership.c: as in dma_arch_stream_begins() and its like */
void ownership_begin(uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes, unsigned dir);
void ownership_coherent(uint64_t cpu, uint64_t daddr, size_t nbytes);
void ownership_judge(uint64_t daddr, size_t nbytes); /* scattered memory ends, counted plainly, while its runs live */
bool counted_plainly(uint64_t nbytes); /* is this call for so much memory, its pages counted by a plain number? */
bool ownership_lives(uint64_t cpu, uint64_t daddr); /* a stream that begins there */
bool ownership_end(uint64_t cpu, uint64_t device, uint64_t daddr, size_t nbytes);
/* n bytes within a line */
void ownership_synced(uint64_t offset, unsigned n, unsigned dir);
void ownership_start(void);
void ownership_cpu_load(uint64_t offset, unsigned n, bool copied); /* copied: within RAM */
void ownership_cpu_store(uint64_t offset, unsigned n);
void ownership_device_read(const struct sim_device *dev, uint64_t offset, unsigned n);
void ownership_device_write(uint64_t offset, unsigned n);
void ownership_device_try(uint64_t offset); /* a hostile access */
/* The CPU copies within RAM. True: it is a sync of a stream that bounces. If not: ownership_copied() comes next. */
bool ownership_sync(uint64_t to, uint64_t from, unsigned n);
void ownership_copied(uint64_t to, uint64_t from, unsigned n);

/* handles.c */
void handles_start(void);

/* device_table.c */
void device_start(void);

/* devices/device.c */
int device_reach(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *offset); /* translation of one address */
void device_line_read(uint64_t offset, void *data, void *label, unsigned n, bool snoop);
void device_line_write(uint64_t offset, const void *data, unsigned n, bool snoop);

/* devices/mmio.c, pci.c, disk.c */
void mmio_start(void);
bool mmio_peer(uint64_t paddr, uint8_t *buf, size_t n, bool write); /* a device accesses registers; false: none there */
void mmio_drain(void); /* this CPU's register writes that are on their way arrive */
void pci_start(void);
void disk_start(void);
void vdev_start(void);
void vdev_disk_start(void);
void vdev_nic_start(void);
void nvme_start(void);
void mmio_tick(void);

/* report.c */
void report_start(void);
void event(const char *what, uint64_t offset, uint64_t n);
void sim_fail_at(enum sim_failure kind, uint64_t offset, const char *format, ...) DMA_PRINTF(3, 4);

/* inject.c */
bool hook_enter(enum sim_hook hook, bool needs_interrupts,
		bool under_lock); /* counts, checks the context; true: fail */

/* run/scenario.c */
unsigned scenario_run(const struct sim_config *config, sim_scenario scenario, void *arg, enum sim_hook hook, unsigned n,
		      bool on);

#endif
