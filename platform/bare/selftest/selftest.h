/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Between the files of the self-test.
 */
#ifndef BARE_SELFTEST_H
#define BARE_SELFTEST_H

#include <dmastream/types.h>

/* One TAP line. */
void check(bool good, const char *format, ...) DMA_PRINTF(2, 3);
/* The plan. What app_main() returns. */
int check_end(void);

void test_frames(void); /* selftest_memory.c */
void test_vm(void);	/* selftest_memory.c */
void test_cpus(void);	/* selftest_cpus.c */
void test_time(void);	/* selftest_devices.c, and the rest */
void test_firmware(void);
void test_pci(void);
void test_library(void);
void test_iommu(void); /* the IOMMU is off when it returns */

/* Ends the machine in the way that is named; returns a status for the names that are about statuses. selftest_ends.c */
int selftest_end(const char *name);

#endif
