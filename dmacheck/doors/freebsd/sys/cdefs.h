/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host's own, and what FreeBSD's has beyond it.
 */
#include_next <sys/cdefs.h>

#ifndef __FBSDID
#define __FBSDID(text) struct dmacheck_unused
#endif
