/* SPDX-License-Identifier: MPL-2.0 */
/*
 * drivers/virtio's network card, instrumented: frames come in at any time, and each has to be the one that was sent.
 * CARD in the environment: words of sim_vdev.h (packed).
 */
#include "../../../platform/sim/devices/sim_vdev.h"
#include "net.h"
#include "text.h"
#include <dmacheck_models.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 300 };
static struct sim_vdev *card;
static unsigned sent, received;

static size_t length_of(unsigned i)
{
	return 60 + i * 37 % 1400;
}

static void make(unsigned i, unsigned char *frame)
{
	for (size_t k = 0; k < length_of(i); k++)
		frame[k] = (unsigned char)(k + i * 13);
}

/* No more than a few are under way, so that the driver looks at entries that are being written. */
static void at_any_time(void *context)
{
	unsigned char frame[1514];

	(void)context;
	if (sent < FRAMES && sent - received < 4 && sim_choose(64) == 1) {
		make(sent, frame);
		sim_vnic_arrive(card, frame, length_of(sent));
		sent++;
	}
	if (sim_choose(16) == 1)
		sim_models_work();
}

static void on_received(struct net *net, const struct net_packet *packet)
{
	unsigned char frame[1514] = {0}, wanted[1514];

	make(received, wanted);
	DMACHECK(packet->nbytes == length_of(received));
	DMACHECK(dma_slice_read_bytes(&packet->block->slice, packet->offset, frame, packet->nbytes) == 0);
	DMACHECK(memcmp(frame, wanted, length_of(received)) == 0);
	received++;
	net->ops->give(net, packet);
}

void dmacheck_main(void)
{
	const struct sim_vnic_config wire = {.fd = -1};
	struct sim_vdev_config config = sim_vdev_config();
	const char *words = getenv("CARD");
	char text[200];
	struct text why = text_in(text, sizeof(text));
	struct net *net;
	int got = 0;

	DMACHECK(!words || sim_vdev_config_parse(&config, words));
	card = sim_vnic_add(&config, &wire);
	if (!DMACHECK(card != NULL) || !DMACHECK(net_open(0, &net, &why) == 0))
		return;
	net_listen(net, on_received, NULL);
	sim_watch(at_any_time, NULL);
	for (unsigned polls = 0; received < FRAMES && polls < 100000 && got >= 0; polls++) {
		got = net->ops->poll(net);
		dmacheck_wait();
	}
	sim_watch(NULL, NULL);
	DMACHECK(received == FRAMES && got >= 0);
	net->ops->stop(net);
	DMACHECK(net->ops->close(net) == 0);
}
