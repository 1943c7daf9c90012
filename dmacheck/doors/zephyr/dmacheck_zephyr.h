/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What Zephyr's drivers use around its cache API, for dmacheck: macros, byte order, registers, waiting, locks. Written
 * from Zephyr's documentation. A device is one that the harness fills in; there is no device tree.
 */
#ifndef DMACHECK_ZEPHYR_H
#define DMACHECK_ZEPHYR_H

#include <dmacheck.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

void dmacheck_barrier(void);

/* ---- Macros ---- */

#undef MIN
#undef MAX
#define MIN(a, b)		     ((a) < (b) ? (a) : (b))
#define MAX(a, b)		     ((a) > (b) ? (a) : (b))
#define CLAMP(n, low, high)	     MIN(MAX(n, low), high)
#define __aligned(n)		     __attribute__((aligned(n)))
#define __packed		     __attribute__((packed))
#define __maybe_unused		     __attribute__((unused))
#define ARG_UNUSED(x)		     ((void)(x))
#define BIT(n)			     (1ul << (n))
#define BIT_MASK(n)		     (BIT(n) - 1ul)
#define IS_ENABLED(option)	     (0)
#define IS_ALIGNED(n, to)	     (((uintptr_t)(n)) % (to) == 0)
#define IS_PTR_ALIGNED(p, type)	     IS_ALIGNED(p, __alignof__(type))
#define IS_PTR_ALIGNED_BYTES(p, to)  IS_ALIGNED(p, to)
#define ROUND_UP(x, to)		     (((x) + (to)-1) / (to) * (to))
#define ROUND_DOWN(x, to)	     ((x) / (to) * (to))
#define DIV_ROUND_UP(n, each)	     (((n) + (each)-1) / (each))
#define ARRAY_SIZE(a)		     (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(p, type, field) ((type *)(void *)((char *)(p)-offsetof(type, field)))
#define POINTER_TO_UINT(p)	     ((uintptr_t)(p))
#define UINT_TO_POINTER(u)	     ((void *)(uintptr_t)(u))
#define BUILD_ASSERT(condition, ...) _Static_assert(condition, "" __VA_ARGS__)
#define __ASSERT_NO_MSG(condition)   ((void)DMACHECK(condition))
#define __ASSERT(condition, ...)     ((void)DMACHECK(condition))

/* ---- Byte order: the machine's is little-endian ---- */

#define sys_cpu_to_le16(n) ((uint16_t)(n))
#define sys_cpu_to_le32(n) ((uint32_t)(n))
#define sys_le16_to_cpu(n) ((uint16_t)(n))
#define sys_le32_to_cpu(n) ((uint32_t)(n))
#define sys_cpu_to_be16(n) __builtin_bswap16(n)
#define sys_cpu_to_be32(n) __builtin_bswap32(n)
#define sys_be16_to_cpu(n) __builtin_bswap16(n)
#define sys_be32_to_cpu(n) __builtin_bswap32(n)
static inline void sys_put_be16(uint16_t value, uint8_t to[2])
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}
static inline uint16_t sys_get_be16(const uint8_t from[2])
{
	return (uint16_t)(from[0] << 8 | from[1]);
}
static inline void sys_put_be32(uint32_t value, uint8_t to[4])
{
	sys_put_be16((uint16_t)(value >> 16), to);
	sys_put_be16((uint16_t)value, to + 2);
}
static inline uint32_t sys_get_be32(const uint8_t from[4])
{
	return (uint32_t)sys_get_be16(from) << 16 | sys_get_be16(from + 2);
}
static inline void sys_put_le16(uint16_t value, uint8_t to[2])
{
	sys_put_be16(__builtin_bswap16(value), to);
}
static inline uint16_t sys_get_le16(const uint8_t from[2])
{
	return __builtin_bswap16(sys_get_be16(from));
}
static inline void sys_put_le32(uint32_t value, uint8_t to[4])
{
	sys_put_be32(__builtin_bswap32(value), to);
}
static inline uint32_t sys_get_le32(const uint8_t from[4])
{
	return __builtin_bswap32(sys_get_be32(from));
}

