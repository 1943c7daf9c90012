/* SPDX-License-Identifier: MPL-2.0 */
/* See efi_firmware.h. */
#include "efi_firmware.h"

enum { LINES = 4096, MOST_PAGES = 64 };

efi_status EFIAPI efi_main(efi_handle self, struct efi_system *system);

/* ---- The machine ------------------------------------------------------------------------------------------------- */

const uint64_t enter_limit = UINT64_MAX, enter_align = EFI_PAGE_BYTES;
const uint8_t image_elf[1], image_elf_end[1], image_resets = 1;
static jmp_buf entered;
struct efi_handover *given;
static uint64_t ticks;

uint64_t enter_ticks(void)
{
	return ticks += 1000;
}

bool enter_prepare(void)
{
	return true;
}

void enter(uint64_t image, uint64_t image_bytes, struct efi_handover *handover)
{
	(void)image, (void)image_bytes;
	given = handover;
	longjmp(entered, 1);
}

uint64_t image_load(const uint8_t *elf, size_t nbytes, uint64_t limit, uint64_t align, uint64_t *image_bytes)
{
	(void)elf, (void)nbytes, (void)limit, (void)align;
	*image_bytes = EFI_PAGE_BYTES;
	return EFI_PAGE_BYTES;
}

/* ---- Firmware ---------------------------------------------------------------------------------------------------- */

struct firmware firmware;
static void *pages[MOST_PAGES];
static unsigned npages_given;
char said[LINES];

static void asked(void)
{
	firmware.forbidden += firmware.leaving;
}

static efi_status EFIAPI write_text(struct efi_output *output, const efi_char *text)
{
	size_t n = strlen(said);

	(void)output;
	for (; *text && n < LINES - 1; text++)
		said[n++] = (char)*text;
	said[n] = 0;
	return 0;
}

static efi_status EFIAPI allocate_pages(uint32_t how, uint32_t type, uint64_t npages, uint64_t *paddr)
{
	(void)how;
	assert_int_equal(type, EFI_LOADER_DATA);
	assert_true(npages_given < MOST_PAGES);
	if (npages > 65536)
		return EFI_ERROR | 9;
	pages[npages_given] = aligned_alloc(EFI_PAGE_BYTES, npages * EFI_PAGE_BYTES);
	*paddr = (uintptr_t)pages[npages_given++];
	firmware.key++;
	return 0;
}

static efi_status EFIAPI memory_map(uint64_t *nbytes, void *map, uint64_t *key, uint64_t *descriptor_bytes,
				    uint32_t *version)
{
	uint64_t needed, room = *nbytes;

	if (firmware.tries + 1 == firmware.grows_at_try && map)
		firmware.rows += 1000, firmware.grows_at_try = 0;
	needed = firmware.rows * firmware.step;
	*descriptor_bytes = firmware.step;
	*version = 1;
	*key = firmware.key;
	*nbytes = firmware.wrong_nbytes && map ? room + 1 : needed;
	if (!map || room < needed || firmware.always_small)
		return EFI_BUFFER_TOO_SMALL;
	memset(map, 0x5a, needed);
	return 0;
}

static efi_status EFIAPI leave(efi_handle image, uint64_t key)
{
	(void)image;
	firmware.leaving = true;
	firmware.tries++;
	if (firmware.stale_keys) {
		firmware.stale_keys--;
		firmware.key++;
		return EFI_ERROR | 2;
	}
	return key == firmware.key ? 0 : EFI_ERROR | 2;
}

static efi_status EFIAPI stall(uint64_t microseconds)
{
	(void)microseconds;
	asked();
	return 0;
}

static efi_status EFIAPI watchdog(uint64_t seconds, uint64_t code, uint64_t nbytes, const efi_char *text)
{
	(void)code, (void)nbytes, (void)text;
	assert_int_equal(seconds, 0);
	return 0;
}

static efi_status EFIAPI read_key(struct efi_input *input, struct efi_key *key)
{
	(void)input, (void)key;
	return EFI_ERROR | 6; /* none is pressed */
}

/* ---- Its volume -------------------------------------------------------------------------------------------------- */

struct file files[FILES];
static struct efi_file root;

