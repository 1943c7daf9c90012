/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The oracle finds breaches of ownership whether or not they did harm in this run. Marks for each byte say who wrote it
 * last and whether a completed sync came after that; labels say whose data the byte is.
 */
#include "sim_machine.h"

static unsigned in_line(uint64_t offset)
{
	return (unsigned)(offset & ((1u << sim.line_shift) - 1));
}

static bool marked(const uint64_t marks[2], uint64_t offset, unsigned n)
{
	uint64_t mask[2];

	if (!(marks[0] | marks[1]))
		return false;
	span(in_line(offset), n, mask);
	return marks[0] & mask[0] || marks[1] & mask[1];
}

void oracle_cpu_load(uint64_t offset, unsigned n, bool uncached)
{
	struct line *line = line_at(offset >> sim.line_shift);

	if (uncached) {
		if (line->cpu[0] | line->cpu[1])
			sim_fail_at(SIM_ALIAS, offset,
				    "an uncached load where the line was written cached and not cleaned");
	} else if (marked(line->device, offset, n)) {
		sim_fail_at(SIM_STALE_CPU, offset,
			    "the CPU read bytes that a device wrote, without a sync from the device: call "
			    "dma_stream_sync_from_device() on them first");
		line->device[0] = line->device[1] = 0; /* said once */
	}
}

void oracle_cpu_store(uint64_t offset, unsigned n, bool uncached)
{
	struct line *line = line_at(offset >> sim.line_shift);
	uint64_t mask[2];

	if (uncached) {
		if (line->cpu[0] | line->cpu[1] || (line->flags & LINE_FORMER && sim.config.can_sync))
			sim_fail_at(SIM_ALIAS, offset, "an uncached store where a dirty line may still be evicted");
		return;
	}
	if ((line->device[0] | line->device[1]) && !(line->flags & LINE_MAINTAINED)) {
		sim_fail_at(
			SIM_SHARED_LINE, offset,
			"the CPU wrote into a line after a device did, without a sync between: sync from the device "
			"first, and share no line (dma_device_line())");
		line->device[0] = line->device[1] = 0;
	}
	span(in_line(offset), n, mask);
	line->cpu[0] |= mask[0];
	line->cpu[1] |= mask[1];
}

bool oracle_may_see(const struct sim_device *dev, const uint8_t *label, unsigned n)
{
	uint32_t readable = sim_device_config(dev)->readable;

	if (readable == UINT32_MAX)
		return true;
	for (unsigned i = 0; i < n; i++)
		if (!(readable >> label[i] & 1))
			return false;
	return true;
}

void oracle_device_read(struct sim_device *dev, uint64_t offset, unsigned n, const uint8_t *label, bool checked)
{
	const struct sim_device_config *config = sim_device_config(dev);
	struct line *line = line_at(offset >> sim.line_shift);

	if (!oracle_may_see(dev, label, n))
		sim_fail_at(SIM_FOREIGN_BYTE, offset, "device %s read a byte that it must not see", config->name);
	if (!checked)
		return;
	for (unsigned c = 0; c < sim.config.cpus; c++)
		/* Who polls, in the midst of the CPU's work, may come before them. */
		if ((sim.watching ? store_overtaken : store_unpublished)(&sim.cpus[c], offset, n))
			sim_fail_at(SIM_STALE_DEVICE, offset,
				    "device %s read bytes that the CPU wrote and did not publish: call dma_publish(), "
				    "or sync to "
				    "the device, before it is told",
				    config->name);
	if (!config->coherent && marked(line->cpu, offset, n)) {
		sim_fail_at(SIM_STALE_DEVICE, offset,
			    "device %s read bytes that the CPU wrote, without a sync to the device: call "
			    "dma_stream_sync_to_device() behind the last write",
			    config->name);
		line->cpu[0] = line->cpu[1] = 0;
	}
}

void oracle_device_write(struct sim_device *dev, uint64_t offset, unsigned n, bool checked)
{
	const struct sim_device_config *config = sim_device_config(dev);
	struct line *line = line_at(offset >> sim.line_shift);
	uint64_t mask[2];

	if (config->coherent || !checked)
		return;
	if (line->cpu[0] | line->cpu[1]) {
		sim_fail_at(SIM_SHARED_LINE, offset,
			    "device %s wrote into a line with bytes that the CPU wrote and did not sync: share no line "
			    "(dma_device_line()), write nothing while the device owns the memory",
			    config->name);
		line->cpu[0] = line->cpu[1] = 0;
	} else if (line->flags & LINE_FORMER) {
		sim_fail_at(SIM_NOT_HANDED_OVER, offset,
			    "device %s wrote into a line that a former owner may have left dirty", config->name);
		line->flags &= (uint8_t)~LINE_FORMER;
	}
	span(in_line(offset), n, mask);
	line->device[0] |= mask[0];
	line->device[1] |= mask[1];
	line->flags &= (uint8_t)~LINE_MAINTAINED;
	line->written = sim.time;
}
