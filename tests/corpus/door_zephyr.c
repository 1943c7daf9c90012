/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Zephyr's door: a UART's receive and transmit buffers, static, without the flush before the transfer or the invalidate
 * behind it; the receive buffer shares a line with a counter.
 */
#include "corpus.h"
#include <zephyr/cache.h>
#include <zephyr/kernel.h>

static struct uart {
	void *regs;
	uint8_t tx[64] __aligned(CONFIG_DCACHE_LINE_SIZE);
	uint32_t received __aligned(REPAIRED ? CONFIG_DCACHE_LINE_SIZE : 4);
	uint8_t rx[64] __aligned(REPAIRED ? CONFIG_DCACHE_LINE_SIZE : 16);
} uart;

static void send(struct uart *u, const char *text)
{
	size_t n = strlen(text);

	memcpy(u->tx, text, n); /* MISTAKE */
	if (REPAIRED)
		sys_cache_data_flush_range(u->tx, n);
	engine_go(u->regs, ENGINE_READ, POINTER_TO_UINT(u->tx), n);
}

static uint8_t receive(struct uart *u)
{
	sys_cache_data_invd_range(u->rx, sizeof(u->rx));
	engine_start(u->regs, ENGINE_WRITE, POINTER_TO_UINT(u->rx), sizeof(u->rx));
	u->received += sizeof(u->rx); /* MISTAKE: in the line that the device writes */
	while (!engine_done(u->regs))
		k_busy_wait(1);
	if (REPAIRED)
		sys_cache_data_invd_range(u->rx, sizeof(u->rx));
	return *(volatile uint8_t *)u->rx; /* MISTAKE */
}

void dmacheck_main(void)
{
	dmacheck_identity();
	uart.regs = engine_registers(dmacheck_device("uart"));
	send(&uart, "hello");
	DMACHECK(receive(&uart) == 0x11 || !REPAIRED);
	DMACHECK(!REPAIRED || uart.received == sizeof(uart.rx));
}
