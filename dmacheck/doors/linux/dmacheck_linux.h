/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Linux's DMA mapping API, and as much around it as the data path of a driver needs, for dmacheck. Declarations are
 * written from the kernel's documentation (core-api/dma-api.rst, dma-api-howto.rst); what each call does is in
 * runtime/door_linux.c. All headers of linux/ and asm/ beside this one lead here.
 */
#ifndef DMACHECK_LINUX_H
#define DMACHECK_LINUX_H

#include <dmacheck.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* ---- Types and words ---- */

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef u8 __u8;
typedef u16 __u16, __le16, __be16, __sum16;
typedef u32 __u32, __le32, __be32, __wsum;
typedef u64 __u64, __le64, __be64;
typedef u64 dma_addr_t, phys_addr_t, resource_size_t;
typedef unsigned gfp_t;
typedef int irqreturn_t;
typedef u64 ktime_t;

#define __iomem
#define __user
#define __force
#define __init
#define __exit
#define __maybe_unused		  __attribute__((unused))
#define __always_unused		  __attribute__((unused))
#define __packed		  __attribute__((packed))
#define __aligned(n)		  __attribute__((aligned(n)))
#define noinline		  __attribute__((noinline))
#define fallthrough		  __attribute__((fallthrough))
#define likely(x)		  __builtin_expect(!!(x), 1)
#define unlikely(x)		  __builtin_expect(!!(x), 0)
#define READ_ONCE(x)		  (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value)	  (*(volatile __typeof__(x) *)&(x) = (value))
#define barrier()		  __asm__ volatile("" ::: "memory")
#define ARRAY_SIZE(a)		  (sizeof(a) / sizeof((a)[0]))
#define BIT(n)			  (1ul << (n))
#define BIT_ULL(n)		  (1ull << (n))
#define GENMASK(high, low)	  ((~0ul << (low)) & (~0ul >> (63 - (high))))
#define ALIGN(x, to)		  (((x) + (to)-1) & ~((__typeof__(x))(to)-1))
#define IS_ALIGNED(x, to)	  (((x) & ((__typeof__(x))(to)-1)) == 0)
#define PTR_ALIGN(p, to)	  ((__typeof__(p))ALIGN((uintptr_t)(p), (to)))
#define DIV_ROUND_UP(n, d)	  (((n) + (d)-1) / (d))
#define round_up(x, to)		  ALIGN(x, to)
#define roundup(x, to)		  ((((x) + (to)-1) / (to)) * (to))
#define min(a, b)		  ((a) < (b) ? (a) : (b))
#define max(a, b)		  ((a) > (b) ? (a) : (b))
#define min_t(type, a, b)	  min((type)(a), (type)(b))
#define max_t(type, a, b)	  max((type)(a), (type)(b))
#define container_of(p, type, at) ((type *)((char *)(p)-offsetof(type, at)))
#define lower_32_bits(x)	  ((u32)(x))
#define upper_32_bits(x)	  ((u32)((u64)(x) >> 32))
#define cpu_to_le16(x)		  ((__le16)(x))
#define cpu_to_le32(x)		  ((__le32)(x))
#define cpu_to_le64(x)		  ((__le64)(x))
#define le16_to_cpu(x)		  ((u16)(x))
#define le32_to_cpu(x)		  ((u32)(x))
#define le64_to_cpu(x)		  ((u64)(x))
#define cpu_to_be16(x)		  __builtin_bswap16(x)
#define cpu_to_be32(x)		  __builtin_bswap32(x)
#define cpu_to_be64(x)		  __builtin_bswap64(x)
#define be16_to_cpu(x)		  __builtin_bswap16(x)
#define be32_to_cpu(x)		  __builtin_bswap32(x)
#define be64_to_cpu(x)		  __builtin_bswap64(x)
#define EXPORT_SYMBOL(name)	  struct dmacheck_unused
#define EXPORT_SYMBOL_GPL(name)	  struct dmacheck_unused
#define MODULE_LICENSE(x)	  struct dmacheck_unused
#define MODULE_AUTHOR(x)	  struct dmacheck_unused
#define MODULE_DESCRIPTION(x)	  struct dmacheck_unused
#define MODULE_ALIAS(x)		  struct dmacheck_unused
#define MODULE_DEVICE_TABLE(a, b) struct dmacheck_unused
#define KBUILD_MODNAME		  "driver"

