/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Machines that stand still for minutes while an SMMUv3 is started, or a device attaches, maps, unmaps and leaves, or
 * the unit stops (hazard 72): no wait takes the pause for silence of the unit's. On every kind of unit.
 *
 *   pause             all of them; pause KIND one
 */
#include "../iommu-unit/run.h"
#include "setup.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	unsigned n = 0, failed = 0;

	printf("1..%u\n", argc > 1 ? 1 : (unsigned)nkinds);
	for (size_t i = 0; i < nkinds; i++) {
		unsigned bad;

		if (argc > 1 && strcmp(argv[1], kinds[i].name) != 0)
			continue;
		bad = unit_odd_clocks(&kinds[i]);
		printf("%s %u - %s\n", bad ? "not ok" : "ok", ++n, kinds[i].name);
		fflush(stdout);
		failed += bad != 0;
	}
	return failed || !n;
}
