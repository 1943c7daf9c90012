/* SPDX-License-Identifier: MPL-2.0 */
/* What the firmware says of the machine while its boot services are there: tables, screen, serial port, options. */
#include "loader.h"

#include "../../firmware/acpi.h"

#define OPTIONS_FILE "dmastream.txt"
#define STALL_US     20000
#define MOST_PIXELS  32768u /* of a line, and lines */

/* The serial port console redirection table (Microsoft, SPCR; ACPI 6.5 table 5.6). */
enum {
	SPCR_KIND = 36, /* 3: PL011; 13, 14: its generic subset; 0, 1, 18: 16550 */
	SPCR_SPACE = 40,
	SPCR_ADDRESS = 44,
	SPCR_BYTES = 52,
	SPACE_MEMORY = 0,
	SPACE_PORT = 1,
};

static bool same_guid(const struct efi_guid *a, const struct efi_guid *b)
{
	const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;

	for (size_t i = 0; i < sizeof(*a); i++)
		if (x[i] != y[i])
			return false;
	return true;
}

static uint64_t table_of(const struct efi_guid *guid)
{
	for (uint64_t i = 0; efi->tables && i < efi->ntables; i++)
		if (same_guid(&efi->tables[i].guid, guid))
			return (uintptr_t)efi->tables[i].table;
	return 0;
}

/* ---- The serial port ------------------------------------------------------------------------------------------- */

static const uint8_t *at(void *context, uint64_t paddr, uint64_t nbytes)
{
	(void)context, (void)nbytes;
	return paddr ? (const uint8_t *)(uintptr_t)paddr : NULL;
}

static bool is_ram(void *context, uint64_t paddr, uint64_t nbytes)
{
	(void)context, (void)paddr, (void)nbytes;
	return false;
}

static struct acpi acpi;

/* The root pointer of ACPI 2.0, or that of 1.0 where the other makes no sense; 0: none does. */
static uint64_t find_rsdp(void)
{
	static const struct acpi_memory memory = {.at = at, .is_ram = is_ram};
	static const struct efi_guid guids[] = {EFI_GUID_ACPI_20, EFI_GUID_ACPI_10};

	for (unsigned i = 0; i < sizeof(guids) / sizeof(guids[0]); i++) {
		uint64_t rsdp = table_of(&guids[i]);

		if (!rsdp)
			continue;
		if (!acpi_open(&acpi, &memory, rsdp))
			return rsdp;
		say("dmastream: acpi: %s\n", acpi.error);
	}
	return 0;
}

static void find_uart(struct efi_handover *handover)
{
	struct acpi_table spcr;

	if (!handover->rsdp || acpi_find_table(&acpi, "SPCR", 0, &spcr) || spcr.nbytes < SPCR_BYTES)
		return;
	handover->uart = acpi_read64(spcr.bytes + SPCR_ADDRESS);
	switch (spcr.bytes[SPCR_KIND]) {
	case 3:
	case 13:
	case 14:
		if (spcr.bytes[SPCR_SPACE] == SPACE_MEMORY && handover->uart)
			handover->uart_kind = EFI_UART_PL011;
		break;
	case 0:
	case 1:
	case 18:
		if (spcr.bytes[SPCR_SPACE] == SPACE_PORT && handover->uart && handover->uart < 0xfff8)
			handover->uart_kind = EFI_UART_PORT;
		break;
	default:
		break;
	}
}

/* ---- The screen ------------------------------------------------------------------------------------------------- */

/* A pixel of 32 bits with all colours on, the same in every order of theirs; 0: pixels are smaller, or not there. */
static uint32_t ink_of(const struct efi_graphics_info *info)
{
	uint32_t colours = info->masks[0] | info->masks[1] | info->masks[2];

	switch (info->format) {
	case EFI_PIXELS_RGB:
	case EFI_PIXELS_BGR:
		return 0xd8d8d8;
	case EFI_PIXELS_MASKS:
		return (colours | info->masks[3]) >> 24 ? colours : 0;
	default:
		return 0;
	}
}

