/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The firmware's runtime services (UEFI 8), called at the addresses at which boot services left them: no virtual
 * addresses are set, since firmware gets that wrong more often than this.
 */
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../kernel/screen.h"
#include "../memory/vm.h"
#include "efi.h"
#include "kept.h"
#include "uefi.h"
#include <dmastream/errors.h>

static const struct efi_runtime *runtime; /* NULL: not there, or not mapped */
static bool by_reset;

enum {
	KEPT_ATTRIBUTES = EFI_VARIABLE_KEPT | EFI_VARIABLE_BOOT | EFI_VARIABLE_RUNTIME,
	VARIABLE_BYTES = 128, /* what a variable takes beside its value, with its name */
	FIRMWARE_BYTES = 8192,
	READ_S = 60,
	MOST_PAGES = 1 << 20, /* 4 GiB: registers of configuration space are the most that there is */
};

/* Firmware touches registers, too: those have the attribute as memory of another type. */
static int map_runtime(void)
{
	for (uint32_t at = 0; at + sizeof(struct efi_memory) <= efi_handover.map_bytes;
	     at += efi_handover.descriptor_bytes) {
		const struct efi_memory *memory = vm_linear(efi_handover.map + at);
		uint64_t first = memory->base & ~(uint64_t)(EFI_PAGE_BYTES - 1);
		uint64_t npages =
			memory->npages + (first != memory->base); /* no descriptor should begin within a page */

		if (!(memory->attributes & EFI_MEMORY_RUNTIME))
			continue;
		if (npages > MOST_PAGES || first + npages * EFI_PAGE_BYTES < first) {
			print("efi: %llu pages of the runtime services at 0x%llx make no sense\n",
			      (unsigned long long)npages, (unsigned long long)first);
			continue;
		}
		for (uint64_t i = 0; i < npages; i++)
			if (machine_firmware_map(first + i * EFI_PAGE_BYTES,
						 memory->attributes & EFI_MEMORY_WB ? VM_CACHED : VM_DEVICE))
				return DMA_ENOMEM;
	}
	return 0;
}

static void start_screen(void)
{
	const struct efi_handover *h = &efi_handover;
	volatile void *pixels;

	if (!h->framebuffer)
		return;
	if (vm_framebuffer_map(h->framebuffer, h->framebuffer_bytes, &pixels)) {
		print("screen: the framebuffer cannot be mapped\n");
		return;
	}
	screen_start(pixels, h->width, h->height, h->pixels_per_line, h->ink);
}

void efi_init(void)
{
	if (!efi_started())
		return;
	start_screen();
	if (!efi_handover.runtime || map_runtime())
		print("efi: no runtime services\n");
	else
		runtime = (const struct efi_runtime *)(uintptr_t)efi_handover.runtime;
}

bool efi_may_reset(void)
{
	return !efi_handover.no_reset;
}

void efi_end_by_reset(void)
{
	by_reset = efi_may_reset();
}

/* Where a mistake ends the machine, its screen is all that tells why. */
static void leave_time_to_read(void)
{
	uint64_t ticks_per_ms = efi_handover.ticks_per_ms ? efi_handover.ticks_per_ms : 1000000;
	uint64_t began = machine_ticks();

	print("efi: it stays as it is for %u s\n", READ_S);
	while ((machine_ticks() - began) / ticks_per_ms < READ_S * 1000)
		machine_relax();
}

void efi_exit(int status)
{
	bool reset = by_reset || option_is("end", "reset");

	if (!efi_started() || option_is("exit", "qemu"))
		return;
	if (status && !reset && efi_handover.framebuffer)
		leave_time_to_read();
	print("status %d: the firmware %s\n", status, reset ? "resets the machine" : "switches the machine off");
	if (runtime) {
		(void)machine_firmware_begin();
		runtime->reset(reset ? EFI_RESET_COLD : EFI_RESET_OFF, 0, 0, NULL);
	}
	for (;;)
		machine_relax();
}

/* Room for so many bytes in that many variables, and as much beside them as firmware needs itself: some never start
 * again when it has none. What cannot say is believed to have it. */
static bool has_room(size_t nbytes, unsigned pieces)
{
	uint64_t all, left = 0, longest;
	uintptr_t state;
	efi_status status;

	if (!runtime || runtime->header.revision < EFI_REVISION_2_0 || runtime->header.nbytes < sizeof(*runtime))
		return true;
	state = machine_firmware_begin();
	status = runtime->query_variables(KEPT_ATTRIBUTES, &all, &left, &longest);
	machine_firmware_end(state);
	return status || left >= nbytes + pieces * VARIABLE_BYTES + FIRMWARE_BYTES;
}

static int keep_piece(unsigned index, const void *bytes, size_t nbytes)
{
	char name[KEPT_NAME];

	format_text(name, sizeof(name), KEPT_HEAD "%u", index);
	return efi_variable_write(name, bytes, nbytes);
}

int efi_report_keep(const void *bytes, size_t nbytes)
{
	struct kept kept = {.magic = KEPT_MAGIC, .nbytes = (uint32_t)nbytes};
	uint32_t pieces = (uint32_t)((nbytes + KEPT_BYTES - 1) / KEPT_BYTES);
	int error;

	if (nbytes > KEPT_PIECES * KEPT_BYTES || !has_room(nbytes, pieces + 1))
		return DMA_ENOSPC;
	for (size_t i = 0; i < nbytes; i++)
		kept.sum += ((const uint8_t *)bytes)[i];
	error = efi_variable_write(KEPT_HEAD, NULL, 0); /* of a report whose pieces are written over now */
	for (size_t at = 0; at < nbytes && !error; at += KEPT_BYTES)
		error = keep_piece(kept.pieces++, (const uint8_t *)bytes + at,
				   nbytes - at < KEPT_BYTES ? nbytes - at : KEPT_BYTES);
	if (!error)
		error = efi_variable_write(KEPT_HEAD, &kept, sizeof(kept));
	while (error && kept.pieces > 0) /* nobody would ever look for them */
		(void)keep_piece(--kept.pieces, NULL, 0);
	return error;
}

int efi_variable_write(const char *name, const void *bytes, size_t nbytes)
{
	static const struct efi_guid guid = EFI_GUID_DMASTREAM;
	efi_char wide[KEPT_NAME];
	uintptr_t state;
	char text[KEPT_NAME] = {0};
	efi_status status;

	if (!runtime)
		return DMA_ENOTSUP;
	format_text(text, sizeof(text), "%s", name);
	for (size_t i = 0; i < KEPT_NAME; i++)
		wide[i] = (efi_char)text[i];
	state = machine_firmware_begin();
	status = runtime->set_variable(wide, &guid, KEPT_ATTRIBUTES, nbytes, bytes);
	machine_firmware_end(state);
	return status && !(nbytes == 0 && status == EFI_NOT_FOUND) ? DMA_EIO : 0;
}
