/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Registers of devices, under addresses that a driver's volatile loads and stores can use, too; interrupts; pauses.
 */
#include "runtime.h"
#include <sys/mman.h>
#include <unistd.h>

#define WINDOWS	 64
#define PATIENCE 100000u

static struct window {
	uintptr_t host;
	size_t nbytes;
	volatile unsigned char *reg; /* the machine's address */
	sim_mmio_read read;
	sim_mmio_write write;
	void *context;
} windows[WINDOWS];
static unsigned nwindows;

static struct {
	volatile unsigned char *at;
	size_t n;
} written; /* announced: made by now, or next */

static void (*handler)(void *context);
static void *handler_context;
static bool raised, handling;

static uint64_t read_nothing(void *context, uint64_t offset, unsigned nbytes)
{
	const struct window *w = context;

	return w->read ? w->read(w->context, offset, nbytes) : 0;
}

static void write_nothing(void *context, uint64_t offset, uint64_t value, unsigned nbytes)
{
	const struct window *w = context;

	if (w->write)
		w->write(w->context, offset, value, nbytes);
}

void *dmacheck_registers_at(uintptr_t address, size_t nbytes, sim_mmio_read read, sim_mmio_write write, void *context)
{
	size_t room = (nbytes + 4095) & ~(size_t)4095;
	uintptr_t in = address & 4095;
	struct window *w = &windows[nwindows];
	uint64_t paddr = 0x10000000u + (uint64_t)nwindows * 0x100000;
	volatile void *reg;
	char *host;

	if (nwindows == WINDOWS || room > 0x100000)
		return NULL;
	host = mmap((void *)(address - in), room + in, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | (address ? MAP_FIXED_NOREPLACE : MAP_32BIT), -1, 0);
	if (host == MAP_FAILED)
		return NULL;
	*w = (struct window){
		.host = (uintptr_t)host + in, .nbytes = nbytes, .read = read, .write = write, .context = context};
	sim_mmio_register(paddr, room, read_nothing, write_nothing, w);
	if (dma_host_mmio_map((dma_paddr_t){paddr}, room, &reg))
		return NULL;
	w->reg = reg;
	nwindows++;
	return host + in;
}

void *dmacheck_registers(size_t nbytes, sim_mmio_read read, sim_mmio_write write, void *context)
{
	return dmacheck_registers_at(0, nbytes, read, write, context);
}

bool register_at(const volatile void *at, volatile void **reg)
{
	for (unsigned i = 0; i < nwindows; i++)
		if ((uintptr_t)at - windows[i].host < windows[i].nbytes) {
			*reg = windows[i].reg + ((uintptr_t)at - windows[i].host);
			return true;
		}
	return false;
}

static uint64_t plain(const volatile unsigned char *at, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

void registers_settle(void)
{
	volatile void *reg;
	size_t n = written.n;

	written.n = 0;
	if (n && register_at(written.at, &reg))
		sim_register_write(reg, plain(written.at, n), (unsigned)n);
}

void registers_announce(volatile void *at, size_t n, bool write)
{
	volatile unsigned char *bytes = at;
	volatile void *reg;
	uint64_t value;

	if (!nwindows || !register_at(at, &reg) || n > 8)
		return;
	if (write) {
		written.at = at;
		written.n = n;
		return;
	}
	value = sim_register_read(reg, (unsigned)n);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(value >> 8 * i);
}

void dmacheck_register_write(void *registers, size_t offset, uint64_t value, unsigned nbytes)
{
	volatile void *reg;

	door();
	sim_publish();
	if (register_at((char *)registers + offset, &reg))
		sim_register_write(reg, value, nbytes);
}

uint64_t dmacheck_register_read(void *registers, size_t offset, unsigned nbytes)
{
	volatile void *reg;
	uint64_t value = UINT64_MAX;

	door();
	if (register_at((char *)registers + offset, &reg))
		value = sim_register_read(reg, nbytes);
	sim_consume();
	return value;
}

/* ---- Interrupts and pauses ---- */

void dmacheck_on_interrupt(void (*call)(void *context), void *context)
{
	handler = call;
	handler_context = context;
}

void dmacheck_interrupt(void)
{
	raised = true;
}

void interrupts_arrive(void)
{
	if (!raised || handling || !handler)
		return;
	raised = false;
	handling = true;
	sim_consume(); /* no load of the handler has run before the interrupt */
	handler(handler_context);
	handling = false;
}

/* What the driver waits for does not come: no device has done anything for very long. */
static void in_vain(void)
{
	struct finding *f = finding_new(CRASH, NULL, 0);

	finding_say(f, "the driver waits for ever: no device has touched memory in %u pauses", PATIENCE);
	finding_send(f);
	_exit(4);
}

void dmacheck_wait(void)
{
	static uint64_t seen;
	static unsigned pauses;

	door();
	sim_relax();
	interrupts_arrive();
	pauses = seen == judge_accesses() ? pauses + 1 : 0;
	seen = judge_accesses();
	if (pauses == PATIENCE)
		in_vain();
}

struct sim_device *dmacheck_device(const char *name)
{
	struct sim_device_config config = sim.config.device;

	config.name = name;
	return sim_device_new(&config);
}
