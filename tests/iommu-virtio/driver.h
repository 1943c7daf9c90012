/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the cases of driver.c share.
 */
#ifndef TESTS_VIRTIO_DRIVER_H
#define TESTS_VIRTIO_DRIVER_H

#include "../iommu-unit/run.h"
#include "world.h"

extern const struct fixture driver_usual;

/* From up to down, with the checks that every machine ends with. */
void driver_up(const struct fixture *fixture);
void driver_down(void);

/* Streams of all directions and some sizes, used as they may be and as they may not be. */
void driver_traffic(unsigned i);

/* The cases, by file. */
void traffic(void);
void traffic_deferred(void);
void splits(void);
void lists(void);
void shared_domain(void);
void blocked_device(void);
void bypass(void);
void regions(void);
void region_at_any_time(void);
void reserved_by_unit(void);
void reserved_to_the_end(void);
void reserved_within_a_page(void);
void host_says(void);
void no_write_only(void);
void no_write_only_regions(void);
void no_write_only_twice(void);
void no_move(void);
void left_on(void);
void no_memory(void);
void fault_reports(void);
void unusable_units(void);
void timeouts(void);
void timeouts_deferred(void);
void lies(void);
void lies_of_reports(void);
void statuses(void);
void range_within_pages(void);
void second_endpoint_refused(void);
void optional_features(void);
void queue_of_four(void);
void configuration_spaces(void);
void long_property(void);
void fixed_region_refused(void);
void region_out_of_reach(void);
unsigned regions_said(void);
unsigned every_hook_fails(void);
unsigned odd_clocks(void);

#endif
