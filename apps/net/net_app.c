/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The network job from its beginning to its end. Frames are received and answered in interrupt handlers; where there
 * are none, and as a watchdog, the card is polled.
 */
#include <dmastream/platform.h>

#include "bus.h"
#include "net_app.h"

int app_fail(struct app *app, int error, const char *what)
{
	struct text t = text_in(app->error, sizeof(app->error));

	if (!app->error[0])
		text_put(&t, what[0] ? what : dma_strerror(error));
	return error;
}

static bool has_quit(void *context)
{
	return __atomic_load_n(&((struct app *)context)->quit, __ATOMIC_ACQUIRE);
}

static int run(struct app *app)
{
	uint64_t seconds = 10, began = dma_host_time_ns(), ticks = bus_ticks();
	const char *option = bus_option("seconds", "");
	int got = 0;

	if (option[0] && (text_number(option, &seconds) || !seconds || seconds > 86400))
		return app_fail(app, DMA_EINVAL, "option seconds= is not a number of seconds");
	app->in_place = text_same(bus_option("in_place", "on"), "on");
	__atomic_store_n(&app->last_frame, began, __ATOMIC_RELAXED);
	net_listen(app->net, app_received, app);
	bus_write("ready\n", 6);
	while (got >= 0 && !has_quit(app)) {
		/* Signed: an interrupt may note a frame between the two, and another CPU's clock may be ahead (hazard
		 * 72). */
		if ((int64_t)(dma_host_time_ns() - __atomic_load_n(&app->last_frame, __ATOMIC_RELAXED)) >
		    (int64_t)(seconds * 1000000000u))
			return app_fail(app, DMA_ETIMEDOUT, "the host has said nothing for too long");
		got = app->net->ops->poll(app->net);
		if (got == 0)
			bus_wait(has_quit, app);
	}
	/* What is under way may still be sent: the answer to the last question is among it. */
	for (uint64_t end = dma_host_time_ns(); got >= 0 && dma_host_time_ns() - end < 100000000; bus_relax())
		got = app->net->ops->poll(app->net);
	app->ticks = bus_ticks() - ticks;
	app->nanoseconds = dma_host_time_ns() - began;
	return got < 0 ? app_fail(app, got, app->net->error) : 0;
}

static int with_card(struct app *app)
{
	char line[200];
	struct text t = text_in(line, sizeof(line));
	int late, error;

	text_put(&t, "network card 0: ");
	error = net_open(0, &app->net, &t);
	if (error)
		return app_fail(app, error, line);
	error = app_replies_open(app);
	if (error)
		(void)app_fail(app, error, app->net->error); /* the card may have ended meanwhile */
	else
		error = run(app);
	app->net->ops->stop(app->net); /* which ends what was being sent */
	app->faults = app->net->ops->faults(app->net);
	late = app_replies_close(app);
	if (!late)
		late = app->net->ops->close(app->net);
	if (late)
		(void)app_fail(app, late, "the card is still in use at the end");
	return error ? error : late;
}

int app_main(void)
{
	static struct app app;
	uint64_t frames = bus_frames_in_use();
	int late, error = dma_init();

	if (error) {
		(void)app_fail(&app, error, "the library refused this machine");
	} else {
		error = with_card(&app);
		dma_reclaim();
		dma_stats(&app.stats);
		late = dma_fini();
		if (late)
			error = app_fail(&app, late, "memory is still in use at the end");
	}
	if (app.stats.faults > app.faults)
		app.faults = app.stats.faults;
	frames = bus_frames_in_use() - frames;
	app.frames_leaked = frames > INT64_MAX ? 0 - frames : frames;
	if (!error && app.faults)
		error = app_fail(&app, DMA_EIO, "the IOMMU blocked accesses of the card");
	if (!error && app.frames_leaked)
		error = app_fail(&app, DMA_EIO, "frames were leaked");
	if (!error && app.counts.maps != app.counts.unmaps)
		error = app_fail(&app, DMA_EIO, "maps and unmaps differ");
	app_report(&app);
	return error ? 1 : 0;
}
