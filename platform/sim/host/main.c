/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The simulated machine as a program: its options (KEY=VALUE arguments), its disks, and app_main(). Exit status:
 * app_main()'s, or 98 if the machine saw a failure or something was left over, 99 if the options make no sense.
 *
 *   sim=noncoherent,cvm,line=128,seed=7   the machine (config.c has the words)
 *   disk0=path disk1=path …               its disks; diskN.read_error=block, diskN.write_error=block,
 * diskN.block_size=bytes,
 *                                         diskN.max_blocks=n, diskN.never_answers=1, diskN.lies=1, diskN.read_only=1
 *   diskN.driver=virtio-blk               a virtio disk instead of our own kind; or nvme: an NVMe controller
 *   net0.fd=n net0.offloads=15            a virtio network card; its wire is that socket, a datagram a frame; what can
 *                                         be left to it (sim_vdev.h), all if nothing is said
 *   virtio=packed,small,lie=3             how virtio devices are (sim_vdev.h has the words)
 *   iommu=none                            what stands before the disks, if the program has a model of it
 *   console=path                          where the program's output goes, if not to standard output
 */
#include "../devices/sim_vdev.h"
#include "../machine/sim_machine.h"
#include <bus.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATUS_MACHINE = 98, STATUS_OPTIONS = 99 };

static char **options;
static int noptions;

/* A program with IOMMU models has this: puts the one of that name in front of the disks (sim_set_iommu), or gives
 * false. */
bool sim_main_iommu(const char *name) __attribute__((weak));

static const char *disk_option(unsigned index, const char *key)
{
	char name[48];

	snprintf(name, sizeof(name), key ? "disk%u.%s" : "disk%u", index, key);
	return bus_option(name, NULL);
}

static bool number_option(unsigned index, const char *key, uint64_t *value)
{
	const char *text = disk_option(index, key);
	char *end;

	if (!text)
		return true;
	*value = strtoull(text, &end, 0);
	if (*text >= '0' && *text <= '9' && !*end)
		return true;
	fprintf(stderr, "sim: disk%u.%s=%s is not a number\n", index, key, text);
	return false;
}

/* How virtio devices are. */
static bool virtio_option(struct sim_vdev_config *config)
{
	const char *words = bus_option("virtio", "");

	*config = sim_vdev_config();
	if (sim_vdev_config_parse(config, words))
		return true;
	fprintf(stderr, "sim: virtio=%s: an unknown word\n", words);
	return false;
}

static bool add_disk(unsigned index, const char *path)
{
	struct sim_disk_config config = sim_disk_config(path);
	uint64_t block_size = 0, max_blocks = 0, never = 0, lies = 0, read_only = 0;

	if (!number_option(index, "read_error", &config.read_error) ||
	    !number_option(index, "write_error", &config.write_error) ||
	    !number_option(index, "block_size", &block_size) || !number_option(index, "max_blocks", &max_blocks) ||
	    !number_option(index, "never_answers", &never) || !number_option(index, "lies", &lies) ||
	    !number_option(index, "read_only", &read_only))
		return false;
	config.block_size = block_size ? (uint32_t)block_size : config.block_size;
	config.max_blocks = max_blocks ? (uint32_t)max_blocks : config.max_blocks;
	config.never_answers = never;
	config.lies = lies;
	config.read_only = read_only;
	if (disk_option(index, "driver") && strcmp(disk_option(index, "driver"), "nvme") == 0)
		return sim_nvme_add(path, read_only);
	if (disk_option(index, "driver")) {
		struct sim_vdev_config device;

		return strcmp(disk_option(index, "driver"), "virtio-blk") == 0 && virtio_option(&device) &&
		       sim_vdisk_add(&device, &config);
	}
	return sim_disk_add(&config);
}

static bool add_card(void)
{
	struct sim_vnic_config config = {.fd = -1};
	struct sim_vdev_config device;
	const char *fd = bus_option("net0.fd", NULL);

	if (!fd)
		return true;
	config.fd = (int)strtol(fd, NULL, 10);
	config.offloads = (unsigned)strtoul(bus_option("net0.offloads", "15"), NULL, 10) & VNET_ALL;
	return virtio_option(&device) && sim_vnic_add(&device, &config);
}

static bool check_words(void)
{
	for (int i = 0; i < noptions; i++)
		if (!strchr(options[i], '=')) {
			fprintf(stderr, "sim: option '%s' is not of the form KEY=VALUE\n", options[i]);
			return false;
		}
	return true;
}

static bool set_up(struct sim_config *config)
{
	char why[128];

	*config = sim_config_plain("low=64,high=64");
	config->real_time = true;
	if (!check_words())
		return false;
	if (sim_config_parse(config, bus_option("sim", ""), why, sizeof(why))) {
		fprintf(stderr, "sim: %s; known are:\n%s", why, sim_config_words());
		return false;
	}
	return true;
}

static bool plug_in(void)
{
	const char *iommu = bus_option("iommu", "none");

	if (strcmp(iommu, "none") != 0 && !(sim_main_iommu && sim_main_iommu(iommu))) {
		fprintf(stderr, "sim: there is no iommu=%s on this machine\n", iommu);
		return false;
	}
	for (unsigned i = 0; disk_option(i, NULL); i++)
		if (!add_disk(i, disk_option(i, NULL)))
			return false;
	return add_card();
}

int main(int argc, char **argv)
{
	struct sim_config config;
	const char *console;
	int status;

	options = argv + 1;
	noptions = argc - 1;
	sim_options(options, (unsigned)noptions);
	console = bus_option("console", NULL);
	if (console && !freopen(console, "w", stdout)) {
		perror(console);
		return STATUS_OPTIONS;
	}
	if (!set_up(&config))
		return STATUS_OPTIONS;
	sim_start(&config);
	if (!plug_in())
		return STATUS_OPTIONS;
	status = app_main();
	if (status == 0)
		(void)sim_check_clean(0);
	return sim_stop() ? STATUS_MACHINE : status;
}
