/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Interrupts that devices send as messages: numbers, and who handles them.
 */
#ifndef BARE_INTERRUPT_H
#define BARE_INTERRUPT_H

#include <dmastream/types.h>

#define INTERRUPTS 64

/* A number whose messages call handler(context), with interrupts off, on the CPU that the message names, never twice
 * at once. 0, DMA_ENOSPC. */
int interrupt_take(void (*handler)(void *context), void *context, unsigned *number);

/* The handler is not called any more, and has returned on every CPU, when this returns. The device no longer sends the
 * message. Not from the handler itself. */
void interrupt_give(unsigned number);

/* For the architecture: a message with that number has come. */
void interrupt_on_message(unsigned number);

#endif
