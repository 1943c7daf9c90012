/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What each operation costs, in ticks of the machine (guest instructions under QEMU's -icount shift=0, nanoseconds on
 * the host).
 *
 * A sample is the time of a batch of runs, less the time of an empty operation in the same place, divided by the number
 * of runs. Where ticks are exact, a batch is one run; elsewhere it takes at least least=TICKS. Prints one line of JSON
 * a row: median and 99th percentile of the samples. Options: samples=N least=TICKS unit=TEXT only=OPERATION,... (with _
 * for a space); info_cpus=N (a bare machine's) is printed as the CPUs that the library believes in.
 */
#include "bench.h"
#include "../drivers/bus.h"
#include <dmastream/dmastream.h>

#define MAX_SAMPLES 200000
#define WARM	    200 /* runs before the first sample, as in bench/linux: more than a batch of deferred releases */

static uint32_t sample[MAX_SAMPLES]; /* tenths of a tick, of one run */
static unsigned samples, least;	     /* ticks of a sample; 0: they are exact */

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

static uint64_t run(const struct bench_row *row, unsigned times)
{
	uint64_t ticks;

	if (row->prepare)
		row->prepare(&bench, times);
	ticks = row->run(&bench, times);
	if (row->finish)
		row->finish(&bench, times);
	return ticks;
}

/* The smallest of some tries. */
static uint64_t fastest(const struct bench_row *row, unsigned times, unsigned tries)
{
	uint64_t best = UINT64_MAX;

	while (tries-- > 0 && !bench.failed) {
		uint64_t ticks = run(row, times);

		if (ticks < best)
			best = ticks;
	}
	return best;
}

/* How many runs take the least time that a sample shall have. */
static unsigned find_batch(const struct bench_row *row)
{
	unsigned most = row->most ? row->most : BENCH_MOST, times = 1;

	while (times < most && fastest(row, times, 5) < least)
		times *= 2;
	return times;
}

/* An operation that is rare and expensive, such as the flush of a batch, shows in this percentile and not in the
 * median. */
static uint64_t mean(void)
{
	uint64_t sum = samples / 2;

	for (unsigned i = 0; i < samples; i++)
		sum += sample[i];
	return sum / samples;
}

static void report(const struct bench_row *row, unsigned times)
{
	put("bench {\"operation\": \"");
	put(row->name);
	put("\", \"bytes\": ");
	put_number(row->bytes);
	if (bench.failed) {
		put(", \"error\": \"");
		put(dma_strerror(bench.failed));
	} else {
		sort_samples(samples);
		put(", \"median\": ");
		put_tenths(sample[samples / 2]);
		put(", \"p99\": ");
		put_tenths(sample[samples - 1 - samples / 100]);
		put(", \"mean\": ");
		put_tenths(mean());
		put(", \"samples\": ");
		put_number(samples);
		put(", \"batch\": ");
		put_number(times);
		put(", \"unit\": \"");
		put(bus_option("unit", "ticks"));
	}
	put("\"}");
	end_line();
}

static int measure(const struct bench_row *row)
{
	unsigned warm = samples / 50 + WARM, times;
	uint64_t overhead;

	bench.bytes = row->bytes;
	bench.failed = 0;
	times = find_batch(row);
	overhead = fastest(&bench_nothing[row->most > 0], times, 100);
	for (unsigned i = 0; i < samples + warm && !bench.failed; i++) {
		uint64_t ticks = run(row, times);

		if (i < warm)
			continue;
		ticks = ((ticks > overhead ? ticks - overhead : 0) * 10 + times / 2) / times;
		sample[i - warm] = ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
	}
	report(row, times);
	return bench.failed;
}

/* Whether name is the first entry of a list: with `_` for a space, since a word of the command line has none. */
static bool is_first(const char *name, const char *list)
{
	while (*name && (*name == *list || (*name == ' ' && *list == '_'))) {
		name++;
		list++;
	}
	return !*name && (!*list || *list == ',');
}

static bool wanted(const char *name)
{
	const char *list = bus_option("only", "");

	if (!*list || is_first(name, list))
		return true;
	for (; *list; list++)
		if (*list == ',' && is_first(name, list + 1))
			return true;
	return false;
}

/* only=NAME,... measures the rows of those names, only=many those of rows_many.c. */
static int measure_all(const struct bench_row *row)
{
	bool all = row == bench_many_rows && wanted("many");
	int failed = 0;

	for (; row->name; row++)
		if (all || wanted(row->name))
			failed |= measure(row);
	return failed;
}

int app_main(void)
{
	int error, failed;

	samples = option_number("samples", 1000);
	if (samples > MAX_SAMPLES)
		samples = MAX_SAMPLES;
	least = option_number("least", 0);
	error = bench_begin(&bench);
	if (error) {
		put("bench: cannot begin: ");
		put(dma_strerror(error));
		end_line();
		return 1;
	}
	failed = measure_all(bench_rows) | measure_all(bench_many_rows);
	error = bench_end(&bench);
	if (error) {
		put("bench: cannot end: ");
		put(dma_strerror(error));
		end_line();
	}
	return failed || error ? 1 : 0;
}
