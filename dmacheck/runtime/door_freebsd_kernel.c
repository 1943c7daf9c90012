/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What FreeBSD's drivers use around bus_dma(9): drivers and their devices, resources, interrupts, sleeping.
 */
#include "runtime.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

struct driver_method {
	const char *name;
	void *function;
};
struct driver {
	const char *name;
	const struct driver_method *methods;
	size_t size;
};
struct resource {
	int type;
	char *registers;
};
enum { DEVICES = 16, DRIVERS = 16, SYS_RES_IRQ = 1, SYS_RES_MEMORY = 3 };
static const struct driver *drivers[DRIVERS];
static unsigned ndrivers;
static struct attached {
	struct sim_device *dev;
	const struct driver *driver;
	void *softc;
	struct resource memory, irq;
	int (*filter)(void *arg);
	void (*handler)(void *arg);
	void *arg;
} attached[DEVICES];
static unsigned nattached;
static const void *sleeps_on;

extern int bootverbose, cold, hz;
int bootverbose, cold, hz = 100;

static struct attached *attached_of(const struct sim_device *dev)
{
	for (unsigned i = 0; i < nattached; i++)
		if (attached[i].dev == dev)
			return &attached[i];
	return NULL;
}

int dmacheck_freebsd_printf(const char *format, ...);
int dmacheck_freebsd_printf(const char *format, ...)
{
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(NULL, 0, format, list);
	va_end(list);
	return n;
}

void dmacheck_freebsd_driver(const struct driver *driver);
void dmacheck_freebsd_driver(const struct driver *driver)
{
	if (ndrivers < DRIVERS)
		drivers[ndrivers++] = driver;
}

const struct driver *devclass_find(const char *name);
const struct driver *devclass_find(const char *name)
{
	for (unsigned i = 0; i < ndrivers; i++)
		if (strcmp(drivers[i]->name, name) == 0)
			return drivers[i];
	return NULL;
}

struct sim_device *devclass_get_device(const struct driver *driver, int unit);
struct sim_device *devclass_get_device(const struct driver *driver, int unit)
{
	for (unsigned i = 0; driver && i < nattached; i++)
		if (attached[i].driver == driver && unit-- == 0)
			return attached[i].dev;
	return NULL;
}

void *device_get_softc(struct sim_device *dev);
void *device_get_softc(struct sim_device *dev)
{
	struct attached *a = attached_of(dev);

	return a ? a->softc : NULL;
}

void *dmacheck_freebsd_method(struct sim_device *dev, const char *name);
void *dmacheck_freebsd_method(struct sim_device *dev, const char *name)
{
	struct attached *a = attached_of(dev);

	for (const struct driver_method *m = a ? a->driver->methods : NULL; m && m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m->function;
	return NULL;
}

/* Calls a method that takes the device alone; 0 where the driver has none. */
static int method_call(struct sim_device *dev, const char *name)
{
	union {
		void *at;
		int (*call)(struct sim_device *dev);
	} method = {.at = dmacheck_freebsd_method(dev, name)};

	return method.at ? method.call(dev) : 0;
}

int dmacheck_freebsd_attach(const char *name, struct sim_device *dev, void *registers);
int dmacheck_freebsd_attach(const char *name, struct sim_device *dev, void *registers)
{
	const struct driver *driver = devclass_find(name);
	struct attached *a = &attached[nattached];
	int error;

	if (!driver || nattached == DEVICES)
		return ENXIO;
	*a = (struct attached){.dev = dev,
			       .driver = driver,
			       .softc = heap_take(HEAP, driver->size ? driver->size : 1, 128),
			       .memory = {SYS_RES_MEMORY, registers},
			       .irq = {SYS_RES_IRQ, NULL}};
	if (!a->softc)
		return ENOMEM;
	page_store(a->softc, driver->size, __builtin_return_address(0));
	memset(a->softc, 0, driver->size);
	door();
	nattached++;
	error = method_call(dev, "device_probe");
	return error > 0 ? error : method_call(dev, "device_attach");
}

int dmacheck_freebsd_detach(struct sim_device *dev);
int dmacheck_freebsd_detach(struct sim_device *dev)
{
	return method_call(dev, "device_detach");
}

struct resource *bus_alloc_resource_any(struct sim_device *dev, int type, int *rid, unsigned flags);
struct resource *bus_alloc_resource_any(struct sim_device *dev, int type, int *rid, unsigned flags)
{
	struct attached *a = attached_of(dev);

	(void)flags;
	if (!a || *rid != 0)
		return NULL;
	if (type == SYS_RES_IRQ)
		return &a->irq;
	return type == SYS_RES_MEMORY && a->memory.registers ? &a->memory : NULL;
}

int bus_release_resource(struct sim_device *dev, int type, int rid, struct resource *r);
int bus_release_resource(struct sim_device *dev, int type, int rid, struct resource *r)
{
	(void)dev, (void)rid;
	return r && r->type == type ? 0 : EINVAL;
}

static void interrupt(void *context)
{
	struct attached *a = context;

	if (a->filter)
		(void)a->filter(a->arg);
	if (a->handler)
		a->handler(a->arg);
}

int bus_setup_intr(struct sim_device *dev, struct resource *r, int flags, int (*filter)(void *arg),
		   void (*handler)(void *arg), void *arg, void **cookie);
int bus_setup_intr(struct sim_device *dev, struct resource *r, int flags, int (*filter)(void *arg),
		   void (*handler)(void *arg), void *arg, void **cookie)
{
	struct attached *a = attached_of(dev);

	(void)flags;
	if (!a || r != &a->irq || (!filter && !handler))
		return EINVAL;
	a->filter = filter;
	a->handler = handler;
	a->arg = arg;
	*cookie = a;
	dmacheck_on_interrupt(interrupt, a);
	return 0;
}

int bus_teardown_intr(struct sim_device *dev, struct resource *r, void *cookie);
int bus_teardown_intr(struct sim_device *dev, struct resource *r, void *cookie)
{
	struct attached *a = attached_of(dev);

	if (!a || cookie != a || r != &a->irq)
		return EINVAL;
	a->filter = NULL;
	a->handler = NULL;
	return 0;
}

/* One sleeper at a time: there is one CPU, and handlers run while it pauses. */
int dmacheck_freebsd_sleep(const void *chan, int ticks);
int dmacheck_freebsd_sleep(const void *chan, int ticks)
{
	sleeps_on = chan;
	for (int i = 0; sleeps_on == chan; i++) {
		if (ticks && i == ticks) {
			sleeps_on = NULL;
			return EWOULDBLOCK;
		}
		dmacheck_wait();
	}
	return 0;
}

void wakeup(const void *chan);
void wakeup(const void *chan)
{
	if (sleeps_on == chan)
		sleeps_on = NULL;
}
