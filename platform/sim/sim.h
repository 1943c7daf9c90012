/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The simulated machine, for those who write scenarios and device models. docs/simulator.md is the guide.
 *
 *     static void scenario(void *unused)
 *     {
 *             struct sim_device *disk = sim_device_new(NULL);
 *             ... dma_device_init() with sim_device_dma(), streams, sim_device_read/write(), SIM_CHECK(...) ...
 *     }
 *     struct sim_config machine = sim_config_hostile("noncoherent,line=128");
 *     failures = sim_random(&machine, scenario, NULL, 1000);
 */
#ifndef PLATFORM_SIM_SIM_H
#define PLATFORM_SIM_SIM_H

#include <dmastream/device.h>
#include <dmastream/platform.h>

/* ---- The machine ------------------------------------------------------------------------------------- */

/* What a device of the machine is like; sim_device_new() and the disks of main.c start from struct sim_config's. */
struct sim_device_config {
	const char *name;
	bool coherent, trusted, zero_length_reads;
	uint64_t mask;
	struct dma_window windows[DMA_DEVICE_WINDOWS];
	size_t nwindows;
	uint32_t requester;
	uint32_t readable; /* labels (bit n: label n) that it may see; default all but SIM_FOREIGN */
};

struct sim_config {
	bool adversary;	 /* false: the plain machine: everything happens at once, in order */
	bool exhaustive; /* set by sim_exhaust(): choices are enumerated, not drawn */
	uint64_t seed;
	unsigned line;			/* bytes of a cache line: 32, 64 or 128 */
	unsigned line_step, line_align; /* what dma_host_info says; 0: as line */
	bool can_sync, uncached_ok, cvm;
	bool write_through;  /* what the CPU stores reaches the cache and RAM at once: no line is ever dirty */
	bool write_past;     /* the CPU has stores past the caches: dma_arch_write_past() */
	bool no_pairs;	     /* it has no store of 16 bytes: dma_arch_write_pair() */
	bool late_registers; /* register writes may arrive late, behind later accesses of memory, until a barrier or
					the next register access of that CPU */
	bool conversion_keeps_lines; /* share/unshare leave old cache lines where they are, to be evicted later */
	unsigned acts;		     /* with sim_exhaust(): at most how often in a run the adversary acts by itself */
	unsigned cpus;		     /* 1 to SIM_CPUS */
	unsigned shared_run;	     /* what dma_host_info says */
	size_t low_pages;	     /* of RAM from paddr SIM_LOW_RAM on */
	size_t high_pages;	     /* of RAM from paddr SIM_HIGH_RAM on */
	uint64_t linear_limit;	     /* frames at or above it have no linear mapping; default: none */
	bool linear_by_offset;	     /* dma_host_info tells linear_base and linear_last */
	bool ram_told;		     /* it tells ram_first and ram_last: the upper bank, or the lower if it is alone */
	struct sim_device_config device;
	bool quiet;	/* failures are counted, not printed */
	bool real_time; /* dma_host_time_ns() follows the host's clock; else it counts steps, and replays */
};

#define SIM_CPUS     8
#define SIM_LOW_RAM  ((uint64_t)1 << 20)
#define SIM_HIGH_RAM ((uint64_t)1 << 32)

/* A plain machine (coherent device, 64-byte lines, 16 MiB low and 16 MiB high), then changed by a comma-separated
 * list of words: sim_config_words() in config.c. An unknown word ends the process with a message. words may be NULL.
 * */
struct sim_config sim_config_plain(const char *words);
struct sim_config sim_config_hostile(const char *words); /* the same with the adversary on */
/* The same machine with as many frames as it has with pages of 4 KiB: 4 or 16 times the memory where pages are
 * larger. */
struct sim_config sim_config_frames(struct sim_config config);
/* 0, or DMA_EINVAL with a sentence in why. */
int sim_config_parse(struct sim_config *config, const char *words, char *why, size_t nwhy);
/* The words that sim_config_parse() knows, a line each. */
const char *sim_config_words(void);
/* Writes the configuration as words. */
void sim_config_print(const struct sim_config *config, char *text, size_t nbytes);

