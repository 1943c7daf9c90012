/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What FreeBSD's drivers use around bus_dma(9), for dmacheck: attachment, resources, locks, sleeping. Written from the
 * manual pages (device(9), DRIVER_MODULE(9), rman(9), mutex(9), sleep(9), …). The harness attaches the driver by
 * dmacheck_freebsd_attach().
 */
#ifndef DMACHECK_FREEBSD_H
#define DMACHECK_FREEBSD_H

#include <endian.h>
#include <errno.h>
#include <machine/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int boolean_t;
#define TRUE			 1
#define FALSE			 0
#define PAGE_SIZE		 4096
#define PAGE_MASK		 4095
#define nitems(a)		 (sizeof(a) / sizeof((a)[0]))
#define roundup2(n, to)		 (((n) + ((to)-1)) & ~((to)-1))
#define KASSERT(condition, text) ((void)DMACHECK(condition))
#define panic(...)		 (dmacheck_freebsd_printf(__VA_ARGS__), (void)DMACHECK(!"panic()"))
extern int bootverbose, cold, hz; /* 0, 0, 100 */
int dmacheck_freebsd_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define printf(...)		   dmacheck_freebsd_printf(__VA_ARGS__)
#define device_printf(dev, ...)	   ((void)(dev), dmacheck_freebsd_printf(__VA_ARGS__))
#define bzero(at, nbytes)	   memset(at, 0, nbytes)
#define bcopy(from, to, nbytes)	   memmove(to, from, nbytes)
#define device_set_desc(dev, text) ((void)(dev), (void)(text))
#define device_get_nameunit(dev)   ((void)(dev), "dev0")
#define device_get_unit(dev)	   ((void)(dev), 0)

/* ---- A driver and its device ---- */

typedef struct dmacheck_freebsd_method {
	const char *name;
	void *function;
} device_method_t;
typedef struct dmacheck_freebsd_driver {
	const char *name;
	device_method_t *methods;
	size_t size; /* of its softc */
} driver_t;
typedef const driver_t *devclass_t;
typedef struct module *module_t;
#define DEVMETHOD(name, f)                                                                                             \
	{                                                                                                              \
#name, (void *)(f)                                                                                     \
	}
#define DEVMETHOD_END                                                                                                  \
	{                                                                                                              \
		NULL, NULL                                                                                             \
	}
#define BUS_PROBE_DEFAULT (-20)
#define BUS_PROBE_GENERIC (-100)
void dmacheck_freebsd_driver(const driver_t *driver);
#define DRIVER_MODULE(name, bus, driver, ...)                                                                          \
	__attribute__((constructor)) static void dmacheck_module_##name##_##bus(void)                                  \
	{                                                                                                              \
		dmacheck_freebsd_driver(&(driver));                                                                    \
	}                                                                                                              \
	struct dmacheck_unused
#define MODULE_VERSION(...) struct dmacheck_unused
#define MODULE_DEPEND(...)  struct dmacheck_unused

/* For the harness: probe and attach of the driver of that name, for a device with these registers; what they return. */
int dmacheck_freebsd_attach(const char *driver, device_t dev, void *registers);
int dmacheck_freebsd_detach(device_t dev);
/* The driver's method of that name, as the interface's macros (NAME_IF.H) call it: "mbox_read". NULL: it has none. */
void *dmacheck_freebsd_method(device_t dev, const char *name);
void *device_get_softc(device_t dev);
devclass_t devclass_find(const char *name);
device_t devclass_get_device(devclass_t driver, int unit);

/* ---- Resources ---- */

struct resource {
	int type;
	char *registers;
};
#define SYS_RES_IRQ		   1
#define SYS_RES_MEMORY		   3
#define RF_ACTIVE		   2
#define RF_SHAREABLE		   4
#define INTR_TYPE_NET		   4
#define INTR_TYPE_MISC		   16
#define INTR_MPSAFE		   512
#define FILTER_STRAY		   1
#define FILTER_HANDLED		   2
#define rman_get_bustag(r)	   ((void)(r), 0)
#define rman_get_bushandle(r)	   ((r)->registers)
#define bus_read_4(r, off)	   ((uint32_t)dmacheck_register_read((r)->registers, off, 4))
#define bus_write_4(r, off, value) dmacheck_register_write((r)->registers, off, value, 4)
typedef int driver_filter_t(void *arg);
typedef void driver_intr_t(void *arg);
struct resource *bus_alloc_resource_any(device_t dev, int type, int *rid, unsigned flags);
int bus_release_resource(device_t dev, int type, int rid, struct resource *r);
int bus_setup_intr(device_t dev, struct resource *r, int flags, driver_filter_t *filter, driver_intr_t *handler,
		   void *arg, void **cookie);
int bus_teardown_intr(device_t dev, struct resource *r, void *cookie);

/* ---- Locks (one CPU: nothing), sleeping ---- */

struct mtx {
	int unused;
};
struct sx {
	int unused;
};
#define MTX_DEF			      0
#define MTX_SPIN		      1
#define MA_OWNED		      0
#define mtx_init(m, name, type, opts) ((void)(m), (void)(name))
#define mtx_destroy(m)		      ((void)(m))
#define mtx_lock(m)		      ((void)(m))
#define mtx_unlock(m)		      ((void)(m))
#define mtx_lock_spin(m)	      ((void)(m))
#define mtx_unlock_spin(m)	      ((void)(m))
#define mtx_assert(m, what)	      ((void)(m))
#define sx_init(s, name)	      ((void)(s), (void)(name))
#define sx_destroy(s)		      ((void)(s))
#define sx_xlock(s)		      ((void)(s))
#define sx_xunlock(s)		      ((void)(s))
/* Pauses until wakeup(chan), of an interrupt handler; EWOULDBLOCK after ticks pauses (0: never). */
int dmacheck_freebsd_sleep(const void *chan, int ticks);
void wakeup(const void *chan);
#define wakeup_one(chan)			    wakeup(chan)
#define mtx_sleep(chan, mtx, priority, text, ticks) ((void)(mtx), dmacheck_freebsd_sleep(chan, ticks))
#define msleep(chan, mtx, priority, text, ticks)    ((void)(mtx), dmacheck_freebsd_sleep(chan, ticks))
#define tsleep(chan, priority, text, ticks)	    dmacheck_freebsd_sleep(chan, ticks)
#define pause(text, ticks)			    ((void)(text), (void)(ticks), dmacheck_wait())

/* ---- The device tree: each device is there, and is the first of the driver's table ---- */

struct ofw_compat_data {
	const char *ocd_str;
	uintptr_t ocd_data;
};
#define ofw_bus_status_okay(dev)	      ((void)(dev), 1)
#define ofw_bus_search_compatible(dev, table) ((void)(dev), &(table)[0])
#define ofw_bus_is_compatible(dev, name)      ((void)(dev), (void)(name), 1)

#ifdef __cplusplus
}
#endif
#endif
