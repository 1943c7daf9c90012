/* SPDX-License-Identifier: MPL-2.0 */
#include <zephyr/cache.h>
