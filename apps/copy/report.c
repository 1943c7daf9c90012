/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the operator sees: a bar that grows, the results, and the same on one line for the program that started the
 * machine.
 */
#include <dmastream/platform.h>

#include "bus.h"
#include "copy.h"

static void show(const struct text *t)
{
	bus_write(t->start, t->used);
}

static uint64_t mib_per_second_x10(uint64_t nbytes, uint64_t nanoseconds)
{
	uint64_t ms = nanoseconds / 1000000;

	/* No floating point, no overflow below 2^51 bytes. */
	return ms ? nbytes / 1024 * 10000 / 1024 / ms : 0;
}

static void put_rate(struct text *t, uint64_t nbytes, uint64_t nanoseconds)
{
	uint64_t rate = mib_per_second_x10(nbytes, nanoseconds);

	text_put_column(t, rate / 10, 5);
	text_put(t, ".");
	text_put_number(t, rate % 10);
	text_put(t, " MiB/s");
}

void report_progress(const struct copy *c, bool last)
{
	static uint64_t began, shown;
	static bool bar, off;
	uint64_t now = dma_host_time_ns();
	unsigned percent = c->nbytes ? (unsigned)(c->written / ((c->nbytes + 99) / 100)) : 100;
	char line[128];
	struct text t = text_in(line, sizeof(line));

	if (!began) {
		began = shown = now;
		bar = text_same(bus_option("progress", "bar"), "bar");
		off = text_same(bus_option("progress", "bar"), "off");
	}
	if (off || (!last && now - shown < (bar ? 200000000u : 5000000000u)))
		return;
	shown = now;
	if (last)
		percent = 100;
	if (bar) { /* a line each; who shows them moves the bar in place */
		text_put(&t, "[");
		text_put_chars(&t, '#', percent * 2 / 5);
		text_put_chars(&t, '.', 40 - percent * 2 / 5);
		text_put(&t, "]");
	}
	text_put_column(&t, percent, 4);
	text_put(&t, " %");
	put_rate(&t, c->written, now - began);
	text_put(&t, "\n");
	show(&t);
}

static void put_field(struct text *t, const char *name, uint64_t value)
{
	text_put(t, "\"");
	text_put(t, name);
	text_put(t, "\": ");
	text_put_number(t, value);
	text_put(t, ", ");
}

static void put_string(struct text *t, const char *name, const char *value)
{
	text_put(t, "\"");
	text_put(t, name);
	text_put(t, "\": \"");
	for (; *value; value++)
		text_put_chars(t, (char)(*value == '"' || *value == '\\' || (unsigned char)*value < 32 ? '\'' : *value),
			       1);
	text_put(t, "\", ");
}

static void put_line(struct text *t, const char *name, uint64_t value, const char *unit)
{
	text_put(t, name);
	text_put_number(t, value);
	text_put(t, unit);
}

static void put_share(struct text *t, const char *name, uint64_t part, uint64_t whole)
{
	uint64_t permille = part * 1000 / (whole + 1);

	text_put(t, name);
	text_put_number(t, permille / 10);
	text_put(t, ".");
	text_put_number(t, permille % 10);
	text_put(t, " %");
}

static void show_times(const struct copy *c)
{
	static const char *const names[COPY_TIMES] = {"hashing ", "DMA calls ", "disk requests ",
						      "waiting for the disks "};
	char line[200];
	struct text t = text_in(line, sizeof(line));
	uint64_t rest = c->nanoseconds;

	text_put(&t, "time      ");
	for (unsigned i = 0; i < COPY_TIMES; i++) {
		put_share(&t, names[i], c->counts.times[i], c->nanoseconds);
		text_put(&t, ", ");
		rest -= c->counts.times[i] < rest ? c->counts.times[i] : rest;
	}
	put_share(&t, "rest ", rest, c->nanoseconds);
	text_put(&t, "\n");
	show(&t);
}

static void show_human(const struct copy *c)
{
	char line[300];
	struct text t = text_in(line, sizeof(line));

	text_put(&t, "sha256    ");
	text_put(&t, c->digest[0] ? c->digest : "not computed");
	put_line(&t, c->dry ? "\nread      " : "\ncopied    ", c->nbytes,
		 c->dry ? " bytes, nothing was written, in " : " bytes in ");
	text_put_thousandths(&t, c->nanoseconds / 1000000);
	text_put(&t, " s,");
	put_rate(&t, c->nbytes, c->nanoseconds);
	text_put(&t, "\n");
	show(&t);
	show_times(c);
	t = text_in(line, sizeof(line));
	put_line(&t, "DMA       ", c->counts.maps, " maps, ");
	put_line(&t, "", c->counts.unmaps, " unmaps, ");
	put_line(&t, "", c->counts.syncs_to_device, " syncs to device, ");
	put_line(&t, "", c->counts.syncs_from_device, " from device\n");
	put_line(&t, "          ", c->stats.bytes_bounced, " bytes bounced, ");
	put_line(&t, "", c->stats.iotlb_invalidations, " IOTLB invalidations, ");
	put_line(&t, "", c->interrupts, " requests finished by interrupt, ");
	put_line(&t, "", c->faults, " faults, ");
	put_line(&t, "", c->frames_leaked, " frames leaked\n");
	show(&t);
}

void report_result(const struct copy *c)
{
	char line[900];
	struct text t = text_in(line, sizeof(line));

	if (c->error[0]) {
		text_put(&t, "error: ");
		text_put(&t, c->error);
		text_put(&t, "\n");
		show(&t);
		t = text_in(line, sizeof(line));
	} else {
		show_human(c);
	}
	text_put(&t, "@summary {");
	put_string(&t, "machine", bus_machine());
	put_string(&t, "iommu", bus_iommu());
	put_field(&t, "bytes", c->written);
	put_string(&t, "sha256", c->digest);
	text_put(&t, "\"seconds\": ");
	text_put_thousandths(&t, c->nanoseconds / 1000000);
	text_put(&t, ", ");
	put_field(&t, "maps", c->counts.maps);
	put_field(&t, "unmaps", c->counts.unmaps);
	put_field(&t, "syncs_to_device", c->counts.syncs_to_device);
	put_field(&t, "syncs_from_device", c->counts.syncs_from_device);
	put_field(&t, "bytes_bounced", c->stats.bytes_bounced);
	put_field(&t, "iotlb_invalidations", c->stats.iotlb_invalidations);
	put_field(&t, "interrupts", c->interrupts);
	put_field(&t, "cpus", bus_cpus());
	put_field(&t, "faults", c->faults);
	put_field(&t, "frames_leaked", c->frames_leaked);
	put_string(&t, "error", c->error);
	t.used -= 2; /* the last comma */
	text_put(&t, "}\n");
	show(&t);
}
