/* SPDX-License-Identifier: MPL-2.0 */
#include_next <sys/types.h>

#include <stdint.h> /* comes with it there */
