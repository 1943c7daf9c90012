/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Several CPUs convert pages of their own and touch registers, all at once, under the thread sanitizer. Each CPU has
 * its own MSR and GHCB page, as in a kernel; the hypervisor is one, so that its model runs under a lock. A backend
 * that kept anything of one CPU where another finds it would be seen as a race, as a page in the wrong state, or by
 * the register's value.
 */
#include "cvm/realm_monitor.h"
#include "cvm/snp_guest.h"
#include "cvm/tdx_module.h"
#include "guest.h"
#include <dmastream/cvm_arm.h>
#include <dmastream/cvm_x86.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum { CPUS = 4, ROUNDS = 12, PAGES = 300, GHCB_AT = 0x30000000 };
#define LINEAR	  UINT64_C(0x100000000000) /* nobody dereferences it */
#define REGISTERS UINT64_C(0xfe000000)

struct cpu {
	unsigned number, wrong;
	bool failing;
	uint64_t msr;
	bool interrupts_off;
	uint8_t ghcb[4096] __attribute__((aligned(4096)));
};

static struct cpu cpus[CPUS];
static __thread struct cpu *self;
static pthread_mutex_t machine = PTHREAD_MUTEX_INITIALIZER;
static struct dma_cvm cvm;
static uint64_t config[512] __attribute__((aligned(4096)));
static bool is_tdx;

/* ---- The instructions ---- */

struct cvm_cpuid cvm_cpuid_of(uint32_t leaf)
{
	switch (leaf) {
	case 0:
		return (struct cvm_cpuid){is_tdx ? 0x21 : 0x10, 0, 0, 0};
	case 0x21:
		return (struct cvm_cpuid){0, 0x65746e49, 0x20202020, 0x5844546c};
	case 0x80000000:
		return (struct cvm_cpuid){0x8000001f, 0, 0, 0};
	default:
		return (struct cvm_cpuid){0x1f, 51, 0, 0};
	}
}

uint64_t dma_x86_tdcall(uint64_t leaf, struct dma_tdcall *regs)
{
	struct tdx_registers all = {.r = {leaf, regs->rcx, regs->rdx, 0, 0, 0, 0, 0, regs->r8, regs->r9, regs->r10,
					  regs->r11, regs->r12, regs->r13, regs->r14, regs->r15}};

	pthread_mutex_lock(&machine);
	tdx_module_call(&all);
	pthread_mutex_unlock(&machine);
	*regs = (struct dma_tdcall){all.r[1],  all.r[2],  all.r[8],  all.r[9],	all.r[10],
				    all.r[11], all.r[12], all.r[13], all.r[14], all.r[15]};
	return all.r[0];
}

uint32_t dma_x86_pvalidate(const volatile void *page, bool large, bool valid, bool *unchanged)
{
	uint32_t status;

	pthread_mutex_lock(&machine);
	status = snp_pvalidate((uint64_t)(uintptr_t)page - LINEAR, large, valid, unchanged);
	pthread_mutex_unlock(&machine);
	return status;
}

void dma_x86_vmgexit(void)
{
	if (!self->interrupts_off)
		abort(); /* an interrupt handler could use the same MSR, and the thread could move to another CPU */
	pthread_mutex_lock(&machine);
	snp_cpu = (struct snp_cpu){
		.ghcb = self->ghcb, .ghcb_paddr = GHCB_AT + self->number * UINT64_C(4096), .msr = self->msr};
	snp_vmgexit();
	self->msr = snp_cpu.msr;
	pthread_mutex_unlock(&machine);
}

uint64_t dma_x86_rdmsr(uint32_t msr)
{
	return msr == 0xc0010130 ? self->msr : 7;
}

void dma_x86_wrmsr(uint32_t msr, uint64_t value)
{
	(void)msr;
	self->msr = value;
}

void dma_arm_smc(struct dma_smc *regs)
{
	struct rsi_registers all = {{regs->x0, regs->x1, regs->x2, regs->x3, regs->x4}};

	pthread_mutex_lock(&machine);
	realm_monitor_call(&all);
	pthread_mutex_unlock(&machine);
	*regs = (struct dma_smc){all.x[0], all.x[1], all.x[2], all.x[3], all.x[4]};
}

/* ---- The host ---- */

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)nbytes;
	return (void *)(uintptr_t)(LINEAR + paddr.raw);
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	while (__atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE))
		sched_yield();
	self->interrupts_off = true;
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	(void)state;
	self->interrupts_off = false;
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

static void *this_ghcb(uint64_t *paddr)
{
	*paddr = GHCB_AT + self->number * UINT64_C(4096);
	return self->ghcb;
}

