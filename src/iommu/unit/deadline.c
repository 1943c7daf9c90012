/* SPDX-License-Identifier: MPL-2.0 */
#include <dmastream/deadline.h>

uint64_t dma_stopwatch_look(struct dma_stopwatch *watch, uint64_t most_ns)
{
	uint64_t now = dma_host_time_ns(), step = now - watch->seen_ns;

	if (watch->started && (int64_t)step > 0)
		watch->ns += step < most_ns ? step : most_ns;
	watch->started = true;
	watch->seen_ns = now;
	return watch->ns;
}

bool dma_deadline_over(struct dma_deadline *deadline)
{
	uint64_t most = deadline->limit_ns / 16 + 1;

	if (deadline->last_look)
		return true;
	deadline->last_look = dma_stopwatch_look(&deadline->watch, most) > deadline->limit_ns;
	return false;
}
