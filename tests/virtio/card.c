/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio network card on the simulated machine: frames both ways on every row of the truth table, checksums and
 * segments left to the card, and one that lies, scenario by scenario (hazards 58, 59, 61).
 */
#include "rig.h"
#include <dmastream/dmastream.h>
#include <net.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text.h>

#include <cmocka.h>

enum { FRAMES = 80, TURNS = 200000, BLOCK = 2048 };

static char last_error[200];
static unsigned frames = FRAMES; /* that a scenario sends and receives */

struct use {
	struct net *net;
	struct sim_vdev *model;
	struct dma_pool pool;
	unsigned received, right, sent, told, wire_right;
	bool hold; /* packets are kept, not given back */
	struct net_packet held[FRAMES];
	unsigned nheld;
	int error;
	/* what the wire saw last */
	uint8_t wire[FRAMES][1514];
	size_t wire_bytes[FRAMES];
	unsigned nwire;
};
static struct use use;

static size_t length_of(unsigned i)
{
	return i % 7 == 0 ? 1514 : 14 + i * 37 % 1500;
}

static void make(unsigned i, uint8_t *frame, size_t n)
{
	for (size_t k = 0; k < n; k++)
		frame[k] = rig_byte(k + i * 13u);
	frame[0] = (uint8_t)i;
}

static bool is(unsigned i, const uint8_t *frame, size_t n)
{
	uint8_t wanted[1514];

	make(i, wanted, n);
	return n == length_of(i) && memcmp(frame, wanted, n) == 0;
}

static void on_wire(void *ctx, const uint8_t *frame, size_t n)
{
	struct use *u = ctx;

	if (u->nwire < FRAMES) {
		memcpy(u->wire[u->nwire], frame, n);
		u->wire_bytes[u->nwire++] = n;
	}
	u->wire_right += is(frame[0], frame, n);
}

static void on_received(struct net *net, const struct net_packet *packet)
{
	struct use *u = net->context;
	uint8_t frame[1514];

	u->received++;
	SIM_CHECK(packet->nbytes <= sizeof(frame) &&
		  dma_slice_read_bytes(&packet->block->slice, packet->offset, frame, packet->nbytes) == 0);
	u->right += is(frame[0], frame, packet->nbytes);
	if (u->hold && u->nheld < FRAMES)
		u->held[u->nheld++] = *packet;
	else
		net->ops->give(net, packet);
}

static bool open_card(bool offloads)
{
	struct sim_vnic_config config = {.fd = -1, .offloads = offloads, .sent = on_wire, .ctx = &use};
	struct text why = text_in(last_error, sizeof(last_error));

	memset(&use, 0, sizeof(use));
	last_error[0] = 0;
	use.model = sim_vnic_add(&rig_device, &config);
	if (!SIM_CHECK(use.model != NULL) || net_open(0, &use.net, &why))
		return false;
	net_listen(use.net, on_received, &use);
	return true;
}

static void poll_card(void)
{
	use.error = use.net->ops->poll(use.net);
	sim_relax();
}

static void close_card(void)
{
	snprintf(last_error, sizeof(last_error), "%s", use.net->error);
	use.net->ops->stop(use.net);
	if (use.nheld)
		SIM_CHECK(use.net->ops->close(use.net) == DMA_EBUSY);
	while (use.nheld)
		use.net->ops->give(use.net, &use.held[--use.nheld]);
	if (use.pool.dev)
		SIM_CHECK(dma_pool_destroy(&use.pool) == 0);
	SIM_CHECK(use.net->ops->close(use.net) == 0);
}

struct sending {
	struct net_send send;
	struct dma_block *block;
	struct dma_list list;
	struct dma_piece pieces[3];
	struct dma_segment memory;
};
static struct sending sendings[FRAMES];

static void on_sent(struct net_send *send)
{
	struct sending *s = (struct sending *)send;

	use.told++;
	if (s->block)
		(void)dma_pool_put(&use.pool, s->block);
	s->block = NULL;
}

static bool open_pool(void)
{
	struct dma_pool_config config = {.name = "frames", .dir = DMA_TO_DEVICE, .block_size = BLOCK, .blocks = 16};

	return dma_pool_create(&use.pool, use.net->dma, &config) == 0;
}

