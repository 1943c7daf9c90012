/* SPDX-License-Identifier: MPL-2.0 */
#include "rig.h"
#include "../../drivers/bus.h"
#include <dmastream/device.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *const rig_layouts[RIG_LAYOUTS] = {
	"split",	 "packed",	   "split,noindirect",		"packed,noindirect",
	"split,noevent", "packed,noevent", "packed,noindirect,noevent",
};
struct sim_vdev_config rig_device;

static uint64_t faults;
static unsigned looks_left;
static void (*behind_look)(void);

void rig_fault(void)
{
	faults++;
}

void rig_behind_look(unsigned n, void (*call)(void))
{
	looks_left = n;
	behind_look = call;
}

static uint64_t count_faults(void *ctx, uint32_t requester)
{
	uint64_t found = faults;

	(void)ctx, (void)requester;
	if (looks_left && --looks_left == 0)
		behind_look();
	return found;
}

bool rig_messages, rig_messages_kept;
static void (*kept_handler)(void *context);
static void *kept_context;

void rig_message(void)
{
	kept_handler(kept_context);
}

int __real_bus_pci_interrupt(const struct bus_pci *fn, unsigned message, unsigned cpu, void (*handler)(void *context),
			     void *context);
int __wrap_bus_pci_interrupt(const struct bus_pci *fn, unsigned message, unsigned cpu, void (*handler)(void *context),
			     void *context);
int __wrap_bus_pci_interrupt(const struct bus_pci *fn, unsigned message, unsigned cpu, void (*handler)(void *context),
			     void *context)
{
	if (rig_messages_kept) {
		kept_handler = handler;
		kept_context = context;
		return 0;
	}
	if (!rig_messages)
		return __real_bus_pci_interrupt(fn, message, cpu, handler, context);
	handler(context);
	return 0;
}

static int opened(void *ctx, uint32_t requester, struct dma_device_config *config)
{
	(void)ctx, (void)requester, (void)config;
	return 0;
}

static int closed(void *ctx, uint32_t requester)
{
	(void)ctx, (void)requester;
	return 0;
}

struct run {
	sim_scenario scenario;
	void *arg;
};

static void with_faults(void *arg)
{
	static const struct sim_iommu iommu = {"counting", opened, closed, count_faults, NULL};
	const struct run *run = arg;

	faults = 0;
	looks_left = 0;
	sim_set_iommu(&iommu);
	run->scenario(run->arg);
	sim_set_iommu(NULL);
}

unsigned rig_each_layout(const char *machine, sim_scenario scenario, void *arg, unsigned seeds)
{
	static char options[][20] = {"timeout_ms=50"};
	static char *const keys[] = {options[0]};
	struct sim_config config = seeds ? sim_config_hostile(machine) : sim_config_plain(machine);
	struct sim_vdev_config wanted = rig_device;
	struct run run = {scenario, arg};
	unsigned failures = 0;

	sim_options(keys, 1);
	for (unsigned i = 0; i < RIG_LAYOUTS && !failures; i++) {
		rig_device = wanted;
		if (!sim_vdev_config_parse(&rig_device, rig_layouts[i]))
			abort();
		failures = seeds ? sim_random(&config, with_faults, &run, seeds) : sim_run(&config, with_faults, &run);
		if (failures)
			fprintf(stderr, "# with %s, lie %d at %u, on %s\n", rig_layouts[i], (int)wanted.lie,
				wanted.lie_at, machine);
	}
	rig_device = wanted;
	return failures;
}

unsigned char rig_byte(size_t i)
{
	return (unsigned char)(i * 7 + i / 251);
}

static char used[64]; /* the file; empty: there is none */

static void drop_file(void)
{
	if (used[0])
		unlink(used);
	used[0] = 0;
}

const char *rig_file(size_t nbytes)
{
	int fd;

	drop_file();
	snprintf(used, sizeof(used), "/tmp/dmastream-virtio-XXXXXX");
	fd = mkstemp(used);
	for (size_t i = 0; i < nbytes; i++) {
		unsigned char byte = rig_byte(i);

		if (fd < 0 || write(fd, &byte, 1) != 1)
			abort();
	}
	close(fd);
	return used;
}

int rig_main(const struct CMUnitTest *tests, size_t n, int argc, char **argv)
{
	int failed;

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	failed = _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
	drop_file();
	return failed;
}
