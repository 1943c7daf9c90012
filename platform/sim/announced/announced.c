/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Drivers compiled with -fsanitize=thread, and linked with this in place of the sanitizer's runtime (its interface:
 * compiler-rt, tsan_interface.h): the compiler announces each load and store, and the machine lets the CPU see, and
 * device and caches act, at each of them (host/window.c). An announcement comes before the access, which the code makes
 * itself. Links beside the address sanitizer, in files that are not compiled with it.
 */
/* The names are the compiler's. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,bugprone-macro-parentheses) */
#include "../host/window.h"
#include <string.h>

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

#define ACCESS(name, n)                                                                                                \
	void __tsan_##name##read##n(void *at);                                                                         \
	void __tsan_##name##read##n(void *at)                                                                          \
	{                                                                                                              \
		sim_announce_load(at, n);                                                                              \
	}                                                                                                              \
	void __tsan_##name##write##n(void *at);                                                                        \
	void __tsan_##name##write##n(void *at)                                                                         \
	{                                                                                                              \
		sim_announce_store(at, n);                                                                             \
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

void __tsan_read_range(void *at, unsigned long nbytes);
void __tsan_read_range(void *at, unsigned long nbytes)
{
	sim_announce_load(at, nbytes);
}

void __tsan_write_range(void *at, unsigned long nbytes);
void __tsan_write_range(void *at, unsigned long nbytes)
{
	sim_announce_store(at, nbytes);
}

void *__tsan_memcpy(void *to, const void *from, size_t nbytes);
void *__tsan_memcpy(void *to, const void *from, size_t nbytes)
{
	sim_announce_load(from, nbytes);
	sim_announce_store(to, nbytes);
	return memcpy(to, from, nbytes);
}

void *__tsan_memset(void *to, int value, size_t nbytes);
void *__tsan_memset(void *to, int value, size_t nbytes)
{
	sim_announce_store(to, nbytes);
	return memset(to, value, nbytes);
}

/* Atomics are the driver's order among CPUs; as accesses of memory they are announced like the others. */
#define ATOMIC(bits, type)                                                                                             \
	type __tsan_atomic##bits##_load(const volatile type *at, int order);                                           \
	type __tsan_atomic##bits##_load(const volatile type *at, int order)                                            \
	{                                                                                                              \
		(void)order;                                                                                           \
		sim_announce_load((const void *)(uintptr_t)at, sizeof(*at));                                           \
		return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                                          \
	}                                                                                                              \
	void __tsan_atomic##bits##_store(volatile type *at, type value, int order);                                    \
	void __tsan_atomic##bits##_store(volatile type *at, type value, int order)                                     \
	{                                                                                                              \
		(void)order;                                                                                           \
		sim_announce_store((void *)(uintptr_t)at, sizeof(*at));                                                \
		__atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                                         \
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
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,bugprone-macro-parentheses) */
