/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A program of apps/ in a process: its command line, its devices, its end by a signal.
 */
#ifndef PLATFORM_LINUX_APP_H
#define PLATFORM_LINUX_APP_H

#include "../linux_host.h"

enum { APP_DEVICES = 16 };

/* The device is one of the bus's functions from now on. 0, DMA_ENOMEM. */
DMA_MUST_CHECK int app_add_device(const char *name, struct dma_linux_device *dev);
void app_close_devices(void);

#endif
