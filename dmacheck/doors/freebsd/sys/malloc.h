/* SPDX-License-Identifier: MPL-2.0 */
#include <dmacheck_freebsd.h>
