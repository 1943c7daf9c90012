/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scenarios of hazards_release.c, for the table in hazards.c.
 */
#ifndef TESTS_VTD_HAZARDS_H
#define TESTS_VTD_HAZARDS_H

#include "world.h"

void hazard_addresses_wait(struct world *w);
void hazard_tables_wait(struct world *w);
void hazard_nobodys(struct world *w);
void hazard_drained(struct world *w);

#endif
