/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the RISC-V IOMMU Architecture Specification 1.0 demands of software that uses one stage of translation, a line
 * for each rule: name, section, what breaks it.
 */
#ifndef PLATFORM_SIM_RISCV_RULES_H
#define PLATFORM_SIM_RISCV_RULES_H

/* clang-format off */
#define RISCV_RULES(R) \
	/* registers */ \
	R(RISCV_ACCESS_UNKNOWN, "Register layout", "a write of not 0 to an offset where no register of this unit is") \
	R(RISCV_ACCESS_SPAN, "Register layout", "an access of 8 bytes to a register of 4") \
	R(RISCV_ACCESS_READ_ONLY, "Register layout", "a write to a read-only register") \
	R(RISCV_FCTL_RESERVED, "fctl", "a bit that is WPRI (31:3) is written as another than it is") \
	R(RISCV_FCTL_ACTIVE, "fctl", "it changes while the unit is not Off, or a queue is on") \
	R(RISCV_DDTP_RESERVED, "ddtp", "a bit that is WPRI (63:54, 9:5) is written as another than it is") \
	R(RISCV_DDTP_BUSY, "ddtp", "it is written while busy") \
	R(RISCV_DDTP_MODE, "ddtp", "iommu_mode is reserved (5 to 13)") \
	R(RISCV_DDTP_LEVELS, "ddtp", "from one directory to another without Off or Bare between") \
	R(RISCV_DDTP_BARE, "ddtp", "from a directory to Bare without Off between") \
	R(RISCV_DDTP_PPN, "ddtp", "PPN changes with the transition to Off") \
	R(RISCV_DDTP_WIDTH, "ddtp", "the directory lies beyond the width of physical addresses") \
	R(RISCV_CQB_RESERVED, "cqb", "a bit that is WPRI (63:54, 9:5) is written as another than it is") \
	R(RISCV_CQB_ACTIVE, "cqb", "it changes while the queue is on or busy") \
	R(RISCV_CQB_ALIGNED, "cqb", "a queue of more than 4 KiB that is not aligned to its size") \
	R(RISCV_CQB_UNSET, "cqb", "the queue is enabled, and its base was never set") \
	R(RISCV_CQT_RANGE, "cqt", "an index beyond the queue") \
	R(RISCV_CQT_OVERRUN, "Command-Queue", "the tail passes the head") \
	R(RISCV_FQB_RESERVED, "fqb", "a bit that is WPRI (63:54, 9:5) is written as another than it is") \
	R(RISCV_FQB_ACTIVE, "fqb", "it changes while the queue is on or busy") \
	R(RISCV_FQB_ALIGNED, "fqb", "a queue of more than 4 KiB that is not aligned to its size") \
	R(RISCV_FQB_UNSET, "fqb", "the queue is enabled, and its base was never set") \
	R(RISCV_FQH_RANGE, "fqh", "an index beyond the queue") \
	R(RISCV_FQH_OVERRUN, "Fault/Event-Queue", "the head passes the tail") \
	R(RISCV_FQ_NOTHING, "Fault/Event-Queue", "the fault queue is not in memory") \
	R(RISCV_PQB_RESERVED, "pqb", "a bit that is WPRI (63:54, 9:5) is written as another than it is") \
	R(RISCV_PQB_ACTIVE, "pqb", "it changes while the queue is on or busy") \
	R(RISCV_PQB_ALIGNED, "pqb", "a queue of more than 4 KiB that is not aligned to its size") \
	R(RISCV_PQB_UNSET, "pqb", "the queue is enabled, and its base was never set") \
	R(RISCV_PQH_RANGE, "pqh", "an index beyond the queue") \
	R(RISCV_PQH_OVERRUN, "Page-Request-Queue", "the head passes the tail") \
	R(RISCV_PQ_NOTHING, "Page-Request-Queue", "the page-request queue is not in memory") \
	R(RISCV_CSR_RESERVED, "cqcsr, fqcsr, pqcsr", "a bit that is WPRI is written as another than it is") \
	R(RISCV_CSR_BUSY, "cqcsr, fqcsr, pqcsr", "it is written while busy") \
	/* commands */ \
	R(RISCV_COMMAND_FETCH, "Command-Queue", "the command queue is not in memory") \
	R(RISCV_COMMAND_OPCODE, "Command-Queue", "a reserved opcode or func3") \
	R(RISCV_COMMAND_UNMENDED, "cqcsr", "cmd_ill is cleared, and the illegal command stands at the head still") \
	R(RISCV_IOTINVAL_RESERVED, "IOTINVAL", "a reserved bit (127:126, 73:64, 63:60, 43:34, 11)") \
	R(RISCV_IOTINVAL_PSCV, "IOTINVAL", "IOTINVAL.GVMA with PSCV") \
	R(RISCV_IOFENCE_RESERVED, "IOFENCE", "a reserved bit (127:126, 31:14)") \
	R(RISCV_IOFENCE_WSI, "IOFENCE", "WSI without wired interrupts") \
	R(RISCV_IOFENCE_ADDRESS, "IOFENCE", "a store address that is not in memory") \
	R(RISCV_IODIR_RESERVED, "IODIR", "a reserved bit (127:64, 39:34, 32, 11:10), or PID of INVAL_DDT") \
	R(RISCV_IODIR_DEVICE, "IODIR", "a device id wider than the directory's levels") \
	R(RISCV_IODIR_PDT, "IODIR", "INVAL_PDT without a device") \
	R(RISCV_IODIR_PROCESS, "IODIR", "a process id wider than the unit's, which has none") \
	R(RISCV_ATS_UNSUPPORTED, "ATS", "an ATS command where capabilities.ATS is 0") \
	R(RISCV_ATS_RESERVED, "IOMMU PCIe ATS commands", "a reserved bit (39:34, 11:10)") \
	R(RISCV_ATS_PAYLOAD, "IOMMU PCIe ATS commands", "a bit of the payload that is 0 in every such message") \
	R(RISCV_PRGR_CODE, "IOMMU PCIe ATS commands", "a response code other than PCIe's 0, 1 and 15") \
	/* directory */ \
	R(RISCV_DIRECTORY_RESERVED, "Non-leaf DDT entry", "a reserved bit (63:54, 9:1)") \
	R(RISCV_DIRECTORY_WIDTH, "Non-leaf DDT entry", "a table beyond the width of physical addresses") \
	R(RISCV_DIRECTORY_NOTHING, "Device-Directory-Table", "a table that is not in memory") \
	R(RISCV_DC_RESERVED, "Device-context fields", "a reserved bit of tc, ta, fsc, msiptp, mask or pattern") \
	R(RISCV_DC_UNSUPPORTED, "Device-context configuration checks", "a bit of tc whose feature the unit lacks") \
	R(RISCV_DC_PRI, "Device-context configuration checks", "EN_PRI without EN_ATS") \
	R(RISCV_DC_PRPR, "Device-context configuration checks", "PRPR without EN_PRI") \
	R(RISCV_DC_FIRST_STAGE, "Device-context configuration checks", \
	  "a first stage that is reserved, or that the unit lacks") \
	R(RISCV_DC_MODE, "Device-context configuration checks", \
	  "a second stage that is reserved, or that the unit lacks") \
	R(RISCV_DC_ALIGNED, "Device-context configuration checks", "a root that is not aligned to 16 KiB") \
	R(RISCV_DC_MSI_MODE, "Device-context configuration checks", "msiptp.MODE is neither Off nor Flat") \
	R(RISCV_DC_MSI_BARE, "MSI page table pointer", "msiptp.MODE is Flat and iohgatp Bare") \
	R(RISCV_DC_MSI_ALIGNED, "Process to translate addresses of MSIs", \
	  "an MSI page table that is not aligned to its size: address and number are joined by OR") \
	R(RISCV_DC_TWO_MSI, "Caching in-memory data structures", \
	  "two contexts with one GSCID and different MSI page tables, masks or patterns") \
	R(RISCV_DC_TWO_TABLES, "iohgatp", "two contexts with one GSCID and different tables") \
	R(RISCV_DC_TWO_FIRST, "First-stage context", "two contexts with one PSCID and different tables") \
	R(RISCV_DC_TORN, "Device-context", "V is found with a field that it was not written with") \
	R(RISCV_DC_MIXED, "Device-context", "two fields behind tc change while V is 1") \
	/* tables */ \
	R(RISCV_PTE_RESERVED, "privileged architecture, Sv39x4", "a reserved bit (63:54)") \
	R(RISCV_PTE_WRITE_ONLY, "privileged architecture, Sv39x4", "W without R") \
	R(RISCV_PTE_POINTER, "privileged architecture, Sv39x4", "A, D or U in an entry that points to a table") \
	R(RISCV_PTE_DEPTH, "privileged architecture, Sv39x4", "an entry of the last level that points to a table") \
	R(RISCV_PTE_ALIGNED, "privileged architecture, Sv39x4", "a big page that is not aligned to its size") \
	R(RISCV_PTE_USER, "privileged architecture, two-stage translation", "a leaf without U") \
	R(RISCV_PTE_GLOBAL, "privileged architecture, Sv39x4", "G, of which no number is a domain's, or reserved") \
	R(RISCV_TABLE_WIDTH, "privileged architecture, Sv39x4", \
	  "an entry leads beyond the width of physical addresses") \
	R(RISCV_TABLE_NOTHING, "privileged architecture, Sv39x4", "an entry leads to a table that is not in memory") \
	/* MSI page tables */ \
	R(RISCV_MSI_RESERVED, "Process to translate addresses of MSIs", \
	  "a reserved bit (62:54, 9:3) of an entry in basic translate mode") \
	R(RISCV_MSI_CUSTOM, "Process to translate addresses of MSIs", "C, of which this unit knows no meaning") \
	R(RISCV_MSI_MODE, "Process to translate addresses of MSIs", \
	  "M is 0 or 2, or 1 where capabilities.MSI_MRIF is 0") \
	R(RISCV_MSI_WIDTH, "Process to translate addresses of MSIs", \
	  "an entry leads beyond the width of physical addresses") \
	R(RISCV_MSI_NOTHING, "Process to translate addresses of MSIs", "an entry that is not in memory") \
	/* caches */ \
	R(RISCV_TABLE_FREED, "Guidelines for invalidations", "a table is walked that lies in free memory")
/* clang-format on */

#define RISCV_RULE(name, section, text) name,
enum riscv_rule { RISCV_RULES(RISCV_RULE) RISCV_NRULES };
#undef RISCV_RULE

#endif
