/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the tests of the toolkit share: every kind of machine, with a device that has no IOMMU in front of it, or one
 * that is strict or deferred.
 *
 * The IOMMU is as hostile as a model can be: it caches each translation that it ever used until the library invalidates
 * it, so that a device reaches whatever was not invalidated. It walks the library's tables (VT-d's second-level format,
 * VT-d specification 9.8), and serves devices that do not snoop, which VT-d's own model does not.
 */
#ifndef TESTS_TOOLKIT_RIG_H
#define TESTS_TOOLKIT_RIG_H

#include "../../src/iommu/space/space.h"
#include "../core/core.h"

enum rig_iommu { RIG_NONE, RIG_STRICT, RIG_DEFERRED, RIG_IOMMUS };

struct rig {
	enum rig_iommu kind;
	struct core_device dev; /* as the machine's configuration says */
	struct dma_space space;
	struct dma_device_config config; /* what it was opened with; changed by rig_limits */
};

/* Limits of the device that the next rig_open() makes: what is not 0 counts. Reset by rig_open(). */
extern struct dma_device_config rig_limits;

/* The device that the next rig_open() takes, that of a rig which was closed; NULL: a new one. A machine has room for
 * few devices. Reset by rig_open(). */
extern struct sim_device *rig_device;

/* The IOMMU of rigs opened from now on wants an invalidation after each map, too (VT-d's caching mode). */
extern bool rig_is_told;

void rig_open(struct rig *rig, enum rig_iommu kind);
int rig_try_open(struct rig *rig, enum rig_iommu kind); /* where hooks fail: 0, or an error, undone */
void rig_close(struct rig *rig);			/* flushes, and checks that nothing lives */

unsigned rig_invalidations(void); /* of this run so far */
void rig_answers(bool answers);	  /* from now on the IOMMU does (not) answer an invalidation */

/* The IOMMU caches the translation of that address, if there is one. */
void rig_warm(uint64_t daddr);
/* Whether the device gets through to that byte: by a translation that was cached, too. */
bool rig_reaches(uint64_t daddr, bool write);

/* Memory of the CPU's: nbytes from `offset` bytes into a page on, known bytes (core_byte of seed), of the highest
 * memory. It is part of `pages` pages, whose other bytes have a label that the device must not see. */
struct rig_memory {
	struct dma_segment seg; /* the whole pages */
	size_t offset, nbytes;
};
bool rig_memory(struct rig_memory *m, size_t offset, size_t nbytes, unsigned seed);
void rig_forget(struct rig_memory *m);
/* The CPU's plain look at the bytes, and at those beside them, which nobody may have changed. */
bool rig_holds(const struct rig_memory *m, const unsigned char *bytes);
bool rig_beside(const struct rig_memory *m);
#define RIG_SECRET 5 /* the label of the bytes beside */

/* Runs body(rig) on every kind of machine (core_run_all()) with each IOMMU. The failures. */
typedef void (*rig_body)(struct rig *rig);
unsigned rig_all(rig_body body);
/* Once behind a strict IOMMU that the body lets hang, in a process of its own: a space that was given up stays for
 * good. Not 0: a check of the body failed. */
unsigned rig_stuck(const char *words, rig_body body);
unsigned rig_on(const char *words, enum rig_iommu kind, rig_body body);
/* On the eight rows of the truth table, with lines of 32, 64 and 128 bytes, and each kind of IOMMU; `more` is added to
 * the words. An assertion of cmocka fails where something is found. */
void rig_on_every_row(const char *more, rig_body body);

#endif
