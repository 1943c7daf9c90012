/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Several CPUs use one virtio network card at once, for the thread sanitizer, too: all send, all poll, frames come,
 * and what came is given back by another CPU than the one that was told; the card is stopped, or fails, while they
 * do. Each frame is completed once, and arrives once, whole.
 */
#include "rig.h"
#include <dmastream/dmastream.h>
#include <net.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <text.h>
#include <unistd.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

enum { THREADS = 4, SLOTS = 8, SENDS = 120, ARRIVALS = 200, BYTES = 200, KEPT = 64, TURNS = 2000000 };

static struct net *card;
static struct dma_pool pool;
static int wire[2];
static bool ends, stopping; /* the card ends in the middle: by itself, or since it is stopped */
static unsigned told[THREADS], failed, came, right, on_wire, arrived, threads_left;

/* Packets on their way from who was told to who gives them back. */
static struct net_packet kept[KEPT];
static unsigned nkept;
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

struct slot {
	struct net_send send; /* first */
	struct dma_block *block;
	unsigned thread, busy;
};

static void fill(uint8_t *frame, uint8_t number)
{
	for (unsigned i = 0; i < BYTES; i++)
		frame[i] = rig_byte(i + number * 13u);
	frame[12] = number;
}

static bool is_whole(const uint8_t *frame, size_t nbytes)
{
	uint8_t wanted[BYTES];

	fill(wanted, frame[12]);
	return nbytes == BYTES && memcmp(frame, wanted, BYTES) == 0;
}

static void sent_to_wire(void *ctx, const uint8_t *frame, size_t nbytes)
{
	(void)ctx;
	if (SIM_CHECK(is_whole(frame, nbytes)))
		__atomic_fetch_add(&on_wire, 1, __ATOMIC_RELAXED);
}

static void received(struct net *net, const struct net_packet *packet)
{
	uint8_t frame[1514] = {0};

	__atomic_fetch_add(&came, 1, __ATOMIC_RELAXED);
	if (packet->nbytes <= sizeof(frame) &&
	    dma_slice_read_bytes(&packet->block->slice, packet->offset, frame, packet->nbytes) == 0 &&
	    is_whole(frame, packet->nbytes))
		__atomic_fetch_add(&right, 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&kept_lock);
	if (nkept < KEPT) {
		kept[nkept++] = *packet;
		packet = NULL;
	}
	pthread_mutex_unlock(&kept_lock);
	if (packet)
		net->ops->give(net, packet);
}

static void give_one(void)
{
	struct net_packet packet = {0};

	pthread_mutex_lock(&kept_lock);
	if (nkept)
		packet = kept[--nkept];
	pthread_mutex_unlock(&kept_lock);
	if (packet.block)
		card->ops->give(card, &packet);
}

static void completed(struct net_send *send)
{
	struct slot *s = (struct slot *)send;

	if (send->status)
		__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
	SIM_CHECK(dma_pool_put(&pool, s->block) == 0);
	__atomic_fetch_add(&told[s->thread], 1, __ATOMIC_RELAXED);
	/* Completed once. */
	SIM_CHECK(__atomic_exchange_n(&s->busy, 0, __ATOMIC_RELEASE) == 1);
}

/* 0, or why it was not started. */
static int start(struct slot *s, unsigned number)
{
	uint8_t frame[BYTES];
	int error = dma_pool_get(&pool, &s->block);

	if (error)
		return error;
	fill(frame, (uint8_t)number);
	s->send = (struct net_send){.complete = completed, .nbytes = BYTES, .daddr = dma_block_daddr(s->block)};
	__atomic_store_n(&s->busy, 1, __ATOMIC_RELAXED);
	error = dma_slice_write_bytes(&s->block->slice, 0, frame, BYTES);
	if (!error)
		error = dma_slice_sync_to_device(&s->block->slice, 0, BYTES);
	if (!error)
		error = card->ops->send(card, &s->send);
	if (error) {
		__atomic_store_n(&s->busy, 0, __ATOMIC_RELAXED);
		SIM_CHECK(dma_pool_put(&pool, s->block) == 0);
	}
	return error;
}

