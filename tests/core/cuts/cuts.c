/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What it costs to cut a segment into many parts, hold them, and drop them, in every order: counted in branches that
 * the library takes, since a clock counts the machine's other work. Two figures have limits: the branches per part,
 * which must hardly grow with the number of parts, and the branches between taking a lock and giving it back (a branch
 * stands for five to ten instructions, so 1000 branches for the 10,000 instructions that are promised).
 */
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE	  UINT64_C(0x100000000)
#define MANY	  65536u /* pages: 256 MiB */
#define FEW	  1024u
#define LOCK_MOST 1000u

static uint64_t branches, taken, longest;
static unsigned locks_held, test_number, failed;
static unsigned char holders[MANY]; /* 1: not yet back with the host */

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
	branches++;
}

/* ---- The host ---- */

int dma_host_info_get(struct dma_host_info *info)
{
	info->page_shift = DMA_PAGE_SHIFT;
	info->cpus = 1;
	info->line_step = info->line_align = 64;
	return 0;
}

void *dma_host_page_alloc(void)
{
	return aligned_alloc(DMA_PAGE_SIZE, DMA_PAGE_SIZE);
}

void dma_host_page_free(void *page)
{
	free(page);
}

static void frames(dma_paddr_t paddr, size_t npages, unsigned char was)
{
	size_t first = (paddr.raw - BASE) >> DMA_PAGE_SHIFT;

	for (size_t i = first; i < first + npages; i++) {
		if (i >= MANY || holders[i] != was) {
			printf("# frame %zu goes the wrong way\n", i);
			failed++;
			return;
		}
		holders[i] = !was;
	}
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	(void)npages, (void)max_paddr, (void)align, (void)out;
	return DMA_ENOMEM;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	frames(paddr, npages, 1);
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)paddr, (void)nbytes;
	return NULL;
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	(void)paddr, (void)npages;
	return true;
}

bool dma_host_interrupts_on(void)
{
	return locks_held == 0;
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	(void)lock;
	if (locks_held++ == 0)
		taken = branches;
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	(void)lock, (void)state;
	if (--locks_held == 0 && branches - taken > longest)
		longest = branches - taken;
}

void dma_host_log(const char *line)
{
	(void)line;
}

/* ---- Orders ---- */

static unsigned order[MANY];

static unsigned draw(unsigned n)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

enum { FORWARD, BACKWARD, AT_RANDOM, INWARD, STRIDE, ORDERS };
static const char *const order_names[] = {"forward", "backward", "at random", "from both ends", "every 16th"};

static void set_order(unsigned how, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		order[i] = how == BACKWARD ? n - 1 - i
			   : how == INWARD ? (i % 2 ? n - 1 - i / 2 : i / 2)
			   : how == STRIDE ? i % (n / 16) * 16 + i / (n / 16)
					   : i;
	}
	for (unsigned i = n; how == AT_RANDOM && i-- > 1;) {
		unsigned other = draw(i + 1), was = order[i];

		order[i] = order[other];
		order[other] = was;
	}
}

/* ---- Ways to cut ---- */

static struct dma_segment part[MANY], whole, copy;

static void must(int error)
{
	if (error) {
		printf("# %s\n", dma_strerror(error));
		failed++;
	}
}

static void adopt(unsigned n)
{
	memset(holders, 0, sizeof(holders));
	memset(holders, 1, n);
	memset(part, 0, sizeof(part));
	must(dma_segment_adopt(&whole, dma_paddr(BASE), n));
}

/* Page i is part i. */
static void slices(unsigned how, unsigned n)
{
	set_order(how, n);
	for (unsigned i = 0; i < n; i++)
		must(dma_segment_slice(&whole, order[i], 1, &part[order[i]]));
}

/* Halves of halves; a part at a time is split off, in that order of cuts. */
static void split_tree(struct dma_segment *seg, unsigned first, unsigned n)
{
	struct dma_segment tail = {0};

	if (n == 1) {
		part[first] = *seg;
		return;
	}
	must(dma_segment_split(seg, n / 2, &tail));
	split_tree(&tail, first + n / 2, n - n / 2);
	split_tree(seg, first, n / 2);
}

