/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the explored memory is made of (memory.c says how it behaves): for memory.c, which does accesses,
 * memory_cells.c, which keeps views and histories, and memory_fences.c.
 */
#ifndef TESTS_EXPLORE_MEMORY_MODEL_H
#define TESTS_EXPLORE_MEMORY_MODEL_H

#include "model.h"

#define CELLS	4096u
#define VALUES	(1u << 15)
#define VIEWS	16384u
#define REGIONS 128u
#define OWNED	8u
#define HASH	8192u
#define NONE	UINT32_MAX
#define GARBAGE 0xd5d5d5d5u

typedef uint16_t stamp;

struct view {
	stamp at[CELLS];	      /* by cell */
	stamp region[REGIONS];	      /* by region: its fill has been seen */
	uint32_t loads[EXPLORE_CPUS]; /* each CPU's loads that are over, by their number */
	uint32_t cells;		      /* at[] is 0 from there on */
};

struct value {
	uint32_t bits;
	uint32_t store; /* number of the store: 8 bytes are two cells with one number */
	uint32_t view;	/* index of the released view; NONE: none */
	uint32_t next;	/* the next one of the cell */
	uint64_t time;	/* of a sequentially consistent store; 0: it was none */
};

struct cell {
	uintptr_t address;
	uint32_t first, last; /* values */
	stamp newest;
	uint32_t region;	       /* its values from 1 on count as seen by who has seen the region's fill; NONE */
	uint32_t loaded[EXPLORE_CPUS]; /* the CPU's last load: `ordered` of then, and 1; 0: none */
	uint32_t load[EXPLORE_CPUS];   /* the number of the CPU's last load; 0: none */
};

struct region {
	uintptr_t start, end;
	stamp fills;
};

struct memory {
	struct cell cell[CELLS];
	struct value value[VALUES];
	struct view view[VIEWS];
	struct region region[REGIONS];
	uint32_t hash[HASH]; /* 1 + cell */
	uint32_t ncells, nvalues, nviews, nregions, nstores;
	struct view of_cpu[EXPLORE_CPUS];
	struct view released[EXPLORE_CPUS]; /* by a release fence */
	struct view pending[EXPLORE_CPUS];  /* what relaxed loads have read, for an acquire fence */
	bool has_released[EXPLORE_CPUS], has_pending[EXPLORE_CPUS];
	uint32_t by_pointer[EXPLORE_CPUS][REGIONS]; /* view of the stores of pointers into it that the CPU has loaded */
	struct view fence;			    /* the total order of full fences */
	uint32_t ordered[EXPLORE_CPUS];		    /* fences that order loads before stores */
	uint64_t time, acquired[EXPLORE_CPUS];	    /* of the last acquire */
	uint64_t seq_cst[EXPLORE_CPUS];		    /* of the last sequentially consistent store */
	/* What a plain access has left to settle. */
	uintptr_t shown, stored;
	size_t shown_bytes, stored_bytes;
	uint64_t newest_value;
};
extern struct memory *m;

struct range {
	uintptr_t start, end;
};
extern struct range *memory_owned; /* by explore_owned(); NULL: none; one of no bytes is the last */

/* 1 to 8 bytes. */
struct cells {
	uint32_t cell[2];
	unsigned n;
	unsigned shift; /* bits below the access in the first */
};

/* ---- memory_cells.c ---- */

void out_of(const char *what);
/* This CPU's view. */
struct view *mine(void);
void view_join(struct view *to, const struct view *from);
uint32_t view_copy(const struct view *from);
stamp view_at(const struct view *v, uint32_t cell);
void view_set(struct view *v, uint32_t cell, stamp at);
/* How far this CPU is in a cell's history. */
stamp at_least(uint32_t cell);
/* The fresh region that an address lies in; NONE. */
uint32_t region_of(uintptr_t address);
/* One more value of a cell; this CPU has seen it. */
void cell_store(uint32_t cell, uint32_t bits, uint32_t store, uint32_t view, bool seq_cst);
const struct value *value_at(uint32_t cell, stamp at);
/* The cells of an access, which exist from then on. */
struct cells cells_of(const void *address, size_t nbytes);
uint64_t mask_of(size_t nbytes);
uint64_t bits_at(const struct cells *c, const stamp at[2], size_t nbytes);
void newest_of(const struct cells *c, stamp at[2]);
/* The second half of the value whose first half is there. */
stamp second_half(const struct cells *c, stamp first);

#endif
