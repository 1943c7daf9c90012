/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What each operation costs, in ticks of the machine (guest instructions under QEMU's -icount shift=0, nanoseconds on the host).
 *
 * Each sample times `batch` runs of one operation between two looks at the counter, less what nothing costs in the same place. Prints one line of JSON a row: median and 99th percentile of one run. Options: samples=N batch=N unit=TEXT.
 */
#include "bench.h"
#include "../drivers/bus.h"
#include <dmastream/dmastream.h>

#define MAX_SAMPLES 200000
#define MIB	    ((size_t)1 << 20)

static uint32_t sample[MAX_SAMPLES];
static unsigned samples, batch;
static uint64_t overhead[2]; /* of one run, of a batch */

struct bench bench;

/* ---- Numbers ---- */

static unsigned option_number(const char *key, unsigned otherwise)
{
	const char *text = bus_option(key, "");
	unsigned value = 0;

	while (*text >= '0' && *text <= '9')
		value = value * 10 + (unsigned)(*text++ - '0');
	return value ? value : otherwise;
}

static void sift(size_t from, size_t n)
{
	for (;;) {
		size_t child = 2 * from + 1;
		uint32_t moved;

		if (child >= n)
			return;
		if (child + 1 < n && sample[child + 1] > sample[child])
			child++;
		if (sample[from] >= sample[child])
			return;
		moved = sample[from];
		sample[from] = sample[child];
		sample[child] = moved;
		from = child;
	}
}

static void sort_samples(size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(i, n);
	for (size_t last = n; last-- > 1;) {
		uint32_t moved = sample[0];

		sample[0] = sample[last];
		sample[last] = moved;
		sift(0, last);
	}
}

/* ---- Text ---- */

static char line[256];
static size_t used;

static void put(const char *text)
{
	while (*text && used < sizeof(line) - 1)
		line[used++] = *text++;
}

static void put_number(uint64_t value)
{
	char digits[21];
	size_t n = sizeof(digits);

	digits[--n] = '\0';
	do {
		digits[--n] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put(digits + n);
}

/* Tenths of a tick, as a decimal number. */
static void put_tenths(uint64_t tenths)
{
	put_number(tenths / 10);
	if (tenths % 10) {
		put(".");
		put_number(tenths % 10);
	}
}

static void end_line(void)
{
	line[used++] = '\n';
	bus_write(line, used);
	used = 0;
}

/* ---- Measuring ---- */

/* The smallest of many tries of nothing is what the frame around each operation costs. */
static uint64_t find_overhead(unsigned times)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < 1000; i++) {
		uint64_t ticks = bench_nothing.run(&bench, times);

		if (ticks < least)
			least = ticks;
	}
	return least;
}

static int measure(const struct bench_row *row)
{
	unsigned count = row->bytes > MIB / 4 && samples > 20000 ? samples / 10 : samples;
	unsigned times = row->single ? 1 : batch;

	bench.bytes = row->bytes;
	bench.failed = 0;
	for (unsigned i = 0; i < count + count / 50 + 2; i++) {
		uint64_t ticks;

		if (row->prepare)
			row->prepare(&bench);
		ticks = row->run(&bench, times);
		if (row->finish)
			row->finish(&bench);
		if (bench.failed)
			break;
		if (i < count / 50 + 2)
			continue; /* warming up */
		ticks = ticks > overhead[!row->single] ? ticks - overhead[!row->single] : 0;
		ticks = ticks * 10 / times;
		sample[i - count / 50 - 2] = ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
	}
	put("bench {\"operation\": \"");
	put(row->name);
	put("\", \"bytes\": ");
	put_number(row->bytes);
	if (bench.failed) {
		put(", \"error\": \"");
		put(dma_strerror(bench.failed));
	} else {
		sort_samples(count);
		put(", \"median\": ");
		put_tenths(sample[count / 2]);
		put(", \"p99\": ");
		put_tenths(sample[count - 1 - count / 100]);
		put(", \"samples\": ");
		put_number(count);
		put(", \"unit\": \"");
		put(bus_option("unit", "ticks"));
	}
	put("\"}");
	end_line();
	return bench.failed;
}

int app_main(void)
{
	int error, failed = 0;

	samples = option_number("samples", 1000);
	if (samples > MAX_SAMPLES)
		samples = MAX_SAMPLES;
	batch = option_number("batch", 1);
	error = bench_begin(&bench);
	if (error) {
		put("bench: cannot begin: ");
		put(dma_strerror(error));
		end_line();
		return 1;
	}
	overhead[0] = find_overhead(1);
	overhead[1] = find_overhead(batch);
	for (const struct bench_row *row = bench_rows; row->name; row++)
		failed |= measure(row);
	error = bench_end(&bench);
	if (error) {
		put("bench: cannot end: ");
		put(dma_strerror(error));
		end_line();
	}
	return failed || error ? 1 : 0;
}
