/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The owner of mapped memory looks at it as what it is: arrays of its own types. Every access of the library aliases
 * all of them, however much of the program the compiler sees at once (hazard 84); and where a length is 0, pointers may
 * be NULL. alias.sh builds it with link-time optimisation, which is what shows the mistake, and with the sanitizers.
 */
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>
#include <stdio.h>
#include <stdlib.h>

static _Alignas(65536) union {
	uint64_t u64[DMA_PAGE_SIZE / 8];
	uint16_t u16[DMA_PAGE_SIZE / 2];
	double real[DMA_PAGE_SIZE / 8];
} memory;
static uint64_t *const u64 = memory.u64;

int dma_host_info(struct dma_host_info *info)
{
	info->page_shift = DMA_PAGE_SHIFT;
	info->cpus = 1;
	info->line_step = info->line_align = 64;
	info->linear_last = UINT64_MAX; /* this process is the machine, its addresses are the physical ones */
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

int dma_host_frames_alloc(size_t npages, uint64_t max_paddr, size_t align, dma_paddr_t *out)
{
	(void)npages, (void)max_paddr, (void)align, (void)out;
	return DMA_ENOMEM;
}

void dma_host_frames_free(dma_paddr_t paddr, size_t npages)
{
	(void)paddr, (void)npages;
}

bool dma_host_is_ram(dma_paddr_t paddr, size_t npages)
{
	(void)paddr, (void)npages;
	return true;
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)nbytes;
	return (void *)(uintptr_t)paddr.raw;
}

bool dma_host_interrupts_on(void)
{
	return true;
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	(void)lock;
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	(void)lock, (void)state;
}

void dma_host_log(const char *line)
{
	puts(line);
}

/* ---- Each access, between two looks of the owner's ---- */

static struct dma_stream_bidirectional s;
static unsigned wrong;

static void is(const char *what, uint64_t seen, uint64_t expected)
{
	if (seen == expected)
		return;
	wrong++;
	printf("# %s: the owner reads %llu, not %llu\n", what, (unsigned long long)seen, (unsigned long long)expected);
}

static int no(int error)
{
	wrong += error != 0;
	return error;
}

static void once(void)
{
	const uint8_t seven8 = 7;
	const uint16_t seven16 = 7;
	const uint32_t seven32 = 7;
	const uint64_t seven64 = 7;
	uint32_t value = 0;

	u64[0] = 1;
	no(dma_stream_write_once(&s, 0, &seven8, 1));
	is("write_once of 1 byte", u64[0], 7);
	u64[1] = 1;
	no(dma_stream_write_once(&s, 8, &seven16, 2));
	is("write_once of 2 bytes", u64[1], 7);
	u64[2] = 1;
	no(dma_stream_write_once(&s, 16, &seven32, 4));
	is("write_once of 4 bytes", u64[2], 7);
	memory.real[3] = 1.0;
	no(dma_stream_write_once(&s, 24, &seven64, 8));
	is("write_once of 8 bytes", memory.u64[3], 7);
	memory.real[4] = 1.0;
	no(dma_stream_write_once(&s, 32, &seven64, 8));
	wrong += memory.real[4] == 1.0;
	u64[5] = 9;
	no(dma_stream_read_once(&s, 40, &value, 4));
	is("read_once", value, 9);
	u64[5] = 10;
	no(dma_stream_read_once(&s, 40, &value, 4));
	is("read_once again", value, 10);
}

static void bytes(void)
{
	const uint32_t seven = 7;
	uint32_t value = 0;

	u64[0] = 1;
	no(dma_stream_write_bytes(&s, 0, &seven, sizeof(seven)));
	is("write_bytes", u64[0], 7);
	u64[1] = 1;
	no(dma_stream_write_val(&s, 8, &seven));
	is("write_val", u64[1], 7);
	u64[2] = 1;
	no(dma_stream_fill(&s, 16, 0, 8));
	is("fill", u64[2], 0);
	u64[3] = 5;
	no(dma_stream_read_bytes(&s, 24, &value, sizeof(value)));
	is("read_bytes", value, 5);
	u64[3] = 6;
	no(dma_stream_read_val(&s, 24, &value));
	is("read_val", value, 6);
}

static void cursors(void)
{
	const uint32_t seven = 7;
	uint64_t plain[2] = {3, 4};
	struct dma_reader r, from;
	struct dma_writer w, to;
	uint32_t value = 0;

	no(dma_stream_writer(&s, &w));
	u64[0] = 1;
	no(dma_writer_write_val(&w, &seven));
	is("a writer's write_val", u64[0], 7);
	no(dma_writer_skip(&w, 4));
	u64[1] = 1;
	no(dma_writer_fill(&w, 0, 8));
	is("a writer's fill", u64[1], 0);
	from = dma_reader_of(plain, sizeof(plain));
	u64[2] = u64[3] = 1;
	wrong += dma_writer_write(&w, &from) != sizeof(plain);
	is("a writer from a reader", u64[2], 3);
	is("a writer from a reader", u64[3], 4);
	u64[0] = 8;
	no(dma_stream_reader(&s, &r));
	no(dma_reader_read_val(&r, &value));
	is("a reader's read_val", value, 8);
	no(dma_reader_skip(&r, 4));
	plain[0] = 1;
	u64[1] = 11;
	to = dma_writer_of(plain, 8);
	wrong += dma_reader_read(&r, &to) != 8;
	is("a reader into a writer", plain[0], 11);
}

/* Nothing at NULL, with a length that the compiler knows and with one that it does not. */
static void nothing(size_t zero)
{
	struct dma_reader r = dma_reader_of(NULL, zero), full;
	struct dma_writer w = dma_writer_of(NULL, zero);
	unsigned char byte = 3;

	no(dma_stream_read_bytes(&s, 8, NULL, zero));
	no(dma_stream_write_bytes(&s, 8, NULL, zero));
	no(dma_stream_read_bytes(&s, 8, NULL, 0));
	no(dma_stream_write_bytes(&s, dma_stream_size(&s), NULL, 0));
	no(dma_stream_fill(&s, 8, 1, zero));
	no(dma_reader_read_bytes(&r, NULL, zero));
	no(dma_writer_write_bytes(&w, NULL, zero));
	no(dma_writer_fill(&w, 1, zero));
	no(dma_reader_skip(&r, zero));
	no(dma_writer_skip(&w, zero));
	dma_reader_limit(&r, zero);
	dma_writer_limit(&w, zero);
	wrong += dma_reader_read(&r, &w) != 0;
	full = dma_reader_of(&byte, 1);
	wrong += dma_reader_read(&full, &w) != 0 || dma_reader_remain(&full) != 1;
	wrong += dma_reader_read_bytes(&r, &byte, 1) != DMA_EINVAL || byte != 3;
	wrong += dma_writer_write_bytes(&w, &byte, 1) != DMA_EINVAL;
}

int main(int argc, char **argv)
{
	static struct dma_device dev;
	const struct dma_device_config config = {.name = "d", .mask = UINT64_MAX, .coherent = true, .trusted = true};
	struct dma_segment seg = {0};

	(void)argv;
	if (dma_init() || dma_device_init(&dev, &config) ||
	    dma_segment_borrow(&seg, dma_paddr((uintptr_t)&memory), 1) || dma_stream_map(&s, &dev, 0, &seg))
		return 2;
	once();
	bytes();
	cursors();
	nothing((size_t)argc - 1);
	dma_stream_release(&s);
	return wrong != 0;
}
