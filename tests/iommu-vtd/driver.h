/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the cases of driver.c share.
 */
#ifndef TESTS_VTD_DRIVER_H
#define TESTS_VTD_DRIVER_H

#include "../iommu-unit/run.h"
#include "world.h"

extern const struct fixture driver_usual, driver_two_units;
/* Nothing completes from the command on that stops_anywhere() chooses, or that a dying scene says. */
extern const struct fixture driver_hanging, driver_hanging_deferred;

/* No bridges. */
uint32_t driver_no_bus(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset);
/* dma_vtd_probe() with the world's table. */
int driver_probe(void);

/* The cases, by file. */
void iqe_is_repaired(void);
void ite_is_repeated(void);
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
unsigned regions_said(void);
unsigned every_hook_fails(void);
unsigned odd_clocks(void);

#endif