#define PAGE_SHIFT	      12
#define PAGE_SIZE	      4096ul
#define PAGE_MASK	      (~(PAGE_SIZE - 1))
/* The largest line of the machines: what a kernel for all of them would have. */
#define SMP_CACHE_BYTES	      128
#define L1_CACHE_BYTES	      64
#define ARCH_DMA_MINALIGN     128
#define ____cacheline_aligned __aligned(SMP_CACHE_BYTES)
#define __dma_from_device_group_begin(...)

enum {
	EPERM = 1,
	ENOENT = 2,
	EIO = 5,
	ENXIO = 6,
	EAGAIN = 11,
	ENOMEM = 12,
	EACCES = 13,
	EFAULT = 14,
	EBUSY = 16,
	ENODEV = 19,
	EINVAL = 22,
	ENOSPC = 28,
	ERANGE = 34,
	ENODATA = 61,
	EPROTO = 71,
	EOVERFLOW = 75,
	EOPNOTSUPP = 95,
	ENOBUFS = 105,
	ETIMEDOUT = 110,
	EINPROGRESS = 115
};
#define IS_ERR_VALUE(x) ((uintptr_t)(x) >= (uintptr_t)-4095)
#define IS_ERR(p)	IS_ERR_VALUE(p)
#define PTR_ERR(p)	((long)(p))
#define ERR_PTR(e)	((void *)(long)(e))

/* ---- Log ---- */

int dmacheck_printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define KERN_ERR		   ""
#define KERN_INFO		   ""
#define printk(...)		   dmacheck_printk(__VA_ARGS__)
#define pr_err(...)		   dmacheck_printk(__VA_ARGS__)
#define pr_warn(...)		   dmacheck_printk(__VA_ARGS__)
#define pr_info(...)		   dmacheck_printk(__VA_ARGS__)
#define pr_debug(...)		   ((void)0)
#define dev_err(dev, ...)	   ((void)(dev), dmacheck_printk(__VA_ARGS__))
#define dev_warn(dev, ...)	   ((void)(dev), dmacheck_printk(__VA_ARGS__))
#define dev_info(dev, ...)	   ((void)(dev), dmacheck_printk(__VA_ARGS__))
#define dev_dbg(dev, ...)	   ((void)(dev))
#define dev_err_probe(dev, e, ...) ((void)(dev), dmacheck_printk(__VA_ARGS__), (e))
#define WARN_ON(x)		   (!!(x))
#define WARN_ON_ONCE(x)		   (!!(x))
#define BUG_ON(x)		   ((void)(!(x) || (__builtin_trap(), 0)))

/* ---- Memory ---- */

#define GFP_KERNEL   1u
#define GFP_ATOMIC   2u
#define GFP_DMA	     4u
#define GFP_DMA32    8u
#define GFP_NOWAIT   16u
#define __GFP_ZERO   32u
#define __GFP_NOWARN 64u
void *kmalloc(size_t nbytes, gfp_t flags);
void *kzalloc(size_t nbytes, gfp_t flags);
void *kcalloc(size_t n, size_t nbytes, gfp_t flags);
void *kmalloc_array(size_t n, size_t nbytes, gfp_t flags);
void *kmemdup(const void *from, size_t nbytes, gfp_t flags);
void kfree(const void *block);
void *vmalloc(size_t nbytes);
void *vzalloc(size_t nbytes);
void vfree(const void *block);
unsigned long __get_free_pages(gfp_t flags, unsigned order);
unsigned long get_zeroed_page(gfp_t flags);
void free_pages(unsigned long at, unsigned order);
#define __get_free_page(flags) __get_free_pages(flags, 0)
#define free_page(at)	       free_pages(at, 0)
#define kfree_sensitive(p)     kfree(p)
bool virt_addr_valid(const void *at);
bool is_vmalloc_addr(const void *at);
bool object_is_on_stack(const void *at);
phys_addr_t virt_to_phys(const volatile void *at);

