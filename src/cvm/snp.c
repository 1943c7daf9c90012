/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AMD SEV-SNP. The hypervisor assigns a page in the reverse map table when it is asked (page state change, GHCB
 * specification 56421); the guest's own PVALIDATE (APM vol. 2, 15.36.6) makes a private page count. So validation is
 * taken away before a page is shared, and given after it is private. An entry that turns out to be valid already
 * when it should not be is an attack: the hypervisor could have put another frame in the page's place.
 */
#include "technology.h"
#include <dmastream/cvm_x86.h>
#include <dmastream/platform.h>

enum {
	MSR_GHCB = 0xc0010130,
	MSR_SEV_STATUS = 0xc0010131,
	PSC_PRIVATE = 1,
	PSC_SHARED = 2,
	MSR_PSC_REQUEST = 0x014, /* GHCB specification, 2.3.1 */
	MSR_PSC_RESPONSE = 0x015,
	PVALIDATE_SIZE_MISMATCH = 6, /* APM vol. 3, PVALIDATE */
	MAX_ENTRIES = 253,
};
#define EXIT_MMIO_READ	UINT64_C(0x80000001) /* GHCB specification, table 5 */
#define EXIT_MMIO_WRITE UINT64_C(0x80000002)
#define EXIT_PSC	UINT64_C(0x80000010)

/* The fields of a GHCB page that are used: table 3; and its shared buffer, from 800h on, as a page state change has it
 * (4.1.6). */
struct ghcb {
	uint8_t save[0x390];
	uint64_t exit_code, exit_info1, exit_info2, scratch;
	uint8_t unused[0x3f0 - 0x3b0];
	uint64_t valid[2]; /* a bit for each 8 bytes from the page's begin on */
	uint8_t unused2[0x800 - 0x400];
	uint16_t current, last;
	uint32_t reserved;
	uint64_t entries[MAX_ENTRIES];
	uint8_t unused3[0xffa - 0xff0];
	uint16_t version;
	uint32_t usage;
};
_Static_assert(offsetof(struct ghcb, exit_code) == 0x390 && offsetof(struct ghcb, valid) == 0x3f0 &&
		       offsetof(struct ghcb, version) == 0xffa && sizeof(struct ghcb) == 4096,
	       "GHCB specification, table 3");

/* The shared buffer where it holds a register's value. */
typedef volatile uint64_t __attribute__((may_alias)) buffer_word;

/* The hypervisor may change the page at any time: each field is read once. */
#define READ_ONCE(field)	 (*(volatile __typeof__(field) *)&(field))
#define WRITE_ONCE(field, value) (*(volatile __typeof__(field) *)&(field) = (value))

/* With interrupts off: a handler may use the same MSR and the same page. */
static struct dma_lock exits;

/* Pieces of a range, one behind the other, each of 4 KiB or 2 MiB: what one exit converts. Small, since it stands on a
 * kernel's stack. */
struct batch {
	uint64_t first; /* address of the first piece */
	unsigned n;
	uint8_t large[(MAX_ENTRIES + 7) / 8]; /* a bit a piece */
};

static bool is_large(const struct batch *batch, unsigned i)
{
	return batch->large[i / 8] >> i % 8 & 1;
}

static uint64_t size_of(bool large)
{
	return large ? DMA_CVM_LARGE : DMA_CVM_GRANULE;
}

/* Where piece i begins; i == n: where the batch ends. */
static uint64_t begin_of(const struct batch *batch, unsigned i)
{
	uint64_t at = batch->first;

	while (i > 0)
		at += size_of(is_large(batch, --i));
	return at;
}

static void add(struct batch *batch, bool large)
{
	batch->large[batch->n / 8] |= (uint8_t)(large << batch->n % 8);
	batch->n++;
}

static uint64_t operation(bool share)
{
	return (uint64_t)(share ? PSC_SHARED : PSC_PRIVATE) << 52;
}

/* ---- Asking the hypervisor: each moves *at on behind what it says is done ---- */

/* The protocol has single pages only, and so have batches for it. */
static int ask_by_msr(const struct batch *batch, bool share, uint64_t *at)
{
	uintptr_t irq = dma_host_lock(&exits);
	uint64_t before = dma_x86_rdmsr(MSR_GHCB), answer;

	dma_x86_wrmsr(MSR_GHCB, operation(share) | batch->first | MSR_PSC_REQUEST);
	dma_x86_vmgexit();
	answer = dma_x86_rdmsr(MSR_GHCB);
	dma_x86_wrmsr(MSR_GHCB, before);
	dma_host_unlock(&exits, irq);
	if (answer != MSR_PSC_RESPONSE) /* another function, an error code, or reserved bits */
		return DMA_EIO;
	*at += DMA_CVM_GRANULE;
	return 0;
}

