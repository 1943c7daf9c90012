/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A model of what an AMD SEV-SNP guest meets: PVALIDATE against the reverse map table (APM vol. 2 (24593), 15.36,
 * and vol. 3 (24594)), and VMGEXIT to a hypervisor, after the GHCB specification (56421).
 */
#ifndef PLATFORM_SIM_SNP_GUEST_H
#define PLATFORM_SIM_SNP_GUEST_H

#include "cvm_world.h"

#define SNP_RULES(R)                                                                                                   \
	R(SNP_PV_SIZE, "APM3 PVALIDATE", "PVALIDATE: a page size in ECX other than 0 and 1")                           \
	R(SNP_PV_RESERVED, "APM3 PVALIDATE", "PVALIDATE: bits of EDX beside bit 0")                                    \
	R(SNP_PV_UNALIGNED, "APM3 PVALIDATE", "PVALIDATE: an address that the size does not have")                     \
	R(SNP_PV_UNASSIGNED, "APM2 15.36.6", "PVALIDATE of a page that is not the guest's: a nested page fault")       \
	R(SNP_MSR_FUNCTION, "GHCB 2.3.1", "MSR protocol: a function that is reserved")                                 \
	R(SNP_MSR_OPERATION, "GHCB 2.3.1", "MSR protocol: a page operation other than private and shared")             \
	R(SNP_MSR_RESERVED, "GHCB 2.3.1", "MSR protocol: bits 63:56 of a page state change")                           \
	R(SNP_NOT_MEMORY, "GHCB 4.1.6", "a page state change of what is not the guest's memory")                       \
	R(SNP_GHCB_PRIVATE, "GHCB 2", "VMGEXIT with the address of a page that is not shared")                         \
	R(SNP_GHCB_VERSION, "GHCB 2.6", "a protocol version that was not negotiated")                                  \
	R(SNP_GHCB_USAGE, "GHCB table 3", "a GHCB usage other than 0")                                                 \
	R(SNP_GHCB_BITMAP, "GHCB 2.6", "a field that the exit needs is not marked valid")                              \
	R(SNP_EXIT_CODE, "GHCB 4.1", "an exit code that is reserved")                                                  \
	R(SNP_EXIT_INFO, "GHCB 4.1.6", "SW_EXITINFO1 or SW_EXITINFO2 of a page state change is not 0")                 \
	R(SNP_SCRATCH, "GHCB 4.1.6", "SW_SCRATCH does not lead to 2032 bytes of shared memory")                        \
	R(SNP_MMIO_SIZE, "GHCB 4.1", "MMIO: a size in SW_EXITINFO2 other than 1, 2, 4 and 8 bytes")                    \
	R(SNP_MMIO_MEMORY, "GHCB 4.1", "MMIO of an address that is memory, or has the C bit")                          \
	R(SNP_REGISTER_PRIVATE, "GHCB 2.3.2", "a GHCB page is registered that is not shared")                          \
	R(SNP_PSC_HEADER, "GHCB 4.1.6", "a page state change structure with reserved bits, or without entries to do")  \
	R(SNP_PSC_ENTRY, "GHCB 4.1.6", "reserved bits of an entry")                                                    \
	R(SNP_PSC_OPERATION, "GHCB 4.1.6", "an entry's operation other than private, shared, smash and unsmash")       \
	R(SNP_PSC_UNALIGNED, "GHCB 4.1.6", "an entry of 2 MiB whose page number is not a multiple of 512")             \
	R(SNP_SHARES_VALID, "APM2 15.36.6", "a page is shared while the guest still holds it for valid")               \
	R(SNP_SHARES_TWICE, "GHCB 4.1.6", "a page is shared that is shared")

#define SNP_RULE(name, section, text) name,
enum snp_rule { SNP_RULES(SNP_RULE) SNP_NRULES };
#undef SNP_RULE
extern const struct cvm_rule snp_rules[SNP_NRULES];

/* What the test, or the machine that traps, says: the GHCB page, its address, and the MSR. */
struct snp_cpu {
	uint8_t *ghcb;
	uint64_t ghcb_paddr;
	uint64_t msr;			  /* C001_0130 */
	uint8_t *(*page)(uint64_t paddr); /* where the machine around has a page that is registered; or NULL */
};
extern struct snp_cpu snp_cpu;
extern unsigned snp_c_bit; /* the position of the C bit */

/* PVALIDATE of the page at paddr (its linear address having been translated). Gives EAX. */
uint32_t snp_pvalidate(uint64_t paddr, uint32_t ecx, uint32_t edx, bool *carry);

void snp_vmgexit(void);

#endif
