/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What is used of the UEFI specification (2.10; sections in comments), written from it: nothing of an EFI library is in
 * the image. Functions and protocols that are not called are `unused` pointers, so that the others stand where the
 * specification has them.
 */
#ifndef BARE_EFI_UEFI_H
#define BARE_EFI_UEFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2.3.4.2: on x64 firmware has the calling convention of Windows; elsewhere that of the architecture's C. */
#if defined(__x86_64__)
#define EFIAPI __attribute__((ms_abi))
#else
#define EFIAPI
#endif

typedef uint64_t efi_status; /* appendix D: errors have the top bit */
#define EFI_ERROR	     (UINT64_C(1) << 63)
#define EFI_BUFFER_TOO_SMALL (EFI_ERROR | 5)
#define EFI_NOT_FOUND	     (EFI_ERROR | 14)

typedef void *efi_handle;
typedef uint16_t efi_char;
typedef void *unused;

struct efi_guid {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
};

struct efi_header { /* 4.2 */
	uint64_t signature;
	uint32_t revision;
	uint32_t nbytes;
	uint32_t crc32;
	uint32_t reserved;
};

/* ---- Memory: 7.2 --------------------------------------------------------------------------------------------- */

enum efi_memory_type {
	EFI_RESERVED = 0,
	EFI_LOADER_CODE = 1,
	EFI_LOADER_DATA = 2,
	EFI_BOOT_CODE = 3,
	EFI_BOOT_DATA = 4,
	EFI_RUNTIME_CODE = 5,
	EFI_RUNTIME_DATA = 6,
	EFI_CONVENTIONAL = 7,
	EFI_UNUSABLE = 8,
	EFI_ACPI_RECLAIM = 9,
	EFI_ACPI_NVS = 10,
	EFI_MMIO = 11,
	EFI_MMIO_PORTS = 12,
};

enum efi_allocate {
	EFI_ANY_PAGES = 0,
	EFI_MAX_ADDRESS = 1,
	EFI_AT_ADDRESS = 2,
};

#define EFI_BY_PROTOCOL 2 /* of locate_handles: 7.3.15 */

#define EFI_PAGE_BYTES	   4096u
#define EFI_MEMORY_WB	   UINT64_C(8) /* can be cached, written back */
#define EFI_MEMORY_RUNTIME (UINT64_C(1) << 63)

struct efi_memory {
	uint32_t type;
	uint32_t padding;
	uint64_t base;
	uint64_t virtual_base;
	uint64_t npages; /* of 4 KiB */
	uint64_t attributes;
};

/* ---- Console: 12.3, 12.4 ------------------------------------------------------------------------------------- */

struct efi_key {
	uint16_t scan_code;
	efi_char character;
};

struct efi_input {
	unused reset;
	efi_status(EFIAPI *read_key)(struct efi_input *, struct efi_key *);
	void *wait_for_key;
};

struct efi_output {
	unused reset;
	efi_status(EFIAPI *write)(struct efi_output *, const efi_char *text);
};

/* ---- Framebuffer: 12.9 ---------------------------------------------------------------------------------------- */

enum efi_pixels {
	EFI_PIXELS_RGB = 0, /* bytes in memory: red, green, blue, unused */
	EFI_PIXELS_BGR = 1,
	EFI_PIXELS_MASKS = 2,
	EFI_PIXELS_NONE = 3, /* no framebuffer, only copying by the firmware */
};

struct efi_graphics_info {
	uint32_t version;
	uint32_t width, height;
	uint32_t format; /* enum efi_pixels */
	uint32_t masks[4];
	uint32_t pixels_per_line;
};

struct efi_graphics {
	unused query_mode, set_mode, blt;
	struct efi_graphics_mode {
		uint32_t nmodes, mode;
		const struct efi_graphics_info *info;
		uint64_t info_bytes;
		uint64_t base;
		uint64_t nbytes;
	} * mode;
};

/* ---- Files: 13.4, 13.5 ---------------------------------------------------------------------------------------- */

#define EFI_FILE_READ	UINT64_C(1)
#define EFI_FILE_WRITE	UINT64_C(2)
#define EFI_FILE_CREATE (UINT64_C(1) << 63)

struct efi_file {
	uint64_t revision;
	efi_status(EFIAPI *open)(struct efi_file *, struct efi_file **out, const efi_char *name, uint64_t mode,
				 uint64_t attributes);
	efi_status(EFIAPI *close)(struct efi_file *);
	efi_status(EFIAPI *delete)(struct efi_file *); /* and closes it */
	efi_status(EFIAPI *read)(struct efi_file *, uint64_t *nbytes, void *to);
	efi_status(EFIAPI *write)(struct efi_file *, uint64_t *nbytes, const void *from);
	unused get_position, set_position, get_info, set_info;
	efi_status(EFIAPI *flush)(struct efi_file *);
};

struct efi_volume {
	uint64_t revision;
	efi_status(EFIAPI *open)(struct efi_volume *, struct efi_file **root);
};

/* ---- Boot services: 4.4, 7 -------------------------------------------------------------------------------------- */

