/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A host of 32 bits with more physical memory than addresses: no C library, so that it builds and runs wherever a
 * 64-bit x86 compiler does. Prints TAP; started by tests/core/narrow.sh.
 */
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>

_Static_assert(sizeof(void *) == 4 && sizeof(size_t) == 4, "a host of 32 bits");

/* ---- The C library that there is not ---------------------------------------------------------------- */

static long system_call(long number, long a, const void *b, size_t c)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "0"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	while (n-- > 0)
		*(volatile unsigned char *)t++ = *f++;
	return to;
}

void *memset(void *to, int value, size_t n)
{
	unsigned char *t = to;

	while (n-- > 0)
		*(volatile unsigned char *)t++ = (unsigned char)value;
	return to;
}

/* Division of 64 bits, which compilers call for: the log's numbers. */
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);

static uint64_t divide(uint64_t a, uint64_t b, uint64_t *rest)
{
	uint64_t quotient = 0, left = 0;

	for (int bit = 63; bit >= 0; bit--) {
		left = left << 1 | (a >> bit & 1);
		if (left >= b) {
			left -= b;
			quotient |= UINT64_C(1) << bit;
		}
	}
	*rest = left;
	return quotient;
}

uint64_t __udivdi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	return divide(a, b, &rest);
}

uint64_t __umoddi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	(void)divide(a, b, &rest);
	return rest;
}

/* ---- The host: a window of RAM below 4 GiB with a linear map of one offset, and RAM above, which is never touched  */

#define PAGES	 64u
#define RAM_BASE UINT64_C(0xfff00000) /* the linear map goes on to 4 GiB */
#define HIGH_RAM UINT64_C(0x1000000000)

static _Alignas(DMA_PAGE_SIZE) unsigned char ram[PAGES << DMA_PAGE_SHIFT];
static _Alignas(DMA_PAGE_SIZE) unsigned char own[8][DMA_PAGE_SIZE];
static unsigned owned, next_frame, frames;

int dma_host_info(struct dma_host_info *info)
{
	info->page_shift = DMA_PAGE_SHIFT;
	info->cpus = 1;
	info->line_step = info->line_align = 64;
	info->linear_base = (uintptr_t)ram - (uintptr_t)RAM_BASE;
	info->linear_last = UINT32_MAX;
	return 0;
}

void *dma_host_page_alloc(void)
{
	return owned < 8 ? own[owned++] : NULL;
}

void dma_host_page_free(void *page)
{
	(void)page;
}

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	(void)max_paddr, (void)align;
	if (npages > PAGES - next_frame)
		return DMA_ENOMEM;
	*out = dma_paddr(RAM_BASE + ((uint64_t)next_frame << DMA_PAGE_SHIFT));
	next_frame += npages;
	frames += npages;
	return 0;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	(void)paddr;
	frames -= npages;
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	(void)npages;
	return paddr.raw >= HIGH_RAM || paddr.raw - RAM_BASE < sizeof(ram);
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	return paddr.raw - RAM_BASE <= sizeof(ram) - nbytes ? ram + (size_t)(paddr.raw - RAM_BASE) : NULL;
}

int dma_host_kva_map(dma_paddr_t paddr, size_t npages, unsigned attr, void **va)
{
	(void)paddr, (void)npages, (void)attr, (void)va;
	return DMA_ENOTSUP;
}

bool dma_host_interrupts_on(void)
{
	return true;
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	return lock->word++;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	lock->word = state;
}

void dma_host_log(const char *line)
{
	size_t n = 0;

	while (line[n])
		n++;
	system_call(4, 2, line, n);
	system_call(4, 2, "\n", 1);
}

/* ---- The tests --------------------------------------------------------------------------------------- */

static unsigned tests, failures;

static void say(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	system_call(4, 1, text, n);
}

static void check(bool fine, const char *what)
{
	char number[] = {' ', (char)('0' + (tests + 1) / 10), (char)('0' + (tests + 1) % 10), ' ', '\0'};

	tests++;
	failures += !fine;
	say(fine ? "ok" : "not ok");
	say(tests < 10 ? " " : "");
	say(tests < 10 ? number + 2 : number);
	say(what);
	say("\n");
}

static void sizes(struct dma_device *dev)
{
	const size_t most = SIZE_MAX >> DMA_PAGE_SHIFT;
	struct dma_segment seg = {0}, none = {0};
	struct dma_stream s = {0};

	check(dma_segment_borrow(&seg, dma_paddr(HIGH_RAM), most + 1) == DMA_EINVAL &&
		      dma_segment_adopt(&seg, dma_paddr(HIGH_RAM), most + 2) == DMA_EINVAL && seg.npages == 0,
	      "more bytes than a size has: refused");
	check(dma_segment_alloc(&seg, most + 2, UINT64_MAX, 0) == DMA_ENOMEM &&
		      dma_stream_alloc(&s, dev, DMA_BIDIRECTIONAL, most + 2) == DMA_ENOMEM,
	      "… by alloc, too");
	check(dma_segment_borrow(&seg, dma_paddr(HIGH_RAM), most) == 0 &&
		      dma_segment_size(&seg) == most << DMA_PAGE_SHIFT && dma_stream_map(&s, dev, 1, &seg) < 0 &&
		      !s.dev,
	      "the most that fits is a segment");
	dma_segment_drop(&seg);
	check(dma_stream_map(&s, dev, DMA_TO_DEVICE, &none) == DMA_EINVAL && !s.dev && dma_device_live(dev) == 0,
	      "an empty segment is not mapped");
}

static void life(struct dma_device *dev)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0}, tail = {0};
	const uint32_t out = 0x12345678;
	uint64_t eight = 0;
	uint32_t in = 0;

	check(dma_segment_alloc(&seg, 3, UINT32_MAX, 0) == 0 && dma_stream_map(&s, dev, DMA_BIDIRECTIONAL, &seg) == 0 &&
		      s.place == DMA_PLACE_PLAIN && s.cpu == dma_host_linear(s.seg.paddr, 1),
	      "the fast path of map finds the CPU's address");
	check(dma_stream_write_val(&s, 2 * DMA_PAGE_SIZE, &out) == 0 &&
		      dma_stream_read_once(&s, 2 * DMA_PAGE_SIZE, &in, 4) == 0 && in == out,
	      "bytes go in and come out");
	check(dma_stream_read_once(&s, 0, &eight, 8) == DMA_ENOTSUP &&
		      dma_stream_write_once(&s, 0, &eight, 8) == DMA_ENOTSUP,
	      "8 bytes at once: not here");
	check(dma_stream_split(&s, DMA_PAGE_SIZE, &tail) == 0 && dma_stream_read_val(&tail, DMA_PAGE_SIZE, &in) == 0 &&
		      in == out,
	      "split");
	dma_stream_release(&s);
	dma_stream_release(&tail);
	check(dma_device_live(dev) == 0 && frames == 0, "everything goes back");
}

__attribute__((used)) static void run(void)
{
	const struct dma_device_config config = {
		.name = "narrow", .mask = UINT64_MAX, .coherent = true, .trusted = true};
	struct dma_device dev;

	say("1..11\n");
	check(dma_init() == 0 && dma_device_init(&dev, &config) == 0, "init");
	sizes(&dev);
	life(&dev);
	check(dma_device_fini(&dev) == 0 && dma_fini() == 0, "fini");
	system_call(1, failures > 0, NULL, 0);
	__builtin_unreachable();
}

void _start(void);
__attribute__((naked, noreturn)) void _start(void)
{
	__asm__("and $-16, %esp\n\tcall run");
}
