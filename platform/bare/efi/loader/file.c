/* SPDX-License-Identifier: MPL-2.0 */
/* Files of the volume that the program was loaded from (UEFI 13.4, 13.5). */
#include "loader.h"

#define NAME_MAX 64

void file_name(const char *name, efi_char *to, size_t max)
{
	size_t n = 0;

	for (; n < max - 1 && name[n]; n++)
		to[n] = (efi_char)name[n];
	to[n] = 0;
}

static struct efi_file *root_of_volume(void)
{
	static const struct efi_guid loaded_image = EFI_GUID_LOADED_IMAGE, volume_guid = EFI_GUID_VOLUME;
	struct efi_loaded_image *self;
	struct efi_volume *volume;
	struct efi_file *root;
	void *found;

	if (efi->boot->handle_protocol(efi_self, &loaded_image, &found))
		return NULL;
	self = found;
	if (!self->device || efi->boot->handle_protocol(self->device, &volume_guid, &found))
		return NULL;
	volume = found;
	return volume->open(volume, &root) ? NULL : root;
}

static struct efi_file *open_file(const char *name, uint64_t mode)
{
	struct efi_file *root = root_of_volume(), *file = NULL;
	efi_char wide[NAME_MAX];
	efi_status status;

	if (!root)
		return NULL;
	file_name(name, wide, NAME_MAX);
	status = root->open(root, &file, wide, mode, 0);
	(void)root->close(root);
	return status ? NULL : file;
}

size_t file_read(const char *name, void *to, size_t max)
{
	struct efi_file *file = open_file(name, EFI_FILE_READ);
	uint64_t nbytes = max;

	if (!file)
		return 0;
	if (file->read(file, &nbytes, to) || nbytes > max)
		nbytes = 0;
	(void)file->close(file);
	return (size_t)nbytes;
}

bool file_exists(const char *name)
{
	struct efi_file *file = open_file(name, EFI_FILE_READ);

	if (file)
		(void)file->close(file);
	return file != NULL;
}

void file_remove(const char *name)
{
	struct efi_file *file = open_file(name, EFI_FILE_READ | EFI_FILE_WRITE);

	if (file)
		(void)file->delete (file); /* closes it, too */
}

bool file_write(const char *name, const void *from, size_t nbytes)
{
	struct efi_file *file = open_file(name, EFI_FILE_READ | EFI_FILE_WRITE | EFI_FILE_CREATE);
	uint64_t written = nbytes;
	bool fine;

	if (!file)
		return false;
	fine = !file->write(file, &written, from) && written == nbytes && !file->flush(file);
	if (!fine) { /* a volume that is full: half a file is none */
		(void)file->delete (file);
		return false;
	}
	return !file->close(file);
}