/* Switches the machine on (a fresh one, whatever was before) and off. sim_stop() gives the failures since start. */
void sim_start(const struct sim_config *config);
unsigned sim_stop(void);
const struct sim_config *sim_config(void);

/* Which CPU the calling thread is (0 at first); moving to another empties the old one's store buffer. */
void sim_set_cpu(unsigned cpu);
/* What one thread does before it lets another go on with its memory (a lock, a join): its stores reach the caches. */
void sim_handover(void);
/* The calling thread's interrupts; gives the former state. */
bool sim_interrupts(bool on);

/* Lets time pass: devices work, the adversary acts. sim_advance() moves only the clock. */
void sim_relax(void);
void sim_advance(uint64_t ns);
/* Clocks as machines have them, until sim_start(): the n-th look of the library's from now on, and all after it, find
 * the machine to have been paused for so long (n 0: it never is); and every other look is one at the clock of another
 * CPU, which is that much behind. Models of
 * devices take their time from now on. sim_clock_looks(): how many looks there were since sim_start(). */
void sim_odd_clock(unsigned n, uint64_t paused_ns, uint64_t behind_ns);
unsigned sim_clock_looks(void);
/* For models that have something to do: true if they take their time, until the library has looked at the clock three
 * times. So whoever waits for them is paused, by one n or another, before, between and after its looks. */
bool sim_models_rest(void);
/* A function that sim_relax() and MMIO accesses call, so that a device model can get on; gives true while it has work
 * to do. */
void sim_on_tick(bool (*tick)(void *ctx), void *ctx);
/* Calls these functions now: from a watcher (sim_watch()), for devices that get on while the CPU is at work. */
void sim_models_work(void);

/* ---- Failures ---------------------------------------------------------------------------------------- */

enum sim_failure {
	SIM_STALE_DEVICE,    /* a device read bytes that the CPU wrote and did not sync */
	SIM_STALE_CPU,	     /* the CPU read bytes that a device wrote and that were not synced */
	SIM_SHARED_LINE,     /* CPU and device wrote into one line without a sync between */
	SIM_LOST_WRITE,	     /* a line with the CPU's unsynced bytes was invalidated */
	SIM_NOT_HANDED_OVER, /* a device wrote where a former owner's dirty line may still be evicted */
	SIM_ALIAS,	     /* a frame was used, or mapped, uncached and cached at once */
	SIM_SHARED_BIT,	     /* access through a mapping whose shared bit is not the page's */
	SIM_FOREIGN_BYTE,    /* a device could see a byte whose label it must not see */
	SIM_USE_AFTER_FREE,  /* CPU or device touched a free frame */
	SIM_BAD_ADDRESS,     /* no mapping there, or removed */
	SIM_BROKEN_RULE,     /* a driver broke a rule of the hardware's specification: an IOMMU model says which */
	SIM_CONTRACT,	     /* a host hook or an arch function was called against its contract */
	SIM_MISUSE,	     /* a call that cannot be meant so; also a line "dmastream: misuse: ..." of the library */
	SIM_LEAK,	     /* sim_check_clean() found something */
	SIM_CHECK_FAILED,    /* SIM_CHECK() */
	SIM_FAILURE_KINDS
};

unsigned sim_failures(void); /* since sim_start() */
unsigned sim_failures_of(enum sim_failure kind);
const char *sim_failure_name(enum sim_failure kind);
/* The first failure's report, as printed; "" if there is none. */
const char *sim_report(void);
/* Counts and reports one; the address of a line of interest may follow as SIM_NOWHERE. */
#define SIM_NOWHERE UINT64_MAX
void sim_fail(enum sim_failure kind, uint64_t paddr, const char *format, ...) DMA_PRINTF(3, 4);
bool sim_check_(bool fine, const char *text, const char *file, int line);
/* A scenario's own assertion: reports and goes on; gives its value. */
#define SIM_CHECK(condition) sim_check_((condition), #condition, __FILE__, __LINE__)

/* True if nothing is left: frames, library pages, kernel mappings, pending shoot-downs, shared pages, locks, register
 * mappings. Else SIM_LEAK, naming it. quarantined pages may be in use (and shared). */
bool sim_check_clean(size_t quarantined);

