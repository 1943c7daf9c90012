/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the RISC-V IOMMU model does for PCIe's ATS and PRI: requests for translations and translated requests ("PCIe ATS
 * translation request handling"), page requests ("PCIe ATS Page Request handling", "Page-Request-Queue") and ATS
 * commands. Devices answer an "Invalidation Request" at once; they remember no translations.
 */
#include "riscv_model.h"

enum { EN_ATS = 1 << 1, EN_PRI = 1 << 2, PRPR = 1 << 6, PAGE_REQUEST = 4 /* PCIe's message code */ };
enum { SUCCESS = 0, INVALID = 1, FAILURE = 15 };

/* ---- Translations ---- */

static enum sim_riscv_completion completion(unsigned cause)
{
	switch (cause) {
	case READ_ACCESS:
	case WRITE_ACCESS:
	case MESSAGE_ACCESS:
	case MESSAGE_MISCONFIGURED:
		return SIM_RISCV_ABORT;
	case READ_PAGE:
	case WRITE_PAGE:
	case READ_GUEST_PAGE:
	case WRITE_GUEST_PAGE:
	case MESSAGE_ABSENT:
		return SIM_RISCV_SUCCESS; /* with nothing granted, and no fault is recorded */
	default:
		return SIM_RISCV_UNSUPPORTED;
	}
}

static unsigned locate_ats(struct sim_riscv *unit, struct access *access, struct context *context)
{
	unsigned cause = riscv_locate(unit, access, context);

	return cause || context->word[0] & EN_ATS ? cause : TYPE_DISALLOWED;
}

enum sim_riscv_completion riscv_ask(struct sim_riscv *unit, struct access *access, struct sim_riscv_translation *answer)
{
	enum sim_riscv_completion how = SIM_RISCV_SUCCESS;
	struct context context;
	struct leaf leaf = {.paddr = access->daddr, .write = true};
	unsigned cause = locate_ats(unit, access, &context);

	*answer = (struct sim_riscv_translation){0};
	if (!cause && riscv_tables_of(unit, &context) >> 60)
		cause = riscv_look_up(unit, &context, access, &leaf);
	if (!cause) {
		answer->paddr = leaf.paddr + (access->daddr & (BIT(leaf.shift) - 1));
		answer->read = true;
		answer->write = leaf.write;
		return how;
	}
	how = completion(cause);
	if (how != SIM_RISCV_SUCCESS)
		(void)!riscv_blocked(unit, access, cause);
	return how;
}

int riscv_translated(struct sim_riscv *unit, struct access *access)
{
	struct context context;
	unsigned cause = locate_ats(unit, access, &context);

	return cause ? riscv_blocked(unit, access, cause) : 0;
}

/* ---- Page requests ---- */

static void answer(struct sim_riscv *unit, uint32_t device, const struct sim_riscv_response *response)
{
	if (unit->nanswers < ANSWERS)
		unit->answers[unit->nanswers++] = (struct answer){device, *response};
}

/* The unit's own response: with a PASID if the request had one, and the device wants it so or something is broken. */
static void refuse(struct sim_riscv *unit, uint32_t device, const struct sim_riscv_request *request, unsigned code,
		   bool with_pasid)
{
	bool stop_marker = request->has_pasid && !request->read && !request->write;
	struct sim_riscv_response response = {.group = request->group, .code = code, .by_unit = true};

	if (!request->last || stop_marker)
		return;
	response.has_pasid = request->has_pasid && (with_pasid || code == FAILURE);
	response.pasid = response.has_pasid ? request->pasid : 0;
	answer(unit, device, &response);
}

/* SUCCESS is for a queue that has no room: the device is to ask again. */
static bool stored(struct sim_riscv *unit, const uint64_t record[2], unsigned *code)
{
	struct queue *queue = &unit->queue[PAGE_CSR];
	uint64_t next = (queue->tail + 1) & (riscv_entries(queue->base) - 1), *csr = &unit->csr[PAGE_CSR];

	*code = FAILURE;
	if (!(*csr & ENABLE) || !(*csr & ON) || *csr & MEMORY_FAULT)
		return false;
	*code = SUCCESS;
	if (next == queue->head)
		*csr |= OVERFLOW;
	if (*csr & OVERFLOW)
		return false;
	if (++unit->nrequests == unit->config.lose_request_at) {
		*csr |= MEMORY_FAULT;
		*code = FAILURE;
		return false;
	}
	if (sim_ram_write(PPN_OF(queue->base) + 16 * queue->tail, record, 2 * sizeof(*record), true)) {
		riscv_violation(unit, RISCV_PQ_NOTHING, queue->base);
		*csr |= MEMORY_FAULT;
		*code = FAILURE;
		return false;
	}
	queue->tail = next;
	return true;
}

void riscv_page_request(struct sim_riscv *unit, uint32_t device, const struct sim_riscv_request *r)
{
	uint64_t process = r->has_pasid ? (uint64_t)r->pasid << 12 | BIT(32) | (uint64_t)r->privileged << 33 : 0;
	struct access access = {.type = MESSAGE_REQUEST, .device = device, .daddr = PAGE_REQUEST, .process = process};
	uint64_t record[2] = {process | (r->has_pasid && r->execute ? BIT(34) : 0) | (uint64_t)device << 40,
			      (r->daddr & ~(uint64_t)4095) | (uint64_t)(r->group & 511) << 3 | (uint64_t)r->last << 2 |
				      (uint64_t)r->write << 1 | r->read};
	struct context context;
	unsigned cause = locate_ats(unit, &access, &context), code;

	if (!cause && !(context.word[0] & EN_PRI))
		cause = TYPE_DISALLOWED;
	if (unit->config.stray) {
		context.word[0] = EN_ATS | EN_PRI;
		cause = 0;
	}
	if (cause) {
		(void)!riscv_blocked(unit, &access, cause);
		refuse(unit, device, r, cause == TYPE_DISALLOWED ? INVALID : FAILURE,
		       false); /* without EN_PRI no PRPR */
	} else if (!stored(unit, record, &code)) {
		refuse(unit, device, r, code, context.word[0] & PRPR);
	}
}

/* ---- Commands ---- */

void riscv_ats_command(struct sim_riscv *unit, const uint64_t command[2])
{
	bool has_pasid = command[0] & BIT(32), segment = command[0] & BIT(33);
	uint32_t device = (uint32_t)(command[0] >> 40) & (segment ? 0xffffff : 0xffff);
	struct sim_riscv_response response = {
		.group = (unsigned)(command[1] >> 32 & 511),
		.code = (unsigned)(command[1] >> 44 & 15),
		.has_pasid = has_pasid,
		.pasid = has_pasid ? (uint32_t)(command[0] >> 12 & 0xfffff) : 0,
	};

	if (command[0] >> 7 & 7) {
		answer(unit, device, &response);
		unit->seen.responses++;
	} else {
		unit->seen.invalidated++;
	}
}
