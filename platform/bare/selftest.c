/* SPDX-License-Identifier: MPL-2.0 */
#include "../../drivers/bus.h"
#include "print.h"
int app_main(void){ print("hello %s %d\n", bus_machine(), -5); return 0; }