/* A page is known by its address. */
struct page;
struct page *virt_to_page(const void *at);
void *page_address(const struct page *page);
struct page *alloc_pages(gfp_t flags, unsigned order);
void __free_pages(struct page *page, unsigned order);
#define alloc_page(flags)     alloc_pages(flags, 0)
#define dev_alloc_page()      alloc_pages(GFP_ATOMIC, 0)
#define __free_page(page)     __free_pages(page, 0)
#define put_page(page)	      __free_pages(page, 0)
#define unpin_user_page(page) ((void)(page)) /* the harness has pinned nothing */
#define offset_in_page(p)     ((uintptr_t)(p) & ~PAGE_MASK)
#define kmap_local_page(page) page_address(page)
#define kunmap_local(at)      ((void)(at))

/* ---- Devices and registers ---- */

struct device {
	struct sim_device *sim;
	u64 dma_mask, coherent_dma_mask;
	void *driver_data;
	const char *name;
};
/* A device for the harness to hand to the driver's probe or open function. */
struct device *dmacheck_linux_device(const char *name);

static inline void *dev_get_drvdata(const struct device *dev)
{
	return dev->driver_data;
}
static inline void dev_set_drvdata(struct device *dev, void *data)
{
	dev->driver_data = data;
}
static inline const char *dev_name(const struct device *dev)
{
	return dev->name;
}
void *devm_kmalloc(struct device *dev, size_t nbytes, gfp_t flags);
void *devm_kzalloc(struct device *dev, size_t nbytes, gfp_t flags);
void *devm_kcalloc(struct device *dev, size_t n, size_t nbytes, gfp_t flags);

struct platform_device {
	struct device dev;
	const char *name;
};
struct pci_dev {
	struct device dev;
	int irq;
};
#define pci_enable_device(pdev)	 ((void)(pdev), 0)
#define pci_disable_device(pdev) ((void)(pdev))
#define pci_set_master(pdev)	 ((void)(pdev))
struct cdev {
	void *ops;
};
#define platform_get_drvdata(p)	   dev_get_drvdata(&(p)->dev)
#define platform_set_drvdata(p, d) dev_set_drvdata(&(p)->dev, d)
#define pci_get_drvdata(p)	   dev_get_drvdata(&(p)->dev)
#define pci_set_drvdata(p, d)	   dev_set_drvdata(&(p)->dev, d)

u8 readb(const volatile void *reg);
u16 readw(const volatile void *reg);
u32 readl(const volatile void *reg);
u64 readq(const volatile void *reg);
u32 readl_relaxed(const volatile void *reg);
void writeb(u8 value, volatile void *reg);
void writew(u16 value, volatile void *reg);
void writel(u32 value, volatile void *reg);
void writeq(u64 value, volatile void *reg);
void writel_relaxed(u32 value, volatile void *reg);
#define ioread8(reg)	      readb(reg)
#define ioread16(reg)	      readw(reg)
#define ioread32(reg)	      readl(reg)
#define iowrite8(value, reg)  writeb(value, reg)
#define iowrite16(value, reg) writew(value, reg)
#define iowrite32(value, reg) writel(value, reg)

void dmacheck_linux_mb(void);
void dmacheck_linux_rmb(void);
void dmacheck_linux_wmb(void);
#define mb()		   dmacheck_linux_mb()
#define rmb()		   dmacheck_linux_rmb()
#define wmb()		   dmacheck_linux_wmb()
#define dma_mb()	   dmacheck_linux_mb()
#define dma_rmb()	   dmacheck_linux_rmb()
#define dma_wmb()	   dmacheck_linux_wmb()
/* For other CPUs: they order nothing for a device on every architecture. */
#define smp_mb()	   __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()	   __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define smp_wmb()	   __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define cpu_relax()	   dmacheck_wait()
#define udelay(us)	   ((void)(us), dmacheck_wait())
#define ndelay(ns)	   ((void)(ns), dmacheck_wait())
#define mdelay(ms)	   ((void)(ms), dmacheck_wait())
#define usleep_range(a, b) ((void)(a), (void)(b), dmacheck_wait())
#define msleep(ms)	   ((void)(ms), dmacheck_wait())
#define schedule()	   dmacheck_wait()
#define cond_resched()	   dmacheck_wait()

