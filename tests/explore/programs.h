/* SPDX-License-Identifier: MPL-2.0 */
/*
 * All programs that are explored, by the protocol that they are about.
 */
#ifndef TESTS_EXPLORE_PROGRAMS_H
#define TESTS_EXPLORE_PROGRAMS_H

#include "explore.h"

extern const struct explore_program segment_slice_and_drop, segment_split_and_drop, segment_tail_first,
	segment_split_and_clone, segment_three_drops, segment_three_parts, segment_interrupt, segment_slice_again;
extern const struct explore_program node_alloc_and_free, node_interrupt, node_empty, node_reserve;
extern const struct explore_program ledger_devices, ledger_shared, ledger_remove, ledger_count, ledger_end;
extern const struct explore_program queue_aborted, queue_behind, queue_passed, queue_reset, queue_widened, queue_mute,
	queue_two_cpus, queue_slow, queue_full, queue_interrupt;
extern const struct explore_program queue_bell_words, queue_bell_head, queue_bell_slow, queue_bell_slow_head,
	queue_bell_thrown, queue_bell_thrown_head, queue_bell_interrupt, queue_bell_interrupt_head,
	queue_bell_leader_interrupt, queue_bell_two_leaders, queue_bell_two_followers, queue_bell_two_followers_head,
	queue_bell_resigns, queue_bell_met, queue_bell_met_interrupt, queue_bell_full, queue_bell_mute,
	queue_bell_mute_resigns;
extern const struct explore_program addresses_two, addresses_one_stack, addresses_three, addresses_sizes,
	addresses_grow, addresses_trim, addresses_looked_at, addresses_interrupt, addresses_short_stacks,
	addresses_short_stack, addresses_one_page, addresses_one_range, addresses_two_words, addresses_trim_short,
	addresses_grow_three, addresses_grow_whole, addresses_again, addresses_counted, addresses_counted_second,
	addresses_swept, addresses_marks, addresses_restored, addresses_claimed, addresses_makes_room;
extern const struct explore_program faults_two_polls, faults_look, faults_missed, faults_log;
extern const struct explore_program tables_mapped, tables_split, tables_fresh, tables_fresh_two;
extern const struct explore_program domain_deferred, domain_flush, domain_strict, domain_cold, domain_mixed,
	domain_trim, domain_three, domain_interrupt;
extern const struct explore_program domain_rings_come, domain_ring_flushed, domain_round, domain_round_mute,
	domain_mute, domain_tables, domain_counted, domain_two_flushes, domain_table_flushed, domain_ring_brought,
	domain_ring_brought_by_two;
extern const struct explore_program domain_guessed, domain_guessed_slow, domain_guessed_bounded, domain_guessed_alloc,
	domain_guessed_pages, domain_guessed_no_fast_path, domain_guessed_general, domain_guessed_scattered,
	domain_guessed_view;
extern const struct explore_program stream_mapped, stream_to_device, stream_to_device_bounced, stream_from_device,
	stream_from_device_bounced, stream_mapped_slowly, stream_rearmed;
extern const struct explore_program unit_two_domains, unit_one_domain, unit_short, unit_dead, unit_left, unit_polled,
	unit_asked_for, unit_probed;
extern const struct explore_program entry_filled, entry_swapped, entry_stream, entry_context, entry_interrupts;
extern const struct explore_program list_mapped, list_to_device, list_to_device_slowly, list_buffer_to_device,
	list_batch_to_device, list_scattered_to_device, list_scattered_to_device_slowly, list_from_device,
	list_from_device_slowly, list_buffer_from_device, list_batch_from_device, list_scattered_from_device,
	list_scattered_from_device_slowly, list_bounced, list_bounced_to_device, list_bounced_from_device,
	list_buffer_bounced, list_rearmed, list_scattered_rearmed;
extern const struct explore_program driver_head, driver_event;
extern const struct explore_program virtq_offered, virtq_notified, virtq_used;
extern const struct explore_program record_strict, record_looked_up;
extern const struct explore_program pool_two, pool_one_magazine, pool_interrupt, pool_last, pool_reserve, pool_full,
	pool_twice, pool_reclaimed, pool_grows, pool_empty;
extern const struct explore_program counted_two, counted_three, counted_get, counted_interrupt;
extern const struct explore_program arena_two, arena_full, arena_interrupt, arena_counted;
extern const struct explore_program bounce_two, bounce_cold, bounce_interrupt;

#endif