static void *live(void *arg)
{
	unsigned number = (unsigned)(uintptr_t)arg, started = 0, turns = 0;
	struct slot slots[SLOTS] = {0};
	bool over = false;

	sim_set_cpu(number);
	while (!over && SIM_CHECK(turns++ < TURNS)) {
		unsigned busy = 0;

		for (unsigned i = 0; i < SLOTS; i++) {
			struct slot *s = &slots[i];
			int error = 0;

			if (__atomic_load_n(&s->busy, __ATOMIC_ACQUIRE)) {
				busy++;
				continue;
			}
			s->thread = number;
			if (started < SENDS)
				error = start(s, started + number * SENDS);
			if (!error && started < SENDS) {
				started++;
				busy++;
			}
			/* Not now; or the card is gone: no more are started. */
			SIM_CHECK(!error || error == DMA_EBUSY || error == DMA_ENOMEM ||
				  (ends && (error == DMA_ENODEV || error == DMA_EIO)));
			if (error == DMA_ENODEV || error == DMA_EIO)
				started = SENDS;
		}
		if (card->ops->poll(card) < 0) {
			SIM_CHECK(ends);
			/* Whoever met the end: nothing is under way any more, and why it came is there to be read. */
			for (unsigned i = 0; i < SLOTS; i++)
				SIM_CHECK(!__atomic_load_n(&slots[i].busy, __ATOMIC_ACQUIRE));
			SIM_CHECK(stopping || card->error[0]);
		}
		give_one();
		if (stopping && number == 0 && started > SENDS / 2)
			card->ops->stop(card);
		over = started >= SENDS && !busy &&
		       (ends ||
			__atomic_load_n(&came, __ATOMIC_RELAXED) >= __atomic_load_n(&arrived, __ATOMIC_RELAXED));
		sim_relax();
	}
	__atomic_fetch_sub(&threads_left, 1, __ATOMIC_RELEASE);
	sim_handover();
	return NULL;
}

static void use_it(void *unused)
{
	struct dma_pool_config config = {
		.name = "frames", .dir = DMA_TO_DEVICE, .block_size = 2048, .blocks = (size_t)THREADS * SLOTS};
	struct sim_vnic_config nic = {.sent = sent_to_wire};
	uint8_t frame[BYTES];
	char error[200] = "";
	struct text why = text_in(error, sizeof(error));
	pthread_t threads[THREADS];
	unsigned sum = 0;

	(void)unused;
	memset(told, 0, sizeof(told));
	failed = came = right = on_wire = nkept = 0;
	if (!SIM_CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, wire) == 0))
		return;
	nic.fd = wire[0];
	if (!SIM_CHECK(sim_vnic_add(&rig_device, &nic) != NULL) || !SIM_CHECK(net_open(0, &card, &why) == 0))
		return;
	net_listen(card, received, NULL);
	if (!SIM_CHECK(dma_pool_create(&pool, card->dma, &config) == 0))
		return;
	arrived = ARRIVALS;
	threads_left = THREADS;
	for (unsigned i = 1; i < THREADS; i++)
		pthread_create(&threads[i], NULL, live, (void *)(uintptr_t)i);
	for (unsigned n = 0; n < ARRIVALS;) {
		fill(frame, (uint8_t)n);
		if (send(wire[1], frame, BYTES, 0) == BYTES)
			n++;
		else
			usleep(100);
		if (ends && n == ARRIVALS / 4)
			break;
	}
	live(NULL);
	for (unsigned i = 1; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	sim_set_cpu(0);
	while (nkept)
		give_one();
	for (unsigned i = 0; i < THREADS; i++)
		sum += told[i];
	SIM_CHECK(ends || right == came);
	SIM_CHECK(ends ? on_wire <= sum : on_wire == sum && sum == THREADS * SENDS && !failed && came == ARRIVALS);
	SIM_CHECK(!ends || stopping || card->error[0]);
	card->ops->stop(card);
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	SIM_CHECK(card->ops->close(card) == 0);
	close(wire[0]);
	close(wire[1]);
}

static void many_cpus_use_a_card(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	ends = stopping = false;
	assert_int_equal(rig_each_layout("low=1,high=1,cpus=4", use_it, NULL, 0), 0);
	assert_int_equal(rig_each_layout("low=1,high=1,cpus=4,noncoherent", use_it, NULL, 0), 0);
}

static void a_card_stops_under_them(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	ends = stopping = true;
	assert_int_equal(rig_each_layout("low=1,high=1,cpus=4", use_it, NULL, 0), 0);
}

/* Both queues may find something at once: one of them says what. */
static void a_card_fails_under_them(void **state)
{
	static const enum sim_vdev_lie lies[] = {VDEV_ID_RANGE, VDEV_LENGTH_MOST, VDEV_NEEDS_RESET, VDEV_GONE};

	(void)state;
	ends = true;
	stopping = false;
	for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		rig_device = sim_vdev_config();
		rig_device.lie = lies[i];
		rig_device.lie_at = 60;
		assert_int_equal(rig_each_layout("low=1,high=1,cpus=4", use_it, NULL, 0), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_cpus_use_a_card),
		cmocka_unit_test(a_card_stops_under_them),
		cmocka_unit_test(a_card_fails_under_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