/* ---- Locks, lists, waiting: one CPU, so they only count ---- */

typedef struct {
	int held;
} spinlock_t;
struct mutex {
	int held;
};
#define DEFINE_SPINLOCK(l)		 spinlock_t l
#define DEFINE_MUTEX(l)			 struct mutex l
#define spin_lock_init(l)		 ((l)->held = 0)
#define spin_lock(l)			 ((l)->held++)
#define spin_unlock(l)			 ((l)->held--)
#define spin_lock_bh(l)			 ((l)->held++)
#define spin_unlock_bh(l)		 ((l)->held--)
#define spin_lock_irq(l)		 ((l)->held++)
#define spin_unlock_irq(l)		 ((l)->held--)
#define spin_lock_irqsave(l, flags)	 ((flags) = 0, (l)->held++)
#define spin_unlock_irqrestore(l, flags) ((void)(flags), (l)->held--)
#define mutex_init(l)			 ((l)->held = 0)
#define mutex_lock(l)			 ((l)->held++)
#define mutex_unlock(l)			 ((l)->held--)
#define lockdep_assert_held(l)		 ((void)(l))

struct completion {
	unsigned done;
};
#define init_completion(c)   ((c)->done = 0)
#define reinit_completion(c) ((c)->done = 0)
#define complete(c)	     ((c)->done++)
unsigned long wait_for_completion_timeout(struct completion *c, unsigned long jiffies);
#define wait_for_completion(c) ((void)wait_for_completion_timeout(c, 1000))
#define msecs_to_jiffies(ms)   ((unsigned long)(ms))
#define HZ		       1000
#define IRQ_NONE	       0
#define IRQ_HANDLED	       1
typedef irqreturn_t (*irq_handler_t)(int, void *);
int request_irq(unsigned irq, irq_handler_t handler, unsigned long flags, const char *name, void *dev);
void free_irq(unsigned irq, void *dev);
#define num_online_cpus()				1
#define PCI_IRQ_INTX					1
#define PCI_IRQ_MSI					2
#define PCI_IRQ_MSIX					4
#define PCI_IRQ_ALL_TYPES				7
#define pci_msi_vec_count(pdev)				((void)(pdev), 32)
#define pci_alloc_irq_vectors(pdev, least, most, flags) ((void)(pdev), (void)(least), (void)(flags), (int)(most))
#define pci_irq_vector(pdev, n)				((void)(pdev), (int)(n) + 1)
#define pci_free_irq_vectors(pdev)			((void)(pdev))

struct list_head {
	struct list_head *next, *prev;
};
#define LIST_HEAD_INIT(l)                                                                                              \
	{                                                                                                              \
		&(l), &(l)                                                                                             \
	}
#define LIST_HEAD(l) struct list_head l = LIST_HEAD_INIT(l)
static inline void INIT_LIST_HEAD(struct list_head *l)
{
	l->next = l->prev = l;
}
static inline void list_add_tail(struct list_head *new, struct list_head *head)
{
	new->prev = head->prev;
	new->next = head;
	head->prev->next = new;
	head->prev = new;
}
static inline void list_del(struct list_head *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
}
static inline int list_empty(const struct list_head *l)
{
	return l->next == l;
}
#define list_entry(p, type, at)	      container_of(p, type, at)
#define list_first_entry(p, type, at) list_entry((p)->next, type, at)
#define list_for_each_entry(at, head, m)                                                                               \
	for (at = list_entry((head)->next, __typeof__(*at), m); &at->m != (head);                                      \
	     at = list_entry(at->m.next, __typeof__(*at), m))

#include "dmacheck_linux_dma.h"

/* For tests: the n-th map call from now on fails (1: the next). */
void dmacheck_fail_map(unsigned n);

#endif
