/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Virtio devices in the machine: where they are plugged in, how they are configured, what they report.
 */
#include "vdev.h"
#include <stdio.h>
#include <stdlib.h>

enum { DEVICES = 8, BAR_BYTES = 0x4000 };

static struct sim_vdev devices[DEVICES];
static unsigned ndevices;

void vdev_start(void)
{
	ndevices = 0;
}

struct sim_vdev_config sim_vdev_config(void)
{
	struct sim_vdev_config config = {
		.features = VDEV_F_INDIRECT | VDEV_F_EVENT | VDEV_F_VERSION_1 | VDEV_F_PLATFORM,
		.queue_size = 64,
		.lie_at = 1,
	};

	return config;
}

bool sim_vdev_config_parse(struct sim_vdev_config *config, const char *words)
{
	static const struct {
		const char *word;
		uint64_t on, off;
		uint16_t size;
	} table[] = {
		{"packed", VDEV_F_PACKED, 0, 0},
		{"noindirect", 0, VDEV_F_INDIRECT, 0},
		{"noevent", 0, VDEV_F_EVENT, 0},
		{"noplatform", 0, VDEV_F_PLATFORM, 0},
		{"split", 0, VDEV_F_PACKED, 0},
		{"small", 0, 0, 4},
		{"large", 0, 0, 256},
	};

	while (words && *words) {
		size_t n = strcspn(words, ","), i = 0, count = sizeof(table) / sizeof(table[0]);

		while (i < count && (strlen(table[i].word) != n || strncmp(table[i].word, words, n) != 0))
			i++;
		if (i < count) {
			config->features = (config->features | table[i].on) & ~table[i].off;
			config->queue_size = table[i].size ? table[i].size : config->queue_size;
		} else if (n == 5 && strncmp(words, "eager", n) == 0) {
			config->eager = true;
		} else if (strncmp(words, "lie=", 4) == 0) {
			config->lie = (enum sim_vdev_lie)strtoul(words + 4, NULL, 10);
		} else if (strncmp(words, "at=", 3) == 0) {
			config->lie_at = (unsigned)strtoul(words + 3, NULL, 10);
		} else if (n) {
			return false;
		}
		words += n + (words[n] == ',');
	}
	return true;
}

unsigned sim_vdev_answers(void)
{
	unsigned answers = 0;

	for (unsigned i = 0; i < ndevices; i++)
		answers += devices[i].answers;
	return answers;
}

unsigned sim_vdev_lies(void)
{
	unsigned lies = 0;

	for (unsigned i = 0; i < ndevices; i++)
		lies += devices[i].lied;
	return lies;
}

uint64_t sim_vdev_area(const struct sim_vdev *dev, unsigned queue, unsigned area)
{
	return dev->queue[queue].enabled ? dev->queue[queue].areas[area] : 0;
}

struct sim_vdev *sim_vdev_last(void)
{
	return ndevices ? &devices[ndevices - 1] : NULL;
}

struct sim_device *sim_vdev_device(const struct sim_vdev *dev)
{
	return dev->dma;
}

static bool tick(void *ctx)
{
	struct sim_vdev *dev = ctx;

	if (!(dev->status & V_DRIVER_OK) || dev->status & (V_NEEDS_RESET | V_FAILED) || dev->gone ||
	    !sim_pci_is_master(dev->fn))
		return false;
	return dev->kind->work(dev);
}

struct sim_vdev *vdev_add(const struct sim_vdev_config *config, const struct vkind *kind, uint64_t features, void *own)
{
	struct sim_vdev *dev = &devices[ndevices];

	if (ndevices == DEVICES) {
		fprintf(stderr, "sim: more than %d virtio devices\n", DEVICES);
		exit(1);
	}
	ndevices++;
	memset(dev, 0, sizeof(*dev));
	dev->config = *config;
	dev->config.features = (config->features | features) & ~config->without;
	if (config->lie == VDEV_OLD)
		dev->config.features &= ~VDEV_F_VERSION_1;
	if (config->lie == VDEV_EMPTY_QUEUE)
		dev->config.queue_size = 0;
	dev->kind = kind;
	dev->own = own;
	dev->fn = sim_pci_add(0x1af4, kind->device, kind->class_code, BAR_BYTES, vdev_register_read,
			      vdev_register_write, dev);
	dev->dma = sim_pci_device(dev->fn);
	vdev_configuration_space(dev);
	vdev_reset(dev);
	sim_on_tick(tick, dev);
	return dev;
}
