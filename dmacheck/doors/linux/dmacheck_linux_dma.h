/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The DMA mapping API itself, and socket buffers: included by dmacheck_linux.h alone.
 */
#ifndef DMACHECK_LINUX_DMA_H
#define DMACHECK_LINUX_DMA_H

/* ---- DMA mapping ---- */

enum dma_data_direction {
	DMA_BIDIRECTIONAL_LINUX = 0,
	DMA_TO_DEVICE_LINUX = 1,
	DMA_FROM_DEVICE_LINUX = 2,
	DMA_NONE = 3
};
/* The library's header has these names for other numbers; here they are Linux's. */
#undef DMA_BIDIRECTIONAL
#undef DMA_TO_DEVICE
#undef DMA_FROM_DEVICE
#define DMA_BIDIRECTIONAL DMA_BIDIRECTIONAL_LINUX
#define DMA_TO_DEVICE	  DMA_TO_DEVICE_LINUX
#define DMA_FROM_DEVICE	  DMA_FROM_DEVICE_LINUX

#define DMA_MAPPING_ERROR	   (~(dma_addr_t)0)
#define DMA_BIT_MASK(n)		   ((n) == 64 ? ~0ull : (1ull << (n)) - 1)
#define DMA_ATTR_SKIP_CPU_SYNC	   (1ul << 5)
#define DMA_ATTR_WEAK_ORDERING	   (1ul << 1)
#define DMA_ATTR_NO_KERNEL_MAPPING (1ul << 4)
#define DMA_ATTR_NO_WARN	   (1ul << 8)

struct scatterlist {
	struct page *page;
	unsigned offset, length;
	dma_addr_t dma_address;
	unsigned dma_length;
	bool last;
};
struct sg_table {
	struct scatterlist *sgl;
	unsigned nents, orig_nents;
};
void sg_init_table(struct scatterlist *sg, unsigned n);
void sg_init_one(struct scatterlist *sg, const void *at, unsigned nbytes);
void sg_set_buf(struct scatterlist *sg, const void *at, unsigned nbytes);
void sg_set_page(struct scatterlist *sg, struct page *page, unsigned nbytes, unsigned offset);
struct scatterlist *sg_next(struct scatterlist *sg);
void *sg_virt(struct scatterlist *sg);
#define sg_page(sg)		    ((sg)->page)
#define sg_dma_address(sg)	    ((sg)->dma_address)
#define sg_dma_len(sg)		    ((sg)->dma_length)
#define for_each_sg(list, sg, n, i) for ((i) = 0, (sg) = (list); (i) < (n); (i)++, (sg) = sg_next(sg))

int dma_set_mask(struct device *dev, u64 mask);
int dma_set_coherent_mask(struct device *dev, u64 mask);
int dma_set_mask_and_coherent(struct device *dev, u64 mask);
int dma_get_cache_alignment(void);
size_t dma_max_mapping_size(struct device *dev);
bool dma_need_sync(struct device *dev, dma_addr_t addr);

dma_addr_t dma_map_single_attrs(struct device *dev, void *at, size_t nbytes, enum dma_data_direction dir,
				unsigned long attrs);
void dma_unmap_single_attrs(struct device *dev, dma_addr_t addr, size_t nbytes, enum dma_data_direction dir,
			    unsigned long attrs);
dma_addr_t dma_map_page_attrs(struct device *dev, struct page *page, size_t off, size_t nbytes,
			      enum dma_data_direction dir, unsigned long attrs);
void dma_unmap_page_attrs(struct device *dev, dma_addr_t addr, size_t nbytes, enum dma_data_direction dir,
			  unsigned long attrs);
int dma_map_sg_attrs(struct device *dev, struct scatterlist *sg, int n, enum dma_data_direction dir,
		     unsigned long attrs);
void dma_unmap_sg_attrs(struct device *dev, struct scatterlist *sg, int n, enum dma_data_direction dir,
			unsigned long attrs);
int dma_map_sgtable(struct device *dev, struct sg_table *t, enum dma_data_direction dir, unsigned long attrs);
void dma_unmap_sgtable(struct device *dev, struct sg_table *t, enum dma_data_direction dir, unsigned long attrs);
#define dma_map_single(dev, at, n, dir)	     dma_map_single_attrs(dev, at, n, dir, 0)
#define dma_unmap_single(dev, a, n, dir)     dma_unmap_single_attrs(dev, a, n, dir, 0)
#define dma_map_page(dev, page, off, n, dir) dma_map_page_attrs(dev, page, off, n, dir, 0)
#define dma_unmap_page(dev, a, n, dir)	     dma_unmap_page_attrs(dev, a, n, dir, 0)
#define dma_map_sg(dev, sg, n, dir)	     dma_map_sg_attrs(dev, sg, n, dir, 0)
#define dma_unmap_sg(dev, sg, n, dir)	     dma_unmap_sg_attrs(dev, sg, n, dir, 0)
int dma_mapping_error(struct device *dev, dma_addr_t addr);
void dma_sync_single_for_cpu(struct device *dev, dma_addr_t addr, size_t nbytes, enum dma_data_direction dir);
void dma_sync_single_for_device(struct device *dev, dma_addr_t addr, size_t nbytes, enum dma_data_direction dir);
void dma_sync_single_range_for_cpu(struct device *dev, dma_addr_t addr, unsigned long off, size_t nbytes,
				   enum dma_data_direction dir);
