/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What code that was compiled with -fsanitize=thread calls, in place of the sanitizer's runtime (its interface:
 * compiler-rt, sanitizer/tsan_interface_atomic.h; clang's plain accesses are __tsan_readN and __tsan_writeN).
 */
#include "model.h"
#include <string.h>

/* As the compiler passes them: C11's memory_order. */
static unsigned order_of(int order)
{
	static const unsigned orders[] = {0,
					  ORDER_ACQUIRE,
					  ORDER_ACQUIRE,
					  ORDER_RELEASE,
					  ORDER_ACQUIRE | ORDER_RELEASE,
					  ORDER_ACQUIRE | ORDER_RELEASE | ORDER_SEQ_CST};

	return orders[order & 7];
}

static bool seen_here(const void *address)
{
	return explore_running() && explore_is_program_memory(address);
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

static void plain_read(const void *address, size_t nbytes)
{
	if (!seen_here(address))
		return;
	for (size_t n; nbytes > 0; address = (const char *)address + n, nbytes -= n) {
		n = 8 - ((uintptr_t)address & 7);
		n = n < nbytes ? n : nbytes;
		if (explore_event(address, "read"))
			memory_read(address, n);
		if (n < nbytes)
			memory_settle(); /* 16 bytes: only the last piece may be old */
	}
}

/* As seen_here(), of what is about to be stored to. */
static bool stored_here(const void *address)
{
	if (!seen_here(address))
		return false;
	memory_stores(address);
	return true;
}

static void plain_write(void *address, size_t nbytes)
{
	if (!stored_here(address))
		return;
	if (!explore_event(address, "write"))
		return;
	if (nbytes <= 8 - ((uintptr_t)address & 7)) {
		memory_write(address, nbytes);
		return;
	}
	for (size_t i = 8; i < nbytes; i += 8)
		(void)explore_shared((char *)address + i);
	memory_write(address, 8);
}

#define PLAIN(n)                                                                                                       \
	void __tsan_read##n(void *p);                                                                                  \
	void __tsan_read##n(void *p)                                                                                   \
	{                                                                                                              \
		plain_read(p, n);                                                                                      \
	}                                                                                                              \
	void __tsan_write##n(void *p);                                                                                 \
	void __tsan_write##n(void *p)                                                                                  \
	{                                                                                                              \
		plain_write(p, n);                                                                                     \
	}                                                                                                              \
	void __tsan_unaligned_read##n(void *p);                                                                        \
	void __tsan_unaligned_read##n(void *p)                                                                         \
	{                                                                                                              \
		plain_read(p, n);                                                                                      \
	}                                                                                                              \
	void __tsan_unaligned_write##n(void *p);                                                                       \
	void __tsan_unaligned_write##n(void *p)                                                                        \
	{                                                                                                              \
		plain_write(p, n);                                                                                     \
	}                                                                                                              \
	void __tsan_volatile_read##n(void *p);                                                                         \
	void __tsan_volatile_read##n(void *p)                                                                          \
	{                                                                                                              \
		plain_read(p, n);                                                                                      \
	}                                                                                                              \
	void __tsan_volatile_write##n(void *p);                                                                        \
	void __tsan_volatile_write##n(void *p)                                                                         \
	{                                                                                                              \
		plain_write(p, n);                                                                                     \
	}

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)

/* ---- Block copies: build.mk renames the calls of the code under test ---- */

void *explored_memcpy(void *to, const void *from, size_t nbytes);
void *explored_memcpy(void *to, const void *from, size_t nbytes)
{
	if (seen_here(to))
		memory_will_write_range(to, nbytes);
	if (seen_here(from)) { /* each of its words may be read late, so it goes word by word */
		for (size_t i = 0, n; i < nbytes; i += n) {
			n = 8 - ((uintptr_t)from + i) % 8;
			n = n < nbytes - i ? n : nbytes - i;
			if (explore_event((const char *)from + i, "copy from"))
				memory_read((const char *)from + i, n);
			memcpy((char *)to + i, (const char *)from + i, n);
			memory_settle();
		}
	} else {
		if (seen_here(to))
			(void)explore_event(to, "copy to");
		memcpy(to, from, nbytes);
	}
	if (seen_here(to))
		memory_write_range(to, nbytes);
	return to;
}

void *explored_memset(void *to, int value, size_t nbytes);
void *explored_memset(void *to, int value, size_t nbytes)
{
	if (seen_here(to))
		(void)explore_event(to, "fill");
	if (seen_here(to))
		memory_will_write_range(to, nbytes);
	memset(to, value, nbytes);
	if (seen_here(to))
		memory_write_range(to, nbytes);
	return to;
}

/* What newer compilers call them. */
void *__tsan_memcpy(void *to, const void *from, size_t nbytes);
void *__tsan_memcpy(void *to, const void *from, size_t nbytes)
{
	return explored_memcpy(to, from, nbytes);
}

void *__tsan_memset(void *to, int value, size_t nbytes);
void *__tsan_memset(void *to, int value, size_t nbytes)
{
	return explored_memset(to, value, nbytes);
}

/* ---- Atomic operations ---- */

static uint64_t op_add(uint64_t old, uint64_t operand)
{
	return old + operand;
}

static uint64_t op_sub(uint64_t old, uint64_t operand)
{
	return old - operand;
}