/* A slice of a slice of a slice …, each a page shorter at one end. */
static void nested_slices(unsigned n)
{
	struct dma_segment outer = {0}, inner = {0};

	must(dma_segment_clone(&whole, &outer));
	for (unsigned i = 0; i + 1 < n; i++) {
		must(dma_segment_slice(&outer, i % 2, outer.npages - 1, &inner));
		dma_segment_drop(&outer);
		outer = inner;
		inner = (struct dma_segment){dma_paddr(0), 0, NULL};
	}
	dma_segment_drop(&outer);
}

enum { SLICES, SPLITS, NESTED, FROM_FRONT, FROM_BACK, WAYS };
static const char *const way_names[] = {"slices", "halves of halves", "slices of slices", "split off the front",
					"split off the back"};

static void cut(unsigned way, unsigned how, unsigned n)
{
	struct dma_segment seg = {0};

	switch (way) {
	case SLICES:
		slices(how, n);
		return;
	case NESTED:
		nested_slices(n);
		return;
	}
	must(dma_segment_clone(&whole, &seg));
	if (way == SPLITS) {
		split_tree(&seg, 0, n);
		return;
	}
	for (unsigned i = 0; i + 1 < n; i++) {
		struct dma_segment tail = {0};

		if (way == FROM_FRONT) {
			must(dma_segment_split(&seg, 1, &tail));
			part[i] = seg;
			seg = tail;
		} else {
			must(dma_segment_split(&seg, seg.npages - 1, &tail));
			part[n - 1 - i] = tail;
		}
	}
	part[way == FROM_FRONT ? n - 1 : 0] = seg;
}

/* ---- What it costs ---- */

static uint64_t since(uint64_t *from)
{
	uint64_t n = branches - *from;

	*from = branches;
	return n;
}

struct cost {
	uint64_t cut, clone, drop_whole, drop_parts;
};

static struct cost measure(unsigned way, unsigned how, unsigned drops, unsigned n)
{
	struct cost cost;
	uint64_t from;

	adopt(n);
	from = branches;
	cut(way, how, n);
	cost.cut = since(&from) / n;
	must(dma_segment_clone(&whole, &copy));
	cost.clone = since(&from) / n;
	dma_segment_drop(&whole);
	dma_segment_drop(&copy);
	cost.drop_whole = since(&from) / n;
	set_order(drops, n);
	from = branches;
	for (unsigned i = 0; i < n; i++)
		dma_segment_drop(&part[order[i]]);
	cost.drop_parts = since(&from) / n;
	for (unsigned i = 0; i < n; i++)
		failed += holders[i] != 0;
	return cost;
}

static bool flat(uint64_t few, uint64_t many)
{
	return many <= 2 * few + 8;
}

static void check(unsigned way, unsigned how, unsigned drops)
{
	unsigned before = failed;
	struct cost few = measure(way, how, drops, FEW), many = measure(way, how, drops, MANY);
	bool ok = failed == before && flat(few.cut, many.cut) && flat(few.clone, many.clone) &&
		  flat(few.drop_whole, many.drop_whole) && flat(few.drop_parts, many.drop_parts) &&
		  longest <= LOCK_MOST;

	printf("%s %u - %s, %s; dropped %s: branches a part %llu, %llu with %u parts; cloned %llu, %llu; dropped whole "
	       "%llu, %llu, in "
	       "parts %llu, %llu; at most %llu with a lock\n",
	       ok ? "ok" : "not ok", ++test_number, way_names[way], way == SLICES ? order_names[how] : "as they come",
	       order_names[drops], (unsigned long long)few.cut, (unsigned long long)many.cut, MANY,
	       (unsigned long long)few.clone, (unsigned long long)many.clone, (unsigned long long)few.drop_whole,
	       (unsigned long long)many.drop_whole, (unsigned long long)few.drop_parts,
	       (unsigned long long)many.drop_parts, (unsigned long long)longest);
	failed += !ok && failed == before;
	longest = 0;
}

int main(void)
{
	if (dma_init())
		return 1;
	for (unsigned how = 0; how < ORDERS; how++)
		check(SLICES, how, (how + 1) % ORDERS);
	for (unsigned way = SPLITS; way < WAYS; way++)
		for (unsigned drops = 0; drops < ORDERS; drops += 2)
			check(way, FORWARD, drops);
	if (dma_fini()) {
		printf("# memory is still in use\n");
		failed++;
	}
	printf("1..%u\n", test_number);
	return failed != 0;
}
