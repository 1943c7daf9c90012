/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Drivers compiled with -fsanitize=thread, and linked with this in place of the sanitizer's runtime (its interface:
 * compiler-rt, tsan_interface.h and tsan_interface_atomic.h): the compiler announces each load and store, and the
 * machine lets the CPU see, and device and caches act, at each of them (host/window.c). An announcement comes
 * before the access, which the code makes itself; atomic accesses are made here. Links beside the address
 * sanitizer, in files that are not compiled with it.
 */
/* The names are the compiler's. */
/* NOLINTBEGIN(bugprone-reserved-identifier,bugprone-macro-parentheses) */
#include "../host/window.h"
#include <stdbool.h>
#include <string.h>

#define HERE __builtin_return_address(0)

static inline void announce_load(const volatile void *at, size_t nbytes, const void *pc)
{
	const void *plain = (const void *)(uintptr_t)at;

	if (sim_announcer)
		sim_announcer->load(plain, nbytes, pc);
	sim_announce_load(plain, nbytes);
}

static inline void announce_store(volatile void *at, size_t nbytes, const void *pc)
{
	void *plain = (void *)(uintptr_t)at;

	if (sim_announcer)
		sim_announcer->store(plain, nbytes, pc);
	sim_announce_store(plain, nbytes);
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
	if (sim_announcer)
		sim_announcer->enter(caller);
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
	if (sim_announcer)
		sim_announcer->leave();
}

#define ACCESS(name, n)                                                                                                \
	void __tsan_##name##read##n(void *at);                                                                         \
	void __tsan_##name##read##n(void *at)                                                                          \
	{                                                                                                              \
		announce_load(at, n, HERE);                                                                            \
	}                                                                                                              \
	void __tsan_##name##write##n(void *at);                                                                        \
	void __tsan_##name##write##n(void *at)                                                                         \
	{                                                                                                              \
		announce_store(at, n, HERE);                                                                           \
	}

ACCESS(, 1)
ACCESS(, 2)
ACCESS(, 4)
ACCESS(, 8)
ACCESS(, 16)
ACCESS(unaligned_, 2)
ACCESS(unaligned_, 4)
ACCESS(unaligned_, 8)
ACCESS(unaligned_, 16)
ACCESS(volatile_, 1)
ACCESS(volatile_, 2)
ACCESS(volatile_, 4)
ACCESS(volatile_, 8)
ACCESS(volatile_, 16)
ACCESS(unaligned_volatile_, 2)
ACCESS(unaligned_volatile_, 4)
ACCESS(unaligned_volatile_, 8)
ACCESS(unaligned_volatile_, 16)

/* clang's -tsan-compound-read-before-write, on by default from LLVM 13 on: one announcement for both. */
#define COMPOUND(name, n)                                                                                              \
	void __tsan_##name##read_write##n(void *at);                                                                   \
	void __tsan_##name##read_write##n(void *at)                                                                    \
	{                                                                                                              \
		announce_load(at, n, HERE);                                                                            \
		announce_store(at, n, HERE);                                                                           \
	}

COMPOUND(, 1)
COMPOUND(, 2)
COMPOUND(, 4)
COMPOUND(, 8)
COMPOUND(, 16)
COMPOUND(unaligned_, 2)
COMPOUND(unaligned_, 4)
COMPOUND(unaligned_, 8)
COMPOUND(unaligned_, 16)

void __tsan_read_range(void *at, unsigned long nbytes);
void __tsan_read_range(void *at, unsigned long nbytes)
{
	announce_load(at, nbytes, HERE);
}

void __tsan_write_range(void *at, unsigned long nbytes);
void __tsan_write_range(void *at, unsigned long nbytes)
{
	announce_store(at, nbytes, HERE);
}

void *__tsan_memcpy(void *to, const void *from, size_t nbytes);
void *__tsan_memcpy(void *to, const void *from, size_t nbytes)
{
	announce_load(from, nbytes, HERE);
	announce_store(to, nbytes, HERE);
	return memcpy(to, from, nbytes);
}

void *__tsan_memmove(void *to, const void *from, size_t nbytes);
void *__tsan_memmove(void *to, const void *from, size_t nbytes)
{
	announce_load(from, nbytes, HERE);
	announce_store(to, nbytes, HERE);
	return memmove(to, from, nbytes);
}

