/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the AMD I/O Virtualization Technology Specification (48882, revision 3) demands of software that uses host
 * translation, a line for each rule: name, section, what breaks it. Registers are named by their offset (section 3.4),
 * bits of a command or of a table entry as the specification counts them, from 0 to 127 or 255.
 */
#ifndef PLATFORM_SIM_AMDVI_RULES_H
#define PLATFORM_SIM_AMDVI_RULES_H

/* clang-format off */
#define AMDVI_RULES(R) \
	/* registers: access */ \
	R(AMDVI_ACCESS_UNKNOWN, "3.4", "a write of not 0 to an offset where no register of this unit is") \
	R(AMDVI_ACCESS_READ_ONLY, "3.4", "a write to a read-only register") \
	/* registers: reserved bits */ \
	R(AMDVI_DEVTAB_RESERVED, "3.4, 0000h", "device table base: a reserved bit (63:52, 11:9) is written as 1") \
	R(AMDVI_COMBASE_RESERVED, "3.4, 0008h", "command buffer base: a reserved bit (63:60, 55:52, 11:0)") \
	R(AMDVI_EVENTBASE_RESERVED, "3.4, 0010h", "event log base: a reserved bit (63:60, 55:52, 11:0)") \
	R(AMDVI_CONTROL_RESERVED, "3.4, 0018h", "control: a reserved bit (63:55, 53:52, 49, 44, 21:18)") \
	R(AMDVI_EXCLBASE_RESERVED, "3.4, 0020h", "exclusion base: a reserved bit (63:52, 11:2)") \
	R(AMDVI_EXCLLIMIT_RESERVED, "3.4, 0028h", "exclusion limit: a reserved bit (63:52, 11:0)") \
	R(AMDVI_COMHEAD_RESERVED, "3.4, 2000h", "command head: a reserved bit (63:19, 3:0)") \
	R(AMDVI_COMTAIL_RESERVED, "3.4, 2008h", "command tail: a reserved bit (63:19, 3:0)") \
	R(AMDVI_EVENTHEAD_RESERVED, "3.4, 2010h", "event head: a reserved bit (63:19, 3:0)") \
	R(AMDVI_EVENTTAIL_RESERVED, "3.4, 2018h", "event tail: a reserved bit (63:19, 3:0)") \
	R(AMDVI_STATUS_RESERVED, "3.4, 2020h", "status: a reserved bit (63:19, 14:13) is written as 1") \
	/* registers: values and moments */ \
	R(AMDVI_DEVTAB_WIDTH, "3.4, 0000h", "the device table lies beyond the width of physical addresses") \
	R(AMDVI_DEVTAB_ACTIVE, "3.4, 0000h", \
	  "the device table's register changes by halves while the unit is enabled") \
	R(AMDVI_DEVTAB_NOTHING, "2.2.2", "the device table is not, or not all of it is, in memory") \
	R(AMDVI_COMBASE_LENGTH, "3.4, 0008h", "a command buffer of less than 256 entries (ComLen 0000b to 0111b)") \
	R(AMDVI_COMBASE_WIDTH, "3.4, 0008h", "the command buffer lies beyond the width of physical addresses") \
	R(AMDVI_COMBASE_ACTIVE, "3.4, 0008h", "the command buffer's base changes while it runs (CmdBufRun)") \
	R(AMDVI_EVENTBASE_LENGTH, "3.4, 0010h", "an event log of less than 256 entries (EventLen 0000b to 0111b)") \
	R(AMDVI_EVENTBASE_WIDTH, "3.4, 0010h", "the event log lies beyond the width of physical addresses") \
	R(AMDVI_EVENTBASE_ACTIVE, "3.4, 0010h", "the event log's base changes while it runs (EventLogRun)") \
	R(AMDVI_CONTROL_UNSUPPORTED, "3.4, 0018h", "control: a bit of a feature that 0030h does not have") \
	R(AMDVI_CONTROL_TIMEOUT, "3.4, 0018h", "control: InvTimeOut 111b") \
	R(AMDVI_CONTROL_NO_TABLE, "2.2.2", "the unit is enabled and the device table was never set") \
	R(AMDVI_CONTROL_NO_BUFFER, "2.4", "CmdBufEn is set and the command buffer was never set") \
	R(AMDVI_CONTROL_NO_LOG, "2.5", "EventLogEn is set and the event log was never set") \
	R(AMDVI_EXCL_ORDER, "3.4, 0020h", "the exclusion range is enabled and its limit is below its base") \
	R(AMDVI_COMHEAD_ACTIVE, "3.4, 2000h", "the command head is written while the buffer runs (CmdBufRun)") \
	R(AMDVI_COMHEAD_RANGE, "3.4, 2000h", "the command head is written beyond the buffer's length") \
	R(AMDVI_COMTAIL_RANGE, "3.4, 2008h", "the command tail is written beyond the buffer's length") \
	R(AMDVI_COMTAIL_OVERRUN, "2.4", "the command tail passes the head") \
	R(AMDVI_EVENTHEAD_RANGE, "3.4, 2010h", "the event head is written beyond the log's length") \
	R(AMDVI_EVENTHEAD_OVERRUN, "2.5", "the event head passes the tail") \
	R(AMDVI_EVENTTAIL_ACTIVE, "3.4, 2018h", "the event tail is written while the log runs (EventLogRun)") \
	R(AMDVI_EVENTTAIL_RANGE, "3.4, 2018h", "the event tail is written beyond the log's length") \
	R(AMDVI_EVENTLOG_NOTHING, "2.5", "the event log is not in memory") \
	/* commands */ \
	R(AMDVI_COMMAND_FETCH, "2.4", "the command buffer is not in memory") \
	R(AMDVI_COMMAND_OPCODE, "2.4", "an opcode other than 1 to 8") \
	R(AMDVI_COMMAND_UNMENDED, "2.5.6", \
	  "the buffer starts again, and the illegal command stands at its head still") \
	R(AMDVI_WAIT_RESERVED, "2.4.1", "COMPLETION_WAIT: a reserved bit (59:52)") \
	R(AMDVI_WAIT_WIDTH, "2.4.1", "COMPLETION_WAIT: a store address beyond the width of physical addresses") \
	R(AMDVI_WAIT_ADDRESS, "2.4.1", "COMPLETION_WAIT: a store address that is not in memory") \
	R(AMDVI_ENTRY_RESERVED, "2.4.2", "INVALIDATE_DEVTAB_ENTRY: a reserved bit (127:64, 59:16)") \
	R(AMDVI_PAGES_RESERVED, "2.4.3", "INVALIDATE_IOMMU_PAGES: a reserved bit (75:67, 59:48, 31:20)") \
	R(AMDVI_PAGES_GUEST, "2.4.3", "INVALIDATE_IOMMU_PAGES: GN where GTSup is 0, or a PASID without GN") \
	R(AMDVI_PAGES_SIZE, "2.4.3", "INVALIDATE_IOMMU_PAGES: S, and no bit of the address that is 0 tells the size") \
	R(AMDVI_IOTLB_UNSUPPORTED, "2.4.4", "INVALIDATE_IOTLB_PAGES where IotlbSup is 0") \
	R(AMDVI_IOTLB_RESERVED, "2.4.4", \
	  "INVALIDATE_IOTLB_PAGES: a reserved bit (75:67, 65), or of a feature that is off") \
	R(AMDVI_IOTLB_ORDER, "2.4.4", "a device's IOTLB is invalidated before the pages of the unit") \
	R(AMDVI_INTERRUPTS_RESERVED, "2.4.5", "INVALIDATE_INTERRUPT_TABLE: a reserved bit (127:64, 59:16)") \
	R(AMDVI_PREFETCH_UNSUPPORTED, "2.4.6", "PREFETCH_IOMMU_PAGES where PreFSup is 0") \
	R(AMDVI_PPR_UNSUPPORTED, "2.4.7", "COMPLETE_PPR_REQUEST where PPRSup is 0") \
	R(AMDVI_ALL_UNSUPPORTED, "2.4.8", "INVALIDATE_IOMMU_ALL where IASup is 0") \
	R(AMDVI_ALL_RESERVED, "2.4.8", "INVALIDATE_IOMMU_ALL: a reserved bit (127:64, 59:0)") \
	/* device table entries */ \
	R(AMDVI_DTE_RESERVED, "2.2.2.1", "device table entry: a reserved bit (245:192, 187, 183:180, 106, 63, 6:2)") \
	R(AMDVI_DTE_UNSUPPORTED, "2.2.2.1", "device table entry: a bit of a feature that 0030h does not have") \
	R(AMDVI_DTE_IOTLB, "2.2.2.1", "device table entry: I (bit 96) where IotlbSup is 0") \
	R(AMDVI_DTE_PORT_IO, "2.2.2.1", "device table entry: IoCtl 11b") \
	R(AMDVI_DTE_INTERRUPT_LENGTH, "2.2.2.1", "device table entry: IV, and IntTabLen 1100b to 1111b") \
	R(AMDVI_DTE_INTERRUPT_CONTROL, "2.2.2.1", "device table entry: IV, and IntCtl 11b") \
	R(AMDVI_DTE_INTERRUPT_NOTHING, "2.2.2.1", "device table entry: IV, remapping, and the table is not in memory") \
	R(AMDVI_DTE_MODE_RESERVED, "2.2.2.1", "device table entry: mode 111b") \
	R(AMDVI_DTE_MODE_UNSUPPORTED, "3.4, 0030h", "device table entry: a mode with more levels than HATS has") \
	R(AMDVI_DTE_WIDTH, "2.2.2.1", "device table entry: a root beyond the width of physical addresses") \
	R(AMDVI_DTE_NOTHING, "2.2.2.1", "device table entry: a root that is not in memory") \
	R(AMDVI_DTE_TWO_TABLES, "2.2.2.1", "two device table entries with one domain id and different tables") \
	R(AMDVI_DTE_TORN, "2.2.2.1", "a valid device table entry becomes another in more than one step") \
	/* host page tables */ \
	R(AMDVI_PDE_RESERVED, "2.2.3", "page directory entry: a reserved bit (60:52)") \
	R(AMDVI_PDE_LEVEL, "2.2.3", "page directory entry: a next level that is not below its own") \
	R(AMDVI_PTE_RESERVED, "2.2.3", "page table entry: a reserved bit (58:52)") \
	R(AMDVI_PTE_ALIGNED, "2.2.3", \
	  "page table entry: next level 0, and an address that its page size does not align") \
	R(AMDVI_PTE_SIZE, "2.2.3", "page table entry: next level 7, and a size that its level does not have") \
	R(AMDVI_PTE_REPEATED, "2.2.3", "page table entry: next level 7, and the entries of the page are not the same") \
	R(AMDVI_PTE_LEVEL, "2.2.3", "a page is mapped where no default size is (level 6)") \
	R(AMDVI_TABLE_WIDTH, "2.2.3", "an entry leads beyond the width of physical addresses") \
	R(AMDVI_TABLE_NOTHING, "2.2.3", "an entry leads to a table that is not in memory") \
	/* caches */ \
	R(AMDVI_TABLE_FREED, "2.4.3", "a table is walked that lies in free memory") \
	R(AMDVI_TWO_TRANSLATIONS, "2.4.3", "an address has two different translations in the cache") \
	R(AMDVI_POSTED_NOTHING, "2.4.9", "a posted write is drained to where no memory is")
/* clang-format on */

#define AMDVI_RULE(name, section, text) name,
enum amdvi_rule { AMDVI_RULES(AMDVI_RULE) AMDVI_NRULES };
#undef AMDVI_RULE

#endif
