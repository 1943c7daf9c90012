/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A virtio network card of the simulated machine in use: frames that can be told again, what arrived, what was on the
 * wire. Shared by the card's tests.
 */
#ifndef TEST_CARD_RIG_H
#define TEST_CARD_RIG_H
#include "rig.h"
#include <dmastream/dmastream.h>
#include <net.h>

enum { FRAMES = 80, TURNS = 200000, BLOCK = 2048 };

extern char card_error[200]; /* the last message of the driver */
extern unsigned card_frames; /* that receive_all() and send_all() move */

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
extern struct use use;

struct sending {
	struct net_send send;
	struct dma_block *block;
	struct dma_list list;
	struct dma_piece pieces[3];
	struct dma_segment memory;
};
extern struct sending sendings[FRAMES];

/* Length and bytes of frame i. */
size_t length_of(unsigned i);
void make(unsigned i, uint8_t *frame, size_t n);

/* Opens the card that rig_device describes, with those offloads (VNET_…), or all / none. */
bool open_card_with(unsigned offloads);
bool open_card(bool offloads);
void poll_card(void);
void poll_until_it_fails(void);
/* Stops the card, gives back what is held, and closes it. */
void close_card(void);

/* The pool that send_frame() takes its blocks from. */
bool open_pool(void);
/* Sends a frame by way of a block of the pool; true if it was started. */
bool send_frame(struct sending *s, const uint8_t *frame, size_t n);
/* Opens a card and a pool, and starts one frame of 60 bytes. */
bool start_a_frame(void);
/* The completion of a struct sending: gives its block back. */
void on_sent(struct net_send *send);

/* card_frames frames from the wire; card_frames frames to it. Ends early when the card fails. */
void receive_all(void);
void send_all(void);

#endif
