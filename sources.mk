# SPDX-License-Identifier: MPL-2.0
# The library's sources, for any build system: compile them with -Iinclude -Isrc/arch -Isrc/arch/<architecture>.
# CORE is all that a machine without an IOMMU needs; user.c only with the fallible cursors; IOMMU adds remapping.
DMASTREAM_CORE = \
	src/errors.c \
	src/init.c \
	src/node.c \
	src/segment.c \
	src/placement.c \
	src/cache.c \
	src/view.c \
	src/hold.c \
	src/domain.c \
	src/device.c \
	src/stream.c \
	src/access.c \
	src/coherent.c
DMASTREAM_USER = src/user.c
DMASTREAM_IOMMU =
