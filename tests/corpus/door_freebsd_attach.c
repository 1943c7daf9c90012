/* SPDX-License-Identifier: MPL-2.0 */
/*
 * FreeBSD's door: a driver as a kernel has it, attached by its module, with an interrupt that it sleeps for. It asks a
 * coprocessor by a message in memory, and syncs behind the answer as one does before it (PREREAD for POSTREAD).
 */
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/param.h>
#include <sys/rman.h>
#include <sys/systm.h>

#include "corpus.h"

struct softc {
	struct mtx lock;
	struct resource *memory, *irq;
	void *cookie;
	bus_dma_tag_t tag;
	bus_dmamap_t map;
	bus_addr_t addr;
	uint32_t *message;
	int done;
};

enum { MESSAGE = 128, GO = 0, STATUS = 4 };

static void loaded(void *arg, bus_dma_segment_t *segs, int nseg, int error)
{
	if (!error && nseg == 1)
		*(bus_addr_t *)arg = segs[0].ds_addr;
}

static void intr(void *arg)
{
	struct softc *sc = arg;

	mtx_lock(&sc->lock);
	if (bus_read_4(sc->memory, STATUS) == 1) {
		sc->done = 1;
		wakeup(&sc->done);
	}
	mtx_unlock(&sc->lock);
}

static int probe(device_t dev)
{
	device_set_desc(dev, "coprocessor");
	return BUS_PROBE_DEFAULT;
}

static int attach(device_t dev)
{
	struct softc *sc = device_get_softc(dev);
	void *memory;
	int rid = 0;

	sc->memory = bus_alloc_resource_any(dev, SYS_RES_MEMORY, &rid, RF_ACTIVE);
	sc->irq = bus_alloc_resource_any(dev, SYS_RES_IRQ, &rid, RF_ACTIVE);
	if (!sc->memory || !sc->irq)
		return ENXIO;
	mtx_init(&sc->lock, "coprocessor", NULL, MTX_DEF);
	if (bus_setup_intr(dev, sc->irq, INTR_TYPE_MISC | INTR_MPSAFE, NULL, intr, sc, &sc->cookie))
		return ENXIO;
	if (bus_dma_tag_create(bus_get_dma_tag(dev), MESSAGE, 0, BUS_SPACE_MAXADDR_32BIT, BUS_SPACE_MAXADDR, NULL, NULL,
			       MESSAGE, 1, MESSAGE, 0, NULL, NULL, &sc->tag))
		return ENOMEM;
	if (bus_dmamem_alloc(sc->tag, &memory, BUS_DMA_WAITOK | BUS_DMA_ZERO, &sc->map))
		return ENOMEM;
	sc->message = memory;
	return bus_dmamap_load(sc->tag, sc->map, memory, MESSAGE, loaded, &sc->addr, BUS_DMA_NOWAIT);
}

static int detach(device_t dev)
{
	struct softc *sc = device_get_softc(dev);

	bus_dmamap_unload(sc->tag, sc->map);
	bus_dmamem_free(sc->tag, sc->message, sc->map);
	(void)bus_dma_tag_destroy(sc->tag);
	(void)bus_teardown_intr(dev, sc->irq, sc->cookie);
	(void)bus_release_resource(dev, SYS_RES_IRQ, 0, sc->irq);
	return bus_release_resource(dev, SYS_RES_MEMORY, 0, sc->memory);
}

static uint32_t ask(device_t dev, uint32_t question)
{
	struct softc *sc = device_get_softc(dev);

	sc->message[0] = htole32(question);
	bus_dmamap_sync(sc->tag, sc->map, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	sc->done = 0;
	bus_write_4(sc->memory, GO, (uint32_t)sc->addr);
	mtx_lock(&sc->lock);
	while (!sc->done)
		if (mtx_sleep(&sc->done, &sc->lock, 0, "answer", 10 * hz))
			break;
	mtx_unlock(&sc->lock);
	bus_dmamap_sync(sc->tag, sc->map,
			REPAIRED ? BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE : BUS_DMASYNC_PREREAD);
	return le32toh(sc->message[1]); /* MISTAKE */
}

static device_method_t methods[] = {DEVMETHOD(device_probe, probe), DEVMETHOD(device_attach, attach),
				    DEVMETHOD(device_detach, detach), DEVMETHOD_END};
static driver_t driver = {"coprocessor", methods, sizeof(struct softc)};
static devclass_t devclass;
DRIVER_MODULE(coprocessor, simplebus, driver, devclass, 0, 0);

/* ---- The coprocessor ---- */

static struct sim_device *coprocessor;
static uint32_t status;
static volatile uint32_t heard;

static uint64_t read_register(void *context, uint64_t offset, unsigned nbytes)
{
	uint32_t was = status;

	(void)context, (void)nbytes;
	if (offset != STATUS)
		return 0;
	status = 0;
	return was;
}

static void write_register(void *context, uint64_t offset, uint64_t value, unsigned nbytes)
{
	uint32_t question = 0, answer;

	(void)context, (void)nbytes;
	if (offset != GO)
		return;
	DMACHECK(sim_device_read(coprocessor, dma_daddr(value), &question, 4) == 0);
	answer = question + 1;
	DMACHECK(sim_device_write(coprocessor, dma_daddr(value + 4), &answer, 4) == 0);
	status = 1;
	dmacheck_interrupt();
}

void dmacheck_main(void)
{
	device_t dev = coprocessor = dmacheck_device("coprocessor");

	(void)devclass;
	DMACHECK(dmacheck_freebsd_attach("coprocessor", dev,
					 dmacheck_registers(8, read_register, write_register, NULL)) == 0);
	DMACHECK(devclass_get_device(devclass_find("coprocessor"), 0) == dev);
	for (uint32_t i = 1; i < 4; i++) {
		heard = ask(dev, i);
		DMACHECK(heard == i + 1 || !REPAIRED);
	}
	DMACHECK(dmacheck_freebsd_detach(dev) == 0);
}
