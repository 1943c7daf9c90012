/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host's <errno.h> includes this file, whatever API a driver is written for: nothing of Linux' API may come with
 * it.
 */
#include_next <linux/errno.h>

#ifndef ERESTARTSYS
#define ERESTARTSYS  512
#define EPROBE_DEFER 517
#define ENOTSUPP     524
#endif
