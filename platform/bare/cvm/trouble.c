/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A guest whose hypervisor does everything but obey: conversions by each backend's own instructions, and the library on
 * top of them, at each exit that can go wrong. Prints a table, failure by failure, of what came of it; success is that
 * nothing came of it that should not. With trouble=NAME it does one thing that must end the machine, with device=NAME
 * one that the other side must count.
 */
#include "../../../drivers/bus.h"
#include "../../../drivers/edu.h"
#include "../../sim/cvm/cvm_world.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/linear.h"
#include "../memory/vm.h"
#include "cvm_guest.h"
#include "cvm_mock.h"
#include <dmastream/dmastream.h>

enum { MOST_PAGES = 520, CODES = 5, FOR_EVER = 100000 };

static const char *const moods[CVM_MOODS] = {"obeys",
					     "is busy",
					     "converts a part and says so",
					     "refuses",
					     "fails inside",
					     "fails, and says where",
					     "says done, and did nothing",
					     "says more than was asked",
					     "names a page elsewhere",
					     "goes back",
					     "names an address inside a page",
					     "answers nonsense"};
static const int codes[CODES] = {0, DMA_EIO, DMA_ETIMEDOUT, DMA_ENODEV, DMA_EACCES};

struct row {
	unsigned runs, came[CODES], doubt, quarantined;
};

static unsigned wrong;

static void complain(const char *what, const char *mood, unsigned value)
{
	wrong++;
	print("trouble: %s: %s: %s (%u)\n", bare_cvm.ops->name, mood, what, value);
}

static void set_mood(unsigned mood, unsigned from, unsigned times, unsigned pages, unsigned module)
{
	(void)machine_mock_call(MOCK_MOOD, mood | (uint64_t)from << 8 | (uint64_t)times << 32,
				pages | (uint64_t)module << 32);
}

static enum cvm_page state_of(uint64_t paddr)
{
	return (enum cvm_page)machine_mock_call(MOCK_STATE, paddr, 0);
}

static void count(struct row *row, int error, const char *mood)
{
	row->runs++;
	for (unsigned i = 0; i < CODES; i++) {
		if (codes[i] != error)
			continue;
		row->came[i]++;
		return;
	}
	complain("an error that is not documented", mood, (unsigned)-error);
}

static void print_row(const char *protocol, const char *what, const char *failure, const struct row *row)
{
	static const char *const names[CODES] = {"done", "EIO", "ETIMEDOUT", "ENODEV", "EACCES"};

	print("| %s | %s | %s | %u |", protocol, failure, what, row->runs);
	for (unsigned i = 0; i < CODES; i++)
		if (row->came[i])
			print(" %s %u", names[i], row->came[i]);
	print(" | %u | %u |\n", row->doubt, row->quarantined);
}

/* ---- Conversions ---- */

struct conversion {
	const struct dma_cvm *cvm;
	uint64_t paddr;
	unsigned npages, mood;
	bool share;
};

/* Pages that are called converted are; at most the one at which it failed is in doubt, unless the error says that more
 * are. A lie about sharing shows when the page is used: CVM_SAYS_DONE. */
static void judge(const struct conversion *c, size_t done, int error, struct row *row)
{
	enum cvm_page before = c->share ? CVM_PRIVATE : CVM_SHARED, after = c->share ? CVM_SHARED : CVM_PRIVATE;
	unsigned doubt = 0;

	if (error ? done >= c->npages : done != c->npages)
		complain("a count that does not fit the error", moods[c->mood], (unsigned)done);
	for (unsigned i = 0; i < c->npages; i++) {
		enum cvm_page is = state_of(c->paddr + (uint64_t)i * DMA_PAGE_SIZE);

		if (i < done && is != after && !(c->share && c->mood == CVM_SAYS_DONE))
			complain("a page is not what it is called", moods[c->mood], i);
		if (i < done || is == before)
			continue;
		doubt++;
		if (error == DMA_EACCES || (c->share && error != DMA_ENODEV && i > done))
			complain("a page has changed that should not have", moods[c->mood], i);
	}
	if (state_of(c->paddr - DMA_PAGE_SIZE) != CVM_PRIVATE ||
	    state_of(c->paddr + (uint64_t)c->npages * DMA_PAGE_SIZE) != CVM_PRIVATE)
		complain("a page outside has changed", moods[c->mood], c->npages);
	row->doubt = doubt > row->doubt ? doubt : row->doubt;
}

static void convert(struct conversion *c, unsigned from, unsigned times, unsigned pages, unsigned module,
		    struct row *row)
{
	size_t done = 0;
	int error;

	set_mood(CVM_OBEYS, 0, 0, 0, 0);
	if (!c->share && dma_cvm_share(c->cvm, dma_paddr(c->paddr), c->npages, &done))
		complain("cannot be shared to begin with", moods[c->mood], (unsigned)done);
	set_mood(c->mood, from, times, pages, module);
	error = c->share ? dma_cvm_share(c->cvm, dma_paddr(c->paddr), c->npages, &done)
			 : dma_cvm_unshare(c->cvm, dma_paddr(c->paddr), c->npages, &done);
	set_mood(CVM_OBEYS, 0, 0, 0, 0);
	count(row, error, moods[c->mood]);
	judge(c, done, error, row);
	(void)machine_mock_call(MOCK_RESET, c->paddr, c->npages);
}

