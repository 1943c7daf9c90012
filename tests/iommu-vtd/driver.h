/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the cases of driver.c share.
 */
#ifndef TESTS_VTD_DRIVER_H
#define TESTS_VTD_DRIVER_H

#include "../iommu-unit/run.h"
#include "world.h"

/* No bridges. */
uint32_t driver_no_bus(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset);
/* dma_vtd_probe() with the world's table. */
int driver_probe(void);

/* The cases, by file. */
void iqe_is_repaired(void);
void ite_is_repeated(void);
void timeout_quarantines(void);
void timeout_quarantines_deferred(void);
unsigned stops_anywhere(void);
void refused_twice_gives_up(void);
void hostile_tables(void);
void one_bad_unit(void);
void twenty_units(void);
void region_in_ram(void);
void unusable_units(void);
void taken_over(void);
void stuck_queue_of_before(void);
void deaf_units(void);
void thrown_away_for_ever(void);
void regions(void);
void shared_domain(void);
void attaching(void);
void domain_numbers(void);
void interrupts(void);
void zero_length_reads(void);
void region_at_any_time(void);
void many_regions(void);
void bypass(void);
void remapped_by_host(void);
void blocked_perhaps(void);
void blocked_in_vain(void);
void blocked_for_good(void);
unsigned every_hook_fails(void);
unsigned odd_clocks(void);

#endif
