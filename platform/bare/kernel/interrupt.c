/* SPDX-License-Identifier: MPL-2.0 */
/* Interrupts that devices send: see interrupt.h. */
#include "interrupt.h"
#include "cpu.h"
#include "spin.h"
#include <dmastream/errors.h>

static struct {
	void (*handler)(void *context); /* NULL: nobody */
	void *context;
	bool taken;
	unsigned running; /* CPUs in the handler, or about to look for one */
} table[INTERRUPTS];

static struct dma_lock lock;

int interrupt_take(void (*handler)(void *context), void *context, unsigned *number)
{
	uintptr_t state = spin_lock(&lock);
	unsigned i = 0;

	while (i < INTERRUPTS && table[i].taken)
		i++;
	if (i < INTERRUPTS) {
		table[i].taken = true;
		table[i].context = context;
		__atomic_store_n(&table[i].handler, handler, __ATOMIC_RELEASE);
	}
	spin_unlock(&lock, state);
	*number = i;
	return i < INTERRUPTS ? 0 : DMA_ENOSPC;
}

void interrupt_give(unsigned number)
{
	__atomic_store_n(&table[number].handler, NULL, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&table[number].running, __ATOMIC_SEQ_CST)) {
		cpu_serve();
		machine_relax();
	}
	__atomic_store_n(&table[number].taken, false, __ATOMIC_RELEASE);
}

/* `running` is raised before the handler is read here, and interrupt_give() clears the handler before it reads
 * `running`: so at least one of the two sees what the other has written. */
void interrupt_on_message(unsigned number)
{
	void (*handler)(void *context);

	if (number >= INTERRUPTS)
		return;
	__atomic_add_fetch(&table[number].running, 1, __ATOMIC_SEQ_CST);
	handler = __atomic_load_n(&table[number].handler, __ATOMIC_SEQ_CST);
	if (handler)
		handler(table[number].context);
	__atomic_sub_fetch(&table[number].running, 1, __ATOMIC_SEQ_CST);
}
