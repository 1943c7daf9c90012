/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the cases of driver.c share.
 */
#ifndef TESTS_IOMMU_AMDVI_DRIVER_H
#define TESTS_IOMMU_AMDVI_DRIVER_H

#include "../iommu-unit/run.h"
#include "world.h"

extern const struct fixture driver_usual, driver_two_units;
/* Nothing completes from the command on that stops_anywhere() chooses, or that a dying scene says. */
extern const struct fixture driver_hanging, driver_hanging_deferred;

/* dma_amdvi_probe() with the world's table. */
int driver_probe(void);
struct dma_device_config driver_device(unsigned i, struct dma_domain *domain);

/* The cases, by file. */
void refused_is_repaired(void);
void unreadable_is_repaired(void);
unsigned stops_anywhere(void);
void refused_twice_gives_up(void);
void stuck_buffer_of_before(void);
void logs_of_before(void);
void deaf_units(void);
void log_overflows(void);
void lying_tail(void);

void hostile_tables(void);
void one_bad_unit(void);
void twenty_units(void);
void region_in_ram(void);
void region_at_any_time(void);
void many_regions(void);
void exclusion_of_before(void);
void exclusion_to_unity(void);
void taken_over(void);
void old_unit(void);

void shared_domain(void);
void attaching(void);
void interrupts(void);
void special_interrupts(void);
void aliased_requester(void);
void zero_length_reads(void);
unsigned regions_said(void);
unsigned every_hook_fails(void);
unsigned odd_clocks(void);

#endif
