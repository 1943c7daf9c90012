/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Conversions of each technology against a hypervisor of every mood, at every exit. What is asked each time: pages
 * that the library calls converted are; the page at which it failed is the only one in doubt, unless it says that
 * more are; no page outside the range changes; no rule is broken; the hypervisor is asked a bounded number of times.
 */
#include "cvm/realm_monitor.h"
#include "cvm/snp_guest.h"
#include "cvm/tdx_module.h"
#include "guest.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <string.h>

static unsigned tests, failed;
static const char *why;
static char text[200];

static void ok(bool good, const char *name)
{
	tests++;
	failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", tests, name);
	if (!good)
		printf("# %s\n", why ? why : "");
	why = NULL;
}

struct run {
	enum guest guest;
	bool share, large;
	unsigned first, n; /* pages of 4 KiB */
	enum cvm_mood mood;
	unsigned from, times, pages, module;
	bool slow;
};

static bool say(const struct run *run, const char *what, unsigned page)
{
	snprintf(text, sizeof(text),
		 "%s: %s, %s of %u from %u on%s, mood %d from %u times %u pages %u module %u: page %u", what,
		 guest_names[run->guest], run->share ? "share" : "unshare", run->n, run->first,
		 run->large ? ", large" : "", (int)run->mood, run->from, run->times, run->pages, run->module, page);
	why = text;
	return false;
}

/* On hardware these are faults that only a lying hypervisor causes. */
static bool is_its_fault(const struct run *run, unsigned rule)
{
	if (run->mood == CVM_OBEYS || !run->times)
		return false;
	if (run->guest <= TDX_52)
		return rule == TDX_ACCEPT_UNMAPPED;
	if (run->guest <= SNP_PAGE)
		return rule == SNP_PV_UNASSIGNED;
	return run->mood >= CVM_SAYS_DONE && rule == RSI_SET_AGAIN; /* no monitor lies */
}

static bool rules_hold(const struct run *run)
{
	unsigned n;
	const struct cvm_rule *rules = guest_rules(run->guest, &n);

	for (unsigned i = 0; i < n; i++)
		if (cvm_world.broken[i] && !is_its_fault(run, i))
			return say(run, rules[i].id, (unsigned)cvm_world.broken[i]);
	return true;
}

/* What a page may be after the call. */
static bool page_is_right(const struct run *run, unsigned page, unsigned done, int error)
{
	enum cvm_page before = run->share ? CVM_PRIVATE : CVM_SHARED, after = run->share ? CVM_SHARED : CVM_PRIVATE;
	enum cvm_page is = cvm_world.page[run->first + page];

	if (page < done)
		return is == after || (run->share && run->mood == CVM_SAYS_DONE && is != CVM_PENDING);
	if (!error)
		return false;
	if (error == DMA_EACCES && page == done)
		return is == before;
	if (page == done || error == DMA_ENODEV)
		return true;
	return !run->share || is == before;
}

/* Whatever else comes of it, what was refused or cannot be is no success. */
static bool must_fail(const struct run *run)
{
	if (run->times == 0 || cvm_world.exits <= run->from)
		return false;
	return run->mood == CVM_REFUSES || run->mood >= CVM_SAYS_MORE;
}

static bool outcome(const struct run *run, size_t done, int error)
{
	if (!error && must_fail(run))
		return say(run, "a refusal, or a lie, counts as success", cvm_world.exits);
	if (run->guest == CCA && run->times && cvm_world.exits > run->from && run->mood >= CVM_SAYS_MORE &&
	    run->mood <= CVM_SAYS_UNALIGNED && error != DMA_ENODEV)
		return say(run, "a monitor that makes no sense is believed", (unsigned)-error);
	if (error ? done >= run->n : done != run->n)
		return say(run, error ? "failed, and all done" : "no error, and not all done", (unsigned)done);
	for (unsigned page = 0; page < run->n; page++)
		if (!page_is_right(run, page, (unsigned)done, error))
			return say(run, "a page is not what it should be", page);
	for (unsigned page = 0; page < GUEST_PAGES; page++)
		if ((page < run->first || page >= run->first + run->n) && cvm_world.page[page] != CVM_PRIVATE)
			return say(run, "a page outside changed", page);
	/* Each piece may be asked for as often as the hypervisor is busy, forth, and back again. */
	if (cvm_world.exits > 70u * 2 * (run->n + 2))
		return say(run, "too many exits", cvm_world.exits);
	return rules_hold(run);
}

