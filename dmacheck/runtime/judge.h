/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the judges share: judge.c (the CPU), judge_device.c (devices), judge_machine.c (the library and the machine).
 */
#ifndef DMACHECK_JUDGE_H
#define DMACHECK_JUDGE_H

#include "runtime.h"

extern uint32_t judge_found; /* sim.time of the last finding of a missing sync: the machine need not repeat it */
extern uint32_t judge_consumed_at;

struct mapping *judge_mapping_at(const struct shadow *page, unsigned at);
uint64_t judge_offset_in(const struct mapping *m, const struct shadow *page, unsigned at);
void judge_owner(struct finding *f, const struct mapping *m, const struct shadow *page, unsigned at);
/* Whether what one side wrote is the other's only after a sync. */
bool judge_marks_count(const struct mapping *m);
/* Loads that are more than `apart` bytes from each other are not compared. */
void judge_order(const struct shadow *page, unsigned at, unsigned n, struct mapping *m, uint64_t apart);
/* The library's: the page as the CPU sees it. */
struct shadow *judge_cpu_page(struct shadow *page, const struct mapping *m);

/* As in struct sim_observer. */
void judge_device(const struct sim_device *dev, uint64_t daddr, uint64_t offset, unsigned n, bool write);
void judge_device_lost(const struct sim_device *dev, uint64_t daddr, size_t n, bool write);

#endif
