/* SPDX-License-Identifier: MPL-2.0 */
/*
 * All programs that are explored, by the protocol that they are about.
 */
#ifndef TESTS_EXPLORE_PROGRAMS_H
#define TESTS_EXPLORE_PROGRAMS_H

#include "explore.h"

extern const struct explore_program segment_slice_and_drop, segment_split_and_drop, segment_split_and_clone,
	segment_tail_first, segment_three_drops, segment_three_parts, segment_interrupt;
extern const struct explore_program node_alloc_and_free, node_interrupt;
extern const struct explore_program domain_deferred, domain_flush, domain_strict, domain_interrupt, domain_cold,
	domain_mixed, domain_trim, domain_three;
extern const struct explore_program tables_mapped, tables_split;
extern const struct explore_program addresses_two, addresses_one_stack, addresses_three, addresses_sizes,
	addresses_grow, addresses_trim, addresses_looked_at, addresses_interrupt;
extern const struct explore_program faults_two_polls, faults_look, faults_missed;
extern const struct explore_program queue_two_cpus, queue_slow, queue_full, queue_interrupt, queue_aborted;
extern const struct explore_program ledger_remove, ledger_count, ledger_end;

#endif
