/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The arena: frames of this process, at addresses that follow one another.
 *
 *      base                      grown              reserved, PROT_NONE
 *      | chunk | chunk |  chunk  |...................................| end
 *
 * It grows by chunks of 2 MiB or more, of the largest pages that the system gives: 1 GiB (for requests of that size),
 * 2 MiB, else 4 KiB with a request for transparent huge pages. Each chunk is mapped for all users (containers) before a
 * frame of it is given out; if one of them cannot, the chunk goes again. So memory in the arena is memory that every
 * device has. It never shrinks: what a device reaches is never the memory of somebody else (hazards 10, 11).
 *
 * A child after fork() does not have it (MADV_DONTFORK): otherwise copy on write would part the process from the pages
 * that its devices have.
 */
#include "../linux_host.h"
#include <dmastream/errors.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define MIB_2	    ((uint64_t)2 << 20)
#define GIB_1	    ((uint64_t)1 << 30)
#define RESERVED    ((uint64_t)64 << 30)
#define CHUNK_MOST  ((uint64_t)64 << 20) /* beyond what is asked for */
#define WORD_FRAMES 64u

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

static struct {
	char *base;
	uint64_t size, grown; /* bytes */
	uint64_t huge;	      /* bytes in huge pages */
	uint64_t *used;	      /* a bit for each frame that is given out, or lies in a gap */
	uint64_t in_use;      /* frames given out */
	uint64_t hint;	      /* no frame below this one is free */
	struct dma_linux_arena_user *users;
	uint64_t physical;	/* bytes at its beginning whose physical addresses follow one another */
	uint64_t physical_base; /* where that is */
	bool no_huge_pages;
	struct dma_lock lock;	   /* over the bitmap */
	struct dma_lock grow_lock; /* over growth and users: held while the kernel is called */
} arena;

char *dma_linux_arena_base(void)
{
	return arena.base;
}

uint64_t dma_linux_arena_size(void)
{
	return arena.size;
}

uint64_t dma_linux_arena_grown(void)
{
	return __atomic_load_n(&arena.grown, __ATOMIC_ACQUIRE);
}

void dma_linux_arena_no_huge_pages(void)
{
	arena.no_huge_pages = true;
}

/* ---- Start ---- */