/* True if the frame was started. */
static bool send_frame(struct sending *s, const uint8_t *frame, size_t n)
{
	int error;

	memset(s, 0, sizeof(*s));
	s->send = (struct net_send){.complete = on_sent, .nbytes = n};
	if (dma_pool_get(&use.pool, &s->block))
		return false;
	SIM_CHECK(dma_slice_write_bytes(&s->block->slice, 0, frame, n) == 0 &&
		  dma_slice_sync_to_device(&s->block->slice, 0, n) == 0);
	s->send.daddr = dma_block_daddr(s->block);
	error = use.net->ops->send(use.net, &s->send);
	if (error)
		(void)dma_pool_put(&use.pool, s->block);
	use.sent += !error;
	return !error;
}

/* ---- Honest
 * -------------------------------------------------------------------------------------------------------- */

static void receive_all(void)
{
	unsigned arrived = 0;

	for (unsigned turns = 0; use.received < frames && use.error >= 0 && SIM_CHECK(turns < TURNS); turns++) {
		for (unsigned i = 0; i < 8 && arrived < frames; i++, arrived++) {
			uint8_t frame[1514];

			make(arrived, frame, length_of(arrived));
			sim_vnic_arrive(use.model, frame, length_of(arrived));
		}
		poll_card();
	}
}

static void send_all(void)
{
	uint8_t frame[1514];
	unsigned started = 0;

	for (unsigned turns = 0; use.told < frames && use.error >= 0 && SIM_CHECK(turns < TURNS); turns++) {
		while (started < frames) {
			make(started, frame, length_of(started));
			if (!send_frame(&sendings[started], frame, length_of(started)))
				break;
			started++;
		}
		poll_card();
	}
}

static void both_ways(void *unused)
{
	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	SIM_CHECK(use.net->mac[0] == 0x52 && use.net->mac[5] == 0x56 && !use.net->offloads);
	if (SIM_CHECK(open_pool())) {
		receive_all();
		send_all();
	}
	SIM_CHECK(use.received == FRAMES && use.right == FRAMES);
	SIM_CHECK(use.told == FRAMES && use.wire_right == FRAMES && use.error >= 0);
	SIM_CHECK(use.net->counts.received == FRAMES && use.net->counts.sent == FRAMES);
	close_card();
}

static void frames_both_ways_on_every_row(void **state)
{
	static const char *const rows[] = {
		"coherent",
		"noncoherent",
		"coherent,nosync",
		"noncoherent,nosync",
		"coherent,cvm",
		"noncoherent,cvm",
		"coherent,nosync,cvm",
		"noncoherent,nosync,cvm",
		"noncoherent,line=128",
		"coherent,untrusted",
		"noncoherent,untrusted",
		"noncoherent,lateregs",
	};

	(void)state;
	rig_device = sim_vdev_config();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(rig_each_layout(rows[i], both_ways, NULL, 1), 0);
	rig_device.queue_size = 4;
	assert_int_equal(rig_each_layout("coherent", both_ways, NULL, 2), 0);
	rig_device.queue_size = 256;
	assert_int_equal(rig_each_layout("coherent", both_ways, NULL, 0), 0);
}

/* Packets that the caller keeps do not stop the card, up to its reserve; then it waits until some are given back. */
static void packets_are_kept(void *unused)
{
	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	use.hold = true;
	receive_all();
	SIM_CHECK(use.received == FRAMES && use.right == FRAMES && use.nheld == FRAMES);
	close_card();
}

static void quiet(const char *line)
{
	(void)line;
}

static void packets_that_the_caller_keeps(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	sim_on_log(quiet); /* the pool names what is out */
	assert_int_equal(rig_each_layout("coherent", packets_are_kept, NULL, 2), 0);
	sim_on_log(NULL);
}

/* A frame of three pieces that lie apart. */
static void from_a_list(void *unused)
{
	static const size_t cuts[4] = {0, 14, 300, 1514};
	struct sending *s = &sendings[0];
	uint8_t frame[1514];

	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	memset(s, 0, sizeof(*s));
	make(0, frame, sizeof(frame));
	dma_list_init(&s->list, s->pieces, 3);
	SIM_CHECK(dma_segment_alloc(&s->memory, 3, UINT64_MAX, 0) == 0);
	for (unsigned i = 0; i < 3; i++)
		SIM_CHECK(dma_list_add_segment(&s->list, &s->memory, (2 - i) * 4096u + 100, cuts[i + 1] - cuts[i]) ==
			  0);
	SIM_CHECK(dma_list_map(&s->list, use.net->dma, DMA_TO_DEVICE) == 0);
	SIM_CHECK(dma_list_write_bytes(&s->list, 0, frame, sizeof(frame)) == 0 &&
		  dma_list_sync_to_device(&s->list, 0, sizeof(frame)) == 0);
	s->send = (struct net_send){.complete = on_sent, .list = &s->list, .nbytes = sizeof(frame)};
	SIM_CHECK(use.net->ops->send(use.net, &s->send) == 0);
	for (unsigned turns = 0; !use.told && SIM_CHECK(turns < TURNS); turns++)
		poll_card();
	SIM_CHECK(use.wire_right == 1);
	dma_list_release(&s->list);
	dma_segment_drop(&s->memory);
	close_card();
}

