/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Configurations, and the words that name them (SIM=noncoherent,cvm,line=128,seed=7).
 */
#include "sim_machine.h"
#include <stdio.h>
#include <stdlib.h>

static const struct word {
	const char *name;
	bool has_value;
	uint64_t least, most;
	const char *help;
} words[] = {
	{"plain", false, 0, 0, "no adversary: everything happens at once, in order"},
	{"hostile", false, 0, 0, "with the adversary"},
	{"seed", true, 0, UINT64_MAX, "seed of the adversary, which it switches on"},
	{"coherent", false, 0, 0, "devices snoop the caches"},
	{"noncoherent", false, 0, 0, "they do not"},
	{"cvm", false, 0, 0, "a confidential VM"},
	{"run", true, 0, 4096, "pages of a run of the pool of shared memory (1: no pool, 0: the library's choice)"},
	{"nosync", false, 0, 0, "the CPU has no cache maintenance"},
	{"writethrough", false, 0, 0, "caches write through: no line is ever dirty"},
	{"writepast", false, 0, 0, "the CPU has stores past its caches"},
	{"nopairs", false, 0, 0, "the CPU has no store of two words at once"},
	{"lateregs", false, 0, 0, "register writes may arrive behind later accesses of memory"},
	{"nouncached", false, 0, 0, "memory cannot be mapped uncached"},
	{"untrusted", false, 0, 0, "devices are not trusted"},
	{"line", true, 32, 128, "bytes of a cache line: 32, 64, 128"},
	{"step", true, 16, 4096, "line_step told to the library, if not the line"},
	{"align", true, 16, 4096, "line_align told to the library, if not the line"},
	{"mask", true, 16, 64, "address bits of devices"},
	{"window", true, 0, UINT64_MAX, "devices see paddr 0 at this daddr, up to their mask"},
	{"cpus", true, 1, SIM_CPUS, "CPUs"},
	{"low", true, 0, 3071, "MiB of RAM below 4 GiB"},
	{"high", true, 0, 8192, "MiB of RAM above 4 GiB"},
	{"offset", false, 0, 0, "the library is told that the linear map is one offset"},
	{"told", false, 0, 0, "the library is told which RAM lies above 4 GiB, or below, if there is no other"},
	{"nohigh", false, 0, 0, "RAM above 4 GiB has no linear mapping"},
	{"keeplines", false, 0, 0, "conversions leave cache lines behind"},
	{"dropslines", false, 0, 0, "conversions drop them"},
};
enum {
	PLAIN_W,
	HOSTILE_W,
	SEED_W,
	COHERENT_W,
	NONCOHERENT_W,
	CVM_W,
	RUN_W,
	NOSYNC_W,
	THROUGH_W,
	PAST_W,
	NOPAIRS_W,
	LATEREGS_W,
	NOUNCACHED_W,
	UNTRUSTED_W,
	LINE_W,
	STEP_W,
	ALIGN_W,
	MASK_W,
	WINDOW_W,
	CPUS_W,
	LOW_W,
	HIGH_W,
	OFFSET_W,
	TOLD_W,
	NOHIGH_W,
	KEEP_W,
	DROP_W
};

#define WORDS (sizeof(words) / sizeof(*words))

const char *sim_config_words(void)
{
	static char text[4096];
	size_t used = 0;

	for (size_t i = 0; i < WORDS; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "  %s%s\t%s\n", words[i].name,
					 words[i].has_value ? "=N" : "", words[i].help);
	return text;
}

static void apply(struct sim_config *c, size_t word, uint64_t value, int *keep)
{
	struct sim_device_config *dev = &c->device;

	switch (word) {
	case PLAIN_W:
		c->adversary = false;
		break;
	case SEED_W:
		c->seed = value;
		c->adversary = true;
		break;
	case HOSTILE_W:
		c->adversary = true;
		break;
	case COHERENT_W:
	case NONCOHERENT_W:
		dev->coherent = word == COHERENT_W;
		break;
	case CVM_W:
		c->cvm = true;
		break;
	case RUN_W:
		c->shared_run = (unsigned)value;
		break;
	case NOSYNC_W:
		c->can_sync = false;
		break;
	case THROUGH_W:
		c->write_through = true;
		break;
	case PAST_W:
		c->write_past = true;
		break;
	case NOPAIRS_W:
		c->no_pairs = true;
		break;
	case LATEREGS_W:
		c->late_registers = true;
		break;
	case NOUNCACHED_W:
		c->uncached_ok = false;
		break;
	case UNTRUSTED_W:
		dev->trusted = false;
		break;
	case LINE_W:
		c->line = (unsigned)value;
		break;
	case STEP_W:
		c->line_step = (unsigned)value;
		break;
	case ALIGN_W:
		c->line_align = (unsigned)value;
		break;
	case MASK_W:
		dev->mask = value == 64 ? UINT64_MAX : ((uint64_t)1 << value) - 1;
		break;
	case WINDOW_W:
		dev->nwindows = 1;
		dev->windows[0].paddr_base.raw = 0;
		dev->windows[0].daddr_base.raw = value;
		break;
	case CPUS_W:
		c->cpus = (unsigned)value;
		break;
	case LOW_W:
		c->low_pages = (size_t)(value << 20 >> DMA_PAGE_SHIFT);
		break;
	case HIGH_W:
		c->high_pages = (size_t)(value << 20 >> DMA_PAGE_SHIFT);
		break;
	case OFFSET_W:
		c->linear_by_offset = true;
		break;
	case TOLD_W:
		c->ram_told = true;
		break;
	case NOHIGH_W:
		c->linear_limit = SIM_HIGH_RAM;
		break;
	default:
		*keep = word == KEEP_W;
	}
}

