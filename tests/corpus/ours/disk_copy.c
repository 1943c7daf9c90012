/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The copy job on drivers/nvme, instrumented: from one simulated NVMe controller to another, KIB in the environment
 * (1024); DISK=simblk: on drivers/simblk.c and the machine's own disks; DISK=WORDS: on drivers/virtio
 * and virtio disks with these words of sim_vdev.h (large: split rings; packed; eager).
 */
#include "../../../platform/sim/devices/sim_vdev.h"
#include "bus.h"
#include <dmacheck_models.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int file_of(const char *path)
{
	return atoi(strrchr(path, '/') + 1);
}

static bool same(const char *from, const char *to, unsigned nblocks)
{
	unsigned char a[512], b[512];

	for (unsigned i = 0; i < nblocks; i++)
		if (pread(file_of(from), a, 512, 512 * (off_t)i) != 512 ||
		    pread(file_of(to), b, 512, 512 * (off_t)i) != 512 || memcmp(a, b, 512) != 0)
			return false;
	return true;
}

static bool add(const char *path)
{
	const char *kind = getenv("DISK");
	struct sim_disk_config config = sim_disk_config(path);

	if (kind && strcmp(kind, "simblk") == 0)
		return sim_disk_add(&config) != NULL;
	if (kind) {
		struct sim_vdev_config device = sim_vdev_config();

		return sim_vdev_config_parse(&device, kind) && sim_vdisk_add(&device, &config);
	}
	return sim_nvme_add(path, false) != NULL;
}

/* A disk gets on while the driver is between two accesses, too. */
static void at_any_time(void *context)
{
	(void)context;
	if (sim_choose(64) == 1)
		sim_models_work();
}

void dmacheck_main(void)
{
	static char hash[] = "hash=off";
	static char *options[] = {hash};
	const char *kib = getenv("KIB"), *from, *to;
	unsigned nblocks = (kib ? (unsigned)atoi(kib) : 1024) * 2;

	from = model_disk(nblocks, 1);
	to = model_disk(nblocks, 0);
	DMACHECK(add(from) && add(to));
	sim_options(options, 1);
	sim_watch(at_any_time, NULL);
	if (!getenv("SHOW"))
		(void)!freopen("/dev/null", "w", stdout);
	DMACHECK(app_main() == 0);
	DMACHECK(same(from, to, nblocks));
}