static void conversions(const struct dma_cvm *cvm, const char *protocol, uint64_t paddr, unsigned most)
{
	static const unsigned times[] = {1, FOR_EVER};
	const unsigned sizes[] = {1, 3, most};
	struct conversion c = {.cvm = cvm, .paddr = paddr};

	for (unsigned way = 0; way < 2; way++) {
		struct row module = {0};

		c.share = way == 0;
		for (c.mood = CVM_BUSY; c.mood < CVM_MOODS; c.mood++) {
			struct row row = {0};

			for (unsigned i = 0; i < 3 * 2 * 3; i++) {
				c.npages = sizes[i % 3];
				convert(&c, i / 6, times[i / 3 % 2], 1 + i % 2 * 2, 0, &row);
			}
			print_row(protocol, c.share ? "share" : "unshare", moods[c.mood], &row);
			if (row.came[0] && (c.mood == CVM_REFUSES || c.mood >= CVM_SAYS_MORE) &&
			    row.came[0] == row.runs)
				complain("no failure is seen", moods[c.mood], row.runs);
		}
		c.mood = CVM_OBEYS;
		for (unsigned i = 0; i < 12; i++) {
			c.npages = sizes[i % 3];
			convert(&c, 0, 0, 0, 1 + i, &module);
		}
		print_row(protocol, c.share ? "share" : "unshare", "the module fails", &module);
	}
}

/* ---- The library ---- */

/* A bounced stream comes and goes meanwhile: an error, or the right bytes, and every frame is back or in quarantine. */
static void map_once(struct dma_device *dev, unsigned mood, bool at_release, struct row *row)
{
	uint64_t frames = bus_frames_in_use(), lost;
	struct dma_stats before, after;
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	int error = dma_segment_alloc(&seg, 3, UINT64_MAX, 0);

	dma_stats(&before);
	if (!error)
		error = dma_stream_map(&s, dev, DMA_BIDIRECTIONAL, &seg);
	if (!at_release || error)
		count(row, error, moods[mood]);
	dma_stream_release(&s);
	dma_segment_drop(&seg);
	(void)dma_reclaim();
	(void)dma_reclaim();
	dma_stats(&after);
	lost = after.pages_quarantined - before.pages_quarantined;
	if (at_release && !error)
		count(row, lost ? DMA_EIO : 0, moods[mood]);
	row->quarantined += (unsigned)lost;
	if (bus_frames_in_use() != frames + lost || after.pages_shared || after.pages_bounce)
		complain("frames are lost that are not in quarantine", moods[mood], (unsigned)bus_frames_in_use());
}

static void streams(const char *protocol)
{
	struct dma_window shared_half = {dma_paddr(0), dma_daddr(bare_cvm.device_bit), bare_cvm.device_bit};
	const struct dma_device_config config = {.name = "trouble",
						 .mask = UINT64_MAX,
						 .coherent = true,
						 .windows = &shared_half,
						 .nwindows = bare_cvm.device_bit != 0};
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct dma_device dev;
	struct row warm = {0};

	if (dma_device_init(&dev, &config) || dma_segment_alloc(&seg, 1, UINT64_MAX, 0) ||
	    dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg))
		panic("trouble: nothing to start with");
	dma_stream_release(&s);
	map_once(&dev, CVM_OBEYS, false, &warm);
	for (unsigned way = 0; way < 2; way++) {
		for (unsigned mood = CVM_BUSY; mood < CVM_MOODS; mood++) {
			struct row row = {0};

			/* The lie shows at the first use of the page: trouble=lie. */
			for (unsigned i = 0; i < 6 && !(mood == CVM_SAYS_DONE && way == 0); i++) {
				set_mood(mood, way + i % 3, i / 3 ? FOR_EVER : 1, 1, 0);
				map_once(&dev, mood, way == 1, &row);
				set_mood(CVM_OBEYS, 0, 0, 0, 0);
			}
			if (row.runs)
				print_row(protocol, way ? "release" : "map", moods[mood], &row);
		}
	}
	if (dma_device_fini(&dev))
		complain("the device is in use", "", 0);
}

/* ---- What the other side must see ---- */

enum { SECRET = 0x5ec2e700, SECRETS = 16 };

static struct edu edu;

/* Whether the SECRETS words that the device fetched last are first and so on: it stores them where they can be seen. */
static bool device_has(const struct dma_stream *s, uint32_t first)
{
	uint32_t words[SECRETS];

	for (unsigned i = 0; i < SECRETS; i++)
		words[i] = 0;
	if (dma_stream_write_bytes(s, 0, words, sizeof(words)) || dma_stream_sync_to_device(s, 0, sizeof(words)) ||
	    edu_store(&edu, s->daddr, 0, sizeof(words)) || dma_stream_sync_from_device(s, 0, sizeof(words)) ||
	    dma_stream_read_bytes(s, 0, words, sizeof(words)))
		return false;
	for (unsigned i = 0; i < SECRETS; i++)
		if (words[i] != first + i)
			return false;
	return true;
}

