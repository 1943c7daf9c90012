/* SPDX-License-Identifier: MPL-2.0 */
/* CPUs: see cpu.h. */
#include "cpu.h"
#include "../machine.h"
#include "../memory/frames.h"
#include "../memory/linear.h"
#include "../memory/vm.h"
#include "options.h"
#include "print.h"
#include "spin.h"
#include <dmastream/platform.h>

#define STACK_PAGES	 16
#define TICK_NS		 UINT64_C(10000000)
#define TRAP_STACK_BYTES 8192
#define START_NS	 UINT64_C(1000000000)

_Static_assert(offsetof(struct cpu, owner) == 0 && offsetof(struct cpu, trap_stack) == 8 &&
		       offsetof(struct cpu, number) == 16 && offsetof(struct cpu_start, root) == 0 &&
		       offsetof(struct cpu_start, stack) == 8 && offsetof(struct cpu_start, cpu) == 16,
	       "as machine_facts.h and boot.S read them");

static char trap_stacks[BARE_CPUS][TRAP_STACK_BYTES] __attribute__((aligned(16)));

struct cpu cpus[BARE_CPUS] = {
	[0] = {.owner = 1, .trap_stack = (uintptr_t)trap_stacks[1], .online = true},
};
struct cpu_start cpu_start;

static unsigned online = 1;

unsigned cpu_count(void)
{
	return __atomic_load_n(&online, __ATOMIC_ACQUIRE);
}

/* ---- TLB shoot-down ---- */

/*
 * One shoot-down at a time. The CPU that starts it owns va and npages from taking the lock until `waiting` is 0; each
 * other CPU flushes and then clears its bit (release), and the first CPU waits until it sees all bits cleared
 * (acquire).
 */
static struct {
	struct dma_lock lock;
	uintptr_t va;
	size_t npages;
	uint32_t waiting; /* a bit for each CPU that has not flushed yet */
} shootdown;

void cpu_serve(void)
{
	uint32_t mine = UINT32_C(1) << machine_cpu();

	if (MACHINE_TLB_IS_SHARED || !(__atomic_load_n(&shootdown.waiting, __ATOMIC_ACQUIRE) & mine))
		return;
	vm_tlb_flush_here(shootdown.va, shootdown.npages);
	cpus[machine_cpu()].shootdowns++;
	__atomic_and_fetch(&shootdown.waiting, ~mine, __ATOMIC_RELEASE);
}

void cpu_tlb_flush(uintptr_t va, size_t npages)
{
	uintptr_t state;
	uint32_t others = 0;

	if (MACHINE_TLB_IS_SHARED || cpu_count() == 1) {
		vm_tlb_flush_here(va, npages);
		return;
	}
	state = spin_lock(&shootdown.lock);
	for (unsigned i = 0; i < cpu_count(); i++)
		if (i != machine_cpu())
			others |= UINT32_C(1) << i;
	shootdown.va = va;
	shootdown.npages = npages;
	__atomic_store_n(&shootdown.waiting, others, __ATOMIC_SEQ_CST); /* after the page tables were written */
	for (unsigned i = 0; i < cpu_count(); i++)
		if (others >> i & 1)
			machine_ipi(i);
	vm_tlb_flush_here(va, npages);
	while (__atomic_load_n(&shootdown.waiting, __ATOMIC_ACQUIRE))
		machine_relax();
	spin_unlock(&shootdown.lock, state);
}

/* ---- Interrupts between CPUs ---- */

static void answer_call(struct cpu *cpu)
{
	if (!__atomic_load_n(&cpu->called, __ATOMIC_ACQUIRE))
		return;
	cpu->call(cpu->call_context);
	__atomic_store_n(&cpu->called, false, __ATOMIC_RELEASE);
}

void cpu_on_ipi(void)
{
	cpu_serve();
	answer_call(&cpus[machine_cpu()]);
}

