/* SPDX-License-Identifier: MPL-2.0 */
/* What the CPUs do: time, caches, other CPUs and interrupts between them, traps. */
#include "../kernel/cpu.h"
#include "../kernel/end.h"
#include "../kernel/ticks.h"
#include "../memory/vm.h"
#include "caches.h"
#include "loongarch.h"

#include <dmastream/arch.h>

/* IOCSR of the cores (Loongson 3A5000 Processor Reference Manual, 10, "inter-processor interrupts"). */
enum {
	IPI_STATUS = 0x1000,
	IPI_ENABLE = 0x1004,
	IPI_CLEAR = 0x100c,
	IPI_SEND = 0x1040,
	MAIL_SEND = 0x1048,
	SEND_CPU_SHIFT = 16,
	MAIL_BOX_SHIFT = 2, /* halves of mailboxes: 2 n is the lower one of mailbox n */
	MAIL_DATA_SHIFT = 32,
};
#define SEND_WAITS UINT32_C(0x80000000) /* until it has arrived */

/* ESTAT.Ecode (table 21): those after which the tables are looked at. */
enum {
	STORE_INVALID = 2,
	FETCH_INVALID = 3,
	STORE_READ_ONLY = 4,
	FETCH_NOT_EXECUTABLE = 6,
	ECODE_SHIFT = 16,
	ECODE_MASK = 63,
};

#define cpucfg __builtin_loongarch_cpucfg

/* ---- Time -------------------------------------------------------------------------------------------------------- */

/* CPUCFG words 4 and 5 (2.2.10.5): the crystal's frequency, and what the counter multiplies and divides it by. */
void machine_init(void)
{
	uint32_t ratio = cpucfg(5), divisor = ratio >> 16;

	ticks_init(divisor ? (uint64_t)cpucfg(4) * (ratio & 0xffff) / divisor : 0,
		   "CPUCFG gives the counter no frequency");
}

/* With QEMU's -icount shift=0 a nanosecond is an instruction; the counter counts tens of them. */
uint64_t machine_ticks(void)
{
	return machine_time_ns();
}

void machine_timer(uint64_t ns)
{
	csr_write(CSR_TCFG, ((ticks_of(ns) + 3) & ~UINT64_C(3)) | 1); /* once */
}

/* ---- Caches ------------------------------------------------------------------------------------------------------ */

static struct caches caches(void)
{
	uint32_t word[CACHES_WORDS];

	for (uint32_t i = 0; i < CACHES_WORDS; i++)
		word[i] = cpucfg(CACHES_WORD + i);
	return caches_of(word);
}

/* Uncached mappings really are: MAT stands in each. */
void machine_cache_info(struct dma_host_info *info)
{
	struct caches found = caches();

	info->can_sync = dma_arch_can_sync();
	info->uncached_ok = true;
	info->line_step = found.step;
	info->line_align = found.align;
}

/* Hit invalidate and write back (CACOP's operation, bits 4:3 are 2) in one cache, where it is there: a constant of the
 * instruction says which. */
#define FLUSH(caches, object, at)                                                                                      \
	if ((caches) >> (object)&1)                                                                                    \
	__builtin_loongarch_cacop_d(0x10 | (object), at, 0)

/* Writes back and drops what each cache holds that CPUCFG names, from the core outwards. For memory that changes
 * between cached and uncached; devices snoop. */
void machine_flush_lines(const void *va, size_t nbytes)
{
	struct caches found = caches();

	_Static_assert(CACHES_OBJECTS == 6, "an instruction for each");
	__asm__ volatile("dbar 0" : : : "memory");
	for (uintptr_t at = (uintptr_t)va & ~(found.step - 1); at < (uintptr_t)va + nbytes; at += found.step) {
		FLUSH(found.data, 0, at);
		FLUSH(found.data, 1, at);
		FLUSH(found.data, 2, at);
		FLUSH(found.data, 3, at);
		FLUSH(found.data, 4, at);
		FLUSH(found.data, 5, at);
	}
	__asm__ volatile("dbar 0" : : : "memory");
}