static unsigned runs, errors;

static bool convert(const struct run *run)
{
	struct dma_cvm cvm;
	size_t done = 12345;
	dma_paddr_t paddr = dma_paddr(GUEST_BASE + (uint64_t)run->first * 4096);
	int error = guest_start(run->guest, run->large, &cvm);

	if (error)
		return say(run, "no guest", (unsigned)-error);
	if (!run->share && (dma_cvm_share(&cvm, paddr, run->n, &done) || done != run->n))
		return say(run, "cannot be shared to begin with", (unsigned)done);
	cvm_world.exits = cvm_world.module_calls = cvm_world.converted = 0;
	cvm_world.mood = run->mood;
	cvm_world.from = run->from;
	cvm_world.times = run->times;
	cvm_world.pages = run->pages;
	cvm_world.slow = run->slow;
	cvm_world.module_fails_at = run->module;
	error = run->share ? dma_cvm_share(&cvm, paddr, run->n, &done) : dma_cvm_unshare(&cvm, paddr, run->n, &done);
	runs++;
	errors += error != 0;
	if (run->times == 0 && !run->module && (error || cvm_world.converted != run->n))
		return say(run, "fails with nothing wrong", (unsigned)done);
	return outcome(run, done, error);
}

static const struct {
	unsigned first, n;
} ranges[] = {{0, 1},	  {1, 2},    {7, 17},  {0, 512},   {0, 513},	{511, 2},
	      {511, 600}, {0, 1024}, {3, 253}, {512, 254}, {100, 1100}, {1599, 1}};
enum { RANGES = sizeof(ranges) / sizeof(ranges[0]) };

static bool all_moods(struct run *run)
{
	static const unsigned times[] = {1, 3, 100000}, pages[] = {1, 200};

	for (unsigned mood = 1; mood < CVM_MOODS; mood++)
		for (unsigned from = 0; from < 3; from++)
			for (unsigned t = 0; t < sizeof(times) / sizeof(times[0]); t++)
				for (unsigned p = 0; p < (mood >= CVM_PARTS && mood <= CVM_FAILS_THERE
								  ? sizeof(pages) / sizeof(pages[0])
								  : 1);
				     p++) {
					run->mood = (enum cvm_mood)mood;
					run->from = from;
					run->times = times[t];
					run->pages = pages[p];
					run->slow = false;
					if (!convert(run))
						return false;
					run->slow = true;
					if (from && !convert(run))
						return false;
				}
	return true;
}

static bool module_failures(struct run *run)
{
	run->times = 0;
	run->slow = false;
	for (run->module = 1; run->module < 40; run->module += 3)
		if (!convert(run))
			return false;
	/* And with the hypervisor going in small steps meanwhile. */
	run->mood = CVM_PARTS;
	run->from = 0;
	run->times = 100000;
	run->pages = 3;
	for (run->module = 2; run->module < 12; run->module++)
		if (!convert(run))
			return false;
	run->module = 0;
	return true;
}

static bool everything(enum guest guest, bool share)
{
	for (unsigned large = 0; large < 2; large++)
		for (unsigned r = 0; r < RANGES; r++) {
			struct run run = {.guest = guest,
					  .share = share,
					  .large = large,
					  .first = ranges[r].first,
					  .n = ranges[r].n};

			if (!convert(&run) || !all_moods(&run) || !module_failures(&run))
				return false;
		}
	return true;
}

