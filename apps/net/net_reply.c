/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Answers: their memory, mapped once in a pool, or the memory of the question, mapped for the way back as a list.
 * Called by whoever received the question, an interrupt handler as a rule.
 */
#include <dmastream/platform.h>

#include "net_app.h"

static struct reply *take_reply(struct app *app)
{
	uintptr_t state = dma_host_lock(&app->lock);
	struct reply *reply = app->free;

	if (reply)
		app->free = reply->next;
	dma_host_unlock(&app->lock, state);
	return reply;
}

static void give_reply(struct reply *reply)
{
	struct app *app = reply->app;
	uintptr_t state;

	if (reply->in_place) {
		dma_list_unmap(&reply->list);
		app_count(&app->counts.unmaps);
		app->net->ops->give(app->net, &reply->packet);
	}
	reply->in_place = false;
	if (reply->block)
		(void)dma_pool_put(&app->frames, reply->block);
	reply->block = NULL;
	state = dma_host_lock(&app->lock);
	reply->next = app->free;
	app->free = reply;
	dma_host_unlock(&app->lock, state);
}

static void sent(struct net_send *send)
{
	give_reply((struct reply *)send); /* the first member */
}

int app_replies_open(struct app *app)
{
	struct dma_pool_config frames = {
		.name = "answers",
		.dir = DMA_TO_DEVICE,
		.block_size = APP_BLOCK,
		.blocks = APP_REPLIES,
		.reserve = APP_REPLIES,
	};
	int error = dma_pool_create(&app->frames, app->net->dma, &frames);

	for (unsigned i = 0; !error && i < APP_REPLIES; i++) {
		app->replies[i].app = app;
		give_reply(&app->replies[i]);
	}
	/* In place, edges of what a device must not see beside the payload are bounced. */
	return error ? error : dma_buffer_reserve(app->net->dma, APP_BLOCK, APP_REPLIES / 4);
}

int app_replies_close(struct app *app)
{
	return app->frames.dev ? dma_pool_destroy(&app->frames) : 0;
}

/* Memory for an answer with these bytes at its start, synced. NULL: there is none, which is counted. */
static struct reply *begin(struct app *app, const unsigned char *bytes, size_t nbytes)
{
	struct reply *reply = take_reply(app);
	int error;

	if (!reply) {
		app_count(&app->counts.unanswered);
		return NULL;
	}
	reply->send = (struct net_send){.complete = sent};
	error = dma_pool_get(&app->frames, &reply->block);
	if (!error)
		error = dma_slice_write_bytes(&reply->block->slice, 0, bytes, nbytes);
	if (!error)
		error = dma_slice_sync_to_device(&reply->block->slice, 0, nbytes);
	if (!error) {
		app_count(&app->counts.syncs_to_device);
		return reply;
	}
	app_count(&app->counts.unanswered);
	give_reply(reply);
	return NULL;
}

static void finish(struct app *app, struct reply *reply)
{
	if (!app->net->ops->send(app->net, &reply->send))
		return;
	app_count(&app->counts.unanswered);
	give_reply(reply);
}

void app_reply(struct app *app, const unsigned char *frame, size_t nbytes)
{
	struct reply *reply = begin(app, frame, nbytes);

	if (!reply)
		return;
	reply->send.daddr = dma_block_daddr(reply->block);
	reply->send.nbytes = nbytes;
	finish(app, reply);
}

bool app_reply_in_place(struct app *app, const struct net_packet *packet, const unsigned char *headers,
			size_t header_bytes, size_t nbytes)
{
	struct reply *reply = begin(app, headers, header_bytes);
	struct dma_slice head, payload;
	int error;

	if (!reply)
		return false;
	dma_list_init(&reply->list, reply->pieces, 2);
	error = dma_slice_slice(&reply->block->slice, 0, header_bytes, &head);
	if (!error)
		error = dma_slice_slice(&packet->block->slice, packet->offset + header_bytes, nbytes - header_bytes,
					&payload);
	if (!error)
		error = dma_list_add_slice(&reply->list, &head);
	if (!error)
		error = dma_list_add_slice(&reply->list, &payload);
	if (!error)
		error = dma_list_map(&reply->list, app->net->dma, DMA_TO_DEVICE);
	if (error) { /* a device that does not snoop has slices of whole lines; some memory cannot be in a list */
		give_reply(reply);
		return false;
	}
	app_count(&app->counts.maps);
	app_count(&app->counts.syncs_to_device);
	reply->packet = *packet;
	reply->in_place = true;
	reply->send.list = &reply->list;
	reply->send.nbytes = nbytes;
	finish(app, reply);
	return true;
}
