/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What layer.c and layer_map.c share: maintenance of a range of the CPU's memory or of a bounce, copies, the audit.
 */
#ifndef DMACHECK_LAYER_H
#define DMACHECK_LAYER_H

#include "runtime.h"

bool layer_fails_now(void); /* layer_fail_next() */
bool layer_snoops(void);
void layer_lines(const unsigned char *view, size_t n, enum sim_line_op op);
void layer_maintain(const void *va, size_t n, enum sim_line_op op);
void layer_maintain_slot(const struct mapping *m, size_t off, size_t n, enum sim_line_op op);
void layer_copy_out(const struct mapping *m, size_t off, size_t n);
/* What one side wrote there must be in the other side's view; else that is a finding. */
void layer_audit(const struct mapping *m, size_t off, size_t n, bool to_device);

#endif
