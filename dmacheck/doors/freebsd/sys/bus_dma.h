/* SPDX-License-Identifier: MPL-2.0 */
#include <machine/bus.h>
