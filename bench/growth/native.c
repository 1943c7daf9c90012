/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The program on this host: options are arguments, ticks are nanoseconds, CPUs are threads. The hooks are
 * bench/iommu/host.c's.
 */
#define _GNU_SOURCE
#include "../iommu/bench_host.h"
#include "growth.h"
#include <dmastream/errors.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int argument_count;
static char **arguments;
static unsigned waiting; /* lanes that are not there yet: spun on, so that all start at once */

struct start {
	pthread_t thread;
	unsigned number;
	void (*lane)(unsigned number);
};

const char *bus_option(const char *key, const char *otherwise)
{
	size_t length = strlen(key);

	for (int i = 1; i < argument_count; i++)
		if (!strncmp(arguments[i], key, length) && arguments[i][length] == '=')
			return arguments[i] + length + 1;
	return otherwise;
}

void bus_write(const char *text, size_t nbytes)
{
	fwrite(text, 1, nbytes, stdout);
	fflush(stdout);
}

uint64_t bus_ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *run(void *arg)
{
	const struct start *start = arg;

	bench_cpu = start->number;
	__atomic_sub_fetch(&waiting, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&waiting, __ATOMIC_ACQUIRE))
		(void)sched_yield();
	start->lane(start->number);
	return NULL;
}

bool growth_lanes(unsigned n, void (*lane)(unsigned number))
{
	struct start start[8];

	waiting = n;
	for (unsigned i = 0; i < n; i++) {
		start[i] = (struct start){.number = i, .lane = lane};
		if (pthread_create(&start[i].thread, NULL, run, &start[i]))
			return false;
	}
	for (unsigned i = 0; i < n; i++)
		pthread_join(start[i].thread, NULL);
	return true;
}

int growth_unit_begin(struct dma_device *dev, struct dma_device_config *config, bool deferred)
{
	(void)dev, (void)config, (void)deferred;
	return DMA_ENOTSUP;
}

int growth_unit_end(struct dma_device *dev)
{
	(void)dev;
	return DMA_ENOTSUP;
}

int main(int argc, char **argv)
{
	argument_count = argc;
	arguments = argv;
	return app_main();
}
