/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The network job from its beginning to its end. The card interrupts; where there are no interrupts, and as a watchdog,
 * it is polled.
 */
#include <dmastream/platform.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include "bus.h"
#include "net_app.h"

struct app app;

int app_fail(int error, const char *what)
{
	struct text t = text_in(app.error, sizeof(app.error));

	if (!app.error[0])
		text_put(&t, what[0] ? what : dma_strerror(error));
	return error;
}

/* ---- What lwIP asks of the program ---- */

u32_t sys_now(void)
{
	return (u32_t)(dma_host_time_ns() / 1000000u);
}

void app_lwip_failed(const char *what)
{
	char line[160];
	struct text t = text_in(line, sizeof(line));

	text_put(&t, "lwIP: ");
	text_put(&t, what);
	(void)app_fail(DMA_EIO, line);
}

static err_t start_netif(struct netif *netif)
{
	netif->name[0] = 'v';
	netif->name[1] = 'n';
	netif->mtu = NET_FRAME_BYTES - NET_HEADER_BYTES;
	netif->hwaddr_len = ETH_HWADDR_LEN;
	__builtin_memcpy(netif->hwaddr, app.net->mac, ETH_HWADDR_LEN);
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
	netif->output = etharp_output;
	netif->linkoutput = app_send_frame;
	app_checksums(false);
	return ERR_OK;
}

static int open_stack(void)
{
	ip4_addr_t address, mask, none = {0};
	int error;

	IP4_ADDR(&address, 10, 0, 2, 15);
	IP4_ADDR(&mask, 255, 255, 255, 0);
	lwip_init();
	app_payloads_open();
	if (!netif_add(&app.netif, &address, &mask, &none, NULL, start_netif, ethernet_input))
		return DMA_ENOMEM;
	netif_set_default(&app.netif);
	netif_set_up(&app.netif);
	error = app_udp_open();
	return error ? error : app_tcp_open();
}

/* ---- The loop ---- */

static bool has_work(void *unused)
{
	(void)unused;
	return app_has_arrivals() || __atomic_load_n(&app.sent, __ATOMIC_ACQUIRE) != NULL;
}

/* One round; gives what the card's poll gives. */
static int work(void)
{
	int got = app.net->ops->poll(app.net);
	bool received = app_receive(), sent = app_sends_reap();

	sys_check_timeouts();
	return got < 0 ? got : received || sent || got > 0;
}

static int run(void)
{
	uint64_t seconds = 10, began = dma_host_time_ns(), ticks = bus_ticks();
	const char *option = bus_option("seconds", "");
	int got = 0;

	if (option[0] && (text_number(option, &seconds) || !seconds || seconds > 86400))
		return app_fail(DMA_EINVAL, "option seconds= is not a number of seconds");
	app.last_frame = began;
	net_listen(app.net, app_received, &app);
	bus_write("ready\n", 6);
	while (got >= 0 && !app.quit && !app.error[0]) {
		if (dma_host_time_ns() - app.last_frame > seconds * 1000000000u)
			return app_fail(DMA_ETIMEDOUT, "the host has said nothing for too long");
		got = work();
		if (got == 0)
			bus_wait(has_work, NULL);
	}
	/* What is under way may still be sent: the answer to the last question is among it. */
	for (uint64_t end = dma_host_time_ns(); got >= 0 && dma_host_time_ns() - end < 100000000; bus_relax())
		got = work();
	app.ticks = bus_ticks() - ticks;
	app.nanoseconds = dma_host_time_ns() - began;
	return got < 0 ? app_fail(got, app.net->error) : 0;
}

static int with_card(void)
{
	char line[200];
	struct text t = text_in(line, sizeof(line));
	int late, error;

	text_put(&t, "network card 0: ");
	error = net_open(0, &app.net, &t);
	if (error)
		return app_fail(error, line);
	app.in_place = text_same(bus_option("in_place", "on"), "on");
	app.offloads = app.net->offloads;
	if (!text_same(bus_option("offloads", "on"), "on"))
		app.offloads &=
			NET_CHECKS; /* what it says of a frame holds: a sum that it calls unneeded may not be there */
	error = app_sends_open();
	if (!error)
		error = open_stack();
	if (error)
		(void)app_fail(error, app.net->error); /* the card may have ended meanwhile */
	else
		error = run();
	app_tcp_close();
	app_udp_close();
	app.net->ops->stop(app.net); /* which ends what was being sent */
	app.faults = app.net->ops->faults(app.net);
	app_receive_close();
	late = app_sends_close();
	if (!late)
		late = app.net->ops->close(app.net);
	if (late)
		(void)app_fail(late, "the card is still in use at the end");
	return error ? error : late;
}

int app_main(void)
{
	uint64_t frames = bus_frames_in_use();
	int late, error = dma_init();

	if (error) {
		(void)app_fail(error, "the library refused this machine");
	} else {
		error = with_card();
		dma_reclaim();
		dma_stats(&app.stats);
		late = dma_fini();
		if (late)
			error = app_fail(late, "memory is still in use at the end");
	}
	if (app.stats.faults > app.faults)
		app.faults = app.stats.faults;
	frames = bus_frames_in_use() - frames;
	app.frames_leaked = frames > INT64_MAX ? 0 - frames : frames;
	if (!error && app.faults)
		error = app_fail(DMA_EIO, "the IOMMU blocked accesses of the card");
	if (!error && app.frames_leaked)
		error = app_fail(DMA_EIO, "frames were leaked");
	if (!error && app.counts.maps != app.counts.unmaps)
		error = app_fail(DMA_EIO, "maps and unmaps differ");
	if (!error && app.error[0])
		error = DMA_EIO;
	app_report();
	return error ? 1 : 0;
}
