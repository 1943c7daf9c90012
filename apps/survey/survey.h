/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The survey: what the machine's IOMMUs and caches are, and how they do what the library asks of them. It writes to no
 * disk unless it is told to, and asks nothing.
 *
 *   survey.c   the steps in their order
 *   steps.c    a line before each, its time limit, and what became of it
 *   report.c   the report: JSON, and the same as text on the console
 *   machine.c  CPU, memory, firmware's tables, PCI
 *   lines.c    cache lines and barriers, in ns
 *   units.c    IOMMU units: what their registers say
 *   fixed.c    memory that firmware goes on using through devices
 *   domains.c  taken over: map, release, invalidate
 *   disk.c     an NVMe disk: read, read after release, and write where that is allowed
 */
#ifndef APPS_SURVEY_H
#define APPS_SURVEY_H

#include "facts.h"

/* ---- report.c ---- */

/* Facts are told on the console as they come. `name` is NULL in arrays. A row is an object on one line. */
void report_begin(void);
void report_object(const char *name);
void report_array(const char *name);
void report_row(const char *name);
void report_end(void);
void report_string(const char *name, const char *value);
void report_number(const char *name, uint64_t value);
void report_hex(const char *name, uint64_t value, unsigned digits);
void report_bool(const char *name, bool value);
/* value / 1000. */
void report_thousandths(const char *name, uint64_t value);
/* Closes all that is open but the report itself. */
void report_close(void);
/* What is open is closed, and the report ends with that word. Its bytes. */
const char *report_finish(const char *how, size_t *nbytes);

/* ---- steps.c ---- */

/* Tells what begins, and how long it may take. */
void step_begin(const char *what, unsigned seconds);
void step_end(int error);
/* True while the step has time. */
bool step_has_time(void);
/* The steps as a part of the report. */
void steps_report(void);

/* A line of several texts. */
void tell(const char *a, const char *b, const char *c);

/* ---- machine.c, lines.c, units.c, fixed.c ---- */

void machine_report(void);
void tables_report(void);
void functions_report(void);
/* Takes the right to start transfers from all functions that are no bridges; how many had it. */
unsigned functions_quiet(void);
/* Gives it back to those that had it, and takes it from all others, which drivers may have given it. */
void functions_put_back(void);
void lines_report(void);
void units_report(void);
void fixed_report(void);
/* Of the IOMMU that tables name: "vtd", "amdvi", "smmuv3", "virtio"; NULL: none. */
const char *units_kind(void);
unsigned units_count(void);
/* A function that is behind the unit; false: none is known. */
bool units_function(unsigned unit, struct facts_function *out);

/* ---- domains.c, disk.c ---- */

int domains_report(unsigned unit);
unsigned disks_count(void);
int disk_report(unsigned index);

#endif