static void a_frame_from_a_list(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", from_a_list, NULL, 2), 0);
	assert_int_equal(rig_each_layout("noncoherent", from_a_list, NULL, 2), 0);
}

/* ---- Checksums and segments
 * ------------------------------------------------------------------------------------------ */

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static uint32_t sum16(uint32_t sum, const uint8_t *at, size_t n)
{
	for (; n > 1; at += 2, n -= 2)
		sum += get16(at);
	if (n)
		sum += (uint32_t)at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* A TCP frame; its checksum field has the sum of the pseudo header. */
static void make_tcp(uint8_t *frame, size_t n, bool ipv6)
{
	size_t tcp = ipv6 ? 54 : 34, length = n - tcp;
	uint32_t pseudo;

	make(1, frame, n);
	put16(frame + 12, ipv6 ? 0x86dd : 0x0800);
	if (ipv6) {
		put16(frame + 18, (unsigned)length);
		frame[20] = 6;
	} else {
		frame[14] = 0x45;
		put16(frame + 16, (unsigned)(20 + length));
		frame[23] = 6;
		put16(frame + 24, 0);
		put16(frame + 24, ~sum16(0, frame + 14, 20) & 0xffff);
	}
	frame[tcp + 12] = 0x50;
	frame[tcp + 13] = 0x19; /* ACK, PSH, FIN */
	pseudo = sum16((uint32_t)(6 + length), frame + (ipv6 ? 22 : 26), ipv6 ? 32 : 8);
	put16(frame + tcp + 16, pseudo);
}

static bool tcp_is_right(const uint8_t *frame, size_t n, bool ipv6)
{
	size_t tcp = ipv6 ? 54 : 34;

	return sum16(sum16((uint32_t)(6 + n - tcp), frame + (ipv6 ? 22 : 26), ipv6 ? 32 : 8), frame + tcp, n - tcp) ==
		       0xffff &&
	       (ipv6 ? get16(frame + 18) == n - 54 : get16(frame + 16) == n - 14 && sum16(0, frame + 14, 20) == 0xffff);
}

static void send_and_wait(struct sending *s, const uint8_t *frame, size_t n, const struct net_send *how)
{
	size_t pages = (n + 4095) / 4096;

	memset(s, 0, sizeof(*s));
	dma_list_init(&s->list, s->pieces, 3);
	SIM_CHECK(dma_segment_alloc(&s->memory, pages, UINT64_MAX, 0) == 0 &&
		  dma_list_add_segment(&s->list, &s->memory, 0, n) == 0 &&
		  dma_list_map(&s->list, use.net->dma, DMA_TO_DEVICE) == 0 &&
		  dma_list_write_bytes(&s->list, 0, frame, n) == 0 && dma_list_sync_to_device(&s->list, 0, n) == 0);
	s->send = *how;
	s->send.list = &s->list;
	s->send.nbytes = n;
	s->send.complete = on_sent;
	use.told = 0;
	SIM_CHECK(use.net->ops->send(use.net, &s->send) == 0);
	for (unsigned turns = 0; !use.told && use.error >= 0 && SIM_CHECK(turns < TURNS); turns++)
		poll_card();
	dma_list_release(&s->list);
	dma_segment_drop(&s->memory);
}

static void offloads(void *arg)
{
	static uint8_t frame[5000];
	bool ipv6 = arg;
	uint16_t tcp = ipv6 ? 54 : 34;
	struct net_send how = {.checksum_start = tcp, .checksum_offset = 16, .ipv6 = ipv6};
	size_t payload = sizeof(frame) - tcp - 20, at = 0;

	if (!SIM_CHECK(open_card(true)))
		return;
	SIM_CHECK(use.net->offloads == (NET_SENDS_CHECKSUMS | NET_SENDS_SEGMENTS | NET_SENDS_SEGMENTS_6 | NET_CHECKS));
	make_tcp(frame, 600, ipv6);
	send_and_wait(&sendings[0], frame, 600, &how);
	SIM_CHECK(use.nwire == 1 && use.wire_bytes[0] == 600 && tcp_is_right(use.wire[0], 600, ipv6));
	use.nwire = 0;
	make_tcp(frame, sizeof(frame), ipv6);
	how.segment_bytes = 1000;
	how.header_bytes = (uint16_t)(tcp + 20);
	send_and_wait(&sendings[0], frame, sizeof(frame), &how);
	SIM_CHECK(use.nwire == (payload + 999) / 1000);
	for (unsigned i = 0; i < use.nwire; i++) {
		size_t here = use.wire_bytes[i] - how.header_bytes;

		SIM_CHECK(tcp_is_right(use.wire[i], use.wire_bytes[i], ipv6));
		SIM_CHECK(memcmp(use.wire[i] + how.header_bytes, frame + how.header_bytes + at, here) == 0);
		SIM_CHECK((use.wire[i][tcp + 13] & 9) == (i + 1 == use.nwire ? 9 : 0));
		at += here;
	}
	SIM_CHECK(at == payload);
	close_card();
}

static void checksums_and_segments(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", offloads, NULL, 1), 0);
	assert_int_equal(rig_each_layout("noncoherent", offloads, NULL, 1), 0);
	assert_int_equal(rig_each_layout("coherent", offloads, &rig_device, 1), 0);
}

/* What a card has not, or what makes no sense, is refused and changes nothing. */
static void refusals(void *arg)
{
	bool has = arg;
	const struct {
		struct net_send send;
		int error;
	} cases[] = {
		{{.nbytes = 13}, DMA_EINVAL},
		{{.nbytes = 1515}, DMA_EINVAL},
		{{.nbytes = 600, .checksum_start = 34, .checksum_offset = 16}, has ? 0 : DMA_ENOTSUP},
		{{.nbytes = 600, .checksum_start = 590, .checksum_offset = 16}, has ? DMA_EINVAL : DMA_ENOTSUP},
		{{.nbytes = 600, .segment_bytes = 100, .header_bytes = 54}, has ? DMA_EINVAL : DMA_ENOTSUP},
		{{.nbytes = 600,
		  .segment_bytes = 100,
		  .header_bytes = 600,
		  .checksum_start = 34,
		  .checksum_offset = 16},
		 has ? DMA_EINVAL : DMA_ENOTSUP},
		{{.nbytes = 70000,
		  .segment_bytes = 100,
		  .header_bytes = 54,
		  .checksum_start = 34,
		  .checksum_offset = 16},
		 has ? DMA_EINVAL : DMA_ENOTSUP},
	};

	if (!SIM_CHECK(open_card(has)) || !SIM_CHECK(open_pool()))
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct net_send send = cases[i].send;

		if (!cases[i].error)
			continue; /* checksums_and_segments() */
		send.daddr = dma_daddr(0x1000);
		SIM_CHECK(use.net->ops->send(use.net, &send) == cases[i].error);
	}
	SIM_CHECK(use.net->counts.sent == 0);
	close_card();
}

