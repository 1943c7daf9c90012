/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The devices that there are, and what each is like.
 */
#include "sim_machine.h"
#include <stdio.h>
#include <stdlib.h>

#define DEVICES 512

static struct sim_device devices[DEVICES];
static unsigned ndevices;

void device_start(void)
{
	ndevices = 0;
}

struct sim_device *sim_device_new(const struct sim_device_config *config)
{
	struct sim_device *dev;

	if (ndevices == DEVICES) {
		fprintf(stderr, "sim: more than %d devices\n", DEVICES);
		exit(1);
	}
	dev = &devices[ndevices++];
	dev->config = config ? *config : sim.config.device;
	if (!dev->config.name)
		dev->config.name = "device";
	if (!dev->config.readable) /* a trusted device may see whatever is in memory; the hypervisor never is trusted */
		dev->config.readable = dev->config.trusted && !sim.config.cvm ? UINT32_MAX : ~(1u << SIM_FOREIGN);
	if (!dev->config.requester)
		dev->config.requester = 0x100u + ndevices;
	return dev;
}

const struct sim_device_config *sim_device_config(const struct sim_device *dev)
{
	return &dev->config;
}