/* The device gets SECRETS words, SECRET and so on, into its buffer. */
static bool device_fetches(const struct dma_stream *s)
{
	uint32_t words[SECRETS];

	for (unsigned i = 0; i < SECRETS; i++)
		words[i] = SECRET + i;
	return !dma_stream_write_bytes(s, 0, words, sizeof(words)) && !dma_stream_sync_to_device(s, 0, sizeof(words)) &&
	       !edu_fetch(&edu, s->daddr, 0, sizeof(words));
}

/* A device is told of what it must not reach: a private page; a page that the host says it shared, and did not; the
 * protected address of a page of a realm that is shared. It finds none of the guest's bytes, the guest finds none of
 * the device's, and the other side counts the page: that alone must make the machine fail. */
static int by_device(const char *what, uint64_t paddr)
{
	volatile uint32_t *private_alias = vm_linear(paddr);
	struct dma_stream s = {0};
	bool is_private = text_equal(what, "private");
	size_t done;

	if (edu_open(&edu, 0, "edu") || dma_stream_alloc(&s, &edu.dma, DMA_BIDIRECTIONAL, 1) || !device_fetches(&s) ||
	    !device_has(&s, SECRET)) {
		print("trouble: the device does not work\n");
		return 1;
	}
	for (unsigned i = 0; i < SECRETS; i++)
		private_alias[i] = SECRET + 100 + i;
	if (text_equal(what, "lie"))
		set_mood(CVM_SAYS_DONE, 0, FOR_EVER, 0, 0);
	if (!is_private && dma_cvm_share(&bare_cvm, dma_paddr(paddr), 1, &done))
		return 1;
	set_mood(CVM_OBEYS, 0, 0, 0, 0);
	if (edu_fetch(&edu, dma_daddr(paddr), 0, SECRETS * 4) || device_has(&s, SECRET + 100)) {
		print("trouble: the device reads the guest's bytes\n");
		return 1;
	}
	if (!device_fetches(&s) || edu_store(&edu, dma_daddr(paddr + 256), 0, SECRETS * 4))
		return 1;
	for (unsigned i = 0; is_private && i < SECRETS; i++)
		if (private_alias[i] != SECRET + 100 + i || private_alias[64 + i] == SECRET + i) {
			print("trouble: the device's bytes are in private memory\n");
			return 1;
		}
	print("trouble: the device has been told: %s\n", what);
	return 0;
}

/* ---- What must end the machine ---- */

static int end_by(const char *what, uint64_t paddr)
{
	volatile uint64_t *private_alias = vm_linear(paddr);
	uintptr_t va;
	size_t done;

	if (text_equal(what, "shared-alias")) { /* of a private page */
		if (kva_map(paddr, 1, VM_CACHED | VM_SHARED, &va))
			return 1;
		return (int)(*(volatile uint64_t *)va & 1);
	}
	if (text_equal(what, "lie"))
		set_mood(CVM_SAYS_DONE, 0, FOR_EVER, 0, 0);
	if (dma_cvm_share(&bare_cvm, dma_paddr(paddr), 1, &done))
		return 1;
	if (text_equal(what, "lie")) {
		if (kva_map(paddr, 1, VM_CACHED | VM_SHARED, &va))
			return 1;
		return (int)(*(volatile uint64_t *)va & 1);
	}
	if (text_equal(what, "private-alias"))
		return (int)(*private_alias & 1);
	print("trouble: %s is not known\n", what);
	return 1;
}

int app_main(void)
{
	const char *one = option("trouble", ""), *told = option("device", "");
	dma_paddr_t paddr;

	if (!cvm_is_on())
		panic("trouble: this is no guest: cvm=tdx, snp or cca");
	/* Beside one more on each side; large pages begin at the second multiple of 2 MiB. */
	if (dma_init() || dma_host_frames_alloc(2048, UINT64_MAX, (size_t)2 << 20, &paddr))
		panic("trouble: no memory");
	paddr.raw += (uint64_t)2 << 20;
	if (*told)
		return by_device(told, paddr.raw);
	if (*one)
		return end_by(one, paddr.raw);
	print("| backend | the hypervisor | operation | runs | outcomes | pages in doubt, at most | quarantined |\n");
	conversions(&bare_cvm, bare_cvm.ghcb ? "SEV-SNP, page" : bare_cvm.ops->name, paddr.raw, MOST_PAGES);
	if (bare_cvm.ghcb) {
		struct dma_cvm by_msr = bare_cvm;

		by_msr.ghcb = NULL;
		conversions(&by_msr, "SEV-SNP, MSR", paddr.raw, 40);
	}
	dma_host_frames_free(dma_paddr(paddr.raw - ((uint64_t)2 << 20)), 2048);
	streams(bare_cvm.ops->name);
	(void)machine_mock_call(MOCK_FORGIVE, 0, 0);
	print("trouble: %s: %u wrong\n", bare_cvm.ops->name, wrong);
	return wrong > 0;
}
