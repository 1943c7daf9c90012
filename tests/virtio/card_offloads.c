/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Checksums and segments that are left to the virtio network card, and what is refused because the card has no such
 * offload or because the request makes no sense.
 */
#include "card_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
		put16(frame + 20, 0); /* no fragment */
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

/* ---- Received ---- */

enum { DAMAGED = 0xee, SEEN = 60 };

static unsigned seen, believed;

static void look(struct net *net, const struct net_packet *packet)
{
	uint8_t frame[600], wanted[600];

	make_tcp(wanted, sizeof(wanted), false);
	if (SIM_CHECK(packet->nbytes == sizeof(frame) &&
		      dma_slice_read_bytes(&packet->block->slice, packet->offset, frame, sizeof(frame)) == 0)) {
		SIM_CHECK(memcmp(frame + 60, wanted + 60, sizeof(frame) - 61) == 0);
		SIM_CHECK(!packet->checked || (frame[0] != DAMAGED && net->offloads & NET_CHECKS));
	}
	seen++;
	believed += packet->checked;
	net->ops->give(net, packet);
}

static void received(void *arg)
{
	bool has = arg;
	uint8_t frame[600];

	if (!SIM_CHECK(open_card(has)))
		return;
	seen = believed = 0;
	net_listen(use.net, look, NULL);
	for (unsigned i = 0; i < SEEN; i++) {
		make_tcp(frame, sizeof(frame), false);
		put16(frame + 50, ~sum16(0, frame + 34, sizeof(frame) - 34) & 0xffff);
		if (i % 3 == 0) {
			frame[sizeof(frame) - 1] ^= (uint8_t)(1 + i);
			frame[0] = DAMAGED;
		}
		sim_vnic_arrive(use.model, frame, sizeof(frame));
	}
	for (unsigned turns = 0; seen < SEEN && use.error >= 0 && SIM_CHECK(turns < TURNS); turns++)
		poll_card();
	SIM_CHECK(has ? believed > 0 && believed <= SEEN * 2 / 3 : !believed);
	close_card();
}

/* A sum is believed where the card says that it is right, or that the frame needs none: of no other, and of none of a
 * card that does not look. */
static void sums_that_the_card_has_looked_at(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	assert_int_equal(rig_each_layout("coherent", received, NULL, 2), 0);
	assert_int_equal(rig_each_layout("coherent", received, &rig_device, 2), 0);
	assert_int_equal(rig_each_layout("noncoherent,line=128", received, &rig_device, 2), 0);
}

/* ---- Some of them ---- */

/* 5.1.3.1: segments need checksums; a card is used for what is left of what it offers. */
static void some(void *arg)
{
	static const unsigned bits[] = {NET_SENDS_CHECKSUMS, NET_SENDS_SEGMENTS, NET_SENDS_SEGMENTS_6, NET_CHECKS};
	unsigned offered = (unsigned)(uintptr_t)arg, wanted = 0;
	struct net_send send = {.nbytes = 600, .checksum_start = 34, .checksum_offset = 16, .daddr = dma_daddr(0x1000)};

	for (unsigned i = 0; i < 4; i++)
		wanted |= offered >> i & 1 ? bits[i] : 0;
	if (!(offered & VNET_CHECKSUMS))
		wanted &= NET_CHECKS;
	if (!SIM_CHECK(open_card_with(offered)))
		return;
	SIM_CHECK(use.net->offloads == wanted);
	for (unsigned v6 = 0; v6 < 2; v6++) {
		send.segment_bytes = 100;
		send.header_bytes = 600; /* which no card takes */
		send.ipv6 = v6;
		SIM_CHECK(use.net->ops->send(use.net, &send) ==
			  (wanted & (v6 ? NET_SENDS_SEGMENTS_6 : NET_SENDS_SEGMENTS) ? DMA_EINVAL : DMA_ENOTSUP));
	}
	SIM_CHECK(use.net->counts.sent == 0);
	close_card();
}

static void each_combination_of_offloads(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	for (uintptr_t offered = 0; offered <= VNET_ALL; offered++)
		assert_int_equal(rig_each_layout("coherent", some, (void *)offered, 0), 0);
}

/* ---- Refused ---- */

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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums_and_segments),
		cmocka_unit_test(sums_that_the_card_has_looked_at),
		cmocka_unit_test(each_combination_of_offloads),
		cmocka_unit_test(what_a_card_has_not),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