static uint64_t op_and(uint64_t old, uint64_t operand)
{
	return old & operand;
}

static uint64_t op_or(uint64_t old, uint64_t operand)
{
	return old | operand;
}

static uint64_t op_exchange(uint64_t old, uint64_t operand)
{
	(void)old;
	return operand;
}

#define UPDATE(bits, type, name, operation)                                                                            \
	type __tsan_atomic##bits##_##name(volatile void *p, type operand, int order);                                  \
	type __tsan_atomic##bits##_##name(volatile void *p, type operand, int order)                                   \
	{                                                                                                              \
		type old;                                                                                              \
		void *address = (void *)(uintptr_t)p;                                                                  \
                                                                                                                       \
		if (stored_here(address) && explore_event(address, #name)) {                                           \
			return (type)memory_update(address, sizeof(type), operation, operand, order_of(order));        \
		}                                                                                                      \
		old = *(type *)address;                                                                                \
		*(type *)address = (type)operation(old, operand);                                                      \
		return old;                                                                                            \
	}

#define ATOMIC(bits, type)                                                                                             \
	type __tsan_atomic##bits##_load(const volatile void *p, int order);                                            \
	type __tsan_atomic##bits##_load(const volatile void *p, int order)                                             \
	{                                                                                                              \
		const void *address = (const void *)(uintptr_t)p;                                                      \
                                                                                                                       \
		if (!seen_here(address) || !explore_event(address, "load"))                                            \
			return *(const type *)address;                                                                 \
		return (type)memory_load(address, sizeof(type), order_of(order));                                      \
	}                                                                                                              \
	void __tsan_atomic##bits##_store(volatile void *p, type value, int order);                                     \
	void __tsan_atomic##bits##_store(volatile void *p, type value, int order)                                      \
	{                                                                                                              \
		void *address = (void *)(uintptr_t)p;                                                                  \
                                                                                                                       \
		if (!stored_here(address) || !explore_event(address, "store")) {                                       \
			*(type *)address = value;                                                                      \
			return;                                                                                        \
		}                                                                                                      \
		memory_store(address, sizeof(type), value, order_of(order));                                           \
	}                                                                                                              \
	static bool swap##bits(volatile void *p, type *expected, type desired, int order, int failure, bool weak)      \
	{                                                                                                              \
		void *address = (void *)(uintptr_t)p;                                                                  \
		uint64_t old = *expected;                                                                              \
		bool done;                                                                                             \
                                                                                                                       \
		if (stored_here(address) && explore_event(address, "swap")) {                                          \
			done = memory_swap_if(address, sizeof(type), &old, desired, order_of(order),                   \
					      order_of(failure), weak);                                                \
		} else {                                                                                               \
			done = *(type *)address == *expected;                                                          \
			old = *(type *)address;                                                                        \
			if (done)                                                                                      \
				*(type *)address = desired;                                                            \
		}                                                                                                      \
		if (!done)                                                                                             \
			*expected = (type)old;                                                                         \
		return done;                                                                                           \
	}                                                                                                              \
	int __tsan_atomic##bits##_compare_exchange_weak(volatile void *p, type *e, type d, int o, int f);              \
	int __tsan_atomic##bits##_compare_exchange_weak(volatile void *p, type *e, type d, int o, int f)               \
	{                                                                                                              \
		return swap##bits(p, e, d, o, f, true);                                                                \
	}                                                                                                              \
	int __tsan_atomic##bits##_compare_exchange_strong(volatile void *p, type *e, type d, int o, int f);            \
	int __tsan_atomic##bits##_compare_exchange_strong(volatile void *p, type *e, type d, int o, int f)             \
	{                                                                                                              \
		return swap##bits(p, e, d, o, f, false);                                                               \
	}                                                                                                              \
	type __tsan_atomic##bits##_compare_exchange_val(volatile void *p, type e, type d, int o, int f);               \
	type __tsan_atomic##bits##_compare_exchange_val(volatile void *p, type e, type d, int o, int f)                \
	{                                                                                                              \
		(void)swap##bits(p, &e, d, o, f, false);                                                               \
		return e;                                                                                              \
	}                                                                                                              \
	UPDATE(bits, type, exchange, op_exchange)                                                                      \
	UPDATE(bits, type, fetch_add, op_add)                                                                          \
	UPDATE(bits, type, fetch_sub, op_sub)                                                                          \
	UPDATE(bits, type, fetch_and, op_and)                                                                          \
	UPDATE(bits, type, fetch_or, op_or)

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
	unsigned o = order_of(order);

	if (o & ORDER_SEQ_CST) {
		explore_fence_full();
		return;
	}
	if (o & ORDER_ACQUIRE)
		explore_fence_acquire();
	if (o & ORDER_RELEASE)
		explore_fence_release();
}

void explore_store_pair(uint64_t *at, uint64_t low, uint64_t high)
{
	const uint64_t value[2] = {low, high};
	bool event = stored_here(at) && explore_event(at, "store of two words");

	for (unsigned i = 0; i < 2; i++) {
		if (event && explore_shared(&at[i]))
			memory_store(&at[i], sizeof(at[i]), value[i], ORDER_PLAIN);
		else
			at[i] = value[i];
	}
}

/* Against the compiler alone, which has done its work. An interrupt on the same CPU shares its view. */
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}