static void set_valid(uint64_t valid[2], size_t offset)
{
	valid[offset / 512] |= UINT64_C(1) << (offset / 8 % 64);
}

/* One exit, whose data stand in the shared buffer. */
static int exit_once(struct ghcb *page, uint64_t paddr, uint64_t code, uint64_t info1, uint64_t info2)
{
	uint64_t before = dma_x86_rdmsr(MSR_GHCB), valid[2] = {0, 0};

	set_valid(valid, offsetof(struct ghcb, exit_code));
	set_valid(valid, offsetof(struct ghcb, exit_info1));
	set_valid(valid, offsetof(struct ghcb, exit_info2));
	set_valid(valid, offsetof(struct ghcb, scratch));
	WRITE_ONCE(page->version, 2); /* the first with page state changes */
	WRITE_ONCE(page->usage, 0);
	WRITE_ONCE(page->exit_code, code);
	WRITE_ONCE(page->exit_info1, info1);
	WRITE_ONCE(page->exit_info2, info2);
	WRITE_ONCE(page->scratch, paddr + offsetof(struct ghcb, current));
	WRITE_ONCE(page->valid[0], valid[0]);
	WRITE_ONCE(page->valid[1], valid[1]);
	dma_x86_wrmsr(MSR_GHCB, paddr);
	dma_x86_vmgexit();
	dma_x86_wrmsr(MSR_GHCB, before);
	return (uint32_t)READ_ONCE(page->exit_info1) ? DMA_EIO : 0; /* refused */
}

static int exit_until_done(struct ghcb *page, uint64_t paddr, unsigned n, unsigned *done)
{
	for (unsigned busy = 0; busy < DMA_CVM_RETRIES;) {
		int error = exit_once(page, paddr, EXIT_PSC, 0, 0);
		bool refused = READ_ONCE(page->exit_info2) >> 32; /* the exit went well, and the change was refused */
		unsigned current = READ_ONCE(page->current);

		if (error || current < *done || current + refused > n || READ_ONCE(page->last) != n - 1)
			return DMA_EIO;
		if (refused) {
			*done = current; /* 4.1.6: the entry at which it failed; those before it are done */
			return DMA_EIO;
		}
		busy = current == *done ? busy + 1 : 0;
		*done = current;
		if (current == n)
			return 0;
	}
	return DMA_ETIMEDOUT;
}

/* An entry of 2 MiB says itself how many of its pages are done. */
static uint64_t done_within(const struct ghcb *page, const struct batch *batch, unsigned i)
{
	uint64_t npages = i < batch->n && is_large(batch, i) ? READ_ONCE(page->entries[i]) & 0xfff : 0;

	return npages < DMA_CVM_LARGE / DMA_CVM_GRANULE ? npages * DMA_CVM_GRANULE : 0;
}

static int ask_by_page(const struct dma_cvm *cvm, const struct batch *batch, bool share, uint64_t *at)
{
	uint64_t paddr, begin = batch->first;
	unsigned done = 0;
	uintptr_t irq = dma_host_lock(&exits);
	struct ghcb *page = cvm->ghcb(&paddr);
	int error;

	WRITE_ONCE(page->current, 0);
	WRITE_ONCE(page->last, (uint16_t)(batch->n - 1));
	WRITE_ONCE(page->reserved, 0);
	for (unsigned i = 0; i < batch->n; i++) {
		WRITE_ONCE(page->entries[i], begin | operation(share) | (uint64_t)is_large(batch, i) << 56);
		begin += size_of(is_large(batch, i));
	}
	error = exit_until_done(page, paddr, batch->n, &done);
	*at = begin_of(batch, done) + done_within(page, batch, done);
	dma_host_unlock(&exits, irq);
	return error;
}

static int ask(const struct dma_cvm *cvm, const struct batch *batch, bool share, uint64_t *at)
{
	if (batch->n == 0)
		return 0;
	return cvm->ghcb ? ask_by_page(cvm, batch, share, at) : ask_by_msr(batch, share, at);
}

/* ---- Validation ---- */

/* 0; DMA_EACCES: refused, nothing changed; DMA_EIO: it was so before. *large becomes false where the reverse map
 * table has small pages there. */
static int validate(uint64_t paddr, bool *large, bool valid)
{
	const volatile void *page = dma_host_linear(dma_paddr(paddr), size_of(*large));
	bool unchanged = false;
	uint32_t status;

	if (!page)
		return DMA_EACCES;
	status = dma_x86_pvalidate(page, *large, valid, &unchanged);
	if (status == PVALIDATE_SIZE_MISMATCH && *large) {
		*large = false;
		status = dma_x86_pvalidate(page, false, valid, &unchanged);
	}
	if (status != 0)
		return DMA_EACCES;
	return unchanged ? DMA_EIO : 0;
}