static struct file *file_of(struct efi_file *file)
{
	return (struct file *)(void *)file;
}

struct file *find_file(const char *name)
{
	for (unsigned i = 0; i < FILES; i++)
		if (files[i].there && !strcmp(files[i].name, name))
			return &files[i];
	return NULL;
}

static efi_status EFIAPI close_file(struct efi_file *file)
{
	(void)file;
	asked();
	return 0;
}

static efi_status EFIAPI delete_file(struct efi_file *file)
{
	file_of(file)->there = false;
	return 0;
}

static efi_status EFIAPI read_file(struct efi_file *file, uint64_t *nbytes, void *to)
{
	struct file *f = file_of(file);
	uint64_t n = *nbytes < f->nbytes ? *nbytes : f->nbytes;

	memcpy(to, f->bytes, n);
	*nbytes = firmware.longer_reads ? *nbytes + firmware.longer_reads : n;
	return 0;
}

static efi_status EFIAPI write_file(struct efi_file *file, uint64_t *nbytes, const void *from)
{
	struct file *f = file_of(file);

	if (firmware.full)
		*nbytes = *nbytes / 2;
	assert_true(*nbytes <= sizeof(f->bytes));
	memcpy(f->bytes, from, *nbytes);
	f->nbytes = *nbytes;
	return 0;
}

static efi_status EFIAPI flush_file(struct efi_file *file)
{
	(void)file;
	return 0;
}

struct file *new_file(const char *name, const void *bytes, size_t nbytes)
{
	for (unsigned i = 0; i < FILES; i++) {
		if (files[i].there)
			continue;
		files[i] = (struct file){.file = {.close = close_file,
						  .delete = delete_file,
						  .read = read_file,
						  .write = write_file,
						  .flush = flush_file},
					 .nbytes = nbytes,
					 .there = true};
		(void)snprintf(files[i].name, sizeof(files[i].name), "%s", name);
		if (nbytes)
			memcpy(files[i].bytes, bytes, nbytes);
		return &files[i];
	}
	fail();
	return NULL;
}

static efi_status EFIAPI open_file(struct efi_file *at, struct efi_file **out, const efi_char *wide, uint64_t mode,
				   uint64_t attributes)
{
	char name[64] = {0};
	struct file *found;

	(void)at, (void)attributes;
	asked();
	for (unsigned i = 0; i < sizeof(name) - 1 && wide[i]; i++)
		name[i] = (char)wide[i];
	found = find_file(name);
	if ((mode & EFI_FILE_WRITE) && firmware.read_only)
		return EFI_ERROR | 8;
	if (!found && (mode & EFI_FILE_CREATE))
		found = new_file(name, NULL, 0);
	*out = found ? &found->file : NULL;
	return found ? 0 : EFI_NOT_FOUND;
}

static efi_status EFIAPI open_volume(struct efi_volume *volume, struct efi_file **out)
{
	(void)volume;
	root = (struct efi_file){.open = open_file, .close = close_file};
	*out = &root;
	return 0;
}

/* ---- Its variables ----------------------------------------------------------------------------------------------- */

struct variable variables[VARIABLES];

static struct variable *find_variable(const efi_char *wide)
{
	char name[KEPT_NAME] = {0};

	for (unsigned i = 0; i < sizeof(name) - 1 && wide[i]; i++)
		name[i] = (char)wide[i];
	for (unsigned i = 0; i < VARIABLES; i++)
		if (variables[i].nbytes && !strcmp(variables[i].name, name))
			return &variables[i];
	return NULL;
}

static efi_status EFIAPI get_variable(const efi_char *name, const struct efi_guid *guid, uint32_t *attributes,
				      uint64_t *nbytes, void *to)
{
	const struct variable *variable = find_variable(name);

	(void)guid;
	*attributes = 7;
	if (!variable)
		return EFI_NOT_FOUND;
	if (variable->nbytes > *nbytes) {
		*nbytes = variable->nbytes;
		return firmware.longer_variables ? 0 : EFI_BUFFER_TOO_SMALL; /* success, and not all of it */
	}
	memcpy(to, variable->bytes, variable->nbytes);
	*nbytes =
		variable->nbytes + (strcmp(variable->name, KEPT_HEAD) ? firmware.longer_variables : 0); /* its pieces */
	return 0;
}