static bool registers(uint64_t paddr, unsigned nbytes, bool write, uint64_t *value)
{
	(void)nbytes;
	if (!write)
		*value = paddr * 3;
	return true;
}

static void write_config(uint64_t paddr, uint64_t value)
{
	config[paddr % 4096 / 8] = value;
}

/* ---- What each CPU does ---- */

static bool all_are(unsigned first, unsigned n, enum cvm_page state)
{
	bool right = true;

	pthread_mutex_lock(&machine);
	for (unsigned i = 0; i < n; i++)
		right &= cvm_world.page[first + i] == state;
	pthread_mutex_unlock(&machine);
	return right;
}

static void reset(unsigned first)
{
	pthread_mutex_lock(&machine);
	for (unsigned i = 0; i < PAGES; i++)
		cvm_world.page[first + i] = CVM_PRIVATE;
	pthread_mutex_unlock(&machine);
}

static void round_trip(struct cpu *cpu, unsigned first)
{
	dma_paddr_t paddr = dma_paddr(GUEST_BASE + (uint64_t)first * 4096);
	size_t done = 0;
	uint64_t value = 0, reg = REGISTERS + cpu->number * 64;
	int error = dma_cvm_share(&cvm, paddr, PAGES, &done);

	cpu->wrong +=
		!all_are(first, (unsigned)done, CVM_SHARED) || (!error && done != PAGES) || (error && !cpu->failing);
	if (dma_cvm_traps_mmio(&cvm) && !dma_cvm_mmio_read(&cvm, dma_paddr(reg), 4, &value))
		cpu->wrong += value != (uint32_t)(reg * 3);
	if (!error) {
		error = dma_cvm_unshare(&cvm, paddr, PAGES, &done);
		cpu->wrong += !all_are(first, (unsigned)done, CVM_PRIVATE) || (!error && done != PAGES) ||
			      (error && !cpu->failing);
	}
	if (error)
		reset(first);
}

static void *run(void *arg)
{
	self = arg;
	for (unsigned i = 0; i < ROUNDS; i++)
		round_trip(self, self->number * 400 + 50);
	return NULL;
}

static int start(enum guest guest)
{
	cvm_world_start(GUEST_BASE, GUEST_PAGES);
	cvm_world.mmio = registers;
	tdx_width = guest == TDX_48 ? 48 : 52;
	is_tdx = guest <= TDX_52;
	rsi_write = write_config;
	self = &cpus[0];
	switch (guest) {
	case TDX_48:
	case TDX_52:
		return dma_cvm_tdx(&cvm);
	case SNP_MSR:
		return dma_cvm_snp(&cvm, NULL);
	case SNP_PAGE:
		return dma_cvm_snp(&cvm, this_ghcb);
	default:
		return dma_cvm_cca(&cvm, config, dma_paddr(GUEST_BASE));
	}
}

static bool all_at_once(enum guest guest, enum cvm_mood mood)
{
	pthread_t threads[CPUS];
	unsigned wrong = start(guest) != 0;

	cvm_world.mood = mood;
	cvm_world.times = mood == CVM_OBEYS ? 0 : 1000;
	cvm_world.from = 3;
	cvm_world.pages = 7;
	for (unsigned i = 0; i < CPUS; i++) {
		cpus[i].number = i;
		cpus[i].wrong = 0;
		cpus[i].failing = mood != CVM_OBEYS;
		if (pthread_create(&threads[i], NULL, run, &cpus[i]))
			abort();
	}
	for (unsigned i = 0; i < CPUS; i++) {
		(void)pthread_join(threads[i], NULL);
		wrong += cpus[i].wrong;
	}
	for (unsigned i = 0; mood == CVM_OBEYS && i < CVM_MAX_RULES; i++)
		wrong += cvm_world.broken[i];
	return wrong == 0;
}

int main(void)
{
	static const char *const names[GUESTS] = {"TDX, 48 bits", "TDX, 52 bits", "SEV-SNP by MSR", "SEV-SNP by page",
						  "CCA"};
	static const enum cvm_mood moods[] = {CVM_OBEYS, CVM_PARTS, CVM_BUSY, CVM_REFUSES, CVM_FAILS_THERE};
	unsigned failed = 0, n = 0;

	printf("1..25\n");
	for (unsigned guest = 0; guest < GUESTS; guest++)
		for (unsigned m = 0; m < 5; m++) {
			bool good = all_at_once((enum guest)guest, moods[m]);

			failed += !good;
			printf("%sok %u - %s: %u CPUs convert at once, mood %d\n", good ? "" : "not ", ++n,
			       names[guest], CPUS, (int)moods[m]);
		}
	return failed != 0;
}