static bool bad_ranges(enum guest guest)
{
	struct dma_cvm cvm;
	size_t done;
	struct run run = {.guest = guest};

	if (guest_start(guest, false, &cvm))
		return say(&run, "no guest", 0);
	const struct {
		uint64_t paddr;
		size_t n;
	} bad[] = {{GUEST_BASE, 0},	   {GUEST_BASE + 8, 1}, {GUEST_BASE, SIZE_MAX},	       {UINT64_MAX - 4095, 1},
		   {UINT64_MAX - 4095, 2}, {cvm.pte_bit, 1},	{cvm.pte_bit | GUEST_BASE, 1}, {cvm.pte_bit - 4096, 2}};
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		done = 9;
		if (dma_cvm_share(&cvm, dma_paddr(bad[i].paddr), bad[i].n, &done) != DMA_EINVAL || done != 0 ||
		    dma_cvm_unshare(&cvm, dma_paddr(bad[i].paddr), bad[i].n, &done) != DMA_EINVAL || done != 0)
			return say(&run, "a bad range is taken", i);
	}
	return cvm_world.exits == 0 && rules_hold(&run);
}

static bool entries(enum guest guest)
{
	static const unsigned bit[GUESTS] = {47, 51, 51, 51, 39};
	struct dma_cvm cvm;
	struct run run = {.guest = guest};
	uint64_t pte = GUEST_BASE | 0x63, with;

	if (guest_start(guest, false, &cvm))
		return say(&run, "no guest", 0);
	with = pte | UINT64_C(1) << bit[guest];
	if (guest == SNP_MSR || guest == SNP_PAGE)
		return dma_cvm_pte(&cvm, with, true) == pte && dma_cvm_pte(&cvm, pte, false) == with &&
		       dma_cvm_pte(&cvm, pte, true) == pte && cvm.device_bit == 0;
	return dma_cvm_pte(&cvm, pte, true) == with && dma_cvm_pte(&cvm, with, false) == pte &&
	       dma_cvm_pte(&cvm, with, true) == with && cvm.device_bit == (guest == CCA ? UINT64_C(1) << 39 : 0);
}

/* An entry that is valid already when a page comes back: the frame may be another one. */
static bool replayed(void)
{
	struct dma_cvm cvm;
	size_t done;
	dma_paddr_t paddr = dma_paddr(GUEST_BASE);
	struct run run = {.guest = SNP_PAGE, .n = 3};

	if (guest_start(SNP_PAGE, false, &cvm) || dma_cvm_share(&cvm, paddr, 3, &done))
		return say(&run, "no guest", 0);
	cvm_world.page[1] = CVM_PRIVATE;
	return dma_cvm_unshare(&cvm, paddr, 3, &done) == DMA_EIO && done == 1;
}

/* The hypervisor refuses for ever: what it says it did not come to is the guest's again by PVALIDATE, or ACCEPT, alone,
 * so that one page is in doubt, not all that it was asked for at once. */
static bool one_in_doubt(enum guest guest, enum cvm_mood mood, bool large, unsigned pages, size_t certain, int expected)
{
	struct run run = {
		.guest = guest, .share = true, .large = large, .n = large ? 1024 : 253, .mood = mood, .times = 1};
	struct dma_cvm cvm;
	size_t done;
	int error;

	if (guest_start(guest, large, &cvm))
		return say(&run, "no guest", 0);
	cvm_world.mood = mood;
	cvm_world.times = 100000;
	cvm_world.pages = pages;
	error = dma_cvm_share(&cvm, dma_paddr(GUEST_BASE), run.n, &done);
	if (error != expected || done != certain)
		return say(&run, "another error, or another page", (unsigned)done);
	for (unsigned page = 0; page < run.n; page++)
		if (page != done && cvm_world.page[page] != (page < done ? CVM_SHARED : CVM_PRIVATE))
			return say(&run, "more is in doubt than one page", page);
	return rules_hold(&run);
}

