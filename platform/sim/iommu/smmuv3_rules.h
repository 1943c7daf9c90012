/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the SMMUv3 specification (IHI 0070, version 3.2 of the architecture) demands of software on the Non-secure
 * programming interface, a line for each rule: name, section, what breaks it. D8.3 is a section of DDI 0487. RES0:
 * software writes 0.
 */
#ifndef PLATFORM_SIM_SMMUV3_RULES_H
#define PLATFORM_SIM_SMMUV3_RULES_H

/* clang-format off */
#define SMMU_RULES(R) \
	/* registers: access */ \
	R(SMMU_ACCESS_WIDTH, "6.2", "an access of 8 bytes to registers of 4") \
	R(SMMU_ACCESS_UNKNOWN, "6.2", "a write to an offset where no register is") \
	R(SMMU_ACCESS_READ_ONLY, "6.3", "a write to a read-only register") \
	/* registers: reserved bits and values */ \
	R(SMMU_CR0_RESERVED, "6.3.9", "CR0: a reserved bit, or one of a feature that is not there (31:4, 1)") \
	R(SMMU_CR0_WAIT, "6.3.9", "CR0: a field changes before its last change is acknowledged") \
	R(SMMU_CR1_RESERVED, "6.3.11", "CR1: a reserved bit (31:12) is written as 1") \
	R(SMMU_CR1_SHARE, "6.3.11", "CR1: shareability 0b01 of tables or queues") \
	R(SMMU_CR1_CACHE, "6.3.11", "CR1: cacheability 0b11 of tables or queues") \
	R(SMMU_CR1_TABLE_GUARDED, "6.3.11.1", "CR1: TABLE_* change while SMMUEN is set") \
	R(SMMU_CR1_QUEUE_GUARDED, "6.3.11.2", "CR1: QUEUE_* change while a queue is enabled") \
	R(SMMU_CR2_RESERVED, "6.3.12", "CR2: a reserved bit, or one of a feature that is not there, is written as 1") \
	R(SMMU_CR2_GUARDED, "6.3.12", "CR2: written while SMMUEN is set") \
	R(SMMU_GBPA_RESERVED, "6.3.14", "GBPA: a reserved bit (30:21, 15:14, 7:5) is written as 1") \
	R(SMMU_GBPA_VALUES, "6.3.14", "GBPA: INSTCFG or PRIVCFG 0b01") \
	R(SMMU_GBPA_UPDATE, "6.3.14.1", "GBPA: written without Update") \
	R(SMMU_GBPA_BUSY, "6.3.14.1", "GBPA: written while an update is under way") \
	R(SMMU_IRQ_CTRL_RESERVED, "6.3.16", "IRQ_CTRL: a reserved bit (31:3, 1) is written as 1") \
	R(SMMU_IRQ_CTRL_WAIT, "6.3.16", "IRQ_CTRL: a field changes before its last change is acknowledged") \
	R(SMMU_GERRORN_RESERVED, "6.3.20", "GERRORN: a reserved bit, or one of a feature that is not there") \
	R(SMMU_GERRORN_TOGGLE, "6.3.20", "GERRORN: the bit of an error that is not active is toggled") \
	R(SMMU_MSI_ABSENT, "6.3.21", "an IRQ_CFG register is written as not 0 where IDR0.MSI is 0") \
	R(SMMU_MSI_RESERVED, "6.3.21", "IRQ_CFG0: a reserved bit (63:56, 1:0), or an address beyond IDR5.OAS") \
	R(SMMU_MSI_ATTRIBUTES, "6.3.23", "IRQ_CFG2: a reserved bit (31:6), or shareability 0b01") \
	R(SMMU_MSI_GUARDED, "6.3.21", "an IRQ_CFG register is written while its interrupt is enabled") \
	R(SMMU_PRI_ABSENT, "6.3.33", "a register of the PRI queue is written as not 0 where IDR0.PRI is 0") \
	R(SMMU_STRTAB_RESERVED, "6.3.24", "STRTAB_BASE: a reserved bit (63, 61:56, 5:0) is written as 1") \
	R(SMMU_STRTAB_WIDTH, "6.3.24", "STRTAB_BASE: an address beyond IDR5.OAS") \
	R(SMMU_STRTAB_GUARDED, "6.3.24", "STRTAB_BASE, STRTAB_BASE_CFG: written while SMMUEN is set") \
	R(SMMU_STRTAB_CFG_RESERVED, "6.3.25", "STRTAB_BASE_CFG: a reserved bit (31:18, 15:11) is written as 1") \
	R(SMMU_STRTAB_FORMAT, "6.3.25", "STRTAB_BASE_CFG: format 0b1x, or two levels where IDR0.ST_LEVEL has one") \
	R(SMMU_STRTAB_SPLIT, "6.3.25", "STRTAB_BASE_CFG: a split other than 6, 8, 10 in two levels") \
	R(SMMU_STRTAB_ALIGNED, "6.3.24", "STRTAB_BASE: not aligned to the table's size") \
	R(SMMU_CMDQ_RESERVED, "6.3.26", "CMDQ_BASE: a reserved bit (63, 61:56) is written as 1") \
	R(SMMU_CMDQ_WIDTH, "6.3.26", "CMDQ_BASE: an address beyond IDR5.OAS") \
	R(SMMU_CMDQ_ALIGNED, "6.3.26", "CMDQ_BASE: not aligned to the queue's size") \
	R(SMMU_CMDQ_SIZE, "6.3.26", "CMDQ_BASE: more entries than IDR1.CMDQS") \
	R(SMMU_CMDQ_GUARDED, "6.3.26", "CMDQ_BASE, CMDQ_CONS: written while CMDQEN is set") \
	R(SMMU_CMDQ_PROD_RESERVED, "6.3.27", "CMDQ_PROD: a bit above the wrap flag") \
	R(SMMU_CMDQ_CONS_RESERVED, "6.3.28", "CMDQ_CONS: a reserved bit (31, 23:20), or one above the wrap flag") \
	R(SMMU_CMDQ_OVERRUN, "3.21.2", "CMDQ_PROD: more commands than there is room for, or backwards") \
	R(SMMU_CMDQ_BACK, "7.1", "CMDQ_PROD: moved back beyond CMDQ_CONS while an error is active") \
	R(SMMU_CMDQ_ORDER, "6.3.26", "CMDQEN is set, and CONS and PROD were not written after BASE") \
	R(SMMU_CMDQ_INDEX, "3.5.1", "CMDQEN is set with indexes that are inconsistent") \
	R(SMMU_EVENTQ_RESERVED, "6.3.29", "EVENTQ_BASE: a reserved bit (63, 61:56) is written as 1") \
	R(SMMU_EVENTQ_WIDTH, "6.3.29", "EVENTQ_BASE: an address beyond IDR5.OAS") \
	R(SMMU_EVENTQ_ALIGNED, "6.3.29", "EVENTQ_BASE: not aligned to the queue's size") \
	R(SMMU_EVENTQ_SIZE, "6.3.29", "EVENTQ_BASE: more entries than IDR1.EVENTQS") \
	R(SMMU_EVENTQ_GUARDED, "6.3.29", "EVENTQ_BASE, EVENTQ_PROD: written while EVENTQEN is set") \
	R(SMMU_EVENTQ_INDEX_RESERVED, "6.2.2", "EVENTQ_PROD, EVENTQ_CONS: a reserved bit (30:20)") \
	R(SMMU_EVENTQ_CONS, "3.21.2", "EVENTQ_CONS: moved beyond EVENTQ_PROD, or backwards") \
	R(SMMU_EVENTQ_ACKNOWLEDGE, "3.5.3", "EVENTQ_CONS: OVACKFLG becomes other than OVFLG") \
	R(SMMU_EVENTQ_ORDER, "6.3.29", "EVENTQEN is set, and CONS and PROD were not written after BASE") \
	R(SMMU_EVENTQ_INDEX, "3.5.1", "EVENTQEN is set with indexes that are inconsistent") \
	R(SMMU_EVENTQ_NOTHING, "7.2", "an event is written to where no memory is") \
	R(SMMU_ENABLE_CONFIG, "3.11", "SMMUEN is set before all configuration was invalidated (CFGI_ALL, SYNC)") \
	R(SMMU_ENABLE_TLB, "3.11", "SMMUEN is set before all translations were invalidated (TLBI_NSNH_ALL, SYNC)") \
	R(SMMU_ENABLE_EL2, "3.11", "SMMUEN is set before translations of EL2 were invalidated where IDR0.Hyp is 1") \
	/* commands */ \
	R(SMMU_COMMAND_FETCH, "7.1", "the command queue is not in memory (CERROR_ABT)") \
	R(SMMU_COMMAND_OPCODE, "4.1.1", "a reserved opcode") \
	R(SMMU_COMMAND_SECURE, "4.1.6", "a Secure command, or SSec, on the Non-secure queue") \
	R(SMMU_COMMAND_STREAM, "4.1.7", "a StreamID beyond IDR1.SIDSIZE") \
	R(SMMU_COMMAND_SUBSTREAM, "4.1.7", "a SubstreamID beyond IDR1.SSIDSIZE") \
	R(SMMU_COMMAND_STAGE_1, "4.4.2", "a command of stage 1 where there is none") \
	R(SMMU_COMMAND_STAGE_2, "4.4.3", "a command of stage 2 where there is none") \
	R(SMMU_COMMAND_EL2, "4.4.2", "a command of EL2 where IDR0.Hyp is 0") \
	R(SMMU_COMMAND_ATS, "4.5", "CMD_ATC_INV, CMD_PRI_RESP where IDR0.ATS, PRI are 0") \
	R(SMMU_COMMAND_STALL, "4.7", "CMD_RESUME, CMD_STALL_TERM where nothing stalls") \
	R(SMMU_COMMAND_MPAM, "4.3.5", "CMD_CFGI_VMS_PIDM where IDR3.MPAM is 0") \
	R(SMMU_COMMAND_ASID, "4.4", "an ASID above 8 bits where IDR0.ASID16 is 0") \
	R(SMMU_COMMAND_VMID, "4.4", "a VMID above 8 bits where IDR0.VMID16 is 0") \
	R(SMMU_COMMAND_NO_VMID, "4.4.2", "a VMID in a command of stage 1 where stage 2 is not there") \
	R(SMMU_CFGI_STE_RESERVED, "4.3.1", "CMD_CFGI_STE: a reserved bit") \
	R(SMMU_CFGI_RANGE_RESERVED, "4.3.2", "CMD_CFGI_STE_RANGE, CMD_CFGI_ALL: a reserved bit") \
	R(SMMU_CFGI_CD_RESERVED, "4.3.3", "CMD_CFGI_CD: a reserved bit") \
	R(SMMU_CFGI_CD_ALL_RESERVED, "4.3.4", "CMD_CFGI_CD_ALL: a reserved bit") \
	R(SMMU_PREFETCH_RESERVED, "4.2", "CMD_PREFETCH_CONFIG, CMD_PREFETCH_ADDR: a reserved bit") \
	R(SMMU_NH_ALL_RESERVED, "4.4.2.1", "CMD_TLBI_NH_ALL: a reserved bit") \
	R(SMMU_NH_ASID_RESERVED, "4.4.2.2", "CMD_TLBI_NH_ASID: a reserved bit") \
	R(SMMU_NH_VAA_RESERVED, "4.4.2.3", "CMD_TLBI_NH_VAA: a reserved bit") \
	R(SMMU_NH_VA_RESERVED, "4.4.2.4", "CMD_TLBI_NH_VA: a reserved bit") \
	R(SMMU_EL2_ALL_RESERVED, "4.4.2.7", "CMD_TLBI_EL2_ALL: a reserved bit") \
	R(SMMU_EL2_VA_RESERVED, "4.4.2.8", "CMD_TLBI_EL2_VA: a reserved bit") \
	R(SMMU_EL2_VAA_RESERVED, "4.4.2.9", "CMD_TLBI_EL2_VAA: a reserved bit") \
	R(SMMU_EL2_ASID_RESERVED, "4.4.2.10", "CMD_TLBI_EL2_ASID: a reserved bit") \
	R(SMMU_S2_IPA_RESERVED, "4.4.3.1", "CMD_TLBI_S2_IPA: a reserved bit") \
	R(SMMU_S12_VMALL_RESERVED, "4.4.3.2", "CMD_TLBI_S12_VMALL: a reserved bit") \
	R(SMMU_NSNH_ALL_RESERVED, "4.4.4.1", "CMD_TLBI_NSNH_ALL: a reserved bit") \
	R(SMMU_SYNC_RESERVED, "4.7.3", "CMD_SYNC: a reserved bit") \
	R(SMMU_SYNC_SIGNAL, "4.7.3", "CMD_SYNC: completion signal 0b11") \
	R(SMMU_RANGE_ABSENT, "4.4.1.1", "NUM, SCALE, TTL or TG where IDR3.RIL is 0") \
	R(SMMU_RANGE_NO_GRANULE, "4.4.1.1", "NUM, SCALE or TTL without TG") \
	R(SMMU_RANGE_NOTHING, "4.4.1.1", "a range with NUM, SCALE and TTL all 0 (CERROR_ILL)") \
	R(SMMU_RANGE_GRANULE, "4.4.1.1", "TG of a granule that IDR5 does not have") \
	R(SMMU_RANGE_ALIGNED, "4.4.1.1", "an address that is not aligned to the level of TTL") \
	R(SMMU_RANGE_128, "4.4.1.1", "TTL128, or SCALE above 31, where there are no such descriptors") \
	R(SMMU_RANGE_WIDTH, "4.4.3.1", "CMD_TLBI_S2_IPA: an address beyond the IAS") \
	/* stream table */ \
	R(SMMU_L1STD_RESERVED, "5.1", "L1STD: a reserved bit (63:56, 5)") \
	R(SMMU_L1STD_SPAN, "5.1", "L1STD: a span above 11, or above the split") \
	R(SMMU_L1STD_WIDTH, "5.1", "L1STD: an address beyond IDR5.OAS") \
	R(SMMU_L1STD_ALIGNED, "5.1", "L1STD: not aligned to the array's size") \
	R(SMMU_STREAMS_NOTHING, "7.3.4", "a stream table that is not in memory") \
	R(SMMU_STE_RESERVED, "5.2", "STE: a reserved bit") \
	R(SMMU_STE_FEATURE, "5.2", "STE: a field of a feature that is not there") \
	R(SMMU_STE_CONFIG, "5.2", "STE: Config 0b001 to 0b011") \
	R(SMMU_STE_STAGE_1, "5.2", "STE: stage 1 where there is none") \
	R(SMMU_STE_STAGE_2, "5.2", "STE: stage 2 where there is none") \
	R(SMMU_STE_SUBSTREAMS, "5.2", "STE: S1CDMax above IDR1.SSIDSIZE") \
	R(SMMU_STE_CONTEXT_WIDTH, "5.2", "STE: S1ContextPtr beyond IDR5.OAS") \
	R(SMMU_STE_CONTEXT_SHARE, "5.2", "STE: S1CSH 0b01") \
	R(SMMU_STE_CONTEXT_STALL, "5.2", "STE: S1STALLD where the stall model cannot be chosen") \
	R(SMMU_STE_WORLD, "5.2", "STE: STRW reserved, or EL2 where IDR0.Hyp is 0") \
	R(SMMU_STE_ATTRIBUTES, "5.2", "STE: MTCFG, MemAttr, ALLOCCFG, SHCFG where IDR1.ATTR_TYPES_OVR is 0") \
	R(SMMU_STE_MEMORY, "5.2", "STE: MemAttr reserved, or set without MTCFG") \
	R(SMMU_STE_PERMISSIONS, "5.2", "STE: PRIVCFG, INSTCFG reserved, or set where IDR1.ATTR_PERMS_OVR is 0") \
	R(SMMU_STE_VMID, "5.2", "STE: S2VMID above 8 bits where IDR0.VMID16 is 0") \
	R(SMMU_STE_SIZE, "5.2", "STE: S2T0SZ beyond 39, or an input size above the IAS") \
	R(SMMU_STE_START, "5.2", "STE: S2SL0 and S2T0SZ inconsistent, or a start level that the output size forbids") \
	R(SMMU_STE_SHARE, "5.2", "STE: S2SH0 0b01") \
	R(SMMU_STE_GRANULE, "5.2", "STE: S2TG of a granule that IDR5 does not have") \
	R(SMMU_STE_OUTPUT, "5.2", "STE: S2PS above IDR5.OAS") \
	R(SMMU_STE_FORMAT, "5.2", "STE: S2AA64 0 where there is no AArch32") \
	R(SMMU_STE_ENDIAN, "5.2", "STE: S2ENDI big where IDR0.TTENDIAN is little") \
	R(SMMU_STE_FLAGS, "5.2", "STE: S2HA, S2HD where IDR0.HTTU is 0") \
	R(SMMU_STE_STALL, "5.2", "STE: S2S other than the stall model allows") \
	R(SMMU_STE_UNRECORDED, "5.2", "STE: S2R 0: the stream's faults are not recorded (the driver's promise)") \
	R(SMMU_STE_TABLE_WIDTH, "5.2", "STE: S2TTB beyond S2PS") \
	R(SMMU_STE_TABLE_ALIGNED, "5.2", "STE: S2TTB not aligned to the tables of the start level") \
	R(SMMU_STE_SHARED_VMID, "5.2.2", "two entries of one VMID that differ in what a TLB entry remembers") \
	R(SMMU_STE_SPAN, "5.2", "STE: CONT, and its neighbours in the span differ") \
	R(SMMU_STE_ORDER, "3.21.3.1", "STE: made valid before its other words were invalidated (CFGI, SYNC)") \
	R(SMMU_STE_LIVE, "3.21.3.1", "STE: more than one word changes while it is valid") \
	/* context descriptors */ \
	R(SMMU_CD_NOTHING, "7.3.10", "a context descriptor that is not in memory") \
	R(SMMU_CD_INVALID, "5.4", "CD: V is 0 in a valid stream") \
	R(SMMU_CD_RESERVED, "5.4", "CD: a reserved bit, or one of a feature that is not there") \
	R(SMMU_CD_SIZE, "5.4", "CD: T0SZ out of 16 to 39") \
	R(SMMU_CD_GRANULE, "5.4", "CD: TG0 of a granule that IDR5 does not have") \
	R(SMMU_CD_SHARE, "5.4", "CD: SH0 0b01") \
	R(SMMU_CD_ENDIAN, "5.4", "CD: ENDI big where IDR0.TTENDIAN is little") \
	R(SMMU_CD_UPPER, "5.4", "CD: EPD1 0: a second table is walked that nobody set (the driver's promise)") \
	R(SMMU_CD_OUTPUT, "5.4", "CD: IPS above IDR5.OAS") \
	R(SMMU_CD_FORMAT, "5.4", "CD: AA64 0 where there is no AArch32") \
	R(SMMU_CD_FLAGS, "5.4", "CD: HA, HD where IDR0.HTTU is 0") \
	R(SMMU_CD_STALL, "5.4", "CD: S other than the stall model allows") \
	R(SMMU_CD_ABORT, "5.4", "CD: A 0 where IDR0.TERM_MODEL is 1") \
	R(SMMU_CD_SHARED_ASID, "5.4", "CD: ASET 0: the ASID is one of the CPUs' (the driver's promise)") \
	R(SMMU_CD_ASID, "5.4", "CD: an ASID above 8 bits where IDR0.ASID16 is 0") \
	R(SMMU_CD_TABLE_WIDTH, "5.4", "CD: TTB0 beyond IPS") \
	R(SMMU_CD_TABLE_ALIGNED, "5.4", "CD: TTB0 not aligned to the first table") \
	R(SMMU_CD_SHARED_TABLE, "5.4.1", "two CDs of one ASID that differ in what a TLB entry remembers") \
	R(SMMU_CD_LIVE, "3.21.3.1", "CD: more than one word changes while it is valid and reachable") \
	R(SMMU_CD_ATTRIBUTES, "5.4", "CD: a MAIR attribute in use that is not defined") \
	/* translation tables */ \
	R(SMMU_TABLE_NOTHING, "D8.3", "a table that is not in memory") \
	R(SMMU_TABLE_FREED, "3.21.1", "a table, or a structure, that lies in free memory") \
	R(SMMU_TABLE_RESERVED, "D8.3.1", "table descriptor: a RES0 bit (50:48; stage 2: 63:59)") \
	R(SMMU_TABLE_WIDTH, "D8.3.1", "table descriptor: an address beyond the output size") \
	R(SMMU_LEAF_RESERVED, "D8.3.1", "block or page descriptor: a RES0 bit (50:48; stage 2: 11)") \
	R(SMMU_LEAF_LOW, "D8.3.1", "block descriptor: a RES0 bit below its address") \
	R(SMMU_LEAF_WIDTH, "D8.3.1", "block or page descriptor: an address beyond the output size") \
	R(SMMU_LEAF_LEVEL, "D8.3.1", "a block at level 0, or 0b01 at level 3") \
	R(SMMU_LEAF_CONTIGUOUS, "D8.7.1", "the contiguous bit, and the 16 descriptors are not one range alike") \
	R(SMMU_LEAF_SHARE, "D8.3.2", "block or page descriptor: SH 0b01") \
	R(SMMU_LEAF_MEMORY, "D8.3.2", "stage 2 block or page descriptor: MemAttr reserved (0b0100, 0b1000, 0b1100)") \
	/* caches */ \
	R(SMMU_TWO_SIZES, "3.21.1.1", "two sizes of one address at once, where IDR3.BBML is below 2") \
	R(SMMU_TWO_OUTPUTS, "3.21.1.1", "two outputs or memory types of one address at once: no break before make") \
	R(SMMU_POSTED_NOTHING, "3.21.1", "a posted write becomes visible where no memory is")
/* clang-format on */

#define SMMU_RULE(name, section, text) name,
enum smmu_rule { SMMU_RULES(SMMU_RULE) SMMU_NRULES };
#undef SMMU_RULE

#endif
