/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Payloads that stay where the card wrote them. Such memory is read through its slice alone, so lwIP gets no pointer to
 * it: a pbuf's `payload` points into a range of addresses where no machine has memory, 4 KiB for each payload.
 *
 *     FIRST + (number of the payload) * 4096 + (offset in its block)
 *
 * lwIP moves such a pointer, and passes it to the two functions with which it copies and sums; they find the slice
 * again. Whoever else reads there faults at once.
 */
#include <dmastream/platform.h>

#include "net_app.h"

#define FIRST ((uintptr_t)0x4da0000000000000)
#define EACH  ((uintptr_t)4096)

_Static_assert(APP_BLOCK <= EACH, "a block is within its range");

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int value, size_t n);

struct app_payload *app_payload_at(const void *at, size_t *off)
{
	uintptr_t address = (uintptr_t)at - FIRST;

	if (address >= APP_PAYLOADS * EACH)
		return NULL;
	*off = address % EACH;
	return &app.payloads[address / EACH];
}

/* ---- Life ---- */

static void done(struct pbuf *p)
{
	struct app_payload *payload = (struct app_payload *)p; /* the first member of the first */

	app.net->ops->give(app.net, &payload->packet);
	payload->packet.block = NULL;
	payload->in_place = false;
	payload->next = app.free_payloads;
	app.free_payloads = payload;
	app.nfree_payloads++;
}

void app_payloads_open(void)
{
	for (unsigned i = APP_PAYLOADS; i-- > 0;) {
		app.payloads[i].next = app.free_payloads;
		app.free_payloads = &app.payloads[i];
	}
	app.nfree_payloads = APP_PAYLOADS;
}

struct pbuf *app_payload_new(const struct net_packet *packet, size_t header_bytes, unsigned least)
{
	struct app_payload *payload = app.free_payloads;
	size_t nbytes = packet->nbytes - header_bytes;
	uintptr_t at;

	if (!payload || app.nfree_payloads < least)
		return NULL;
	app.free_payloads = payload->next;
	app.nfree_payloads--;
	payload->packet = *packet;
	payload->custom.custom_free_function = done;
	at = FIRST + (uintptr_t)(payload - app.payloads) * EACH + packet->offset + header_bytes;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): there is nothing at that address, on purpose */
	return pbuf_alloced_custom(PBUF_RAW, (u16_t)nbytes, PBUF_REF, &payload->custom, (void *)at, (u16_t)nbytes);
}

void app_payload_allow_in_place(struct pbuf *p)
{
	for (size_t off; p; p = p->next) {
		struct app_payload *payload = app_payload_at(p->payload, &off);

		if (payload)
			payload->in_place = true;
	}
}

int app_payload_read(const struct app_payload *payload, size_t off, struct dma_writer *w)
{
	const struct dma_block *block = payload->packet.block;

	/* Without one, lwIP has kept a pointer for longer than the payload: a segment that waits for an address. */
	return block ? dma_slice_read(&block->slice, off, w) : DMA_EINVAL;
}

/* ---- What lwIP calls (arch/cc.h) ---- */

static void read_payload(const struct app_payload *payload, size_t off, void *to, size_t nbytes)
{
	struct dma_writer w = dma_writer_of(to, nbytes);

	if (!app_payload_read(payload, off, &w))
		return;
	memset(to, 0, nbytes);
	app_lwip_failed("a payload is read that is not there");
}

void *app_copy(void *to, const void *from, size_t nbytes)
{
	size_t off;
	const struct app_payload *payload = app_payload_at(from, &off);

	if (payload)
		read_payload(payload, off, to, nbytes);
	else
		memcpy(to, from, nbytes);
	return to;
}

/* RFC 1071, of 16-bit words as they lie in memory, on top of `sum`. */
static uint64_t sum_plain(uint64_t sum, const unsigned char *at, size_t nbytes)
{
	for (; nbytes >= 4; at += 4, nbytes -= 4) {
		uint32_t word;

		memcpy(&word, at, 4);
		sum += word;
	}
	if (nbytes) {
		uint32_t word = 0;

		memcpy(&word, at, nbytes);
		sum += word;
	}
	return sum;
}

uint16_t app_sum(const void *from, int nbytes)
{
	size_t off, left = (size_t)nbytes;
	const struct app_payload *payload = app_payload_at(from, &off);
	unsigned char part[256];
	uint64_t sum = 0;

	if (!payload)
		sum = sum_plain(0, from, left);
	for (size_t n; payload && left; off += n, left -= n) {
		n = left < sizeof(part) ? left : sizeof(part);
		read_payload(payload, off, part, n);
		sum = sum_plain(sum, part, n);
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}