/* ---- Other CPUs -------------------------------------------------------------------------------------------------- */

unsigned machine_cpus(uint64_t *ids, unsigned max)
{
	ids[0] = cpus[0].hardware_id;
	return fdt_cpus(ids, max, NULL);
}

static void send(uint64_t id)
{
	__asm__ volatile("dbar 0" : : : "memory"); /* stores before it are seen by who takes the interrupt */
	iocsr_write(IPI_SEND, SEND_WAITS | (uint32_t)id << SEND_CPU_SHIFT);
}

/* Firmware lets other CPUs wait for an interrupt, and go where their first mailbox says; its lower half comes last,
 * since a zero there keeps them waiting. */
bool machine_cpu_start(struct cpu *cpu)
{
	uint64_t entry = vm_linear_paddr(cpu_entry);

	for (unsigned half = 2; half-- > 0;)
		iocsr_write64(MAIL_SEND, (entry >> 32 * half) << MAIL_DATA_SHIFT | SEND_WAITS |
						 cpu->hardware_id << SEND_CPU_SHIFT | half << MAIL_BOX_SHIFT);
	send(cpu->hardware_id);
	return true;
}

void machine_cpu_listen(void)
{
	eiointc_cpu_init();
	iocsr_write(IPI_ENABLE, 1);
	csr_write(CSR_ECFG, 1 << LINE_MESSAGES | 1 << LINE_TIMER | 1 << LINE_IPI);
}

void machine_cpu_started(void)
{
	machine_cpu_listen();
	cpu_main();
}

void machine_vm_activate(uint64_t root_paddr)
{
	machine_vm_publish();
	csr_write(CSR_PGDH, root_paddr);
	machine_tlb_flush_all();
}

/* ---- Interrupts -------------------------------------------------------------------------------------------------- */

void machine_ipi(unsigned cpu)
{
	send(cpus[cpu].hardware_id);
}

/* A pending interrupt ends idle though it is masked, and is taken between the two. */
void machine_wait(void)
{
	__asm__ volatile("idle 0" : : : "memory");
	machine_interrupts_restore(CRMD_IE);
	(void)machine_interrupts_off();
}

static void take_interrupts(uint64_t lines)
{
	cpus[machine_cpu()].interrupts++;
	if (lines & 1 << LINE_TIMER) {
		csr_write(CSR_TICLR, 1);
		cpu_on_timer();
	}
	if (lines & 1 << LINE_IPI) {
		iocsr_write(IPI_CLEAR, iocsr_read(IPI_STATUS));
		cpu_on_ipi();
	}
	if (lines & 1 << LINE_MESSAGES)
		eiointc_interrupt();
}

/* ESTAT.Ecode (table 21), those that a kernel's mistakes give. */
static const char *const causes[] = {[1] = "load page invalid",
				     [2] = "store page invalid",
				     [3] = "fetch page invalid",
				     [4] = "store to read-only page",
				     [5] = "page not readable",
				     [6] = "page not executable",
				     [7] = "privilege",
				     [8] = "address error",
				     [9] = "unaligned address",
				     [12] = "break",
				     [13] = "undefined instruction",
				     [14] = "privileged instruction",
				     [15] = "floating point"};

void machine_trap(uint64_t state, uint64_t at, uint64_t address)
{
	unsigned code = state >> ECODE_SHIFT & ECODE_MASK;

	if (!code)
		take_interrupts(state & csr_read(CSR_ECFG));
	else if ((code > STORE_READ_ONLY && code != FETCH_NOT_EXECUTABLE) ||
		 !vm_fault_is_stale(address, code == STORE_INVALID || code == STORE_READ_ONLY,
				    code == FETCH_INVALID || code == FETCH_NOT_EXECUTABLE))
		end_by_exception("%s: estat 0x%llx, era 0x%llx, badv 0x%llx",
				 end_cause(causes, sizeof(causes) / sizeof(causes[0]), code), (unsigned long long)state,
				 (unsigned long long)at, (unsigned long long)address);
}
