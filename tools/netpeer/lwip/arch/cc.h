/* SPDX-License-Identifier: MPL-2.0 */
/* The host has a C library: lwIP finds there what it wants. */
#ifndef NETPEER_LWIP_CC_H
#define NETPEER_LWIP_CC_H

#define LWIP_NO_UNISTD_H 0

#endif
