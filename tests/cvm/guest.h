/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Guests of the three technologies, on the models of platform/sim/cvm: what the instructions do, and what the CPU
 * says of itself.
 */
#ifndef TESTS_CVM_GUEST_H
#define TESTS_CVM_GUEST_H

#include "cvm/cvm_world.h"
#include <dmastream/cvm.h>

enum guest { TDX_48, TDX_52, SNP_MSR, SNP_PAGE, CCA, GUESTS };
extern const char *const guest_names[GUESTS];

#define GUEST_BASE  UINT64_C(0x40000000)
#define GUEST_PAGES 1600u /* of 4 KiB */

/* Starts the world anew, as that guest finds it, and fills *cvm. large: memory is mapped by 2 MiB. 0, or what the
 * library says. */
int guest_start(enum guest guest, bool large, struct dma_cvm *cvm);

/* The rules of the guest's technology. */
const struct cvm_rule *guest_rules(enum guest guest, unsigned *n);

/* What CPUID and the MSRs say: for tests of detection. */
extern struct guest_cpu {
	uint32_t max_basic, max_extended, tdx[3], sev_eax, sev_ebx;
	uint64_t sev_status;
} guest_cpu;

#endif