/* The machine's way to map scattered frames, for dma_scattered_map_with(). It fails as SIM_HOOK_KVA_MAP does. */
int sim_map_scattered(const struct dma_scattered_frames *frames, size_t npages, unsigned attr, void **va,
		      void *context);

/* ---- Running scenarios ---------------------------------------------------------------------------------- */

typedef void (*sim_scenario)(void *arg);
typedef int (*sim_attempt)(void *arg); /* 0 or a negative DMA_E… code */

/* One run: start, dma_init() (if the program has the library), the scenario, dma_fini(), sim_check_clean(), stop. Gives
 * the failures. */
unsigned sim_run(const struct sim_config *config, sim_scenario scenario, void *arg);

/* n runs with the adversary, seeds config->seed, +1, …; stops at the first that fails. With SEED=k in the environment
 * it runs that one alone. Gives the failures. */
unsigned sim_random(const struct sim_config *config, sim_scenario scenario, void *arg, unsigned n);

/* Every schedule of the adversary, at most limit of them (0: a million). */
struct sim_explored {
	uint64_t schedules; /* runs */
	uint64_t states;    /* points where the adversary had a choice: nodes of the tree */
	unsigned depth;	    /* longest run, in choices */
	bool complete;	    /* false: stopped by the limit or by a failure */
	unsigned failures;
};
/* Whether choices count from now on (they do at first): a scenario that leaves the long and dull parts out, such as
 * scrubbing a page, explores the others completely. Returns the former state. No effect but in sim_exhaust(). */
bool sim_explore(bool on);
struct sim_explored sim_exhaust(const struct sim_config *config, sim_scenario scenario, void *arg, uint64_t limit);

/* ---- Faults ------------------------------------------------------------------------------------------------- */

enum sim_hook {
	SIM_HOOK_INFO,
	SIM_HOOK_PAGE_ALLOC,
	SIM_HOOK_FRAMES_ALLOC,
	/* A frame whose linear address is first asked for at that call has none until freed; no linear_by_offset. */
	SIM_HOOK_LINEAR,
	SIM_HOOK_KVA_MAP,
	SIM_HOOK_SHARE,
	SIM_HOOK_UNSHARE,
	SIM_HOOK_MMIO_MAP,
	SIM_HOOK_IS_RAM,
	SIM_HOOK_COPY_TO_USER,
	SIM_HOOK_COPY_FROM_USER,
	SIM_FAILABLE, /* those below never fail; their calls are counted */
	SIM_HOOK_PAGE_FREE = SIM_FAILABLE,
	SIM_HOOK_FRAMES_FREE,
	SIM_HOOK_KVA_UNMAP,
	SIM_HOOK_TLB_SHOOTDOWN,
	SIM_HOOK_INTERRUPTS_ON,
	SIM_HOOK_LOCK,
	SIM_HOOK_UNLOCK,
	SIM_HOOK_MMIO_UNMAP,
	SIM_HOOK_LOG,
	SIM_HOOKS
};

const char *sim_hook_name(enum sim_hook hook);
/* The hook's n-th call from now on fails (1: the next one), once; 0: none does. */
void sim_fail_hook(enum sim_hook hook, unsigned n);
/* The same, and every later call, too. */
void sim_fail_hook_from(enum sim_hook hook, unsigned n);
unsigned sim_hook_calls(enum sim_hook hook); /* since sim_start() */
bool sim_hook_failed(void);		     /* a fault was injected since sim_start() */
/* From now on (until sim_start()) hooks answer nonsense where the library checks: info tells another page size,
 * conversions of all pages say that they failed, copies to and from user memory that they copied more than was asked
 * for. */
void sim_lie(bool on);
/* What a share or unshare says that is made to fail, from now on (until sim_start(); 0: DMA_EIO), and what it leaves:
 * DMA_EACCES: the page where it stopped, and all behind it, as they were; DMA_ENODEV: each of them converted or not. */
void sim_conversion_error(int error);
/* What another CPU does just as that hook is called, each time (until sim_start(); NULL: nothing). It may call the
 * library. Not at hooks that are called with a lock held. */
void sim_meanwhile(enum sim_hook hook, void (*meanwhile)(void));

