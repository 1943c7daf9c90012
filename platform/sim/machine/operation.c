/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Line operations in flight: until maintenance_end, an operation that was issued may have happened or not. The oracle
 * clears its marks on a line only when the operation is certain to be complete, even if it happened earlier.
 */
#include "sim_machine.h"

static void carry_out(struct operation *op)
{
	struct line *line = line_at(op->line);

	if (op->done)
		return;
	op->done = true;
	if (op->kind == SIM_LINE_CLEAN) {
		cache_write_back(op->line);
		return;
	}
	if (op->kind == SIM_LINE_FLUSH || (line->state == LINE_DIRTY && sim_choose(2)))
		cache_write_back(op->line); /* an invalidate may write back, too */
	cache_drop(op->line);
}

static void complete(struct operation *op)
{
	struct line *line = line_at(op->line);

	carry_out(op);
	for (unsigned i = 0; i < 2; i++) {
		line->cpu[i] &= ~op->cpu[i];
		line->device[i] &= ~op->device[i];
	}
	line->flags &= (uint8_t) ~(LINE_FORMER | (op->kind == SIM_LINE_CLEAN ? 0 : LINE_ALIASED));
	line->flags |= LINE_MAINTAINED;
}

static bool lost(const struct operation *op)
{
	return op->kind == SIM_LINE_INVALIDATE && (op->cpu[0] | op->cpu[1]);
}

/* The n-th that is in flight, from the oldest on. */
static struct operation *in_flight(struct cpu *cpu, unsigned n)
{
	return &cpu->operations[(cpu->first_operation + n) % OPERATIONS];
}

void operation_add(struct cpu *cpu, uint64_t number, unsigned kind)
{
	struct line *line = line_at(number);
	struct operation op = {.line = number, .kind = (uint8_t)kind};
	uint64_t pending[2];
	bool early = false;

	/* Stores still in flight pass the operation by: begin was to order them. */
	(void)store_pending(cpu, number, pending);
	op.cpu[0] = line->cpu[0] & ~pending[0];
	op.cpu[1] = line->cpu[1] & ~pending[1];
	if (lost(&op))
		sim_fail_at(SIM_LOST_WRITE, number << sim.line_shift,
			    "the line is invalidated with the CPU's unsynced bytes: sync them to the device first, and "
			    "share "
			    "no line (dma_device_line())");
	if (kind != SIM_LINE_CLEAN) {
		early = early_fill(cpu,
				   number); /* this invalidate may have run before the load that announced the data */
		if (line->written <= cpu->consumed) {
			op.device[0] = line->device[0];
			op.device[1] = line->device[1];
		}
	}
	op.done = early;
	if (sim.mode == PLAIN || (sim.mode == RANDOM && sim_choose(4)))
		carry_out(&op);
	if (cpu->noperations == OPERATIONS) {
		complete(in_flight(cpu, 0));
		cpu->first_operation++;
		cpu->noperations--;
	}
	*in_flight(cpu, cpu->noperations++) = op;
}

void operation_settle(uint64_t line)
{
	for (unsigned c = 0; c < sim.config.cpus; c++)
		for (unsigned i = 0; i < sim.cpus[c].noperations; i++) {
			struct operation *op = in_flight(&sim.cpus[c], i);

			if (op->line == line && !op->done && sim_choose(2))
				carry_out(op);
		}
}

void operation_finish(struct cpu *cpu)
{
	for (unsigned i = 0; i < cpu->noperations; i++)
		complete(in_flight(cpu, i));
	cpu->noperations = 0;
}
