/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Zephyr's door: a driver with an interrupt, a semaphore, registers and big-endian messages, which invalidates the
 * answer's buffer before the transfer alone: what the CPU reads may have been fetched meanwhile.
 */
#include "corpus.h"
#include <zephyr/cache.h>
#include <zephyr/device.h>
#include <zephyr/irq.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/sys/byteorder.h>

LOG_MODULE_REGISTER(box, CONFIG_LOG_DEFAULT_LEVEL);

enum { QUESTION = 0, ANSWER = 4, GO = 8, BOX_IRQ = 7 };
struct config {
	mm_reg_t base;
};
struct data {
	struct k_sem done;
	uint8_t question[64] __aligned(CONFIG_DCACHE_LINE_SIZE);
	uint8_t answer[64] __aligned(CONFIG_DCACHE_LINE_SIZE);
	uint32_t behind __aligned(CONFIG_DCACHE_LINE_SIZE);
};

static struct config config;
static struct data data;
static const struct device box = {.name = "box", .config = &config, .data = &data};

static void isr(const struct device *dev)
{
	struct data *d = dev->data;

	k_sem_give(&d->done);
}

static int init(const struct device *dev)
{
	struct data *d = dev->data;

	IRQ_CONNECT(BOX_IRQ, 0, isr, dev, 0);
	irq_enable(BOX_IRQ);
	return k_sem_init(&d->done, 0, 1);
}

static int ask(const struct device *dev, uint32_t question, uint32_t *answer)
{
	const struct config *c = dev->config;
	struct data *d = dev->data;

	sys_put_be32(question, d->question);
	sys_cache_data_flush_range(d->question, sizeof(d->question));
	sys_cache_data_invd_range(d->answer, sizeof(d->answer));
	sys_write32((uint32_t)POINTER_TO_UINT(d->question), c->base + QUESTION);
	sys_write32((uint32_t)POINTER_TO_UINT(d->answer), c->base + ANSWER);
	barrier_dsync_fence_full();
	sys_write32(1, c->base + GO);
	if (k_sem_take(&d->done, K_MSEC(1000))) {
		LOG_ERR("no answer");
		return -ETIMEDOUT;
	}
	if (REPAIRED)
		sys_cache_data_invd_range(d->answer, sizeof(d->answer));
	*answer = sys_get_be32(d->answer); /* MISTAKE */
	return 0;
}

/* ---- The box ---- */

static struct sim_device *dma;
static uint32_t registers[3];

static void write_register(void *context, uint64_t offset, uint64_t value, unsigned nbytes)
{
	uint8_t bytes[4];

	(void)context, (void)nbytes;
	registers[offset / 4 % 3] = (uint32_t)value;
	if (offset != GO)
		return;
	DMACHECK(sim_device_read(dma, dma_daddr(registers[0]), bytes, sizeof(bytes)) == 0);
	sys_put_be32(sys_get_be32(bytes) + 1, bytes);
	DMACHECK(sim_device_write(dma, dma_daddr(registers[1]), bytes, sizeof(bytes)) == 0);
	dmacheck_interrupt();
}

void dmacheck_main(void)
{
	volatile uint32_t heard = 0;
	uint32_t answer = 0;
	void *block = dmacheck_alloc(64);

	dmacheck_identity();
	/* Memory that a device gets 32 bits of, and that the host's own heap, up to 1 GiB behind the program, is
	 * never in the way of. */
	DMACHECK((uintptr_t)block > 0x44000000 && (uintptr_t)block <= UINT32_MAX);
	dmacheck_free(block);
	dma = dmacheck_device("box");
	config.base = (mm_reg_t)dmacheck_registers(12, NULL, write_register, NULL);
	DMACHECK(init(&box) == 0);
	for (uint32_t i = 1; i < 4; i++) {
		DMACHECK(ask(&box, i, &answer) == 0);
		heard = answer;
		DMACHECK(heard == i + 1 || !REPAIRED);
	}
}