/* Runs the attempt on a fresh machine (as sim_run does) with every failable hook failing at its 1st, 2nd, … call,
 * until the hook is no longer reached, then the same with the hook failing from that call on for good; checks each
 * time that nothing leaked. An attempt that meets the fault may still succeed. Where share or unshare failed, pages
 * that the library quarantined are allowed (counted by dma_stats). Gives the number of failures; *runs (may be NULL)
 * the number of runs. */
unsigned sim_for_each_failure(const struct sim_config *config, sim_attempt attempt, void *arg, unsigned *runs);

/* From now on (until sim_start(); NULL: no longer) the watcher is called at each step of each CPU: before each access
 * of memory or registers, each barrier and each line operation. What it does a device does in that moment. */
void sim_watch(void (*watcher)(void *ctx), void *ctx);

/* ---- Devices --------------------------------------------------------------------------------------------------- */

struct sim_device;

/* A device model, until sim_stop(). NULL: as the machine's configuration says. */
struct sim_device *sim_device_new(const struct sim_device_config *config);
const struct sim_device_config *sim_device_config(const struct sim_device *dev);
/* What dma_device_init() should be told of it; domain NULL. */
struct dma_device_config sim_device_dma(const struct sim_device *dev);

/* What the device does on its bus: n bytes at daddr, line by line. 0, or DMA_EFAULT (no RAM there, beyond mask or
 * windows, a private page of a confidential VM, blocked by the translator): bytes before the fault are done. The
 * caller stands for the doorbell: what its CPU has published is ordered before. Ownership is checked. */
DMA_MUST_CHECK int sim_device_read(struct sim_device *dev, dma_daddr_t daddr, void *buf, size_t n);
DMA_MUST_CHECK int sim_device_write(struct sim_device *dev, dma_daddr_t daddr, const void *buf, size_t n);
/* The same by a device model at work (from sim_on_tick() or a register handler): no doorbell of its own. */
DMA_MUST_CHECK int sim_device_work_read(struct sim_device *dev, dma_daddr_t daddr, void *buf, size_t n);
DMA_MUST_CHECK int sim_device_work_write(struct sim_device *dev, dma_daddr_t daddr, const void *buf, size_t n);
/* By a device that lies: no doorbell; unsynced bytes and free frames are no failure, foreign bytes are. */
DMA_MUST_CHECK int sim_device_probe(struct sim_device *dev, dma_daddr_t daddr, void *buf, size_t n);
DMA_MUST_CHECK int sim_device_poke(struct sim_device *dev, dma_daddr_t daddr, const void *buf, size_t n);
/* How many of the n bytes the device can reach now and must not see (by label). Changes nothing, reports nothing. */
size_t sim_device_foreign(struct sim_device *dev, dma_daddr_t daddr, size_t n);

/* From now on, until sim_calm(), the adversary reads (and, with writes, changes) bytes of the range at any step, also
 * between two loads of the CPU; a foreign byte seen so is a failure, what the device cannot reach is not. Up to 16
 * ranges. */
void sim_hostile(struct sim_device *dev, dma_daddr_t daddr, size_t n, bool writes);
void sim_calm(void);

/* An IOMMU in front of devices: one translation of one address within a page. 0 and *paddr, or DMA_EFAULT (the model
 * has recorded its fault). NULL: none. Called with the machine locked; may use sim_ram_read/write and sim_choose. */
typedef int (*sim_translator)(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr);
void sim_set_translator(sim_translator translate, void *ctx);

/* Accesses of units beside the CPU (an IOMMU's walker), by paddr: with or without snooping the caches. 0, DMA_EFAULT.
 * */
DMA_MUST_CHECK int sim_ram_read(uint64_t paddr, void *buf, size_t n, bool snoop);
DMA_MUST_CHECK int sim_ram_write(uint64_t paddr, const void *buf, size_t n, bool snoop);
bool sim_is_free(uint64_t paddr); /* the allocator has that frame */

/* The adversary's choice among n: 0 on a plain machine, random, or enumerated. 0 should be the harmless one. */
unsigned sim_choose(unsigned n);

/* ---- Labels: whose byte is it ------------------------------------------------------------------------------------ */

