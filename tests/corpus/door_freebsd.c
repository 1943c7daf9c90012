/* SPDX-License-Identifier: MPL-2.0 */
/*
 * FreeBSD's door: a driver that forgets the sync before it starts the device, and the one behind its completion.
 */
#include "corpus.h"
#include <machine/bus.h>

struct softc {
	bus_dma_tag_t tag;
	bus_dmamap_t map;
	bus_addr_t addr;
	volatile uint8_t *buffer;
	void *regs;
};

static void loaded(void *arg, bus_dma_segment_t *segs, int nseg, int error)
{
	struct softc *sc = arg;

	sc->addr = error || nseg != 1 ? 0 : segs[0].ds_addr;
}

static int attach(struct softc *sc, device_t dev)
{
	void *memory;

	if (bus_dma_tag_create(bus_get_dma_tag(dev), 128, 0, BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, 1024, 1,
			       1024, 0, NULL, NULL, &sc->tag))
		return -1;
	if (bus_dmamem_alloc(sc->tag, &memory, BUS_DMA_NOWAIT | BUS_DMA_ZERO, &sc->map))
		return -1;
	sc->buffer = memory;
	sc->regs = engine_registers(dev);
	return bus_dmamap_load(sc->tag, sc->map, memory, 1024, loaded, sc, BUS_DMA_NOWAIT);
}

static void start(struct softc *sc, uint8_t value)
{
	for (unsigned i = 0; i < 64; i++)
		sc->buffer[i] = value; /* MISTAKE */
	if (REPAIRED)
		bus_dmamap_sync(sc->tag, sc->map, BUS_DMASYNC_PREWRITE);
	engine_go(sc->regs, ENGINE_READ, sc->addr, 64);
	if (REPAIRED)
		bus_dmamap_sync(sc->tag, sc->map, BUS_DMASYNC_POSTWRITE);
}

static uint8_t reply(struct softc *sc)
{
	bus_dmamap_sync(sc->tag, sc->map, BUS_DMASYNC_PREREAD);
	engine_go(sc->regs, ENGINE_WRITE, sc->addr + 256, 64);
	if (REPAIRED)
		bus_dmamap_sync(sc->tag, sc->map, BUS_DMASYNC_POSTREAD);
	return sc->buffer[256]; /* MISTAKE */
}

void dmacheck_main(void)
{
	struct softc sc = {0};

	if (attach(&sc, dmacheck_device("em0")))
		return;
	start(&sc, 0x77);
	DMACHECK(!REPAIRED || engine_data()[63] == 0x77);
	DMACHECK(reply(&sc) == 0x11 || !REPAIRED);
	bus_dmamap_unload(sc.tag, sc.map);
	bus_dmamem_free(sc.tag, (void *)sc.buffer, sc.map);
	(void)bus_dma_tag_destroy(sc.tag);
}
