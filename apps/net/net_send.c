/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From lwIP to the card. Headers, and what is not in place, are copied to a block of a pool, which is mapped once and
 * for all; payloads that may be sent from where they were received are mapped as pieces of a list. A frame that the
 * card cuts into segments is one list, or one large block.
 */
#include <dmastream/platform.h>

#include "net_app.h"

/* ---- Their life ---- */

static void put_block(struct app_send *s)
{
	if (s->block)
		(void)dma_pool_put(s->pool, s->block);
	s->block = NULL;
}

/* A block for so many bytes, instead of the one that it has. */
static int get_block(struct app_send *s, size_t nbytes)
{
	put_block(s);
	s->pool = nbytes <= APP_BLOCK ? &app.frames : &app.large;
	return nbytes <= APP_BLOCK || app.large.dev ? dma_pool_get(s->pool, &s->block) : DMA_EINVAL;
}

static void give_back(struct app_send *s)
{
	if (s->npayloads) {
		dma_list_unmap(&s->list);
		app.counts.unmaps++;
	}
	while (s->npayloads) {
		struct app_payload *payload = s->payloads[--s->npayloads];

		if (!payload->packet.block)
			(void)app_fail(DMA_EIO, "a payload went back to the card while it was being sent");
		pbuf_free(&payload->custom.pbuf);
	}
	put_block(s);
	s->next = app.free_sends;
	app.free_sends = s;
}

/* By the card, in any context. */
static void sent(struct net_send *send)
{
	struct app_send *s = (struct app_send *)send; /* the first member */
	uintptr_t state = dma_host_lock(&app.sent_lock);

	s->next = app.sent;
	__atomic_store_n(&app.sent, s, __ATOMIC_RELEASE);
	dma_host_unlock(&app.sent_lock, state);
}

bool app_sends_reap(void)
{
	uintptr_t state;
	struct app_send *s;

	if (!__atomic_load_n(&app.sent, __ATOMIC_ACQUIRE))
		return false;
	state = dma_host_lock(&app.sent_lock);
	s = app.sent;
	__atomic_store_n(&app.sent, NULL, __ATOMIC_RELAXED);
	dma_host_unlock(&app.sent_lock, state);
	while (s) {
		struct app_send *next = s->next;

		give_back(s);
		s = next;
	}
	return true;
}

int app_sends_open(void)
{
	struct dma_pool_config frames = {
		.name = "frames",
		.dir = DMA_TO_DEVICE,
		.block_size = APP_BLOCK,
		.blocks = APP_SENDS,
	};
	struct dma_pool_config large = {
		.name = "large frames",
		.dir = DMA_TO_DEVICE,
		.block_size = APP_LARGE_BLOCK,
		.blocks = APP_LARGE,
	};
	int error = dma_pool_create(&app.frames, app.net->dma, &frames);

	if (!error && app.offloads & NET_SENDS_SEGMENTS)
		error = dma_pool_create(&app.large, app.net->dma, &large);
	for (unsigned i = 0; !error && i < APP_SENDS; i++)
		give_back(&app.sends[i]);
	/* In place, edges of what a device must not see beside the payload are bounced. */
	return error ? error : dma_buffer_reserve(app.net->dma, APP_BLOCK, APP_SENDS / 4);
}

int app_sends_close(void)
{
	int error;

	(void)app_sends_reap();
	error = app.large.dev ? dma_pool_destroy(&app.large) : 0;
	if (!error && app.frames.dev)
		error = dma_pool_destroy(&app.frames);
	return error;
}

/* ---- A frame ---- */

static struct app_send *take(void)
{
	struct app_send *s;

	if (!app.free_sends)
		(void)app_sends_reap();
	s = app.free_sends;
	if (!s)
		return NULL;
	app.free_sends = s->next;
	s->send = (struct net_send){.complete = sent};
	dma_list_init(&s->list, s->pieces, APP_PIECES);
	return s;
}

/* Copies the bytes of a pbuf to the block, at `at`. */
static int copy_in(struct app_send *s, size_t at, const struct pbuf *q)
{
	size_t off;
	const struct app_payload *payload = app_payload_at(q->payload, &off);
	struct dma_writer w;
	int error;

	if (!payload)
		return dma_slice_write_bytes(&s->block->slice, at, q->payload, q->len);
	error = dma_slice_writer(&s->block->slice, &w);
	if (!error)
		error = dma_writer_skip(&w, at);
	if (!error)
		dma_writer_limit(&w, q->len);
	return error ? error : app_payload_read(payload, off, &w);
}

