/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A DMA engine with five registers.
 */
#include "dmacheck_models.h"
#include <string.h>

static struct engine {
	struct sim_device *dev;
	uint64_t addr;
	uint32_t length, command, done; /* done: bytes */
	bool failed;
} engines[8];
static unsigned nengines;
static unsigned char data[65536];

enum { PIECE = 256 };

static void step(struct engine *e)
{
	uint32_t left = e->length - e->done, n = left < PIECE ? left : PIECE;
	unsigned char bytes[PIECE];
	dma_daddr_t at = dma_daddr(e->addr + e->done);

	if (e->command == ENGINE_READ) {
		e->failed |= sim_device_work_read(e->dev, at, data + e->done, n) != 0;
	} else {
		for (uint32_t i = 0; i < n; i++)
			bytes[i] = e->command == ENGINE_ECHO ? data[e->done + i] : (unsigned char)(0x11 + e->done + i);
		e->failed |= sim_device_work_write(e->dev, at, bytes, n) != 0;
	}
	e->done += n;
}

static bool tick(void *context)
{
	struct engine *e = context;
	bool busy = e->command && e->done < e->length;

	if (busy && sim_choose(2) == 0)
		step(e);
	return busy;
}

static uint64_t read(void *context, uint64_t offset, unsigned nbytes)
{
	const struct engine *e = context;

	(void)nbytes;
	return offset == ENGINE_STATUS ? (e->done >= e->length) | (uint64_t)e->failed << 1 : 0;
}

static void write(void *context, uint64_t offset, uint64_t value, unsigned nbytes)
{
	struct engine *e = context;

	(void)nbytes;
	if (offset == ENGINE_ADDR)
		e->addr = value;
	else if (offset == ENGINE_LENGTH)
		e->length = value > sizeof(data) ? sizeof(data) : (uint32_t)value;
	if (offset != ENGINE_COMMAND)
		return;
	e->command = (uint32_t)value;
	e->done = 0;
	if (value == ENGINE_READ)
		memset(data, 0, sizeof(data));
	(void)tick(e);
}

void *engine_registers(struct sim_device *dev)
{
	struct engine *e = &engines[nengines++ % 8];

	*e = (struct engine){.dev = dev};
	sim_on_tick(tick, e);
	return dmacheck_registers(ENGINE_REGISTERS, read, write, e);
}

bool engine_done(void *registers)
{
	return dmacheck_register_read(registers, ENGINE_STATUS, 4) & 1;
}

void engine_start(void *registers, enum engine_command command, uint64_t daddr, size_t n)
{
	dmacheck_register_write(registers, ENGINE_ADDR, daddr, 8);
	dmacheck_register_write(registers, ENGINE_LENGTH, n, 4);
	dmacheck_register_write(registers, ENGINE_COMMAND, command, 4);
}

void engine_go(void *registers, enum engine_command command, uint64_t daddr, size_t n)
{
	engine_start(registers, command, daddr, n);
	while (!engine_done(registers))
		dmacheck_wait();
}

const unsigned char *engine_data(void)
{
	return data;
}
