/* SPDX-License-Identifier: MPL-2.0 */
#include_next <sys/param.h>

#include <dmacheck_freebsd.h>