static void refuses_from_now_on(uint64_t paddr, unsigned npages)
{
	(void)paddr, (void)npages;
	if (cvm_world.converted)
		cvm_world.mood = CVM_REFUSES;
}

/* The hypervisor shares 100 pages, says no more than that it failed, and refuses everything from then on: the hardware
 * does not call the pages behind the first one private, and the error says that any may be shared. */
static bool more_in_doubt(enum guest guest)
{
	struct run run = {.guest = guest, .share = true, .n = 253, .mood = CVM_FAILS_INSIDE, .times = 1};
	struct dma_cvm cvm;
	size_t done;
	int error;

	if (guest_start(guest, false, &cvm))
		return say(&run, "no guest", 0);
	cvm_world.mood = run.mood;
	cvm_world.times = 100000;
	cvm_world.pages = 100;
	cvm_world.changed = refuses_from_now_on;
	error = dma_cvm_share(&cvm, dma_paddr(GUEST_BASE), run.n, &done);
	return (error == DMA_ENODEV && done == 0) || say(&run, "another error", (unsigned)-error);
}

/* How many exits the steady case takes. */
static bool exits(enum guest guest, unsigned n, unsigned most)
{
	struct dma_cvm cvm;
	size_t done;
	struct run run = {.guest = guest, .n = n};

	if (guest_start(guest, true, &cvm) || dma_cvm_share(&cvm, dma_paddr(GUEST_BASE), n, &done))
		return say(&run, "no guest", 0);
	return cvm_world.exits <= most || say(&run, "too many exits", cvm_world.exits);
}

/* With a case's name as argument: the long cases but that one are left out. */
int main(int argc, char **argv)
{
	char name[120];

	for (int guest = 0; guest < GUESTS; guest++) {
		for (int share = 1; share >= 0; share--) {
			bool good;

			snprintf(name, sizeof(name), "%s: %s, every mood", guest_names[guest],
				 share ? "share" : "unshare");
			if (argc > 1 && strcmp(argv[1], name))
				continue;
			runs = errors = 0;
			good = everything((enum guest)guest, share);
			snprintf(name, sizeof(name),
				 "%s: %s, every mood at every exit: %u conversions, %u of them failed",
				 guest_names[guest], share ? "share" : "unshare", runs, errors);
			ok(good, name);
		}
		snprintf(name, sizeof(name), "%s: ranges that cannot be", guest_names[guest]);
		ok(bad_ranges((enum guest)guest), name);
		snprintf(name, sizeof(name), "%s: entries of page tables", guest_names[guest]);
		ok(entries((enum guest)guest), name);
	}
	ok(replayed(), "SEV-SNP: an entry that was valid before is no page of ours");
	for (unsigned i = 0; i < 2; i++) {
		enum guest guest = i ? TDX_52 : SNP_PAGE;

		snprintf(name, sizeof(name), "%s: a hypervisor that refuses for ever leaves one page in doubt",
			 guest_names[guest]);
		ok(one_in_doubt(guest, CVM_REFUSES, false, 0, 0, DMA_EIO) &&
			   one_in_doubt(guest, CVM_BUSY, false, 0, 0, DMA_ETIMEDOUT) &&
			   one_in_doubt(guest, CVM_FAILS_THERE, false, 100, 100, DMA_EIO) &&
			   one_in_doubt(guest, CVM_REFUSES, true, 0, 0, DMA_EIO) &&
			   one_in_doubt(guest, CVM_FAILS_THERE, true, 1, i ? 1 : 513, DMA_EIO),
		   name);
	}
	ok(more_in_doubt(TDX_52) && more_in_doubt(SNP_PAGE),
	   "a hypervisor that shares in secret, and refuses: more is in doubt");
	ok(exits(TDX_52, 1024, 2) && exits(SNP_PAGE, 1024, 1) && exits(SNP_MSR, 4, 4) && exits(CCA, 1024, 1),
	   "4 MiB take one or two exits");
	printf("1..%u\n", tests);
	return failed != 0;
}
