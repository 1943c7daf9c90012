/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What Linux drivers use around the DMA API: packets, the log, waiting, interrupts.
 */
#include "runtime.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define HERE __builtin_return_address(0)

/* ---- Packets ---- */

struct net_device;
struct sk_buff {
	unsigned len, data_len;
	unsigned char *head, *data;
	struct net_device *dev;
	uint16_t protocol;
	unsigned char ip_summed;
};
enum { PAD = 64 };

static void (*on_packet)(const unsigned char *data, unsigned n);

void dmacheck_on_packet(void (*call)(const unsigned char *data, unsigned n));
void dmacheck_on_packet(void (*call)(const unsigned char *data, unsigned n))
{
	on_packet = call;
}

static struct sk_buff *new_skb(unsigned n, unsigned reserve)
{
	struct sk_buff *skb = calloc(1, sizeof(*skb));

	if (!skb)
		return NULL;
	skb->head = heap_take(HEAP, (size_t)n + reserve + 128, 128);
	skb->data = skb->head + reserve;
	if (!skb->head) {
		free(skb);
		return NULL;
	}
	return skb;
}

struct sk_buff *alloc_skb(unsigned n, unsigned flags);
struct sk_buff *alloc_skb(unsigned n, unsigned flags)
{
	(void)flags;
	return new_skb(n, 0);
}

struct sk_buff *netdev_alloc_skb(struct net_device *dev, unsigned n);
struct sk_buff *netdev_alloc_skb(struct net_device *dev, unsigned n)
{
	struct sk_buff *skb = new_skb(n, PAD);

	if (skb)
		skb->dev = dev;
	return skb;
}

struct sk_buff *netdev_alloc_skb_ip_align(struct net_device *dev, unsigned n);
struct sk_buff *netdev_alloc_skb_ip_align(struct net_device *dev, unsigned n)
{
	struct sk_buff *skb = new_skb(n + 2, PAD + 2);

	if (skb)
		skb->dev = dev;
	return skb;
}

void skb_reserve(struct sk_buff *skb, int n);
void skb_reserve(struct sk_buff *skb, int n)
{
	skb->data += n;
}

void *skb_put(struct sk_buff *skb, unsigned n);
void *skb_put(struct sk_buff *skb, unsigned n)
{
	skb->len += n;
	return skb->data + skb->len - n;
}

void dev_kfree_skb_any(struct sk_buff *skb);
void dev_kfree_skb_any(struct sk_buff *skb)
{
	if (!skb)
		return;
	call_free("dev_kfree_skb()", skb->head);
	free(skb);
}

/* The stack looks at the packet, as it would. */
int netif_rx(struct sk_buff *skb);
int netif_rx(struct sk_buff *skb)
{
	page_load(skb->data, skb->len, HERE);
	if (on_packet)
		on_packet(skb->data, skb->len);
	dev_kfree_skb_any(skb);
	return 0;
}

/* ---- The rest ---- */

int dmacheck_printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
int dmacheck_printk(const char *format, ...)
{
	va_list args;
	int n = 0;

	if (!getenv("DMACHECK_PRINTK"))
		return 0;
	va_start(args, format);
	n = vfprintf(stderr, format, args);
	va_end(args);
	return n;
}

struct completion {
	unsigned done;
};
unsigned long wait_for_completion_timeout(struct completion *c, unsigned long jiffies);
unsigned long wait_for_completion_timeout(struct completion *c, unsigned long jiffies)
{
	for (unsigned long i = 0; i < jiffies * 10; i++) {
		if (c->done) {
			c->done--;
			return jiffies;
		}
		dmacheck_wait();
	}
	return 0;
}

static int (*irq_handler)(int irq, void *dev);
static void *irq_device;
static int irq_number;

static void interrupt(void *context)
{
	(void)context;
	(void)irq_handler(irq_number, irq_device);
}

int request_irq(unsigned irq, int (*handler)(int irq, void *dev), unsigned long flags, const char *name, void *dev);
int request_irq(unsigned irq, int (*handler)(int irq, void *dev), unsigned long flags, const char *name, void *dev)
{
	(void)flags, (void)name;
	irq_handler = handler;
	irq_device = dev;
	irq_number = (int)irq;
	dmacheck_on_interrupt(interrupt, NULL);
	return 0;
}

void free_irq(unsigned irq, void *dev);
void free_irq(unsigned irq, void *dev)
{
	(void)irq, (void)dev;
	dmacheck_on_interrupt(NULL, NULL);
}