/* Makes all valid from *at to end, and moves *at on. A page that cannot be made valid may be anybody's. */
static int validate_up_to(uint64_t *at, uint64_t end, bool large)
{
	while (*at < end) {
		bool fits = large && *at % DMA_CVM_LARGE == 0 && end - *at >= DMA_CVM_LARGE;

		if (validate(*at, &fits, true))
			return DMA_EIO;
		*at += size_of(fits);
	}
	return 0;
}

/* ---- Conversion, as many pieces at a time as an exit takes ---- */

/* How many pieces the hypervisor converts in one exit: one by the MSR, more by a GHCB page. */
static unsigned most_pieces(const struct dma_cvm *cvm)
{
	return cvm->ghcb ? MAX_ENTRIES : 1;
}

static bool large_at(const struct dma_cvm *cvm, uint64_t at, uint64_t end)
{
	return cvm->ghcb && at % DMA_CVM_LARGE == 0 && end - at >= DMA_CVM_LARGE;
}

static int share_some(const struct dma_cvm *cvm, uint64_t *at, uint64_t *asked, uint64_t end)
{
	struct batch batch = {.first = *at};
	int refused = 0, error;

	for (*asked = *at; batch.n < most_pieces(cvm) && *asked < end;) {
		bool large = large_at(cvm, *asked, end);

		refused = validate(*asked, &large, false);
		if (refused)
			break;
		add(&batch, large);
		*asked += size_of(large);
	}
	error = ask(cvm, &batch, true, at);
	return error ? error : refused;
}

static int unshare_some(const struct dma_cvm *cvm, uint64_t *at, uint64_t *asked, uint64_t end)
{
	struct batch batch = {.first = *at};
	uint64_t upto = *at;
	int error;

	for (*asked = *at; batch.n < most_pieces(cvm) && *asked < end;) {
		bool large = large_at(cvm, *asked, end);

		add(&batch, large);
		*asked += size_of(large);
	}
	error = ask(cvm, &batch, false, &upto);
	for (unsigned i = 0; *at < upto; i++) {
		uint64_t piece = *at + size_of(is_large(&batch, i));

		if (validate_up_to(at, piece < upto ? piece : upto, is_large(&batch, i)))
			return DMA_EIO;
	}
	return error;
}

static int convert(const struct dma_cvm *cvm, uint64_t *at, uint64_t *asked, uint64_t end, bool share)
{
	int error = 0;

	while (!error && *at < end)
		error = share ? share_some(cvm, at, asked, end) : unshare_some(cvm, at, asked, end);
	return error;
}

/* Pages whose validation was taken, and that the hypervisor says it did not come to: are they still the guest's? */
static int keep(uint64_t at, uint64_t end)
{
	return validate_up_to(&at, end, true);
}

static int mmio(const struct dma_cvm *cvm, uint64_t paddr, unsigned nbytes, bool write, uint64_t *value)
{
	uint64_t page_paddr;
	uintptr_t irq;
	struct ghcb *page;
	int error;

	if (!cvm->ghcb)
		return DMA_ENOTSUP;
	irq = dma_host_lock(&exits);
	page = cvm->ghcb(&page_paddr);
	/* The buffer is the page's shared one; registers are little-endian, as this CPU is. */
	*(buffer_word *)(void *)&page->current = write ? *value : 0;
	error = exit_once(page, page_paddr, write ? EXIT_MMIO_WRITE : EXIT_MMIO_READ, paddr, nbytes);
	if (!error && !write)
		*value = *(buffer_word *)(void *)&page->current;
	dma_host_unlock(&exits, irq);
	return error;
}

int dma_cvm_snp(struct dma_cvm *cvm, void *(*ghcb)(uint64_t *paddr))
{
	static const struct dma_cvm_ops ops = {"SEV-SNP", convert, keep, mmio};
	struct dma_x86_regs id;
	unsigned position;

	/* CPUID 8000_001F: EAX bit 4 SEV-SNP, EBX bits 5:0 the C bit; SEV_STATUS bit 2: this guest runs so (APM vol.
	 * 2, 15.34.10). Without the former there is no such MSR. */
	if (dma_x86_cpuid(0x80000000).a < 0x8000001f)
		return DMA_ENODEV;
	id = dma_x86_cpuid(0x8000001f);
	if (!(id.a & (UINT32_C(1) << 4)) || !(dma_x86_rdmsr(MSR_SEV_STATUS) & (UINT64_C(1) << 2)))
		return DMA_ENODEV;
	position = id.b & 0x3f;
	if (position < 32 || position > 51)
		return DMA_ENOTSUP;
	*cvm = (struct dma_cvm){.ops = &ops, .pte_bit = UINT64_C(1) << position, .ghcb = ghcb};
	return 0;
}