/* A framebuffer whose size the firmware has not made up. */
static bool makes_sense(const struct efi_graphics_mode *mode)
{
	const struct efi_graphics_info *info = mode ? mode->info : NULL;
	uint64_t needed;

	if (!info || !mode->base || mode->base % sizeof(uint32_t) || !ink_of(info) || !info->width || !info->height ||
	    info->width > info->pixels_per_line || info->pixels_per_line > MOST_PIXELS || info->height > MOST_PIXELS)
		return false;
	needed = (uint64_t)info->pixels_per_line * info->height * sizeof(uint32_t);
	return needed <= mode->nbytes && mode->base + needed > mode->base;
}

static bool take_screen(struct efi_handover *handover, efi_handle handle)
{
	static const struct efi_guid guid = EFI_GUID_GRAPHICS;
	const struct efi_graphics_mode *mode;
	void *found;

	if (!handle || efi->boot->handle_protocol(handle, &guid, &found))
		return false;
	mode = ((struct efi_graphics *)found)->mode;
	if (!makes_sense(mode))
		return false;
	handover->framebuffer = mode->base;
	handover->framebuffer_bytes = (uint64_t)mode->info->pixels_per_line * mode->info->height * sizeof(uint32_t);
	handover->width = mode->info->width;
	handover->height = mode->info->height;
	handover->pixels_per_line = mode->info->pixels_per_line;
	handover->format = mode->info->format;
	handover->ink = ink_of(mode->info);
	return true;
}

/* What firmware writes its own text to, before others: that may also be several screens at once, which have no
 * framebuffer together. Without any the screen stays as it is, and the serial port tells all. */
static void find_screen(struct efi_handover *handover)
{
	static const struct efi_guid guid = EFI_GUID_GRAPHICS;
	efi_handle *handles;
	uint64_t n;

	if (take_screen(handover, efi->output_handle) ||
	    efi->boot->locate_handles(EFI_BY_PROTOCOL, &guid, NULL, &n, &handles))
		return;
	for (uint64_t i = 0; i < n && !take_screen(handover, handles[i]); i++)
		;
}

/* ---- Options ---------------------------------------------------------------------------------------------------- */

static bool printable(unsigned character)
{
	return character >= ' ' && character < 127;
}

/* What a shell or a boot entry gives; firmware puts other things there, too, which are no text. */
static size_t load_options(char *to, size_t max)
{
	static const struct efi_guid guid = EFI_GUID_LOADED_IMAGE;
	const struct efi_loaded_image *self;
	const uint8_t *text;
	size_t n = 0;
	void *found;

	if (efi->boot->handle_protocol(efi_self, &guid, &found))
		return 0;
	self = found;
	text = self->options;
	for (uint32_t i = 0; text && i + 1 < self->options_bytes && n < max; i += 2) {
		unsigned character = text[i] | (unsigned)text[i + 1] << 8;

		if (!character)
			break;
		if (!printable(character))
			return 0;
		to[n++] = (char)character;
	}
	return n;
}

/* Lines become words; what stands behind a # is for people. */
static size_t file_options(char *to, size_t max)
{
	size_t nbytes = file_read(OPTIONS_FILE, to, max), n = 0;
	bool comment = false;

	for (size_t i = 0; i < nbytes; i++) {
		char character = to[i];

		if (character == '\n' || character == '\r')
			comment = false;
		else if (character == '#')
			comment = true;
		if (!comment)
			to[n++] = (char)(printable((unsigned char)character) ? character : ' ');
	}
	return n;
}

/* ---- All of it --------------------------------------------------------------------------------------------------- */

void facts_find(struct efi_handover *handover)
{
	static const struct efi_guid tree = EFI_GUID_DEVICE_TREE;
	size_t n = file_options(handover->options, EFI_HANDOVER_OPTIONS - 2);
	uint64_t before;

	handover->options[n++] = ' '; /* what a boot manager gives comes last: that of two words holds */
	n += load_options(handover->options + n, EFI_HANDOVER_OPTIONS - 1 - n);
	handover->options[n] = '\0';
	handover->rsdp = find_rsdp();
	handover->tree = table_of(&tree);
	find_uart(handover);
	find_screen(handover);
	before = enter_ticks();
	(void)efi->boot->stall(STALL_US);
	handover->ticks_per_ms = (uint32_t)((enter_ticks() - before) / (STALL_US / 1000));
}
