/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the operator sees at the end, and the same on one line for the program that started the machine.
 */
#include <lwip/stats.h>

#include "bus.h"
#include "net_app.h"

struct field {
	const char *key, *unit;
	uint64_t value;
};

static void show(const struct text *t)
{
	bus_write(t->start, t->used);
}

static void put_line(const char *name, const struct field *fields, size_t n)
{
	char line[300];
	struct text t = text_in(line, sizeof(line));

	text_put(&t, name);
	for (size_t i = 0; i < n; i++) {
		text_put(&t, i ? ", " : "");
		text_put_number(&t, fields[i].value);
		text_put(&t, " ");
		text_put(&t, fields[i].unit);
	}
	text_put(&t, "\n");
	show(&t);
}

static void put_summary(const struct field *fields, size_t n)
{
	char line[2000];
	struct text t = text_in(line, sizeof(line));

	text_put(&t, "@summary {\"machine\": \"");
	text_put(&t, bus_machine());
	text_put(&t, "\", \"iommu\": \"");
	text_put(&t, bus_iommu());
	text_put(&t, "\", \"seconds\": ");
	text_put_thousandths(&t, app.nanoseconds / 1000000);
	text_put(&t, ", ");
	for (size_t i = 0; i < n; i++) {
		text_put(&t, "\"");
		text_put(&t, fields[i].key);
		text_put(&t, "\": ");
		text_put_number(&t, fields[i].value);
		text_put(&t, ", ");
	}
	text_put(&t, "\"error\": \"");
	text_put(&t, app.error);
	text_put(&t, "\"}\n");
	show(&t);
}

/* Frames that were not for us, broken, or not understood. */
static uint64_t drops(const struct net_counts *n)
{
	return app.counts.dropped + app.arrivals.dropped + n->short_frames + lwip_stats.etharp.drop +
	       lwip_stats.ip.drop + lwip_stats.icmp.drop + lwip_stats.icmp.lenerr + lwip_stats.udp.drop +
	       lwip_stats.tcp.drop;
}

void app_report(void)
{
	const struct app_counts *c = &app.counts;
	const struct net_counts none = {0}, *n = app.net ? &app.net->counts : &none;
	const struct field fields[] = {
		{"packets_received", "packets received", n->received},
		{"bytes_received", "bytes", n->received_bytes},
		{"packets_sent", "sent", n->sent},
		{"bytes_sent", "bytes", n->sent_bytes},
		{"interrupt_packets", "by interrupt", n->interrupts},
		{"notifications", "notifications", n->notifications},
		{"arps", "ARP", lwip_stats.etharp.recv},
		{"pings", "ICMP answers", lwip_stats.icmp.xmit},
		{"echoes", "UDP echoes", c->echoes},
		{"stream_packets", "of the stream", c->stream_packets},
		{"stream_bytes", "bytes of it", c->stream_bytes},
		{"tcp_connections", "TCP connections", c->connections},
		{"tcp_bytes", "bytes over them", c->tcp_bytes},
		{"sent_in_place", "sent in place", c->in_place},
		{"copied_instead", "copied instead", c->copied_instead},
		{"drops", "frames dropped", drops(n)},
		{"unanswered", "unanswered", c->unanswered},
		{"sums_left", "sums left to the card", c->sums_left},
		{"sums_believed", "sums looked at by it", c->sums_believed},
		{"frames_cut", "frames that it cut", c->cut},
		{"segments", "segments of them", c->segments},
		{"syncs_to_device", "syncs to device", c->syncs_to_device},
		{"syncs_from_device", "from device", c->syncs_from_device},
		{"maps", "maps", c->maps},
		{"unmaps", "unmaps", c->unmaps},
		{"bytes_bounced", "bytes bounced", app.stats.bytes_bounced},
		{"iotlb_invalidations", "IOTLB invalidations", app.stats.iotlb_invalidations},
		{"ticks", "ticks", app.ticks},
		{"cpus", "CPUs", bus_cpus()},
		{"faults", "faults", app.faults},
		{"frames_leaked", "frames leaked", app.frames_leaked},
		{"offloads", "of enum net_offload", app.offloads},
	};
	char line[300];
	struct text t = text_in(line, sizeof(line));

	if (app.error[0]) {
		text_put(&t, "error: ");
		text_put(&t, app.error);
		text_put(&t, "\n");
		show(&t);
	} else {
		put_line("network   ", fields, 6);
		put_line("answers   ", fields + 6, 7);
		put_line("          ", fields + 13, 4);
		put_line("offloads  ", fields + 17, 4);
		put_line("DMA       ", fields + 21, 6);
		put_line("          ", fields + 29, 2);
	}
	put_summary(fields, sizeof(fields) / sizeof(fields[0]));
}