void *__tsan_memset(void *to, int value, size_t nbytes);
void *__tsan_memset(void *to, int value, size_t nbytes)
{
	announce_store(to, nbytes, HERE);
	return memset(to, value, nbytes);
}

/* Atomics are the driver's order among CPUs; as accesses of memory they are announced like the others. */
#define READ_MODIFY_WRITE(bits, type, name, builtin)                                                                   \
	type __tsan_atomic##bits##_##name(volatile type *at, type value, int order);                                   \
	type __tsan_atomic##bits##_##name(volatile type *at, type value, int order)                                    \
	{                                                                                                              \
		(void)order;                                                                                           \
		announce_load(at, sizeof(*at), HERE);                                                                  \
		announce_store(at, sizeof(*at), HERE);                                                                 \
		return builtin(at, value, __ATOMIC_SEQ_CST);                                                           \
	}
#define COMPARE(bits, type, name)                                                                                      \
	bool __tsan_atomic##bits##_compare_exchange_##name(volatile type *at, type *expected, type value, int order,   \
							   int otherwise);                                             \
	bool __tsan_atomic##bits##_compare_exchange_##name(volatile type *at, type *expected, type value, int order,   \
							   int otherwise)                                              \
	{                                                                                                              \
		(void)order, (void)otherwise;                                                                          \
		announce_load(at, sizeof(*at), HERE);                                                                  \
		if (*at == *expected)                                                                                  \
			announce_store(at, sizeof(*at), HERE);                                                         \
		return __atomic_compare_exchange_n(at, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);    \
	}
#define ATOMIC(bits, type)                                                                                             \
	type __tsan_atomic##bits##_load(const volatile type *at, int order);                                           \
	type __tsan_atomic##bits##_load(const volatile type *at, int order)                                            \
	{                                                                                                              \
		(void)order;                                                                                           \
		announce_load(at, sizeof(*at), HERE);                                                                  \
		return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                                          \
	}                                                                                                              \
	void __tsan_atomic##bits##_store(volatile type *at, type value, int order);                                    \
	void __tsan_atomic##bits##_store(volatile type *at, type value, int order)                                     \
	{                                                                                                              \
		(void)order;                                                                                           \
		announce_store(at, sizeof(*at), HERE);                                                                 \
		__atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                                         \
	}                                                                                                              \
	READ_MODIFY_WRITE(bits, type, exchange, __atomic_exchange_n)                                                   \
	READ_MODIFY_WRITE(bits, type, fetch_add, __atomic_fetch_add)                                                   \
	READ_MODIFY_WRITE(bits, type, fetch_sub, __atomic_fetch_sub)                                                   \
	READ_MODIFY_WRITE(bits, type, fetch_and, __atomic_fetch_and)                                                   \
	READ_MODIFY_WRITE(bits, type, fetch_or, __atomic_fetch_or)                                                     \
	READ_MODIFY_WRITE(bits, type, fetch_xor, __atomic_fetch_xor)                                                   \
	READ_MODIFY_WRITE(bits, type, fetch_nand, __atomic_fetch_nand)                                                 \
	COMPARE(bits, type, strong)                                                                                    \
	COMPARE(bits, type, weak)                                                                                      \
	type __tsan_atomic##bits##_compare_exchange_val(volatile type *at, type expected, type value, int order,       \
							int otherwise);                                                \
	type __tsan_atomic##bits##_compare_exchange_val(volatile type *at, type expected, type value, int order,       \
							int otherwise)                                                 \
	{                                                                                                              \
		(void)order, (void)otherwise;                                                                          \
		announce_load(at, sizeof(*at), HERE);                                                                  \
		if (*at == expected)                                                                                   \
			announce_store(at, sizeof(*at), HERE);                                                         \
		(void)__atomic_compare_exchange_n(at, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);    \
		return expected;                                                                                       \
	}

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
	(void)order; /* between CPUs, which the machine keeps coherent; devices need a barrier of barrier.h */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (sim_announcer && sim_announcer->fence)
		sim_announcer->fence();
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
	(void)order;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}
/* NOLINTEND(bugprone-reserved-identifier,bugprone-macro-parentheses) */
