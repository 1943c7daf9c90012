/* SPDX-License-Identifier: MPL-2.0 */
/* From the firmware to the image: see loader.h. */
#include "loader.h"

#include "../../kernel/print.h"

struct efi_system *efi;
efi_handle efi_self;

#define SPARE_DESCRIPTORS 64 /* the map grows while it is asked for */
#define TRIES		  16
#define OFF_DELAY_S	  15
#define MAP_MAX_BYTES	  (UINT64_C(16) << 20)
#define NOTE		  "started.txt"

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

/* Room for the handover and a memory map of so many bytes behind it, and some more, with what `from` has. NULL: no
 * memory. */
static struct efi_handover *allocate_handover(const struct efi_handover *from, uint64_t map_bytes,
					      uint64_t descriptor_bytes)
{
	uint64_t npages, paddr = enter_limit - 1;
	struct efi_handover *handover;

	if (map_bytes > MAP_MAX_BYTES || descriptor_bytes > EFI_PAGE_BYTES)
		return NULL;
	map_bytes += SPARE_DESCRIPTORS * descriptor_bytes;
	npages = (sizeof(*handover) + map_bytes + EFI_PAGE_BYTES - 1) / EFI_PAGE_BYTES;
	if (efi->boot->allocate_pages(EFI_MAX_ADDRESS, EFI_LOADER_DATA, npages, &paddr))
		return NULL;
	handover = (struct efi_handover *)(uintptr_t)paddr;
	*handover = *from;
	handover->nbytes = (uint32_t)(npages * EFI_PAGE_BYTES);
	handover->map = paddr + sizeof(*handover);
	return handover;
}

static struct efi_handover *make_handover(void)
{
	uint64_t map_bytes = 0, key, descriptor_bytes = sizeof(struct efi_memory);
	const struct efi_handover empty = {
		.magic = EFI_HANDOVER_MAGIC,
		.runtime = (uintptr_t)efi->runtime,
		.revision = efi->header.revision,
	};
	uint32_t version;

	(void)efi->boot->memory_map(&map_bytes, NULL, &key, &descriptor_bytes, &version);
	return allocate_handover(&empty, map_bytes, descriptor_bytes);
}

/* 7.4.6: the map that was read last is the one to name; if it changed meanwhile, it is read again, into more room
 * where it has grown. From the first try on nothing but the map and memory may be asked for. NULL: the firmware
 * stays. */
static struct efi_handover *leave_firmware(struct efi_handover *handover)
{
	for (unsigned i = 0; handover && i < TRIES; i++) {
		uint64_t room = handover->nbytes - sizeof(*handover), nbytes = room, key, descriptor_bytes = 0;
		uint32_t version;
		efi_status status = efi->boot->memory_map(&nbytes, (void *)(uintptr_t)handover->map, &key,
							  &descriptor_bytes, &version);

		if (status == EFI_BUFFER_TOO_SMALL) {
			handover = allocate_handover(handover, nbytes, descriptor_bytes);
			continue;
		}
		if (status || nbytes > room || descriptor_bytes < sizeof(struct efi_memory) ||
		    descriptor_bytes > EFI_PAGE_BYTES)
			return NULL;
		handover->map_bytes = (uint32_t)nbytes;
		handover->descriptor_bytes = (uint32_t)descriptor_bytes;
		if (!efi->boot->exit_boot_services(efi_self, key))
			return handover;
	}
	return NULL;
}

static bool key_pressed(void)
{
	struct efi_key key;

	return efi->input && !efi->input->read_key(efi->input, &key);
}

/* The image resets the machine at its end, and the firmware may start this program again: the note on the volume says
 * so, until the report is there. True: a reset might go on for ever, since the report of an earlier start has not
 * come back (it hung, or the firmware forgets its variables), or since nothing can be noted here. */
static bool resets_may_repeat(void)
{
	static const char note[] = "A survey was started from this stick. Its report has not come back yet.\r\n";

	if (file_exists(NOTE)) {
		say("dmastream: no report has come back from the last start: it hung, or the firmware forgets its\n"
		    "variables. This time the machine is switched off at the end, and not reset.\n");
		return true;
	}
	if (file_write(NOTE, note, sizeof(note) - 1))
		return false;
	say("dmastream: this volume cannot be written: the machine is switched off at the end, and not reset.\n");
	return true;
}

/* This boot has done its work, or can do none. */
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
	switch (kept_report_write()) {
	case KEPT_WRITTEN:
		file_remove(NOTE);
		end_after_report();
		return 0;
	case KEPT_STAYS:
		end_after_report();
		return 0;
	case KEPT_NONE:
		break;
	}
	handover = make_handover();
	image = image_load(image_elf, (size_t)(image_elf_end - image_elf), enter_limit, enter_align, &image_bytes);
	if (!handover || !image || !enter_prepare()) {
		say("dmastream: the firmware has no memory for the image\n");
		return EFI_ERROR | 9; /* out of resources */
	}
	if (image_resets)
		handover->no_reset = resets_may_repeat();
	facts_find(handover);
	handover = leave_firmware(handover);
	if (!handover) {
		say("dmastream: the firmware does not give the machine away\n");
		return EFI_ERROR | 1;
	}
	enter(image, image_bytes, handover);
}
