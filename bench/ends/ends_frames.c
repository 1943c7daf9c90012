/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Frames sent and received by a network card. Frames are blocks of pools; those that come are asked for from the other
 * end of the wire.
 */
#include "ends.h"

enum { BURST = 32, SENDS = 16, FRAMES = 64, HEADER = 14, ASK_BYTES = 60, TYPE = 0x88b5 };

struct send {
	struct net_send send; /* first */
	struct dma_block *block;
	bool busy;
};

static struct net *card;
static struct dma_pool frames;
static struct send sends[FRAMES];
static uint64_t came;
static unsigned char frame[NET_FRAME_BYTES];

static void received(struct net *net, const struct net_packet *packet)
{
	unsigned char type[2];

	if (packet->nbytes >= HEADER && !dma_slice_read_bytes(&packet->block->slice, packet->offset + 12, type, 2) &&
	    type[0] == TYPE >> 8 && type[1] == (TYPE & 0xff))
		__atomic_add_fetch(&came, 1, __ATOMIC_RELEASE);
	net->ops->give(net, packet);
}

static void sent(struct net_send *done)
{
	struct send *s = (struct send *)done;

	(void)dma_pool_put(&frames, s->block);
	__atomic_store_n(&s->busy, false, __ATOMIC_RELEASE);
}

__attribute__((noinline)) static bool wait_any_free(void)
{
	for (unsigned i = 0; i < FRAMES; i++)
		if (!__atomic_load_n(&sends[i].busy, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

__attribute__((noinline)) static bool wait_none_busy(void)
{
	for (unsigned i = 0; i < FRAMES; i++)
		if (__atomic_load_n(&sends[i].busy, __ATOMIC_ACQUIRE))
			return false;
	return true;
}

static int send_frame(struct send *s, size_t nbytes)
{
	int error = dma_pool_get(&frames, &s->block);

	if (error)
		return ends_fail(error, "no memory for a frame");
	s->send = (struct net_send){.complete = sent, .nbytes = nbytes, .daddr = dma_block_daddr(s->block)};
	s->busy = true;
	error = dma_slice_write_bytes(&s->block->slice, 0, frame, nbytes);
	if (!error)
		error = dma_slice_sync_to_device(&s->block->slice, 0, nbytes);
	if (!error)
		error = card->ops->send(card, &s->send);
	if (!error)
		return 0;
	sent(&s->send);
	return error == DMA_EBUSY ? error : ends_fail(error, "a frame cannot be sent");
}

static int send_one(size_t nbytes)
{
	for (;;) {
		for (unsigned i = 0; i < FRAMES; i++)
			if (!__atomic_load_n(&sends[i].busy, __ATOMIC_ACQUIRE)) {
				int error = send_frame(&sends[i], nbytes);

				if (error != DMA_EBUSY)
					return error;
				break;
			}
		if (card->ops->poll(card) < 0)
			return ends_fail(DMA_EIO, card->error);
		wait_for(wait_any_free);
	}
}

/* Bursts, so that what is done does not depend on how fast the host is. */
static int all_sent(void)
{
	while (!wait_none_busy()) {
		wait_answers();
		if (card->ops->poll(card) < 0)
			return ends_fail(DMA_EIO, card->error);
		if (!ends_bursts)
			wait_for(wait_none_busy);
	}
	return 0;
}

static uint64_t wanted;
__attribute__((noinline)) static bool wait_all_came(void)
{
	return __atomic_load_n(&came, __ATOMIC_ACQUIRE) >= wanted;
}

/* Asks the other end of the wire for a burst of frames, and waits for them; those that are lost, asks for again. */
static int receive_burst(const struct job *job, uint64_t n)
{
	uint64_t before = __atomic_load_n(&came, __ATOMIC_ACQUIRE), began = dma_host_time_ns();
	int error;

	frame[14] = (unsigned char)n;
	frame[15] = (unsigned char)(job->bytes >> 8);
	frame[16] = (unsigned char)job->bytes;
	wanted = before + n;
	error = send_one(ASK_BYTES);
	while (!error && !wait_all_came()) {
		wait_answers();
		if (card->ops->poll(card) < 0)
			return ends_fail(DMA_EIO, card->error);
		if (!ends_bursts)
			wait_for(wait_all_came);
		if ((int64_t)(dma_host_time_ns() - began) > 2000000000)
			break;
	}
	return error;
}

int ends_run_frames(const struct job *job, uint64_t ops)
{
	uint64_t began = dma_host_time_ns(), first = __atomic_load_n(&came, __ATOMIC_ACQUIRE);
	int error = 0;

	frame[14] = 0;
	for (uint64_t i = 0; i < ops && job->send && !error; i++) {
		error = send_one(job->bytes);
		if (!error && (i + 1) % SENDS == 0)
			error = all_sent();
	}
	while (!job->send && !error && __atomic_load_n(&came, __ATOMIC_ACQUIRE) - first < ops) {
		uint64_t left = ops - (__atomic_load_n(&came, __ATOMIC_ACQUIRE) - first);

		error = receive_burst(job, left < BURST ? left : BURST);
		if ((int64_t)(dma_host_time_ns() - began) > 60000000000)
			return ends_fail(DMA_ETIMEDOUT, "the frames do not come");
	}
	return error;
}

int ends_open_net(struct text *why)
{
	struct dma_pool_config config = {
		.name = "frames", .dir = DMA_TO_DEVICE, .block_size = 2048, .blocks = 4 * FRAMES};
	int error = net_open(0, &card, why);

	if (error)
		return error;
	for (unsigned i = 0; i < 6; i++) {
		frame[i] = 0xff;
		frame[6 + i] = card->mac[i];
	}
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	net_listen(card, received, NULL);
	return dma_pool_create(&frames, card->dma, &config);
}
