/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Cases for a unit in software: see queue_case.h.
 */
#include "queue_case.h"
#include <stdlib.h>
#include <string.h>

bool case_ok;
unsigned case_seconds = 1, case_cpus = 6;

int case_main(const struct queue_case *cases, unsigned n, int argc, char **argv)
{
	unsigned failed = 0, done = 0;
	bool numbers = argc > 1 && strchr("0123456789", argv[1][0]);
	const char *only = numbers ? (argc > 3 ? argv[3] : NULL) : argv[1];

	if (numbers)
		case_seconds = (unsigned)atoi(argv[1]);
	if (numbers && argc > 2)
		case_cpus = (unsigned)atoi(argv[2]) % (UNIT_CPUS / 2 - 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned i = 0; i < n * UNIT_KINDS; i++) {
		const struct queue_case *one = &cases[i / UNIT_KINDS];
		unsigned kind = i % UNIT_KINDS;

		if ((only && strcmp(only, one->name)) || (one->kinds && !(one->kinds & 1u << kind)))
			continue;
		case_ok = true;
		one->run((enum unit_kind)kind);
		printf("%s %u - %s: %s\n", case_ok ? "ok" : "not ok", ++done, unit_names[kind], one->name);
		failed += !case_ok;
	}
	printf("1..%u\n", done);
	return failed != 0;
}