void cpu_interrupt(unsigned number, void (*call)(void *context), void *context)
{
	struct cpu *cpu = &cpus[number];
	unsigned nobody = 0;

	while (!__atomic_compare_exchange_n(&cpu->caller, &nobody, machine_cpu() + 1, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		nobody = 0;
		cpu_serve();
		machine_relax();
	}
	cpu->call = call;
	cpu->call_context = context;
	__atomic_store_n(&cpu->called, true, __ATOMIC_SEQ_CST);
	machine_ipi(number);
	while (__atomic_load_n(&cpu->called, __ATOMIC_ACQUIRE)) {
		cpu_serve();
		machine_relax();
	}
	__atomic_store_n(&cpu->caller, 0, __ATOMIC_RELEASE);
}

/* ---- The alarm ---- */

static struct {
	uint64_t at; /* 0: none */
	unsigned cpu;
	void (*late)(void);
} alarm;

/* Whoever sleeps sets the timer anew, to a tick: so an alarm is looked at by the tick. */
void cpu_alarm(uint64_t ns, void (*late)(void))
{
	uintptr_t state = machine_interrupts_off();

	alarm.late = late;
	alarm.cpu = machine_cpu();
	alarm.at = ns ? machine_time_ns() + ns : 0;
	if (ns)
		machine_timer(TICK_NS);
	machine_interrupts_restore(state);
}

void cpu_on_timer(void)
{
	if (!alarm.at || machine_cpu() != alarm.cpu)
		return;
	if (machine_time_ns() < alarm.at) {
		machine_timer(TICK_NS);
		return;
	}
	alarm.at = 0;
	alarm.late();
}

/* ---- Idling and work ---- */

void cpu_sleep(bool (*ready)(void *context), void *context)
{
	uintptr_t state;

	if (!machine_has_interrupts()) {
		machine_relax();
		return;
	}
	/* An interrupt that comes between the question and the wait ends the wait. */
	state = machine_interrupts_off();
	if (!ready(context)) {
		machine_timer(TICK_NS);
		machine_wait();
	}
	machine_interrupts_restore(state);
}

static bool has_work(void *context)
{
	const struct cpu *cpu = context;

	return __atomic_load_n(&cpu->work, __ATOMIC_ACQUIRE) != NULL;
}

void cpu_main(void)
{
	struct cpu *cpu = &cpus[machine_cpu()];

	__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
	machine_interrupts_restore(~(uintptr_t)0);
	for (;;) {
		if (!has_work(cpu)) {
			cpu_sleep(has_work, cpu);
			continue;
		}
		cpu->work(cpu->work_context);
		__atomic_store_n(&cpu->work, NULL, __ATOMIC_RELEASE);
	}
}

static void nothing(void *context)
{
	(void)context;
}

bool cpu_run(unsigned number, void (*work)(void *context), void *context)
{
	if (number == 0 || number >= cpu_count() || cpu_busy(number))
		return false;
	cpus[number].work_context = context;
	__atomic_store_n(&cpus[number].work, work, __ATOMIC_RELEASE);
	cpu_interrupt(number, nothing, NULL); /* it may sleep */
	return true;
}

bool cpu_busy(unsigned number)
{
	return __atomic_load_n(&cpus[number].work, __ATOMIC_ACQUIRE) != NULL;
}

/* ---- Starting ---- */

/* The top of a stack below which nothing is mapped; 0: no memory. */
static uintptr_t make_stack(void)
{
	uint64_t paddr;
	uintptr_t guard;

	if (frames_alloc(STACK_PAGES + 1, UINT64_MAX, DMA_PAGE_SIZE, &paddr))
		return 0;
	guard = (uintptr_t)vm_linear(paddr);
	if (vm_break(guard, 1)) {
		frames_free(paddr, STACK_PAGES + 1);
		return 0;
	}
	vm_unmap(guard, 1);
	cpu_tlb_flush(guard, 1);
	return guard + ((uintptr_t)(STACK_PAGES + 1) << DMA_PAGE_SHIFT);
}

static bool start(unsigned number, uint64_t hardware_id)
{
	struct cpu *cpu = &cpus[number];
	uintptr_t stack = make_stack();
	uint64_t began = machine_time_ns();

	*cpu = (struct cpu){.owner = number + 1,
			    .trap_stack = (uintptr_t)trap_stacks[number + 1],
			    .number = number,
			    .hardware_id = hardware_id};
	cpu_start = (struct cpu_start){.root = vm_root(), .stack = stack, .cpu = cpu};
	if (!stack || !machine_cpu_start(cpu))
		return false;
	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE)) {
		if (machine_time_ns() - began > START_NS && !__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
			return false;
		machine_relax();
	}
	__atomic_store_n(&online, number + 1, __ATOMIC_RELEASE);
	return true;
}

void cpus_start(void)
{
	uint64_t ids[BARE_CPUS];
	unsigned wanted = option_number("cpus", BARE_CPUS), found = machine_cpus(ids, BARE_CPUS);

	if (wanted == 0 || !machine_has_interrupts())
		wanted = 1; /* who cannot be interrupted cannot be woken, or told to flush */
	for (unsigned i = 1; i < found && i < wanted; i++)
		if (!start(i, ids[i])) {
			print("cpu: the CPU with id 0x%llx does not start\n", (unsigned long long)ids[i]);
			return; /* it may come late: its slot stays unused, and so do those behind it */
		}
}
