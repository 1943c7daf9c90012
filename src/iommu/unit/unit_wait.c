/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_wait.h"

bool dma_deadline_over(struct dma_deadline *deadline)
{
	uint64_t now = dma_host_time_ns(), step = now - deadline->seen_ns, most = deadline->limit_ns / 16 + 1;

	if (deadline->last_look)
		return true;
	if (deadline->started && (int64_t)step > 0)
		deadline->spent_ns += step < most ? step : most;
	deadline->started = true;
	deadline->seen_ns = now;
	deadline->last_look = deadline->spent_ns > deadline->limit_ns;
	return false;
}