void dma_sync_single_range_for_device(struct device *dev, dma_addr_t addr, unsigned long off, size_t nbytes,
				      enum dma_data_direction dir);
void dma_sync_sg_for_cpu(struct device *dev, struct scatterlist *sg, int n, enum dma_data_direction dir);
void dma_sync_sg_for_device(struct device *dev, struct scatterlist *sg, int n, enum dma_data_direction dir);
void *dma_alloc_attrs(struct device *dev, size_t nbytes, dma_addr_t *addr, gfp_t flags, unsigned long attrs);
void dma_free_attrs(struct device *dev, size_t nbytes, void *at, dma_addr_t addr, unsigned long attrs);
#define dma_alloc_coherent(dev, n, a, flags)  dma_alloc_attrs(dev, n, a, flags, 0)
#define dma_free_coherent(dev, n, at, a)      dma_free_attrs(dev, n, at, a, 0)
#define dma_alloc_wc(dev, n, a, flags)	      dma_alloc_attrs(dev, n, a, flags, 0)
#define dma_free_wc(dev, n, at, a)	      dma_free_attrs(dev, n, at, a, 0)
#define dmam_alloc_coherent(dev, n, a, flags) dma_alloc_attrs(dev, n, a, flags, DMACHECK_MANAGED)
#define DMACHECK_MANAGED		      (1ul << 40)
void *dma_alloc_noncoherent(struct device *dev, size_t nbytes, dma_addr_t *addr, enum dma_data_direction dir,
			    gfp_t flags);
void dma_free_noncoherent(struct device *dev, size_t nbytes, void *at, dma_addr_t addr, enum dma_data_direction dir);

/* The library has functions of these names, too. */
#define dma_pool_create	 dmacheck_linux_pool_create
#define dma_pool_destroy dmacheck_linux_pool_destroy
#define dma_pool_alloc	 dmacheck_linux_pool_alloc
#define dma_pool_zalloc	 dmacheck_linux_pool_zalloc
#define dma_pool_free	 dmacheck_linux_pool_free
struct dma_pool;
struct dma_pool *dma_pool_create(const char *name, struct device *dev, size_t nbytes, size_t align, size_t boundary);
void dma_pool_destroy(struct dma_pool *pool);
void *dma_pool_alloc(struct dma_pool *pool, gfp_t flags, dma_addr_t *addr);
void *dma_pool_zalloc(struct dma_pool *pool, gfp_t flags, dma_addr_t *addr);
void dma_pool_free(struct dma_pool *pool, void *at, dma_addr_t addr);

#define DEFINE_DMA_UNMAP_ADDR(name)	   dma_addr_t name
#define DEFINE_DMA_UNMAP_LEN(name)	   u32 name
#define dma_unmap_addr(p, name)		   ((p)->name)
#define dma_unmap_addr_set(p, name, value) ((p)->name = (value))
#define dma_unmap_len(p, name)		   ((p)->name)
#define dma_unmap_len_set(p, name, value)  ((p)->name = (value))

/* ---- Socket buffers, as far as a data path goes ---- */

#define NET_IP_ALIGN   2
#define NET_SKB_PAD    64
#define ETH_HLEN       14
#define ETH_FRAME_LEN  1514
#define NETDEV_TX_OK   0
#define NETDEV_TX_BUSY 16
typedef int netdev_tx_t;
struct net_device_stats {
	unsigned long rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors, rx_dropped, tx_dropped;
};
struct net_device {
	struct net_device_stats stats;
	struct device *parent;
	unsigned mtu;
	bool stopped;
	void *priv;
};
struct sk_buff {
	unsigned len, data_len;
	unsigned char *head, *data;
	struct net_device *dev;
	u16 protocol;
	unsigned char ip_summed;
};
struct sk_buff *alloc_skb(unsigned nbytes, gfp_t flags);
struct sk_buff *netdev_alloc_skb(struct net_device *dev, unsigned nbytes);
struct sk_buff *netdev_alloc_skb_ip_align(struct net_device *dev, unsigned nbytes);
void skb_reserve(struct sk_buff *skb, int n);
void *skb_put(struct sk_buff *skb, unsigned n);
void dev_kfree_skb_any(struct sk_buff *skb);
#define dev_kfree_skb(skb)     dev_kfree_skb_any(skb)
#define dev_kfree_skb_irq(skb) dev_kfree_skb_any(skb)
#define dev_consume_skb_any(s) dev_kfree_skb_any(s)
#define kfree_skb(skb)	       dev_kfree_skb_any(skb)
#define skb_headlen(skb)       ((skb)->len - (skb)->data_len)
/* Packets that were received: the harness may look at each. */
int netif_rx(struct sk_buff *skb);
#define netif_receive_skb(skb) netif_rx(skb)
void dmacheck_on_packet(void (*call)(const unsigned char *data, unsigned n));
#define netdev_priv(dev)	 ((dev)->priv)
#define netif_stop_queue(dev)	 ((dev)->stopped = true)
#define netif_wake_queue(dev)	 ((dev)->stopped = false)
#define netif_start_queue(dev)	 ((dev)->stopped = false)
#define netif_queue_stopped(dev) ((dev)->stopped)
#define eth_type_trans(skb, dev) ((void)(skb), (void)(dev), (u16)0)
#define netdev_err(dev, ...)	 ((void)(dev), dmacheck_printk(__VA_ARGS__))

#endif
