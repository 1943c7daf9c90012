/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What lwIP asks of the machine and the compiler. The two functions through which it touches payloads are the job's own
 * (net_payload.c), since a received payload is no plain memory.
 */
#ifndef APP_LWIP_CC_H
#define APP_LWIP_CC_H

#include <stddef.h>
#include <stdint.h>

#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_LIMITS_H   1
#define LWIP_NO_CTYPE_H	   1
#define INT_MAX		   __INT_MAX__
#define X8_F		   "02x"
#define U16_F		   "u"
#define S16_F		   "d"
#define X16_F		   "x"
#define U32_F		   "u"
#define S32_F		   "d"
#define X32_F		   "x"
#define SZT_F		   "zu"

#define PACK_STRUCT_STRUCT __attribute__((packed))
#define BYTE_ORDER	   LITTLE_ENDIAN

void app_lwip_failed(const char *what);
void *app_copy(void *to, const void *from, size_t nbytes);
uint16_t app_sum(const void *from, int nbytes);

#define LWIP_PLATFORM_DIAG(text)
#define LWIP_PLATFORM_ASSERT(text) app_lwip_failed(text)
#define MEMCPY(to, from, nbytes)   app_copy(to, from, nbytes)
#define LWIP_CHKSUM		   app_sum

#endif
