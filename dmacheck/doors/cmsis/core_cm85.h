/* SPDX-License-Identifier: MPL-2.0 */
#include <core_cm7.h>
