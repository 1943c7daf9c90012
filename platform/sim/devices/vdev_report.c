/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a virtio device says of a driver that breaks a rule, with the rule's section.
 */
#include "vdev.h"

void vdev_violation(const struct sim_vdev *dev, const char *section, const char *what, uint64_t value)
{
	sim_fail(SIM_BROKEN_RULE, SIM_NOWHERE, "%s: virtio 1.2, %s: %s (0x%llx)", sim_device_config(dev->dma)->name,
		 section, what, (unsigned long long)value);
}
