/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The report's parts: report.c (text), report_json.c (JSON and SARIF), report_places.c (files and lines).
 */
#ifndef DMACHECK_REPORT_H
#define DMACHECK_REPORT_H

#include "runtime.h"

struct place_of_code {
	uintptr_t pc;
	char function[64], file[200];
	unsigned line;	 /* 0: not known, and the file is an address */
	uintptr_t outer; /* pc of the place that this one is inlined at; 0: none */
};

/* Finds the files and lines of all findings. */
void places_find(const struct outcome *o);
/* NULL: not one of those. */
struct place_of_code *place_at(uintptr_t pc);

extern const char *const report_levels[];
void report_json(const struct outcome *o, FILE *to);
void report_sarif(const struct outcome *o, FILE *to);

#endif