static void what_a_card_has_not(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", refusals, NULL, 0), 0);
	assert_int_equal(rig_each_layout("coherent", refusals, &rig_device, 0), 0);
}

/* ---- Lies
 * ------------------------------------------------------------------------------------------------------------ */

static const struct lie {
	enum sim_vdev_lie lie;
	bool opens;
	const char *says;
} lies[] = {
	{VDEV_ID_RANGE, true, "an answer names a buffer that cannot be there"},
	/* (One that names another buffer of its own, early, cannot be told from an honest one: any may be answered.) */
	{VDEV_LENGTH, true, "an answer is longer than its buffer"},
	{VDEV_LENGTH_MOST, true, "an answer is longer than its buffer"},
	{VDEV_LENGTH_NONE, true, "a frame is shorter than the header before it"},
	{VDEV_STATUS, true, "a frame claims what was not negotiated"},
	{VDEV_LEAP, true, ""}, /* what it says depends on which answers come first */
	{VDEV_NEEDS_RESET, true, "the device reports an error that only a reset ends"},
	{VDEV_GONE, true, "the device is gone"},
	{VDEV_NEVER_RESETS, false, "it does not reset"},
	{VDEV_NO_FEATURES_OK, false, "it refuses the features that it offers"},
	{VDEV_OLD, false, "it is older than virtio 1"},
	{VDEV_NO_CAPABILITIES, false, "its capabilities name no registers"},
	{VDEV_CAPABILITY_BEYOND, false, "its capabilities name no registers"},
	{VDEV_NOTIFY_BEYOND, false, "a queue of it cannot be set up"},
	{VDEV_NO_QUEUES, false, "it has too few queues"},
	{VDEV_EMPTY_QUEUE, false, "it has a queue without entries"},
	{VDEV_CONFIG_RESTLESS, false, "its configuration changes all the time"},
	{VDEV_CONFIG_SHORT, false, "its configuration is too short"},
};

