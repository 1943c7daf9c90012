/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A host for the tests and benchmarks of src/iommu: frames out of one arena, every hook counted and made to fail on
 * demand.
 */
#ifndef TESTS_IOMMU_CORE_HOST_H
#define TESTS_IOMMU_CORE_HOST_H

#include <dmastream/platform.h>

struct host_state {
	uint32_t cpus;	       /* for dma_init() */
	bool linear_by_offset; /* linear_base and linear_last are set */
	bool linear_endless;   /* … linear_last to UINT64_MAX */
	uint64_t linear_end;   /* frames from here on are not in the linear map; 0: all are, and the
				  host prefers those that are not */
	bool uncached_only;    /* no maintenance by lines, but uncached mappings */
	bool can_sync;
	bool write_past;  /* the CPU has stores past the caches */
	uint64_t fail_at; /* the n-th fallible call fails; 0: none */
	uint64_t calls;	  /* fallible calls so far */
	bool time_stands; /* time is `now`, else the clock's */
	uint64_t now;
	uint64_t frames, pages;	      /* in use */
	unsigned reserve_table_pages; /* for dma_init() */
	uint64_t frames_most;	      /* that may be in use; 0: all there are */
	uint64_t kvas;		      /* pages mapped apart */
	uint64_t frees_bad;	      /* frames freed that were free */
	uint64_t misplaced;	      /* hooks called with a lock held, or with interrupts off, that must not be */
	uint64_t published;	      /* barriers so far */
	uint64_t lines;		      /* logged */
	uint64_t locks;		      /* taken */
	void (*on_free)(uint64_t paddr, size_t npages); /* sees frames before they are free */
	void (*on_alloc)(void); /* before frames are given out: what another CPU may do meanwhile */
	void (*on_time)(void);	/* the same before the clock is read */
};

extern struct host_state host;
extern _Thread_local unsigned host_cpu;
extern _Thread_local bool host_interrupts_off;

#define HOST_ARENA_PAGES 65536u
#define HOST_ARENA_PADDR 0x38000000ull

void host_start(void); /* defaults, an empty arena, dma_init() */
/* dma_fini(); true if nothing is in use. */
bool host_stop(void);
/* What a reader that does not snoop / that snoops finds at an address. */
uint64_t host_memory(uint64_t paddr);
uint64_t host_cpu_view(uint64_t paddr);
bool host_frame_used(uint64_t paddr);
/* Eight bytes that CPUs see have not reached memory yet: it has zeros there. */
void host_unflush(const void *at);
/* The caller's thread holds one. */
bool host_lock_held(void);

#endif
