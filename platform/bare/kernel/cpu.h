/* SPDX-License-Identifier: MPL-2.0 */
/*
 * CPUs: what each has of its own, starting them, giving them work, interrupting them.
 *
 * CPU 0 is the one that booted; it runs app_main(). The others wait for interrupts until cpu_run() gives them work.
 */
#ifndef BARE_CPU_H
#define BARE_CPU_H

#include <dmastream/types.h>

#define BARE_CPUS 16 /* those that firmware names beyond are not started */

/* A CPU's own. The architecture keeps the address in a register of the CPU; offsets of the first three are known to
 * assembly. Aligned, so that no two CPUs share a cache line. */
struct cpu {
	uintptr_t owner;      /* what a lock that this CPU holds contains: its number + 1 */
	uintptr_t trap_stack; /* top of the stack on which exceptions are reported */
	unsigned number;
	uint64_t hardware_id; /* by which interrupts are sent to it */
	bool online;	      /* it takes interrupts and shoot-downs */
	/* One call from another CPU: taken by whoever sets `caller` from 0, `call` is run in an interrupt handler
	 * here. */
	unsigned caller; /* its number + 1 */
	void (*call)(void *context);
	void *call_context;
	bool called; /* cleared when it has returned */
	/* Work of cpu_run(). */
	void (*work)(void *context); /* NULL: idle */
	void *work_context;
	uint64_t interrupts; /* that it has taken */
	uint64_t shootdowns; /* that it has served for others */
} __attribute__((aligned(256)));

extern struct cpu cpus[BARE_CPUS];

/* CPUs that are online; numbers are 0 to one less. */
unsigned cpu_count(void);

/* Starts all that the firmware names, or as many as the option `cpus` says. Interrupts on. */
void cpus_start(void);

/* Runs work(context) on another, idle CPU, with interrupts on, and returns at once; false: it is busy, or no such
 * CPU. */
bool cpu_run(unsigned cpu, void (*work)(void *context), void *context);
/* Has that CPU work that has not returned? What it did is seen by who is told no. */
bool cpu_busy(unsigned cpu);

/* Runs call(context) in an interrupt handler of that CPU (of this one, too), and waits until it has returned. Any
 * context in which waiting for other CPUs is allowed. */
void cpu_interrupt(unsigned cpu, void (*call)(void *context), void *context);

/* Flushes the range from the TLBs of all CPUs and waits for them. Any context: who waits for locks or for other CPUs
 * with interrupts off serves shoot-downs meanwhile. */
void cpu_tlb_flush(uintptr_t va, size_t npages);

/* Serves a shoot-down that waits for this CPU, if there is one. Called wherever a CPU waits with interrupts off. */
void cpu_serve(void);

/* Waits for an interrupt, at most about as long as a tick, unless ready() is true. Interrupts on. */
void cpu_sleep(bool (*ready)(void *context), void *context);

/* Calls late() in an interrupt handler of this CPU when that time has passed, once; 0: an alarm that was set is off.
 * Interrupts are on at the latest soon after. Nothing is called where the machine has no interrupts. */
void cpu_alarm(uint64_t ns, void (*late)(void));

/* ---- For the architecture ---------------------------------------------------------------------------------------- */

/* What a CPU that machine_cpu_start() starts takes over; its boot code reads it. One starts at a time. */
extern struct cpu_start {
	uint64_t root;	 /* vm_root() */
	uintptr_t stack; /* its top */
	struct cpu *cpu;
} cpu_start;
/* boot.S: where firmware lets a CPU begin, with translation off; q35 has a trampoline instead. It calls
 * machine_cpu_started() on the CPU's stack, with the final tables on and interrupts off. */
extern const char cpu_entry[];
_Noreturn void machine_cpu_started(void);

/* The handler of the timer's interrupt. */
void cpu_on_timer(void);
/* The handler of the interrupt that machine_ipi() sends. */
void cpu_on_ipi(void);
/* What machine_cpu_started() ends with. */
_Noreturn void cpu_main(void);

#endif
