/* SPDX-License-Identifier: MPL-2.0 */
/* The report of an earlier boot, from variables to a file: see ../kept.h. */
#include "../kept.h"
#include "loader.h"

#include "../../kernel/print.h"

#define REPORTS 1000

static const struct efi_guid guid = EFI_GUID_DMASTREAM;
static uint8_t report[KEPT_PIECES * KEPT_BYTES];

static size_t variable_read(const char *name, void *to, size_t max)
{
	efi_char wide[KEPT_NAME];
	uint64_t nbytes = max;
	uint32_t attributes;

	file_name(name, wide, KEPT_NAME);
	if (efi->runtime->get_variable(wide, &guid, &attributes, &nbytes, to) || nbytes > max)
		return 0;
	return (size_t)nbytes;
}

static void variable_remove(const char *name)
{
	efi_char wide[KEPT_NAME];

	file_name(name, wide, KEPT_NAME);
	(void)efi->runtime->set_variable(wide, &guid, EFI_VARIABLE_KEPT | EFI_VARIABLE_BOOT | EFI_VARIABLE_RUNTIME, 0,
					 NULL);
}

static bool read_all(const struct kept *kept)
{
	char name[KEPT_NAME];
	uint32_t sum = 0;
	size_t n = 0;

	if (kept->magic != KEPT_MAGIC || kept->pieces > KEPT_PIECES || kept->nbytes > sizeof(report))
		return false;
	for (uint32_t i = 0; i < kept->pieces; i++) {
		format_text(name, sizeof(name), KEPT_HEAD "%u", i);
		n += variable_read(name, report + n, sizeof(report) - n);
	}
	for (size_t i = 0; i < n; i++)
		sum += report[i];
	return n == kept->nbytes && sum == kept->sum;
}

static void remove_all(void)
{
	char name[KEPT_NAME];

	variable_remove(KEPT_HEAD);
	for (uint32_t i = 0; i < KEPT_PIECES; i++) {
		format_text(name, sizeof(name), KEPT_HEAD "%u", i);
		variable_remove(name);
	}
}

static bool file_is_report(const char *name, size_t nbytes)
{
	static uint8_t file[sizeof(report) + 1];

	if (file_read(name, file, sizeof(file)) != nbytes)
		return false;
	for (size_t i = 0; i < nbytes; i++)
		if (file[i] != report[i])
			return false;
	return true;
}

enum kept_is kept_report_write(void)
{
	struct kept kept;
	char name[KEPT_NAME], last[KEPT_NAME] = "";
	unsigned number = 1;

	if (variable_read(KEPT_HEAD, &kept, sizeof(kept)) != sizeof(kept))
		return KEPT_NONE;
	if (!read_all(&kept)) {
		say("dmastream: the report in the firmware's variables is damaged, and is removed\n");
		remove_all();
		return KEPT_NONE;
	}
	for (; number < REPORTS; number++) {
		format_text(name, sizeof(name), "report-%u.json", number);
		if (!file_exists(name))
			break;
		format_text(last, sizeof(last), "%s", name);
	}
	if (last[0] && file_is_report(last, kept.nbytes)) { /* some firmware reads variables that it does not remove */
		say("dmastream: the report in the firmware's variables is on this volume already: %s\n", last);
		remove_all();
		return KEPT_NONE;
	}
	if (number == REPORTS || !file_write(name, report, kept.nbytes)) {
		say("dmastream: the report cannot be written to this volume; it stays in the firmware's variables\n");
		return KEPT_STAYS;
	}
	remove_all();
	say("dmastream: the report is on this volume: %s, %u bytes\n", name, kept.nbytes);
	return KEPT_WRITTEN;
}
