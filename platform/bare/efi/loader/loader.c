/* SPDX-License-Identifier: MPL-2.0 */
/* From the firmware to the image: see loader.h. */
#include "loader.h"

#include "../../kernel/print.h"

struct efi_system *efi;
efi_handle efi_self;

#define SPARE_DESCRIPTORS 64 /* the map grows while it is asked for */
#define TRIES		  8
#define OFF_DELAY_S	  15

efi_status EFIAPI efi_main(efi_handle self, struct efi_system *system);

void say(const char *format, ...)
{
	static char text[512];
	static efi_char wide[sizeof(text) + 16];
	size_t n = 0;
	va_list arguments;

	va_start(arguments, format);
	format_list(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (const char *at = text; *at; at++) {
		if (*at == '\n')
			wide[n++] = '\r';
		wide[n++] = (efi_char)*at;
	}
	wide[n] = 0;
	if (efi->output)
		(void)efi->output->write(efi->output, wide);
}

/* Room for the handover and the memory map behind it. NULL: no memory. */
static struct efi_handover *make_handover(void)
{
	uint64_t map_bytes = 0, key, descriptor_bytes = sizeof(struct efi_memory), npages, paddr = enter_limit - 1;
	struct efi_handover *handover;
	uint32_t version;

	(void)efi->boot->memory_map(&map_bytes, NULL, &key, &descriptor_bytes, &version);
	map_bytes += SPARE_DESCRIPTORS * descriptor_bytes;
	npages = (sizeof(*handover) + map_bytes + EFI_PAGE_BYTES - 1) / EFI_PAGE_BYTES;
	if (efi->boot->allocate_pages(EFI_MAX_ADDRESS, EFI_LOADER_DATA, npages, &paddr))
		return NULL;
	handover = (struct efi_handover *)(uintptr_t)paddr;
	*handover = (struct efi_handover){
		.magic = EFI_HANDOVER_MAGIC,
		.nbytes = (uint32_t)(npages * EFI_PAGE_BYTES),
		.map = paddr + sizeof(*handover),
		.runtime = (uintptr_t)efi->runtime,
		.revision = efi->header.revision,
	};
	return handover;
}

/* 7.4.6: the map that was read last is the one to name; if it changed meanwhile, it is read again. */
static bool leave_firmware(struct efi_handover *handover)
{
	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t nbytes = handover->nbytes - sizeof(*handover), key, descriptor_bytes;
		uint32_t version;

		if (efi->boot->memory_map(&nbytes, (void *)(uintptr_t)handover->map, &key, &descriptor_bytes,
					  &version) ||
		    descriptor_bytes < sizeof(struct efi_memory))
			return false;
		handover->map_bytes = (uint32_t)nbytes;
		handover->descriptor_bytes = (uint32_t)descriptor_bytes;
		if (!efi->boot->exit_boot_services(efi_self, key))
			return true;
	}
	return false;
}

static bool key_pressed(void)
{
	struct efi_key key;

	return efi->input && !efi->input->read_key(efi->input, &key);
}

/* The report is on the volume: this boot has done its work. */
static void end_after_report(void)
{
	say("This machine switches itself off in %u s; a key goes on to the firmware's next boot entry.\n",
	    OFF_DELAY_S);
	while (key_pressed())
		;
	for (unsigned i = 0; i < OFF_DELAY_S * 10; i++) {
		if (key_pressed())
			return;
		(void)efi->boot->stall(100000);
	}
	efi->runtime->reset(EFI_RESET_OFF, 0, 0, NULL);
}

efi_status EFIAPI efi_main(efi_handle self, struct efi_system *system)
{
	struct efi_handover *handover;
	uint64_t image, image_bytes;

	efi = system;
	efi_self = self;
	(void)efi->boot->watchdog(0, 0, 0, NULL);
	say("\ndmastream: started by EFI %u.%u\n", system->header.revision >> 16,
	    (system->header.revision & 0xffff) / 10);
	if (kept_report_write()) {
		end_after_report();
		return 0;
	}
	handover = make_handover();
	image = image_load(image_elf, (size_t)(image_elf_end - image_elf), enter_limit, enter_align, &image_bytes);
	if (!handover || !image || !enter_prepare()) {
		say("dmastream: the firmware has no memory for the image\n");
		return EFI_ERROR | 9; /* out of resources */
	}
	facts_find(handover);
	if (!leave_firmware(handover)) {
		say("dmastream: the firmware does not give the machine away\n");
		return EFI_ERROR | 1;
	}
	enter(image, image_bytes, handover);
}