static void *reserve(uint64_t nbytes)
{
	void *at = mmap(NULL, nbytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* Aligned to 1 GiB, so that a page table of an IOMMU can have pages of that size. Half as much where a limit on
 * addresses (RLIMIT_AS) asks for it. */
int dma_linux_arena_start(void)
{
	uint64_t size = RESERVED, bitmap;
	char *at = NULL;

	if (arena.base)
		return 0;
	for (; size >= MIB_2 && !at; size = at ? size : size / 2)
		at = reserve(size + GIB_1);
	if (!at)
		return DMA_ENOMEM;
	bitmap = size / DMA_PAGE_SIZE / 8;
	arena.used = mmap(NULL, bitmap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena.used == MAP_FAILED) {
		arena.used = NULL;
		(void)munmap(at, size + GIB_1);
		return DMA_ENOMEM;
	}
	arena.size = size;
	arena.base = at + (-(uintptr_t)at & (GIB_1 - 1));
	return 0;
}

/* ---- Growth ---- */

static bool place(char *at, uint64_t nbytes, int flags)
{
	return mmap(at, nbytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0) == at;
}

/* Memory for a chunk, of the largest pages that there are. Gives the page size, or 0. */
static uint64_t fill(char *at, uint64_t nbytes)
{
	uint64_t page = 0;

	if (!arena.no_huge_pages && nbytes % GIB_1 == 0 && ((uintptr_t)at & (GIB_1 - 1)) == 0 &&
	    place(at, nbytes, MAP_HUGETLB | 30 << MAP_HUGE_SHIFT))
		page = GIB_1;
	else if (!arena.no_huge_pages && place(at, nbytes, MAP_HUGETLB | 21 << MAP_HUGE_SHIFT))
		page = MIB_2;
	else if (place(at, nbytes, 0))
		page = DMA_PAGE_SIZE;
	if (page == DMA_PAGE_SIZE && !arena.no_huge_pages)
		(void)madvise(at, nbytes, MADV_HUGEPAGE);
	if (page)
		(void)madvise(at, nbytes, MADV_DONTFORK);
	return page;
}

/* Where the kernel cannot, the memory stays until the place is filled anew. */
static void empty(char *at, uint64_t nbytes)
{
	(void)mmap(at, nbytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

/* For all users, or for none. */
static int map_for_all(uint64_t offset, uint64_t nbytes, struct dma_linux_why *why)
{
	struct dma_linux_arena_user *user = arena.users, *done;
	int error = 0;

	for (; user && !error; user = error ? user : user->next)
		error = user->map(user, offset, nbytes, why);
	for (done = arena.users; error && done != user; done = done->next)
		done->unmap(done, offset, nbytes);
	return error;
}

/* A chunk of exactly that size. */
static int grow_by(uint64_t nbytes)
{
	struct dma_linux_why why = {""};
	char *at = arena.base + arena.grown;
	uint64_t page;
	int error;

	if (nbytes > arena.size - arena.grown)
		return DMA_ENOMEM;
	page = fill(at, nbytes);
	if (!page)
		return DMA_ENOMEM;
	error = map_for_all(arena.grown, nbytes, &why);
	if (error) {
		empty(at, nbytes);
		if (why.line[0])
			dma_host_log(why.line);
		return error;
	}
	__atomic_add_fetch(&arena.huge, page > DMA_PAGE_SIZE ? nbytes : 0, __ATOMIC_RELAXED);
	__atomic_store_n(&arena.grown, arena.grown + nbytes, __ATOMIC_RELEASE);
	return 0;
}

static uint64_t round_up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) & ~(unit - 1);
}

/* Grows by at least nbytes: by as much as a quarter of what there is, if the limits allow that. If another thread has
 * grown it since it had `before` bytes, that will do. */
static int grow(uint64_t nbytes, uint64_t before)
{
	uint64_t least = round_up(nbytes, nbytes >= GIB_1 ? GIB_1 : MIB_2), more = arena.grown / 4;
	uintptr_t state = dma_host_lock(&arena.grow_lock);
	int error = 0;

	more = round_up(more < CHUNK_MOST ? more : CHUNK_MOST, MIB_2);
	if (arena.grown == before) {
		error = more > least ? grow_by(more) : DMA_ENOMEM;
		if (error)
			error = grow_by(least);
		if (error && least > round_up(nbytes, MIB_2))
			error = grow_by(round_up(nbytes, MIB_2));
	}
	dma_host_unlock(&arena.grow_lock, state);
	return error;
}

int dma_linux_arena_join(struct dma_linux_arena_user *user, struct dma_linux_why *why)
{
	uintptr_t state = dma_host_lock(&arena.grow_lock);
	int error = arena.grown ? 0 : grow_by(MIB_2); /* a limit that is too low shows now */

	if (error)
		(void)dma_linux_fail(why, error, "there is no memory for the first %u KiB of the arena", 2048);
	else
		error = user->map(user, 0, arena.grown, why);
	if (!error) {
		user->next = arena.users;
		arena.users = user;
	}
	dma_host_unlock(&arena.grow_lock, state);
	return error;
}

int dma_linux_arena_physical(uint64_t *paddr, uint64_t *nbytes, struct dma_linux_why *why)
{
	uintptr_t state = dma_host_lock(&arena.grow_lock);
	int error = 0;

	if (!arena.physical && arena.grown)
		error = dma_linux_fail(why, DMA_ENOTSUP,
				       "a device without an IOMMU is opened before any other, since its memory is the "
				       "beginning of the arena");
	else if (!arena.physical)
		error = dma_linux_physical_fill(arena.base, &arena.physical_base, &arena.physical, why);
	if (error && arena.physical) { /* it got half way */
		empty(arena.base, arena.physical);
		arena.physical = 0;
	} else if (!error && !arena.grown) {
		__atomic_store_n(&arena.huge, arena.physical, __ATOMIC_RELAXED);
		__atomic_store_n(&arena.grown, arena.physical, __ATOMIC_RELEASE);
	}
	*paddr = arena.physical_base;
	*nbytes = arena.physical;
	dma_host_unlock(&arena.grow_lock, state);
	return error;
}

void dma_linux_arena_leave(struct dma_linux_arena_user *user)
{
	uintptr_t state = dma_host_lock(&arena.grow_lock);
	struct dma_linux_arena_user **link = &arena.users;

	while (*link && *link != user)
		link = &(*link)->next;
	if (*link)
		*link = user->next;
	dma_host_unlock(&arena.grow_lock, state);
}

/* ---- Frames ---- */

static bool is_used(uint64_t frame)
{
	return arena.used[frame / WORD_FRAMES] >> frame % WORD_FRAMES & 1;
}

static void mark(uint64_t first, uint64_t count, bool used)
{
	while (count) {
		uint64_t at = first % WORD_FRAMES, n = WORD_FRAMES - at < count ? WORD_FRAMES - at : count;
		uint64_t bits = (n == WORD_FRAMES ? ~UINT64_C(0) : ((UINT64_C(1) << n) - 1)) << at;
		uint64_t *word = &arena.used[first / WORD_FRAMES];

		*word = used ? *word | bits : *word & ~bits;
		first += n;
		count -= n;
	}
}

/* The first run of free frames in [from, end) whose first is a multiple of `step`. UINT64_MAX: there is none. */
static uint64_t find(uint64_t from, uint64_t end, uint64_t count, uint64_t step)
{
	uint64_t first = round_up(from, step);

	while (first < end && count <= end - first) {
		uint64_t n = 0;

		if (first % WORD_FRAMES == 0 && arena.used[first / WORD_FRAMES] == ~UINT64_C(0)) {
			first = round_up(first + WORD_FRAMES, step);
			continue;
		}
		while (n < count && !is_used(first + n))
			n++;
		if (n == count)
			return first;
		first = round_up(first + n + 1, step);
	}
	return UINT64_MAX;
}

/* 0, or DMA_ENOMEM: not within what there is, of which *grown bytes were looked at. */
static int take(uint64_t least, uint64_t last, uint64_t count, uint64_t step, uint64_t *grown, uint64_t *first)
{
	uintptr_t state = dma_host_lock(&arena.lock);
	uint64_t end, from;

	*grown = __atomic_load_n(&arena.grown, __ATOMIC_ACQUIRE);
	end = *grown / DMA_PAGE_SIZE;
	end = last < UINT64_MAX && last + 1 < end ? last + 1 : end;
	from = least > arena.hint ? least : arena.hint;
	*first = find(from, end, count, step);
	if (*first != UINT64_MAX) {
		mark(*first, count, true);
		__atomic_add_fetch(&arena.in_use, count, __ATOMIC_RELAXED);
		if (*first == arena.hint)
			arena.hint += count;
	}
	dma_host_unlock(&arena.lock, state);
	return *first != UINT64_MAX ? 0 : DMA_ENOMEM;
}

int dma_host_frames_alloc_within(size_t npages, uint64_t min_paddr, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	uint64_t step = align / DMA_PAGE_SIZE, first, grown;
	uint64_t least = min_paddr / DMA_PAGE_SIZE + (min_paddr % DMA_PAGE_SIZE != 0);
	uint64_t last = max_paddr == UINT64_MAX ? UINT64_MAX : (max_paddr + 1) / DMA_PAGE_SIZE - 1;

	if (npages == 0 || step == 0 || npages > arena.size / DMA_PAGE_SIZE || align > arena.size ||
	    max_paddr < DMA_PAGE_SIZE - 1 || last < least)
		return DMA_ENOMEM;
	while (take(least, last, npages, step, &grown, &first)) {
		/* Where the arena ends lies in the middle of what is wanted, at worst. */
		uint64_t wanted = (uint64_t)npages * DMA_PAGE_SIZE + (align > MIB_2 ? align : 0);

		if (last < grown / DMA_PAGE_SIZE || least > grown / DMA_PAGE_SIZE + npages || grow(wanted, grown))
			return DMA_ENOMEM;
	}
	*out = dma_paddr(first * DMA_PAGE_SIZE);
	return 0;
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	return dma_host_frames_alloc_within(npages, 0, max_paddr, align, out);
}

/* Beyond the arena: what the caller adopted, mmap()ed memory. */
void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	uint64_t first = paddr.raw / DMA_PAGE_SIZE;
	uintptr_t state;

	if (paddr.raw >= arena.size) {
		(void)dma_linux_forget(dma_linux_va(paddr), npages * DMA_PAGE_SIZE);
		(void)munmap(dma_linux_va(paddr), npages * DMA_PAGE_SIZE);
		return;
	}
	state = dma_host_lock(&arena.lock);
	mark(first, npages, false);
	__atomic_sub_fetch(&arena.in_use, npages, __ATOMIC_RELAXED);
	if (first < arena.hint)
		arena.hint = first;
	dma_host_unlock(&arena.lock, state);
}

uint64_t dma_linux_arena_frames_in_use(void)
{
	return __atomic_load_n(&arena.in_use, __ATOMIC_RELAXED);
}

/* Frames of the arena, or any other memory of the process: whether that is there is found out when it is mapped. */
bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	uint64_t nbytes = (uint64_t)npages * DMA_PAGE_SIZE, first = (uintptr_t)dma_linux_va(paddr);

	if (paddr.raw < arena.size)
		return nbytes <= __atomic_load_n(&arena.grown, __ATOMIC_ACQUIRE) - paddr.raw &&
		       paddr.raw < __atomic_load_n(&arena.grown, __ATOMIC_ACQUIRE);
	return nbytes / DMA_PAGE_SIZE == npages && first && first >> 56 == 0 && (first + nbytes) >> 56 == 0 &&
	       (first + nbytes <= (uintptr_t)arena.base || first >= (uintptr_t)arena.base + arena.size) &&
	       !dma_gone_has((const void *)(uintptr_t)first, nbytes);
}

void dma_linux_arena_stats(struct dma_linux_stats *out)
{
	out->arena_bytes = __atomic_load_n(&arena.grown, __ATOMIC_RELAXED);
	out->huge_bytes = __atomic_load_n(&arena.huge, __ATOMIC_RELAXED);
	out->frames_in_use = dma_linux_arena_frames_in_use() + dma_linux_pages();
}