/* ---- Devices, registers, interrupts ---- */

struct device {
	const char *name;
	const void *config, *api;
	void *data;
};
typedef uintptr_t mem_addr_t;
typedef uintptr_t mm_reg_t;
#define sys_read32(at)	       (*(volatile uint32_t *)(uintptr_t)(at))
#define sys_write32(value, at) (*(volatile uint32_t *)(uintptr_t)(at) = (value))
#define sys_read16(at)	       (*(volatile uint16_t *)(uintptr_t)(at))
#define sys_write16(value, at) (*(volatile uint16_t *)(uintptr_t)(at) = (value))
#define sys_read8(at)	       (*(volatile uint8_t *)(uintptr_t)(at))
#define sys_write8(value, at)  (*(volatile uint8_t *)(uintptr_t)(at) = (value))
#define IRQ_CONNECT(irq, priority, handler, arg, flags)                                                                \
	dmacheck_on_interrupt((void (*)(void *))(handler), (void *)(uintptr_t)(arg))
#define irq_enable(irq)	 ((void)(irq))
#define irq_disable(irq) ((void)(irq))
#define irq_lock()	 0u
#define irq_unlock(key)	 ((void)(key))

/* ---- Waiting: each tick is a pause ---- */

typedef struct {
	int64_t ticks; /* -1: for ever */
} k_timeout_t;
#define K_TICKS(n)   ((k_timeout_t){n})
#define K_MSEC(n)    K_TICKS(n)
#define K_USEC(n)    K_TICKS(n)
#define K_SECONDS(n) K_TICKS((n)*1000)
#define K_FOREVER    K_TICKS(-1)
#define K_NO_WAIT    K_TICKS(0)
struct k_sem {
	volatile unsigned count;
	unsigned limit;
};
#define K_SEM_DEFINE(name, initial, most) struct k_sem name = {initial, most}
static inline int k_sem_init(struct k_sem *sem, unsigned initial, unsigned limit)
{
	*sem = (struct k_sem){initial, limit};
	return 0;
}
static inline void k_sem_give(struct k_sem *sem)
{
	sem->count += sem->count < sem->limit;
}
static inline void k_sem_reset(struct k_sem *sem)
{
	sem->count = 0;
}
static inline int k_sem_take(struct k_sem *sem, k_timeout_t timeout)
{
	for (int64_t tick = 0; sem->count == 0; tick++) {
		if (timeout.ticks >= 0 && tick >= timeout.ticks)
			return timeout.ticks ? -EAGAIN : -EBUSY;
		dmacheck_wait();
	}
	sem->count--;
	return 0;
}
struct k_mutex {
	int unused;
};
typedef struct k_mutex k_spinlock_key_t;
struct k_spinlock {
	int unused;
};
#define K_MUTEX_DEFINE(name)	   struct k_mutex name
#define k_mutex_init(m)		   ((void)(m), 0)
#define k_mutex_lock(m, timeout)   ((void)(m), 0)
#define k_mutex_unlock(m)	   ((void)(m), 0)
#define k_spin_lock(lock)	   ((void)(lock), (k_spinlock_key_t){0})
#define k_spin_unlock(lock, key)   ((void)(lock), (void)(key))
#define k_busy_wait(us)		   ((void)(us), dmacheck_wait())
#define k_yield()		   dmacheck_wait()
#define k_sleep(timeout)	   ((void)(timeout), dmacheck_wait())
#define k_msleep(ms)		   ((void)(ms), dmacheck_wait())
#define k_usleep(us)		   ((void)(us), dmacheck_wait())
#define barrier_dsync_fence_full() dmacheck_barrier()
#define barrier_dmem_fence_full()  dmacheck_barrier()

#define LOG_MODULE_REGISTER(...) struct dmacheck_unused
#define LOG_MODULE_DECLARE(...)	 struct dmacheck_unused
#define LOG_ERR(...)		 ((void)0)
#define LOG_WRN(...)		 ((void)0)
#define LOG_INF(...)		 ((void)0)
#define LOG_DBG(...)		 ((void)0)

#ifdef __cplusplus
}
#endif
#endif
