/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The kernel's iommufd and VFIO's device files (since 6.6), as far as they are used here. Systems whose headers are
 * older than their kernel are common, so the numbers stand here.
 */
#ifndef PLATFORM_LINUX_IOMMUFD_ABI_H
#define PLATFORM_LINUX_IOMMUFD_ABI_H

#include <linux/ioctl.h>
#include <stdint.h>

#define ABI_TYPE ';'

struct abi_ioas_alloc {
	uint32_t size, flags, ioas;
};
struct abi_iova_range {
	uint64_t first, last;
};
struct abi_iova_ranges {
	uint32_t size, ioas, count, reserved;
	uint64_t ranges; /* address of struct abi_iova_range[count] */
	uint64_t alignment;
};
struct abi_map {
	uint32_t size, flags, ioas, reserved;
	uint64_t va, nbytes, iova;
};
struct abi_unmap {
	uint32_t size, ioas;
	uint64_t iova, nbytes;
};
struct abi_bind {
	uint32_t size, flags;
	int32_t iommufd;
	uint32_t device;
};
struct abi_attach {
	uint32_t size, flags, ioas;
};

enum { ABI_MAP_FIXED = 1, ABI_MAP_WRITE = 2, ABI_MAP_READ = 4 };

#define ABI_IOAS_ALLOC	  _IO(ABI_TYPE, 0x81)
#define ABI_IOVA_RANGES	  _IO(ABI_TYPE, 0x84)
#define ABI_MAP		  _IO(ABI_TYPE, 0x85)
#define ABI_UNMAP	  _IO(ABI_TYPE, 0x86)
#define ABI_DEVICE_BIND	  _IO(ABI_TYPE, 118)
#define ABI_DEVICE_ATTACH _IO(ABI_TYPE, 119)

#endif