static int add_piece(struct app_send *s, const struct dma_slice *whole, size_t off, size_t nbytes)
{
	struct dma_slice piece;
	int error = nbytes ? dma_slice_slice(whole, off, nbytes, &piece) : 0;

	return error || !nbytes ? error : dma_list_add_slice(&s->list, &piece);
}

/* All of it in the block: one address. */
static int copy_all(struct app_send *s, const struct pbuf *p)
{
	size_t at = 0;
	int error = 0;

	for (const struct pbuf *q = p; q && !error; at += q->len, q = q->next)
		error = copy_in(s, at, q);
	if (!error)
		error = dma_slice_sync_to_device(&s->block->slice, 0, at);
	s->send.daddr = dma_block_daddr(s->block);
	s->send.nbytes = at;
	return error;
}

/* Payloads that may stay where they are: a list. An error: it cannot be done here, and nothing is mapped. (A device
 * that does not snoop has slices of whole cache lines; some memory cannot be in a list.) */
static int map_pieces(struct app_send *s, const struct pbuf *p)
{
	const struct dma_slice *block = &s->block->slice;
	size_t off, at = 0, begin = 0; /* in the block: what is copied, and the part of it that is not in the list */
	unsigned npayloads = 0;
	int error = 0;

	for (const struct pbuf *q = p; q && !error; q = q->next) {
		struct app_payload *payload = app_payload_at(q->payload, &off);

		if (!payload || !payload->in_place || !q->len) {
			error = copy_in(s, at, q);
			at += q->len;
			continue;
		}
		error = add_piece(s, block, begin, at - begin);
		if (!error)
			error = add_piece(s, &payload->packet.block->slice, off, q->len);
		if (!error)
			s->payloads[npayloads++] = payload; /* fewer than pieces */
		begin = at;
	}
	if (!error)
		error = add_piece(s, block, begin, at - begin);
	if (!error)
		error = dma_list_map(&s->list, app.net->dma, DMA_TO_DEVICE);
	if (!error && dma_list_entries(&s->list) > app.net->segments) {
		dma_list_unmap(&s->list);
		error = DMA_ENOTSUP;
	}
	if (error) {
		dma_list_init(&s->list, s->pieces, APP_PIECES);
		return error;
	}
	app.counts.maps++;
	s->npayloads = npayloads;
	for (unsigned i = 0; i < npayloads; i++)
		pbuf_ref(&s->payloads[i]->custom.pbuf);
	s->send.list = &s->list;
	s->send.nbytes = p->tot_len;
	return 0;
}

static bool wants_in_place(const struct pbuf *p)
{
	for (size_t off; p; p = p->next) {
		const struct app_payload *payload = app_payload_at(p->payload, &off);

		if (payload && payload->in_place && p->len)
			return true;
	}
	return false;
}

/* The frame is where the card finds it: in place where that can be, else in a block. */
static int place(struct app_send *s, const struct pbuf *p)
{
	bool in_place = wants_in_place(p);
	int error = DMA_ENOTSUP;

	if (in_place && app.in_place) {
		error = get_block(s, APP_BLOCK); /* for the headers */
		if (!error)
			error = map_pieces(s, p);
	}
	if (in_place)
		*(error ? &app.counts.copied_instead : &app.counts.in_place) += 1;
	if (!error)
		return 0;
	error = get_block(s, p->tot_len);
	return error ? error : copy_all(s, p);
}

/* The card may be done with it; it is not given back yet. */
static void count_left(const struct net_send *send, size_t nbytes)
{
	app.counts.sums_left += send->checksum_offset != 0;
	if (!send->segment_bytes)
		return;
	app.counts.cut++;
	app.counts.segments += (nbytes - send->header_bytes + send->segment_bytes - 1) / send->segment_bytes;
}

err_t app_send_frame(struct netif *netif, struct pbuf *p)
{
	struct app_send *s = take();
	int error;

	(void)netif;
	if (!s) {
		app.counts.unanswered++;
		return ERR_MEM;
	}
	error = app_leave_to_card(&s->send, p);
	if (!error)
		error = place(s, p);
	app.counts.syncs_to_device += !error;
	if (!error)
		error = app.net->ops->send(app.net, &s->send);
	if (!error) {
		count_left(&s->send, p->tot_len);
		return ERR_OK;
	}
	app.counts.unanswered++;
	give_back(s);
	return ERR_WOULDBLOCK;
}
