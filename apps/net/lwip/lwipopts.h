/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What lwIP is built with: no operating system below it, IPv4 with ARP, ICMP, UDP and TCP, nothing else. Everything
 * calls it from one loop, so it needs no locks. tools/netpeer uses the same.
 */
#ifndef APP_LWIPOPTS_H
#define APP_LWIPOPTS_H

#define NO_SYS		     1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET	     0
#define LWIP_NETCONN	     0
#define LWIP_SINGLE_NETIF    1

#define LWIP_RAW      0
#define LWIP_IPV6     0
#define LWIP_DHCP     0
#define LWIP_AUTOIP   0
#define LWIP_DNS      0
#define LWIP_IGMP     0
#define IP_REASSEMBLY 0 /* fragments are dropped */
#define IP_FRAG	      0

/* Sums that the card makes, or has looked at, are not made here (net_offload.c). */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
#define LWIP_SUPPORT_CUSTOM_PBUF     1
#define LWIP_STATS		     1
#define LWIP_STATS_LARGE	     1

/* Memory. A received frame's headers are in a buffer of the pool, and its payload stays where the card put it. */
#define MEM_ALIGNMENT		8
#define MEM_SIZE		(256 * 1024)
#define PBUF_POOL_SIZE		256
#define PBUF_POOL_BUFSIZE	256
#define PBUF_POOL_FREE_OOSEQ	0
#define MEMP_NUM_PBUF		256
#define MEMP_NUM_UDP_PCB	4
#define MEMP_NUM_TCP_PCB	8
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG	256

#ifndef TCP_MSS
#define TCP_MSS 1460
#endif
#define TCP_WND		    (32 * TCP_MSS)
#define TCP_SND_BUF	    (32 * TCP_MSS)
#define TCP_SND_QUEUELEN    128
#define TCP_OOSEQ_MAX_PBUFS 64

#endif
