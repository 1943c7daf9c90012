/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the VT-d specification (revision 5.1) demands of software that uses legacy mode, a line for each rule: name,
 * section, what breaks it. Numbers of tables are the specification's. RsvdZ: software writes 0; RsvdP: software writes
 * back what it read.
 */
#ifndef PLATFORM_SIM_VTD_RULES_H
#define PLATFORM_SIM_VTD_RULES_H

/* clang-format off */
#define VTD_RULES(R) \
	/* registers: access */ \
	R(VTD_ACCESS_WIDTH, "11.2", "an access of 8 bytes to a register of 4") \
	R(VTD_ACCESS_UNKNOWN, "11.4", "a write to an offset where no register is") \
	R(VTD_ACCESS_READ_ONLY, "11.3", "a write to a read-only register") \
	/* registers: reserved bits */ \
	R(VTD_GCMD_RESERVED, "11.4.4.1", "GCMD: a reserved bit (29:28, 22:0) is written as 1") \
	R(VTD_RTADDR_RESERVED, "11.4.5", "RTADDR: a reserved bit (9:0) is written as 1") \
	R(VTD_CCMD_RESERVED, "11.4.6.1", "CCMD: a reserved bit (58:34) is written as 1") \
	R(VTD_IOTLB_RESERVED, "11.4.6.3", "IOTLB: a reserved bit (62, 59, 56:50) is written as 1") \
	R(VTD_IOTLB_PRESERVED, "11.4.6.3", "IOTLB: a RsvdP bit (31:0) is changed") \
	R(VTD_IVA_RESERVED, "11.4.6.4", "IVA: a reserved bit (11:7) is written as 1") \
	R(VTD_FSTS_RESERVED, "11.4.7.1", "FSTS: a reserved bit (31:16, 7, 3:2) is written as 1") \
	R(VTD_FECTL_PRESERVED, "11.4.7.2", "FECTL: a RsvdP bit (29:0) is changed") \
	R(VTD_FEDATA_RESERVED, "11.4.7.3", "FEDATA: a reserved bit (31:16) is written as 1") \
	R(VTD_FEADDR_RESERVED, "11.4.7.4", "FEADDR: a reserved bit (1:0) is written as 1") \
	R(VTD_FEUADDR_RESERVED, "11.4.7.5", "FEUADDR: written as not 0 without extended interrupt mode") \
	R(VTD_FRCD_RESERVED, "11.4.7.6", "FRCD: a reserved bit (91:80, 11:0) is written as 1") \
	R(VTD_PMEN_PRESERVED, "11.4.8.1", "PMEN: a RsvdP bit (30:1) is changed") \
	R(VTD_IQT_RESERVED, "11.4.9.2", "IQT: a reserved bit (63:19, 3:0) is written as 1") \
	R(VTD_IQA_RESERVED, "11.4.9.3", "IQA: a reserved bit (10:3) is written as 1") \
	R(VTD_ICS_RESERVED, "11.4.9.4", "ICS: a reserved bit (31:1) is written as 1") \
	R(VTD_IECTL_PRESERVED, "11.4.9.5", "IECTL: a RsvdP bit (29:0) is changed") \
	R(VTD_IEDATA_RESERVED, "11.4.9.6", "IEDATA: a reserved bit (31:16) is written as 1") \
	R(VTD_IEADDR_RESERVED, "11.4.9.7", "IEADDR: a reserved bit (1:0) is written as 1") \
	R(VTD_IEUADDR_RESERVED, "11.4.9.8", "IEUADDR: written as not 0 without extended interrupt mode") \
	R(VTD_IRTA_RESERVED, "11.4.10", "IRTA: a reserved bit (10:4) is written as 1") \
	R(VTD_PAGE_REQUEST_RESERVED, "11.4.11", "a page request register is written as not 0 where ECAP.PRS is 0") \
	/* registers: values and moments */ \
	R(VTD_RTADDR_MODE_RESERVED, "11.4.5", "RTADDR: translation table mode 10b") \
	R(VTD_RTADDR_MODE_SCALABLE, "11.4.5", "RTADDR: scalable mode where ECAP.SMTS is 0") \
	R(VTD_RTADDR_MODE_ABORT, "11.4.5", "RTADDR: abort-DMA mode where ECAP.ADMS is 0") \
	R(VTD_RTADDR_MODE_ACTIVE, "6.6", "RTADDR: the mode changes while translation is on and CAP.ESRTPS is 0") \
	R(VTD_RTADDR_WIDTH, "11.4.5", "RTADDR: beyond the host's address width") \
	R(VTD_RTADDR_NOTHING, "11.4.5", "the root table is not in memory") \
	R(VTD_CCMD_GRANULARITY, "11.4.6.1", "CCMD: granularity 00b") \
	R(VTD_CCMD_DOMAIN, "11.4.6.1", "CCMD: a domain id wider than CAP.ND says") \
	R(VTD_CCMD_WAIT, "11.4.6.1", "CCMD: written before ICC was seen clear") \
	R(VTD_CCMD_QUEUED, "6.5.2", "CCMD: an invalidation by register while queued invalidation is on") \
	R(VTD_IOTLB_GRANULARITY, "11.4.6.3", "IOTLB: granularity 00b") \
	R(VTD_IOTLB_DOMAIN, "11.4.6.3", "IOTLB: a domain id wider than CAP.ND says") \
	R(VTD_IOTLB_WAIT, "11.4.6.3", "IOTLB: written before IVT was seen clear") \
	R(VTD_IOTLB_QUEUED, "6.5.2", "IOTLB: an invalidation by register while queued invalidation is on") \
	R(VTD_IOTLB_PAGES, "11.4.2", "IOTLB: page-selective where CAP.PSI is 0") \
	R(VTD_IOTLB_MASK, "11.4.2", "IVA: an address mask above CAP.MAMV") \
	R(VTD_FSTS_DEVICE_TLB, "11.4.7.1", "FSTS: ITE or ICE, which is not set, is written without device TLBs") \
	R(VTD_PMEN_UNSUPPORTED, "11.4.8.1", "PMEN: written where CAP.PLMR and PHMR are 0") \
	R(VTD_PMEN_WAIT, "11.4.8.1", "PMEN: written again before PRS followed") \
	R(VTD_PLMBASE_ACTIVE, "11.4.8.2", "PLMBASE: written while protected memory is enabled") \
	R(VTD_PLMLIMIT_ACTIVE, "11.4.8.3", "PLMLIMIT: written while protected memory is enabled") \
	R(VTD_PHMBASE_ACTIVE, "11.4.8.4", "PHMBASE: written while protected memory is enabled") \
	R(VTD_PHMLIMIT_ACTIVE, "11.4.8.5", "PHMLIMIT: written while protected memory is enabled") \
	R(VTD_QUEUE_UNSUPPORTED, "11.4.9", "a register of the queue is written where ECAP.QI is 0") \
	R(VTD_IQA_BUSY, "11.4.9.3", "IQA: written while the queue is not empty") \
	R(VTD_IQA_WIDTH, "11.4.9.3", "IQA: beyond the host's address width") \
	R(VTD_IQA_DESCRIPTORS, "11.4.9.3", "IQA: 256-bit descriptors where ECAP.SMTS and ADMS are 0") \
	R(VTD_IQT_RANGE, "11.4.9.9", "IQT: beyond the queue (error info 1)") \
	R(VTD_IQT_OVERRUN, "6.5.2", "IQT: the tail overtakes the head: at most N-1 of N entries may wait") \
	R(VTD_IRTA_UNSUPPORTED, "11.4.10", "IRTA: written as not 0 where ECAP.IR is 0") \
	R(VTD_IRTA_WIDTH, "11.4.10", "IRTA: beyond the host's address width") \
	R(VTD_IRTA_EIM, "11.4.10", "IRTA: extended interrupt mode where ECAP.EIM is 0") \
	R(VTD_IRTA_ACTIVE, "11.4.10", "IRTA: EIME changes while interrupt remapping is on") \
	/* global commands */ \
	R(VTD_GCMD_ONE, "11.4.4.1", "more than one field is changed, or asked for, by one write") \
	R(VTD_GCMD_WAIT, "6.9", "a command before GSTS confirmed the one before") \
	R(VTD_GCMD_QUEUE_UNSUPPORTED, "11.4.4.1", "QIE where ECAP.QI is 0") \
	R(VTD_GCMD_REMAP_UNSUPPORTED, "11.4.4.1", "IRE, SIRTP or CFI where ECAP.IR is 0") \
	R(VTD_GCMD_FLUSH_UNSUPPORTED, "11.4.4.1", "WBF where CAP.RWBF is 0") \
	R(VTD_TE_NO_ROOT, "6.6", "translation goes on without SRTP since it was off") \
	R(VTD_TE_STALE_CONTEXTS, "6.6", "translation goes on without a global context-cache invalidation after SRTP") \
	R(VTD_TE_STALE_IOTLB, "6.6", "translation goes on without a global IOTLB invalidation after that of contexts") \
	R(VTD_IRE_NO_TABLE, "6.7", "interrupt remapping goes on without SIRTP since it was off") \
	R(VTD_IRE_STALE, "6.7", "interrupt remapping goes on without a global IEC invalidation after SIRTP") \
	R(VTD_QIE_TAIL, "6.5.2", "queued invalidation goes on with a tail that is not 0") \
	R(VTD_QIE_REGISTERS, "6.5.2", "queued invalidation goes on while one by register is pending") \
	R(VTD_QIE_BUSY, "6.5.2", "queued invalidation goes off while the queue is not empty") \
	R(VTD_QIE_UNWAITED, "6.5.2", "queued invalidation goes off and the last descriptor was no wait") \
	/* descriptors */ \
	R(VTD_QUEUE_FETCH, "11.4.9.9", "the queue is not in memory (error info 2)") \
	R(VTD_QUEUE_TYPE, "6.5.2.11", "a descriptor type other than 1 to 5 in legacy mode (Table 26)") \
	R(VTD_QUEUE_UNMENDED, "6.5.2.11", "IQE is cleared, and the invalid descriptor stands there still") \
	R(VTD_CONTEXTS_RESERVED, "6.5.2.1", "context-cache descriptor: a reserved bit (127:50, 15:12, 8:6)") \
	R(VTD_CONTEXTS_GRANULARITY, "6.5.2.1", "context-cache descriptor: granularity 00b") \
	R(VTD_CONTEXTS_DOMAIN, "6.5.2.1", "context-cache descriptor: a domain id wider than CAP.ND says") \
	R(VTD_CONTEXTS_UNFOLLOWED, "6.5.2.1", \
	  "a context-cache invalidation is not followed by one of the IOTLB at least as wide") \
	R(VTD_PAGES_RESERVED, "6.5.2.3", "IOTLB descriptor: a reserved bit (75:71, 63:32, 15:12, 8)") \
	R(VTD_PAGES_GRANULARITY, "6.5.2.3", "IOTLB descriptor: granularity 00b") \
	R(VTD_PAGES_UNSUPPORTED, "6.5.2.3", "IOTLB descriptor: page-selective where CAP.PSI is 0") \
	R(VTD_PAGES_MASK, "11.4.2", "IOTLB descriptor: an address mask above CAP.MAMV") \
	R(VTD_PAGES_ALIGNED, "6.5.2.3", "IOTLB descriptor: an address that is not aligned to its mask") \
	R(VTD_PAGES_DOMAIN, "6.5.2.3", "IOTLB descriptor: a domain id wider than CAP.ND says") \
	R(VTD_PAGES_WIDTH, "6.5.2.3", "IOTLB descriptor: an address beyond CAP.MGAW") \
	R(VTD_DEVICE_TLB_UNSUPPORTED, "6.5.2.5", "device-TLB descriptor where ECAP.DT is 0") \
	R(VTD_DEVICE_TLB_RESERVED, "6.5.2.5", "device-TLB descriptor: a reserved bit (75:65, 51:48, 31:21, 8:4)") \
	R(VTD_DEVICE_TLB_FUNCTION, "6.5.2.5", "device-TLB descriptor: a physical function where ECAP.DIT is 0") \
	R(VTD_DEVICE_TLB_ORDER, "6.5.2.5", "a device TLB is invalidated before the IOTLB") \
	R(VTD_INTERRUPTS_UNSUPPORTED, "6.5.2.8", "interrupt-entry-cache descriptor where ECAP.IR is 0") \
	R(VTD_INTERRUPTS_RESERVED, "6.5.2.8", "interrupt-entry-cache descriptor: a reserved bit (127:48, 26:12, 8:5)") \
	R(VTD_INTERRUPTS_MASK, "11.4.3", "interrupt-entry-cache descriptor: an index mask above ECAP.MHMV") \
	R(VTD_WAIT_RESERVED, "6.5.2.9", "wait descriptor: a reserved bit (65:64, 31:12, 8)") \
	R(VTD_WAIT_DRAIN, "6.5.2.9", "wait descriptor: page-request drain where ECAP.PDS is 0") \
	R(VTD_WAIT_ADDRESS, "6.5.2.9", "wait descriptor: a status address that is not in memory") \
	R(VTD_WAIT_WIDTH, "6.5.2.9", "wait descriptor: a status address beyond the host's address width") \
	/* root and context entries */ \
	R(VTD_ROOT_RESERVED, "9.1", "root entry: a reserved bit (127:64, 11:1)") \
	R(VTD_ROOT_WIDTH, "9.1", "root entry: a context table beyond the host's address width") \
	R(VTD_ROOT_NOTHING, "9.1", "root entry: a context table that is not in memory") \
	R(VTD_CONTEXT_RESERVED, "9.3", "context entry: a reserved bit (127:88, 71, 11:4)") \
	R(VTD_CONTEXT_WIDTH, "9.3", "context entry: a table beyond the host's address width") \
	R(VTD_CONTEXT_TYPE, "9.3", "context entry: translation type 11b") \
	R(VTD_CONTEXT_DEVICE_TLB, "9.3", "context entry: translation type 01b where ECAP.DT is 0") \
	R(VTD_CONTEXT_PASS_THROUGH, "9.3", "context entry: pass-through where ECAP.PT is 0") \
	R(VTD_CONTEXT_LEVELS, "9.3", "context entry: address width 000b or 100b to 111b") \
	R(VTD_CONTEXT_UNSUPPORTED, "9.3", "context entry: an address width that CAP.SAGAW does not have") \
	R(VTD_CONTEXT_LARGEST, "9.3", "context entry: pass-through without the largest address width of CAP.SAGAW") \
	R(VTD_CONTEXT_DOMAIN, "9.3", "context entry: a domain id wider than CAP.ND says") \
	R(VTD_CONTEXT_DOMAIN_0, "9.3", "context entry: domain 0 in caching mode") \
	R(VTD_CONTEXT_TWO_TABLES, "9.3", "two context entries with one domain id and different tables") \
	R(VTD_CONTEXT_TORN, "6.2.2.1", "a present context entry becomes another in more than one step") \
	/* second-stage entries */ \
	R(VTD_PML5E_RESERVED, "9.8", "SS-PML5E (Table 41): a reserved bit (62, 11, 7)") \
	R(VTD_PML4E_RESERVED, "9.8", "SS-PML4E (Table 42): a reserved bit (62, 11, 7)") \
	R(VTD_PDPE_1G_RESERVED, "9.8", "SS-PDPE that maps 1 GiB (Table 43): a reserved bit (62, 29:12)") \
	R(VTD_PDPE_1G_UNSUPPORTED, "9.8", "SS-PDPE that maps 1 GiB where CAP.SSLPS has no such pages") \
	R(VTD_PDPE_RESERVED, "9.8", "SS-PDPE (Table 44): a reserved bit (62, 11)") \
	R(VTD_PDE_2M_RESERVED, "9.8", "SS-PDE that maps 2 MiB (Table 45): a reserved bit (62, 20:12)") \
	R(VTD_PDE_2M_UNSUPPORTED, "9.8", "SS-PDE that maps 2 MiB where CAP.SSLPS has no such pages") \
	R(VTD_PDE_RESERVED, "9.8", "SS-PDE (Table 46): a reserved bit (62, 11)") \
	R(VTD_PTE_RESERVED, "9.8", "SS-PTE (Table 47): a reserved bit (62)") \
	R(VTD_ENTRY_SNOOP, "9.8", "a second-stage leaf: SNP where ECAP.SC is 0") \
	R(VTD_ENTRY_EXECUTE, "9.8", "a second-stage entry: bit 2 (reserved up to revision 2.4 without ECAP.ERS)") \
	R(VTD_ENTRY_WIDTH, "9.8", "a second-stage entry: an address beyond the host's address width") \
	R(VTD_ENTRY_NOTHING, "9.8", "a second-stage entry: a table that is not in memory") \
	/* caches */ \
	R(VTD_TABLE_FREED, "6.5.3.3", "a table is walked that lies in free memory") \
	R(VTD_TWO_TRANSLATIONS, "6.5.3.3", "an address has two different translations in the IOTLB") \
	R(VTD_POSTED_NOTHING, "6.5.4", "a posted write is drained to where no memory is") \
	/* interrupt remapping entries */ \
	R(VTD_IRTE_RESERVED, "9.9", "IRTE: a reserved bit (127:84, 31:24, 14:12)") \
	R(VTD_IRTE_DESTINATION, "9.9", "IRTE: destination bits (63:48, 39:32) in xAPIC mode") \
	R(VTD_IRTE_POSTED, "9.9", "IRTE: posted where CAP.PI is 0") \
	R(VTD_IRTE_DELIVERY, "9.9", "IRTE: delivery mode 011b or 110b") \
	R(VTD_IRTE_VALIDATION, "9.9", "IRTE: source validation type 11b") \
	R(VTD_IRTE_NOTHING, "9.9", "the interrupt remapping table is not in memory")
/* clang-format on */

#define VTD_RULE(name, section, text) name,
enum vtd_rule { VTD_RULES(VTD_RULE) VTD_NRULES };
#undef VTD_RULE

#endif
