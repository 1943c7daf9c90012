/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The attacking device: what each attack needs. One run is one mode (strict or deferred, as the machine was booted),
 * and each attack is made cold and warm: before the device ever used the address, or right after, with its translation
 * in the IOTLB.
 */
#ifndef TESTS_ATTACKS_H
#define TESTS_ATTACKS_H

#include "../../drivers/bus.h"
#include "weapon.h"
#include <dmastream/dmastream.h>
#include <dmastream/domain.h>
#include <dmastream/iommu.h>
#include <dmastream/platform.h>

enum verdict {
	REPORTED, /* blocked, and the IOMMU said so: this device, this page */
	SILENT,	  /* blocked, hardware silent */
	HELD,	  /* it hit memory that the library keeps until the access has ended: nobody's */
	TOLD,	  /* readable, since the page-table format knows no write-only, and the domain says so */
	LET,	  /* let through by QEMU's unit, whatever is mapped: docs/security.md says which two */
	OPEN,	  /* memory changed, or bytes obtained */
	BROKEN,	  /* the test itself, or what is allowed, did not work */
};

/* Device addresses that are interrupts on some machine. */
#define DOORBELLS 5u
extern const uint64_t doorbells[DOORBELLS];

struct attacker {
	struct weapon device[2];	      /* the attacker, and somebody else */
	struct dma_stream marker[2], loot[2]; /* how their buffers are filled and looked into, by the book */
	bool warm;
	/* the last fault of the attacker */
	unsigned faults;
	uint64_t fault_page;
	unsigned interrupts_blocked;
};

/* ---- attacker.c ---- */
int attacker_open(struct attacker *a);
int attacker_close(struct attacker *a);

/* Bytes of a victim: random words that follow from the number. */
void secret_fill(dma_paddr_t paddr, size_t npages, unsigned number);
bool secret_intact(dma_paddr_t paddr, size_t npages, unsigned number);

/* The device uses an address as it may. */
bool device_reads(struct attacker *a, unsigned who, dma_daddr_t daddr);
bool device_writes(struct attacker *a, unsigned who, dma_daddr_t daddr);

/* The device tries to write n bytes, or to read them, where the secret `number` lies n_off bytes in. REPORTED and
 * SILENT only say whether a report came; for a read, OPEN says that the device obtained bytes. Whether memory has
 * changed is for the caller to check.
 */
enum verdict attack_write(struct attacker *a, dma_daddr_t daddr, size_t n);
enum verdict attack_read(struct attacker *a, dma_daddr_t daddr, size_t n, dma_paddr_t secret);
/* Both, a few bytes, and looks whether the secret page is intact. */
enum verdict attack_page(struct attacker *a, dma_daddr_t daddr, dma_paddr_t secret, unsigned number);

enum verdict worse(enum verdict a, enum verdict b);

/* What is open in QEMU's virtio-iommu by itself. */
enum verdict let_by_virtio(enum verdict verdict);
/* How a stream is made that will be split. */
unsigned splittable(const struct attacker *a);

/* ---- rows.c, rows_release.c: the attacks ---- */
struct attack {
	const char *name;
	enum verdict (*run)(struct attacker *a);
};

extern const struct attack attacks[];
extern const unsigned nattacks;

enum verdict attack_before_map(struct attacker *a);
enum verdict attack_past_end(struct attacker *a);
enum verdict attack_below_start(struct attacker *a);
enum verdict attack_write_to_device(struct attacker *a);
enum verdict attack_read_from_device(struct attacker *a);
enum verdict attack_other_device(struct attacker *a);
enum verdict attack_page_tables(struct attacker *a);
enum verdict attack_interrupts(struct attacker *a);
enum verdict attack_after_release(struct attacker *a);
enum verdict attack_released_half(struct attacker *a);
enum verdict attack_quarantine(struct attacker *a);

#endif