static const char *parse_word(struct sim_config *config, const char *text, size_t n, int *keep)
{
	for (size_t i = 0; i < WORDS; i++) {
		size_t name = strlen(words[i].name);
		uint64_t value = 0;

		if (n < name || memcmp(text, words[i].name, name) || (n > name && text[name] != '='))
			continue;
		if (words[i].has_value != (n > name))
			return words[i].has_value ? "wants a value" : "takes no value";
		if (words[i].has_value) {
			char digits[32] = "", *end;

			if (n - name - 1 >= sizeof(digits) || n - name - 1 == 0)
				return "wants a number";
			memcpy(digits, text + name + 1, n - name - 1);
			if (digits[0] < '0' || digits[0] > '9')
				return "wants a number";
			value = strtoull(digits, &end, 0);
			if (*end)
				return "wants a number";
			if (value < words[i].least || value > words[i].most)
				return "is out of range";
			if ((i == LINE_W || i == STEP_W || i == ALIGN_W) && value & (value - 1))
				return "wants a power of two";
		}
		apply(config, i, value, keep);
		return NULL;
	}
	return "is unknown";
}

int sim_config_parse(struct sim_config *config, const char *text, char *why, size_t nwhy)
{
	struct sim_config changed = *config;
	struct dma_window *window = &changed.device.windows[0];
	int keep = -1;

	while (text && *text) {
		size_t n = strcspn(text, ",");
		const char *wrong = n ? parse_word(&changed, text, n, &keep) : NULL;

		if (wrong) {
			snprintf(why, nwhy, "SIM: '%.*s' %s", (int)n, text, wrong);
			return DMA_EINVAL;
		}
		text += n + (text[n] == ',');
	}
	if (changed.device.nwindows) {
		if (window->daddr_base.raw > changed.device.mask) {
			snprintf(why, nwhy, "SIM: the window is beyond the mask");
			return DMA_EINVAL;
		}
		window->size = changed.device.mask - window->daddr_base.raw;
		window->size = window->size == UINT64_MAX ? window->size : window->size + 1;
	}
	if (changed.low_pages + changed.high_pages == 0) {
		snprintf(why, nwhy, "SIM: a machine without RAM");
		return DMA_EINVAL;
	}
	/* Lines survive a conversion only where the library can do something about it. */
	changed.conversion_keeps_lines = keep >= 0 ? keep : changed.cvm && changed.can_sync;
	*config = changed;
	return 0;
}

static struct sim_config defaults(void)
{
	struct sim_config c = {
		.line = 64,
		.can_sync = true,
		.uncached_ok = true,
		.acts = 2,
		.cpus = 2,
		.shared_run = 16,
		.low_pages = ((size_t)16 << 20) >> DMA_PAGE_SHIFT,
		.high_pages = ((size_t)16 << 20) >> DMA_PAGE_SHIFT,
		.linear_limit = UINT64_MAX,
		.device = {.name = "dma0", .coherent = true, .trusted = true, .mask = UINT64_MAX},
	};

	return c;
}

struct sim_config sim_config_plain(const char *text)
{
	struct sim_config c = defaults();
	char why[128];

	if (sim_config_parse(&c, text, why, sizeof(why))) {
		fprintf(stderr, "%s; known are:\n%s", why, sim_config_words());
		exit(2);
	}
	return c;
}

struct sim_config sim_config_frames(struct sim_config c)
{
	c.low_pages <<= DMA_PAGE_SHIFT - 12;
	c.high_pages <<= DMA_PAGE_SHIFT - 12;
	return c;
}

struct sim_config sim_config_hostile(const char *text)
{
	struct sim_config c = sim_config_plain(text);

	c.adversary = true;
	if (!c.seed)
		c.seed = 1;
	return c;
}

void sim_config_print(const struct sim_config *c, char *text, size_t n)
{
	const struct sim_device_config *dev = &c->device;
	unsigned bits = 0;

	while (bits < 64 && dev->mask >> bits)
		bits++;
	snprintf(text, n, "%s%s%s%s%s%s%s%s%s,line=%u,mask=%u,cpus=%u,low=%zu,high=%zu%s%s%s%s,run=%u",
		 dev->coherent ? "coherent" : "noncoherent", c->cvm ? ",cvm" : "", c->can_sync ? "" : ",nosync",
		 c->write_through ? ",writethrough" : "", c->write_past ? ",writepast" : "",
		 c->no_pairs ? ",nopairs" : "", c->late_registers ? ",lateregs" : "",
		 c->uncached_ok ? "" : ",nouncached", dev->trusted ? "" : ",untrusted", c->line, bits, c->cpus,
		 (c->low_pages << DMA_PAGE_SHIFT) >> 20, (c->high_pages << DMA_PAGE_SHIFT) >> 20,
		 c->linear_by_offset ? ",offset" : "", c->ram_told ? ",told" : "",
		 c->linear_limit == UINT64_MAX ? "" : ",nohigh",
		 !c->cvm		     ? ""
		 : c->conversion_keeps_lines ? ",keeplines"
					     : ",dropslines",
		 c->shared_run);
}