struct efi_boot {
	struct efi_header header;
	unused raise_tpl, restore_tpl;
	efi_status(EFIAPI *allocate_pages)(uint32_t how, uint32_t type, uint64_t npages, uint64_t *paddr);
	efi_status(EFIAPI *free_pages)(uint64_t paddr, uint64_t npages);
	efi_status(EFIAPI *memory_map)(uint64_t *nbytes, void *map, uint64_t *key, uint64_t *descriptor_bytes,
				       uint32_t *version);
	unused allocate_pool, free_pool;
	unused create_event, set_timer, wait_for_event, signal_event, close_event, check_event;
	unused install_protocol, reinstall_protocol, uninstall_protocol;
	efi_status(EFIAPI *handle_protocol)(efi_handle, const struct efi_guid *, void **out);
	unused reserved, register_notify, locate_handle, locate_path, install_table;
	unused load_image, start_image, exit, unload_image;
	efi_status(EFIAPI *exit_boot_services)(efi_handle image, uint64_t key);
	unused next_count;
	efi_status(EFIAPI *stall)(uint64_t microseconds);
	efi_status(EFIAPI *watchdog)(uint64_t seconds, uint64_t code, uint64_t nbytes, const efi_char *text);
	unused connect_controller, disconnect_controller;
	unused open_protocol, close_protocol, open_information;
	unused protocols_per_handle;
	efi_status(EFIAPI *locate_handles)(uint32_t how, const struct efi_guid *, void *key, uint64_t *n,
					   efi_handle **out);
	efi_status(EFIAPI *locate_protocol)(const struct efi_guid *, void *registration, void **out);
};

/* ---- Runtime services: 4.5, 8 ------------------------------------------------------------------------------------ */

#define EFI_VARIABLE_KEPT    UINT32_C(1) /* non-volatile */
#define EFI_VARIABLE_BOOT    UINT32_C(2)
#define EFI_VARIABLE_RUNTIME UINT32_C(4)

enum efi_reset {
	EFI_RESET_COLD = 0,
	EFI_RESET_WARM = 1,
	EFI_RESET_OFF = 2,
};

typedef efi_status(EFIAPI efi_get_variable)(const efi_char *name, const struct efi_guid *, uint32_t *attributes,
					    uint64_t *nbytes, void *to);
typedef efi_status(EFIAPI efi_set_variable)(const efi_char *name, const struct efi_guid *, uint32_t attributes,
					    uint64_t nbytes, const void *from);
typedef efi_status(EFIAPI efi_query_variables)(uint32_t attributes, uint64_t *all, uint64_t *left, uint64_t *longest);
typedef void(EFIAPI efi_reset_system)(uint32_t how, efi_status status, uint64_t nbytes, const void *text);

struct efi_runtime {
	struct efi_header header;
	unused get_time, set_time, get_wakeup, set_wakeup;
	unused set_virtual_map, convert_pointer;
	efi_get_variable *get_variable;
	unused next_variable;
	efi_set_variable *set_variable;
	unused next_count;
	efi_reset_system *reset;
	unused update_capsule, query_capsule; /* from 2.0 on */
	efi_query_variables *query_variables;
};
#define EFI_REVISION_2_0 UINT32_C(0x20000)

/* ---- The system table: 4.3; the program itself: 9.1 -------------------------------------------------------------- */

struct efi_table {
	struct efi_guid guid;
	const void *table;
};

struct efi_system {
	struct efi_header header;
	const efi_char *vendor;
	uint32_t vendor_revision;
	efi_handle input_handle;
	struct efi_input *input;
	efi_handle output_handle;
	struct efi_output *output;
	efi_handle error_handle;
	struct efi_output *error;
	struct efi_runtime *runtime;
	struct efi_boot *boot;
	uint64_t ntables;
	const struct efi_table *tables;
};

struct efi_loaded_image {
	uint32_t revision;
	efi_handle parent;
	struct efi_system *system;
	efi_handle device; /* that it was loaded from */
	void *path;
	void *reserved;
	uint32_t options_bytes;
	const void *options; /* UTF-16 where a shell or boot manager gives some */
	void *base;
	uint64_t nbytes;
};

#define EFI_GUID_ACPI_20                                                                                               \
	{                                                                                                              \
		0x8868e871, 0xe4f1, 0x11d3,                                                                            \
		{                                                                                                      \
			0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81                                                 \
		}                                                                                                      \
	}
#define EFI_GUID_ACPI_10                                                                                               \
	{                                                                                                              \
		0xeb9d2d30, 0x2d88, 0x11d3,                                                                            \
		{                                                                                                      \
			0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d                                                 \
		}                                                                                                      \
	}
#define EFI_GUID_DEVICE_TREE                                                                                           \
	{                                                                                                              \
		0xb1b621d5, 0xf19c, 0x41a5,                                                                            \
		{                                                                                                      \
			0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0                                                 \
		}                                                                                                      \
	}
#define EFI_GUID_LOADED_IMAGE                                                                                          \
	{                                                                                                              \
		0x5b1b31a1, 0x9562, 0x11d2,                                                                            \
		{                                                                                                      \
			0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b                                                 \
		}                                                                                                      \
	}
#define EFI_GUID_VOLUME                                                                                                \
	{                                                                                                              \
		0x964e5b22, 0x6459, 0x11d2,                                                                            \
		{                                                                                                      \
			0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b                                                 \
		}                                                                                                      \
	}
#define EFI_GUID_GRAPHICS                                                                                              \
	{                                                                                                              \
		0x9042a9de, 0x23dc, 0x4a38,                                                                            \
		{                                                                                                      \
			0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a                                                 \
		}                                                                                                      \
	}

#endif