static efi_status EFIAPI set_variable(const efi_char *name, const struct efi_guid *guid, uint32_t attributes,
				      uint64_t nbytes, const void *from)
{
	struct variable *variable = find_variable(name);

	(void)guid, (void)attributes, (void)from;
	assert_int_equal(nbytes, 0); /* the loader only removes */
	if (variable && !firmware.variables_stay)
		variable->nbytes = 0;
	return variable ? firmware.variables_stay ? EFI_ERROR | 8 : 0 : EFI_NOT_FOUND;
}

static void EFIAPI reset(uint32_t how, efi_status status, uint64_t nbytes, const void *text)
{
	(void)status, (void)nbytes, (void)text;
	assert_int_equal(how, EFI_RESET_OFF);
	firmware.off++;
}

/* ---- Protocols --------------------------------------------------------------------------------------------------- */

static struct efi_graphics graphics[3];
static struct efi_volume volume = {.open = open_volume};
static struct efi_loaded_image self = {.device = &volume};
static int handles[4]; /* handle 0 is the console's */

static efi_status EFIAPI handle_protocol(efi_handle handle, const struct efi_guid *guid, void **out)
{
	static const struct efi_guid loaded = EFI_GUID_LOADED_IMAGE, volumes = EFI_GUID_VOLUME,
				     screens = EFI_GUID_GRAPHICS;

	asked();
	if (!memcmp(guid, &loaded, sizeof(loaded))) {
		*out = &self;
	} else if (!memcmp(guid, &volumes, sizeof(volumes))) {
		*out = &volume;
	} else if (!memcmp(guid, &screens, sizeof(screens)) && (int *)handle > handles &&
		   (int *)handle <= handles + firmware.nhandles) {
		unsigned i = (unsigned)((int *)handle - handles) - 1;

		graphics[i].mode = firmware.modes[i];
		*out = &graphics[i];
	} else {
		return EFI_ERROR | 3;
	}
	return 0;
}

static efi_status EFIAPI locate_handles(uint32_t how, const struct efi_guid *guid, void *key, uint64_t *n,
					efi_handle **out)
{
	static efi_handle all[3] = {&handles[1], &handles[2], &handles[3]};

	(void)how, (void)guid, (void)key;
	asked();
	*n = firmware.nhandles;
	*out = all;
	return *n ? 0 : EFI_NOT_FOUND;
}

static struct efi_boot boot_services = {.allocate_pages = allocate_pages,
					.memory_map = memory_map,
					.handle_protocol = handle_protocol,
					.exit_boot_services = leave,
					.stall = stall,
					.watchdog = watchdog,
					.locate_handles = locate_handles};
static struct efi_runtime runtime_services = {
	.get_variable = get_variable, .set_variable = set_variable, .reset = reset};
static struct efi_input input = {.read_key = read_key};
static struct efi_output output = {.write = write_text};
struct efi_table tables[2];
struct efi_system system_table;

void load_options(const efi_char *wide, size_t n)
{
	self.options = wide;
	self.options_bytes = (uint32_t)(n * sizeof(*wide));
}

void start(void)
{
	for (unsigned i = 0; i < npages_given; i++)
		free(pages[i]);
	npages_given = 0;
	for (unsigned i = 0; i < FILES; i++)
		files[i].there = false;
	memset(variables, 0, sizeof(variables));
	memset(tables, 0, sizeof(tables));
	firmware = (struct firmware){.rows = 20, .step = STEP, .key = 7};
	self.options = NULL;
	self.options_bytes = 0;
	said[0] = 0;
	given = NULL;
	system_table = (struct efi_system){.header = {.revision = 0x20046},
					   .input = &input,
					   .output_handle = &handles[0],
					   .output = &output,
					   .runtime = &runtime_services,
					   .boot = &boot_services,
					   .tables = tables};
}

bool boot(void)
{
	given = NULL;
	firmware.leaving = false;
	if (setjmp(entered))
		return true;
	(void)efi_main(&self, &system_table);
	return false;
}
