/* SPDX-License-Identifier: MPL-2.0 */
/* What the tests of the virtio network card share: see card_rig.h. */
#include "card_rig.h"
#include <stdio.h>
#include <string.h>
#include <text.h>

char card_error[200];
unsigned card_frames = FRAMES;
struct use use;
struct sending sendings[FRAMES];

size_t length_of(unsigned i)
{
	return i % 7 == 0 ? 1514 : 14 + i * 37 % 1500;
}

void make(unsigned i, uint8_t *frame, size_t n)
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

bool open_card(bool offloads)
{
	return open_card_with(offloads ? VNET_ALL : 0);
}

bool open_card_with(unsigned offloads)
{
	struct sim_vnic_config config = {.fd = -1, .offloads = offloads, .sent = on_wire, .ctx = &use};
	struct text why = text_in(card_error, sizeof(card_error));

	memset(&use, 0, sizeof(use));
	card_error[0] = 0;
	use.model = sim_vnic_add(&rig_device, &config);
	if (!SIM_CHECK(use.model != NULL) || net_open(0, &use.net, &why))
		return false;
	net_listen(use.net, on_received, &use);
	return true;
}

void poll_card(void)
{
	use.error = use.net->ops->poll(use.net);
	sim_relax();
}

void poll_until_it_fails(void)
{
	for (unsigned turns = 0; use.error >= 0 && SIM_CHECK(turns < TURNS); turns++)
		poll_card();
}

bool start_a_frame(void)
{
	uint8_t frame[60];

	if (!SIM_CHECK(open_card(false)) || !SIM_CHECK(open_pool()))
		return false;
	make(0, frame, sizeof(frame));
	return SIM_CHECK(send_frame(&sendings[0], frame, sizeof(frame)));
}

void close_card(void)
{
	snprintf(card_error, sizeof(card_error), "%s", use.net->error);
	use.net->ops->stop(use.net);
	if (use.nheld)
		SIM_CHECK(use.net->ops->close(use.net) == DMA_EBUSY);
	while (use.nheld)
		use.net->ops->give(use.net, &use.held[--use.nheld]);
	if (use.pool.dev)
		SIM_CHECK(dma_pool_destroy(&use.pool) == 0);
	SIM_CHECK(use.net->ops->close(use.net) == 0);
}

void on_sent(struct net_send *send)
{
	struct sending *s = (struct sending *)send;

	use.told++;
	if (s->block)
		(void)dma_pool_put(&use.pool, s->block);
	s->block = NULL;
}

bool open_pool(void)
{
	struct dma_pool_config config = {.name = "frames", .dir = DMA_TO_DEVICE, .block_size = BLOCK, .blocks = 16};

	return dma_pool_create(&use.pool, use.net->dma, &config) == 0;
}

bool send_frame(struct sending *s, const uint8_t *frame, size_t n)
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

void receive_all(void)
{
	unsigned arrived = 0;

	for (unsigned turns = 0; use.received < card_frames && use.error >= 0 && SIM_CHECK(turns < TURNS); turns++) {
		for (unsigned i = 0; i < 8 && arrived < card_frames; i++, arrived++) {
			uint8_t frame[1514];

			make(arrived, frame, length_of(arrived));
			sim_vnic_arrive(use.model, frame, length_of(arrived));
		}
		poll_card();
	}
}

void send_all(void)
{
	uint8_t frame[1514];
	unsigned started = 0;

	for (unsigned turns = 0; use.told < card_frames && use.error >= 0 && SIM_CHECK(turns < TURNS); turns++) {
		while (started < card_frames) {
			make(started, frame, length_of(started));
			if (!send_frame(&sendings[started], frame, length_of(started)))
				break;
			started++;
		}
		poll_card();
	}
}
