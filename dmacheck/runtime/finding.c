/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What this run found: filled up, and sent through a pipe to the process that sums the runs up.
 */
#include "runtime.h"
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

const struct rule_words rule_words[RULES] = {
	[MISSING_SYNC_TO_DEVICE] = {"missing-sync-to-device",
				    "A device reads bytes that the CPU wrote and did not hand over", ERROR},
	[MISSING_SYNC_TO_CPU] = {"missing-sync-to-cpu",
				 "The CPU reads bytes that a device wrote and that were not taken back", ERROR},
	[WRITE_WHILE_OWNED] = {"write-while-device-owns", "The CPU writes into a buffer that the device owns", ERROR},
	[UNSYNCED_WRITE] = {"unsynced-write",
			    "A mapping ends with bytes that the CPU wrote while the device owned them", ERROR},
	[NOT_HANDED_BACK] = {"not-handed-back",
			     "A device accesses bytes that were taken back and not handed over again", WARNING},
	[WRONG_DIRECTION] = {"wrong-direction", "A device accesses a buffer against the direction of its mapping",
			     ERROR},
	[OUTSIDE_MAPPING] = {"outside-mapping", "A device accesses memory that is not mapped for it", ERROR},
	[USE_AFTER_UNMAP] = {"use-after-unmap", "A device accesses a buffer whose mapping has ended", ERROR},
	[MISSING_WRITE_BARRIER] = {"missing-write-barrier",
				   "A device reads coherent memory whose store is not ordered before", ERROR},
	[MISSING_READ_BARRIER] = {"missing-read-barrier", "The CPU reads coherent memory out of order", ERROR},
	[SHARED_LINE_RULE] = {"shared-line", "The CPU and a device write into one cache line", ERROR},
	[UNALIGNED_MAP] = {"unaligned-mapping", "A buffer for a device's writes begins inside a used cache line",
			   WARNING},
	[OVERLAP] = {"overlapping-mappings",
		     "Two mappings share bytes or a cache line, and a device writes one of them", ERROR},
	[NOT_DMA_MEMORY] = {"not-dma-memory", "Memory that a device cannot be given is mapped", ERROR},
	[UNMAP_MISMATCH] = {"unmap-mismatch", "A mapping ends otherwise than it was made", ERROR},
	[DOUBLE_UNMAP] = {"double-unmap", "A mapping ends twice", ERROR},
	[SYNC_MISMATCH] = {"sync-mismatch", "A sync of what is not mapped so", ERROR},
	[UNCHECKED_MAP] = {"unchecked-mapping", "Nobody asks whether a map call has failed", ERROR},
	[LEAK_RULE] = {"leaked-mapping", "A mapping is never ended", ERROR},
	[FREED_WHILE_MAPPED] = {"freed-while-mapped", "Memory is freed that a device can still reach", ERROR},
	[DOUBLE_FREE] = {"double-free", "A block is freed, or given back to its pool, twice", ERROR},
	[USE_AFTER_FREE_RULE] = {"use-after-free", "The CPU accesses freed memory", ERROR},
	[EMPTY_MAP] = {"empty-mapping", "No bytes are mapped", ERROR},
	[DOUBLE_SYNC] = {"double-sync", "A sync that does nothing", NOTE},
	[LAYER] = {"dma-layer", "The DMA layer below the driver is wrong", ERROR},
	[MACHINE_RULE] = {"machine", "A rule of the simulated machine is broken", ERROR},
	[CHECK] = {"check-failed", "A check of the harness failed", ERROR},
	[CRASH] = {"crash", "The driver crashed or did not end", ERROR},
};

static struct finding current;
static int out = -1;
static uint64_t this_machine, this_seed;
static unsigned sent;

void finding_start(int fd, uint64_t machine, uint64_t seed)
{
	out = fd;
	this_machine = machine;
	this_seed = seed;
	sent = 0;
}

unsigned findings(void)
{
	return sent;
}

struct finding *finding_new(enum rule rule, const struct mapping *m, site_t access)
{
	struct finding *f = &current;

	memset(f, 0, sizeof(*f));

	f->rule = rule;
	f->machine = this_machine;
	f->seed = this_seed;
	f->access = *stack_of(access ? access : stack_here());
	if (m) {
		f->dir = m->dir;
		f->made = *stack_of(m->made);
		f->ended = *stack_of(m->ended);
		snprintf(f->mapping, sizeof(f->mapping), "%s, %s, %zu bytes at 0x%llx", m->what, ledger_dir(m->dir),
			 m->size, (unsigned long long)m->daddr);
	}
	return f;
}

void finding_say(struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
}

void finding_send(struct finding *f)
{

	if (sent++ > 200)
		return; /* one mistake in a loop */
	trace_finding(f);
	if (out >= 0 && write(out, f, sizeof(*f)) != (ssize_t)sizeof(*f))
		_exit(3);
}

bool dmacheck_check(bool condition, const char *text, const char *file, int line)
{
	struct finding *f;

	if (condition)
		return true;
	f = finding_new(CHECK, NULL, 0);
	finding_say(f, "%s:%d: %s does not hold", file, line, text);
	finding_send(f);
	return false;
}