static void lying(void *arg)
{
	const struct lie *lie = arg;
	struct net_send send = {.nbytes = 60, .daddr = dma_daddr(0x1000)};

	if (!lie->opens) {
		SIM_CHECK(!open_card(false));
		return;
	}
	if (!SIM_CHECK(open_card(false)))
		return;
	receive_all();
	for (unsigned turns = 0; use.error >= 0 && SIM_CHECK(turns < TURNS); turns++)
		poll_card(); /* what only a look at the state tells */
	SIM_CHECK(use.right == use.received && use.received < FRAMES);
	SIM_CHECK(use.net->ops->poll(use.net) < 0 && use.net->ops->send(use.net, &send) == DMA_ENODEV);
	close_card();
}

static void a_card_that_lies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		for (unsigned at = 1; at <= (lies[i].opens ? 41 : 1); at += 20) {
			unsigned failures;

			rig_device = sim_vdev_config();
			rig_device.lie = lies[i].lie;
			rig_device.lie_at = at;
			failures = rig_each_layout("coherent", lying, (void *)(uintptr_t)&lies[i], 0);
			if (!failures)
				failures = rig_each_layout("noncoherent,seed=7", lying, (void *)(uintptr_t)&lies[i], 1);
			if (!strstr(last_error, lies[i].says))
				print_error("lie %d: it says \"%s\", not \"%s\"\n", (int)lies[i].lie, last_error,
					    lies[i].says);
			assert_non_null(strstr(last_error, lies[i].says));
			assert_int_equal(failures, 0);
		}
}

/* A frame that is never sent ends the card, in time. */
static void silent(void *unused)
{
	uint8_t frame[60];

	(void)unused;
	if (!SIM_CHECK(open_card(false)) || !SIM_CHECK(open_pool()))
		return;
	make(0, frame, sizeof(frame));
	SIM_CHECK(send_frame(&sendings[0], frame, sizeof(frame)));
	for (unsigned turns = 0; use.error >= 0 && SIM_CHECK(turns < TURNS); turns++)
		poll_card();
	SIM_CHECK(use.told == 1 && sendings[0].send.status < 0);
	close_card();
}

static void a_card_that_does_not_send(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	rig_device.lie = VDEV_SILENT;
	assert_int_equal(rig_each_layout("coherent", silent, NULL, 0), 0);
	assert_non_null(strstr(last_error, "a frame was not sent in time"));
}

static void blocked(void *unused)
{
	(void)unused;
	if (!SIM_CHECK(open_card(false)))
		return;
	rig_fault();
	receive_all();
	SIM_CHECK(use.received == 0 && use.error < 0);
	close_card();
}

static void a_fault_of_the_iommu(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", blocked, NULL, 0), 0);
	assert_non_null(strstr(last_error, "the IOMMU blocked an access of this card"));
}

static int attempt(void *unused)
{
	(void)unused;
	if (!open_card(false))
		return DMA_ENOMEM;
	if (open_pool()) {
		receive_all();
		send_all();
	}
	close_card();
	return use.right == frames ? 0 : DMA_EIO;
}

static void every_hook_fails(void **state)
{
	struct sim_config machine = sim_config_plain("noncoherent");
	unsigned runs;

	(void)state;
	frames = 5;
	for (unsigned i = 0; i < 2; i++) {
		rig_device = sim_vdev_config();
		rig_device.queue_size = 8;
		(void)sim_vdev_config_parse(&rig_device, rig_layouts[i]);
		assert_int_equal(sim_for_each_failure(&machine, attempt, NULL, &runs), 0);
		assert_true(runs > 20);
		print_message("%s: %u runs\n", rig_layouts[i], runs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_both_ways_on_every_row),
		cmocka_unit_test(packets_that_the_caller_keeps),
		cmocka_unit_test(a_frame_from_a_list),
		cmocka_unit_test(checksums_and_segments),
		cmocka_unit_test(what_a_card_has_not),
		cmocka_unit_test(a_card_that_lies),
		cmocka_unit_test(a_card_that_does_not_send),
		cmocka_unit_test(a_fault_of_the_iommu),
		cmocka_unit_test(every_hook_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