/* Every byte of RAM, caches and store buffers carries a label; copies within the machine carry it along. What the CPU
 * copies in from host memory gets the calling thread's label (SIM_OWN at first), fills get SIM_PUBLIC, what a device
 * wrote SIM_PUBLIC; frames come from the allocator SIM_FOREIGN. */
enum { SIM_PUBLIC = 0, SIM_OWN = 1, SIM_FOREIGN = 31 };
unsigned sim_label(unsigned label); /* 0 to 31; gives the former one */

/* ---- Log --------------------------------------------------------------------------------------------------------- */

/* The library's lines go to `call` instead of the console; NULL: back to it. A line that reports a misuse is a failure
 * then only if `call` says so. */
void sim_on_log(void (*call)(const char *line));

/* ---- Registers and PCI functions --------------------------------------------------------------------------------- */

typedef uint64_t (*sim_mmio_read)(void *ctx, uint64_t offset, unsigned nbytes);
typedef void (*sim_mmio_write)(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes);
/* Registers at paddr, nbytes long, until sim_stop(). Handlers run with the machine locked and may use all but the
 * host hooks. Devices reach them, too, where their addresses lead there: in aligned parts of 1, 2, 4 or 8 bytes. */
void sim_mmio_register(uint64_t paddr, uint64_t nbytes, sim_mmio_read read, sim_mmio_write write, void *ctx);

/* A driver's access to a register of 1, 2, 4 or 8 bytes, at an address that dma_host_mmio_map() gave: what the host has
 * for widths that platform.h has no hook for. */
uint64_t sim_register_read(const volatile void *reg, unsigned nbytes);
void sim_register_write(volatile void *reg, uint64_t value, unsigned nbytes);

/* A function on the bus with one memory BAR 0, until sim_stop(); sim_pci_config() is its configuration space to fill
 * up (4 KiB, little-endian; identity, class, BAR and command register are set). Bus and place follow from the order
 * of calls. */
struct sim_pci;
struct sim_pci *sim_pci_add(uint16_t vendor, uint16_t device, uint32_t class_code, uint64_t bar_bytes,
			    sim_mmio_read read, sim_mmio_write write, void *ctx);
uint8_t *sim_pci_config(struct sim_pci *fn);
struct sim_device *sim_pci_device(struct sim_pci *fn); /* its DMA side; requester is its place on the bus */
bool sim_pci_is_master(const struct sim_pci *fn);      /* bus mastering is on */

/* What bus_pci_dma_init() puts in front of devices, if not nothing: name is bus_iommu()'s answer. open fills
 * config->domain (and may change the rest); close ends it; faults counts. */
struct sim_iommu {
	const char *name;
	int (*open)(void *ctx, uint32_t requester, struct dma_device_config *config);
	int (*close)(void *ctx, uint32_t requester);
	uint64_t (*faults)(void *ctx, uint32_t requester);
	void *ctx;
};
void sim_set_iommu(const struct sim_iommu *iommu);

/* What bus_option() looks up: n strings KEY=VALUE, which stay where they are. main.c gives its arguments. */
void sim_options(char *const *keys_and_values, unsigned n);

/* ---- Disks ------------------------------------------------------------------------------------------------------- */

struct sim_disk_config {
	const char *path; /* backing file, whole blocks; its size is the capacity */
	bool read_only;
	uint32_t block_size;  /* 0: 512 */
	uint32_t max_blocks;  /* 0: 256 */
	uint64_t read_error;  /* reads of this block fail; UINT64_MAX: none */
	uint64_t write_error; /* writes of this block fail */
	bool never_answers;   /* takes commands and does nothing */
	bool lies;	      /* completes with ids that are not in flight */
};
struct sim_disk_config sim_disk_config(const char *path);
/* A PCI function as simdisk.h says. NULL: the file cannot be opened; why is printed. */
struct sim_pci *sim_disk_add(const struct sim_disk_config *config);
/* An NVMe controller with one namespace, the file at path, in blocks of 512 bytes. NULL: it cannot be opened; why is
 * printed. */
struct sim_pci *sim_nvme_add(const char *path, bool read_only);

#endif
